package check

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// How an item of a phrase follows the one before it.
const (
	next     = byte(iota) // at once
	near                  // in the same sentence, a few words on
	far                   // later in the same sentence
	anywhere              // anywhere in the message, any order
)

// A slot is one place of a pattern: a class of terms and how it is joined to
// the slot before.
type slot struct {
	joined  int32 // the class, and in the last two bits the joint
	written int32 // the class's place among classes as they were read
}

func newSlot(class int32, joint byte) slot { return slot{class<<2 | int32(joint), class} }

func (s slot) class() int32 { return s.joined >> 2 }
func (s slot) joint() byte  { return byte(s.joined & 3) }

// A pattern is one way to write a phrase.
type pattern struct {
	owner int32 // index in phrasebook.owners
	first int32 // its slots in phrasebook.slots
	slots uint8
	bag   bool // slots may stand anywhere in any order
	part  bool // it fills a class of a bag
}

// mostSlots is how many a pattern can have.
const mostSlots = math.MaxUint8

// slotsOf are the slots of a pattern.
func (b *phrasebook) slotsOf(id int32) []slot {
	p := &b.patterns[id]
	return b.slots[p.first : p.first+int32(p.slots)]
}

// An owner is what a pattern speaks for: a sign, a harmless look-alike of a
// sign, or a cue of a language.
type owner struct {
	kind byte // ownSign, ownHarmless, ownCue, ownCommon, ownIdea
	id   int32
	lang int32
}

const (
	ownSign = byte(iota)
	ownHarmless
	ownCue
	ownCommon
	ownPart // fills a class of a bag
	ownIdea // of captivity
)

// A phrasebook holds the phrases of all languages, compiled: every distinct
// term once, in two tries, and the classes and patterns built on them.
type phrasebook struct {
	languages int
	owners    []owner
	patterns  []pattern
	slots     []slot

	bound, free       *trie // terms that begin at a word's beginning; terms that begin anywhere
	boundOut, freeOut []termOut
	markOut           []termOut // of each mark: its class and those of words it also belongs to
	little            []little  // words; the first is none
	rows              []classes // those terms fill

	blocks   []block // of the classes
	hung     []hanging
	alone    []alone // the patterns of one class
	aloneAt  []int32 // of each class that is a pattern: where in alone its own begin, and where the last end
	bags     []bag
	bagSlots []bagSlot // of each bag
	bagAt    []int32   // of each class that bags have a slot for: where in hungBags its own begin, and where the last end
	hungBags []int32   // bags, each at the rarest of its classes
}

// classes are some of one block: its number in the upper half, one bit each in
// the lower, and the first bit says whether patterns hang on any. Classes that share
// common words are neighbours, so that a word that hundreds share fills a few entries.
type classes uint64

const anchored = classes(1) << 63

func (e classes) block() uint32 { return uint32(e>>32) &^ (1 << 31) }
func (e classes) mask() uint32  { return uint32(e) }
func (e classes) hung() bool    { return e&anchored != 0 }

// blockOf tells the block of a class and its bit there.
func blockOf(class int32) (block int32, bit uint32) { return class >> 5, 1 << (class & 31) }

// block is 32 neighbouring classes. What belongs to a class stands as far behind
// the block's first as classes of that sort stand before it.
type block struct {
	// classes that patterns hang on, that are a pattern, and that bags have a slot for
	hanging, alone, bagged uint32
	hang, one, bag         int32 // of the first of them, in phrasebook.hung, aloneAt and bagAt
}

// hangsOn tells where in hung the first pattern stands that hangs on the class of
// a bit.
func (k *block) hangsOn(bit uint32) int32 {
	return k.hang + int32(bits.OnesCount32(k.hanging&(bit-1)))
}

// aloneIn are the patterns that the class of a bit is.
func (b *phrasebook) aloneIn(block uint32, bit uint32) (from, to int32) {
	k := &b.blocks[block]
	at := k.one + int32(bits.OnesCount32(k.alone&(bit-1)))
	return b.aloneAt[at], b.aloneAt[at+1]
}

