package media

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"time"
)

// The limits of one run of a program.
const (
	programMemory = "1572864" // kilobytes of address space
	programCPU    = "14"      // seconds
	programOutput = 8 << 20
)

// find answers the path of a program, "" when it is not installed or there is
// no shell to set its limits.
func find(name string) string {
	if _, err := os.Stat("/bin/sh"); err != nil {
		return ""
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// run feeds a program and answers what it writes. It gets no more memory and
// time than the limits, writes no file and no core, knows nothing of our
// environment, and is killed with all it started when ctx ends. code is its exit
// status, -1 when it has none. What it says of errors is let go: it may quote
// what it read.
func run(ctx context.Context, in []byte, path string, args ...string) (out []byte, code int, err error) {
	const limits = `ulimit -v ` + programMemory + ` && ulimit -t ` + programCPU + ` && ulimit -c 0 && ulimit -f 0 && exec "$0" "$@"`
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", limits, path}, args...)...)
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "OMP_THREAD_LIMIT=1", "LC_ALL=C.UTF-8", "HOME=/"}
	if dir := os.Getenv("TESSDATA_PREFIX"); dir != "" {
		cmd.Env = append(cmd.Env, "TESSDATA_PREFIX="+dir)
	}
	cmd.Dir = "/"
	cmd.Stdin = bytes.NewReader(in)
	w := &bounded{most: programOutput}
	cmd.Stdout = w
	cmd.WaitDelay = time.Second
	grouped(cmd)
	err = cmd.Run()
	if w.full {
		return nil, -1, errLarge
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, -1, ctx.Err()
	case errors.As(err, &exit):
		return w.buf.Bytes(), exit.ExitCode(), errBroken
	case err != nil && cmd.ProcessState == nil:
		return nil, -1, errHere
	}
	return w.buf.Bytes(), 0, nil
}

// bounded keeps no more than it may and then breaks the pipe.
type bounded struct {
	buf  bytes.Buffer // not embedded: its ReadFrom knows no bounds
	most int
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.buf.Len()+len(p) > b.most {
		b.full = true
		return 0, errLarge
	}
	return b.buf.Write(p)
}
