package check

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Words read off a picture. Programs that read letters lose the small marks of
// Burmese and Thai and take some letters for others, always the same ones. A
// mender knows the words of all phrases and puts a stretch of letters right that
// can only be one of them misread. What each mistake costs was learned by reading
// pictures of known texts, none of them a lure, and counting.
//
// A mender never drops or adds a letter that turns a sentence round: the
// Burmese "ma" and what Thai "mai" is made of.

const (
	// mostMended is how many runes of one reading are looked at.
	mostMended = 1200
	// fewMended is how many letters of a script a reading must have.
	fewMended = 8
	// never is the cost of a change that is not made.
	never = 200
	// A short word, in which little is left to know it by, may cost less.
	shortWord = 60 // weight
	leastWord = 28 // weight; shorter words are left as they are
	// doubt is how much the cost of a mended word tells against it, beside words
	// that were read well.
	doubt = 4
)

// Costs and weights of letters, a letter that stands on the line being 20.
const (
	body    = 20
	bodyOff = 22 // dropping or adding one
)

// A blur says how letters of one script are misread.
type blur struct {
	first, last rune
	turns       string         // letters that may not come or go
	drop        map[rune]uint8 // marks that are lost, and how dear that is
	alike       map[[2]rune]uint8
	extra       uint8 // a mark too many
	long, short int   // what a word may cost of its weight, in percent
}

func newBlur(first, last rune, turns string, extra uint8, long, short int, drop []lost, alike []group) *blur {
	b := &blur{first: first, last: last, turns: turns, drop: map[rune]uint8{}, alike: map[[2]rune]uint8{}, extra: extra, long: long, short: short}
	for _, d := range drop {
		for _, r := range d.marks {
			b.drop[r] = d.cost
		}
	}
	for _, g := range alike {
		for _, x := range g.letters {
			for _, y := range g.letters {
				if at, ok := b.alike[[2]rune{x, y}]; x != y && (!ok || g.cost < at) {
					b.alike[[2]rune{x, y}] = g.cost
				}
			}
		}
	}
	return b
}

type lost struct {
	cost  uint8
	marks string
}

type group struct {
	cost    uint8
	letters string
}

func burmeseBlur() *blur {
	return newBlur(0x1000, 0x109f, "မ", 7, 15, 5,
		[]lost{{2, "\u103a\u102d"}, {3, "\u103c\u1037\u102e\u102b"}, {4, "\u1036\u103d\u1032\u103b\u103e"}, {5, "\u102f\u1030\u1038\u1039"}, {10, "\u1031\u102c"}},
		[]group{
			{3, "\u102f\u1030"}, {4, "\u102f\u1030\u103e\u103b\u103d\u1037"}, {4, "\u102d\u102e\u1032\u1036"}, {3, "\u1062\u1064\u1088\u103a\u1038\u1094"},
			{5, "\u103a\u1039\u102b\u102c"}, {5, "\u103c\u103b"},
			{2, "စဈ"}, {2, "ဉဥဦည"}, {1, "ဝ၀"}, {8, "ကတဂ"}, {8, "ပဖဗ"}, {8, "ထလဆ"}, {8, "ယသ"}, {8, "ခစဒ"}, {6, "ဌဋဠ"}, {4, "ရ၇"}, {10, "နင"},
		})
}

func thaiBlur() *blur {
	return newBlur(0x0e00, 0x0e7f, "ไม", 7, 7, 4,
		[]lost{{2, "่้๊๋์็"}, {3, "\u0e4d\u0e31"}, {4, "ิีึืุู"}},
		[]group{
			{2, "ิีึื"}, {2, "ุู"}, {2, "่้๊๋์็ั\u0e4d"}, {3, "กคถภ"}, {5, "ดต"}, {5, "บปษ"}, {5, "ผฝพฟ"}, {5, "ขชซ"}, {4, "โไใ"},
			{6, "สล"}, {6, "รธ"}, {7, "ทห"}, {7, "งจว"}, {7, "นม"}, {6, "ฎฏ"}, {3, "เแ"}, {7, "ญณ"}, {6, "อฮ"},
		})
}

// A wording is a word as it should be read.
type wording struct {
	letters []rune
	places  []uint8 // of its letters in the alphabet
	weight  int
	limit   int32 // what it may cost
}

// mender puts words of one script right.
type mender struct {
	*blur
	words    []wording
	longest  int     // letters of a word
	alphabet []rune  // all letters of the words
	drops    []int32 // of each, what it costs when it was not read
}

