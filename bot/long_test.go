//go:build long

package bot

import "testing"

// Many stories, and each step at its first three occurrences.
func TestTalksKilledLong(t *testing.T) { talksKilled(t, 40, 3) }
