package check

import "bytes"

// A text is heard in its own language, and in others only as far as their
// phrases can count in it. Which they are shows in its letters and little words,
// before any phrase is followed: half of all phrases that stand in a text are
// another language's, by chance.

// A voice is a language and what its phrases say there.
type voice uint16

// What phrases of a voice say.
const (
	saysSign = voice(iota)
	saysCue
	saysIdea
	sayings
)

const (
	// mostVoices is how many languages can be left unheard, each on its own.
	mostVoices = 63
	// alwaysHeard is the voice of phrases that are followed in every text.
	alwaysHeard = voice(mostVoices)
)

// voiceOf is the voice of an owner's phrases. loose ones may begin with a letter
// of a script without spaces, where no chance is suspected.
func voiceOf(o owner, loose bool) voice {
	v := voice(o.lang)
	if v >= mostVoices {
		return alwaysHeard
	}
	switch o.kind {
	case ownSign:
		v += saysSign << 6
	case ownHarmless:
		// It also speaks against signs that were found in letters of such a script.
		loose = true
	case ownCue:
		if o.id == cueCry {
			return alwaysHeard // words that are all of a text are no chance
		}
		v += saysCue << 6
	case ownIdea:
		v += saysIdea << 6
	default:
		return alwaysHeard
	}
	if loose {
		v += sayings << 6
	}
	return v
}

// voices is a set of voices.
type voices [2 * sayings]uint64

func (v *voices) has(x voice) bool { return v[x>>6]>>(x&63)&1 != 0 }

// listen finds the terms and the phrases of the folded text and says which
// language it is in.
func (c *Checker) listen(s *scratch, text string) string {
	c.book.scan(s)
	c.hear(s, text)
	c.book.run(s)
	return c.read(s)
}

// hear settles the language by the letters of a text and by its little words, as
// far as they tell, and which voices cannot count.
func (c *Checker) hear(s *scratch, text string) {
	s.script = scriptLanguage(text)
	s.lang, s.most = s.script, 0
	for i, n := range s.little {
		if n > s.most {
			s.most = n
			if s.script == "" || n >= 3 && c.sameScript(c.langs[i], s.script) {
				s.lang = c.langs[i]
			}
		}
	}
	if s.lang == "" {
		return // its phrases have to tell
	}
	spacedOnly := bytes.IndexByte(s.class, unspaced) < 0 && bytes.IndexByte(s.class, han) < 0
	for i, lang := range c.langs[:min(len(c.langs), mostVoices)] {
		leave := func(says voice) {
			s.deaf[says] |= 1 << i
			if spacedOnly || says == saysIdea {
				s.deaf[sayings+says] |= 1 << i
			}
		}
		if lang == s.lang {
			continue
		}
		if s.script != "" || c.chance(s, int32(i)) {
			leave(saysIdea) // else who leaves out accents would be taken for another's
		}
		if lang == "en" {
			continue
		}
		leave(saysCue)
		if c.chance(s, int32(i)) {
			leave(saysSign)
		}
	}
}

// chance says of a language that is not the text's that its phrases in letters of
// a script with spaces are chance: the text has few of its little words.
func (c *Checker) chance(s *scratch, lang int32) bool {
	return s.most > 2 && s.little[lang]*4 < s.most
}
