package flows

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/flows/check"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts")

// judgeByWords is a checker small enough to read: a word makes a sign, signs make
// the outcome. The transcripts are about the talk, not about finding signs.
func judgeByWords(c check.Case) check.Verdict {
	text := strings.ToLower(strings.Join(c.Texts, "\n"))
	v := check.Verdict{Outcome: check.NoMatch, Kind: check.None, Language: "en", Ask: []string{"company_name_register", "video_call"}}
	if strings.Contains(text, "งาน") {
		v.Language = "th"
	}
	strong, medium := 0, 0
	sign := func(id, word string, s check.Strength, kind check.Kind, src ...check.Source) {
		yes, told := c.Facts[id]
		found := word != "" && strings.Contains(text, word)
		if told && !yes || !told && !found {
			return
		}
		f := check.Found{ID: id, Strength: s, Sources: src, Asked: !found}
		if found {
			f.Quotes = []string{word}
		}
		v.Signs = append(v.Signs, f)
		v.Kind = cmp.Or(map[bool]check.Kind{true: kind}[v.Kind == check.None], v.Kind)
		if s == check.Strong {
			strong++
		} else {
			medium++
		}
	}
	p := check.Source{Mark: "P", Publisher: "A ministry"}
	s := check.Source{Mark: "S", Publisher: "A newspaper"}
	sign("REC-17", "keeps the passport", check.Strong, check.Recruitment, s, p)
	sign("REC-05", "tourist visa", check.Strong, check.Recruitment, s)
	sign("REC-01", "cambodia", check.Medium, check.Recruitment)
	sign("TSK-05", "top up", check.Strong, check.Task, p)
	sign("INV-03", "my teacher", check.Medium, check.Investment)
	sign("INV-09", "pay tax", check.Strong, check.Investment, p)
	sign("TSK-01", "found your number", check.Medium, check.Task)
	sign("ROM-02", "oil rig", check.Strong, check.Romance, p)
	sign("MUL-02", "rent your account", check.Strong, check.Mule, p)
	for _, id := range []string{"REC-02", "REC-06", "REC-07", "REC-08", "REC-16", "REC-27", "TSK-11", "TSK-13", "GEN-04"} {
		sign(id, "", check.Strong, check.Recruitment)
	}
	if strings.Contains(text, "cambodia") {
		v.Entities = []check.Entity{{Type: "place", Country: "KH"}}
	}
	switch {
	case strings.Contains(text, "cannot leave"), c.Facts["INS-03"], c.Facts["INS-04"]:
		return check.Verdict{Outcome: check.Danger, Kind: check.Recruitment, Language: "en"}
	case strong >= 2 && v.Kind == check.Recruitment:
		v.Outcome, v.Advice = check.Trafficking, []string{"do_not_travel", "keep_passport"}
	case strong >= 1:
		v.Outcome, v.Advice = check.Scam, []string{"do_not_pay"}
	case medium > 0:
		v.Outcome, v.Advice = check.Caution, []string{"take_time"}
	case len(strings.Fields(text)) < 4:
		v.Outcome = check.Unclear
	}
	v.Score = float64(2*strong+medium) / 20
	return v
}

func testLines() []Line {
	return []Line{
		{
			Country: "TH", Name: "Anti Online Scam Operation Center", Kinds: []string{LineLoss}, Numbers: []string{"1441"}, Hours: "24 hours",
			Languages: []string{"th", "en"}, Caution: "Phone only.", Publisher: "A ministry", Date: "2024-02-01", Checked: "2026-11-21",
		},
		{Country: "TH", Name: "Held people", Kinds: []string{"trafficking"}, Numbers: []string{"1300"}},
		{Country: "SG", Name: "ScamShield", Kinds: []string{LineScam, "trafficking"}, Numbers: []string{"1799"}, Publisher: "A ministry", Checked: "2026-11-21"},
		{Country: "int", Name: "A page", Kinds: []string{LineWork}, Web: "https://example.org"},
	}
}

func testBook() *Book { return New(testWith()) }

