package check

import (
	"cmp"
	"math/bits"
	"slices"
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

// A hit is a class met in the text: a mark of the entity scanner.
type hit struct {
	start, end int32
	class      int32
}

// A met is a term found in the text, with the row of classes it fills.
type met struct {
	start, end int32
	row        int32 // in phrasebook.rows: where it begins, how many open words
	open, all  int32 // may go on, and how many there are
}

// A match is a phrase found: who it speaks for and where.
type match struct {
	owner      int32
	start, end int32
	sentence   int32
	order      order
}

// An order is the place of a match: that of its last term, of its class, of
// phrases that are one class before others, and of phrases.
type order struct {
	hit    uint64
	phrase uint32
}

func (o order) compare(p order) int {
	return cmp.Or(cmp.Compare(o.hit, p.hit), cmp.Compare(o.phrase, p.phrase))
}

const (
	orderWhole  = 1 << 31
	orderJoined = 1 << 31
)

// A step is how far a pattern has come: where it began and where its last
// slot ended.
type step struct{ start, end int32 }

// steps are the last few, the newest first.
type steps struct {
	n int32
	s [4]step
}

// push remembers a step and forgets the oldest of more than keep.
func (l *steps) push(st step, keep int32) {
	if l.n < keep {
		l.n++
	}
	for k := l.n - 1; k > 0; k-- {
		l.s[k] = l.s[k-1]
	}
	l.s[0] = st
}

// How many hits of a first slot, and how many ways to have filled a later one,
// are remembered.
const (
	keepFirst = 4
	keepLater = 2
)

// A use is one slot of a phrase that may stand in the sentence being read. It
// is kept only for last slots and for those after a first.
type use struct {
	pattern int32
	before  int32 // of a second slot: the class of the first, in scratch.filled; else -1
	at      int32 // of its steps in scratch.ways; those of the slot before are at-1
	next    int32 // use of the same class, 0 when it is the last
	joint   byte
	alone   bool // the whole phrase
	final   bool // the phrase ends here
}

// filled is a class that phrases of the sentence need.
type filled struct {
	class      int32
	head, tail int32 // uses
	last       steps
}

// A rowState is what was done with a row of classes: the stamp of the sentence,
// and two flags.
type rowState uint32

const (
	rowFull = 1 << iota // with the classes of words that end here
	rowIdle             // nothing needs any of them
	rowStamp
)

// holds says whether a state of the sentence covers the row of a term.
func (r rowState) holds(stamp rowState, m *met) bool {
	return r/rowStamp == stamp/rowStamp && (r&rowFull != 0 || m.all == m.open)
}

func (m *met) full() rowState {
	if m.all > m.open {
		return rowFull
	}
	return 0
}

// bagHit is where a slot of a bag was met first.
type bagHit struct {
	order      order
	start, end int32
	sentence   int32
	met        bool
}

// scratch is what one check needs and the next can use again.
type scratch struct {
	folded
	look    scan
	met     []met
	stops   []int32 // where in met each sentence ends
	matches []match

	rows    []rowState // of each row of classes
	stamp   rowState   // of the sentence being read
	touched []uint32   // words of seen that are not empty

	seen    []uint64 // classes of the sentence, one bit each
	wanted  []uint64 // those that phrases need which may stand in it
	fresh   []int32  // classes of the sentence that phrases hang on
	likely  []int32  // phrases all of whose classes the sentence has
	where   []int32  // of a wanted class: where in filled
	filled  []filled
	uses    []use
	ways    []steps
	turn    [][2]int32 // classes a term fills: as written, and in force
	bagHits []bagHit   // of each slot of a bag
	bags    []uint8    // of each bag: how many of its slots were met
	opened  []int32    // slots of bags that were met

	dense  []denseFeature
	grams  [heads][]uint32 // of each head of the model
	once   []uint64        // which grams stand there
	common []uint32        // hashes of the words
	skip   [][2]int32
	state
}

func (b *phrasebook) newPool() *sync.Pool {
	return &sync.Pool{New: func() any {
		words := (len(b.anchors) + 63) / 64
		return &scratch{
			rows:    make([]rowState, len(b.rows)),
			seen:    make([]uint64, words),
			wanted:  make([]uint64, words),
			where:   make([]int32, len(b.anchors)),
			bags:    make([]uint8, len(b.bags)),
			bagHits: make([]bagHit, len(b.bagSlots)),
		}
	}}
}

// scan finds every term of the folded text and merges in the marks of the
// entity scanner, in order of where they begin.
func (b *phrasebook) scan(s *scratch) {
	s.met, s.stops = s.met[:0], s.stops[:0]
	text, class := s.text, s.class
	m := 0
	for i := 0; i < len(text); {
		for m < len(s.marks) && s.marks[m].start <= int32(i) {
			s.mark(b, s.marks[m])
			m++
		}
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '\n':
				s.stops = append(s.stops, int32(len(s.met)))
				i++
				continue
			case c == ' ':
				i++
				continue
			case digit(c) && (i == 0 || !digit(text[i-1])):
				j := i + 1
				for j < len(text) && digit(text[j]) {
					j++
				}
				s.mark(b, hit{int32(i), int32(j), markNumber})
			}
			if i == 0 || class[i-1] != spaced {
				if n := b.bound.at(rune(c)); n != 0 {
					b.walk(s, b.bound, b.boundOut, i, i+1, n)
				}
			}
			if n := b.free.at(rune(c)); n != 0 {
				b.walk(s, b.free, b.freeOut, i, i+1, n)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if i == 0 || class[i-1] != spaced {
			if n := b.bound.at(r); n != 0 {
				b.walk(s, b.bound, b.boundOut, i, i+size, n)
			}
		}
		if n := b.free.at(r); n != 0 {
			b.walk(s, b.free, b.freeOut, i, i+size, n)
		}
		i += size
	}
	for ; m < len(s.marks); m++ {
		s.mark(b, s.marks[m])
	}
	s.stops = append(s.stops, int32(len(s.met)))
}

func (s *scratch) mark(b *phrasebook, h hit) {
	out := &b.markOut[h.class]
	s.met = append(s.met, met{h.start, h.end, out.row, out.prefix, out.all})
}

// walk finds the terms that begin at i; the letter up to j led to node n.
func (b *phrasebook) walk(s *scratch, t *trie, outs []termOut, i, j int, n int32) {
	text := s.text
	for {
		nd := &t.nodes[n]
		if size := int(nd.size); size > 0 {
			if j+size > len(text) || text[j] != nd.lead || string(text[j:j+size]) != string(t.rest[nd.rest:int(nd.rest)+size]) {
				return
			}
			j += size
		}
		if nd.term >= 0 {
			out := &outs[nd.term]
			all := out.prefix
			if j == len(text) || s.class[j] != spaced {
				all = out.all
			}
			if all > 0 {
				s.met = append(s.met, met{int32(i), int32(j), out.row, out.prefix, all})
			}
		}
		if nd.kids == 0 || j == len(text) {
			return
		}
		if n = t.child(nd, text[j]); n == 0 {
			return
		}
		j++
	}
}

// run matches the phrases, sentence by sentence: nothing but a bag goes beyond
// one, and few of thousands of phrases find all their classes in a sentence.
func (b *phrasebook) run(s *scratch) {
	s.matches, s.opened = s.matches[:0], s.opened[:0]
	from := int32(0)
	for i, to := range s.stops {
		if from < to {
			b.sentence(s, from, to, int32(i))
		}
		from = to
	}
	b.empty(s)
}

// sentence matches the phrases of one sentence: it sees which classes are
// there, takes the phrases that lack none, and follows those alone.
func (b *phrasebook) sentence(s *scratch, from, to, sentence int32) {
	s.fresh, s.likely = s.fresh[:0], s.likely[:0]
	if s.stamp += rowStamp; s.stamp == 0 {
		clear(s.rows)
		s.stamp = rowStamp
	}
	for i := range s.met[from:to] {
		m := &s.met[int(from)+i]
		if s.rows[m.row].holds(s.stamp, m) {
			continue // a word that stood here before
		}
		s.rows[m.row] = s.stamp | m.full()
		for _, e := range b.rows[m.row : m.row+m.all] {
			had := s.seen[e.word]
			more := e.mask &^ had
			if had == 0 {
				s.touched = append(s.touched, e.word)
			}
			s.seen[e.word] = had | more
			for more &= b.hanging[e.word]; more != 0; more &= more - 1 {
				s.fresh = append(s.fresh, int32(e.word<<6)|int32(bits.TrailingZeros64(more)))
			}
		}
	}
	for _, c := range s.fresh {
		a := b.anchors[c]
		for _, h := range b.hung[a.from:a.to] {
			if h.other >= 0 && s.seen[h.other>>6]&(1<<(h.other&63)) == 0 {
				continue
			}
			if h.more && !b.whole(s, h.pattern) {
				continue
			}
			s.likely = append(s.likely, h.pattern)
		}
	}
	slices.Sort(s.likely)
	b.lay(s)
	for at := from; at < to; at++ {
		m := &s.met[at]
		if r := s.rows[m.row]; r&rowIdle != 0 && r.holds(s.stamp, m) {
			continue // nothing needs the word
		}
		some := b.meet(s, m, b.rows[m.row:m.row+m.open], sentence, uint64(at)<<32)
		if m.all > m.open {
			some = b.meet(s, m, b.rows[m.row+m.open:m.row+m.all], sentence, uint64(at)<<32|orderWhole) || some
		}
		if !some {
			s.rows[m.row] = s.stamp | m.full() | rowIdle
		}
	}
	for _, w := range s.touched {
		s.seen[w] = 0
	}
	s.touched = s.touched[:0]
	for i := range s.filled {
		s.wanted[s.filled[i].class>>6] = 0
	}
}

// meet gives a term to the classes of a row that phrases need, as they were
// written one after the other. It says whether any needs it.
func (b *phrasebook) meet(s *scratch, m *met, row []classes, sentence int32, at uint64) (some bool) {
	s.turn = s.turn[:0]
	for _, e := range row {
		if e.mask&(s.wanted[e.word]|b.bagged[e.word]) == 0 {
			continue
		}
		some = true
		for mask := e.mask & s.wanted[e.word]; mask != 0; mask &= mask - 1 {
			cl := int32(e.word<<6) | int32(bits.TrailingZeros64(mask))
			s.turn = append(s.turn, [2]int32{b.written[cl], cl})
		}
		for mask := e.mask & b.bagged[e.word]; mask != 0; mask &= mask - 1 {
			cl := int32(e.word<<6) | int32(bits.TrailingZeros64(mask))
			b.throw(s, cl, step{m.start, m.end}, sentence, order{at | uint64(b.written[cl]), 0}, false)
		}
	}
	for i := 1; i < len(s.turn); i++ {
		for k := i; k > 0 && s.turn[k][0] < s.turn[k-1][0]; k-- {
			s.turn[k], s.turn[k-1] = s.turn[k-1], s.turn[k]
		}
	}
	for _, t := range s.turn {
		b.feed(s, &s.filled[s.where[t[1]]], m, sentence, at|uint64(t[0]))
	}
	return some
}

// whole says whether the sentence has all classes of a pattern.
func (b *phrasebook) whole(s *scratch, pattern int32) bool {
	p := &b.patterns[pattern]
	for i := range b.slots[p.first : p.first+p.slots] {
		if c := b.slots[p.first+int32(i)].class; s.seen[c>>6]&(1<<(c&63)) == 0 {
			return false
		}
	}
	return true
}

// lay lays out the slots of the phrases that may stand in the sentence, so that
// following them touches little memory.
func (b *phrasebook) lay(s *scratch) {
	s.filled, s.uses, s.ways = s.filled[:0], append(s.uses[:0], use{}), append(s.ways[:0], steps{})
	for _, id := range s.likely {
		if b.patterns[id].slots == 1 {
			s.want(b.slots[b.patterns[id].first].class, use{pattern: id, alone: true})
		}
	}
	for _, id := range s.likely {
		p := &b.patterns[id]
		if p.slots == 1 {
			continue
		}
		row := b.slots[p.first : p.first+p.slots]
		first := s.want(row[0].class, use{})
		for i := 1; i < len(row); i++ {
			u := use{pattern: id, before: -1, at: int32(len(s.ways)), joint: row[i].joint, final: i == len(row)-1}
			if i == 1 {
				u.before = first
			}
			if !u.final {
				s.ways = append(s.ways, steps{})
			}
			s.want(row[i].class, u)
		}
	}
}

// want adds a use of a class, none for the slot of no joint, and gives the
// class's place in filled.
func (s *scratch) want(class int32, u use) int32 {
	if bit := uint64(1) << (class & 63); s.wanted[class>>6]&bit == 0 {
		s.wanted[class>>6] |= bit
		s.where[class] = int32(len(s.filled))
		s.filled = append(s.filled, filled{class: class})
	}
	at := s.where[class]
	if u.alone || u.at > 0 {
		id := int32(len(s.uses))
		s.uses = append(s.uses, u)
		f := &s.filled[at]
		if f.head == 0 {
			f.head = id
		} else {
			s.uses[f.tail].next = id
		}
		f.tail = id
	}
	return at
}

// feed gives a term met to every slot its class fills. First slots are not
// kept phrase by phrase: the last hits of their class say the same.
func (b *phrasebook) feed(s *scratch, f *filled, m *met, sentence int32, at uint64) {
	for id := f.head; id != 0; id = s.uses[id].next {
		u := &s.uses[id]
		if u.alone {
			b.complete(s, u.pattern, step{m.start, m.end}, sentence, order{at, uint32(u.pattern)})
			continue
		}
		before := &s.ways[u.at-1]
		if u.before >= 0 {
			before = &s.filled[u.before].last
		}
		for k := range before.s[:before.n] {
			q := &before.s[k]
			if !s.joins(q, m.start, u.joint) {
				continue
			}
			if st := (step{q.start, m.end}); u.final {
				b.complete(s, u.pattern, st, sentence, order{at, orderJoined | uint32(u.pattern)})
			} else {
				s.ways[u.at].push(st, keepLater)
			}
			break
		}
	}
	f.last.push(step{m.start, m.end}, keepFirst)
}

func (b *phrasebook) complete(s *scratch, id int32, st step, sentence int32, o order) {
	p := &b.patterns[id]
	if own := b.owners[p.owner]; own.kind == ownPart {
		b.throw(s, own.id, st, sentence, o, true)
		return
	}
	s.matches = append(s.matches, match{p.owner, st.start, st.end, sentence, o})
}

// throw puts what fills a class into the bags that have a slot for it: a term,
// or a phrase that is part of a bag.
func (b *phrasebook) throw(s *scratch, class int32, st step, sentence int32, o order, part bool) {
	a := b.anchors[class]
	for _, r := range b.bagSlots[a.bagFrom:a.bagTo] {
		if !part {
			o.phrase = orderJoined | uint32(b.bags[r.bag].pattern)
		}
		h := &s.bagHits[r.at]
		if !h.met {
			s.bags[r.bag]++
			s.opened = append(s.opened, r.at)
		} else if h.order.compare(o) <= 0 {
			continue
		}
		*h = bagHit{o, st.start, st.end, sentence, true}
	}
}

// empty finds the bags all of whose slots were met, whatever the sentence: the
// last to be met is where the bag matches.
func (b *phrasebook) empty(s *scratch) {
	if len(s.opened) == 0 {
		return
	}
	for i, n := range s.bags {
		p := &b.patterns[b.bags[i].pattern]
		if n == 0 || int32(n) < p.slots {
			continue
		}
		hits := s.bagHits[b.bags[i].first:][:p.slots]
		h := &hits[0]
		for k := range hits {
			if h.order.compare(hits[k].order) < 0 {
				h = &hits[k]
			}
		}
		at, _ := slices.BinarySearchFunc(s.matches, h.order, func(m match, o order) int { return cmp.Or(m.order.compare(o), -1) })
		s.matches = slices.Insert(s.matches, at, match{p.owner, h.start, h.end, h.sentence, h.order})
	}
	for _, at := range s.opened {
		s.bagHits[at].met = false
	}
	clear(s.bags)
}

// joins says whether a hit that begins at start may follow what a pattern has
// so far, in the same sentence.
func (s *scratch) joins(q *step, start int32, joint byte) bool {
	gap := int(start - q.end)
	if gap < 0 {
		return false
	}
	if joint == next {
		return gap == 0 || gap == 1 && s.text[q.end] == ' '
	}
	limit := gapSpaced
	if s.class[start] == han {
		limit = gapHan
	}
	if joint == far {
		limit *= farTimes
	}
	return gap <= limit || gap <= limit*utf8.UTFMax && utf8.RuneCount(s.text[q.end:start]) <= limit
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