// Mender answers what puts right a text that was read off a picture: words of
// Burmese and Thai phrases that came out with wrong or missing letters. A text of
// other scripts, and words it does not know, stay as they are. What it answers is
// safe for concurrent use.
func (c *Checker) Mender() func(string) string {
	blurs := []*blur{burmeseBlur(), thaiBlur()}
	menders := make([]func() *mender, len(blurs))
	for i, b := range blurs {
		menders[i] = sync.OnceValue(func() *mender { return c.menderOf(b) })
	}
	return func(text string) string {
		for i, b := range blurs {
			if b.stands(text) {
				text = menders[i]().mend(text)
			}
		}
		return text
	}
}

// stands says whether a text has letters of the script enough to be mended.
func (b *blur) stands(text string) bool {
	n := 0
	for _, r := range text {
		if b.in(r) {
			n++
		}
	}
	return n >= fewMended
}

func (b *blur) in(r rune) bool { return r >= b.first && r <= b.last }

// The words for money that stand in no phrase.
var moneyMended = []string{"ဒေါ်လာ", "ကျပ်", "သိန်း", "သောင်း", "ဘတ်", "ယွမ်", "ดอลลาร์", "บาท", "หยวน"}

// menderOf collects the words of one script: of all phrases, cues and places.
func (c *Checker) menderOf(b *blur) *mender {
	m := &mender{blur: b}
	var f folded
	seen := map[string]bool{}
	add := func(w string) {
		f.fold(strings.Trim(w, "*= "))
		w = string(f.text)
		if seen[w] {
			return
		}
		seen[w] = true
		letters := []rune(w)
		weight := 0
		for _, r := range letters {
			if !b.in(r) {
				return
			}
			weight += b.weight(r)
		}
		if weight >= leastWord {
			m.take(letters, weight)
		}
	}
	phrases := func(list []string) {
		for _, p := range list {
			for _, w := range strings.FieldsFunc(p, func(r rune) bool { return strings.ContainsRune("()[]|<>#…~+.", r) }) {
				add(w)
			}
		}
	}
	for _, w := range c.words {
		for _, list := range w.Words {
			phrases(list)
		}
		for _, list := range w.Cues {
			phrases(list)
		}
		for _, s := range w.Signs {
			phrases(s.Phrases)
			phrases(s.Harmless)
		}
	}
	for _, p := range c.facts.places {
		for _, n := range p.Names {
			add(n)
		}
	}
	for _, w := range moneyMended {
		add(w)
	}
	slices.SortFunc(m.words, func(a, z wording) int { return slices.Compare(a.letters, z.letters) })
	return m
}

// take adds a word.
func (m *mender) take(letters []rune, weight int) {
	percent := m.long
	if weight < shortWord {
		percent = m.short
	}
	w := wording{letters: letters, weight: weight, limit: int32(weight * percent / 100)}
	for _, r := range letters {
		a := slices.Index(m.alphabet, r)
		if a < 0 {
			a = len(m.alphabet)
			m.alphabet, m.drops = append(m.alphabet, r), append(m.drops, int32(m.dropped(r)))
		}
		w.places = append(w.places, uint8(a))
	}
	m.words, m.longest = append(m.words, w), max(m.longest, len(letters))
}

// weight is how much a letter says: a mark less than a letter on the line.
func (b *blur) weight(r rune) int {
	if unicode.Is(unicode.M, r) {
		return 6
	}
	return body
}

// dropped is the cost of a letter that was not read.
func (b *blur) dropped(r rune) int {
	if c, ok := b.drop[r]; ok {
		return int(c)
	}
	if strings.ContainsRune(b.turns, r) {
		return never
	}
	return bodyOff
}

// added is the cost of a letter that was read and does not stand there.
func (b *blur) added(r rune) int {
	switch {
	case r == ' ' || r == '\n':
		return 0
	case unicode.Is(unicode.M, r):
		return int(b.extra)
	case strings.ContainsRune(b.turns, r):
		return never
	}
	return bodyOff
}

// turned is the cost of one letter read as another.
func (b *blur) turned(x, y rune) int {
	if x == y {
		return 0
	}
	if c, ok := b.alike[[2]rune{x, y}]; ok {
		return int(c)
	}
	if strings.ContainsRune(b.turns, x) || strings.ContainsRune(b.turns, y) {
		return never
	}
	if unicode.Is(unicode.M, x) && unicode.Is(unicode.M, y) {
		return 9
	}
	return body
}

