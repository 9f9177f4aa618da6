package check

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sort"
	"sync"
)

// A Row is one labelled text to learn from or to measure on.
type Row struct {
	ID, Text, Source, Lang, Kind, Cluster string
	Scam                                  bool
	Call                                  Call
}

// A Call says of a text about captivity whether somebody is held. Such a text is
// no lure and no ordinary one: it teaches the head that hears alone.
type Call byte

const (
	NoCall Call = iota
	Held        // somebody is held now, the writer or one they know
	Free        // the words are there, nobody is held
)

// set is one row of sets.toml.
type set struct {
	Name    string  `toml:"name"`
	Licence string  `toml:"licence"`
	Use     string  `toml:"use"`
	Labels  string  `toml:"labels"`
	Weight  float64 `toml:"weight"`
	Alarms  float64 `toml:"alarms"`
	Floor   float64 `toml:"floor"`
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
	learnSeed  = 20261122
	learnRuns  = 8    // times that every row is shown
	tongueRows = 100  // a language of so many texts has weights of its own
	ownRows    = 20   // of each label, in one source
	ownTexts   = 60   // of each label, where the source is the project's own texts: they are no sample of anything
	denseScale = 0.3  // of what all languages share
	tongueSize = 0.9  // of what each language has for itself
	sizePower  = 0.7  // a source counts by its size to the power of what is left to 1
	heldOut    = 10   // one cluster in so many is kept out
	folds      = 3    // parts, each judged by weights of the others, that set the bars
	barRows    = 80   // a source of so many ordinary texts has a say
	alarms     = 0.01 // share of ordinary texts of a source that may be raised, where sets.toml does not say
	strangeBar = 0.07 // how much more a language asks in which nothing could be measured
	wroteBar   = 0.12 // how much more than the project's own messages say, where nobody collected any
	scamsOnly  = 0.08 // what a row of a language counts of which only scams are known, so that the language is not the label
	shortCost  = 0.05 // what a wrong row of mean weight may cost: little, for labels err
	longCost   = 1.0
)

// lowestBar is what every language asks of each head at least.
var lowestBar = [heads]float32{-0.1, -0.25}

// A Lesson is what weights can be learned from: rows read as the checker reads
// texts. Weights made of a lesson are the same bytes each time.
type Lesson struct {
	rows     []Row
	sets     map[string]set
	examples []example
	calls    []call             // what the head that hears learns from
	heard    map[string]float32 // what each language asks of that head, once it is known
	dense    int
	tongues  []string
	own      []bool // of each tongue, whether it has dense weights of its own
	words    []uint32
}

// Study reads the rows of the sets that sets.toml allows.
func (c *Checker) Study(rows []Row) (*Lesson, error) {
	sets, err := readSets(factFiles)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
		s, ok := sets[r.Source]
		return !ok || s.Use == "no" || s.Labels == "benign" && r.Scam || s.Labels == "scam" && !r.Scam
	})
	for i := range rows {
		rows[i].Scam = rows[i].Scam && sets[rows[i].Source].Labels != "ordinary"
	}
	sort.SliceStable(rows, func(i, j int) bool {
		return rows[i].Source+rows[i].ID < rows[j].Source+rows[j].ID
	})
	calls := c.calls(rows)
	rows = slices.DeleteFunc(rows, func(r Row) bool { return r.Call != NoCall || HeldOut(r.Cluster) })
	if len(rows) == 0 {
		return nil, fmt.Errorf("train model: no rows of a set that sets.toml allows")
	}
	l := &Lesson{rows: rows, sets: sets, dense: c.denseSize(), examples: make([]example, len(rows)), calls: calls}
	c.each(len(rows), func(s *scratch, i int) { l.examples[i] = c.example(s, rows[i]) })
	return l, nil
}

// each calls f for every number below n, on all cores, each with a scratch of its own.
func (c *Checker) each(n int, f func(s *scratch, i int)) {
	var wg sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for at := range cores {
		wg.Go(func() {
			s := c.pool.Get().(*scratch)
			defer c.pool.Put(s)
			for i := at; i < n; i += cores {
				f(s, i)
			}
		})
	}
	wg.Wait()
}

// Without is the lesson less a source and all near-duplicates of its texts, to
// measure on that source what the others teach.
func (l *Lesson) Without(source string) *Lesson {
	alike := map[string]bool{}
	for _, r := range l.rows {
		if r.Source == source {
			alike[r.Cluster] = true
		}
	}
	out := &Lesson{sets: l.sets, dense: l.dense, heard: l.heard}
	for _, k := range l.calls {
		if k.source != source && !alike[k.cluster] {
			out.calls = append(out.calls, k)
		}
	}
	for i, r := range l.rows {
		if r.Source != source && !alike[r.Cluster] {
			out.rows, out.examples = append(out.rows, r), append(out.examples, l.examples[i])
		}
	}
	return out
}

