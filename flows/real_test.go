package flows

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
)

// loadChecker reads the signs once for all tests.
var loadChecker = sync.OnceValues(func() (*check.Checker, error) { return check.Load(check.Files(), locales.Files()) })

// realBook talks with the checker as it is built in.
func realBook(t testing.TB) (*Book, *locales.Words) {
	t.Helper()
	c, err := loadChecker()
	require.NoError(t, err)
	w, err := locales.Load()
	require.NoError(t, err)
	with := With{Judge: c.Case, Greeting: c.Greeting, Match: w.Match, Lines: testLines()}
	for _, l := range w.Languages() {
		with.Languages = append(with.Languages, Language{Code: l.Code, Name: l.Name})
	}
	return New(with), w
}

// Every answer to a guided question speaks of signs the checker has. What an
// answer takes back is never a strong sign: words outweigh a slip of the thumb.
func TestQuestionsNameSigns(t *testing.T) {
	c, err := loadChecker()
	require.NoError(t, err)
	judge := func(id string) []check.Found {
		return c.Case(check.Case{Facts: map[string]bool{id: true}}).Signs
	}
	for _, q := range questions() {
		for _, o := range q.answers {
			for _, id := range o.yes {
				v := c.Case(check.Case{Facts: map[string]bool{id: true}})
				require.True(t, v.Outcome == check.Danger || len(v.Signs) == 1 && v.Signs[0].ID == id, "%s.%s: the checker does not know %s", q.id, o.value, id)
			}
			for _, id := range o.no {
				found := judge(id)
				require.Len(t, found, 1, "%s.%s: the checker does not know %s", q.id, o.value, id)
				require.NotEqual(t, check.Strong, found[0].Strength, "%s.%s takes back a strong sign", q.id, o.value)
			}
		}
	}
}

// The next question is computed from the case: three texts, three first
// questions, and for work abroad the journey before anything else.
func TestFirstQuestionFollowsTheCase(t *testing.T) {
	b, _ := realBook(t)
	first := func(text string) string {
		s := Session{Lang: "en"}
		if text != "" {
			s.Texts, s.From = []string{text}, []int{1}
		}
		_, next := b.guided(s).Route(nil)
		if next == nil {
			return ""
		}
		return next.ID
	}
	got := map[string]string{
		"abroad":  first("Customer service agent wanted in Cambodia, no experience, 1500 USD a month, we pay flight and room."),
		"invest":  first("My uncle is an analyst and he teaches me when to buy gold on a trading platform. I can teach you, you invest a little first."),
		"home":    first("Hello, I am Anna from HR, I found your CV online. We have a part time job for you."),
		"nothing": first(""),
	}
	require.Equal(t, "q_journey", got["abroad"])
	require.Equal(t, "q_out", got["invest"])
	require.Equal(t, "q_pay", got["nothing"])
	require.NotEmpty(t, got["home"])
}

// Somebody at the airport is told what to do now, without another question.
func TestAirport(t *testing.T) {
	b, _ := realBook(t)
	s := Session{Lang: "en", Flow: flowQuestions, Texts: []string{"Customer service agent wanted in Cambodia, no experience, HR keeps the passport"}, From: []int{1}}
	s.Answers = Answers{{Step: "q_journey", Values: []string{"airport"}}}
	turn := b.here(s)
	require.Equal(t, Key("now_airport"), turn.Say[0].Parts[0].Key)
	require.Equal(t, check.StageTravelling, turn.Verdict.Stage)
}

// So is somebody at the airport who lost money already.
func TestAirportAfterALoss(t *testing.T) {
	for _, text := range []string{"a scam", "they say it was a scam and took everything"} {
		s := Session{Lang: "en", Texts: []string{text}, From: []int{1}, Answers: give("q_journey", "airport")}
		var said []Key
		for _, p := range New(reportsWith()).result(s).Say[0].Parts {
			said = append(said, p.Key)
		}
		require.Equal(t, []Key{"now_airport", "lf_said", "result_more"}, said, text)
	}
}

// One who is there and cannot go out gets the neutral answer.
func TestHeldAnswerIsQuiet(t *testing.T) {
	b, _ := realBook(t)
	for _, value := range []string{"not", "unknown"} {
		turn := b.here(Session{Lang: "en", Flow: flowQuestions, Answers: give("q_journey", "there", "q_there", value)})
		require.Equal(t, check.Danger, turn.Verdict.Outcome, value)
		require.Equal(t, []Part{{Key: "quiet"}}, turn.Say[0].Parts)
	}
}

// Every message the conversations, the advice, the questions and the signs need
// is in every language, and whatever a checker can say is worded.
func TestEveryWordIsThere(t *testing.T) {
	b, w := realBook(t)
	var needed []string
	for _, k := range b.Keys() {
		needed = append(needed, string(k))
	}
	for _, l := range w.Lacks(needed) {
		t.Error(l)
	}
}

// BenchmarkTurn is a whole answer: the check and the search for a question left.
func BenchmarkTurn(b *testing.B) {
	book, _ := realBook(b)
	for name, text := range map[string]string{
		"lure":     "Customer service agent wanted in Cambodia, no experience, 1500 USD a month, we pay flight and room.",
		"ordinary": strings.Repeat("Mum is well and the cat is fine too, we had rice and went to the market. ", 13),
		"long":     strings.Repeat("Mum is well and the cat is fine too, we had rice and went to the market. ", 55),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				book.Turn(Session{Lang: "en"}, Input{Text: text, Message: 1})
			}
		})
	}
}
