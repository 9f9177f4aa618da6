package check

import "sort"

// A trie finds every term that begins at a place in a folded text. Nodes lie in
// one flat slice: 10,000 phrases stay under a few megabytes and are built in
// milliseconds, where automaton libraries take hundreds.
type trie struct {
	root  [256]int32 // node of each first byte, 0 when none
	nodes []node
	label []byte
	next  []int32
}

type node struct {
	edge  int32 // first of its edges in label and next
	edges uint8 // how many, less one when full: a node never has all 256
	term  int32 // the term that ends here, -1 when none
}

// newTrie builds a trie of distinct terms; a term's id is its index.
func newTrie(terms []string) *trie {
	order := make([]int32, len(terms))
	for i := range order {
		order[i] = int32(i)
	}
	sort.Slice(order, func(a, b int) bool { return terms[order[a]] < terms[order[b]] })
	t := &trie{nodes: make([]node, 1, len(terms)*4+1)}
	t.nodes[0].term = -1
	for i := 0; i < len(order); {
		c := terms[order[i]][0]
		j := i
		for j < len(order) && terms[order[j]][0] == c {
			j++
		}
		t.root[c] = t.build(terms, order[i:j], 1)
		i = j
	}
	return t
}

// build makes the node that all terms of order share after depth bytes.
func (t *trie) build(terms []string, order []int32, depth int) int32 {
	id := int32(len(t.nodes))
	t.nodes = append(t.nodes, node{term: -1})
	if len(terms[order[0]]) == depth {
		t.nodes[id].term = order[0]
		order = order[1:]
	}
	var labels []byte
	var groups [][]int32
	for i := 0; i < len(order); {
		c := terms[order[i]][depth]
		j := i
		for j < len(order) && terms[order[j]][depth] == c {
			j++
		}
		labels = append(labels, c)
		groups = append(groups, order[i:j])
		i = j
	}
	edge := int32(len(t.label))
	t.nodes[id].edge, t.nodes[id].edges = edge, uint8(len(labels))
	t.label = append(t.label, labels...)
	t.next = append(t.next, make([]int32, len(labels))...)
	for i, g := range groups {
		n := t.build(terms, g, depth+1)
		t.next[edge+int32(i)] = n
	}
	return id
}

// step goes from node n by byte c, 0 when no term goes on so.
func (t *trie) step(n int32, c byte) int32 {
	nd := &t.nodes[n]
	lo, hi := nd.edge, nd.edge+int32(nd.edges)
	for hi-lo > 8 {
		mid := (lo + hi) / 2
		if t.label[mid] <= c {
			lo = mid
		} else {
			hi = mid
		}
	}
	for ; lo < hi; lo++ {
		if t.label[lo] == c {
			return t.next[lo]
		}
	}
	return 0
}
