package locales_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/locales"
)

func load(t *testing.T) *locales.Words {
	t.Helper()
	w, err := locales.Load()
	require.NoError(t, err)
	return w
}

// wanted reads the advice, questions and signs every language must have words for.
func wanted(t *testing.T) []string {
	t.Helper()
	var f struct {
		Advice, Ask []string
		Sign        []struct{ ID string }
	}
	_, err := toml.DecodeFile("../flows/check/signs.toml", &f)
	require.NoError(t, err)
	require.NotEmpty(t, f.Sign)
	var keys []string
	for _, id := range f.Advice {
		keys = append(keys, "advice_"+id)
	}
	for _, id := range f.Ask {
		keys = append(keys, "ask_"+id)
	}
	for _, s := range f.Sign {
		keys = append(keys, "sign_"+s.ID, "sign_"+s.ID+"_why")
	}
	return keys
}

func TestSixLanguages(t *testing.T) {
	names := map[string]string{}
	for _, l := range load(t).Languages() {
		names[l.Code] = l.Name
	}
	for _, code := range []string{"en", "zh", "id", "vi", "th", "my"} {
		require.NotEmpty(t, names[code], "language %s is missing", code)
	}
}

func TestNoLanguageLacksAnything(t *testing.T) {
	for _, l := range load(t).Lacks(wanted(t)) {
		t.Error(l)
	}
}

// Filled with the longest that is ever put in, every message still fits.
func TestFilledMessagesFit(t *testing.T) {
	w := load(t)
	var all map[string]any
	_, err := toml.DecodeFile("en/messages.en.toml", &all)
	require.NoError(t, err)
	delete(all, "reviewed")
	long := strings.Repeat("<&long> ", 60)
	args := map[string]any{}
	for _, a := range []string{"name", "quote", "publisher", "text", "country", "number", "hours", "cost", "languages", "caution", "date", "checked", "ref", "most", "max"} {
		args[a] = long
	}
	args["count"] = 1_000_000
	for _, l := range w.Languages() {
		for key := range all {
			s := w.Say(l.Code, key, args)
			require.LessOrEqual(t, len(utf16.Encode([]rune(s))), 4096, "%s %s", l.Code, key)
			require.NotContains(t, s, "<no value>", "%s %s", l.Code, key)
			require.NotContains(t, s, "<&", "%s %s: an argument went in raw", l.Code, key)
		}
	}
}

func TestMatch(t *testing.T) {
	w := load(t)
	has := map[string]bool{}
	for _, l := range w.Languages() {
		has[l.Code] = true
	}
	for pref, want := range map[string]string{
		"zh": "zh", "zh-hans": "zh", "zh-CN": "zh", "zh_TW": "zh", "zh-Hant-HK": "zh", "in": "id", "id-ID": "id", "vi": "vi", "th": "th",
		"my": "my", "en-GB": "en", "": "en", "xx": "en", "fr": "en", "🙂": "en", "und": "en",
	} {
		if has[want] {
			require.Equal(t, want, w.Match(pref), pref)
		}
	}
	if has["th"] {
		require.Equal(t, "th", w.Match("fr", "th", "en"))
	}
}

func TestSay(t *testing.T) {
	w, err := locales.LoadFS(fstest.MapFS{
		"en/messages.en.toml": {Data: []byte(`
reviewed = true
[language_name]
other = "English"
[hi]
other = "Hello <b>{{.name}}</b>"
[files]
one = "{{.count}} file"
other = "{{.count}} files"
[only_en]
other = "only here"`)},
		"en/signs.en.toml": {Data: []byte("[signs.REC-17]\nname = \"They keep your passport\"\nwhy = \"It keeps you there.\"\n")},
		"pl/messages.pl.toml": {Data: []byte(`
[language_name]
other = "polski"
[hi]
other = "Cześć <b>{{.nam}}</b> & <u>"
[files]
one = "{{.count}} plik"
other = "{{.count}} pliku"
[wrong]
other = "x"
[outcome_no_match]
other = "<b>x"`)},
	})
	require.NoError(t, err)
	require.Equal(t, []locales.Language{{"en", "English", true}, {"pl", "polski", false}}, w.Languages())
	require.Equal(t, "Hello <b>&lt;a&gt;</b>", w.Say("en", "hi", map[string]any{"name": "<a>"}))
	require.Equal(t, "Hello <b><i>a</i></b>", w.Say("en", "hi", map[string]any{"name": locales.HTML("<i>a</i>")}))
	require.Equal(t, "Hello <a>", w.Plain("en", "hi", map[string]any{"name": "<a>"}))
	require.Equal(t, "1 file", w.Say("en", "files", map[string]any{"count": 1}))
	require.Equal(t, "2 files", w.Say("en", "files", map[string]any{"count": 2}))
	require.Equal(t, "They keep your passport", w.Say("pl", "sign_REC-17", nil), "English stands in")
	require.Equal(t, "only here", w.Say("pl", "only_en", nil))
	require.Equal(t, "only here", w.Say("xx", "only_en", nil), "an unknown language is English")
	require.Equal(t, "nowhere", w.Say("pl", "nowhere", nil))
	require.Equal(t, 1, w.Missing()["pl/only_en"])
	require.Equal(t, "Thailand", w.Say("en", "country_TH", nil))
	require.Equal(t, "Tajlandia", w.Say("pl", "country_TH", nil))
	require.Equal(t, "tajski", w.Say("pl", "tongue_th", nil))

	var lacks []string
	for _, l := range w.Lacks([]string{"sign_REC-17", "country_TH", "more"}) {
		lacks = append(lacks, l.String())
	}
	require.Equal(t, []string{
		"en: more: missing",
		`pl: files: plural form "few" missing`,
		`pl: files: plural form "many" missing`,
		"pl: hi: a bare & (write &amp;)",
		"pl: hi: has places [nam], English has [name]",
		"pl: more: missing",
		"pl: only_en: missing",
		"pl: outcome_no_match: <b> is not closed",
		"pl: outcome_no_match: not in English: a slip in the key?",
		"pl: sign_REC-17: missing",
		"pl: sign_REC-17_why: missing",
		"pl: wrong: not in English: a slip in the key?",
	}, lacks)
}

func TestLoadRefuses(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"no English":        {"pl/messages.pl.toml": {Data: []byte("[a]\nother = \"a\"")}},
		"another name":      {"en/messages.fr.toml": {Data: []byte("[a]\nother = \"a\"")}},
		"no language":       {"english!/messages.english!.toml": {Data: []byte("")}},
		"no TOML":           {"en/messages.en.toml": {Data: []byte("[")}},
		"signs that are no": {"en/messages.en.toml": {Data: []byte("")}, "en/signs.en.toml": {Data: []byte("[")}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := locales.LoadFS(files)
			require.Error(t, err)
		})
	}
}

// The names that come from the CLDR are there in every language offered.
func TestCountriesHaveNames(t *testing.T) {
	w := load(t)
	for _, l := range w.Languages() {
		for _, c := range []string{"TH", "KH", "MM", "GB", "TW", "AE"} {
			name := w.Say(l.Code, "country_"+c, nil)
			require.NotEqual(t, "country_"+c, name)
			if l.Code != "en" && l.Code != "id" && l.Code != "vi" {
				require.Greater(t, name[0], byte(0x7f), "%s %s: %s", l.Code, c, name)
			}
		}
	}
}

func TestFilesHoldEveryLanguage(t *testing.T) {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			_, err := locales.Files().Open(e.Name())
			require.NoError(t, err, "%s is not built in", e.Name())
		}
	}
}
