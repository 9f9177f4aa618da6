package check

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// A Row is one labelled text to learn from or to measure on.
type Row struct {
	ID, Text, Source, Lang, Kind, Cluster string
	Scam                                  bool
}

// set is one row of sets.toml.
type set struct {
	Name    string  `toml:"name"`
	Licence string  `toml:"licence"`
	Use     string  `toml:"use"`
	Labels  string  `toml:"labels"`
	Weight  float64 `toml:"weight"`
}

// readSets says which sets may be learned from, and how.
func readSets(fsys fs.FS) (map[string]set, error) {
	var file struct {
		Set []set `toml:"set"`
	}
	if err := decodeFacts(fsys, "sets.toml", &file); err != nil {
		return nil, err
	}
	out := map[string]set{}
	for _, s := range file.Set {
		out[s.Name] = s
	}
	return out, nil
}

// Training. Every choice is fixed so that the same rows give the same bytes.
const (
	learnSeed   = 20261122
	learnEpochs = 12
	learnRate   = 0.15
	learnDecay  = 2e-5 // of hashed weights, a step
	blindRate   = 0.15 // how often a row is shown without its letters
	heldOut     = 10   // one cluster in so many sets the threshold
	// falseAlarms is the share of ordinary texts of a source that may be raised.
	falseAlarms = 0.006
)

// Learn trains the model on rows and writes it to w. What the languages
// without data know comes from the features that mean the same everywhere, so
// some of the rows are shown without their letters. Sources count by the
// root of their size, and in every script the two labels weigh the same: else
// the model would learn which language, or which source, is which label.
// Rows of one cluster stay on one side of the split that sets the threshold.
func (c *Checker) Learn(rows []Row, w io.Writer) error {
	sets, err := readSets(factFiles)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		s, ok := sets[r.Source]
		return !ok || s.Use == "no" || s.Labels == "benign" && r.Scam || s.Labels == "scam" && !r.Scam
	})
	if len(rows) == 0 {
		return fmt.Errorf("train model: no rows of a set that sets.toml allows")
	}
	sort.SliceStable(rows, func(i, j int) bool {
		return rows[i].Source+rows[i].ID < rows[j].Source+rows[j].ID
	})
	examples := make([]example, len(rows))
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	for i, r := range rows {
		examples[i] = c.example(s, r)
	}
	weigh(rows, examples, sets)

	var train, tune []int
	for i, r := range rows {
		if HeldOut(r.Cluster) {
			tune = append(tune, i)
		} else {
			train = append(train, i)
		}
	}
	l := &learner{
		dense: make([]float64, c.denseSize()), denseSq: make([]float64, c.denseSize()),
		grams: make([]float32, 1<<gramBits), gramSq: make([]float32, 1<<gramBits),
	}
	rng := rand.New(rand.NewPCG(learnSeed, 1))
	for range learnEpochs {
		rng.Shuffle(len(train), func(i, j int) { train[i], train[j] = train[j], train[i] })
		for _, i := range train {
			l.step(&examples[i], rng.Float64() < blindRate)
		}
	}
	m := l.pack()
	m.raise = threshold(m, rows, examples, tune)
	return m.write(w)
}

type example struct {
	dense  []denseFeature
	grams  []uint32
	label  float64
	weight float64
}

func (c *Checker) example(s *scratch, r Row) example {
	text := r.Text
	s.fold(text)
	found := c.facts.entities(text)
	c.markEntities(s, found)
	c.book.scan(s)
	c.book.run(s)
	c.read(s, text)
	st := s.weigh(contactWeight(found))
	c.mute(s, st)
	c.raw(s, found, st)
	c.gather(s, Case{Texts: []string{text}}, found, st)
	c.features(s, found, st)
	s.gramsOf()
	e := example{dense: slices.Clone(s.dense), grams: slices.Clone(s.grams)}
	if r.Scam {
		e.label = 1
	}
	return e
}

