//go:build long

package main

import "testing"

// Every step of a life, each of its first calls, and many random moments.
func TestKilledLong(t *testing.T) {
	steps := map[string]int{"getMe": 1, "deleteWebhook": 1, "setMyCommands": 3, "getUpdates": 4, "sendMessage": 5, "answerCallbackQuery": 1}
	for _, seed := range []uint64{2, 3, 4} {
		killed(t, seed, steps, 40)
	}
}

// Many people for a long time.
func TestWalkersLong(t *testing.T) {
	for _, seed := range []uint64{2, 3, 4, 5} {
		walk(t, seed, 6, 80)
	}
}

// Every ordinary sentence of the packages.
func TestOrdinaryLong(t *testing.T) { ordinary(t, 1<<30) }