func testWith() With {
	return With{
		Judge: judgeByWords,
		Greeting: func(s string) bool {
			return slices.Contains([]string{"hi", "thanks", "who are you?"}, strings.ToLower(s))
		},
		Languages: []Language{{"en", "English"}, {"th", "ไทย"}, {"my", "မြန်မာ"}},
		Match: func(prefs ...string) string {
			for _, p := range prefs {
				if p == "th" || p == "my" {
					return p
				}
			}
			return "en"
		},
		Lines: testLines(),
	}
}

// chat plays one chat as a messenger would: it numbers messages and keeps the
// buttons on them, old ones too.
type chat struct {
	book    *Book
	session Session
	next    int // message id
	clock   int64
	own     []int // ids of the person's messages
	buttons []Tap
	late    bool
	found   func(Ask) Found
}

func newChat() *chat { return &chat{book: testBook(), clock: 1000} }

func (c *chat) send(in Input) Turn {
	if in.Tap == nil && !in.Edited {
		c.next++
		in.Message = c.next
		c.own = append(c.own, c.next)
	}
	if in.Sent == 0 {
		in.Sent = c.clock
	}
	in.Late, in.Now, in.Random = c.late, c.clock, "1111222233334444"
	t := c.book.Turn(c.session, in)
	if t.Ask != nil && c.found != nil { // the house answers by a second turn
		found := c.found(*t.Ask)
		in.Found = &found
		t = c.book.Turn(c.session, in)
	}
	c.session = t.Session
	for _, s := range t.Say {
		if s.Pop {
			continue
		}
		if s.Edit == 0 {
			c.next++
			c.session.Shown = append(c.session.Shown, c.next)
		}
		if s.Danger && s.Edit == 0 { // the start card went out and is now known
			r := *c.session.Report
			r.Card = c.next
			c.session.Report = &r
		}
		for _, r := range s.Rows {
			for _, b := range r {
				c.buttons = append(c.buttons, Tap{Nonce: t.Session.Nonce, Step: b.Step, Value: b.Value, Message: cmp.Or(s.Edit, c.next)})
			}
		}
	}
	return t
}

// play reads one line of a transcript.
func (c *chat) play(line string) (Turn, error) {
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case strings.HasPrefix(word, "/"):
		return c.send(Input{Command: word[1:], Arg: rest}), nil
	case word == "tap":
		for i := len(c.buttons) - 1; i >= 0; i-- {
			if tap := c.buttons[i]; tap.Value == rest {
				return c.send(Input{Tap: &tap}), nil
			}
		}
		return Turn{}, fmt.Errorf("no button %q was ever shown", rest)
	case word == "tapped": // a button as another version made it: step.value with today's nonce
		step, value, _ := strings.Cut(rest, ".")
		tap := Tap{Nonce: c.session.Nonce, Step: step, Value: value}
		if c.session.live() {
			tap.Message = c.session.Report.Card
		}
		return c.send(Input{Tap: &tap}), nil
	case word == "first": // the first button of a value there ever was
		for _, tap := range c.buttons {
			if tap.Value == rest {
				return c.send(Input{Tap: &tap}), nil
			}
		}
		return Turn{}, fmt.Errorf("no button %q was ever shown", rest)
	case word == "late":
		c.late = true
		defer func() { c.late = false }()
		return c.play(rest)
	case word == "map":
		return c.send(Input{Files: []File{{ID: "f", Kind: "location", Text: rest}}}), nil
	case word == "film":
		return c.send(Input{Files: []File{{ID: "f", Kind: "video", Size: 21 << 20}}}), nil
	case word == "edit":
		n, text, _ := strings.Cut(rest, " ")
		i, err := strconv.Atoi(n)
		if err != nil || i < 1 || i > len(c.own) {
			return Turn{}, fmt.Errorf("edit which message? %q", n)
		}
		return c.send(Input{Edited: true, Message: c.own[i-1], Text: text}), nil
	case word == "photo", word == "sticker":
		return c.send(Input{Text: rest, Files: []File{{ID: "f", Kind: word}}}), nil
	case word == "album":
		return c.send(Input{Text: rest, Album: "a", Files: []File{{ID: "f", Kind: "photo"}}}), nil
	case word == "forward":
		return c.send(Input{Text: rest, Forwarded: true}), nil
	case word == "group":
		return c.send(Input{Text: rest, Group: true}), nil
	case word == "called":
		return c.send(Input{Text: rest, Group: true, Called: true}), nil
	case word == "say":
		return c.send(Input{Text: rest}), nil
	}
	return Turn{}, fmt.Errorf("no such line: %q", line)
}

