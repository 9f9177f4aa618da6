package check

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// A mutation rewrites a known scam as somebody would who wants it to slip
// through and still be understood. The operators:
//
//	homoglyphs     a third of the Latin and Cyrillic letters that have a twin in the other alphabet are swapped
//	zero-width     invisible characters inside every second word
//	spacing        letters of every third word spelled out: f r e e
//	digits         o, i, e, a, s inside words written 0, 1, 3, 4, 5
//	transposition  two neighbouring letters swapped in every sixth word of five letters or more
//	dropped        a letter left out of every sixth word of five letters or more
//	doubled        a letter written twice in every fourth word of four letters or more
//	synonyms       members of the languages' own word groups put for each other
//	order          sentences in another order
//	values         other names, amounts and links
//	padding        honest text pasted before and after
type mutation struct {
	name string
	do   func(r *rand.Rand, c *Checker, lang, text string) string
}

var mutations = []mutation{
	{"homoglyphs", func(r *rand.Rand, _ *Checker, _, text string) string {
		twins := map[rune]rune{}
		for cyr, lat := range lookalike {
			if unicode.Is(unicode.Cyrillic, cyr) && strings.ContainsRune("acehkmopxyij", lat) {
				twins[lat], twins[cyr] = cyr, lat
			}
		}
		return strings.Map(func(x rune) rune {
			if t := twins[x]; t != 0 && r.IntN(3) == 0 {
				return t
			}
			return x
		}, text)
	}},
	{"zero-width", everyWord(2, 3, func(r *rand.Rand, w []rune) []rune {
		at := 1 + r.IntN(len(w)-1)
		return slices.Insert(w, at, []rune("\u200b\u200c\u2060")[r.IntN(3)])
	})},
	{"spacing", everyWord(3, 4, func(_ *rand.Rand, w []rune) []rune {
		return []rune(" " + strings.Join(strings.Split(string(w), ""), " ") + " ")
	})},
	{"digits", everyWord(2, 5, func(_ *rand.Rand, w []rune) []rune {
		digits := map[rune]rune{'o': '0', 'i': '1', 'e': '3', 'a': '4', 's': '5'}
		changed := 0
		for i := 1; i < len(w)-1; i++ {
			if d := digits[w[i]]; d != 0 && changed*3 < len(w)-3 {
				w[i] = d
				changed++
			}
		}
		return w
	})},
	{"transposition", everyWord(6, 5, func(r *rand.Rand, w []rune) []rune {
		at := 1 + r.IntN(len(w)-2)
		w[at], w[at+1] = w[at+1], w[at]
		return w
	})},
	{"dropped", everyWord(6, 5, func(r *rand.Rand, w []rune) []rune {
		at := 1 + r.IntN(len(w)-2)
		return slices.Delete(w, at, at+1)
	})},
	{"doubled", everyWord(4, 4, func(r *rand.Rand, w []rune) []rune {
		at := 1 + r.IntN(len(w)-1)
		return slices.Insert(w, at, w[at])
	})},
	{"synonyms", func(r *rand.Rand, c *Checker, lang, text string) string {
		groups := c.words[lang].Words
		names := make([]string, 0, len(groups))
		for name := range groups {
			names = append(names, name)
		}
		slices.Sort(names)
		done := 0
		for _, name := range names {
			g := groups[name]
			// The longest member that stands in the text, so that no word is cut.
			longest := ""
			for _, w := range g {
				if !strings.ContainsAny(w, "*") && len([]rune(w)) >= 3 && len(w) > len(longest) && strings.Contains(text, w) {
					longest = w
				}
			}
			with := g[r.IntN(len(g))]
			if longest != "" && done < 3 && !strings.ContainsAny(with, "*") {
				text = strings.Replace(text, longest, with, 1)
				done++
			}
		}
		return text
	}},
	{"order", func(r *rand.Rand, _ *Checker, _, text string) string {
		parts := strings.FieldsFunc(text, func(x rune) bool { return strings.ContainsRune("\n!?。！？။", x) })
		r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return strings.Join(parts, "\n")
	}},
	{"values", func(r *rand.Rand, c *Checker, _, text string) string {
		found := c.facts.entities(text)
		slices.SortFunc(found, func(a, b Entity) int { return b.Span[0] - a.Span[0] })
		end := len(text)
		for _, e := range found {
			if e.Span[1] > end {
				continue
			}
			old := text[e.Span[0]:e.Span[1]]
			with := old
			switch e.Type {
			case "telegram":
				with = fmt.Sprintf("@mr_kim%d", r.IntN(1000))
			case "url", "domain":
				with = fmt.Sprintf("https://new%d.example.net/a", r.IntN(1000))
			case "money":
				with = strings.Map(func(x rune) rune {
					if x >= '1' && x <= '8' {
						return x + 1
					}
					return x
				}, old)
			}
			text = text[:e.Span[0]] + with + text[e.Span[1]:]
			end = e.Span[0]
		}
		return text
	}},
	{"padding", func(_ *rand.Rand, _ *Checker, lang, text string) string {
		p := honest[lang]
		return p[0] + "\n" + text + "\n" + p[1]
	}},
}

