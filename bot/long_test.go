//go:build long

package bot

import "testing"

// Many stories, and each step at its first eight occurrences.
func TestTalksKilledLong(t *testing.T) { talksKilled(t, 12, 8) }