// A find is a stretch of the text that is a word misread, or read well.
type find struct {
	start, end int // in letters
	word       int
	cost       int
}

// mend writes the words it finds in place of what was read, so that as much of
// the text as can be is words.
func (m *mender) mend(text string) string {
	source := []rune(text)
	read := source[:min(len(source), mostMended)]
	finds := m.finds(read)
	if len(finds) == 0 {
		return text
	}
	slices.SortFunc(finds, func(a, z find) int {
		if a.end != z.end {
			return a.end - z.end
		}
		return a.start - z.start
	})
	// gain[i] is what the best choice among the stretches that end by i is worth.
	gain := make([]int, len(read)+1)
	chosen := make([]int, len(read)+1)
	k := 0
	for i := 1; i <= len(read); i++ {
		gain[i], chosen[i] = gain[i-1], -1
		for ; k < len(finds) && finds[k].end == i; k++ {
			f := finds[k]
			if g := gain[f.start] + m.words[f.word].weight - doubt*f.cost; g > gain[i] {
				gain[i], chosen[i] = g, k
			}
		}
	}
	var picked []find
	for i := len(read); i > 0; {
		if chosen[i] < 0 {
			i--
			continue
		}
		f := finds[chosen[i]]
		picked = append(picked, f)
		i = f.start
	}
	var out strings.Builder
	at := 0
	for _, f := range slices.Backward(picked) {
		if f.cost == 0 {
			continue
		}
		out.WriteString(string(source[at:f.start]))
		out.WriteString(string(m.words[f.word].letters))
		at = f.end
	}
	out.WriteString(string(source[at:]))
	return out.String()
}

// finds looks for every word in every place, each place of a word once.
func (m *mender) finds(read []rune) []find {
	letters := slices.Compact(slices.Sorted(slices.Values(read)))
	at := make([]int, len(read))
	stop := make([]bool, len(letters))   // what no word stands across
	begin := make([]bool, len(letters))  // what a word may begin with
	added := make([]int32, len(letters)) // what it costs where a word has none
	for k, r := range letters {
		stop[k] = !m.in(r) && r != ' ' && r != '\n'
		begin[k] = m.in(r) && !unicode.Is(unicode.M, r)
		added[k] = int32(m.added(r))
	}
	for i, r := range read {
		at[i], _ = slices.BinarySearch(letters, r)
	}
	// Of each letter of the words: what it costs to have been read as each of the
	// letters there are, and the least of that.
	turns, least := make([][]int32, len(m.alphabet)), make([]int32, len(m.alphabet))
	for a, x := range m.alphabet {
		turns[a] = make([]int32, len(letters))
		least[a] = m.drops[a]
		for k, y := range letters {
			turns[a][k] = int32(m.turned(x, y))
			least[a] = min(least[a], turns[a][k])
		}
	}
	var out []find
	col, before := make([]cell, m.longest+1), make([]cell, m.longest+1)
	for id := range m.words {
		w := &m.words[id]
		sum := int32(0)
		for _, a := range w.places {
			sum += least[a]
		}
		if sum > w.limit {
			continue
		}
		n := len(w.places)
		reset := func(c []cell, at int) {
			c[0] = cell{0, int32(at)}
			for j, a := range w.places {
				c[j+1] = cell{c[j].cost + m.drops[a], int32(at)}
			}
		}
		reset(before, 0)
		pending := find{word: -1}
		for i, k := range at {
			if stop[k] {
				reset(before, i+1)
				continue
			}
			col[0] = cell{0, int32(i + 1)}
			for j, a := range w.places {
				best := cell{before[j+1].cost + added[k], before[j+1].start}
				if c := col[j].cost + m.drops[a]; c < best.cost {
					best = cell{c, col[j].start}
				}
				if c := before[j].cost + turns[a][k]; c <= best.cost {
					best = cell{c, before[j].start}
				}
				col[j+1] = best
			}
			if e := col[n]; e.cost <= w.limit && int(e.start) <= i && begin[at[e.start]] {
				// Of all that begins at one place the cheapest, and the shortest.
				f := find{int(e.start), i + 1, id, int(e.cost)}
				switch {
				case pending.word < 0 || pending.start != f.start:
					if pending.word >= 0 {
						out = append(out, pending)
					}
					pending = f
				case f.cost < pending.cost:
					pending = f
				}
			}
			col, before = before, col
		}
		if pending.word >= 0 {
			out = append(out, pending)
		}
	}
	return out
}

// A cell is the cheapest way to have read so much of a word, and where it began.
type cell struct{ cost, start int32 }
