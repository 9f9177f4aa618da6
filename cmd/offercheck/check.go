package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/offercheck/offercheck/bot/media"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/known"
)

type checkCmd struct {
	fed
	compared
	JSON  bool   `name:"json" help:"Print one JSON object." xor:"form"`
	JSONL bool   `name:"jsonl" help:"Read lines {id, text}, print a line of JSON for each." xor:"form"`
	Lang  string `help:"Language of the answer." default:"en"`
	Signs string `help:"Folder of languages to use instead of the built-in ones." type:"existingdir" placeholder:"DIR"`
	File  string `arg:"" optional:"" default:"-" help:"File to read: text, a picture, PDF, DOCX or .eml; - for standard input."`
}

// textLimit is the longest text a check reads: some eighty full messages.
const textLimit = 1 << 20

// lineLimit is the longest line of --jsonl.
const lineLimit = 4 << 20

func (c *checkCmd) Run(ctx context.Context, s streams) error {
	words, err := locales.Load()
	if err != nil {
		return err
	}
	lang, err := offered(words, c.Lang)
	if err != nil {
		return err
	}
	checker, err := loadChecker(c.Signs)
	if err != nil {
		return err
	}
	if err := c.give(checker); err != nil {
		return err
	}
	texts, err := c.texts(checker)
	if err != nil {
		return err
	}
	if checker, err = checker.WithKnown(known.List(texts)); err != nil {
		return err
	}
	in := s.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		defer f.Close()
		in = f
	}
	if c.JSONL {
		return checkLines(ctx, checker, in, s.out)
	}
	data, err := io.ReadAll(io.LimitReader(in, media.Most+1))
	if err != nil {
		return fmt.Errorf("read text: %w", err)
	}
	text := string(data[:min(len(data), textLimit)])
	var unread flows.Key
	if !media.Plain(data, c.File) && !media.Plain(written(data), c.File) {
		reader := media.New(ctx)
		reader.Mend = checker.Mender()
		t, err := reader.Read(ctx, bytes.NewReader(data), c.File, "", lang)
		if err != nil {
			return err
		}
		text, unread = t.Text, t.Unread
	}
	v := checker.Check(text)
	// Of what was not read well, only what was found counts.
	if unread != "" && (v.Outcome == check.NoMatch || v.Outcome == check.Unclear || v.Outcome == check.Confirmed) {
		return errors.New(strings.TrimSpace(words.Plain(lang, string(unread), map[string]any{"count": 1})))
	}
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(report(v, words, lang))
	}
	return printVerdict(s.out, v, words, lang)
}

// written is a text without the control characters that came with it, or data as
// it is when it is no text.
func written(data []byte) []byte {
	kept := bytes.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, data)
	if !utf8.Valid(data) || 4*len(kept) < 3*len(data) {
		return data
	}
	return kept
}

// offered gives the language a code names: zh-Hans and zh-CN are zh.
func offered(words *locales.Words, code string) (string, error) {
	lang := words.Match(code)
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(code), "_", "-"), "-")
	if lang == locales.Source && base != locales.Source {
		var codes []string
		for _, l := range words.Languages() {
			codes = append(codes, l.Code)
		}
		return "", fmt.Errorf("%w: no language %q; there are %s", errUsage, code, strings.Join(codes, " "))
	}
	return lang, nil
}

// loadChecker makes the checker of the embedded signs, or of the languages in dir.
func loadChecker(dir string) (*check.Checker, error) {
	langs := locales.Files()
	if dir != "" {
		langs = os.DirFS(dir)
	}
	c, err := check.Load(check.Files(), langs)
	if err != nil {
		return nil, fmt.Errorf("load signs: %w", err)
	}
	return c, nil
}

// The JSON of a check: other people's scripts rely on these names.
type jsonVerdict struct {
	Outcome  check.Outcome `json:"outcome"`
	Kind     check.Kind    `json:"kind"`
	Language string        `json:"language"`
	Score    float64       `json:"score"`
	Signs    []jsonSign    `json:"signs"`
	Entities []jsonEntity  `json:"entities"`
	Corridor string        `json:"corridor"`
	Stage    check.Stage   `json:"stage"`
	Advice   []string      `json:"advice"`
	Ask      []string      `json:"ask"`
}

type jsonSign struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Strength check.Strength `json:"strength"`
	Quotes   []string       `json:"quotes"`
	Sources  []jsonSource   `json:"sources"`
}

type jsonSource struct {
	Mark      string `json:"mark"` // P published by, S reported by
	Publisher string `json:"publisher"`
	Title     string `json:"title"`
	Date      string `json:"date,omitempty"`
	URL       string `json:"url,omitempty"`
}

type jsonEntity struct {
	Type  string `json:"type"`
	Value string `json:"value"`
	Valid bool   `json:"valid"`
}

