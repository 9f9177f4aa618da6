package check

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
	"strings"
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
	owner   int32
	before  int32 // of a second slot: the class of the first, in scratch.filled; else -1
	at      int32 // of its steps in scratch.ways; those of the slot before are at-1
	next    int32 // use of the same class, 0 when it is the last
	joint   byte
	final   bool // the phrase ends here
	part    bool // the phrase is part of a bag
}

// filled is a class that phrases of the sentence need.
type filled struct {
	written    int32 // its place among classes as they were read
	head, tail int32 // uses
	last       steps
}

// needs are the classes of a block that a word is looked at for: those that
// phrases need which may stand in the sentence, those that are a phrase, and those
// bags have a slot for that is still empty.
type needs struct {
	wanted, alone, bagged uint32
	at                    int32 // of the first that is wanted: where in scratch.filled
}

// A turn is a class that a term fills, when it comes to it: classes take their turns
// as they were written.
type turn struct {
	written  int32
	from, to int32 // the phrases it is, in phrasebook.alone
	filled   int32 // in scratch.filled, below zero when no other phrase needs it
}

// A lately is a row of classes that was seen in the sentence not long ago. A text
// that says one word over and over is dear no more than once.
type lately struct {
	row, all int32
	stamp    uint32 // of the sentence
	idle     bool   // nothing needs any of them
}

// latelyRoom is how many rows are remembered.
const latelyRoom = 1 << 7

// seenLately is where a row is remembered, and whether it is.
func (s *scratch) seenLately(m *met) (*lately, bool) {
	l := &s.lately[uint32(m.row)*0x9e3779b1>>25]
	return l, l.row == m.row && l.stamp == s.stamp && l.all >= m.all
}

// bagHit is where a class that bags have a slot for was met first.
type bagHit struct {
	order      order // of a term, without what its slot in a bag says
	start, end int32
	sentence   int32
	met, part  bool
}

// scratch is what one check needs and the next can use again.
type scratch struct {
	folded
	look    scan
	little  []int  // of each language, how many of its little words stand in the text
	deaf    voices // those not followed
	met     []met
	count   []int32 // how many letters stand before each byte of the text; empty until it is asked
	stops   []int32 // where in met each sentence ends
	matches []match

	lately  [latelyRoom]lately
	stamp   uint32   // of the sentence being read
	seen    []uint32 // classes of the sentence, one bit each
	touched []uint32 // blocks of those that patterns hang on
	likely  []int32  // phrases all of whose classes the sentence has
	needs   []needs  // of each block
	laid    []int32  // blocks that have wanted ones
	filled  []filled
	uses    []use
	ways    []steps
	turn    []turn   // of the classes a term fills
	bagHits []bagHit // of each class that bags have a slot for
	opened  []int32  // those that were met
	full    []int32  // bags all of whose slots were met
	thrown  []uint32 // blocks of classes whose first term was thrown into bags

	dense  []denseFeature
	held   []denseFeature
	grams  [heads][]uint32 // of each head of the model
	once   []uint64        // which grams stand there
	common []uint32        // hashes of the words
	skip   [][2]int32
	state
}

func (b *phrasebook) newPool() *sync.Pool {
	return &sync.Pool{New: func() any {
		s := &scratch{
			little:  make([]int, b.languages),
			seen:    make([]uint32, len(b.blocks)),
			needs:   make([]needs, len(b.blocks)),
			bagHits: make([]bagHit, len(b.bagAt)),
		}
		for i := range b.blocks {
			s.needs[i] = needs{alone: b.blocks[i].alone, bagged: b.blocks[i].bagged}
		}
		return s
	}}
}

