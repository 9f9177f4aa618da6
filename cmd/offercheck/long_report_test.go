//go:build long

package main

import "testing"

// Every call of a report's first ones, before and after, in several orders.
func TestAReportWhileTheProgramIsKilledLong(t *testing.T) {
	for _, seed := range []uint64{2, 3, 4} {
		reportKilled(t, seed, 100)
	}
}