// Sources are the sets the lesson has rows of, in order.
func (l *Lesson) Sources() []string {
	var out []string
	for _, r := range l.rows {
		if len(out) == 0 || out[len(out)-1] != r.Source {
			out = append(out, r.Source)
		}
	}
	return out
}

// Learn trains the model and writes it to w. Each head is a linear support
// vector machine with squared loss, solved by dual coordinate descent. Grams that
// are common in some language count less. A large source counts for little more
// than a small one, and in every language the two labels weigh the same: else
// the model would learn which language, or which source, is which label. One
// cluster in ten is kept out of all this. What each language asks is set on
// texts judged by weights that did not see them; rows of one cluster stay on one
// side of every split.
func (l *Lesson) Learn(w io.Writer) error {
	l.settle()
	sums := make([]float64, len(l.rows))
	for fold := range folds {
		tested := func(i int) bool { return int(hash(l.rows[i].Cluster)/heldOut%folds) == fold }
		m := l.train(func(i int) bool { return !tested(i) })
		for i := range l.rows {
			if e := &l.examples[i]; tested(i) {
				sums[i] = float64(m.judge(e))
			}
		}
	}
	m := l.train(func(int) bool { return true })
	for _, h := range []int{headPieces, headWords} {
		l.bars(h, sums, m.heads[h].raise)
	}
	l.hear(m)
	return m.write(w, l.dense)
}

type example struct {
	dense  []denseFeature
	grams  [heads][]uint32
	lang   string   // the checker's guess
	latin  bool     // written in Latin letters
	words  []uint32 // if so
	tongue int
	scam   bool
	weight float64
}

// head is the one that reads the example.
func (e *example) head() int {
	if len(e.grams[headWords]) > 0 {
		return headWords
	}
	return headPieces
}

func (c *Checker) example(s *scratch, r Row) example {
	text := r.Text
	s.fold(text)
	found := c.facts.entities(text)
	c.markEntities(s, found)
	lang := c.listen(s, text)
	st := s.weigh(contactWeight(found))
	c.mute(s, st)
	c.raw(s, found, st)
	c.gather(s, Case{Texts: []string{text}}, found, st)
	c.features(s, found, st)
	s.gramsOf()
	e := example{dense: slices.Clone(s.dense), lang: lang, scam: r.Scam}
	if s.script == "" {
		e.latin, e.words = true, s.wordsOf(nil)
	}
	for h := range heads {
		e.grams[h] = slices.Clone(s.grams[h])
	}
	return e
}

// settle chooses the tongues and gives each row its weight. Among short texts that
// is a little of the source's size shared among its rows, and both labels of a
// language alike. Of long texts the job adverts count most: no other long set was
// labelled by people text by text.
func (l *Lesson) settle() {
	l.speak()
	type part struct {
		source string
		scam   bool
	}
	type side struct {
		lang string
		scam bool
	}
	size, total := map[part]float64{}, map[side]float64{}
	for i, r := range l.rows {
		if l.examples[i].head() == headPieces {
			size[part{r.Source, r.Scam}]++
		}
	}
	for i, r := range l.rows {
		e := &l.examples[i]
		if e.head() == headPieces {
			e.weight = l.sets[r.Source].Weight / math.Pow(size[part{r.Source, r.Scam}], sizePower)
			total[side{r.Lang, r.Scam}] += e.weight
			continue
		}
		switch {
		case r.Kind == "job" && r.Scam:
			e.weight = 2.5
		case r.Kind == "job":
			e.weight = 1
		case r.Scam:
			e.weight = 0.3
		default:
			e.weight = 0.6
		}
	}
	sum, n := 0.0, 0.0
	for i, r := range l.rows {
		if e := &l.examples[i]; e.head() == headPieces {
			own, other := total[side{r.Lang, r.Scam}], total[side{r.Lang, !r.Scam}]
			switch {
			case other == 0 && r.Scam:
				e.weight *= scamsOnly
			case other < own:
				e.weight *= math.Max(other/own, 0.3)
			}
			sum += e.weight
			n++
		}
	}
	for i := range l.examples {
		if e := &l.examples[i]; e.head() == headPieces {
			e.weight = min(e.weight*n/sum, 20) * shortCost
		} else {
			e.weight *= longCost
		}
	}
}