// TestTranscripts plays every talk in testdata: "> …" is what the person does
// ("later" lets a minute pass), "< …" what is answered, in keys.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			var got strings.Builder
			c := newChat()
			for _, line := range strings.Split(strings.TrimRight(string(want), "\n"), "\n") {
				c.clock++
				did, ok := strings.CutPrefix(line, "> ")
				switch {
				case line == "" || strings.HasPrefix(line, "#"):
					got.WriteString(line + "\n")
				case ok && strings.HasPrefix(did, "door"):
					c.book, c.found = doorBook(strings.TrimPrefix(did, "door ")), house
					got.WriteString(line + "\n")
				case ok && did == "idle":
					turn := c.book.Cover(c.session)
					c.session = turn.Session
					got.WriteString(line + "\n" + turn.Transcript())
				case ok && did == "later":
					c.clock += 60
					got.WriteString(line + "\n")
				case ok:
					turn, err := c.play(did)
					require.NoError(t, err)
					got.WriteString(line + "\n" + turn.Transcript())
				}
			}
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got.String()), 0o644))
				return
			}
			require.Equal(t, string(want), got.String())
		})
	}
}

// Wherever "no known sign" is said, it is said that this clears nobody, and no
// lack of room takes that away.
func TestNoMatchIsNoClearance(t *testing.T) {
	const text = "mum is well and the cat is fine too"
	b := testBook()
	for name, s := range map[string]Say{
		"alone":  b.Turn(Session{}, Input{Text: text}).Say[0],
		"group":  b.Turn(Session{}, Input{Text: text, Group: true, Called: true}).Say[0],
		"inline": *b.Inline(text),
	} {
		i := slices.IndexFunc(s.Parts, func(p Part) bool { return p.Key == "outcome_no_match" })
		require.GreaterOrEqual(t, i, 0, name)
		require.Zero(t, s.Parts[i].Drop, name)
		require.Equal(t, Part{Key: "no_match_note"}, s.Parts[i+1], name)
	}
}

// What is shown once more is not counted once more.
func TestVerdictsAreCountedOnce(t *testing.T) {
	c := newChat()
	require.NotNil(t, c.send(Input{Text: "top up"}).Verdict)
	for _, again := range []string{"tap ask", "tap show", "tap more", "tapped res.nonsense", "/language th"} {
		turn, err := c.play(again)
		require.NoError(t, err)
		require.Nil(t, turn.Verdict, again)
	}
	require.NotNil(t, c.send(Input{Edited: true, Message: c.own[0], Text: "my teacher"}).Verdict)
}

func TestQuote(t *testing.T) {
	long := strings.Repeat("word ", 40)
	got := quote(long, 80)
	require.LessOrEqual(t, len([]rune(got)), 82)
	require.True(t, strings.HasSuffix(got, "word …"), "cut between words: %q", got)
	require.Equal(t, "a b", quote("a\n\u202eb\u202c", 80))
	thai := strings.Repeat("ที่นี่", 40)
	require.True(t, strings.HasPrefix(thai, strings.TrimSuffix(quote(thai, 80), " …")))
	require.Equal(t, "a … b", quotes([]string{"a", "a", "b", "c"}))
}

// Every message that can be said is named by Keys, so that a language can be
// held against it.
func TestKeysAreComplete(t *testing.T) {
	known := map[Key]bool{}
	for _, k := range testBook().Keys() {
		known[k] = true
	}
	named := func(k Key) {
		for _, family := range []string{"advice_", "ask_", "sign_REC", "sign_TSK", "sign_INV", "sign_ROM", "sign_GEN", "sign_MUL", "tongue_"} {
			if strings.HasPrefix(string(k), family) {
				return
			}
		}
		require.True(t, known[k], "%s is not in Keys", k)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := newChat()
		for range rapid.IntRange(1, 15).Draw(t, "turns") {
			turn := c.send(drawInput(t, c))
			for _, s := range turn.Say {
				for _, p := range s.Parts {
					named(p.Key)
					for _, a := range p.Args {
						if k, ok := a.(Key); ok {
							named(k)
						}
					}
				}
				for _, r := range s.Rows {
					for _, b := range r {
						if b.Key != "" {
							named(b.Key)
						}
					}
				}
			}
		}
	})
}

