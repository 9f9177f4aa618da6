package bot

import (
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
)

// What Telegram holds, in UTF-16 units.
const (
	mostText = 4096
	mostPop  = 200
)

// Render puts a message into words of a language: Telegram HTML that fits, with
// buttons that carry the nonce. Parts that find no room are left out whole,
// those with the highest Drop first.
func Render(w *locales.Words, lang, nonce string, s flows.Say) Out {
	out := Out{Text: fit(w, lang, s.Parts, mostText), Edit: s.Edit, Silent: s.Silent}
	for _, row := range s.Rows {
		var r []Button
		for _, b := range row {
			r = append(r, renderButton(w, lang, nonce, b))
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

// RenderPop is the plain text of a pop-up, never longer than one holds.
func RenderPop(w *locales.Words, lang string, s flows.Say) string {
	text := locales.Strip(fit(w, lang, s.Parts, 4*mostPop))
	if u := utf16.Encode([]rune(text)); len(u) > mostPop {
		cut := mostPop - 2
		if i := strings.LastIndexAny(string(utf16.Decode(u[:cut])), " 。.!?"); i > 0 {
			return strings.TrimSpace(string(utf16.Decode(u[:cut]))[:i]) + " …"
		}
		text = string(utf16.Decode(u[:cut])) + " …"
	}
	return text
}

// RenderPlain is a message without markup and limits, for a terminal.
func RenderPlain(w *locales.Words, lang string, s flows.Say) string {
	return locales.Strip(fit(w, lang, s.Parts, 1<<20))
}

// Label is the text of a button.
func Label(w *locales.Words, lang string, b flows.Button) string {
	if b.Key == "" {
		return b.Label
	}
	return w.Plain(lang, string(b.Key), nil)
}

func renderButton(w *locales.Words, lang, nonce string, b flows.Button) Button {
	out := Button{Text: Label(w, lang, b), URL: b.URL}
	switch {
	case b.URL != "":
	case flows.Anytime(b.Step):
		out.Data = Data("0000", b.Step, b.Value)
	default:
		out.Data = Data(nonce, b.Step, b.Value)
	}
	return out
}

// Data is what a button carries: nonce.step.value, at most 64 bytes by the
// length of its parts.
func Data(nonce, step, value string) string { return nonce + "." + step + "." + value }

// block is a paragraph: a part and the lines under it.
type block struct {
	lines []line
	drop  int
}

type line struct {
	text string
	drop int
}

// fit says the parts and leaves out whole ones until the text is no longer than
// most. A line under a part goes when its part goes. What may never be dropped
// is short by construction; should it still not fit, later paragraphs go, never
// the first.
func fit(w *locales.Words, lang string, parts []flows.Part, most int) string {
	var blocks []block
	for _, p := range parts {
		l := line{text: strings.TrimSpace(words(w, lang, p)), drop: p.Drop}
		if p.Under && len(blocks) > 0 {
			b := &blocks[len(blocks)-1]
			b.lines = append(b.lines, l)
			continue
		}
		blocks = append(blocks, block{lines: []line{l}, drop: p.Drop})
	}
	for {
		text := join(blocks)
		if len(utf16.Encode([]rune(text))) <= most {
			return text
		}
		if !dropOne(&blocks) {
			return text
		}
	}
}

// dropOne leaves out the block or line with the highest Drop, the later of two;
// false when nothing is left to leave out.
func dropOne(blocks *[]block) bool {
	at, in, high := -1, 0, 0
	for i, b := range *blocks {
		for j, l := range b.lines {
			if l.drop >= high && l.drop > 0 {
				at, in, high = i, j, l.drop
			}
		}
	}
	if at < 0 {
		if len(*blocks) < 2 {
			return false
		}
		*blocks = (*blocks)[:len(*blocks)-1]
		return true
	}
	b := &(*blocks)[at]
	if in == 0 {
		*blocks = slices.Delete(*blocks, at, at+1)
	} else {
		b.lines = slices.Delete(b.lines, in, in+1)
	}
	return true
}

func join(blocks []block) string {
	var out []string
	for _, b := range blocks {
		var lines []string
		for _, l := range b.lines {
			if l.text != "" {
				lines = append(lines, l.text)
			}
		}
		if len(lines) > 0 {
			out = append(out, strings.Join(lines, "\n"))
		}
	}
	return strings.Join(out, "\n\n")
}

// words says one part. Keys among its arguments are said in the same language;
// quotes are set apart from our own words.
func words(w *locales.Words, lang string, p flows.Part) string {
	args := maps.Clone(p.Args)
	for k, v := range args {
		switch v := v.(type) {
		case flows.Key:
			args[k] = locales.HTML(w.Say(lang, string(v), nil))
		case []flows.Key:
			var said []string
			for _, key := range v {
				said = append(said, w.Say(lang, string(key), nil))
			}
			args[k] = locales.HTML(strings.Join(said, ", "))
		case flows.Quote:
			args[k] = quoted(v)
		}
	}
	return w.Say(lang, string(p.Key), args)
}

// linkable is what a messenger would make a link of by itself.
var linkable = regexp.MustCompile(`[@#$]|(^|\s)/\w|[\p{L}\p{N}][./][\p{L}\p{N}]|\+?\d[\d ()-]{5,}`)

// quoted escapes a quote and keeps the messenger from making a link of it: a
// swindler's address must not become a button in our answer.
func quoted(q flows.Quote) locales.HTML {
	s := html.EscapeString(string(q))
	if linkable.MatchString(string(q)) {
		return locales.HTML("<code>" + s + "</code>")
	}
	return locales.HTML(s)
}

// InlineResultOf puts an inline answer into words. Without one it says what to
// type: never silence, and the same whatever was typed.
func InlineResultOf(w *locales.Words, lang string, s *flows.Say) InlineResult {
	if s == nil {
		hint := w.Say(lang, "inline_empty", nil)
		return InlineResult{ID: "hint", Title: w.Plain(lang, "inline_title", nil), Description: locales.Strip(hint), Text: hint}
	}
	out := Render(w, lang, "", *s)
	return InlineResult{
		ID:          "check",
		Title:       w.Plain(lang, "inline_title", nil),
		Description: firstLine(locales.Strip(out.Text)),
		Text:        out.Text,
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// Keys are the messages the bot itself says, beside those of the flows.
func Keys() []flows.Key {
	return []flows.Key{
		"sorry", "slow_down", "cmd_start", "cmd_check", "cmd_help", "cmd_language", "cmd_privacy", "inline_title", "inline_empty",
		"terminal_hello", "terminal_choose", "terminal_bad_number", "terminal_no_buttons", "terminal_pop", "language_name",
	}
}
