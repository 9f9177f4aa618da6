package check

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Leaving aside the phrases that cannot count changes nothing but the time it
// takes: cues and findings are the same as when all are followed. (Of ideas hear
// itself chooses those that count.) Messages are also put together in pairs, for
// two languages in one text.
func TestHearLeavesAsideChanceAlone(t *testing.T) {
	c := checker(t)
	var texts []string
	for _, lang := range languages {
		for _, name := range []string{"lures", "warnings", "ordinary", "captive"} {
			list, _ := messages(t, lang, name)
			texts = append(texts, list[:min(len(list), 25)]...)
		}
	}
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		texts = append(texts, texts[r.IntN(len(texts))]+" "+texts[r.IntN(len(texts))])
	}
	type heard struct {
		lang     string
		cues     []cue
		findings []finding
	}
	follow := func(s *scratch, text string, all bool) heard {
		s.fold(text)
		c.markEntities(s, s.look.read(c.facts, text))
		c.book.scan(s)
		c.hear(s, text)
		if all {
			s.deaf = voices{}
		}
		c.book.run(s)
		lang := c.read(s)
		return heard{lang, slices.Clone(s.cues), slices.Clone(s.findings)}
	}
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	left := 0
	for _, text := range texts {
		some := follow(s, text, false)
		if s.deaf != (voices{}) {
			left++
		}
		require.Equal(t, follow(s, text, true), some, "%s", text)
	}
	require.Greater(t, left, len(texts)/2)
}

// What stays in the scratch of one text does not reach the next.
func TestScratchForgets(t *testing.T) {
	c := checker(t)
	var texts []string
	for _, lang := range languages {
		list, _ := messages(t, lang, "lures")
		texts = append(texts, list[:min(len(list), 12)]...)
	}
	fresh := make([]Verdict, len(texts))
	for i, text := range texts {
		c.pool = c.book.newPool()
		fresh[i] = c.Check(text)
	}
	r := rand.New(rand.NewPCG(9, 10))
	for range 400 {
		i := r.IntN(len(texts))
		require.Equal(t, fresh[i], c.Check(texts[i]))
	}
}

func TestTally(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for n := range 70 {
		var votes tally
		var count [64]int
		for range n {
			x := r.Uint64() & r.Uint64()
			if n%2 == 0 {
				x |= r.Uint64()
			}
			votes.add(x)
			for k := range count {
				count[k] += int(x >> k & 1)
			}
		}
		want := uint64(0)
		for k, k1 := range count {
			if k1 > n/2 {
				want |= 1 << k
			}
		}
		require.Equal(t, want, votes.most(), "%d words", n)
	}
}

// TestJoinedParticles holds that words of Arabic are found behind the particles
// written joined to them, and not inside other words.
func TestJoinedParticles(t *testing.T) {
	c := checker(t)
	read := func(text string) (found bool) {
		for _, f := range c.Check(text).Signs {
			found = found || f.ID == "REC-05"
		}
		return found
	}
	require.True(t, read("فيزا سياحية تكفي للشغل في كمبوديا، تواصل واتساب"))
	require.True(t, read("وبفيزا سياحية تكفي للشغل في كمبوديا، تواصل واتساب"))
	require.False(t, read("كتبفيزا سياحية تكفي للشغل في كمبوديا، تواصل واتساب"))
}