// speak chooses the tongues and which have weights of their own: those in which
// one source has both labels, for else a language, or a source, is the label. What
// scripts do not tell, Latin letters, goes by the label of the rows and is known
// again by the commonest words.
func (l *Lesson) speak() {
	count := map[string]int{}
	seen := map[string]map[uint32]int{}
	for i, r := range l.rows {
		e := &l.examples[i]
		if !e.latin {
			count[e.lang]++
			continue
		}
		count[r.Lang]++
		if seen[r.Lang] == nil {
			seen[r.Lang] = map[uint32]int{}
		}
		once := slices.Clone(e.words)
		slices.Sort(once)
		for _, w := range slices.Compact(once) {
			seen[r.Lang][w]++
		}
	}
	l.tongues = []string{""}
	for lang, n := range count {
		if n >= tongueRows && lang != "und" {
			l.tongues = append(l.tongues, lang)
		}
	}
	slices.Sort(l.tongues)
	l.tongues = l.tongues[:min(len(l.tongues), maxTongues)]
	l.words = make([]uint32, len(l.tongues)*tongueWords)
	for t, lang := range l.tongues {
		words := slices.Collect(maps.Keys(seen[lang]))
		slices.SortFunc(words, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(seen[lang][b], seen[lang][a]), cmp.Compare(a, b))
		})
		copy(l.words[t*tongueWords:(t+1)*tongueWords], words)
	}
	spoken := wordTongues(l.words)
	for i := range l.examples {
		if e := &l.examples[i]; e.latin {
			e.tongue = commonTongue(spoken, e.words)
		} else {
			e.tongue = max(slices.Index(l.tongues, e.lang), 0)
		}
	}
	type part struct {
		source string
		tongue int
	}
	labels := map[part][2]int{}
	l.own = make([]bool, len(l.tongues))
	for i, r := range l.rows {
		p := part{r.Source, l.examples[i].tongue}
		if p.tongue > 0 && l.tongues[p.tongue] != r.Lang {
			continue // not sure enough
		}
		n := labels[p]
		if r.Scam {
			n[1]++
		} else {
			n[0]++
		}
		labels[p] = n
		least := ownRows
		if ours(r.Source) {
			least = ownTexts
		}
		l.own[p.tongue] = l.own[p.tongue] || min(n[0], n[1]) >= least
	}
}

// HeldOut says whether the texts of a cluster are kept out of the weights: one
// cluster in ten, to measure on.
func HeldOut(cluster string) bool { return hash(cluster)%heldOut == 0 }

func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h ^ h>>29
}

// train makes the heads from the rows that are wanted.
func (l *Lesson) train(wanted func(int) bool) *model {
	m := newModel(l.tongues, l.dense)
	copy(m.words, l.words)
	var wg sync.WaitGroup
	for _, h := range []int{headPieces, headWords} {
		wg.Go(func() {
			t := task{head: h, dense: l.dense, scale: denseScale, own: make([]float32, len(l.tongues))}
			for i, own := range l.own {
				if own {
					t.own[i] = tongueSize
				}
			}
			for i := range l.rows {
				if wanted(i) && l.examples[i].head() == h {
					t.examples = append(t.examples, &l.examples[i])
				}
			}
			t.solve(&m.heads[h])
		})
	}
	wg.Wait()
	return m
}

// judge is what the model thinks of an example.
func (m *model) judge(e *example) float32 {
	h := &m.heads[e.head()]
	size := len(h.dense) / len(m.tongues)
	return h.sum(h.dense[e.tongue*size:(e.tongue+1)*size], e.dense, e.grams[e.head()])
}

// A task is what one head learns.
type task struct {
	head     int
	examples []*example
	dense    int
	scale    float32   // of what all tongues share
	own      []float32 // of each tongue, of what it has for itself; 0 where it has nothing
}

// rarity says how much each gram counts: little when it is common in any language.
func (t *task) rarity() []float32 {
	byTongue := make([][]*example, len(t.own))
	for _, e := range t.examples {
		byTongue[e.tongue] = append(byTongue[e.tongue], e)
	}
	most := make([]float32, 1<<gramBits[t.head])
	seen := make([]int32, 1<<gramBits[t.head])
	for _, examples := range byTongue {
		clear(seen)
		for _, e := range examples {
			for _, at := range e.grams[t.head] {
				seen[at]++
			}
		}
		for at, n := range seen {
			most[at] = max(most[at], float32(n)/float32(len(examples)+tongueRows))
		}
	}
	for at, n := range most {
		most[at] = float32(-math.Log(float64(n) + 1e-4))
	}
	return most
}

