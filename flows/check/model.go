package check

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// The statistical model is three linear sums, its heads. One reads short texts by
// their character pieces; the other reads long texts of scripts with spaces, such
// as whole job adverts and mails, by their words and pairs of words, which say
// more where there are many. Both also take what the earlier stages found
// (signs, cues, kinds of values): that means the same in every language, and
// each language may weigh it anew. A text is worth a caution when the sum passes
// the bar of the text's language. The model can raise unclear and no_match to
// caution and it ranks; it never lowers an outcome and never convicts.
type model struct {
	tongues []string // languages with bars and dense weights of their own; the first, "", stands for all others
	words   []uint32 // hashes of the commonest words of each tongue that Latin letters write
	spoken  map[uint32]uint64
	heads   [heads]head
}

// The heads. The third hears captivity: see held.go.
const (
	headPieces = iota
	headWords
	headHeld
	heads
)

// gramBits is the size of each head's hashed table: one byte a weight.
var gramBits = [heads]int{20, 19, 20}

// longWords and longPairs are how many words a text has, and how many different
// words and pairs, that the second head reads.
const (
	longWords = 60
	longPairs = 100
)

type head struct {
	raise []float32 // of each tongue, the sum from which a text is worth a caution, or a cry for help
	dense []float32 // of each tongue, or of all at once, one weight for each dense feature and the bias
	scale float32   // of the hashed weights
	grams []int8    // a power of two
}

//go:embed model.bin
var modelFile []byte

var errModel = errors.New("not a model file of this version")

const modelMagic = "offercheck model 4\n"

// tongueWords is how many common words a tongue is known by, maxTongues how many
// tongues there can be.
const (
	tongueWords = 120
	maxTongues  = 64
)

// parts are the fields of a model file after its tongues, in order.
func (m *model) parts() []any {
	out := []any{m.words}
	for i := range m.heads {
		h := &m.heads[i]
		out = append(out, h.raise, h.dense, &h.scale, h.grams)
	}
	return out
}

// newModel makes room for the weights of the tongues.
func newModel(tongues []string, dense int) *model {
	m := &model{tongues: tongues, words: make([]uint32, len(tongues)*tongueWords)}
	for i := range m.heads {
		m.heads[i] = head{raise: make([]float32, len(tongues)), grams: make([]int8, 1<<gramBits[i])}
		if i == headHeld {
			m.heads[i].dense = make([]float32, heldSize+1)
		} else {
			m.heads[i].dense = make([]float32, len(tongues)*(dense+1))
		}
	}
	return m
}

