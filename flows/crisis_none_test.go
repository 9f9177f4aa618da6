package flows

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
)

// TestWhoLivesWhereNoLineIsKnownIsToldWhatToDo: the countries with a line are few,
// so there is always a way to the others.
func TestWhoLivesWhereNoLineIsKnownIsToldWhatToDo(t *testing.T) {
	b := New(With{
		Judge: func(check.Case) check.Verdict { return check.Verdict{} }, Greeting: func(string) bool { return false },
		Match: func(...string) string { return "en" }, Despair: func(string) bool { return true },
		Crisis: func(country string) []Line {
			if country != "TW" {
				return nil
			}
			return []Line{{Country: "TW", Name: "1925", Numbers: []string{"1925"}}}
		},
	})
	said := b.Turn(Session{}, Input{Text: "I do not want to live"})
	rows := said.Say[0].Rows
	last := rows[len(rows)-1][0]
	require.Equal(t, Button{Key: "btn_country", Step: stepCrisis, Value: "none"}, last)
	told := b.Turn(said.Session, Input{Tap: &Tap{Step: last.Step, Value: last.Value, Message: 5}})
	require.True(t, slices.ContainsFunc(told.Say[0].Parts, func(p Part) bool { return p.Key == "crisis_none" }))
	require.Equal(t, "pick", told.Say[0].Rows[0][0].Value)
}