// solve finds the weights.
func (t *task) solve(out *head) {
	h := t.head
	rare := t.rarity()
	size := t.dense + 1
	grams := make([]float32, 1<<gramBits[h])
	shared, own := make([]float32, size), make([]float32, size*len(t.own))
	alpha, length := make([]float32, len(t.examples)), make([]float32, len(t.examples))
	order := make([]int, len(t.examples))
	for i, e := range t.examples {
		order[i] = i
		ownScale := t.own[e.tongue]
		n := 1 + ownScale*ownScale
		for _, d := range e.dense {
			n += d.value * d.value * (t.scale*t.scale + ownScale*ownScale)
		}
		norm, g := gramNorm(len(e.grams[h])), float32(0)
		for _, at := range e.grams[h] {
			g += rare[at] * rare[at]
		}
		length[i] = n + g*norm*norm
	}
	rng := rand.New(rand.NewPCG(learnSeed, uint64(h)))
	for range learnRuns {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			e := t.examples[i]
			mine, ownScale := own[e.tongue*size:(e.tongue+1)*size], t.own[e.tongue]
			norm, y := gramNorm(len(e.grams[h])), float32(-1)
			if e.scam {
				y = 1
			}
			g := float32(0)
			for _, at := range e.grams[h] {
				g += grams[at] * rare[at]
			}
			z := g*norm + shared[size-1] + mine[size-1]*ownScale
			for _, d := range e.dense {
				z += (shared[d.at]*t.scale + mine[d.at]*ownScale) * d.value
			}
			slack := float32(1 / (2 * e.weight))
			next := max(alpha[i]-(y*z-1+slack*alpha[i])/(length[i]+slack), 0)
			step := (next - alpha[i]) * y
			if step == 0 {
				continue
			}
			alpha[i] = next
			shared[size-1] += step
			mine[size-1] += step * ownScale
			for _, d := range e.dense {
				shared[d.at] += step * d.value * t.scale
				mine[d.at] += step * d.value * ownScale
			}
			step *= norm
			for _, at := range e.grams[h] {
				grams[at] += step * rare[at]
			}
		}
	}
	for tongue, ownScale := range t.own {
		for at := range size {
			scale := t.scale
			if at == size-1 {
				scale = 1
			}
			out.dense[tongue*size+at] = shared[at]*scale + own[tongue*size+at]*ownScale
		}
	}
	// The hashed weights are rounded to a byte each; the few largest are cut.
	var abs []float64
	for at := range grams {
		grams[at] *= rare[at]
		if grams[at] != 0 {
			abs = append(abs, math.Abs(float64(grams[at])))
		}
	}
	out.scale = 1
	if len(abs) > 0 {
		slices.Sort(abs)
		out.scale = float32(abs[len(abs)*9995/10000] / 127)
	}
	for at, g := range grams {
		out.grams[at] = int8(math.Round(max(-127, min(127, float64(g)/float64(out.scale)))))
	}
}

// bars sets what each tongue asks of a head: of each source with enough ordinary
// texts in it, no more than its share may pass. A tongue in which nobody collected
// any asks more than the project's own messages say, and so does "", which stands
// for all that nobody knows; one that has no such messages asks as much as the one
// that asks most, one without weights of its own more than that.
func (l *Lesson) bars(h int, sums []float64, raise []float32) {
	type part struct {
		source string
		tongue int
	}
	ordinary := map[part][]float64{}
	for i, r := range l.rows {
		if e := &l.examples[i]; !r.Scam && e.head() == h {
			ordinary[part{r.Source, e.tongue}] = append(ordinary[part{r.Source, e.tongue}], sums[i])
		}
	}
	set, wrote := make([]bool, len(raise)), make([]bool, len(raise))
	for i := range raise {
		raise[i] = lowestBar[h]
	}
	for p, sums := range ordinary {
		if floor := float32(l.sets[p.source].Floor); floor < 0 && len(sums) >= barRows {
			raise[p.tongue] = min(raise[p.tongue], floor)
		}
	}
	for p, sums := range ordinary {
		if len(sums) < barRows {
			continue
		}
		slices.Sort(sums)
		share := l.sets[p.source].Alarms
		if share == 0 {
			share = alarms
		}
		bar := sums[int(float64(len(sums))*(1-share))]
		raise[p.tongue] = max(raise[p.tongue], float32(bar))
		set[p.tongue] = set[p.tongue] || !ours(p.source)
		wrote[p.tongue] = wrote[p.tongue] || p.source == writtenSource
	}
	most := lowestBar[h]
	for i := range raise {
		if wrote[i] && !set[i] || l.tongues[i] == "" { // no text of most languages that "" stands for was seen
			raise[i] += wroteBar
		}
		if l.own[i] {
			most = max(most, raise[i])
		}
	}
	for i := range raise {
		switch {
		case !l.own[i]:
			raise[i] = max(raise[i], most+strangeBar)
		case !set[i] && !wrote[i]:
			raise[i] = most
		}
	}
}