// scan finds every term of the folded text and merges in the marks of the
// entity scanner, in order of where they begin. It counts little words.
func (b *phrasebook) scan(s *scratch) {
	s.met, s.stops, s.deaf, s.count = s.met[:0], s.stops[:0], voices{}, s.count[:0]
	clear(s.little)
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
			if r >= 'ا' && r <= 'ي' {
				b.afterParticles(s, i)
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

// afterParticles finds the terms that begin behind the particles Arabic writes
// joined to a word: "and", "so", "by", "for", "will", "the". The hit begins where
// the written word does, so that it stands next to the word before.
func (b *phrasebook) afterParticles(s *scratch, i int) {
	end := i
	for end < len(s.text) && s.class[end] == spaced {
		end++
	}
	word := s.text[i:end]
	j := 0
	try := func(least int) {
		if len(word)-j < 2*least {
			return
		}
		r, n := utf8.DecodeRune(word[j:])
		if at := b.bound.at(r); at != 0 {
			b.walk(s, b.bound, b.boundOut, i, i+j+n, at)
		}
	}
	is := func(letters string) bool {
		r, n := utf8.DecodeRune(word[j:])
		return n > 1 && strings.ContainsRune(letters, r)
	}
	const (
		and, by, the = "وف", "بلك", "ال"
		will, verb   = "سهح", "يتنا" // a future is one before what begins a verb
	)
	if is(and) {
		j += 2
		try(3)
	}
	switch {
	case bytes.HasPrefix(word[j:], []byte("لل")):
		j += 4
		try(3)
		return
	case is(will):
		j += 2
		if is(verb) {
			try(4)
		}
		return
	case is(by):
		j += 2
		try(3)
	}
	if bytes.HasPrefix(word[j:], []byte(the)) {
		j += 4
		try(2)
	}
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
			all, whole := out.prefix, j == len(text) || s.class[j] != spaced
			if whole {
				all = out.all
			}
			if out.little > 0 {
				s.countLittle(&b.little[out.little], whole)
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

// countLittle counts a little word that was met.
func (s *scratch) countLittle(w *little, whole bool) {
	of := w.open
	if whole {
		of = w.all
	}
	for _, lang := range of {
		s.little[lang]++
	}
}

// run matches the phrases, sentence by sentence: nothing but a bag goes beyond
// one, and few of thousands of phrases find all their classes in a sentence.
func (b *phrasebook) run(s *scratch) {
	s.matches, s.opened, s.thrown = s.matches[:0], s.opened[:0], s.thrown[:0]
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
	if s.stamp++; s.stamp == 0 {
		clear(s.lately[:])
		s.stamp = 1
	}
	seen, touched := s.seen, s.touched[:0]
	for i := range s.met[from:to] {
		m := &s.met[int(from)+i]
		l, known := s.seenLately(m)
		if known {
			continue
		}
		*l = lately{row: m.row, all: m.all, stamp: s.stamp}
		for _, e := range b.rows[m.row : m.row+m.all] {
			at := &seen[e.block()]
			if e.hung() && *at&b.blocks[e.block()].hanging == 0 {
				touched = append(touched, e.block())
			}
			*at |= e.mask()
		}
	}
	s.touched = touched
	b.guess(s)
	b.lay(s)
	for at := from; at < to; at++ {
		m := &s.met[at]
		l, known := s.seenLately(m)
		if known && l.idle {
			continue
		}
		some := b.meet(s, m, b.rows[m.row:m.row+m.open], sentence, uint64(at)<<32)
		if m.all > m.open {
			some = b.meet(s, m, b.rows[m.row+m.open:m.row+m.all], sentence, uint64(at)<<32|orderWhole) || some
		}
		if !some {
			*l = lately{row: m.row, all: m.all, stamp: s.stamp, idle: true}
		}
	}
	clear(seen)
	for _, at := range s.laid {
		s.needs[at].wanted = 0
	}
	s.laid = s.laid[:0]
}

// guess collects the phrases that are followed and all of whose classes the
// sentence has.
func (b *phrasebook) guess(s *scratch) {
	seen, likely, hung, deaf := s.seen, s.likely[:0], b.hung, &s.deaf
	for _, at := range s.touched {
		k := &b.blocks[at]
		for here := seen[at] & k.hanging; here != 0; here &= here - 1 {
			for i := k.hangsOn(here & -here); ; {
				h := &hung[i]
				if at, bit := blockOf(h.other); seen[at]&bit != 0 && !deaf.has(h.voice) && (!h.more || b.whole(seen, h.pattern)) {
					likely = append(likely, h.pattern)
				}
				if i = h.next; i == 0 {
					break
				}
			}
		}
	}
	slices.Sort(likely)
	s.likely = likely
}

// whole says whether a sentence with these classes has all of a pattern.
func (b *phrasebook) whole(seen []uint32, pattern int32) bool {
	for _, sl := range b.slotsOf(pattern) {
		if at, bit := blockOf(sl.class()); seen[at]&bit == 0 {
			return false
		}
	}
	return true
}

// meet gives a term to the classes of a row that phrases need, as they were
// written one after the other. It says whether any needs it.
func (b *phrasebook) meet(s *scratch, m *met, row []classes, sentence int32, at uint64) (some bool) {
	turns, all := s.turn[:0], s.needs
	for _, e := range row {
		n := &all[e.block()]
		if e.mask()&(n.wanted|n.alone|n.bagged) == 0 {
			continue
		}
		for mask := e.mask() & (n.wanted | n.alone); mask != 0; mask &= mask - 1 {
			bit, t := mask&-mask, turn{filled: -1}
			if n.alone&bit != 0 {
				t.from, t.to = b.aloneIn(e.block(), bit)
				t.written = b.alone[t.from].written
				for t.from < t.to && s.deaf.has(b.alone[t.from].voice) {
					t.from++
				}
			}
			if n.wanted&bit != 0 {
				t.filled = n.filled(bit)
				t.written = s.filled[t.filled].written
			}
			if t.from < t.to || t.filled >= 0 {
				turns = append(turns, t)
			}
		}
		for mask := e.mask() & n.bagged; mask != 0; mask &= mask - 1 {
			cl := int32(e.block()<<5) | int32(bits.TrailingZeros32(mask))
			b.throw(s, cl, step{m.start, m.end}, sentence, order{hit: at}, false)
		}
		if n.bagged&e.mask() != 0 {
			some = true
			// Only the first of a class's terms counts for a bag.
			n.bagged &^= e.mask()
			s.thrown = append(s.thrown, e.block())
		}
	}
	for i := 1; i < len(turns); i++ {
		for k := i; k > 0 && turns[k].written < turns[k-1].written; k-- {
			turns[k], turns[k-1] = turns[k-1], turns[k]
		}
	}
	s.turn = turns
	some = some || len(turns) > 0
	for _, t := range turns {
		at := at | uint64(t.written)
		for _, a := range b.alone[t.from:t.to] {
			if !s.deaf.has(a.voice) {
				s.matches = append(s.matches, match{a.owner, m.start, m.end, sentence, order{at, uint32(a.pattern)}})
			}
		}
		if t.filled >= 0 {
			b.feed(s, &s.filled[t.filled], m, sentence, at)
		}
	}
	return some
}

// filled is where in scratch.filled the class of a bit stands that is wanted.
func (n *needs) filled(bit uint32) int32 {
	return n.at + int32(bits.OnesCount32(n.wanted&(bit-1)))
}

// lay lays out the slots of the phrases that may stand in the sentence, so that
// following them touches little memory.
func (b *phrasebook) lay(s *scratch) {
	all, laid := s.needs, s.laid[:0]
	for _, id := range s.likely {
		for _, sl := range b.slotsOf(id) {
			at, bit := blockOf(sl.class())
			n := &all[at]
			if n.wanted == 0 {
				laid = append(laid, at)
			}
			n.wanted |= bit
		}
	}
	list := s.filled[:0]
	for _, at := range laid {
		n := &all[at]
		n.at = int32(len(list))
		for range bits.OnesCount32(n.wanted) {
			list = append(list, filled{})
		}
	}
	uses, ways := append(s.uses[:0], use{}), append(s.ways[:0], steps{})
	add := func(sl slot, u use) {
		at, bit := blockOf(sl.class())
		f := &list[all[at].filled(bit)]
		f.written = sl.written
		if f.head == 0 {
			f.head = int32(len(uses))
		} else {
			uses[f.tail].next = int32(len(uses))
		}
		f.tail = int32(len(uses))
		uses = append(uses, u)
	}
	for _, id := range s.likely {
		p, row := &b.patterns[id], b.slotsOf(id)
		at, bit := blockOf(row[0].class())
		before := all[at].filled(bit)
		list[before].written = row[0].written
		for i, sl := range row[1:] {
			u := use{pattern: id, owner: p.owner, part: p.part, before: before, at: int32(len(ways)), joint: sl.joint(), final: i+2 == len(row)}
			before = -1
			if !u.final {
				ways = append(ways, steps{})
			}
			add(sl, u)
		}
	}
	s.laid, s.filled, s.uses, s.ways = laid, list, uses, ways
}

// feed gives a term met to every slot its class fills. First slots are not
// kept phrase by phrase: the last hits of their class say the same.
func (b *phrasebook) feed(s *scratch, f *filled, m *met, sentence int32, at uint64) {
	for id := f.head; id != 0; id = s.uses[id].next {
		u := &s.uses[id]
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
				b.complete(s, u, st, sentence, order{at, orderJoined | uint32(u.pattern)})
			} else {
				s.ways[u.at].push(st, keepLater)
			}
			break
		}
	}
	f.last.push(step{m.start, m.end}, keepFirst)
}

func (b *phrasebook) complete(s *scratch, u *use, st step, sentence int32, o order) {
	if u.part {
		b.throw(s, b.owners[u.owner].id, st, sentence, o, true)
		return
	}
	s.matches = append(s.matches, match{u.owner, st.start, st.end, sentence, o})
}

// throw notes where a class that bags have a slot for was met: by a term, whose
// order is not yet that of a class, or by a phrase that is part of a bag.
func (b *phrasebook) throw(s *scratch, class int32, st step, sentence int32, o order, part bool) {
	block, bit := blockOf(class)
	at := b.blocks[block].baggedAt(bit)
	h := &s.bagHits[at]
	if !h.met {
		s.opened = append(s.opened, at)
	} else if h.order.compare(o) <= 0 {
		return
	}
	*h = bagHit{o, st.start, st.end, sentence, true, part}
}

// empty finds the bags all of whose slots were met, whatever the sentence: the
// last to be met is where the bag matches.
func (b *phrasebook) empty(s *scratch) {
	for _, at := range s.thrown {
		s.needs[at].bagged = b.blocks[at].bagged
	}
	full := s.full[:0]
	for _, at := range s.opened {
		for _, id := range b.hungBags[b.bagAt[at]:b.bagAt[at+1]] {
			if k := &b.bags[id]; !s.deaf.has(k.voice) && !slices.ContainsFunc(b.slotsOfBag(k), func(sl bagSlot) bool { return !s.bagHits[sl.at].met }) {
				full = append(full, id)
			}
		}
	}
	s.full = full
	slices.Sort(full)
	for _, id := range full {
		k := &b.bags[id]
		var last match
		for _, sl := range b.slotsOfBag(k) {
			h := &s.bagHits[sl.at]
			o := h.order
			if !h.part {
				o = order{o.hit | uint64(sl.written), orderJoined | uint32(k.pattern)}
			}
			if last.order.compare(o) < 0 {
				last = match{b.patterns[k.pattern].owner, h.start, h.end, h.sentence, o}
			}
		}
		at, _ := slices.BinarySearchFunc(s.matches, last.order, func(m match, o order) int { return cmp.Or(m.order.compare(o), -1) })
		s.matches = slices.Insert(s.matches, at, last)
	}
	for _, at := range s.opened {
		s.bagHits[at].met = false
	}
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
	return gap <= limit || gap <= limit*utf8.UTFMax && s.letters(q.end, start) <= limit
}

// letters counts the letters of a stretch of the text. It is asked of the same
// stretches over and over where a long sentence has many words of phrases.
func (s *scratch) letters(from, to int32) int {
	if len(s.count) == 0 {
		n := int32(0)
		for _, b := range s.text {
			s.count = append(s.count, n)
			if utf8.RuneStart(b) {
				n++
			}
		}
		s.count = append(s.count, n)
	}
	return int(s.count[to] - s.count[from])
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
