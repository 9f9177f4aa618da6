package hotlines

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Actions is what to do in the first hour after a loss in a country, in order, as
// keys of messages.
type Actions struct {
	Country   string
	Steps     []Step
	Deadlines []Deadline
	Source    string // where the country's own steps were published, "" when it has none
	Checked   string
	// None says that no line for scams is confirmed for the country.
	None bool
}

// Step is one thing to do. Its message has places for the name and the number of
// Line, when there is one; Args fills them.
type Step struct {
	Key  string `toml:"key"`
	Line string `toml:"line"` // id in the directory
	If   string `toml:"if"`   // crypto card gift transfer: only for that way of paying; "" for all
}

// Deadline is a reminder somebody may ask for: Key is its message, After how long
// after the first steps it is due, Limit how long there is in all (0: no end).
type Deadline struct {
	Key   string        `toml:"key"`
	After time.Duration `toml:"after"`
	Limit time.Duration `toml:"limit"`
}

type actionTable struct {
	Checked  string     `toml:"checked"`
	First    []Step     `toml:"first"`
	Last     []Step     `toml:"last"`
	None     []Step     `toml:"none"`
	Deadline []Deadline `toml:"deadline"`
	Country  []struct {
		Code     string     `toml:"code"`
		Steps    []Step     `toml:"steps"`
		Source   string     `toml:"source"`
		Deadline []Deadline `toml:"deadline"`
	} `toml:"country"`
}

//go:embed actions.toml
var actionRows string

// readActions reads the table and holds it to the directory: no step may name a
// line that is not there.
func (d *Directory) readActions(text string) error {
	var t actionTable
	meta, err := toml.Decode(text, &t)
	if err != nil {
		return fmt.Errorf("read actions: %w", err)
	}
	if odd := meta.Undecoded(); len(odd) > 0 {
		return fmt.Errorf("read actions: unknown key %s", odd[0])
	}
	seen := map[string]bool{}
	steps := slices.Concat(t.First, t.Last, t.None)
	dues := slices.Clone(t.Deadline)
	for _, c := range t.Country {
		if !isCountry(c.Code) || seen[c.Code] || len(c.Steps) == 0 || c.Source == "" {
			return fmt.Errorf("read actions of %q: a country stands once, with steps and a source", c.Code)
		}
		seen[c.Code] = true
		steps, dues = append(steps, c.Steps...), append(dues, c.Deadline...)
	}
	for _, s := range steps {
		if !strings.HasPrefix(s.Key, "act_") || s.If != "" && !slices.Contains([]string{"crypto", "card", "gift", "transfer"}, s.If) {
			return fmt.Errorf("read actions: step %q has no such form", s.Key)
		}
	}
	for _, due := range dues {
		if !strings.HasPrefix(due.Key, "due_") || due.After <= 0 || due.Limit != 0 && due.Limit <= due.After {
			return fmt.Errorf("read actions: deadline %q has no such form", due.Key)
		}
	}
	d.actions = t
	return nil
}

// Actions lists what to do after a loss in a country, with the lines this directory
// has. A step whose line is not there (any more) is left out.
func (d *Directory) Actions(country string) Actions {
	t := &d.actions
	out := Actions{Country: country, Checked: t.Checked, Deadlines: slices.Clone(t.Deadline)}
	add := func(steps []Step) (lines int) {
		for _, s := range steps {
			if s.Line != "" {
				if d.Line(s.Line) == nil {
					continue
				}
				lines++
			}
			out.Steps = append(out.Steps, s)
		}
		return lines
	}
	add(t.First)
	lines := 0
	for _, c := range t.Country {
		if c.Code == country {
			lines = add(c.Steps)
			out.Source = c.Source
			out.Deadlines = append(slices.Clone(c.Deadline), out.Deadlines...)
		}
	}
	if out.None = lines == 0; out.None {
		add(t.None)
	}
	add(t.Last)
	return out
}

// Paid keeps the steps for the ways somebody paid: bank, crypto, card, gift,
// transfer. Without any, all are kept.
func (a Actions) Paid(ways ...string) []Step {
	if len(ways) == 0 {
		return a.Steps
	}
	var out []Step
	for _, s := range a.Steps {
		if s.If == "" || slices.Contains(ways, s.If) {
			out = append(out, s)
		}
	}
	return out
}

// ActionKeys lists every message that steps and reminders need, each once.
func (d *Directory) ActionKeys() []string {
	t := &d.actions
	var out []string
	steps, dues := slices.Concat(t.First, t.Last, t.None), slices.Clone(t.Deadline)
	for _, c := range t.Country {
		steps, dues = append(steps, c.Steps...), append(dues, c.Deadline...)
	}
	for _, s := range steps {
		out = append(out, s.Key)
	}
	for _, due := range dues {
		out = append(out, due.Key)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Line finds a line by its id, nil when there is none.
func (d *Directory) Line(id string) *Line {
	i := slices.IndexFunc(d.All, func(l Line) bool { return l.ID == id })
	if i < 0 {
		return nil
	}
	return &d.All[i]
}

// Args fills the places of a step's message: name and number of its line. country
// is where the person is.
func (d *Directory) Args(s Step, country string) map[string]any {
	l := d.Line(s.Line)
	if l == nil {
		return nil
	}
	return map[string]any{"name": l.Name, "number": l.Reach(country)}
}

// Reach is how a line is reached from a country, in one line: two numbers, or one and
// its page, else its mail address. "" when it cannot be reached from there.
func (l *Line) Reach(from string) string {
	numbers := l.Numbers
	if from != "" && from != l.Country && l.Country != International {
		if !l.reachable() {
			return ""
		}
		numbers = l.abroad()
	}
	var show []string
	for _, n := range numbers[:min(2, len(numbers))] {
		s := n.Show
		switch n.Way {
		case "whatsapp":
			s = "WhatsApp " + s
		case "sms":
			s = "SMS " + s
		}
		if !slices.Contains(show, s) {
			show = append(show, s)
		}
	}
	if len(l.Web) > 0 && len(show) < 2 {
		return strings.Join(append(show, l.Web[0]), ", ")
	}
	switch {
	case len(show) > 0:
		return strings.Join(show, " / ")
	case len(l.Email) > 0:
		return l.Email[0]
	case len(l.Telegram) > 0:
		return l.Telegram[0]
	}
	return ""
}
