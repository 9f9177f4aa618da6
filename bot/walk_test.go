package bot

import (
	"regexp"
	"slices"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
)

// script is a letter class every message of a language must show.
var script = map[string]*unicode.RangeTable{"zh": unicode.Han, "th": unicode.Thai, "my": unicode.Myanmar}

var (
	tags   = regexp.MustCompile(`<(/?)(\w+)>`)
	pinned = regexp.MustCompile(`^[0-9a-v]{4}\.[a-z0-9_]{1,16}\.[a-z0-9_]{1,16}$`)
)

func checkHTML(t require.TestingT, s string) {
	var open []string
	for _, m := range tags.FindAllStringSubmatch(s, -1) {
		require.Contains(t, []string{"b", "i", "code"}, m[2], s)
		if m[1] == "" {
			open = append(open, m[2])
			continue
		}
		require.NotEmpty(t, open, s)
		require.Equal(t, open[len(open)-1], m[2], s)
		open = open[:len(open)-1]
	}
	require.Empty(t, open, s)
	require.NotRegexp(t, `[<>]`, tags.ReplaceAllString(s, ""), s)
}

// Whatever is done in whichever language: every message is in that language,
// valid, fits, and has buttons that can be tapped.
func TestWalkInEveryLanguage(t *testing.T) {
	w := loadWords(t)
	c, err := check.Load(check.Files(), locales.Files())
	require.NoError(t, err)
	with := flows.With{Judge: c.Case, Greeting: c.Greeting, Match: w.Match, Lines: []flows.Line{
		{Country: "TH", Name: "Center <1441>", Kinds: []string{"loss"}, Numbers: []string{"1441"}, Languages: []string{"th"}, Hours: "24", Publisher: "A & B", Date: "2024", Checked: "2026-11-21"},
	}}
	for _, l := range w.Languages() {
		with.Languages = append(with.Languages, flows.Language{Code: l.Code, Name: l.Name})
	}
	book := flows.New(with)
	texts := []string{
		"Customer service in Cambodia, USD 2000 a month, no experience, free flight, tourist visa is fine, HR keeps the passport. @hr_lily88",
		"招聘客服，月薪三万，包机票，护照由公司保管，柬埔寨西港 <b>&", "รับสมัครแอดมินตอบแชท ปอยเปต ยึดพาสปอร์ต ค่าตอบแทนสูง", "việc nhẹ lương cao, đặt cọc giữ vị trí, nạp tiền",
		"hi", "ok then", "\u202e<script>alert(1)</script>", "deposit 500 USDT to unlock https://x.example/?a=1&b=2", "my uncle guarantees 30% profit a day", "👍", "",
	}
	for _, l := range w.Languages() {
		t.Run(l.Code, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := flows.Session{Lang: l.Code}
				var taps []flows.Tap
				for n := range rapid.IntRange(1, 6).Draw(t, "turns") {
					in := flows.Input{Message: 10 * (n + 1), Sent: int64(100 * n), Text: rapid.SampledFrom(texts).Draw(t, "text")}
					switch rapid.IntRange(0, 3).Draw(t, "does") {
					case 0:
						in.Text, in.Command = "", rapid.SampledFrom([]string{"start", "help", "privacy", "report", "delete", "x", "check", "cancel"}).Draw(t, "command")
					case 1, 2:
						if len(taps) > 0 {
							tap := rapid.SampledFrom(taps).Draw(t, "tap")
							in = flows.Input{Tap: &tap, Message: tap.Message}
						}
					}
					if in.Tap != nil && in.Tap.Step == "lang" {
						continue
					}
					turn := book.Turn(s, in)
					s = turn.Session
					for _, say := range turn.Say {
						if say.Pop {
							pop := RenderPop(w, l.Code, say)
							require.NotEmpty(t, pop)
							require.LessOrEqual(t, units(pop), mostPop)
							continue
						}
						out := Render(w, l.Code, s.Nonce, say)
						checkHTML(t, out.Text)
						require.LessOrEqual(t, units(out.Text), mostText)
						require.NotContains(t, out.Text, "<no value>")
						require.NotContains(t, out.Text, "_why")
						if table := script[l.Code]; table != nil {
							require.True(t, slices.ContainsFunc([]rune(out.Text), func(r rune) bool { return unicode.Is(table, r) }), out.Text)
						}
						for i, r := range out.Rows {
							for j, b := range r {
								require.NotEmpty(t, b.Text)
								require.Regexp(t, pinned, b.Data)
								taps = append(taps, flows.Tap{Nonce: b.Data[:4], Step: say.Rows[i][j].Step, Value: say.Rows[i][j].Value, Message: 10*(n+1) + 1})
							}
						}
					}
				}
			})
			for key, n := range w.Missing() {
				require.NotRegexp(t, "^"+l.Code+"/", key, "wanted %d times and not there", n)
			}
		})
	}
}
