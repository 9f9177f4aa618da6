package hotlines

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/BurntSushi/toml"
)

// Lowest is the priority of what no rule names.
const Lowest = 4

// Priorities is the ordered table of how urgent a report is. It is not changed
// after it was read.
type Priorities struct {
	Version int     `toml:"version"`
	Rules   []Rule  `toml:"rule"`
	Raises  []raise `toml:"raise"`
	Paces   []Pace  `toml:"pace"`
}

// Rule is a row: when it holds, the priority is P.
type Rule struct {
	ID string `toml:"id"`
	P  int    `toml:"p"`
	When
}

type raise struct {
	Words string `toml:"words"`
	P     int    `toml:"p"`
}

// Pace is what a priority asks of a hotline. Zero durations are not promised.
type Pace struct {
	P        int             `toml:"p"`
	Notify   time.Duration   `toml:"notify"`
	Claim    time.Duration   `toml:"claim"`
	Lease    time.Duration   `toml:"lease"`
	Answer   time.Duration   `toml:"answer"`
	Escalate []time.Duration `toml:"escalate"` // the second on duty, then the supervisor
	Next     time.Duration   `toml:"next"`     // the next hotline of the chain
	Clock    string          `toml:"clock"`    // always, or hours: in opening hours only
}

//go:embed priority.toml
var priorityTable string

// LoadPriorities reads the table this build carries.
func LoadPriorities() (*Priorities, error) { return readPriorities(priorityTable) }

func readPriorities(text string) (*Priorities, error) {
	t := new(Priorities)
	meta, err := toml.Decode(text, t)
	if err != nil {
		return nil, fmt.Errorf("read priorities: %w", err)
	}
	if odd := meta.Undecoded(); len(odd) > 0 {
		return nil, fmt.Errorf("read priorities: unknown key %s", odd[0])
	}
	seen := map[string]bool{}
	for _, r := range t.Rules {
		if err := r.valid(); err != nil {
			return nil, fmt.Errorf("read priority rule %q: %w", r.ID, err)
		}
		if r.ID == "" || seen[r.ID] || r.P < 0 || r.P > Lowest {
			return nil, fmt.Errorf("read priority rule %q: it needs an id of its own and a priority from 0 to %d", r.ID, Lowest)
		}
		seen[r.ID] = true
	}
	for _, r := range t.Raises {
		if r.P < 0 || r.P > Lowest || r.Words != "self_harm" && r.Words != "now" && r.Words != "held" {
			return nil, fmt.Errorf("read raise %q: unknown words or priority", r.Words)
		}
	}
	for p := range Lowest + 1 {
		if p >= len(t.Paces) || t.Paces[p].P != p {
			return nil, fmt.Errorf("read paces: they must be those of 0 to %d in order", Lowest)
		}
	}
	if t.Version < 1 {
		return nil, fmt.Errorf("read priorities: a version is needed")
	}
	return t, nil
}

// Priority is the first rule that holds, and its id. What no rule names is
// Lowest, by rule "rest".
func (t *Priorities) Priority(f Facts) (p int, rule string) {
	for _, r := range t.Rules {
		if r.Holds(f) {
			return r.P, r.ID
		}
	}
	return Lowest, "rest"
}

// Words are what was heard in typed text, in the turn it arrived. They raise and
// are then forgotten.
type Words struct {
	SelfHarm bool // words of self-harm
	Now      bool // somebody is being hurt, moved or is fleeing
	Held     bool // somebody may be held
}

// Raise answers the more urgent of p and what the words ask for; it never lowers.
func (t *Priorities) Raise(p int, w Words) int {
	for _, r := range t.Raises {
		if r.Words == "self_harm" && w.SelfHarm || r.Words == "now" && w.Now || r.Words == "held" && w.Held {
			p = min(p, r.P)
		}
	}
	return p
}

// Pace is what a priority asks of a hotline; a number out of range counts as the
// nearest.
func (t *Priorities) Pace(p int) Pace {
	return t.Paces[min(max(p, 0), Lowest)]
}