// baggedAt is the place of the class of a bit among all that bags have a slot for.
func (k *block) baggedAt(bit uint32) int32 {
	return k.bag + int32(bits.OnesCount32(k.bagged&(bit-1)))
}

// termOut says which classes a term fills.
type termOut struct {
	row    int32 // the first in phrasebook.rows
	prefix int32 // so many even when the word goes on
	all    int32 // so many when the term ends where a word ends
	little int32 // in phrasebook.little, 0 when it is none
}

// little is a term that is a little word of languages: the word alone, and what
// of them holds even when the word goes on.
type little struct{ all, open []int32 }

// alone is a pattern of one class.
type alone struct {
	pattern, owner int32
	written        int32 // the class's place among classes as they were read
	voice          voice
}

// hanging is a pattern at its anchor, the rarest of its classes. Most are turned
// away by the class that is the next rarest, without a look at the pattern. In
// phrasebook.hung the first of every anchor come first, then all others.
type hanging struct {
	other   int32 // the next rarest class
	pattern int32
	next    int32 // the next at the same anchor, 0 when it is the last
	voice   voice
	more    bool // it has further classes
}

// bag is a pattern that is one.
type bag struct {
	pattern int32
	first   int32 // of its slots in phrasebook.bagSlots
	voice   voice
}

// bagSlot is one slot of a bag.
type bagSlot struct {
	at      int32 // place of its class among those that bags have a slot for
	written int32 // the class's place among classes as they were read
}

// slotsOfBag are the slots of a bag.
func (b *phrasebook) slotsOfBag(k *bag) []bagSlot {
	return b.bagSlots[k.first : k.first+int32(b.patterns[k.pattern].slots)]
}

// Marks are classes filled by the entity scanner and not by words.
const (
	markMoney = int32(iota)
	markPay
	markHighPay
	markNumber
	markPercent
	markHub
	markAbroad
	markURL
	markHandle
	markWallet
	markPhone
	markEmail
)

var marks = []string{"money", "pay", "highpay", "number", "percent", "hub", "abroad", "url", "handle", "wallet", "phone", "email"}

// markWeight is how often marks are met, beside the guess for words: numbers are
// as common as the commonest.
var markWeight = [...]float32{
	markMoney: 9, markPay: 3.5, markHighPay: 1.2, markNumber: 60, markPercent: 3, markHub: 2, markAbroad: 7, markURL: 8, markHandle: 2, markWallet: 0.3,
	markPhone: 1, markEmail: 3,
}

// markRow numbers the marks, for items that are one of them.
var markRow = [...]int32{
	markMoney, markPay, markHighPay, markNumber, markPercent, markHub, markAbroad, markURL, markHandle, markWallet, markPhone, markEmail,
}

// compiler collects phrases while languages are loaded. The same alternatives
// stand in many phrases, and whole groups in hundreds: each is worked out once.
type compiler struct {
	book  *phrasebook
	items map[itemKey]int32 // items as the language at hand writes them → class, -1 when they fold to nothing
	words map[string]int32  // alternatives as written → term, -1 when they fold to nothing
	ids   map[string]int32  // terms, a byte for their ends behind the letters → term
	terms []termKey
	sets  map[string]int32 // the terms and marks of a class → class
	fills []int32          // the terms of every class
	from  []int32          // of each class: where they begin
	alias [][]int32        // of each mark: the classes of words it also belongs to

	fold  folded
	row   []int32
	key   []byte
	plain []string
	list  []item
}

type itemKey struct {
	written string
	plain   bool // words that stand alone, not in brackets
}

type termKey struct {
	text   string
	free   bool // begins anywhere
	prefix bool // the word may go on
}

// newCompiler makes room for so many terms and classes.
func newCompiler(room int) *compiler {
	c := &compiler{book: &phrasebook{}, alias: make([][]int32, len(marks)), words: make(map[string]int32, room), ids: make(map[string]int32, room), sets: make(map[string]int32, room)}
	c.language()
	for m := range marks {
		c.class([]int32{int32(-1 - m)})
	}
	return c
}

