package check

import (
	"sync"
	"unicode/utf8"
)

// Gaps that "…" bridges, in letters: about six words, fewer where a letter is
// a word. "……" bridges a long sentence: where nobody writes full stops a whole
// advert is one sentence, and its ends have nothing to do with each other.
const (
	gapSpaced = 40
	gapHan    = 16
	farTimes  = 3
)

// A hit is a term of a class found in the text.
type hit struct {
	start, end int32
	class      int32
	sentence   int32
}

// A match is a phrase found: who it speaks for and where.
type match struct {
	owner      int32
	pattern    int32
	start, end int32
	sentence   int32
}

// A step is how far a pattern has come: where it began and where its last
// slot ended.
type step struct {
	epoch      uint32
	start, end int32
	sentence   int32
}

// scratch is what one check needs and the next can use again.
type scratch struct {
	folded
	hits     []hit
	matches  []match
	steps    [][2]step // of each slot but the first, the last two ways to have filled it
	last     [][4]step // of each class, its last hits
	bags     []uint32  // of each pattern that is a bag: epoch << 8 | slots seen
	bagAt    [][2]int32
	epoch    uint32
	sentence int32
	dense    []denseFeature
	grams    []uint32
	skip     [][2]int32
	state
}

func (b *phrasebook) newPool() *sync.Pool {
	return &sync.Pool{New: func() any {
		return &scratch{
			steps: make([][2]step, len(b.slots)),
			last:  make([][4]step, len(b.classSlots)),
			bags:  make([]uint32, len(b.patterns)),
			bagAt: make([][2]int32, len(b.patterns)),
		}
	}}
}

// scan finds every term of the folded text and merges in the marks of the
// entity scanner, in order of where they begin.
func (b *phrasebook) scan(s *scratch) {
	s.hits = s.hits[:0]
	text, class := s.text, s.class
	sentence, m := int32(0), 0
	for i := 0; i < len(text); i++ {
		for m < len(s.marks) && s.marks[m].start <= int32(i) {
			h := s.marks[m]
			h.sentence = sentence
			s.hits = append(s.hits, h)
			m++
		}
		c := text[i]
		if c == '\n' {
			sentence++
			continue
		}
		if c == ' ' || !utf8.RuneStart(c) {
			continue
		}
		if digit(c) && (i == 0 || !digit(text[i-1])) {
			j := i + 1
			for j < len(text) && digit(text[j]) {
				j++
			}
			s.hits = append(s.hits, hit{int32(i), int32(j), markNumber, sentence})
		}
		if i == 0 || class[i-1] != spaced {
			b.walk(s, b.bound, b.boundOut, i, sentence)
		}
		b.walk(s, b.free, b.freeOut, i, sentence)
	}
	for ; m < len(s.marks); m++ {
		s.marks[m].sentence = sentence
		s.hits = append(s.hits, s.marks[m])
	}
	s.sentence = sentence
}

func (b *phrasebook) walk(s *scratch, t *trie, outs []termOut, i int, sentence int32) {
	text := s.text
	n := t.root[text[i]]
	for j := i + 1; n != 0; j++ {
		if id := t.nodes[n].term; id >= 0 {
			for _, c := range outs[id].prefix {
				s.hits = append(s.hits, hit{int32(i), int32(j), c, sentence})
			}
			if j == len(text) || s.class[j] != spaced {
				for _, c := range outs[id].whole {
					s.hits = append(s.hits, hit{int32(i), int32(j), c, sentence})
				}
			}
		}
		if j == len(text) {
			return
		}
		n = t.step(n, text[j])
	}
}

// run matches the patterns on the hits in one pass.
func (b *phrasebook) run(s *scratch) {
	s.matches = s.matches[:0]
	s.epoch++
	if s.epoch >= 1<<24 { // the bags keep the epoch in 24 bits
		clear(s.steps)
		clear(s.last)
		clear(s.bags)
		s.epoch = 1
	}
	for _, h := range s.hits {
		b.feed(s, h)
		if int(h.class) < len(b.alias) {
			for _, cl := range b.alias[h.class] {
				b.feed(s, hit{h.start, h.end, cl, h.sentence})
			}
		}
	}
}

// feed gives a hit to every slot its class fills after a first one. First slots
// are not kept pattern by pattern: common words open hundreds of patterns, and
// the last hits of their class say the same.
func (b *phrasebook) feed(s *scratch, h hit) {
	for _, id := range b.alone[h.class] {
		b.complete(s, &b.patterns[id], id, step{s.epoch, h.start, h.end, h.sentence})
	}
	refs := b.classSlots[h.class]
	for i := range refs {
		ref := &refs[i]
		if ref.bag != 0 {
			b.feedBag(s, ref, h)
			continue
		}
		var before []step
		if ref.prev >= 0 {
			before = s.last[ref.prev][:]
		} else {
			before = s.steps[ref.at-1][:]
		}
		start, ok := int32(0), false
		for k := range before {
			q := &before[k]
			if q.epoch != s.epoch {
				break // the newest stand first
			}
			if s.joins(q, h, ref.joint) {
				start, ok = q.start, true
				break
			}
		}
		if !ok {
			continue
		}
		st := step{s.epoch, start, h.end, h.sentence}
		if ref.final {
			b.complete(s, &b.patterns[ref.pattern], ref.pattern, st)
			continue
		}
		cur := &s.steps[ref.at]
		cur[1] = cur[0]
		cur[0] = st
	}
	last := &s.last[h.class]
	copy(last[1:], last[:len(last)-1])
	last[0] = step{s.epoch, h.start, h.end, h.sentence}
}

func (b *phrasebook) complete(s *scratch, p *pattern, id int32, st step) {
	if o := b.owners[p.owner]; o.kind == ownPart {
		b.feed(s, hit{st.start, st.end, o.id, st.sentence})
		return
	}
	s.matches = append(s.matches, match{p.owner, id, st.start, st.end, st.sentence})
}

func (b *phrasebook) feedBag(s *scratch, ref *slotRef, h hit) {
	p := &b.patterns[ref.pattern]
	seen := s.bags[ref.pattern]
	if seen>>8 != s.epoch {
		seen = s.epoch << 8
		s.bagAt[ref.pattern] = [2]int32{h.start, h.end}
	}
	full := uint32(1)<<p.slots - 1
	if seen&full == full {
		return
	}
	seen |= 1 << (ref.bag - 1)
	s.bags[ref.pattern] = seen
	if seen&full == full {
		s.matches = append(s.matches, match{p.owner, ref.pattern, h.start, h.end, h.sentence})
	}
}

// joins says whether a hit may follow what a pattern has so far.
func (s *scratch) joins(q *step, h hit, joint byte) bool {
	gap := h.start - q.end
	if gap < 0 || h.sentence != q.sentence {
		return false
	}
	switch joint {
	case next:
		return gap == 0 || gap == 1 && s.text[q.end] == ' '
	}
	limit := gapSpaced
	if s.class[h.start] == han {
		limit = gapHan
	}
	if joint == far {
		limit *= farTimes
	}
	return int(gap) <= limit*utf8.UTFMax && utf8.RuneCount(s.text[q.end:h.start]) <= limit
}

// place gives the folded span of a span of the source.
func (f *folded) place(start, end int) (int32, int32) {
	return f.search(int32(start)), f.search(int32(end))
}

// search finds the first folded byte whose source is at or after off.
func (f *folded) search(off int32) int32 {
	lo, hi := 0, len(f.text)
	for lo < hi {
		mid := (lo + hi) / 2
		if f.off[mid] < off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return int32(lo)
}
