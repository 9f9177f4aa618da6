package check

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
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
	class int32
	joint byte
}

// A pattern is one way to write a phrase.
type pattern struct {
	owner int32 // index in phrasebook.owners
	first int32 // its slots in phrasebook.slots
	slots int32
	bag   bool // slots may stand anywhere in any order
}

// An owner is what a pattern speaks for: a sign, a harmless look-alike of a
// sign, or a cue of a language.
type owner struct {
	kind byte // ownSign, ownHarmless, ownCue, ownCommon
	id   int32
	lang int32
}

const (
	ownSign = byte(iota)
	ownHarmless
	ownCue
	ownCommon
	ownPart // fills a class of a bag
)

// A phrasebook holds the phrases of all languages, compiled: every distinct
// term once, in two tries, and the classes and patterns built on them.
type phrasebook struct {
	owners   []owner
	patterns []pattern
	slots    []slot

	bound, free       *trie // terms that begin at a word's beginning; terms that begin anywhere
	boundOut, freeOut []termOut
	markOut           []termOut // of each mark: its class and those of words it also belongs to
	rows              []classes // those terms fill

	anchors  []anchor // of each class
	hanging  []uint64 // classes that patterns hang on, one bit each
	bagged   []uint64 // classes that bags have a slot for
	written  []int32  // of each class: its place among classes as they were read
	hung     []hanging
	bagSlots []bagSlot
	bags     []bag
}

// classes are some of 64 neighbours. Classes that share common words are
// neighbours, so that a word that hundreds share fills a few entries.
type classes struct {
	word uint32
	mask uint64
}

// termOut says which classes a term fills.
type termOut struct {
	row    int32 // the first in phrasebook.rows
	prefix int32 // so many even when the word goes on
	all    int32 // so many when the term ends where a word ends
}

// anchor says what hangs on a class: the patterns of which it is the rarest, in
// phrasebook.hung, and slots of bags.
type anchor struct {
	from, to       int32
	bagFrom, bagTo int32
}

// hanging is a pattern at its anchor. Most are turned away by the class that is
// the next rarest, without a look at the pattern.
type hanging struct {
	pattern int32
	other   int32 // -1 when the anchor is all
	more    bool  // it has further classes
}

// bag is a pattern that is one.
type bag struct {
	pattern int32
	first   int32 // of its slots among those of all bags
}

// bagSlot is a class's slot in a bag.
type bagSlot struct {
	bag int32 // index in phrasebook.bags
	at  int32 // among the slots of all bags
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

// compiler collects phrases while languages are loaded.
type compiler struct {
	book    *phrasebook
	classes map[string]int32
	items   map[string]int32    // alternatives as written → class, -1 when they fold to nothing
	terms   map[termKey][]int32 // term → classes
	alias   [][]int32           // of each mark: the classes of words it also belongs to
	fold    folded
}

type termKey struct {
	text   string
	free   bool // begins anywhere
	prefix bool // the word may go on
}

func newCompiler() *compiler {
	c := &compiler{book: &phrasebook{}, alias: make([][]int32, len(marks)), classes: map[string]int32{}, items: map[string]int32{}, terms: map[termKey][]int32{}}
	for _, m := range marks {
		c.class("#" + m)
	}
	return c
}

func (c *compiler) class(key string) int32 {
	id, ok := c.classes[key]
	if !ok {
		id = int32(len(c.classes))
		c.classes[key] = id
	}
	return id
}

// An item is one part of a phrase as written: alternatives, or a mark.
type item struct {
	words    []string
	marks    []string
	joint    byte
	optional bool
}

// add compiles one phrase for an owner. groups are the language's [words].
func (c *compiler) add(o int32, phrase string, groups map[string][]string) error {
	items, join, err := parse(phrase, groups)
	if err != nil {
		return fmt.Errorf("read phrase %q: %w", phrase, err)
	}
	for _, variant := range variants(items) {
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
			cl = c.class(fmt.Sprint("part", len(b.patterns)))
			b.owners = append(b.owners, owner{kind: ownPart, id: cl})
			c.pattern(int32(len(b.owners)-1), u)
		}
		if cl < 0 {
			return
		}
		slots = append(slots, slot{cl, anywhere})
	}
	b.patterns = append(b.patterns, pattern{owner: o, first: int32(len(b.slots)), slots: int32(len(slots)), bag: true})
	b.slots = append(b.slots, slots...)
}