// language forgets what items of another language mean: its groups are others.
func (c *compiler) language() { c.items = map[itemKey]int32{} }

// class gives the class of terms and marks, in order and each once; marks are
// numbered -1 and down.
func (c *compiler) class(row []int32) int32 {
	c.key = c.key[:0]
	for _, t := range row {
		c.key = binary.LittleEndian.AppendUint32(c.key, uint32(t))
	}
	id, ok := c.sets[string(c.key)]
	if !ok {
		id = c.newClass()
		c.sets[string(c.key)] = id
		for _, t := range row {
			if t >= 0 {
				c.fills = append(c.fills, t)
			} else if m := -1 - t; m != id {
				c.alias[m] = append(c.alias[m], id)
			}
		}
	}
	return id
}

func (c *compiler) newClass() int32 {
	c.from = append(c.from, int32(len(c.fills)))
	return int32(len(c.from) - 1)
}

// termsOf are the terms of a class.
func (c *compiler) termsOf(class int) []int32 {
	if class+1 < len(c.from) {
		return c.fills[c.from[class]:c.from[class+1]]
	}
	return c.fills[c.from[class]:]
}

// An item is one part of a phrase as written: alternatives, or a mark.
type item struct {
	key      itemKey
	words    []string
	marks    []int32
	joint    byte
	optional bool
}

// add compiles one phrase for an owner. groups are the language's [words].
func (c *compiler) add(o int32, phrase string, groups map[string][]string) error {
	items, join, err := c.parse(phrase, groups)
	if err != nil {
		return fmt.Errorf("read phrase %q: %w", phrase, err)
	}
	if len(items) > mostSlots {
		return fmt.Errorf("read phrase %q: more than %d parts", phrase, mostSlots)
	}
	for _, variant := range variants(items) {
		if c.book.owners[o].kind == ownCommon && len(variant) > 1 {
			return fmt.Errorf("read phrase %q: a little word is one word", phrase)
		}
		switch join {
		case '+':
			c.bag(o, units(variant))
		case '~':
			for _, p := range permutations(units(variant)) {
				c.pattern(o, p)
			}
		default:
			c.pattern(o, variant)
		}
	}
	return nil
}

// bag compiles units that may stand anywhere. A unit of several items becomes a
// pattern of its own that fills a class of its own.
func (c *compiler) bag(o int32, us [][]item) {
	b := c.book
	var slots []slot
	for _, u := range us {
		cl := int32(-1)
		if len(u) == 1 {
			cl = c.itemClass(u[0])
		} else {
			cl = c.newClass()
			b.owners = append(b.owners, owner{kind: ownPart, id: cl})
			c.pattern(int32(len(b.owners)-1), u)
		}
		if cl < 0 {
			return
		}
		slots = append(slots, newSlot(cl, anywhere))
	}
	b.patterns = append(b.patterns, pattern{owner: o, first: int32(len(b.slots)), slots: uint8(len(slots)), bag: true})
	b.slots = append(b.slots, slots...)
}

func (c *compiler) pattern(o int32, items []item) {
	b := c.book
	p := pattern{owner: o, first: int32(len(b.slots)), part: b.owners[o].kind == ownPart}
	for _, it := range items {
		cl := c.itemClass(it)
		if cl < 0 {
			b.slots = b.slots[:p.first]
			return // folds to nothing
		}
		b.slots = append(b.slots, newSlot(cl, it.joint))
		p.slots++
	}
	b.patterns = append(b.patterns, p)
}

// itemClass gives the class of an item's alternatives, -1 when they fold to
// nothing.
func (c *compiler) itemClass(it item) int32 {
	cl, ok := c.items[it.key]
	if !ok {
		cl = c.makeClass(it)
		c.items[it.key] = cl
	}
	return cl
}

