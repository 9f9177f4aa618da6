package check

import (
	"slices"
	"strings"
)

// A call is a text the head that hears learns from, or must not mistake for one.
type call struct {
	lang, source string
	cluster      string
	hard         bool // written to sound like captivity, or as a lure into it
	example
}

// Choices of the head that hears.
const (
	heldCost   = 0.1   // what a wrong row may cost
	heldOther  = 2500  // texts of each source that are not about captivity
	heldHard   = 0.05  // share of texts written to sound like captivity that may be taken for it
	heldAlarms = 0.001 // share of all other texts
	heldLeast  = 50    // so many texts of a language set its bar
	heldFolds  = 8     // parts, each judged by weights of the others
)

// calls reads the rows that head learns from: all of the project's own texts and
// some of every source.
func (c *Checker) calls(rows []Row) []call {
	taken := map[string]int{}
	var mine []Row
	for _, r := range rows {
		switch {
		case Measured(r):
			continue
		case !ours(r.Source):
			if taken[r.Source] >= heldOther {
				continue
			}
			taken[r.Source]++
		}
		mine = append(mine, r)
	}
	out := make([]call, len(mine))
	c.each(len(mine), func(s *scratch, i int) { out[i] = c.call(s, mine[i]) })
	return out
}

// Measured says whether the head that hears never learns from a text, to measure
// on: one cluster in ten, but all that tests hold of the project's own texts is
// learned from.
func Measured(r Row) bool {
	return HeldOut(r.Cluster) && (r.Source != ownSource || strings.HasPrefix(r.Kind, "held"))
}

// The sets of the project's own texts: those tests hold, and those to learn from.
const (
	ownSource     = "own"
	writtenSource = "written"
)

func ours(source string) bool { return source == ownSource || source == writtenSource }

func (c *Checker) call(s *scratch, r Row) call {
	s.fold(r.Text)
	found := c.facts.entities(r.Text)
	c.markEntities(s, found)
	lang := c.listen(s, r.Text)
	k := call{lang: lang, source: r.Source, cluster: r.Cluster, hard: r.Call == Free || ours(r.Source) && (r.Scam || r.Kind == "captive_not")}
	mind, some := s.settle(int32(slices.Index(c.langs, lang)))
	if !some {
		return k // never heard, and nothing to learn
	}
	k.lang = c.langs[mind]
	s.heldFeatures()
	s.grams[headHeld] = s.distinct(s.nearby(s.grams[headHeld][:0]))
	k.dense, k.scam, k.weight = slices.Clone(s.held), r.Call == Held, heldCost
	k.grams[headHeld] = slices.Clone(s.grams[headHeld])
	return k
}

// fold is the part of the texts a call is judged with.
func (k *call) fold() int { return int(hash(k.cluster) / heldOut % heldFolds) }

// hear teaches the head that hears and sets its bars, as high as texts ask which
// it had not seen.
func (l *Lesson) hear(m *model) {
	learn := func(fold int, out *head) {
		t := task{head: headHeld, dense: heldSize, scale: 1, own: make([]float32, 1)}
		for i := range l.calls {
			if k := &l.calls[i]; k.weight > 0 && k.fold() != fold {
				t.examples = append(t.examples, &k.example)
			}
		}
		t.solve(out)
	}
	sums := make([]float32, len(l.calls))
	for fold := range heldFolds {
		h := &newModel(l.tongues, l.dense).heads[headHeld]
		learn(fold, h)
		for i := range l.calls {
			if k := &l.calls[i]; k.weight == 0 {
				sums[i] = unheard
			} else if k.fold() == fold {
				sums[i] = h.sum(h.dense, k.dense, k.grams[headHeld])
			}
		}
	}
	h := &m.heads[headHeld]
	learn(-1, h)
	l.heldBars(sums, h.raise)
}

// heldBars sets what each tongue asks. A tongue without texts written to sound
// like captivity hears by its phrases alone.
func (l *Lesson) heldBars(sums []float32, raise []float32) {
	hard, other := make([][]float32, len(l.tongues)), make([][]float32, len(l.tongues))
	for i := range l.calls {
		k := &l.calls[i]
		at := max(slices.Index(l.tongues, k.lang), 0)
		switch {
		case k.scam:
		case k.hard:
			hard[at] = append(hard[at], sums[i])
		default:
			other[at] = append(other[at], sums[i])
		}
	}
	// One text may always pass: else a single one would ask for all.
	above := func(sums []float32, share float64) float32 {
		slices.Sort(sums)
		return sums[len(sums)-1-max(1, int(float64(len(sums))*share))]
	}
	for at := range raise {
		if len(hard[at]) < heldLeast {
			raise[at] = deaf
			continue
		}
		raise[at] = above(hard[at], heldHard)
		if len(other[at]) >= heldLeast {
			raise[at] = max(raise[at], above(other[at], heldAlarms))
		}
	}
}
