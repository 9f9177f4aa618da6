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
)

// The statistical model is one linear sum over two kinds of features: character
// n-grams of the folded text, hashed, which know the languages it was trained
// on; and what the earlier stages found (signs, cues, kinds of values), which
// mean the same in every language. It can raise unclear and no_match to
// caution and it ranks; it never lowers an outcome and never convicts.
type model struct {
	raise float32 // logit from which a text is worth a caution
	bias  float32
	dense []float32 // one weight for each feature of denseNames
	scale float32   // of the hashed weights
	grams []int8    // a power of two
}

// gramBits is the size of the hashed table: one byte a weight, one megabyte.
const gramBits = 20

//go:embed model.bin
var modelFile []byte

var errModel = errors.New("not a model file of this version")

const modelMagic = "offercheck model 1\n"

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
	b := bytes.NewReader(raw)
	head := make([]byte, len(modelMagic))
	if _, err := io.ReadFull(b, head); err != nil || string(head) != modelMagic {
		return nil, fmt.Errorf("read model: %w", errModel)
	}
	var sizes [2]uint32
	m := &model{}
	if err := binary.Read(b, binary.LittleEndian, &sizes); err != nil || int(sizes[0]) != dense || sizes[1] != 1<<gramBits {
		return nil, fmt.Errorf("read model: %w", errModel)
	}
	m.dense, m.grams = make([]float32, sizes[0]), make([]int8, sizes[1])
	for _, v := range []any{&m.raise, &m.bias, &m.scale, m.dense, m.grams} {
		if err := binary.Read(b, binary.LittleEndian, v); err != nil {
			return nil, fmt.Errorf("read model: %w", errModel)
		}
	}
	return m, nil
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
func (m *model) write(w io.Writer) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	if _, err := io.WriteString(z, modelMagic); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	sizes := [2]uint32{uint32(len(m.dense)), uint32(len(m.grams))}
	for _, v := range []any{sizes, m.raise, m.bias, m.scale, m.dense, m.grams} {
		if err := binary.Write(z, binary.LittleEndian, v); err != nil {
			return fmt.Errorf("write model: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	return nil
}

// logit is the model's opinion: above zero leans to scam.
func (m *model) logit(s *scratch) float32 {
	sum := m.bias
	for _, d := range s.dense {
		sum += m.dense[d.at] * d.value
	}
	if len(s.grams) > 0 {
		var g int32
		for _, h := range s.grams {
			g += int32(m.grams[h])
		}
		sum += float32(g) * m.scale * gramNorm(len(s.grams))
	}
	return sum
}

// gramNorm keeps long texts from drowning what the other stages found.
func gramNorm(n int) float32 { return float32(1 / math.Sqrt(float64(n)+30)) }

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

// gramsOf hashes the character n-grams of the folded text: two to four letters
// of scripts without spaces, three to five of others, and whole words. Numbers
// count as one shape, so that amounts and phones say nothing.
func (s *scratch) gramsOf() {
	s.grams = s.grams[:0]
	// The last five letters, as running hashes of 1 to 5.
	var h [6]uint64
	word, inWord := uint64(0), false
	last := uint64(0)
	emit := func(x uint64, salt uint64) {
		x = (x ^ salt) * 0x9e3779b97f4a7c15
		s.grams = append(s.grams, uint32(x>>(64-gramBits)))
	}
	endWord := func() {
		if inWord {
			emit(word, 0x5151)
			if last != 0 {
				emit(last*31+word, 0x7171)
			}
			last, word, inWord = word, 0, false
		}
	}
	text := s.text
	prevDigit := false
	for i := 0; i < len(text); {
		j := i + 1
		for j < len(text) && text[j]&0xc0 == 0x80 {
			j++
		}
		var r uint64
		for _, b := range text[i:j] {
			r = r<<8 | uint64(b)
		}
		k := s.class[i]
		if digit(text[i]) && j == i+1 {
			if prevDigit {
				i = j
				continue
			}
			r, prevDigit = '0', true
		} else {
			prevDigit = false
		}
		for n := 5; n > 1; n-- {
			h[n] = (h[n-1] + r) * 0x100000001b3
		}
		h[1] = r * 0x100000001b3
		switch {
		case k == between:
			endWord()
			if text[i] == '\n' {
				last = 0
			}
			emit(h[3], 3)
			emit(h[4], 4)
		case k == spaced:
			word, inWord = (word+r)*0x100000001b3, true
			emit(h[3], 3)
			emit(h[4], 4)
			emit(h[5], 5)
		default:
			endWord()
			emit(h[1], 1)
			emit(h[2], 2)
			emit(h[3], 3)
			emit(h[4], 4)
		}
		i = j
	}
	endWord()
}