func (c *compiler) makeClass(it item) int32 {
	row := c.row[:0]
	for _, w := range it.words {
		if t := c.term(w); t >= 0 {
			row = append(row, t)
		}
	}
	for _, m := range it.marks {
		row = append(row, -1-m)
	}
	slices.Sort(row)
	row = slices.Compact(row)
	c.row = row
	if len(row) == 0 {
		return -1
	}
	return c.class(row)
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// term folds one alternative and reads its stars; it gives -1 when nothing is
// left of it.
func (c *compiler) term(w string) int32 {
	if id, ok := c.words[w]; ok {
		return id
	}
	id := c.makeTerm(w)
	c.words[w] = id
	return id
}

func (c *compiler) makeTerm(w string) int32 {
	free, prefix := strings.HasPrefix(w, "*"), strings.HasSuffix(w, "*")
	c.fold.fold(strings.Trim(w, "* "))
	text := c.fold.text
	if len(text) == 0 || bytes.IndexByte(text, '\n') >= 0 {
		return -1
	}
	free = free || c.fold.class[0] != spaced
	prefix = prefix || c.fold.class[len(text)-1] != spaced
	c.key = append(append(c.key[:0], text...), bit(free)|bit(prefix)<<1)
	id, ok := c.ids[string(c.key)]
	if !ok {
		id = int32(len(c.terms))
		key := string(c.key)
		c.ids[key] = id
		c.terms = append(c.terms, termKey{key[:len(text)], free, prefix})
	}
	return id
}

// finish builds the tries and hangs every pattern on its rarest class.
func (c *compiler) finish() *phrasebook {
	b := c.book
	count := len(c.from)
	common := c.takeLittle()
	degree := make([]int32, len(c.terms)) // how many classes each term fills
	for _, t := range c.fills {
		degree[t]++
	}
	to := c.neighbours(degree)
	written := make([]int32, count) // of each class, what it was numbered as it was read
	for cl, at := range to {
		written[at] = int32(cl)
	}
	moved := func(list []int32) []int32 {
		out := make([]int32, len(list))
		for i, cl := range list {
			out[i] = to[cl]
		}
		return out
	}
	for i := range b.slots {
		sl := &b.slots[i]
		sl.joined = to[sl.class()]<<2 | int32(sl.joint())
	}
	for i := range b.owners {
		if o := &b.owners[i]; o.kind == ownPart {
			o.id = to[o.id]
		}
	}
	b.blocks = make([]block, (count+31)/32)
	rarity, loose := c.rarities(to, degree), c.loose()
	var hangs, hungBags []int32 // the rarest class of each hung pattern, and of each bag
	var alones []int32          // the class of each pattern that is one
	var bagged []int32          // the class of each slot of a bag
	for pi := range b.patterns {
		p := &b.patterns[pi]
		row := b.slotsOf(int32(pi))
		if p.bag {
			v := voiceOf(b.owners[p.owner], slices.ContainsFunc(row, func(sl slot) bool { return loose[sl.written] }))
			hungBags, b.hungBags = append(hungBags, row[rarest(row, rarity)].class()), append(b.hungBags, int32(len(b.bags)))
			b.bags = append(b.bags, bag{int32(pi), int32(len(b.bagSlots)), v})
			for _, sl := range row {
				bagged = append(bagged, sl.class())
				b.bagSlots = append(b.bagSlots, bagSlot{written: sl.written})
				at, bit := blockOf(sl.class())
				b.blocks[at].bagged |= bit
			}
			continue
		}
		v := voiceOf(b.owners[p.owner], loose[row[0].written])
		if len(row) == 1 {
			at, bit := blockOf(row[0].class())
			b.blocks[at].alone |= bit
			alones = append(alones, row[0].class())
			b.alone = append(b.alone, alone{int32(pi), p.owner, row[0].written, v})
			continue
		}
		at, other := rarest(row, rarity), int32(-1)
		for i := range row {
			if i != at && (other < 0 || rarity[row[i].class()] < rarity[other]) {
				other = row[i].class()
			}
		}
		hangs = append(hangs, row[at].class())
		b.hung = append(b.hung, hanging{pattern: int32(pi), other: other, voice: v, more: len(row) > 2})
	}
	hung, hangAt := byClass(b.hung, hangs, count)
	var aloneAt, bagAt []int32
	b.alone, aloneAt = byClass(b.alone, alones, count)
	b.hungBags, bagAt = byClass(b.hungBags, hungBags, count)
	b.hung = b.hung[:0]
	for i := range b.blocks {
		k := &b.blocks[i]
		k.hang, k.one, k.bag = int32(len(b.hung)), int32(len(b.aloneAt)), int32(len(b.bagAt))
		for cl := i * 32; cl < min(i*32+32, count); cl++ {
			_, bit := blockOf(int32(cl))
			if from := hangAt[cl]; from < hangAt[cl+1] {
				k.hanging, b.hung = k.hanging|bit, append(b.hung, hung[from])
			}
			if k.alone&bit != 0 {
				b.aloneAt = append(b.aloneAt, aloneAt[cl])
			}
			if k.bagged&bit != 0 {
				b.bagAt = append(b.bagAt, bagAt[cl])
			}
		}
	}
	b.aloneAt, b.bagAt = append(b.aloneAt, int32(len(b.alone))), append(b.bagAt, int32(len(b.hungBags)))
	for i, cl := range bagged {
		at, bit := blockOf(cl)
		b.bagSlots[i].at = b.blocks[at].baggedAt(bit)
	}
	at := 0 // the first at the anchor at hand
	for cl := range count {
		from, to := hangAt[cl], hangAt[cl+1]
		if from == to {
			continue
		}
		last := at
		for _, h := range hung[from+1 : to] {
			b.hung[last].next = int32(len(b.hung))
			last = len(b.hung)
			b.hung = append(b.hung, h)
		}
		at++
	}

	b.rows = make([]classes, 0, len(c.fills))
	put := func(list []int32) {
		for i, cl := range list {
			at, bit := blockOf(cl)
			if i == 0 || b.rows[len(b.rows)-1].block() != uint32(at) {
				b.rows = append(b.rows, classes(at)<<32)
			}
			b.rows[len(b.rows)-1] |= classes(bit)
			if b.blocks[at].hanging&bit != 0 {
				b.rows[len(b.rows)-1] |= anchored
			}
		}
	}
	for m := range marks {
		from := int32(len(b.rows))
		put([]int32{to[m]})
		also := moved(c.alias[m])
		slices.Sort(also)
		put(also)
		n := int32(len(b.rows)) - from
		b.markOut = append(b.markOut, termOut{row: from, prefix: 1, all: n})
	}
	// The classes of each term, in their order.
	ends, lists := make([]int32, len(c.terms)), make([]int32, len(c.fills))
	sum := int32(0)
	for t, n := range degree {
		ends[t] = sum
		sum += n
	}
	for cl, old := range written {
		for _, t := range c.termsOf(int(old)) {
			lists[ends[t]] = int32(cl)
			ends[t]++
		}
	}
	b.little = make([]little, 1, len(common)+1)
	build := func(free bool) (*trie, []termOut) {
		var order []int32
		for t := range c.terms {
			if c.terms[t].free == free {
				order = append(order, int32(t))
			}
		}
		sortTerms(order, c.terms)
		texts, outs := make([]string, 0, len(order)), make([]termOut, 0, len(order))
		for i, t := range order {
			k := &c.terms[t]
			if i == 0 || k.text != texts[len(texts)-1] {
				texts = append(texts, k.text)
				outs = append(outs, termOut{row: int32(len(b.rows))})
			}
			put(lists[ends[t]-degree[t] : ends[t]])
			out := &outs[len(outs)-1]
			out.all = int32(len(b.rows)) - out.row
			if k.prefix {
				out.prefix = out.all
			}
			if of := common[t]; len(of) > 0 {
				if out.little == 0 {
					out.little = int32(len(b.little))
					b.little = append(b.little, little{})
				}
				w := &b.little[out.little]
				w.all = append(w.all, of...)
				if k.prefix {
					w.open = append(w.open, of...)
				}
			}
		}
		return newTrie(texts), slices.Clip(outs)
	}
	b.bound, b.boundOut = build(false)
	b.free, b.freeOut = build(true)
	b.rows, b.owners, b.patterns, b.slots = slices.Clip(b.rows), slices.Clip(b.owners), slices.Clip(b.patterns), slices.Clip(b.slots)
	return b
}

// takeLittle takes the little words out of the patterns: they are counted where
// they are met. It gives the languages of each term that is one.
func (c *compiler) takeLittle() map[int32][]int32 {
	out := make(map[int32][]int32)
	kept := c.book.patterns[:0]
	for _, p := range c.book.patterns {
		o := c.book.owners[p.owner]
		if o.kind != ownCommon {
			kept = append(kept, p)
			continue
		}
		for _, t := range c.termsOf(int(c.book.slots[p.first].class())) {
			out[t] = append(out[t], o.lang)
		}
	}
	c.book.patterns = kept
	return out
}

// loose says of each class, as it was read, whether what fills it may begin with a
// letter of a script without spaces.
func (c *compiler) loose() []bool {
	out := make([]bool, len(c.from))
	for cl := range out {
		terms := c.termsOf(cl)
		out[cl] = len(terms) == 0 || slices.ContainsFunc(terms, func(t int32) bool { return c.terms[t].free })
	}
	for _, also := range c.alias {
		for _, cl := range also {
			out[cl] = true
		}
	}
	return out
}

// sortTerms sorts terms by their letters, those that let the word go on first.
// Most are told apart by four letters, which one number holds.
func sortTerms(order []int32, terms []termKey) {
	type row struct {
		lead uint64
		term int32
	}
	rows := make([]row, len(order))
	for i, t := range order {
		n, lead := 0, uint64(0)
		for _, r := range terms[t].text {
			if n++; n > 4 {
				break
			}
			lead |= uint64(min(r, 0xffff)) << (64 - 16*n)
		}
		rows[i] = row{lead, t}
	}
	slices.SortFunc(rows, func(x, y row) int {
		if x.lead != y.lead {
			return cmp.Compare(x.lead, y.lead)
		}
		a, b := &terms[x.term], &terms[y.term]
		return cmp.Or(strings.Compare(a.text, b.text), int(bit(b.prefix))-int(bit(a.prefix)))
	})
	for i := range rows {
		order[i] = rows[i].term
	}
}

// rarities guesses how often each class is met: the sum over its terms, of which
// short ones and those that many classes share are common.
func (c *compiler) rarities(to, degree []int32) []float32 {
	weight := make([]float32, len(c.terms))
	for t := range c.terms {
		w := float32(degree[t])
		for _, r := range c.terms[t].text {
			if r >= 0x2e80 {
				w *= 0.05
			} else {
				w *= 0.4
			}
		}
		weight[t] = w
	}
	out := make([]float32, len(to))
	for cl, at := range to {
		for _, t := range c.termsOf(cl) {
			out[at] += weight[t]
		}
	}
	for m := range marks {
		out[to[m]] += markWeight[m]
		for _, cl := range c.alias[m] {
			out[to[cl]] += markWeight[m]
		}
	}
	return out
}

// neighbours gives every class a new number, so that those with the same common
// terms stand side by side.
func (c *compiler) neighbours(degree []int32) []int32 {
	// The terms of most classes first.
	most := int32(0)
	for _, d := range degree {
		most = max(most, d)
	}
	ranks := make([]uint64, most+2) // of each degree, from the highest: the last rank given
	for _, d := range degree {
		ranks[most-d+1]++
	}
	for d := range most + 1 {
		ranks[d+1] += ranks[d]
	}
	rank := make([]uint64, len(c.terms))
	for t, d := range degree {
		ranks[most-d]++
		rank[t] = ranks[most-d]
	}
	type row struct {
		first, second uint64 // the four commonest terms
		class         int32
	}
	rows := make([]row, len(c.from))
	for cl := range rows {
		var lead [4]uint64
		for _, t := range c.termsOf(cl) {
			r := rank[t]
			for d := range lead {
				if lead[d] == 0 || r < lead[d] {
					r, lead[d] = lead[d], r
				}
				if r == 0 {
					break
				}
			}
		}
		rows[cl] = row{lead[0]<<32 | lead[1], lead[2]<<32 | lead[3], int32(cl)}
	}
	slices.SortFunc(rows, func(x, y row) int {
		return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.second, y.second), cmp.Compare(x.class, y.class))
	})
	to := make([]int32, len(rows))
	for at, r := range rows {
		to[r.class] = int32(at)
	}
	return to
}

