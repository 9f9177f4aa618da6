package check

import (
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// An idea is something that messages of people who are held speak of, or that
// speaks against it. The words of each are in held.<lang>.toml, what each holds in
// locales/README.md; which ideas together say that somebody is held now was
// learned over all languages at once, see learn_held.go.
type idea = uint8

// ideas in the order their weights are kept, those against captivity last.
var ideas = [...]string{
	"self", "us", "kin", "they", "captor", "guards", "weapons", "shut", "cannot_leave", "held", "papers", "phone", "taken", "beat", "kill", "sex",
	"starve", "sold", "debt", "ransom", "unpaid", "force", "cheat", "target", "hours", "watched", "secret", "help", "authority", "escape", "lured",
	"moved", "compound", "workplace", "abroad", "cut_off", "fear", "since", "home", "pleads",
	"news", "warn", "fiction", "game", "joke", "school", "clinic", "law", "gadget", "travel", "quarrel", "advert", "offer_question", "past",
	"hypothetical", "faith", "sport", "office", "pets", "others", "study",
}

// readIdeas reads held.<lang>.toml of a folder; a language without it has none.
func readIdeas(fsys fs.FS, lang string) (map[string][]string, error) {
	name := lang + "/held." + lang + ".toml"
	var out map[string][]string
	if _, err := toml.DecodeFS(fsys, name, &out); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	for key := range out {
		if ideaIndex(key) < 0 {
			return nil, fmt.Errorf("read %s: unknown idea %q", name, key)
		}
	}
	return out, nil
}

func ideaIndex(name string) int {
	for i, n := range ideas {
		if n == name {
			return i
		}
	}
	return -1
}

// compileIdeas adds the words of captivity of one language. Plain ones are a
// single pattern together.
func (c *compiler) compileIdeas(lang int32, words map[string][]string) error {
	for i, name := range ideas {
		c.book.owners = append(c.book.owners, owner{ownIdea, int32(i), lang})
		o := int32(len(c.book.owners) - 1)
		var plain []string
		for _, p := range words[name] {
			if strings.ContainsAny(p, "<>()[]#…~+|") {
				if err := c.add(o, p, nil); err != nil {
					return fmt.Errorf("idea %s: %w", name, err)
				}
				continue
			}
			plain = append(plain, p)
		}
		if len(plain) > 0 {
			if err := c.add(o, "("+strings.Join(plain, "|")+")", nil); err != nil {
				return fmt.Errorf("idea %s: %w", name, err)
			}
		}
	}
	return nil
}

// A thought is an idea found in the text.
type thought struct {
	idea       idea
	lang       int32
	start, end int32
	sentence   int32
}

// heldScale is how much the ideas count beside the grams, heldLean how much less
// is asked of a text whose phrases say that somebody is held, and unheard what a
// text has that does not speak of it.
const (
	heldScale = 2
	heldLean  = 0.25
	unheard   = -10
)

// What the head that hears takes: each idea, each two ideas of one message, each
// two of one sentence, and how long the message is. They mean the same in every
// language, so what one language teaches all others know.
const (
	heldPairs = len(ideas)
	heldClose = heldPairs + len(ideas)*(len(ideas)-1)/2
	heldWords = heldClose + len(ideas)*(len(ideas)-1)/2
	heldSize  = heldWords + heldSizes
	heldSizes = 8
)

// pairOf numbers two different ideas.
func pairOf(a, b idea) int {
	if a < b {
		a, b = b, a
	}
	return int(a)*(int(a)-1)/2 + int(b)
}

// against is the first idea that speaks against captivity.
const against = idea(40)

// settle keeps of the thoughts those of one language: the text's, or, of short
// texts and of those without accents that another is taken for, the one that has
// more ideas of captivity. It gives that language, and whether there are any.
func (s *scratch) settle(lang int32) (int32, bool) {
	s.minds = s.minds[:0]
	for _, t := range s.thoughts {
		for int(t.lang) >= len(s.minds) {
			s.minds = append(s.minds, 0)
		}
		if t.idea < against {
			s.minds[t.lang] |= 1 << t.idea
		}
	}
	best, most := lang, 0
	for i, set := range s.minds {
		n := bits.OnesCount64(set)
		if int32(i) == lang {
			n += homeIdeas
		}
		if set != 0 && n > most {
			best, most = int32(i), n
		}
	}
	s.thoughts = slices.DeleteFunc(s.thoughts, func(t thought) bool { return t.lang != best })
	return best, most > 0
}

// homeIdeas is how many ideas more another language must have than the text's own.
const homeIdeas = 2

// heldFeatures are the features of the thoughts in the scratch.
func (s *scratch) heldFeatures() {
	var all uint64              // the ideas of the message, a bit each
	var near [len(ideas)]uint64 // of each idea, those that share a sentence with it
	for i := 0; i < len(s.thoughts); {
		here, sentence := uint64(0), s.thoughts[i].sentence
		for ; i < len(s.thoughts) && s.thoughts[i].sentence == sentence; i++ {
			here |= 1 << s.thoughts[i].idea
		}
		all |= here
		for left := here; left != 0; left &= left - 1 {
			near[bits.TrailingZeros64(left)] |= here
		}
	}
	s.held = s.held[:0]
	for left := all; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		s.held = append(s.held, denseFeature{at: int32(i)})
		for too := all & (1<<i - 1); too != 0; too &= too - 1 {
			j := bits.TrailingZeros64(too)
			p := pairOf(idea(i), idea(j))
			s.held = append(s.held, denseFeature{at: int32(heldPairs + p)})
			if near[i]>>j&1 != 0 {
				s.held = append(s.held, denseFeature{at: int32(heldClose + p)})
			}
		}
	}
	size := 0
	for limit := 4; size < heldSizes-1 && s.words > limit; limit *= 2 {
		size++
	}
	s.held = append(s.held, denseFeature{at: int32(heldWords + size)})
	norm := heldScale * gramNorm(len(s.held))
	for i := range s.held {
		s.held[i].value = norm
	}
}

// ponderWords is how many words ideas need to tell anything: of fewer ("the boss")
// phrases speak alone.
const ponderWords = 3

// cries says whether somebody is held, by ideas and grams together; phrases is what
// the phrases of captivity say, which makes it likelier and is not enough alone:
// songs and sermons use them. It knows nothing, and says so, of a language without
// weights, of a text of very few words and of one that does not speak of captivity.
func (c *Checker) cries(s *scratch, lang string, phrases bool) (held, knows bool) {
	mind, some := s.settle(int32(slices.Index(c.langs, lang)))
	if !some || s.words < ponderWords || phrases && !c.said(s, mind) {
		return false, false // no language speaks against phrases of another
	}
	t := slices.Index(c.model.tongues, c.langs[mind])
	if t < 0 {
		return false, false
	}
	h := &c.model.heads[headHeld]
	bar := h.raise[t]
	if bar >= deaf {
		return false, false
	}
	s.heldFeatures()
	s.grams[headHeld] = s.distinct(s.nearby(s.grams[headHeld][:0]))
	if phrases {
		bar -= heldLean
	}
	return h.sum(h.dense, s.held, s.grams[headHeld]) > bar, true
}

// said says whether phrases of captivity are the language's own.
func (c *Checker) said(s *scratch, lang int32) bool {
	return slices.ContainsFunc(s.findings, func(f finding) bool {
		return f.lang == lang && !f.muted && c.facts.signs[f.sign].Group == "INS"
	})
}

// deaf is the bar of a tongue that no text set.
const deaf = 1000
