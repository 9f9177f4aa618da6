package flows

import "github.com/offercheck/offercheck/flows/check"

// Tried is one case that was checked: no words, only what tells its variants.
type Tried struct {
	Print   check.Fingerprint `json:"p"`
	Parts   int               `json:"n"`
	Outcome check.Outcome     `json:"o"`
	Kind    check.Kind        `json:"k"`
}

const (
	// mostVariants is how often a chat may change a text a little and be told
	// what changed; from then on it is frozen.
	mostVariants = 5
	mostTried    = 16
)

// probe keeps the checker from being used to tune a scam. A variant of a text
// never gets a weaker outcome than the text got, and after many variants the
// chat is told the outcome alone, no longer which words gave it. Adding more to a
// case is no variant. Danger is never held back: it does not come here.
func (s Session) probe(v check.Verdict) (Session, check.Verdict) {
	if !v.Printed {
		return s, v
	}
	variants, again := 0, false
	for _, t := range s.Tried {
		if t.Parts != len(s.Texts) || !t.Print.Near(v.Print) {
			continue
		}
		if t.Print == v.Print {
			again = true
		} else {
			variants++
		}
		if serious := t.Outcome != check.NoMatch && t.Outcome != check.Unclear; serious && check.Stronger(v.Outcome, t.Outcome) != v.Outcome {
			v.Outcome, v.Kind = t.Outcome, t.Kind
		}
	}
	if variants >= mostVariants {
		v.Signs, v.Ask = nil, nil
	}
	if !again {
		s.Tried = append(append([]Tried(nil), s.Tried...), Tried{v.Print, len(s.Texts), v.Outcome, v.Kind})
		if n := len(s.Tried); n > mostTried {
			s.Tried = s.Tried[n-mostTried:]
		}
	}
	return s, v
}
