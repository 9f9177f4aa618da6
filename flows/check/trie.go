package check

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// A trie finds every term that begins at a letter of a folded text. It begins
// with a whole letter and branches only where terms differ, so that a walk
// touches few nodes: they lie in one slice, 16 bytes each.
type trie struct {
	block [(utf8.MaxRune + 1) >> 8]uint16 // of each block of 256 first letters, its row in first
	first [][256]int32                    // node of each first letter, 0 when no term begins so
	nodes []node
	label []byte // of each node but a first letter's, the byte that leads to it
	rest  []byte
}

type node struct {
	rest int32  // in trie.rest: the bytes all terms of the node share after its label
	size uint16 // how many those are
	lead byte   // the first of them, so that most walks end without a look at the rest
	kids uint8
	kid  int32 // the first of its children
	term int32 // the term that ends behind the rest, -1 when none
}

// newTrie builds a trie of distinct terms in ascending order; a term's id is its
// index.
func newTrie(terms []string) *trie {
	t := &trie{first: make([][256]int32, 1), nodes: make([]node, 1, len(terms)*3/2+1)}
	t.label = make([]byte, 1, cap(t.nodes))
	for lo := 0; lo < len(terms); {
		r, n := utf8.DecodeRuneInString(terms[lo])
		hi := lo + 1
		for hi < len(terms) && len(terms[hi]) >= n && terms[hi][:n] == terms[lo][:n] {
			hi++
		}
		if t.block[r>>8] == 0 {
			t.block[r>>8] = uint16(len(t.first))
			t.first = append(t.first, [256]int32{})
		}
		id := int32(len(t.nodes))
		t.nodes, t.label = append(t.nodes, node{}), append(t.label, 0)
		t.first[t.block[r>>8]][r&0xff] = id
		t.build(terms, lo, hi, n, id)
		lo = hi
	}
	t.nodes, t.label, t.rest = slices.Clip(t.nodes), slices.Clip(t.label), slices.Clip(t.rest)
	return t
}

// build fills the node of terms[lo:hi], which are alike for depth bytes.
func (t *trie) build(terms []string, lo, hi, depth int, id int32) {
	a, z := terms[lo], terms[hi-1]
	end := depth
	for end < len(a) && end < len(z) && a[end] == z[end] {
		end++
	}
	nd := node{rest: int32(len(t.rest)), size: uint16(end - depth), term: -1}
	t.rest = append(t.rest, a[depth:end]...)
	if end > depth {
		nd.lead = a[depth]
	}
	if len(a) == end {
		nd.term = int32(lo)
		lo++
	}
	nd.kid = int32(len(t.nodes))
	for i := lo; i < hi; i++ {
		if i == lo || terms[i][end] != terms[i-1][end] {
			t.nodes, t.label = append(t.nodes, node{}), append(t.label, terms[i][end])
			nd.kids++
		}
	}
	t.nodes[id] = nd
	kid := nd.kid
	for i := lo; i < hi; kid++ {
		j := i + 1
		for j < hi && terms[j][end] == terms[i][end] {
			j++
		}
		t.build(terms, i, j, end+1, kid)
		i = j
	}
}

// at gives the node of a first letter, 0 when no term begins with it.
func (t *trie) at(r rune) int32 { return t.first[t.block[r>>8]][r&0xff] }

// child gives the child of a node that byte c leads to, 0 when there is none.
func (t *trie) child(nd *node, c byte) int32 {
	lo, hi := nd.kid, nd.kid+int32(nd.kids)
	if hi-lo > 8 {
		if k := bytes.IndexByte(t.label[lo:hi], c); k >= 0 {
			return lo + int32(k)
		}
		return 0
	}
	for ; lo < hi; lo++ {
		if t.label[lo] == c {
			return lo
		}
	}
	return 0
}
