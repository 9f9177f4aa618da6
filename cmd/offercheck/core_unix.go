//go:build unix

package main

import "syscall"

// noCore keeps the process from leaving its memory on the disk when it dies:
// keys and words of people are in it.
func noCore() error { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