func rarest(row []slot, rarity []float32) int {
	at := 0
	for i := range row {
		if rarity[row[i].class()] < rarity[row[at].class()] {
			at = i
		}
	}
	return at
}

// byClass sorts rows by the classes they belong to, keeping their order, and
// tells where those of each class begin and the last end.
func byClass[T any](rows []T, class []int32, classes int) (out []T, from []int32) {
	from = make([]int32, classes+1)
	for _, cl := range class {
		from[cl+1]++
	}
	for cl := range classes {
		from[cl+1] += from[cl]
	}
	at := slices.Clone(from)
	out = make([]T, len(rows))
	for i, cl := range class {
		out[at[cl]] = rows[i]
		at[cl]++
	}
	return out, from
}

// parse reads the phrase language described in locales/README.md.
func (c *compiler) parse(phrase string, groups map[string][]string) (items []item, join byte, err error) {
	items, plain := c.list[:0], c.plain[:0]
	defer func() { c.list, c.plain = items, plain[:0] }()
	joint := next
	alone := func(words string) {
		it := item{key: itemKey{words, true}, joint: joint}
		if _, ok := c.items[it.key]; !ok {
			it.words = []string{words}
		}
		items, joint = append(items, it), next
	}
	flush := func() {
		if len(plain) > 0 {
			alone(strings.Join(plain, " "))
			plain = plain[:0]
		}
	}
	rest := strings.TrimSpace(phrase)
	for rest != "" {
		switch {
		case rest[0] == ' ':
			rest = rest[1:]
		case strings.HasPrefix(rest, "……"):
			flush()
			joint, rest = far, rest[len("……"):]
		case strings.HasPrefix(rest, "…"):
			flush()
			joint, rest = near, rest[len("…"):]
		case strings.HasPrefix(rest, "..."):
			flush()
			joint, rest = near, rest[3:]
		case strings.HasPrefix(rest, "~ "), strings.HasPrefix(rest, "+ "):
			flush()
			if join != 0 && join != rest[0] {
				return nil, 0, fmt.Errorf("~ and + in one phrase")
			}
			join, rest = rest[0], rest[1:]
			joint = far
		case rest[0] == '(' || rest[0] == '[':
			shut := byte(')')
			if rest[0] == '[' {
				shut = ']'
			}
			end := strings.IndexByte(rest, shut)
			if end < 0 {
				return nil, 0, fmt.Errorf("missing %q", string(shut))
			}
			flush()
			it := item{key: itemKey{written: rest[1:end]}, joint: joint, optional: rest[0] == '['}
			if _, ok := c.items[it.key]; !ok {
				if err := it.alternatives(groups); err != nil {
					return nil, 0, err
				}
			}
			items = append(items, it)
			joint, rest = next, rest[end+1:]
		case rest[0] == '<':
			end := strings.IndexByte(rest, '>')
			if end < 0 {
				return nil, 0, fmt.Errorf("missing >")
			}
			g, ok := groups[rest[1:end]]
			if !ok {
				return nil, 0, fmt.Errorf("no group <%s> in [words]", rest[1:end])
			}
			flush()
			items = append(items, item{key: itemKey{written: rest[:end+1]}, words: g, joint: joint})
			joint, rest = next, rest[end+1:]
		case rest[0] == '#':
			end := 1
			for end < len(rest) && rest[end] >= 'a' && rest[end] <= 'z' {
				end++
			}
			m := slices.Index(marks, rest[1:end])
			if m < 0 {
				return nil, 0, fmt.Errorf("no mark %s", rest[:end])
			}
			flush()
			items = append(items, item{key: itemKey{written: rest[:end]}, marks: markRow[m : m+1], joint: joint})
			joint, rest = next, rest[end:]
		default:
			end := signAt(rest, " ([<#")
			if strings.HasPrefix(rest, "...") || end == 0 {
				return nil, 0, fmt.Errorf("cannot read %q", rest)
			}
			if end < 0 {
				end = len(rest)
			}
			w := rest[:end]
			if i := strings.Index(w, "..."); i > 0 {
				w = w[:i]
			}
			plain, rest = append(plain, w), rest[len(w):]
			// A word with a star stands alone: only ends of items carry stars.
			if strings.Contains(w, "*") {
				plain = plain[:len(plain)-1]
				flush()
				alone(w)
			}
		}
	}
	flush()
	if len(items) == 0 {
		return nil, 0, fmt.Errorf("empty")
	}
	items[0].joint = next
	return items, join, nil
}

