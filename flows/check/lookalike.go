package check

import (
	"fmt"
	"io/fs"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// brand is one row of brands.toml.
type brand struct {
	Name   string   `toml:"name"`
	Own    []string `toml:"own"`
	Plain  bool     `toml:"plain"`
	Social bool     `toml:"social"`
}

// brands are the protected names and what stands beside them when somebody
// imitates one.
type brands struct {
	list  []brand
	names map[string]int  // as written
	shape map[string]int  // as the eye takes them
	masks []uint32        // the letters of each name
	sizes [1 << 10]uint32 // of names and words that begin with two letters, how long there are
	words map[string]bool // shapes of words; true for bait
	tlds  map[string]bool
	other map[string]bool // honest names that look like one
	from  int             // length of the shortest and the longest name
	to    int
}

// readBrands reads the protected names; their owners' domains are known hosts.
func readBrands(fsys fs.FS) (*hosts, *brands, error) {
	h, err := readHosts(fsys)
	if err != nil {
		return nil, nil, err
	}
	var file struct {
		Words []string `toml:"words"`
		Bait  []string `toml:"bait"`
		TLDs  []string `toml:"tlds"`
		Other []string `toml:"others"`
		Brand []brand  `toml:"brand"`
	}
	if err := decodeFacts(fsys, "brands.toml", &file); err != nil {
		return nil, nil, err
	}
	b := &brands{
		list: file.Brand, names: map[string]int{}, shape: map[string]int{},
		words: map[string]bool{}, tlds: map[string]bool{}, other: map[string]bool{}, from: 1 << 10,
	}
	for i, row := range b.list {
		if _, twice := b.names[row.Name]; twice || len(row.Name) < 3 || len(row.Name) > 30 || len(row.Own) == 0 {
			return nil, nil, fmt.Errorf("decode brands.toml: %q stands twice, is too short or has no domain of its own", row.Name)
		}
		b.names[row.Name], b.shape[string(shapeOf(nil, row.Name))] = i, i
		b.from, b.to = min(b.from, len(row.Name)), max(b.to, len(row.Name))
		b.masks = append(b.masks, lettersOf(row.Name))
		for _, own := range row.Own {
			if canon, ok := canonHost(own); !ok || canon != own {
				return nil, nil, fmt.Errorf("decode brands.toml: %q is no plain host name", own)
			}
			h.known[own] = true
		}
	}
	for _, w := range slices.Concat(file.Words, file.Bait) {
		if len(w) < 2 || len(w) > 30 {
			return nil, nil, fmt.Errorf("decode brands.toml: %q is too short or too long", w)
		}
	}
	for _, w := range file.Words {
		b.words[string(shapeOf(nil, w))] = false
	}
	for _, w := range file.Bait {
		b.words[string(shapeOf(nil, w))] = true
	}
	for shape := range b.shape {
		b.sizes[pair(shape[0], shape[1])] |= 1 << len(shape)
	}
	for shape := range b.words {
		b.sizes[pair(shape[0], shape[1])] |= 1 << len(shape)
	}
	for _, o := range file.Other {
		b.other[o] = true
	}
	for _, t := range file.TLDs {
		b.tlds[t] = true
	}
	return h, b, nil
}

// shapeOf writes a label as the eye takes it: letters of other alphabets, digits
// and pairs that pass for a Latin letter become that letter, i and l are one.
func shapeOf(to []byte, label string) []byte {
	for i := 0; i < len(label); i++ {
		b := label[i]
		if b < utf8.RuneSelf {
			to = seen(to, b)
			continue
		}
		r, n := utf8.DecodeRuneInString(label[i:])
		for _, f := range fold(r) {
			if l, ok := lookalike[f]; ok {
				f = l
			}
			if f < utf8.RuneSelf {
				to = seen(to, byte(f))
			}
		}
		i += n - 1
	}
	return to
}

// seen adds a letter as the eye takes it beside the one before.
func seen(to []byte, b byte) []byte {
	if digit(b) {
		b = "oi2eas6tbg"[b-'0']
	}
	switch n := len(to); {
	case b == 'i':
		b = 'l'
	case b == 'n' && n > 0 && to[n-1] == 'r':
		to[n-1] = 'm'
		return to
	case b == 'v' && n > 0 && to[n-1] == 'v':
		to[n-1] = 'w'
		return to
	}
	return append(to, b)
}

// pair numbers two leading letters, some alike.
func pair(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// lettersOf is the set of letters of a word.
func lettersOf(word string) uint32 {
	var m uint32
	for i := 0; i < len(word); i++ {
		m |= 1 << (word[i] & 31)
	}
	return m
}

// imitated says whether a site that is not allowed passes itself off as a
// protected name's.
func (b *brands) imitated(h *hosts, s site) bool {
	host, root := s.host, s.root
	if digit(host[len(host)-1]) {
		return false
	}
	name, suffix, ok := strings.Cut(host[root:], ".")
	if !ok {
		return false
	}
	odd := b.tlds[suffix[strings.LastIndexByte(suffix, '.')+1:]] && !h.shared[suffix]
	tenant := h.tenants[suffix] || h.tenants[host[root:]]
	if b.label(name, odd, tenant) {
		return true
	}
	if root == 0 {
		return false
	}
	next := name
	for rest := host[:root-1]; ; {
		dot := strings.LastIndexByte(rest, '.')
		label := rest[dot+1:]
		if i, is := b.names[label]; is {
			// paypal.com.example.net, or the name before somebody else's of a cheap
			// ending: before others firms that hire for it put it too.
			if next == "com" || next == "net" || next == "org" || next == "co" || next == "io" {
				return true
			}
			if odd && !tenant && !b.list[i].Social && !b.list[i].Plain {
				return true
			}
		} else if b.label(label, odd, tenant) {
			return true
		}
		if dot < 0 {
			return false
		}
		next, rest = label, rest[:dot]
	}
}

// label weighs one label of a host: the name with other letters, with one letter
// wrong, with words around it, or on an ending its owner does not use.
func (b *brands) label(label string, odd, tenant bool) bool {
	if len(label) < b.from || b.other[label] {
		return false
	}
	foreign := false
	if strings.HasPrefix(label, "xn--") {
		written, err := idna.Punycode.ToUnicode(label)
		if err != nil {
			return false
		}
		label, foreign = written, true
	}
	if i, is := b.names[label]; is {
		return odd && (!b.list[i].Plain || len(label) >= 4)
	}
	if tenant && strings.IndexByte(label, '-') < 0 && !foreign {
		return false
	}
	var room [64]byte
	shape := shapeOf(room[:0], label)
	if i, is := b.shape[string(shape)]; is {
		return foreign || len(b.list[i].Name) >= 5 || odd
	}
	if !foreign && b.typo(label, odd) {
		return true
	}
	return b.dressed(label, shape, odd)
}

// typo says whether label is one letter away from a name: one wrong, dropped,
// doubled or added, or two neighbours swapped.
func (b *brands) typo(label string, odd bool) bool {
	if len(label) < b.from || len(label) > b.to+1 {
		return false
	}
	var shape [64]byte
	if _, is := b.words[string(shapeOf(shape[:0], label))]; is {
		return false // finance is no binance
	}
	letters := lettersOf(label)
	for i, m := range b.masks {
		if bits.OnesCount32(m^letters) > 2 {
			continue
		}
		if row := &b.list[i]; oneOff(label, row.Name) && row.near(label, odd) {
			return true
		}
	}
	return false
}

// near says whether a word one slip away from the name is meant for it. The
// shorter the name, the more honest words are its neighbours: then the slip must
// be one the eye passes over, or the ending one its owner does not use.
func (row *brand) near(label string, odd bool) bool {
	n := len(row.Name)
	for i := 0; i < len(label); i++ {
		if digit(label[i]) && strings.IndexByte(row.Name, label[i]) < 0 {
			return false // a digit that looks like no letter
		}
	}
	switch {
	case row.Plain:
		return n >= 5 && odd || (n >= 6 || n >= 4 && odd) && kindSlip(label, row.Name)
	case odd && n >= 5 || n >= 7 && label[0] == row.Name[0]:
		return true
	case n == 6:
		// Its ends stand: rolbox, robox and roblpox, not goblox.
		return label[0] == row.Name[0] && label[len(label)-1] == row.Name[n-1]
	}
	return (n >= 5 || n == 4 && odd) && kindSlip(label, row.Name)
}

// oneOff says whether two different words of ASCII are one slip apart.
func oneOff(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// kindSlip holds for slips the eye passes over, two letters swapped or one
// doubled: enough for a short name, whose other neighbours are words too.
func kindSlip(label, name string) bool {
	if len(label) == len(name) {
		diff := 0
		for i := range label {
			if label[i] != name[i] {
				diff++
			}
		}
		return diff == 2
	}
	if len(label) < len(name) {
		return false
	}
	for i := 1; i < len(label); i++ {
		if label[i] == label[i-1] && label[:i]+label[i+1:] == name {
			return true
		}
	}
	return false
}

// dressed says whether a label is a name in words that make it look official:
// secure-name, name-login, mynamewallet. Parts between hyphens that hold neither
// do not matter.
func (b *brands) dressed(label string, shape []byte, odd bool) bool {
	named, plain, word, bait := false, false, false, false
	hyphen := strings.IndexByte(label, '-') >= 0
	for from := 0; from <= len(shape); {
		to := from
		for to < len(shape) && shape[to] != '-' {
			to++
		}
		piece := shape[from:to]
		p := b.part(piece)
		named, plain = named || p&partName != 0, plain || p&partPlain != 0
		word, bait = word || p&(partWord|partBait) != 0, bait || p&partBait != 0
		if p == 0 && hyphen && len(piece) >= 6 {
			named = named || b.typo(string(piece), false) // misspelt, in words
		}
		from = to + 1
	}
	return named && word || plain && bait
}

// What a part of a label is made of.
const (
	partName  = 1 << iota // a protected name
	partPlain             // one that is an ordinary word, or that honest names hold too
	partWord
	partBait
)

// part takes a part of a label to pieces: names, words and digits. It gives 0
// when something else is left.
func (b *brands) part(shape []byte) int {
	if len(shape) == 0 || len(shape) > 40 {
		return 0
	}
	var reach [41]int // what the best way to this place holds, 0 for none
	const here = 1 << 8
	reach[0] = here
	for i := 0; i < len(shape); i++ {
		if reach[i] == 0 {
			continue
		}
		if i+1 == len(shape) {
			break
		}
		for sizes := b.sizes[pair(shape[i], shape[i+1])]; sizes != 0; sizes &= sizes - 1 {
			j := i + bits.TrailingZeros32(sizes)
			if j > len(shape) {
				break
			}
			what := 0
			if n, is := b.shape[string(shape[i:j])]; is && (j-i >= 4 || j-i == len(shape)) {
				what = partName
				if b.list[n].Plain || b.list[n].Social {
					what = partPlain
				}
			} else if bait, is := b.words[string(shape[i:j])]; is {
				what = partWord
				if bait {
					what = partBait
				}
			}
			if what != 0 && reach[i]|what > reach[j] {
				reach[j] = reach[i] | what
			}
		}
	}
	return reach[len(shape)] &^ here
}
