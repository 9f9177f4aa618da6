package check

import (
	"fmt"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// A Fingerprint is a SimHash of what a text says: near-duplicates differ in few
// of its 64 bits. Amounts, links,
// handles and numbers are left out, so a text keeps it when only those change;
// a changed name moves a few bits.
type Fingerprint uint64

const (
	nearBits   = 6  // texts that differ in so many bits or fewer are near-duplicates
	shingleMin = 40 // fewer shingles say too little
	knownFloor = 3  // so many must have been sent a text before others are told of it
)

// Near says whether two texts are near-duplicates.
func (f Fingerprint) Near(o Fingerprint) bool { return bits.OnesCount64(uint64(f^o)) <= nearBits }

// Fingerprint reads a text, false when it is too short to be told from others.
func (c *Checker) Fingerprint(text string) (Fingerprint, bool) {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	s.fold(text)
	return s.fingerprint(c.facts.entities(text))
}

// fingerprint hashes pieces of the folded text, alone and in pairs: letters of a
// script without spaces, words of others. What entities cover is skipped.
func (s *scratch) fingerprint(found []Entity) (Fingerprint, bool) {
	var votes tally
	add := func(x uint64) {
		x ^= x >> 31
		x *= 0x9e3779b97f4a7c15
		x ^= x >> 29
		votes.add(x)
	}
	s.skip = s.skip[:0]
	for _, e := range found {
		if e.Type != "place" {
			a, b := s.place(e.Span[0], e.Span[1])
			s.skip = append(s.skip, [2]int32{a, b})
		}
	}
	slices.SortFunc(s.skip, func(a, b [2]int32) int { return int(a[0] - b[0]) })
	var last uint64 // of a script without spaces: the letter before
	var word, before uint64
	var number bool
	k := 0
	endWord := func() {
		// Amounts and account names change from copy to copy.
		if word != 0 && !number {
			add(word)
			if before != 0 {
				add(before*31 + word)
			}
			before = word
		}
		word, number = 0, false
	}
	text, class := s.text, s.class
	for i := 0; i < len(text); {
		for k < len(s.skip) && s.skip[k][1] <= int32(i) {
			k++
		}
		r, j := uint64(text[i]), i+1
		if r >= utf8.RuneSelf {
			for j < len(text) && text[j]&0xc0 == 0x80 {
				r = r<<8 | uint64(text[j])
				j++
			}
		}
		covered := k < len(s.skip) && s.skip[k][0] <= int32(i) && int32(i) < s.skip[k][1]
		switch {
		case covered, class[i] == between:
			endWord()
		case class[i] == spaced:
			number = number || digit(text[i])
			word = (word + r) * 0x100000001b3
		default:
			endWord()
			add(r)
			if last != 0 {
				add(last*31 + r)
			}
			last = r
		}
		i = j
	}
	endWord()
	n := votes.n
	return Fingerprint(votes.most()), n >= shingleMin
}

// A tally counts, for each of 64 bits, in how many words it is set. The counts
// stand upright, one bit of each in a word, so that a word is added to all at once.
// Words wait until there are eight, which are added together.
type tally struct {
	counts [32]uint64
	wait   [8]uint64
	n      int
}

func (t *tally) add(x uint64) {
	t.wait[t.n&7] = x
	if t.n++; t.n&7 == 0 {
		t.addEight()
	}
}

// addEight adds the words that wait, as a tree of full adders.
func (t *tally) addEight() {
	w, ones, twos := &t.wait, t.counts[0], t.counts[1]
	ones, a := fullAdd(ones, w[0], w[1])
	ones, b := fullAdd(ones, w[2], w[3])
	twos, c := fullAdd(twos, a, b)
	ones, a = fullAdd(ones, w[4], w[5])
	ones, b = fullAdd(ones, w[6], w[7])
	twos, d := fullAdd(twos, a, b)
	fours, eights := fullAdd(t.counts[2], c, d)
	t.counts[0], t.counts[1], t.counts[2] = ones, twos, fours
	t.carry(3, eights)
}

// fullAdd adds three bits in each of 64 places.
func fullAdd(a, b, c uint64) (sum, carry uint64) {
	u := a ^ b
	return u ^ c, a&b | u&c
}

// carry adds a word from a digit on.
func (t *tally) carry(digit int, x uint64) {
	for k := digit; x != 0 && k < len(t.counts); k++ {
		t.counts[k], x = t.counts[k]^x, t.counts[k]&x
	}
}

// most gives the bits set in more than half of the words.
func (t *tally) most() (out uint64) {
	for _, x := range t.wait[:t.n&7] {
		t.carry(0, x)
	}
	half := t.n / 2
	var less, more uint64 // decided by the leading bits of the count
	for k := len(t.counts) - 1; k >= 0; k-- {
		open := ^(less | more)
		if half>>k&1 == 1 {
			less |= open &^ t.counts[k]
		} else {
			more |= open & t.counts[k]
		}
	}
	return more
}

// A Known text is a scam that staff confirmed, or that a file of confirmed
// texts holds.
type Known struct {
	ID      string
	Print   Fingerprint
	Outcome Outcome // Caution, Scam or Trafficking
	Kind    Kind
	Seen    int // how many people were sent it
	// Sources are who was sent it, as opaque tokens. With them Seen is left
	// aside, and a source of several near-duplicates counts once.
	Sources []string
}

// WithKnown answers a checker that also knows these texts. A near-duplicate of
// one never gets a weaker outcome than it; others are told of it when at least
// three people were sent it. Leaving an entry out the next time undoes it.
func (c *Checker) WithKnown(known []Known) (*Checker, error) {
	for _, k := range known {
		switch k.Outcome {
		case Caution, Scam, Trafficking:
		default:
			return nil, fmt.Errorf("take known text %s: the outcome %q cannot be passed on", k.ID, k.Outcome)
		}
	}
	out := *c
	out.known = slices.Clone(known)
	return &out, nil
}

// resembles finds the strongest known text that this one is a near-duplicate
// of, and how many people were sent any of them.
func (c *Checker) resembles(f Fingerprint, ok bool) (best *Known, seen int) {
	if !ok {
		return nil, 0
	}
	var sources []string
	for i := range c.known {
		k := &c.known[i]
		if !k.Print.Near(f) {
			continue
		}
		for _, s := range k.Sources {
			if len(sources) < knownFloor && !slices.Contains(sources, s) {
				sources = append(sources, s)
			}
		}
		if len(k.Sources) == 0 {
			seen += max(k.Seen, 1)
		}
		if best == nil || rank(k.Outcome) > rank(best.Outcome) {
			best = k
		}
	}
	return best, seen + len(sources)
}

// knownSign says that others were sent the same.
const knownSign = "GEN-09"

// Stronger gives the outcome that says more against a text.
func Stronger(a, b Outcome) Outcome {
	if rank(a) < rank(b) {
		return b
	}
	return a
}

// rank orders the outcomes by how much they say against a text.
func rank(o Outcome) int {
	return slices.Index([]Outcome{NoMatch, Unclear, Caution, Scam, Trafficking, Danger}, o)
}
