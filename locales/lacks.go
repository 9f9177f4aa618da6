package locales

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Lack is one thing wrong or missing in a language.
type Lack struct{ Lang, Key, What string }

func (l Lack) String() string { return l.Lang + ": " + l.Key + ": " + l.What }

// Lacks names everything the languages lack, measured against English and
// against the keys the program needs: missing and unknown keys, places that
// differ, broken markup, missing plural forms, texts too long for where they
// are shown, and words that promise too much.
func (w *Words) Lacks(needed []string) []Lack {
	var out []Lack
	add := func(lang, key, format string, args ...any) {
		out = append(out, Lack{lang, key, fmt.Sprintf(format, args...)})
	}
	source := w.messages[Source]
	for _, l := range w.languages {
		own := w.messages[l.Code]
		want := map[string]bool{}
		for _, k := range needed {
			if w.name(l.Code, k) == "" {
				want[k] = true
			}
		}
		for k := range source {
			want[k] = true
		}
		for k := range want {
			if own[k] == nil {
				add(l.Code, k, "missing")
			}
		}
		for k, m := range own {
			src := source[k]
			if src == nil {
				if !strings.HasPrefix(k, "sign_") {
					add(l.Code, k, "not in English: a slip in the key?")
				}
				src = m
			}
			w.lacksIn(l.Code, k, m, src, add)
		}
	}
	slices.SortFunc(out, func(a, b Lack) int { return strings.Compare(a.String(), b.String()) })
	return out
}

var (
	place = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)
	brace = regexp.MustCompile(`\{\{|\}\}`)
	tag   = regexp.MustCompile(`<[^>]*>`)
)

func (w *Words) lacksIn(lang, key string, m, src *i18n.Message, add func(lang, key, format string, args ...any)) {
	t, err := language.Parse(lang)
	if err != nil {
		add(lang, key, "no language %q", lang)
		return
	}
	if strings.TrimSpace(m.Other) == "" {
		add(lang, key, "empty")
		return
	}
	if src.One != "" {
		for _, f := range pluralForms(t) {
			if form(m, f) == "" {
				add(lang, key, "plural form %q missing", formNames[f])
			}
		}
	}
	for _, text := range []string{m.Zero, m.One, m.Two, m.Few, m.Many, m.Other} {
		if text == "" {
			continue
		}
		if got, want := places(text), places(src.Other); !slices.Equal(got, want) {
			// "one file" may leave out the number, nothing may be added
			if text == m.Other || !subset(got, want) {
				add(lang, key, "has places %v, English has %v", got, want)
			}
		}
		if bare := place.ReplaceAllString(text, ""); brace.MatchString(bare) {
			add(lang, key, "broken place: %s", bare)
		}
		if what := brokenMarkup(text); what != "" {
			add(lang, key, "%s", what)
		}
		if n, max := utf8.RuneCountInString(text), Longest(key); n > max {
			add(lang, key, "%d letters, at most %d fit", n, max)
		}
		if isPop(key) && len(utf16.Encode([]rune(text))) > 200 {
			add(lang, key, "a pop-up holds 200 letters")
		}
		if isPlain(key) && tag.MatchString(text) {
			add(lang, key, "no markup here")
		}
		for _, word := range promises[lang] {
			if strings.HasPrefix(key, "outcome_") && says(strings.ToLower(text), word) {
				add(lang, key, "promises too much: %q", word)
			}
		}
	}
	if n := notCleared[lang]; key == "outcome_no_match" && n != "" && !strings.Contains(strings.ToLower(m.Other), n) {
		add(lang, key, "must say that this is not a clearance (%q)", n)
	}
}

// Longest is how many letters of a message fit where it is shown.
func Longest(key string) int {
	switch {
	case isPop(key):
		return 200
	case strings.HasPrefix(key, "btn_"), key == "language_name", key == "country_INT":
		return 48
	case strings.HasPrefix(key, "q_"):
		return 96
	case strings.HasPrefix(key, "cmd_"), key == "inline_title", key == "inline_empty":
		return 120
	case strings.HasPrefix(key, "sign_"):
		return 300
	case strings.HasPrefix(key, "advice_"), strings.HasPrefix(key, "ask_"), strings.HasPrefix(key, "outcome_"):
		return 400
	}
	return 1600
}