// signAt finds the first of some signs of the phrase language, of one byte each,
// or "…", -1 for none.
func signAt(s, signs string) int {
	for i := range len(s) {
		if b := s[i]; b < utf8.RuneSelf && strings.IndexByte(signs, b) >= 0 || b == "…"[0] && strings.HasPrefix(s[i:], "…") {
			return i
		}
	}
	return -1
}

// alternatives reads what stands between the brackets of an item.
func (it *item) alternatives(groups map[string][]string) error {
	it.words = make([]string, 0, strings.Count(it.key.written, "|")+1)
	for w := range strings.SplitSeq(it.key.written, "|") {
		w = strings.TrimSpace(w)
		switch {
		case strings.Contains(w, "<"):
			before, tail, _ := strings.Cut(w, "<")
			name, after, _ := strings.Cut(tail, ">")
			g, ok := groups[name]
			if !ok || strings.ContainsAny(before+after, "<>…#([") {
				return fmt.Errorf("no group in %q in [words], or more than one", w)
			}
			if before+after == "" {
				it.words = append(it.words, g...)
				continue
			}
			for _, m := range g {
				it.words = append(it.words, before+m+after)
			}
		case strings.HasPrefix(w, "#") && slices.Contains(marks, w[1:]):
			it.marks = append(it.marks, int32(slices.Index(marks, w[1:])))
		case signAt(w, "<>#([") >= 0 || w == "":
			return fmt.Errorf("%q inside brackets", w)
		default:
			it.words = append(it.words, w)
		}
	}
	return nil
}