// weigh gives each row its weight: the root of the source's size shared among
// its rows, and both labels of a language alike.
func weigh(rows []Row, examples []example, sets map[string]set) {
	type part struct {
		source string
		scam   bool
	}
	size := map[part]float64{}
	for _, r := range rows {
		size[part{r.Source, r.Scam}]++
	}
	type side struct {
		lang string
		scam bool
	}
	total := map[side]float64{}
	for i, r := range rows {
		examples[i].weight = sets[r.Source].Weight / math.Sqrt(size[part{r.Source, r.Scam}])
		total[side{r.Lang, r.Scam}] += examples[i].weight
	}
	sum := 0.0
	for i, r := range rows {
		own, other := total[side{r.Lang, r.Scam}], total[side{r.Lang, !r.Scam}]
		if other < own {
			// A language with one label only teaches less, so that it is not the label.
			examples[i].weight *= math.Max(other/own, 0.3)
		}
		sum += examples[i].weight
	}
	for i := range examples {
		examples[i].weight *= float64(len(rows)) / sum
	}
}

// HeldOut says whether the texts of a cluster are kept out of the weights: one
// cluster in ten only sets the threshold.
func HeldOut(cluster string) bool { return hash(cluster)%heldOut == 0 }

func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h ^ h>>29
}

// learner is logistic regression with a step size for each weight.
type learner struct {
	bias, biasSq   float64
	dense, denseSq []float64
	grams, gramSq  []float32
}

func (l *learner) step(e *example, blind bool) {
	z := l.bias
	for _, d := range e.dense {
		z += l.dense[d.at] * float64(d.value)
	}
	norm := float64(gramNorm(len(e.grams)))
	if !blind {
		g := 0.0
		for _, h := range e.grams {
			g += float64(l.grams[h])
		}
		z += g * norm
	}
	grad := (1/(1+math.Exp(-z)) - e.label) * min(e.weight, 20)
	if math.Abs(grad) < 1e-4 {
		return
	}
	adapt := func(sq *float64, g float64) float64 {
		*sq += g * g
		return learnRate * g / (math.Sqrt(*sq) + 1e-3)
	}
	l.bias -= adapt(&l.biasSq, grad)
	for _, d := range e.dense {
		l.dense[d.at] -= adapt(&l.denseSq[d.at], grad*float64(d.value)) + 1e-6*l.dense[d.at]
	}
	if blind {
		return
	}
	g := float32(grad * norm)
	for _, h := range e.grams {
		l.gramSq[h] += g * g
		l.grams[h] -= learnRate*g/(float32(math.Sqrt(float64(l.gramSq[h])))+0.02) + learnDecay*l.grams[h]
	}
}

// pack rounds the hashed weights to a byte each.
func (l *learner) pack() *model {
	var abs []float64
	for _, g := range l.grams {
		if g != 0 {
			abs = append(abs, math.Abs(float64(g)))
		}
	}
	slices.Sort(abs)
	top := 1.0
	if len(abs) > 0 {
		top = abs[len(abs)*999/1000]
	}
	m := &model{bias: float32(l.bias), scale: float32(top / 127), dense: make([]float32, len(l.dense)), grams: make([]int8, len(l.grams))}
	for i, d := range l.dense {
		m.dense[i] = float32(d)
	}
	for i, g := range l.grams {
		m.grams[i] = int8(math.Round(max(-127, min(127, float64(g)/float64(m.scale)))))
	}
	return m
}

// threshold is the logit that so few ordinary texts of each held-out source
// pass: the source that is hardest but one to keep quiet decides.
func threshold(m *model, rows []Row, examples []example, tune []int) float32 {
	bySource := map[string][]float64{}
	for _, i := range tune {
		if rows[i].Scam {
			continue
		}
		s := scratch{}
		s.dense, s.grams = examples[i].dense, examples[i].grams
		bySource[rows[i].Source] = append(bySource[rows[i].Source], float64(m.logit(&s)))
	}
	var cuts []float64
	for _, logits := range bySource {
		if len(logits) < 40 {
			continue
		}
		slices.Sort(logits)
		cuts = append(cuts, logits[int(float64(len(logits))*(1-falseAlarms*2))])
	}
	if len(cuts) == 0 {
		return float32(math.Inf(1))
	}
	slices.Sort(cuts)
	return float32(max(cuts[len(cuts)*3/4], 0))
}
