package check

import (
	"slices"
	"unicode/utf8"
)

// gramsOf hashes the character pieces of the folded text, each once: one to four
// letters of scripts without spaces, two to four of others, and whole words; or,
// of a long text, its words and pairs of words. Numbers count as one shape, so
// that amounts and phones say nothing.
func (s *scratch) gramsOf() {
	for h := range s.grams {
		s.grams[h] = s.grams[h][:0]
	}
	if s.words >= longWords {
		s.grams[headWords] = s.distinct(s.pairs(s.grams[headWords]))
		if len(s.grams[headWords]) >= longPairs {
			return
		}
		s.grams[headWords] = s.grams[headWords][:0]
	}
	s.grams[headPieces] = s.distinct(s.pieces(s.grams[headPieces]))
}

// distinct leaves the first of each hash in a list.
func (s *scratch) distinct(list []uint32) []uint32 {
	if s.once == nil {
		s.once = make([]uint64, 1<<(slices.Max(gramBits[:])-6))
	}
	once, kept := s.once, list[:0]
	for _, at := range list {
		if w := &once[at>>6]; *w&(1<<(at&63)) == 0 {
			*w |= 1 << (at & 63)
			kept = append(kept, at)
		}
	}
	for _, at := range kept {
		once[at>>6] = 0
	}
	return kept
}

// A gram is the hash of a piece; it stands in a head's table at its leading bits.
type gram uint64

func (x gram) in(head int) uint32 {
	return uint32(x * 0x9e3779b97f4a7c15 >> (64 - gramBits[head]))
}

const gramPrime = 0x100000001b3

// salts keep pieces of different lengths apart.
const (
	saltWord  = 0x5151
	saltPair  = 0x7171
	saltNear  = 0x9999
	saltPiece = 0xb5b5
)

// pieces adds the hashes of the pieces of the text.
func (s *scratch) pieces(out []uint32) []uint32 {
	const h = headPieces
	// The last letters, as running hashes of 1 to 4.
	var h1, h2, h3, h4, word gram
	inWord, prevDigit := false, false
	text, class := s.text, s.class
	for i := 0; i < len(text); {
		r := gram(text[i])
		j := i + 1
		if r >= utf8.RuneSelf {
			for j < len(text) && text[j]&0xc0 == 0x80 {
				r = r<<8 | gram(text[j])
				j++
			}
		}
		k := class[i]
		i = j
		if r < utf8.RuneSelf && digit(byte(r)) {
			if prevDigit {
				continue
			}
			r, prevDigit = '0', true
		} else {
			prevDigit = false
		}
		h4, h3, h2, h1 = (h3+r)*gramPrime, (h2+r)*gramPrime, (h1+r)*gramPrime, r*gramPrime
		switch k {
		case spaced:
			word, inWord = (word+r)*gramPrime, true
			out = append(out, (h2 ^ 2).in(h), (h3 ^ 3).in(h), (h4 ^ 4).in(h))
			continue
		case between:
			if inWord {
				out = append(out, (word ^ saltWord).in(h))
			}
			out = append(out, (h3 ^ 3).in(h), (h4 ^ 4).in(h))
		default:
			if inWord {
				out = append(out, (word ^ saltWord).in(h))
			}
			out = append(out, (h1 ^ 1).in(h), (h2 ^ 2).in(h), (h3 ^ 3).in(h), (h4 ^ 4).in(h))
		}
		word, inWord = 0, false
	}
	if inWord {
		out = append(out, (word ^ saltWord).in(h))
	}
	return out
}

// pairs adds the hashes of the words of the text and of its pairs of words.
func (s *scratch) pairs(out []uint32) []uint32 {
	const h = headWords
	var word, last gram
	inWord, prevDigit := false, false
	class := s.class
	for i, b := range s.text {
		if class[i] != spaced {
			if inWord {
				out = append(out, (word ^ saltWord).in(h))
				if last != 0 {
					out = append(out, ((last*31 + word) ^ saltPair).in(h))
				}
				last, word, inWord = word, 0, false
			}
			if b == '\n' {
				last = 0
			}
			prevDigit = false
			continue
		}
		if digit(b) {
			if prevDigit {
				continue
			}
			b, prevDigit = '0', true
		} else {
			prevDigit = false
		}
		word, inWord = (word+gram(b))*gramPrime, true
	}
	if inWord {
		out = append(out, (word ^ saltWord).in(h))
		if last != 0 {
			out = append(out, ((last*31 + word) ^ saltPair).in(h))
		}
	}
	return out
}

// Words this far from each other are near, and pieces of scripts without spaces
// have at most so many letters.
const (
	nearWords  = 4
	runLetters = 6
)

// nearby adds the hashes of the words of the text, of words that stand near each
// other, of pieces of three and four letters, and of longer ones in scripts
// without spaces.
func (s *scratch) nearby(out []uint32) []uint32 {
	const h = headHeld
	var last [nearWords]gram // words, the newest first
	var run [runLetters]gram // pieces that end here, the shortest first
	var h1, h2, h3, h4, word gram
	end := func() {
		if word == 0 {
			return
		}
		out = append(out, (word ^ saltWord).in(h))
		for d, w := range last {
			switch {
			case w == 0:
			case d == 0:
				out = append(out, ((w*31 + word) ^ saltPair).in(h))
			default:
				out = append(out, ((w*31 + word) ^ saltNear).in(h))
			}
		}
		copy(last[1:], last[:])
		last[0], word = word, 0
	}
	prevDigit := false
	text, class := s.text, s.class
	for i := 0; i < len(text); {
		r := gram(text[i])
		j := i + 1
		for j < len(text) && text[j]&0xc0 == 0x80 {
			r = r<<8 | gram(text[j])
			j++
		}
		k := class[i]
		i = j
		if r < utf8.RuneSelf && digit(byte(r)) {
			if prevDigit {
				continue
			}
			r, prevDigit = '0', true
		} else {
			prevDigit = false
		}
		h4, h3, h2, h1 = (h3+r)*gramPrime, (h2+r)*gramPrime, (h1+r)*gramPrime, r*gramPrime
		if k == spaced {
			word = (word + r) * gramPrime
			out = append(out, (h3 ^ saltPiece).in(h), (h4 ^ saltPiece).in(h))
			run[0] = 0
			continue
		}
		end()
		if k == between {
			run = [runLetters]gram{}
			continue
		}
		for n := runLetters - 1; n > 0; n-- {
			if run[n] = 0; run[0] != 0 && run[n-1] != 0 {
				run[n] = (run[n-1] + r) * gramPrime
				out = append(out, (run[n] ^ gram(n)<<40).in(h))
			}
		}
		run[0] = r * gramPrime
		out = append(out, run[0].in(h))
	}
	end()
	return out
}

// wordsOf adds the hash of each word of the folded text.
func (s *scratch) wordsOf(out []uint32) []uint32 {
	word := uint64(0)
	for i, b := range s.text {
		if s.class[i] == spaced {
			word = (word + uint64(b)) * gramPrime
			continue
		}
		if word != 0 {
			out = append(out, uint32(word*0x9e3779b97f4a7c15>>32)|1)
			word = 0
		}
	}
	if word != 0 {
		out = append(out, uint32(word*0x9e3779b97f4a7c15>>32)|1)
	}
	return out
}