// variants are the phrase with and without each part that may be missing.
func variants(items []item) [][]item {
	if !slices.ContainsFunc(items, func(it item) bool { return it.optional }) {
		return [][]item{items}
	}
	var out [][]item
	var walk func(done []item, left []item, joint byte)
	walk = func(done, left []item, joint byte) {
		if len(left) == 0 {
			if len(done) > 0 {
				out = append(out, append([]item(nil), done...))
			}
			return
		}
		it := left[0]
		it.joint = max(it.joint, joint) // a gap before a missing part stays a gap
		if it.optional {
			walk(done, left[1:], it.joint)
		}
		if len(done) == 0 {
			it.joint = next
		}
		walk(append(append([]item(nil), done...), it), left[1:], next)
	}
	walk(nil, items, next)
	return out
}

// units are the parts that ~ and + stand between: items joined at once to the
// one before stay with it.
func units(items []item) [][]item {
	var out [][]item
	for _, it := range items {
		if it.joint == far || len(out) == 0 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], it)
	}
	return out
}

// permutations are the orders of a handful of units.
func permutations(us [][]item) [][]item {
	if len(us) == 0 {
		return [][]item{nil}
	}
	var out [][]item
	for i, u := range us {
		rest := append(append([][]item(nil), us[:i]...), us[i+1:]...)
		for _, tail := range permutations(rest) {
			p := append([]item(nil), u...)
			p[0].joint = far
			out = append(out, append(p, tail...))
		}
	}
	return out
}
