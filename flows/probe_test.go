package flows

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
)

func tried(print check.Fingerprint, o check.Outcome) check.Verdict {
	return check.Verdict{Print: print, Printed: true, Outcome: o, Kind: check.Task, Signs: []check.Found{{ID: "TSK-05"}}, Ask: []string{"route"}}
}

func TestProbe(t *testing.T) {
	s := Session{Texts: []string{"one"}}
	s, v := s.probe(tried(0, check.Scam))
	require.Equal(t, check.Scam, v.Outcome)
	require.NotEmpty(t, v.Signs)

	// A variant is not told that it got through.
	s, v = s.probe(tried(1, check.NoMatch))
	require.Equal(t, check.Scam, v.Outcome, "a variant never gets less")
	require.Equal(t, check.Task, v.Kind)

	// The same text again is no variant.
	for range 20 {
		s, v = s.probe(tried(0, check.Scam))
		require.NotEmpty(t, v.Signs)
	}
	// Many variants freeze the chat; other texts are still answered.
	for i := range 5 {
		s, v = s.probe(tried(check.Fingerprint(2<<i), check.Scam))
	}
	require.Empty(t, v.Signs)
	require.Equal(t, check.Scam, v.Outcome)
	s, v = s.probe(tried(0xffffffff, check.NoMatch))
	require.NotEmpty(t, v.Signs)
	require.Equal(t, check.NoMatch, v.Outcome)

	// A weak outcome is not passed on, a longer case is no variant.
	s, v = s.probe(tried(0xfffffffe, check.Unclear))
	s, v = s.probe(tried(0xfffffffd, check.NoMatch))
	require.Equal(t, check.NoMatch, v.Outcome)
	more := s
	more.Texts = []string{"one", "two"}
	_, v = more.probe(tried(3, check.NoMatch))
	require.Equal(t, check.NoMatch, v.Outcome)

	for i := range 40 {
		s, _ = s.probe(tried(check.Fingerprint(i)<<40, check.Caution))
	}
	require.LessOrEqual(t, len(s.Tried), mostTried)
	require.Equal(t, s.Tried, s.fresh().Tried, "a new case does not forget what was tried")
}

// TestProbeHears holds that a frozen chat still opens the discreet door.
func TestProbeHears(t *testing.T) {
	out := check.Scam
	n := check.Fingerprint(0)
	b := New(With{
		Judge: func(check.Case) check.Verdict {
			n++
			return check.Verdict{Outcome: out, Kind: check.Task, Print: n, Printed: true}
		},
		Greeting: func(string) bool { return false }, Match: func(...string) string { return "en" },
	})
	s := Session{}
	for i := range 12 {
		s = b.Turn(s, Input{Text: fmt.Sprint("pay to unlock ", i), Message: i + 1}).Session
	}
	out = check.Danger
	turn := b.Turn(s, Input{Text: "guards at the gate", Message: 99})
	require.Equal(t, check.Danger, turn.Verdict.Outcome)
}