func (c *compiler) pattern(o int32, items []item) {
	b := c.book
	p := pattern{owner: o, first: int32(len(b.slots))}
	for _, it := range items {
		cl := c.itemClass(it)
		if cl < 0 {
			b.slots = b.slots[:p.first]
			return // folds to nothing
		}
		b.slots = append(b.slots, slot{cl, it.joint})
		p.slots++
	}
	b.patterns = append(b.patterns, p)
}

// itemClass interns the alternatives of an item as a class of folded terms.
func (c *compiler) itemClass(it item) int32 {
	if len(it.marks) == 1 && len(it.words) == 0 {
		return c.class("#" + it.marks[0])
	}
	// A group stands in hundreds of phrases, and its classes are worked out once.
	raw := strings.Join(it.words, "|") + "#" + strings.Join(it.marks, "#")
	if cl, ok := c.items[raw]; ok {
		return cl
	}
	cl := c.makeClass(it)
	c.items[raw] = cl
	return cl
}

func (c *compiler) makeClass(it item) int32 {
	keys := map[termKey]bool{}
	for _, w := range it.words {
		if k, ok := c.term(w); ok {
			keys[k] = true
		}
	}
	if len(keys)+len(it.marks) == 0 {
		return -1
	}
	var names []string
	for _, m := range it.marks {
		names = append(names, "#"+m)
	}
	for k := range keys {
		names = append(names, k.text+string([]byte{'/', '0' + bit(k.free), '0' + bit(k.prefix)}))
	}
	sort.Strings(names)
	cl := c.class(strings.Join(names, "|"))
	for _, m := range it.marks {
		at := c.class("#" + m)
		if !slices.Contains(c.alias[at], cl) {
			c.alias[at] = append(c.alias[at], cl)
		}
	}
	for k := range keys {
		if !slices.Contains(c.terms[k], cl) {
			c.terms[k] = append(c.terms[k], cl)
		}
	}
	return cl
}

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// term folds one alternative and reads its stars.
func (c *compiler) term(w string) (termKey, bool) {
	k := termKey{free: strings.HasPrefix(w, "*"), prefix: strings.HasSuffix(w, "*")}
	c.fold.fold(strings.Trim(w, "* "))
	k.text = string(c.fold.text)
	if k.text == "" || strings.Contains(k.text, "\n") {
		return k, false
	}
	if c.fold.class[0] != spaced {
		k.free = true
	}
	if c.fold.class[len(c.fold.class)-1] != spaced {
		k.prefix = true
	}
	return k, true
}

