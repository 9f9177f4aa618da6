package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/terminal"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
)

func play(t *testing.T, in string) (screen, record string) {
	t.Helper()
	w, err := locales.Load()
	require.NoError(t, err)
	var out, rec bytes.Buffer
	c := terminal.Chat{Words: w, Lang: "en", Record: &rec, Book: flows.New(flows.With{
		Judge: func(c check.Case) check.Verdict {
			v := check.Verdict{Outcome: check.NoMatch, Kind: check.None, Language: "en"}
			if strings.Contains(strings.Join(c.Texts, "\n"), "top up") {
				v.Outcome, v.Kind = check.Scam, check.Task
				v.Signs = []check.Found{{ID: "TSK-05", Quotes: []string{"top up"}}}
			}
			return v
		},
		Greeting:  func(s string) bool { return s == "hi" },
		Languages: []flows.Language{{Code: "en", Name: "English"}},
		Match:     w.Match,
	})}
	require.NoError(t, c.Run(context.Background(), strings.NewReader(in), &out))
	return out.String(), rec.String()
}

func TestRun(t *testing.T) {
	screen, record := play(t, "Please\ntop up first\n\n99\n1\nhello\x1b[31m there\n\n")
	require.Contains(t, screen, "“top up”")
	require.Contains(t, screen, "There is no button with that number. Type a number from 1 to")
	require.NotContains(t, screen, "<b>")
	require.NotContains(t, screen, "\x1b")
	require.True(t, strings.HasPrefix(record, "> /start\n< start [ask_me|lines|language]\n> say Please top up first\n< outcome_scam_task "), record)
}

func TestNumbers(t *testing.T) {
	screen, _ := play(t, "/privacy\n0\n2\n/help\n1\n")
	require.Contains(t, screen, "from 1 to 3", "the buttons of the start card are still there")
	require.Contains(t, screen, "no phone lines to show")
	screen, record := play(t, "0812345678\n\n")
	require.NotContains(t, screen, "no button", "a phone number is something to check")
	require.Contains(t, record, "say 0812345678")
}

// A card that is rewritten in place is the same message, and its buttons count.
func TestCardsAreRewritten(t *testing.T) {
	w, err := locales.Load()
	require.NoError(t, err)
	var out, rec bytes.Buffer
	c := terminal.Chat{Words: w, Lang: "en", Record: &rec, Book: flows.New(flows.With{
		Judge:     func(check.Case) check.Verdict { return check.Verdict{Outcome: check.Danger, Language: "en"} },
		Greeting:  func(string) bool { return false },
		Languages: []flows.Language{{Code: "en", Name: "English"}},
		Match:     w.Match,
		Held: func(country, nationality string) []flows.Line {
			return []flows.Line{{Name: "A line for " + nationality + " in " + country, Numbers: []string{"1300"}}}
		},
	})}
	require.NoError(t, c.Run(context.Background(), strings.NewReader("I cannot leave\n\n2\n6\n1\n"), &out))
	require.Contains(t, out.String(), "A line for ID in MM: 1300", rec.String())
}

func TestEnds(t *testing.T) {
	_, record := play(t, "top up, without a line end")
	require.Contains(t, record, "outcome_scam_task", "the end of input ends the message")
	_, record = play(t, strings.Repeat("x", 3<<20)+"\n\n/help\n")
	require.Contains(t, record, "< help", "an endless line loses nothing after it")

	ctx, stop := context.WithCancel(context.Background())
	stop()
	w, err := locales.Load()
	require.NoError(t, err)
	c := terminal.Chat{Words: w, Book: flows.New(flows.With{Match: w.Match})}
	require.NoError(t, c.Run(ctx, strings.NewReader(""), &bytes.Buffer{}))
	require.Error(t, c.Run(context.Background(), strings.NewReader("/help\n"), failing{}))
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("closed") }
