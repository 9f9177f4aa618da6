//go:build !unix

package media

import "os/exec"

// grouped does nothing where there is no shell to set limits either.
func grouped(*exec.Cmd) {}
