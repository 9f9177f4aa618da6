//go:build long

package main

import "testing"

// Every call of a report's first ones, before and after: each is the first death
// of one report, in an order of its own.
func TestAReportWhileTheProgramIsKilledLong(t *testing.T) {
	for seed := range uint64(16) {
		reportKilled(t, seed, 100)
	}
}
