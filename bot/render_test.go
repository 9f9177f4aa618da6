package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/hotlines"
)

func loadWords(t *testing.T) *locales.Words {
	t.Helper()
	w, err := locales.Load()
	require.NoError(t, err)
	return w
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func TestRender(t *testing.T) {
	w := loadWords(t)
	out := Render(w, "en", "00a1", flows.Say{
		Parts: []flows.Part{
			{Key: "signs_heading"},
			{Key: "sign_quoted", Args: map[string]any{"name": flows.Key("btn_skip"), "quote": flows.Quote("pay <b>now</b> & here")}},
			{Key: "source_published", Args: map[string]any{"publisher": "A & B"}, Under: true},
			{Key: "item", Args: map[string]any{"text": []flows.Key{"btn_back", "btn_stop"}}},
		},
		Rows: [][]flows.Button{{{Key: "btn_back", Step: "q_pay", Value: "back"}, {Label: "ไทย", URL: "https://example.org"}}},
		Edit: 7,
	})
	require.Equal(t, "<b>What I saw:</b>\n\n"+
		"▪️ <b>I do not know / skip</b>: “pay &lt;b&gt;now&lt;/b&gt; &amp; here”\n"+
		"<i>This sign is published by A &amp; B.</i>\n\n"+
		"• Back, Stop", out.Text)
	require.Equal(t, [][]Button{{{Text: "Back", Data: "00a1.q_pay.back"}, {Text: "ไทย", URL: "https://example.org"}}}, out.Rows)
	require.Equal(t, 7, out.Edit)
}

// The start card is the same bytes for everybody who reads the same language.
func TestStartCardIsTheSame(t *testing.T) {
	w := loadWords(t)
	b := flows.New(flows.With{Match: w.Match})
	one := b.Turn(flows.Session{}, flows.Input{Command: "start"})
	other := b.Turn(flows.Session{Nonce: "abcd", Lang: "en", Country: "TH", Texts: []string{"x"}, From: []int{1}}, flows.Input{Command: "exit", Message: 900})
	require.Equal(t, Render(w, "en", one.Session.Nonce, one.Say[0]), Render(w, "en", other.Session.Nonce, other.Say[0]))
}

// A swindler's address in a quote is no link in our answer.
func TestQuotesAreNoLinks(t *testing.T) {
	for _, q := range []string{"write to @hr_lily88", "open easy-job.top now", "https://x.example/a?b=<c>", "call +66 81 234 5678", "t.me/abc", "#win", "/start"} {
		require.Contains(t, string(quoted(flows.Quote(q))), "<code>", q)
	}
	require.Equal(t, "HR keeps the passport.", string(quoted("HR keeps the passport.")))
	require.NotContains(t, string(quoted("a.b</code><a>")), "</code><a>")
}

// The parts that go first are those with the highest Drop; what stands under a
// part goes with it; nothing is cut.
func TestFitLeavesOutWholeParts(t *testing.T) {
	w := loadWords(t)
	word := strings.Repeat("x", 90)
	part := func(name string, drop int, under bool) flows.Part {
		return flows.Part{Key: "item", Args: map[string]any{"text": name + word}, Drop: drop, Under: under}
	}
	parts := []flows.Part{part("A", 0, false), part("B", 2, false), part("C", 0, true), part("D", 1, false), part("E", 3, true)}
	names := func(most int) string {
		return strings.NewReplacer(word, "", "• ", "", "\n", "").Replace(fit(w, "en", parts, most))
	}
	require.Equal(t, "ABCDE", names(1000))
	require.Equal(t, "ABCD", names(400))
	require.Equal(t, "AD", names(300))
	require.Equal(t, "A", names(100))
	require.Equal(t, "A", names(10), "the first is never cut")
}

func TestFitAlwaysFits(t *testing.T) {
	w := loadWords(t)
	rapid.Check(t, func(t *rapid.T) {
		parts := []flows.Part{{Key: "outcome_trafficking"}}
		for range rapid.IntRange(0, 40).Draw(t, "parts") {
			parts = append(parts, flows.Part{
				Key:   "sign_quoted",
				Args:  map[string]any{"name": rapid.StringN(0, 200, 600).Draw(t, "name"), "quote": flows.Quote(rapid.StringN(0, 200, 600).Draw(t, "quote"))},
				Under: rapid.Bool().Draw(t, "under"),
				Drop:  rapid.IntRange(0, 5).Draw(t, "drop"),
			})
		}
		text := fit(w, "en", parts, mostText)
		require.LessOrEqual(t, units(text), mostText)
		require.True(t, strings.HasPrefix(text, "🔴"))
		require.Equal(t, strings.Count(text, "<b>"), strings.Count(text, "</b>"))
	})
}

func TestInline(t *testing.T) {
	w := loadWords(t)
	r := InlineResultOf(w, "en", &flows.Say{Parts: []flows.Part{{Key: "outcome_no_match"}, {Key: "no_match_note"}, {Key: "inline_short"}}})
	require.Equal(t, "Check these words", r.Title)
	require.Contains(t, r.Description, "This is not a clearance.")
	require.NotContains(t, r.Description, "<b>")
	require.Contains(t, r.Text, "256")
	require.Equal(t, "Type or paste the words to check", InlineResultOf(w, "en", nil).Text)
}

// Every message of the catalogue is said by somebody.
func TestNoMessageIsIdle(t *testing.T) {
	said := map[string]bool{}
	for _, k := range slices.Concat(flows.New(flows.With{}).Keys(), Keys()) {
		said[string(k)] = true
	}
	var all map[string]any
	_, err := toml.DecodeFS(locales.Files(), "en/messages.en.toml", &all)
	require.NoError(t, err)
	delete(all, "reviewed")
	var facts struct{ Advice, Ask []string }
	_, err = toml.DecodeFS(check.Files(), "signs.toml", &facts)
	require.NoError(t, err)
	for _, k := range flows.Keys(facts.Advice, facts.Ask, nil) {
		said[string(k)] = true
	}
	directory, err := hotlines.Load()
	require.NoError(t, err)
	for _, k := range directory.ActionKeys() {
		said[k] = true
	}
	for key := range all {
		require.True(t, said[key] || key == "country_INT", "nobody says %s", key)
	}
}

func TestPopFits(t *testing.T) {
	w := loadWords(t)
	for _, l := range w.Languages() {
		for _, key := range []flows.Key{"quiet_pop", "stale_tap", "stale_gone", "vote_thanks", "vote_sorry"} {
			s := flows.Say{Parts: []flows.Part{{Key: key}}, Pop: true}
			text := RenderPop(w, l.Code, s)
			require.NotEmpty(t, text)
			require.Equal(t, w.Plain(l.Code, string(key), nil), text, "%s %s was cut", l.Code, key)
		}
	}
	long := flows.Say{Parts: []flows.Part{{Key: "item", Args: map[string]any{"text": strings.Repeat("word ", 100)}}}}
	require.LessOrEqual(t, units(RenderPop(w, "en", long)), mostPop)
	require.True(t, strings.HasSuffix(RenderPop(w, "en", long), "word …"), fmt.Sprintf("%q", RenderPop(w, "en", long)))
}
