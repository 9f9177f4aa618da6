package flows

import (
	"slices"
	"strconv"
	"strings"
)

// StepKind says what answers a step.
type StepKind int

// Choice is answered by one of the options, Words by writing.
const (
	Choice StepKind = iota
	Words
)

// Step is one question. Its ID is also the key of its words, and ID_option the
// key of an option's label.
type Step struct {
	ID      string
	Was     []string // ids it had before; answers under them still count
	Kind    StepKind
	Options []string
	// When says whether the step is on the route; nil is always. It sees the
	// answers kept so far, never later ones.
	When func(kept Answers) bool
	// Check names what is wrong with a written answer, "" when nothing is.
	Check    func(value string) Key
	Optional bool // may be skipped
	Private  bool // its value is nowhere in the session, only a sealed part
	Many     bool // several options may be chosen
}

// Flow is a questionnaire. Without Pick its steps are asked in their order;
// with Pick the next one is chosen from those still open, nil to end.
type Flow struct {
	ID    string
	Steps []Step
	Pick  func(kept Answers, open []*Step) *Step
}

// The values a step may never use for an option: every prompt may carry them.
const (
	Back = "back"
	Skip = "skip"
	Stop = "stop"
	Exit = "exit"
)

// Route works out where a talk stands: the answers that count, in route order,
// and the step to ask next, nil when the talk is done. An answer that is off
// the route, to a step that is gone, or that no longer passes is not kept; it
// does no harm.
func (f *Flow) Route(given Answers) (kept Answers, next *Step) {
	if f.Pick != nil {
		return f.pick(given)
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		if s.When != nil && !s.When(slices.Clone(kept)) {
			continue
		}
		a, ok := given.find(s)
		if !ok || !s.passes(a) {
			return kept, s
		}
		kept = append(kept, a)
	}
	return kept, nil
}

// pick walks the answers in the order they were given, since there the order
// of the questions follows from the answers.
func (f *Flow) pick(given Answers) (kept Answers, next *Step) {
	var done []string
	for _, g := range given {
		for i := range f.Steps {
			s := &f.Steps[i]
			if slices.Contains(done, s.ID) || !s.named(g.Step) {
				continue
			}
			if s.When != nil && !s.When(slices.Clone(kept)) {
				continue
			}
			if a, ok := given.find(s); ok && s.passes(a) {
				kept, done = append(kept, a), append(done, s.ID)
			}
		}
	}
	var open []*Step
	for i := range f.Steps {
		s := &f.Steps[i]
		if !slices.Contains(done, s.ID) && (s.When == nil || s.When(slices.Clone(kept))) {
			open = append(open, s)
		}
	}
	if len(open) == 0 {
		return kept, nil
	}
	return kept, f.Pick(slices.Clone(kept), open)
}

func (s *Step) named(id string) bool { return id == s.ID || slices.Contains(s.Was, id) }

// passes says whether an answer is one this step takes today.
func (s *Step) passes(a Answer) bool {
	switch {
	case a.Again || a.Open:
		return false
	case a.Skipped:
		return s.Optional
	case s.Private:
		return a.Part != "" && len(a.Values) == 0
	case len(a.Values) == 0:
		return false
	}
	for _, v := range a.Values {
		if s.Kind == Choice && !slices.Contains(s.Options, v) {
			return false
		}
		if s.Check != nil && s.Check(v) != "" {
			return false
		}
	}
	return s.Kind != Choice || s.Many || len(a.Values) == 1
}

// find answers the last answer given to a step, under its name of today.
func (a Answers) find(s *Step) (Answer, bool) {
	for i := len(a) - 1; i >= 0; i-- {
		if s.named(a[i].Step) {
			found := a[i]
			found.Step = s.ID
			return found, true
		}
	}
	return Answer{}, false
}

// Give adds an answer in the place of an earlier one to the same step. The
// receiver is left as it was.
func (a Answers) Give(b Answer) Answers { return append(a.Drop(b.Step), b) }

// Drop leaves out the answer to a step.
func (a Answers) Drop(id string) Answers {
	return slices.DeleteFunc(slices.Clone(a), func(x Answer) bool { return x.Step == id })
}

// Back leaves out the answer given last.
func (a Answers) Back() Answers { return slices.Clone(a[:max(0, len(a)-1)]) }

// Of are the values answered to a step, none when it was skipped or not asked.
func (a Answers) Of(id string) []string {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i].Step == id {
			return a[i].Values
		}
	}
	return nil
}

// Is says whether a step was answered with a value.
func (a Answers) Is(id, value string) bool { return slices.Contains(a.Of(id), value) }

// Has says whether a step was answered or skipped.
func (a Answers) Has(id string) bool {
	return slices.ContainsFunc(a, func(x Answer) bool { return x.Step == id })
}

// nonceSpace is how many nonces four letters hold: a million changes of a chat
// before one comes again.
const nonceSpace = 32 * 32 * 32 * 32

// nonceAfter is the nonce after this one. A nonce is a counter in base 32, moved on
// by every change of the case and its answers: a button of an earlier prompt
// carries an older one. A session without a nonce starts at the id of the
// message at hand, which grows faster in a chat than the counter, so a chat
// that was forgotten does not meet its old buttons again.
func nonceAfter(nonce string, message int) string {
	n, err := strconv.ParseInt(nonce, 32, 64)
	if err != nil || n < 0 || len(nonce) != 4 {
		n = int64(max(0, message))
	}
	s := strconv.FormatInt((n+1)%nonceSpace, 32)
	return strings.Repeat("0", 4-len(s)) + s
}
