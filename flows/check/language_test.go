package check

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// languages are what the project offers, each whole.
var languages = []string{"en", "zh", "id", "vi", "th", "my"}

// heard are the languages that are read and not spoken: folders with signs alone.
func heard(t testing.TB) []string {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(checker(t).langs), func(lang string) bool { return slices.Contains(languages, lang) })
}

// languageFiles are all languages, or those that TEST_LANGUAGES names while one
// of them is being written.
func languageFiles() fs.FS {
	root := os.DirFS("../../locales")
	only := os.Getenv("TEST_LANGUAGES")
	if only == "" {
		return root
	}
	some := fstest.MapFS{}
	for _, lang := range strings.Split(only, ",") {
		name := lang + "/signs." + lang + ".toml"
		if data, err := fs.ReadFile(root, name); err == nil {
			some[name] = &fstest.MapFile{Data: data}
		}
	}
	return some
}

var loadOnce = sync.OnceValues(func() (*Checker, error) { return Load(Files(), languageFiles()) })

func checker(t testing.TB) *Checker {
	t.Helper()
	c, err := loadOnce()
	require.NoError(t, err)
	return c
}

// messages reads testdata/<lang>/<name>.txt: messages separated by lines "---",
// a first line "# …" says what is expected.
func messages(t testing.TB, lang, name string) (texts, notes []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", lang, name+".txt"))
	require.NoError(t, err)
	for _, m := range strings.Split("\n"+string(raw)+"\n", "\n---\n") {
		m = strings.TrimSpace(m)
		note := ""
		if strings.HasPrefix(m, "# ") {
			note, m, _ = strings.Cut(m, "\n")
		}
		if m = strings.TrimSpace(m); m != "" {
			texts = append(texts, m)
			notes = append(notes, strings.TrimPrefix(note, "# "))
		}
	}
	return texts, notes
}

func warned(o Outcome) bool { return o == Trafficking || o == Scam || o == Caution || o == Danger }
func strong(o Outcome) bool { return o == Trafficking || o == Scam }

func ids(v Verdict) string {
	var out []string
	for _, f := range v.Signs {
		out = append(out, fmt.Sprintf("%s %q", f.ID, f.Quotes))
	}
	return strings.Join(out, ", ")
}

// TestLanguageWhole names what a language lacks.
func TestLanguageWhole(t *testing.T) {
	c := checker(t)
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			w, ok := c.words[lang]
			require.True(t, ok, "no signs.%s.toml", lang)
			for _, s := range c.facts.signs {
				sw, ok := w.Signs[s.ID]
				if !ok || sw.Name == "" || sw.Why == "" {
					t.Errorf("%s lacks the name or why of %s", lang, s.ID)
				}
				if n := len([]rune(sw.Name)); n > 60 {
					t.Errorf("%s: the name of %s has %d letters, at most 60 fit", lang, s.ID, n)
				}
				if slices.Contains(s.How, "text") && s.ID != disguiseSign && len(sw.Phrases) < 3 {
					t.Errorf("%s has %d phrases for %s, which is read from text", lang, len(sw.Phrases), s.ID)
				}
			}
			for i, name := range cueNames {
				if i != cueFiction && len(w.Cues[name]) < 3 {
					t.Errorf("%s has %d phrases for the cue %s", lang, len(w.Cues[name]), name)
				}
			}
		})
	}
}

// TestLanguageHeard holds that a language which is only heard has what finding
// takes, and nothing that nobody reads.
func TestLanguageHeard(t *testing.T) {
	c := checker(t)
	for _, lang := range heard(t) {
		t.Run(lang, func(t *testing.T) {
			w := c.words[lang]
			_, err := fs.Stat(languageFiles(), lang+"/messages."+lang+".toml")
			require.ErrorIs(t, err, fs.ErrNotExist, "a language with messages is among those offered")
			for id, s := range w.Signs {
				require.Empty(t, s.Name+s.Why, "the name of %s is said in the language of the chat", id)
				require.NotEmpty(t, s.Phrases, id)
			}
			for _, name := range []string{"common", "offer", "warn", "prohibit", "reported", "first", "relative", "captive"} {
				require.GreaterOrEqual(t, len(w.Cues[name]), 3, name)
			}
		})
	}
}