// finish builds the tries and hangs every pattern on its rarest class.
func (c *compiler) finish() *phrasebook {
	b := c.book
	count := len(c.classes)
	to := c.neighbours()
	b.written = make([]int32, count)
	for cl, at := range to {
		b.written[at] = int32(cl)
	}
	moved := func(list []int32) []int32 {
		out := make([]int32, len(list))
		for i, cl := range list {
			out[i] = to[cl]
		}
		return out
	}
	for i := range b.slots {
		b.slots[i].class = to[b.slots[i].class]
	}
	for i := range b.owners {
		if o := &b.owners[i]; o.kind == ownPart {
			o.id = to[o.id]
		}
	}
	b.anchors = make([]anchor, count)
	rarity := c.rarities(to)
	var hangs, bagged []int32 // classes of hung patterns and of slots of bags, in order
	for pi := range b.patterns {
		p := &b.patterns[pi]
		row := b.slots[p.first : p.first+p.slots]
		if p.bag {
			first := int32(len(b.bagSlots))
			for i := range row {
				bagged = append(bagged, row[i].class)
				b.bagSlots = append(b.bagSlots, bagSlot{int32(len(b.bags)), first + int32(i)})
			}
			b.bags = append(b.bags, bag{int32(pi), first})
			continue
		}
		at, h := rarest(row, rarity), hanging{pattern: int32(pi), other: -1, more: len(row) > 2}
		for i := range row {
			if i != at && (h.other < 0 || rarity[row[i].class] < rarity[h.other]) {
				h.other = row[i].class
			}
		}
		hangs = append(hangs, row[at].class)
		b.hung = append(b.hung, h)
	}
	b.hung = byClass(b.hung, hangs, count, func(cl int, from, to int32) { b.anchors[cl].from, b.anchors[cl].to = from, to })
	b.bagSlots = byClass(b.bagSlots, bagged, count, func(cl int, from, to int32) { b.anchors[cl].bagFrom, b.anchors[cl].bagTo = from, to })

	b.hanging, b.bagged = make([]uint64, (count+63)/64), make([]uint64, (count+63)/64)
	for cl := range b.anchors {
		if a := &b.anchors[cl]; a.from < a.to {
			b.hanging[cl>>6] |= 1 << (cl & 63)
		}
		if a := &b.anchors[cl]; a.bagFrom < a.bagTo {
			b.bagged[cl>>6] |= 1 << (cl & 63)
		}
	}
	put := func(list []int32) {
		slices.Sort(list)
		for i, cl := range list {
			if w := uint32(cl >> 6); i == 0 || b.rows[len(b.rows)-1].word != w {
				b.rows = append(b.rows, classes{word: w})
			}
			b.rows[len(b.rows)-1].mask |= 1 << (cl & 63)
		}
	}
	for m := range marks {
		from := int32(len(b.rows))
		put([]int32{to[m]})
		put(moved(c.alias[m]))
		n := int32(len(b.rows)) - from
		b.markOut = append(b.markOut, termOut{from, 1, n})
	}
	build := func(free bool) (*trie, []termOut) {
		var keys []termKey
		for k := range c.terms {
			if k.free == free {
				keys = append(keys, k)
			}
		}
		slices.SortFunc(keys, func(x, y termKey) int {
			if d := strings.Compare(x.text, y.text); d != 0 {
				return d
			}
			return int(bit(y.prefix)) - int(bit(x.prefix))
		})
		var terms []string
		var outs []termOut
		for i, k := range keys {
			if i == 0 || k.text != keys[i-1].text {
				terms = append(terms, k.text)
				outs = append(outs, termOut{row: int32(len(b.rows))})
			}
			put(moved(c.terms[k]))
			out := &outs[len(outs)-1]
			out.all = int32(len(b.rows)) - out.row
			if k.prefix {
				out.prefix = out.all
			}
		}
		return newTrie(terms), outs
	}
	b.bound, b.boundOut = build(false)
	b.free, b.freeOut = build(true)
	b.rows, b.owners, b.patterns, b.slots = slices.Clip(b.rows), slices.Clip(b.owners), slices.Clip(b.patterns), slices.Clip(b.slots)
	return b
}

// rarities guesses how often each class is met: the sum over its terms, of which
// short ones and those that many classes share are common.
func (c *compiler) rarities(to []int32) []float32 {
	out := make([]float32, len(c.classes))
	for k, list := range c.terms {
		w := float32(len(list))
		for _, r := range k.text {
			if r >= 0x2e80 {
				w *= 0.05
			} else {
				w *= 0.4
			}
		}
		for _, cl := range list {
			out[to[cl]] += w
		}
	}
	for m := range marks {
		out[to[m]] += 0.05
		for _, cl := range c.alias[m] {
			out[to[cl]] += 0.05
		}
	}
	return out
}

