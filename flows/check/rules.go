package check

import (
	"math/bits"
	"slices"
)

// rowSet holds rows of a file of facts by their place in it.
type rowSet [maxRows / 64]uint64

// maxRows is how many rows of a kind a rowSet can hold.
const maxRows = 256

// signSet holds the signs of one case by their place in signs.toml.
type signSet = rowSet

func (s *rowSet) add(i int32)      { s[i>>6] |= 1 << (i & 63) }
func (s *rowSet) drop(i int32)     { s[i>>6] &^= 1 << (i & 63) }
func (s *rowSet) has(i int32) bool { return i >= 0 && s[i>>6]&(1<<(i&63)) != 0 }

// common counts the rows that stand in both sets.
func (s *rowSet) common(o rowSet) (n int) {
	for i := range s {
		n += bits.OnesCount64(s[i] & o[i])
	}
	return n
}

func (s *rowSet) meets(o rowSet) bool {
	return s[0]&o[0]|s[1]&o[1]|s[2]&o[2]|s[3]&o[3] != 0
}

// A rule gives an outcome when every group has a sign in the set.
type rule struct {
	kind Kind
	all  [][]string
}

// convicts are the combinations that make a scam, in the order they are tried.
// A sign alone convicts only while signs.toml calls it strong.
var convicts = []rule{
	{Task, [][]string{{"TSK-05", "TSK-06", "TSK-10", "TSK-11", "TSK-19", "TSK-22"}}},
	{Fee, [][]string{{"TSK-13", "TSK-14", "TSK-15"}}},
	{Task, [][]string{{"TSK-02"}, {"TSK-03", "TSK-04", "TSK-08", "TSK-09"}}},
	{Phishing, [][]string{{"CRY-03"}}},
	{Investment, [][]string{{"INV-09", "CRY-04", "CRY-10", "CRY-11"}}},
	{Investment, [][]string{{"INV-03"}, {"INV-06"}}},
	{Impersonation, [][]string{{"IMP-02", "IMP-03"}}},
	{Phishing, [][]string{{"IMP-06", "IMP-11", "IMP-12"}}},
	{Impersonation, [][]string{{"IMP-01"}, {"IMP-04", "IMP-05"}}},
	{Phishing, [][]string{{"IMP-10", "IMP-15"}, {"GEN-08"}}},
	{Recovery, [][]string{{"RCV-03", "RCV-07", "RCV-09"}}},
	{Recovery, [][]string{{"RCV-01"}, {"RCV-02"}}},
	{Mule, [][]string{{"MUL-01", "MUL-02", "MUL-03", "MUL-04", "MUL-05", "MUL-06", "MUL-07", "MUL-08", "MUL-09", "MUL-10"}}},
}

// compiledRule is a rule with the places of its signs.
type compiledRule struct {
	kind Kind
	all  [][]int32
}

func (c *Checker) compileRules() {
	for _, r := range convicts {
		cr := compiledRule{kind: r.kind}
		for _, group := range r.all {
			var g []int32
			for _, id := range group {
				if len(r.all) > 1 || c.facts.signs[c.sign(id)].Strength == Strong {
					g = append(g, c.sign(id))
				}
			}
			cr.all = append(cr.all, g)
		}
		c.rules = append(c.rules, cr)
	}
}

// evidence is what the rules decide on.
type evidence struct {
	set     signSet
	signs   []int32 // each once
	abroad  bool
	contact bool
	words   int
	danger  bool // captivity told in the first person or of a relative
	greets  bool
}