// TestLanguageLures holds that lures are named for what they are.
func TestLanguageLures(t *testing.T) {
	c := checker(t)
	for _, lang := range c.langs {
		t.Run(lang, func(t *testing.T) {
			texts, notes := messages(t, lang, "lures")
			require.GreaterOrEqual(t, len(texts), floor(lang, 50))
			for i, m := range texts {
				v := c.Check(m)
				got := fmt.Sprintf("%s %s", v.Outcome, v.Kind)
				// What the words alone leave unclear the model may raise.
				if strings.HasPrefix(notes[i], "unclear ") && v.Outcome == Caution {
					got = notes[i]
				}
				if got != notes[i] {
					t.Errorf("want %s, got %s\n%s\nsigns: %s", notes[i], got, m, ids(v))
				}
			}
		})
	}
}

// floor is how many texts a test of a language takes at least: half for one that
// is only heard.
func floor(lang string, n int) int {
	if slices.Contains(languages, lang) {
		return n
	}
	return n / 2
}

// TestLanguageGuard holds that who warns is not taken for who lures, nor the
// other way round.
func TestLanguageGuard(t *testing.T) {
	c := checker(t)
	for _, lang := range c.langs {
		t.Run(lang, func(t *testing.T) {
			for _, set := range []struct {
				name string
				min  int
				ok   func(Verdict) bool
			}{
				{"warnings", 30, func(v Verdict) bool { return !strong(v.Outcome) && v.Outcome != Danger }},
				{"lures_with_warnings", 30, func(v Verdict) bool { return warned(v.Outcome) }},
				{"ordinary", 80, func(v Verdict) bool { return !strong(v.Outcome) && v.Outcome != Danger }},
				{"captive", 40, func(v Verdict) bool { return v.Outcome == Danger }},
				{"captive_not", 60, func(v Verdict) bool { return v.Outcome != Danger }},
			} {
				texts, _ := messages(t, lang, set.name)
				require.GreaterOrEqual(t, len(texts), floor(lang, set.min), set.name)
				for _, m := range texts {
					if v := c.Check(m); !set.ok(v) {
						t.Errorf("%s: got %s %s\n%s\nsigns: %s", set.name, v.Outcome, v.Kind, m, ids(v))
					}
				}
			}
		})
	}
}

// TestLanguageQuiet holds that almost no ordinary message is warned about.
func TestLanguageQuiet(t *testing.T) {
	c := checker(t)
	for _, lang := range c.langs {
		t.Run(lang, func(t *testing.T) {
			texts, _ := messages(t, lang, "ordinary")
			var loud []string
			for _, m := range texts {
				if v := c.Check(m); warned(v.Outcome) {
					loud = append(loud, fmt.Sprintf("%s %s: %s\nsigns: %s", v.Outcome, v.Kind, m, ids(v)))
				}
			}
			require.LessOrEqual(t, len(loud)*50, len(texts), "warned:\n%s", strings.Join(loud, "\n"))
		})
	}
}

// TestLanguageFirstOffer holds the same lure in every language.
func TestLanguageFirstOffer(t *testing.T) {
	c := checker(t)
	for _, lang := range languages {
		texts, _ := messages(t, lang, "lures")
		v := c.Check(texts[0])
		require.Equal(t, Trafficking, v.Outcome, "%s: %s", lang, ids(v))
		require.Equal(t, lang, v.Language)
		for _, id := range []string{"REC-05", "REC-17"} {
			at := slices.IndexFunc(v.Signs, func(f Found) bool { return f.ID == id })
			require.GreaterOrEqual(t, at, 0, "%s lacks %s: %s", lang, id, ids(v))
			require.NotEmpty(t, v.Signs[at].Sources)
			for _, q := range v.Signs[at].Quotes {
				require.Contains(t, texts[0], q)
			}
		}
	}
}
