package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
)

// The test binary is the program too, under the name offercheck.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"offercheck": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL", "DATABASE_URL", "KEY_DIR", "WEBHOOK_URL", "WEBHOOK_SECRET"} {
				e.Setenv(name, "")
			}
			e.Setenv("DATA_DIR", filepath.Join(e.WorkDir, "data"))
			for name, text := range oddTexts {
				if err := os.WriteFile(filepath.Join(e.WorkDir, name), []byte(text), 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireExplicitExec: true,
	})
}

const lure = "Customer service in Cambodia, USD 2000 a month, no experience, free flight, tourist visa is fine, HR keeps the passport. @hr_lily88"

// oddTexts are files that could not stand in a script as they are.
var oddTexts = map[string]string{
	"empty.txt":    "",
	"broken.txt":   "HR keeps the \xff\xfe passport, tourist visa is fine\xc3",
	"controls.txt": "\x00\x01HR keeps the passport\x1b[2J\x07, tourist visa is fine\x7f",
	"rtl.txt":      "\u202eHR keeps the passport\u202c, \u2067tourist visa is fine\u2069",
	"noise.txt":    string([]byte{0x89, 'P', 'N', 'G', 0, 0xfe, 0xed, 0xfa, 0xce, 0, 0, 1}),
	"long.txt":     string([]rune(strings.Repeat(lure+" ", 40))[:4096]),
	"broken.jsonl": `{"id":1,"text":"` + lure + `"}
{"id": 2, "text": "cut off
{"id":3}
{"id":"four","text":4}

[5]
{"id":6,"text":"HR keeps the ` + "\xff" + ` passport"}
nothing like JSON
{"id":{"a":7},"text":""}
{"id":8,"text":"hello"}`,
}

// exits runs a program and compares its exit status: exits 2 offercheck check …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status program args...")
	}
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, not %s", got, args[0])
	}
}

// patience is how long a test waits for what must happen. On a machine that does
// much else the program alone takes half a minute to begin.
const patience = 3 * time.Minute

// process is the program serving, as an operator runs it.
type process struct {
	t   testing.TB
	cmd *exec.Cmd
	log *lines
	end chan struct{} // closed when it is gone
	pid int           // of the program itself, not of what watches it
}

// lines are what a process writes, safe to read meanwhile.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// plainEnv is an environment without anything that would change what the
// program does.
func plainEnv(more ...string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(),
		"LISTEN_ADDR=127.0.0.1:0", "DESK_ADDR=127.0.0.1:0"}, more...)
}

// serving starts the program against a Bot API and waits until it serves. Later
// settings win over earlier ones.
func serving(t testing.TB, s *telegramtest.Server, env ...string) *process {
	t.Helper()
	p := begin(t, s, nil, env...)
	require.True(t, p.says("msg=serving"), p.log)
	return p
}

// begin starts the program, under a watching one if that is named.
func begin(t testing.TB, s *telegramtest.Server, under []string, env ...string) *process {
	t.Helper()
	args := append(append([]string{}, under...), "offercheck", "serve")
	p := &process{t: t, cmd: exec.Command(args[0], args[1:]...), log: &lines{news: make(chan struct{}, 1)}, end: make(chan struct{})}
	p.cmd.Env = plainEnv(append([]string{"TELEGRAM_BOT_TOKEN=" + s.Token, "TELEGRAM_API_URL=" + s.URL}, env...)...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Stderr, p.cmd.Stdout = p.log, p.log
	require.NoError(t, p.cmd.Start())
	p.pid = p.cmd.Process.Pid
	go func() {
		_ = p.cmd.Wait()
		close(p.end)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.end
	})
	return p
}

// says waits for words in the log.
func (p *process) says(words string) bool {
	late := time.After(patience)
	for !strings.Contains(p.log.String(), words) {
		select {
		case <-p.log.news:
		case <-p.end:
			return strings.Contains(p.log.String(), words)
		case <-late:
			return false
		}
	}
	return true
}

var addrShape = regexp.MustCompile(`msg=serving.* addr=(\S+)`)

// addr is where it listens.
func (p *process) addr() string {
	m := addrShape.FindStringSubmatch(p.log.String())
	require.NotNil(p.t, m, p.log)
	return m[1]
}

// stop stops it as an init system does, and answers how long it took.
func (p *process) stop() time.Duration {
	p.t.Helper()
	began := time.Now()
	require.NoError(p.t, syscall.Kill(p.pid, syscall.SIGTERM))
	select {
	case <-p.end:
	case <-time.After(patience):
		require.Fail(p.t, "it does not stop", p.log)
	}
	require.Zero(p.t, p.cmd.ProcessState.ExitCode(), p.log)
	return time.Since(began)
}

// kill ends it at once, wherever it is, and waits until it is gone.
func (p *process) kill() {
	_ = syscall.Kill(p.pid, syscall.SIGKILL)
	<-p.end
}

// memory is how much of it is in memory now and was at most, in bytes.
func (p *process) memory() (now, most float64) {
	if runtime.GOOS != "linux" {
		return 0, 0
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/status")
	require.NoError(p.t, err)
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "VmRSS:":
			now = n * 1024
		case "VmHWM:":
			most = n * 1024
		}
	}
	return now, most
}