// decide applies the rules in the order of what they mean for the person:
// somebody held, somebody about to travel, somebody about to pay. A reported
// address or wallet alone is a caution, for lists err; with any other sign it is
// a scam.
func (c *Checker) decide(e *evidence) (Outcome, Kind) {
	if e.danger {
		return Danger, Recruitment
	}
	if out := c.trafficking(e); out == Trafficking {
		return Trafficking, Recruitment
	}
	for i := range c.rules {
		if c.rules[i].holds(e) {
			if kind := c.kindOf(e); kind != None && kind != Recruitment && kind != Other {
				return Scam, kind
			}
			return Scam, c.rules[i].kind
		}
	}
	if e.set.has(c.named.listed) && len(e.signs) > 1 {
		return Scam, c.kindOf(e)
	}
	var strong, medium, weak int
	for _, i := range e.signs {
		s := &c.facts.signs[i]
		switch {
		case s.Strength == Strong:
			strong++
		case s.Strength == Medium:
			medium++
		default:
			weak++
		}
	}
	kind := c.kindOf(e)
	if kind == None && len(e.signs) > 0 {
		kind = Other
	}
	switch {
	case strong >= 2 && kind == Recruitment && e.abroad, c.trafficking(e) == Caution:
		return Caution, Recruitment
	case strong >= 2, strong == 1 && medium >= 2:
		if kind == Recruitment {
			return Caution, kind
		}
		return Scam, kind
	case strong == 1, medium >= 2, medium == 1 && weak >= 2:
		return Caution, kind
	case medium+weak > 0:
		return Unclear, kind
	case e.words < 8:
		return Unclear, None
	}
	return NoMatch, None
}

func (r *compiledRule) holds(e *evidence) bool {
	for _, group := range r.all {
		if !slices.ContainsFunc(group, e.set.has) {
			return false
		}
	}
	return true
}

// trafficking weighs recruitment signs: two strong ones of different facets
// (place, route, control, deception, debt, minor, partner), or a strong one with
// two medium ones, or an advert that names the crime itself.
func (c *Checker) trafficking(e *evidence) Outcome {
	if e.set.has(c.named.openAdvert) {
		return Trafficking
	}
	var facets [8]string
	n, strong, medium, bait, generous := 0, 0, 0, false, false
	elsewhere := e.abroad
	for _, i := range e.signs {
		s := &c.facts.signs[i]
		if s.Group != "REC" {
			continue
		}
		switch s.Strength {
		case Strong:
			strong++
			if s.Facet != "" && !slices.Contains(facets[:n], s.Facet) && n < len(facets) {
				facets[n] = s.Facet
				n++
			}
			// A fee or a young age is also asked for jobs at home.
			elsewhere = elsewhere || s.Facet != "debt" && s.Facet != "minor"
		case Medium:
			medium++
		}
		generous = generous || s.ID == "REC-01" || s.ID == "REC-04"
		switch s.ID {
		case "REC-03", "REC-09", "REC-10", "REC-11", "REC-12", "REC-20", "REC-22":
			bait = true
		}
	}
	switch {
	case elsewhere && (n >= 2 || strong >= 1 && medium >= 2):
		return Trafficking
	case e.abroad && generous && bait:
		return Caution
	}
	return NoMatch
}

// weights of signs in the score and in choosing the kind.
func weight(s Strength) float64 {
	switch s {
	case Strong:
		return 3
	case Medium:
		return 1.5
	}
	return 0.5
}

// kinds in the order that settles a tie: the narrower scheme before the wider.
var kinds = []Kind{Mule, Gambling, Fee, Phishing, Loan, Romance, Recovery, Investment, Impersonation, Task, Recruitment, Other}

// kindOf is the kind most of the evidence speaks of. "Pay before you can
// withdraw" belongs to many schemes and so says little about which; the signs
// that cut across all of them say less.
func (c *Checker) kindOf(e *evidence) Kind {
	var sum [16]float64
	for _, i := range e.signs {
		s := &c.facts.signs[i]
		w := weight(s.Strength)
		switch {
		case s.Group == "GEN":
			w /= 4
		case s.ID == "TSK-05" || s.ID == "TSK-11":
			w *= 0.3
		case s.ID == "INV-09" || s.ID == "CRY-04":
			w *= 0.7
		}
		if k := slices.Index(kinds, s.Kind); k >= 0 {
			sum[k] += w
		}
	}
	best := 0
	for k := range kinds {
		if sum[k] > sum[best] {
			best = k
		}
	}
	if sum[best] == 0 {
		return None
	}
	return kinds[best]
}