// honest is ordinary text to hide a lure in.
var honest = map[string][2]string{
	"en": {"Good morning, the weather is lovely today and the market opens at nine.", "Have a nice week and greet your grandmother."},
	"zh": {"早上好，今天天气不错，菜市场九点开门。", "祝你一周愉快，代我向奶奶问好。"},
	"id": {"Selamat pagi, cuaca hari ini cerah dan pasar buka jam sembilan.", "Semoga minggumu menyenangkan, salam untuk nenek."},
	"vi": {"Chào buổi sáng, hôm nay trời đẹp và chợ mở cửa lúc chín giờ.", "Chúc một tuần vui vẻ, cho mình gửi lời thăm bà."},
	"th": {"สวัสดีตอนเช้า วันนี้อากาศดี ตลาดเปิดเก้าโมง", "ขอให้เป็นสัปดาห์ที่ดี ฝากความคิดถึงถึงคุณยายด้วย"},
	"my": {"မင်္ဂလာနံနက်ခင်းပါ၊ ဒီနေ့ ရာသီဥတု ကောင်းတယ်။", "အဘွားကို နှုတ်ဆက်ပေးပါ။"},
}

// everyWord changes each n-th word of at least size Latin or Cyrillic letters.
func everyWord(n, size int, do func(*rand.Rand, []rune) []rune) func(*rand.Rand, *Checker, string, string) string {
	return func(r *rand.Rand, _ *Checker, _, text string) string {
		words := strings.Split(text, " ")
		k := 0
		for i, w := range words {
			letters := []rune(w)
			plain := len(letters) >= size
			for _, x := range letters {
				plain = plain && (unicode.In(x, unicode.Latin, unicode.Cyrillic))
			}
			if !plain {
				continue
			}
			if k++; k%n == 0 {
				words[i] = string(do(r, letters))
			}
		}
		return strings.Join(words, " ")
	}
}

// slipBound is the published bound: of known lures, at most so many may slip to
// "no known sign found" after any one operator.
const slipBound = 0.1

// TestMutations prints how many known lures are still warned about after each
// operator, by language, and holds the published bound.
func TestMutations(t *testing.T) {
	c := checker(t)
	var table strings.Builder
	for _, m := range mutations {
		kept, slipped, of := 0, 0, 0
		fmt.Fprintf(&table, "%-14s", m.name)
		for _, lang := range languages {
			lures, _ := messages(t, lang, "lures")
			k, n := 0, 0
			for i, text := range lures {
				if !warned(c.Check(text).Outcome) {
					continue
				}
				r := rand.New(rand.NewPCG(uint64(i), 7))
				n++
				switch o := c.Check(m.do(r, c, lang, text)).Outcome; {
				case warned(o):
					k++
				case o == NoMatch:
					slipped++
				}
			}
			fmt.Fprintf(&table, " %s %.3f", lang, float64(k)/float64(max(n, 1)))
			kept, of = kept+k, of+n
		}
		slip := float64(slipped) / float64(max(of, 1))
		fmt.Fprintf(&table, "  warned %.3f, slipped to no_match %.3f\n", float64(kept)/float64(max(of, 1)), slip)
		require.LessOrEqual(t, slip, slipBound, "%s lets lures slip:\n%s", m.name, table.String())
	}
	t.Log("\n" + table.String())
}