func drawInput(t *rapid.T, c *chat) Input {
	texts := []string{
		"job in cambodia", "hr keeps the passport, tourist visa", "top up to continue", "my teacher", "hi", "", "งานดี", "\x00\x01", "…",
		"please help, I cannot leave", "mum is well and the cat too", "\u202egnp.exe", "👍", "found your number", strings.Repeat("ข", 4096),
	}
	kinds := []string{"text", "command", "edit", "file", "forward", "group", "called", "rubbish"}
	if len(c.buttons) > 0 {
		kinds = append(kinds, "tap", "tap", "tap", "tap")
	}
	text := rapid.SampledFrom(texts).Draw(t, "text")
	c.clock += rapid.Int64Range(0, 30).Draw(t, "seconds")
	switch rapid.SampledFrom(kinds).Draw(t, "does") {
	case "command":
		return Input{Command: rapid.SampledFrom([]string{"start", "check", "help", "language", "privacy", "report", "delete", "cancel", "exit", "nonsense"}).Draw(t, "command"), Arg: rapid.SampledFrom([]string{"", "junk_%00", "th", "top up"}).Draw(t, "arg")}
	case "edit":
		return Input{Edited: true, Message: rapid.IntRange(0, c.next+1).Draw(t, "which"), Text: text}
	case "file":
		return Input{Text: text, Album: rapid.SampledFrom([]string{"", "a"}).Draw(t, "album"), Files: []File{{Kind: rapid.SampledFrom([]string{"photo", "sticker", "voice", "location"}).Draw(t, "file")}}}
	case "forward":
		return Input{Text: text, Forwarded: true}
	case "group":
		return Input{Text: text, Group: true}
	case "called":
		return Input{Text: text, Group: true, Called: true}
	case "rubbish":
		return Input{Tap: &Tap{Nonce: "zzzz", Step: rapid.String().Draw(t, "step"), Value: rapid.String().Draw(t, "value")}}
	case "tap":
		tap := rapid.SampledFrom(c.buttons).Draw(t, "button")
		return Input{Tap: &tap}
	}
	return Input{Text: text}
}

// Whatever is done, in any order: no crash, no silence where a person waits for
// an answer, at most one pop-up a tap, no word of danger, and buttons that fit.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChat()
		for range rapid.IntRange(1, 25).Draw(t, "turns") {
			before := c.session
			in := drawInput(t, c)
			turn := c.send(in)
			again := c.book.Turn(before, in)
			require.Equal(t, len(again.Say), len(turn.Say), "the same input gives the same turn")
			switch {
			case in.Group && !in.Called:
				require.Empty(t, turn.Say)
			case !in.Group && !in.Edited:
				require.NotEmpty(t, turn.Say, "silence after %+v", in)
			}
			pops := 0
			for _, s := range turn.Say {
				if s.Pop {
					pops++
					require.NotNil(t, in.Tap, "a pop-up without a tap")
				}
				if turn.Verdict != nil && turn.Verdict.Outcome == check.Danger {
					for _, p := range s.Parts {
						require.Contains(t, []Key{"quiet", "language_set", "stale_tap", "case_full"}, p.Key)
					}
				}
				for _, r := range s.Rows {
					for _, b := range r {
						require.LessOrEqual(t, len(turn.Session.Nonce+"."+b.Step+"."+b.Value), 38)
						require.False(t, b.Key == "" && b.Label == "")
					}
				}
			}
			require.LessOrEqual(t, pops, 1)
			require.LessOrEqual(t, len(turn.Session.Texts), mostParts)
			require.Len(t, turn.Session.From, len(turn.Session.Texts))
			if !turn.Forget {
				require.NotEmpty(t, turn.Session.Lang)
			}
		}
	})
}