type jsonLine struct {
	ID      json.RawMessage `json:"id"`
	Outcome check.Outcome   `json:"outcome"`
	Kind    check.Kind      `json:"kind"`
	Score   float64         `json:"score"`
	Signs   []string        `json:"signs"`
}

type jsonFault struct {
	ID    json.RawMessage `json:"id"`
	Error string          `json:"error"`
}

func report(v check.Verdict, words *locales.Words, lang string) jsonVerdict {
	out := jsonVerdict{
		Outcome: v.Outcome, Kind: v.Kind, Language: v.Language, Score: v.Score, Corridor: v.Corridor, Stage: v.Stage,
		Signs: []jsonSign{}, Entities: []jsonEntity{}, Advice: []string{}, Ask: []string{},
	}
	for _, f := range v.Signs {
		sg := jsonSign{ID: f.ID, Name: words.Plain(lang, "sign_"+f.ID, nil), Strength: f.Strength, Quotes: append([]string{}, f.Quotes...), Sources: []jsonSource{}}
		for _, src := range f.Sources {
			sg.Sources = append(sg.Sources, jsonSource(src))
		}
		out.Signs = append(out.Signs, sg)
	}
	for _, e := range v.Entities {
		out.Entities = append(out.Entities, jsonEntity{e.Type, e.Value, e.Valid})
	}
	for _, id := range v.Advice {
		out.Advice = append(out.Advice, words.Plain(lang, "advice_"+id, nil))
	}
	for _, id := range v.Ask {
		out.Ask = append(out.Ask, words.Plain(lang, "ask_"+id, nil))
	}
	return out
}

// printVerdict writes what a person reads: outcome, signs with their own words
// and sources, what to do.
func printVerdict(w io.Writer, v check.Verdict, words *locales.Words, lang string) error {
	r := report(v, words, lang)
	var b strings.Builder
	outcome := "outcome_" + string(v.Outcome)
	if v.Outcome == check.Scam || v.Outcome == check.Caution {
		outcome += "_" + string(v.Kind)
	}
	fmt.Fprintln(&b, words.Plain(lang, outcome, nil))
	for _, sg := range r.Signs {
		fmt.Fprintf(&b, "\n%s\n", sg.Name)
		for _, q := range sg.Quotes {
			fmt.Fprintf(&b, "  “%s”\n", shown(q))
		}
		if len(sg.Sources) > 0 {
			src := sg.Sources[0]
			key := map[string]string{"P": "source_published", "S": "source_reported"}[src.Mark]
			fmt.Fprintf(&b, "  %s\n", words.Plain(lang, key, map[string]any{"publisher": src.Publisher}))
		}
	}
	for _, a := range r.Advice {
		fmt.Fprintf(&b, "\n- %s", a)
	}
	fmt.Fprintln(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// shown puts somebody's words on one line, without what would turn the writing
// direction or steer the terminal.
func shown(quote string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, quote)), " ")
}

// checkLines checks JSON lines as they come. A line that cannot be read gets an
// answer too, and the rest goes on.
func checkLines(ctx context.Context, checker *check.Checker, in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for ctx.Err() == nil {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return w.Flush()
		}
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLong) {
			return fmt.Errorf("read line: %w", err)
		}
		if len(strings.TrimSpace(string(line))) == 0 && err == nil {
			continue
		}
		if err := enc.Encode(checkLine(checker, line, errors.Is(err, errLong))); err != nil {
			return fmt.Errorf("write line: %w", err)
		}
		// A stream: whoever waits for an answer gets it when nothing more is at hand.
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return fmt.Errorf("write line: %w", err)
			}
		}
	}
	return errors.Join(w.Flush(), ctx.Err())
}

var errLong = errors.New("line too long")

// readLine reads one line of any length and keeps at most lineLimit of it.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) <= lineLimit {
			line = append(line, part...)
		} else {
			long = true
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long {
			return line, errLong
		}
		return line, err
	}
}

func checkLine(checker *check.Checker, line []byte, long bool) any {
	null := json.RawMessage("null")
	if long {
		return jsonFault{null, "line too long"}
	}
	var in struct {
		ID   json.RawMessage `json:"id"`
		Text *string         `json:"text"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		// The id may still be readable when only the text is not.
		var id struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(line, &id) == nil && id.ID != nil {
			null = id.ID
		}
		return jsonFault{null, "not a JSON object with id and text"}
	}
	if in.ID == nil {
		in.ID = null
	}
	if in.Text == nil {
		return jsonFault{in.ID, "no text"}
	}
	v := checker.Check(*in.Text)
	out := jsonLine{ID: in.ID, Outcome: v.Outcome, Kind: v.Kind, Score: v.Score, Signs: []string{}}
	for _, f := range v.Signs {
		out.Signs = append(out.Signs, f.ID)
	}
	return out
}
