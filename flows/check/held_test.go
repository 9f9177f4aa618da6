package check

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIdeasWhole names the ideas of captivity that a language has no words for.
func TestIdeasWhole(t *testing.T) {
	c := checker(t)
	for _, lang := range c.langs {
		t.Run(lang, func(t *testing.T) {
			words := c.words[lang].Ideas
			if words == nil && !slices.Contains(languages, lang) {
				return // hears by its phrases alone
			}
			for _, idea := range ideas {
				require.GreaterOrEqual(t, len(words[idea]), floor(lang, 8), idea)
			}
		})
	}
}

// TestDoor measures on texts of other hands than those the weights saw, one in
// ten: how many who are held are heard, and how many open the door for nothing.
// The shares stand in the README; here is what they must not fall below.
func TestDoor(t *testing.T) {
	c := checker(t)
	share := func(lang, list string) (opened, all int) {
		texts, _ := messages(t, lang, list)
		for i, m := range texts {
			if !Measured(Row{Source: ownSource, Kind: list, Cluster: fmt.Sprintf("own/%s-%s-%03d", lang, list, i)}) {
				continue
			}
			all++
			if c.Check(m).Outcome == Danger {
				opened++
			}
		}
		return opened, all
	}
	var heard, held, wrong, free int
	for _, lang := range languages {
		n, of := share(lang, "held")
		require.GreaterOrEqual(t, n*2, of, "%s: %d of %d heard", lang, n, of)
		heard, held = heard+n, held+of
		n, of = share(lang, "held_not")
		require.LessOrEqual(t, n*8, of, "%s: %d of %d opened for nothing", lang, n, of)
		wrong, free = wrong+n, free+of
	}
	require.Greater(t, held, 300)
	require.GreaterOrEqual(t, heard*100, held*70, "%d of %d heard", heard, held)
	require.LessOrEqual(t, wrong*100, free*5, "%d of %d opened for nothing", wrong, free)
}

// TestListen holds that a cry without accents is heard in its own language.
func TestListen(t *testing.T) {
	c := checker(t)
	for _, text := range []string{
		"chung no giu giay to va nhot bon em trong toa nha, khong cho ve, cuu em voi",
		"mereka kunci kami di gedung dan ambil paspor kami, tolong",
		"they lock us in the building and took our passports, we cannot leave",
	} {
		require.Equal(t, Danger, c.Check(text).Outcome, text)
	}
	for _, text := range []string{"", "ok", "Buildings and passports", "the boss", "12345"} {
		require.NotEqual(t, Danger, c.Check(text).Outcome, text)
	}
}

// TestCry holds that one word can be a cry, and what is none: a word for a bot,
// and the same words within a longer text.
func TestCry(t *testing.T) {
	c := checker(t)
	for _, text := range []string{
		"kidnapped", "SOS KK Park", "救命", "救命啊 妙瓦底", "tolong saya diculik", "cứu em với", "bi bat coc", "ช่วยด้วยครับ", "ကယ်ပါ",
		"спасите", "me secuestraron", "socorro", "au secours", "ich wurde entführt", "saklolo", "আমাকে বাঁচান",
		"secuestrada", "fui sequestrada", "kidnapped at KK Park", "trapped in Cambodia", "bị bắt cóc ở Campuchia",
	} {
		require.Equal(t, Danger, c.Check(text).Outcome, text)
	}
	for _, text := range []string{
		"help", "please help", "ayuda", "hilfe", "tolong", "Cambodia", "hello Cambodia", "the kidnapped minister gave a talk", "救命，这个价格太贵了",
		"Rescue us, the film, opens on Friday", "quien sos", "sos un bot", "hola sos un bot", "trafico humano",
	} {
		require.NotEqual(t, Danger, c.Check(text).Outcome, text)
	}
}

func TestPairOf(t *testing.T) {
	seen := map[int]bool{}
	for a := range ideas {
		for b := range a {
			at := pairOf(idea(a), idea(b))
			require.Equal(t, at, pairOf(idea(b), idea(a)))
			require.False(t, seen[at])
			require.Less(t, at, heldClose-heldPairs)
			seen[at] = true
		}
	}
	require.Len(t, seen, heldClose-heldPairs)
}