func isPop(key string) bool {
	return strings.HasPrefix(key, "dgp_") || slices.Contains([]string{"quiet_pop", "stale_tap", "stale_gone", "vote_thanks", "vote_sorry"}, key)
}

func isPlain(key string) bool {
	return isPop(key) || strings.HasPrefix(key, "btn_") || strings.HasPrefix(key, "cmd_") || strings.HasPrefix(key, "terminal_") ||
		strings.HasPrefix(key, "ask_") && key != "ask_heading" && key != "ask_footer" || isSign(key)
}

// brokenMarkup says what is wrong with a text's HTML, "" when nothing is: only
// b and i, properly nested and closed, no bare < > &.
func brokenMarkup(s string) string {
	var open []string
	rest := s
	for {
		i := strings.IndexAny(rest, "<>&")
		if i < 0 {
			break
		}
		if rest[i] == '&' {
			if !regexp.MustCompile(`^&(amp|lt|gt|quot);`).MatchString(rest[i:]) {
				return "a bare & (write &amp;)"
			}
			rest = rest[i+1:]
			continue
		}
		m := regexp.MustCompile(`^</?(b|i)>`).FindString(rest[i:])
		if m == "" {
			return "a bare < or >, or markup other than b and i"
		}
		name := strings.Trim(m, "</>")
		if m[1] != '/' {
			open = append(open, name)
		} else if len(open) == 0 || open[len(open)-1] != name {
			return m + " closes nothing"
		} else {
			open = open[:len(open)-1]
		}
		rest = rest[i+len(m):]
	}
	if len(open) > 0 {
		return "<" + open[0] + "> is not closed"
	}
	return ""
}

func places(s string) []string {
	var out []string
	for _, m := range place.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func subset(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}

var formNames = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

func form(m *i18n.Message, f plural.Form) string {
	return map[plural.Form]string{
		plural.Zero: m.Zero, plural.One: m.One, plural.Two: m.Two, plural.Few: m.Few, plural.Many: m.Many, plural.Other: m.Other,
	}[f]
}

// pluralForms are those the whole numbers of a language use.
func pluralForms(t language.Tag) []plural.Form {
	var out []plural.Form
	for n := range 1000 {
		if f := plural.Cardinal.MatchPlural(t, n, 0, 0, 0, 0); !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// promises are words no result may use, whatever it found: nobody can clear an
// offer. A language not listed here has only its reader to watch over it.
var promises = map[string][]string{
	"en": {"safe", "legit", "genuine", "trustworthy", "%"},
	"zh": {"安全", "可靠", "放心", "%"},
	"id": {"aman", "terpercaya", "%"},
	"vi": {"an toàn", "đáng tin", "uy tín", "%"},
	"th": {"ปลอดภัย", "น่าเชื่อถือ", "%"},
	"my": {"ဘေးကင်း", "လုံခြုံ", "စိတ်ချ", "%"},
}

// says finds a word; in Latin letters not as the tail of another one ("aman" is
// no part of "pinjaman").
func says(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+i])
		first, n := utf8.DecodeRuneInString(word)
		if !unicode.Is(unicode.Latin, first) || !unicode.IsLetter(before) {
			return true
		}
		from += i + n
	}
}

// notCleared is what no_match has to say in each language, in its own words.
var notCleared = map[string]string{
	"en": "this is not a clearance",
	"zh": "这不等于可以相信",
	"vi": "không có nghĩa là tin được",
	"id": "bukan berarti ini bisa dipercaya",
	"th": "ไม่ได้แปลว่าเชื่อได้",
	"my": "အာမခံချက် မဟုတ်ပါဘူး",
}

// isSign tells a sign's name (sign_REC-17) from a message about signs.
func isSign(key string) bool {
	id, ok := strings.CutPrefix(key, "sign_")
	return ok && id != "" && id[0] >= 'A' && id[0] <= 'Z'
}
