// Package terminal plays the whole conversation in a terminal: messages are
// typed, buttons are numbers.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
)

// Chat is one conversation at a terminal.
type Chat struct {
	Book  *flows.Book
	Words *locales.Words
	Lang  string // to begin with; "" is English
	// Record takes a transcript in keys, as flows/testdata holds them; nil for
	// none.
	Record io.Writer
	// Prompt is shown before each line, "" when nobody watches.
	Prompt string
}

// lineLimit is the longest line that is read.
const lineLimit = 1 << 20

// Run reads lines until in ends or ctx is done. A message ends with an empty
// line; a line with a slash is a command, a short number taps a button.
func (c Chat) Run(ctx context.Context, in io.Reader, out io.Writer) error {
	t := &talk{Chat: c, out: bufio.NewWriter(out), session: flows.Session{Lang: c.Words.Match(c.Lang)}}
	t.do = t.play
	return t.run(ctx, in)
}

// run reads lines until in ends or ctx is done.
func (t *talk) run(ctx context.Context, in io.Reader) error {
	t.print(t.Words.Plain(t.session.Lang, "terminal_hello", nil) + "\n\n")
	t.do("/start", flows.Input{Command: "start"})

	type read struct {
		line string
		err  error
	}
	lines := make(chan read)
	go func() {
		defer close(lines)
		r := bufio.NewReaderSize(in, 64<<10)
		for {
			line, err := readLine(r)
			if line != "" || err == nil {
				select {
				case lines <- read{line: line}:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					select {
					case lines <- read{err: err}:
					case <-ctx.Done():
					}
				}
				return
			}
		}
	}()
	var message []string
	for t.err == nil {
		t.print(t.Prompt)
		t.flush()
		select {
		case <-ctx.Done():
			return nil
		case r, ok := <-lines:
			if r.err != nil {
				return fmt.Errorf("read input: %w", r.err)
			}
			if !ok {
				if len(message) > 0 {
					t.message(message)
				}
				t.flush()
				return t.err
			}
			message = t.line(message, r.line)
		}
	}
	return t.err
}

// readLine reads up to the end of a line; what is beyond the limit is let go.
func readLine(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := r.ReadSlice('\n')
		if room := lineLimit - b.Len(); room > 0 {
			b.Write(part[:min(len(part), room)])
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return strings.TrimRight(b.String(), "\r\n"), err
	}
}

// talk is a Chat that is going on.
type talk struct {
	Chat
	out     *bufio.Writer
	err     error
	do      func(did string, in flows.Input) // takes what was done and prints the answer
	session flows.Session
	buttons []flows.Tap
	last    int
	clock   int64
}

// line takes one line and answers what of the message is still open.
func (t *talk) line(message []string, line string) []string {
	trimmed := strings.TrimSpace(line)
	switch {
	case len(message) == 0 && trimmed == "":
		return nil
	case len(message) == 0 && strings.HasPrefix(trimmed, "/"):
		name, arg, _ := strings.Cut(trimmed[1:], " ")
		t.do(trimmed, flows.Input{Command: strings.ToLower(name), Arg: strings.TrimSpace(arg)})
		return nil
	case len(message) == 0 && isNumber(trimmed):
		t.number(trimmed)
		return nil
	case trimmed == "":
		t.message(message)
		return nil
	}
	return append(message, line)
}

// isNumber tells the number of a button from a phone number.
func isNumber(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil && len(s) <= 3
}

func (t *talk) message(lines []string) {
	text := strings.Join(lines, "\n")
	t.do("say "+strings.ReplaceAll(text, "\n", " "), flows.Input{Text: text})
}

func (t *talk) number(s string) {
	n, _ := strconv.Atoi(s)
	switch {
	case len(t.buttons) == 0:
		t.print(t.Words.Plain(t.session.Lang, "terminal_no_buttons", nil) + "\n\n")
	case n < 1 || n > len(t.buttons):
		t.print(t.Words.Plain(t.session.Lang, "terminal_bad_number", map[string]any{"max": len(t.buttons)}) + "\n\n")
	default:
		tap := t.buttons[n-1]
		t.do("tap "+tap.Value, flows.Input{Tap: &tap})
	}
}

// apart is far enough, in seconds, for two messages to be two cases: who types
// into a terminal adds to a case by its button.
const apart = 60

// play plays one turn and prints it.
func (t *talk) play(did string, in flows.Input) {
	if in.Tap == nil {
		t.last++
		in.Message = t.last
	}
	t.clock += apart
	in.Sent, in.Lang = t.clock, t.session.Lang
	turn := t.Book.Turn(t.session, in)
	if t.session = turn.Session; turn.Forget {
		t.session = flows.Session{Lang: turn.Session.Lang}
	}
	if t.Record != nil && t.err == nil {
		_, t.err = fmt.Fprintf(t.Record, "> %s\n%s", did, turn.Transcript())
	}
	lang, asked := t.session.Lang, false
	for _, s := range turn.Say {
		if s.Pop {
			t.print(t.Words.Plain(lang, "terminal_pop", map[string]any{"text": bot.RenderPop(t.Words, lang, s)}) + "\n\n")
			continue
		}
		id := s.Edit
		if id == 0 {
			t.last++
			id = t.last
		}
		t.print(bot.RenderPlain(t.Words, lang, s) + "\n\n")
		if len(s.Rows) == 0 {
			continue
		}
		if !asked {
			t.buttons, asked = nil, true
		}
		t.print(t.Words.Plain(lang, "terminal_choose", nil) + "\n")
		for _, r := range s.Rows {
			for _, b := range r {
				if b.URL != "" {
					t.print("     " + bot.Label(t.Words, lang, b) + ": " + b.URL + "\n")
					continue
				}
				t.buttons = append(t.buttons, flows.Tap{Nonce: t.session.Nonce, Step: b.Step, Value: b.Value, Message: id})
				t.print(fmt.Sprintf("%4d  %s\n", len(t.buttons), bot.Label(t.Words, lang, b)))
			}
		}
		t.print("\n")
	}
}

func (t *talk) print(s string) {
	if t.err == nil {
		_, t.err = t.out.WriteString(s)
	}
}

func (t *talk) flush() {
	if err := t.out.Flush(); t.err == nil && err != nil {
		t.err = fmt.Errorf("write answer: %w", err)
	}
}
