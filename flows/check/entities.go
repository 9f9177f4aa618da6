package check

import (
	"slices"
	"unicode/utf8"
)

// scan is one walk over a raw text. It goes forward only; what it remembers of
// the way is what may stand before a number.
type scan struct {
	f    *facts
	text string
	out  []Entity

	done  int // bytes before this belong to what was found
	pre   preWords
	calls [maxPhones]phoneSpan
	ncall int

	next   leading // the first letters of the place at hand
	run    hostRun
	tailed tailed
	tried  [6]string // the countries a local number may belong to

	thai, burmese, han, hangul, viet, cyrillic bool // letters seen, a hint where a local number belongs
}

// entities finds the values in a text: links and contacts, wallets, phones,
// money, places, dates. Spans are byte ranges of the text as given, in order;
// broken UTF-8 is stepped over.
func (f *facts) entities(text string) []Entity {
	var s scan
	return s.read(f, text)
}

// read is entities with memory that can be used again.
func (s *scan) read(f *facts, text string) []Entity {
	*s = scan{f: f, text: text, out: s.out[:0]}
	word := false // the letter before belongs to a word
	for i := 0; i < len(text); {
		b := text[i]
		if b < utf8.RuneSelf {
			switch {
			case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
				if word {
					i++
					continue
				}
				i, word = s.word(i)
				continue
			case b >= '0' && b <= '9':
				if word {
					i++
					continue
				}
				next, found := s.digits(i)
				word = !found
				i = next
				continue
			case b == '.' || b == '[' || b == '(' || b == ':':
				i, word = s.joint(i), false
				continue
			case b == '@':
				i, word = s.at(i, 1), false
				continue
			case b == '$':
				i, word = s.moneyWord(i, s.f.spell.lead(text, i)), false
				continue
			case b == '\n':
				s.pre = preWords{}
			case b == '!' || b == '?' || b == ';':
				s.pre.endSentence()
			}
			word = b == '_'
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n <= 1 {
			word = false
			i++
			continue
		}
		i, word = s.letter(r, i, n, word)
	}
	s.finishPhones()
	byPlace := func(a, b Entity) int { return a.Span[0] - b.Span[0] }
	if !slices.IsSortedFunc(s.out, byPlace) {
		slices.SortStableFunc(s.out, byPlace)
	}
	var out []Entity
	if len(s.out) > 0 {
		out = make([]Entity, len(s.out))
		copy(out, s.out)
		clear(s.out) // the words belong to the message alone
	}
	s.text = ""
	return out
}

// word reads a word of ASCII letters and digits that begins at i. It gives where
// to go on: behind what was found, or behind the word; and whether that is still
// inside a word, so that "hr88" is a name and "RM2000" is money.
func (s *scan) word(i int) (next int, inWord bool) {
	end := i
	for end < len(s.text) && alnum(s.text[end]) {
		end++
	}
	if end-i >= 26 && s.wallet(i, end) {
		s.done = end
		return end, false
	}
	k := *s.next.at(&s.f.spell, s.text, i)
	starts := s.f.starts.may(k)
	if starts {
		if to, ok := s.place(i, k); ok {
			return to, false
		}
	}
	switch end - i {
	case 2, 4, 8:
		if to, ok := s.contactWord(i, end); ok {
			return to, false
		}
	case 3:
		if to, ok := s.dotWord(i, end); ok {
			return to, false
		}
	}
	if starts {
		if to := s.moneyWord(i, k); to > i+1 {
			return to, false
		}
	}
	return end, true
}

// letter reads one rune that is not ASCII.
func (s *scan) letter(r rune, i, n int, word bool) (next int, inWord bool) {
	switch {
	case r >= 0x0E00 && r < 0x0E80:
		s.thai = true
	case r >= 0x1000 && r < 0x10A0:
		s.burmese = true
	case r >= 0x4E00 && r < 0xA000:
		s.han = true
	case r >= 0x0400 && r < 0x0530:
		s.cyrillic = true
	case r >= 0xAC00 && r < 0xD7B0:
		s.hangul = true
	case r == 'đ' || r == 'Đ' || r == 'ơ' || r == 'ư' || r >= 0x1EA0 && r < 0x1EFA:
		s.viet = true
	}
	if digitOf(r) >= 0 {
		if word {
			return i + n, true
		}
		next, found := s.digits(i)
		return next, !found
	}
	switch r {
	case '＠':
		return s.at(i, n), false
	case '．', '。', '：':
		if s.pre.salary.end > 0 && r == '。' {
			s.pre.endSentence()
		}
		return s.wideDot(i, n), false
	case '？', '！', '；', '။':
		s.pre.endSentence()
		return i + n, false
	}
	// A name may begin inside a run of a spaceless script, elsewhere only
	// where a word begins.
	if !word || spaceless(r) {
		k := *s.next.at(&s.f.spell, s.text, i)
		starts := s.f.starts.may(k)
		if starts {
			if to, ok := s.place(i, k); ok {
				return to, false
			}
		}
		if r == 'ไ' {
			if to, ok := s.thaiLine(i); ok {
				return to, false
			}
		}
		if starts {
			if to := s.moneyWord(i, k); to > i+1 {
				return to, false
			}
		}
		if hanNumeral(r) >= 0 {
			if to, ok := s.hanNumber(i); ok {
				return to, false
			}
		}
	}
	return i + n, wordy(r)
}

// digits reads what begins with a digit at i.
func (s *scan) digits(i int) (next int, found bool) {
	end := i
	for end < len(s.text) && alnum(s.text[end]) {
		end++
	}
	if end-i >= 26 && s.wallet(i, end) {
		s.done = end
		return end, true
	}
	if to, ok := s.date(i); ok {
		return to, true
	}
	if to, ok := s.money(i); ok {
		s.done = to
		return to, true
	}
	if to, ok := s.phone(i); ok {
		return to, true
	}
	for i < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		if digitOf(r) < 0 {
			break
		}
		i += n
	}
	return i, false
}

func alpha(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
func digit(b byte) bool { return b >= '0' && b <= '9' }
func alnum(b byte) bool { return alpha(b) || digit(b) }

// digitOf is the value of a digit of the systems people write to each other
// in, -1 for any other rune.
func digitOf(r rune) int {
	if r < utf8.RuneSelf {
		if r >= '0' && r <= '9' {
			return int(r - '0')
		}
		return -1
	}
	return int(glyphOf(r).value)
}

// prefixed reports whether text has word at i, in any case of ASCII letters.
func prefixed(text string, i int, word string) bool {
	if i+len(word) > len(text) {
		return false
	}
	for k := 0; k < len(word); k++ {
		b := text[i+k]
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		if b != word[k] {
			return false
		}
	}
	return true
}
