package check

import (
	"slices"
	"strings"
	"sync"
)

// A call is a text the head that hears learns from, or must not mistake for one.
type call struct {
	lang, source string
	cluster      string
	hard         bool // written to sound like captivity
	example
}

// Choices of the head that hears.
const (
	heldCost   = 0.1   // what a wrong row may cost
	heldOther  = 2500  // texts of each source that are not about captivity
	heldHard   = 0.03  // share of texts written to sound like captivity that may be taken for it
	heldOwn    = 0.01  // share of the project's own lures and honest messages
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
	k := call{lang: lang, source: r.Source, cluster: r.Cluster, hard: r.Call == Free || r.Kind == "captive_not"}
	k.scam = r.Call == Held
	mind, some := s.settle(int32(slices.Index(c.langs, lang)))
	if !some || s.words < ponderWords {
		return k // never heard, and nothing to learn
	}
	k.lang = c.langs[mind]
	s.heldFeatures()
	s.grams[headHeld] = s.distinct(s.nearby(s.grams[headHeld][:0]))
	k.dense, k.weight = slices.Clone(s.held), heldCost
	k.grams[headHeld] = slices.Clone(s.grams[headHeld])
	return k
}

// fold is the part of the texts a call is judged with.
func (k *call) fold() int { return int(hash(k.cluster) / heldOut % heldFolds) }

// hear teaches the head that hears and sets its bars, as high as texts ask which
// it had not seen. A lesson that lacks a source of another asks what that one did.
func (l *Lesson) hear(m *model) {
	h := &m.heads[headHeld]
	l.hearing(-1).solve(h)
	if l.heard == nil {
		l.heard = l.heldBars(l.unseen())
	}
	for at, tongue := range l.tongues {
		bar, ok := l.heard[tongue]
		if !ok {
			bar = deaf
		}
		h.raise[at] = bar
	}
}

// hearing is what the head that hears learns, but for the texts of a part.
func (l *Lesson) hearing(without int) *task {
	t := &task{head: headHeld, dense: heldSize, scale: 1, own: make([]float32, 1)}
	for i := range l.calls {
		if k := &l.calls[i]; k.weight > 0 && k.fold() != without {
			t.examples = append(t.examples, &k.example)
		}
	}
	return t
}

// unseen judges every call by weights that did not see it.
func (l *Lesson) unseen() []float32 {
	sums := make([]float32, len(l.calls))
	var wg sync.WaitGroup
	for fold := range heldFolds {
		wg.Go(func() {
			h := &newModel([]string{""}, 0).heads[headHeld]
			l.hearing(fold).solve(h)
			for i := range l.calls {
				switch k := &l.calls[i]; {
				case k.fold() != fold:
				case k.weight == 0:
					sums[i] = unheard
				default:
					sums[i] = h.sum(h.dense, k.dense, k.grams[headHeld])
				}
			}
		})
	}
	wg.Wait()
	return sums
}

// heldBars says what each language asks. One with few texts written to sound like
// captivity has no bar: it hears by its phrases alone.
func (l *Lesson) heldBars(sums []float32) map[string]float32 {
	shares := [...]float64{heldHard, heldOwn, heldAlarms}
	var free [len(shares)]map[string][]float32
	for i := range free {
		free[i] = map[string][]float32{}
	}
	for i := range l.calls {
		k, of := &l.calls[i], 2
		switch {
		case k.scam:
			continue
		case k.hard:
			of = 0
		case ours(k.source):
			of = 1
		}
		free[of][k.lang] = append(free[of][k.lang], sums[i])
	}
	bars := map[string]float32{}
	for lang, hard := range free[0] {
		if len(hard) < heldLeast {
			continue
		}
		bar := float32(unheard)
		for of, share := range shares {
			sums := free[of][lang]
			if len(sums) < heldLeast {
				continue
			}
			// Two texts may always pass: else a single one would ask for all.
			slices.Sort(sums)
			bar = max(bar, sums[len(sums)-1-max(2, int(float64(len(sums))*share))])
		}
		bars[lang] = bar
	}
	return bars
}