// readModel reads what write wrote.
func readModel(r io.Reader, dense int) (*model, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(z, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	text, found := bytes.CutPrefix(raw, []byte(modelMagic))
	tongues, rest, ok := bytes.Cut(text, []byte("\n"))
	b := bytes.NewReader(rest)
	var size uint32
	if err := binary.Read(b, binary.LittleEndian, &size); err != nil || !found || !ok || int(size) != dense {
		return nil, fmt.Errorf("read model: %w", errModel)
	}
	names := strings.Split(string(tongues), ",")
	if len(names) > maxTongues {
		return nil, fmt.Errorf("read model: %w", errModel)
	}
	m := newModel(names, dense)
	for _, v := range m.parts() {
		if err := binary.Read(b, binary.LittleEndian, v); err != nil {
			return nil, fmt.Errorf("read model: %w", errModel)
		}
	}
	m.spoken = wordTongues(m.words)
	return m, nil
}

// wordTongues says of each common word which tongues use it, a bit each.
func wordTongues(words []uint32) map[uint32]uint64 {
	out := make(map[uint32]uint64, len(words))
	for i, w := range words {
		if w != 0 {
			out[w] |= 1 << (i / tongueWords)
		}
	}
	return out
}

// Use takes weights that Learn wrote instead of the shipped ones.
func (c *Checker) Use(weights io.Reader) error {
	m, err := readModel(weights, c.denseSize())
	if err != nil {
		return err
	}
	c.model = m
	return nil
}

// write writes the same bytes for the same weights.
func (m *model) write(w io.Writer, dense int) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	if _, err := io.WriteString(z, modelMagic+strings.Join(m.tongues, ",")+"\n"); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	for _, v := range append([]any{uint32(dense)}, m.parts()...) {
		if err := binary.Write(z, binary.LittleEndian, v); err != nil {
			return fmt.Errorf("write model: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	return nil
}

// tongue is the place of the language whose weights read the text: by its script,
// or, in Latin letters, the one whose commonest words it has most of. Where that
// is not clear it is the tongue of all others.
func (m *model) tongue(s *scratch, lang string) int {
	if s.script != "" {
		return max(slices.Index(m.tongues, lang), 0)
	}
	s.common = s.wordsOf(s.common[:0])
	return commonTongue(m.spoken, s.common)
}

func commonTongue(spoken map[uint32]uint64, words []uint32) int {
	var count [maxTongues]int
	for _, w := range words {
		for set := spoken[w]; set != 0; set &= set - 1 {
			count[bits.TrailingZeros64(set)]++
		}
	}
	best := 0
	for i, n := range count {
		if n > count[best] {
			best = i
		}
	}
	if count[best]*8 < len(words) {
		return 0
	}
	return best
}

// opinion is how far the text passes the bar of its language: above zero it is
// worth a caution.
func (m *model) opinion(s *scratch, lang string) float32 {
	t, h := m.tongue(s, lang), s.head()
	size := len(m.heads[h].dense) / len(m.tongues)
	return m.heads[h].sum(m.heads[h].dense[t*size:(t+1)*size], s.dense, s.grams[h]) - m.heads[h].raise[t]
}

// head is the one that reads the text.
func (s *scratch) head() int {
	if len(s.grams[headWords]) > 0 {
		return headWords
	}
	return headPieces
}

// sum is a head's opinion by the dense weights of a tongue: above zero leans to
// scam.
func (h *head) sum(weights []float32, dense []denseFeature, grams []uint32) float32 {
	sum := weights[len(weights)-1]
	for _, d := range dense {
		sum += weights[d.at] * d.value
	}
	if len(grams) > 0 {
		var g int32
		for _, at := range grams {
			g += int32(h.grams[at])
		}
		sum += float32(g) * h.scale * gramNorm(len(grams))
	}
	return sum
}

// gramNorm keeps long texts from drowning what the other stages found.
func gramNorm(n int) float32 { return float32(1 / math.Sqrt(float64(n)+10)) }

// A denseFeature is one that means the same in every language.
type denseFeature struct {
	at    int32
	value float32
}

// Dense features after the signs, which take the first places.
const (
	denseOffer = iota
	denseWarn
	denseProhibit
	denseNeverWe
	denseReported
	denseDisclaim
	denseFirst
	denseRelative
	denseAsks
	denseMuted
	denseWarning
	denseURL
	denseManyURL
	denseShort
	denseDomain
	denseTelegram
	denseWhatsApp
	denseLine
	densePhone
	denseEmail
	denseWallet
	denseMoney
	denseManyMoney
	densePay
	denseHighPay
	densePercent
	denseAbroad
	denseHub
	denseStrong
	denseStrongTwo
	denseMedium
	denseMediumTwo
	denseWords4
	denseWords8
	denseWords16
	denseWords32
	denseWords64
	denseWords128
	denseWordsMore
	denseSpaceless
	denseExtra
)

// denseCues are the cues that are features.
var denseCues = [...]struct {
	cue int
	at  int32
}{
	{cueOffer, denseOffer}, {cueWarn, denseWarn}, {cueProhibit, denseProhibit}, {cueNeverWe, denseNeverWe}, {cueReported, denseReported},
	{cueDisclaim, denseDisclaim}, {cueFirst, denseFirst}, {cueRelative, denseRelative}, {cueAsks, denseAsks},
}

func (c *Checker) denseSize() int { return len(c.facts.signs) + denseExtra }

// features writes the features of what stands in the scratch.
func (c *Checker) features(s *scratch, found []Entity, st stance) {
	s.dense = s.dense[:0]
	base := int32(len(c.facts.signs))
	add := func(at int32, v float32) { s.dense = append(s.dense, denseFeature{at, v}) }
	flag := func(at int32, yes bool) {
		if yes {
			add(base+at, 1)
		}
	}
	strong, medium := 0, 0
	for _, i := range s.ev.signs {
		add(i, 1)
		switch c.facts.signs[i].Strength {
		case Strong:
			strong++
		case Medium:
			medium++
		}
	}
	var n [cues]int
	for _, q := range s.cues {
		n[q.kind]++
	}
	for _, to := range denseCues {
		if k := n[to.cue]; k > 0 {
			add(base+to.at, float32(min(k, 3))/2)
		}
	}
	muted := 0
	for _, f := range s.findings {
		if f.muted {
			muted++
		}
	}
	if muted > 0 {
		add(base+denseMuted, float32(min(muted, 3))/2)
	}
	flag(denseWarning, st.warning)
	var count [denseExtra]int
	for _, e := range found {
		switch e.Type {
		case "url":
			count[denseURL]++
			if shortener(e.Value) {
				count[denseShort]++
			}
		case "domain":
			count[denseDomain]++
		case "telegram":
			count[denseTelegram]++
		case "whatsapp":
			count[denseWhatsApp]++
		case "line":
			count[denseLine]++
		case "phone":
			count[densePhone]++
		case "email":
			count[denseEmail]++
		case "btc", "eth", "tron", "sol":
			count[denseWallet]++
		case "money":
			count[denseMoney]++
			if e.Period != "" {
				count[densePay]++
			}
			if c.facts.highPay(e) {
				count[denseHighPay]++
			}
		case "place":
			if e.Hub {
				count[denseHub]++
			}
			if c.facts.destination(e.Country) {
				count[denseAbroad]++
			}
		}
	}
	count[denseManyURL] = count[denseURL] - 1
	count[denseManyMoney] = count[denseMoney] - 1
	for _, h := range s.marks {
		if h.class == markPercent {
			count[densePercent]++
		}
	}
	for at, k := range count {
		flag(int32(at), k > 0)
	}
	flag(denseStrong, strong > 0)
	flag(denseStrongTwo, strong > 1)
	flag(denseMedium, medium > 0)
	flag(denseMediumTwo, medium > 1)
	size := int32(denseWords4)
	for limit := 4; size < denseWordsMore && s.words > limit; limit *= 2 {
		size++
	}
	add(base+size, 1)
	spacelessLetters := 0
	for _, k := range s.class {
		if k == unspaced || k == han {
			spacelessLetters++
		}
	}
	flag(denseSpaceless, spacelessLetters*2 > len(s.class))
}