// neighbours gives every class a new number, so that those with the same common
// terms stand side by side.
func (c *compiler) neighbours() []int32 {
	keys := make([]termKey, 0, len(c.terms))
	for k := range c.terms {
		keys = append(keys, k)
	}
	// The terms of most classes first.
	slices.SortFunc(keys, func(x, y termKey) int {
		return cmp.Or(cmp.Compare(len(c.terms[y]), len(c.terms[x])), strings.Compare(x.text, y.text), cmp.Compare(bit(x.free), bit(y.free)), cmp.Compare(bit(x.prefix), bit(y.prefix)))
	})
	const deep = 4
	lead := make([][deep]int32, len(c.classes)) // of each class: its commonest terms
	for i, k := range keys {
		for _, cl := range c.terms[k] {
			for d := range deep {
				if lead[cl][d] == 0 {
					lead[cl][d] = int32(i) + 1
					break
				}
			}
		}
	}
	order := make([]int32, len(c.classes))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int {
		return cmp.Or(slices.Compare(lead[x][:], lead[y][:]), cmp.Compare(x, y))
	})
	to := make([]int32, len(order))
	for at, cl := range order {
		to[cl] = int32(at)
	}
	return to
}

func rarest(row []slot, rarity []float32) int {
	at := 0
	for i := range row {
		if rarity[row[i].class] < rarity[row[at].class] {
			at = i
		}
	}
	return at
}

// byClass sorts rows by the classes they belong to, keeping their order, and
// tells where the rows of each class stand.
func byClass[T any](rows []T, class []int32, classes int, tell func(class int, from, to int32)) []T {
	at := make([]int32, classes+1)
	for _, cl := range class {
		at[cl+1]++
	}
	for cl := range classes {
		at[cl+1] += at[cl]
		tell(cl, at[cl], at[cl+1])
	}
	out := make([]T, len(rows))
	for i, cl := range class {
		out[at[cl]] = rows[i]
		at[cl]++
	}
	return out
}

// parse reads the phrase language described in locales/README.md.
func parse(phrase string, groups map[string][]string) (items []item, join byte, err error) {
	joint := next
	var plain []string
	flush := func() {
		if len(plain) > 0 {
			items = append(items, item{words: []string{strings.Join(plain, " ")}, joint: joint})
			plain, joint = nil, next
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
			shut := map[byte]string{'(': ")", '[': "]"}[rest[0]]
			end := strings.Index(rest, shut)
			if end < 0 {
				return nil, 0, fmt.Errorf("missing %q", shut)
			}
			flush()
			it := item{joint: joint, optional: rest[0] == '['}
			for _, w := range strings.Split(rest[1:end], "|") {
				w = strings.TrimSpace(w)
				switch {
				case strings.Contains(w, "<"):
					before, tail, _ := strings.Cut(w, "<")
					name, after, _ := strings.Cut(tail, ">")
					g, ok := groups[name]
					if !ok || strings.ContainsAny(before+after, "<>…#([") {
						return nil, 0, fmt.Errorf("no group in %q in [words], or more than one", w)
					}
					for _, m := range g {
						it.words = append(it.words, before+m+after)
					}
				case strings.HasPrefix(w, "#") && known(w[1:]):
					it.marks = append(it.marks, w[1:])
				case strings.ContainsAny(w, "<>…#([") || w == "":
					return nil, 0, fmt.Errorf("%q inside brackets", w)
				default:
					it.words = append(it.words, w)
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
			items = append(items, item{words: g, joint: joint})
			joint, rest = next, rest[end+1:]
		case rest[0] == '#':
			end := 1
			for end < len(rest) && rest[end] >= 'a' && rest[end] <= 'z' {
				end++
			}
			if !known(rest[1:end]) {
				return nil, 0, fmt.Errorf("no mark %s", rest[:end])
			}
			flush()
			items = append(items, item{marks: []string{rest[1:end]}, joint: joint})
			joint, rest = next, rest[end:]
		default:
			end := strings.IndexAny(rest, " ([<#…")
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
				items = append(items, item{words: []string{w}, joint: joint})
				joint = next
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

func known(mark string) bool {
	for _, m := range marks {
		if m == mark {
			return true
		}
	}
	return false
}

// variants are the phrase with and without each part that may be missing.
func variants(items []item) [][]item {
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
