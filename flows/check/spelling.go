package check

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// spelling makes letters plain while the raw text is read: lower case, Latin
// accents dropped, full-width forms narrow. It never changes how many runes
// there are, so places in the text stay places in the text.
type spelling struct {
	latin [0x250]rune
	extra [0x100]rune // U+1E00 to U+1EFF
}

func newSpelling() spelling {
	var s spelling
	base := func(r rune) rune {
		switch r {
		case 'đ', 'Đ':
			return 'd'
		case 'ı', 'İ':
			return 'i'
		case 'ł', 'Ł':
			return 'l'
		case 'ø', 'Ø':
			return 'o'
		}
		first, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r)))
		return unicode.ToLower(first)
	}
	for i := range s.latin {
		s.latin[i] = base(rune(i))
	}
	for i := range s.extra {
		s.extra[i] = base(rune(0x1E00 + i))
	}
	return s
}

func (s *spelling) plain(r rune) rune {
	switch {
	case r < 0x250:
		return s.latin[r]
	case r >= 0x370 && r < 0x530:
		if r = unicode.ToLower(r); r == 'ё' {
			return 'е'
		}
		return r
	case r >= 0x621 && r < 0x6D6:
		switch r {
		case 'أ', 'إ', 'آ', 'ٱ':
			return 'ا'
		case 'ؤ':
			return 'و'
		case 'ئ':
			return 'ي'
		}
		return oneArabic(r)
	case r >= 0x1E00 && r < 0x1F00:
		return s.extra[r-0x1E00]
	case r >= 0xFF01 && r <= 0xFF5E:
		return s.latin[r-0xFF01+'!']
	}
	return r
}

// spaceless reports whether r belongs to a script written without spaces
// between words, where a name may stand anywhere.
func spaceless(r rune) bool {
	return r >= 0x0E00 && r < 0x1100 && r != utf8.RuneError || // Thai, Lao, Tibetan, Burmese
		r >= 0x1780 && r < 0x1800 || // Khmer
		r >= 0x2E80 && r < 0xA000 && !(r >= 0x3000 && r <= 0x303F) || // kana, Han
		r >= 0xF900 && r < 0xFB00 || r >= 0x20000 && r < 0x32000 ||
		r >= 0xA9E0 && r < 0xAA00 || r >= 0xAA60 && r < 0xAA80 // Burmese extensions
}

// wordy reports whether r is part of a word of a script written with spaces.
func wordy(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}
	return glyphOf(r).wordy
}

// lexicon finds known words in raw text by their first letter. In an entry a
// space stands for up to three small marks or none.
type lexicon[T any] struct {
	ascii [128][]entry[T]
	other map[rune][]entry[T]
	begins
}

// begins tells how words begin.
type begins struct {
	first [1 << 10]uint64 // the letters of the basic plane that any word begins with
	leads [1 << 9]uint64  // the first one, two or three letters of each word that tell, hashed
}

// join adds how the words of another begin.
func (b *begins) join(o *begins) {
	for i := range b.first {
		b.first[i] |= o.first[i]
	}
	for i := range b.leads {
		b.leads[i] |= o.leads[i]
	}
}

// lead is the first letters at a place of a text, plain; below zero behind its end.
type lead struct{ first, second, third rune }

func (s *spelling) lead(text string, i int) lead {
	var l leading
	return *l.at(s, text, i)
}

// leading is the lead at a place, and where its letters stand, so that the lead
// of the next letter takes one look more.
type leading struct {
	lead
	from, second, third, end int // no lead was read while they are all 0
}

// at gives the lead at a place.
func (l *leading) at(s *spelling, text string, i int) *lead {
	if i == l.second && i > l.from && l.lead.second >= 0 {
		l.from, l.lead.first = l.second, l.lead.second
		l.second, l.lead.second = l.third, l.lead.third
		l.third = l.end
		l.lead.third, l.end = s.letter(text, l.third)
		return &l.lead
	}
	l.from = i
	l.lead.first, l.second = s.letter(text, i)
	l.lead.second, l.third = s.letter(text, l.second)
	l.lead.third, l.end = s.letter(text, l.third)
	return &l.lead
}

// letter reads one letter, plain; below zero behind the end of the text.
func (s *spelling) letter(text string, i int) (r rune, next int) {
	if i >= len(text) {
		return -1, i
	}
	if b := text[i]; b < utf8.RuneSelf {
		return s.latin[b], i + 1
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	return s.plain(r), i + n
}

func leadHash(first, second, third rune) (word, bit uint32) {
	h := (uint32(first)*0x9e3779b1 ^ uint32(second)*0x85ebca6b ^ uint32(third)*0xc2b2ae35) * 0x27d4eb2f
	return h >> 23, h >> 17 & 63
}

// may says whether a word can begin so. Nearly every place of a text is turned
// away here.
func (b *begins) may(k lead) bool {
	if k.first < 0 || k.first < 1<<16 && b.first[k.first>>6]&(1<<(k.first&63)) == 0 {
		return false
	}
	w, bit := leadHash(k.first, k.second, k.third)
	if b.leads[w]&(1<<bit) != 0 {
		return true
	}
	w, bit = leadHash(k.first, k.second, 0)
	if b.leads[w]&(1<<bit) != 0 {
		return true
	}
	w, bit = leadHash(k.first, 0, 0)
	return b.leads[w]&(1<<bit) != 0
}

type entry[T any] struct {
	word   string // plain, or as written when exact
	exact  bool   // accents count
	open   bool   // may be followed by a letter: no word of its own
	second rune   // the letter after the first, plain; 0 or a space when it does not tell
	third  rune   // the one after it, 0 when it does not tell
	value  *T
}

// add puts a word in; the longest of those that begin alike is found first.
func (l *lexicon[T]) add(s *spelling, word string, value T) {
	e := entry[T]{value: &value}
	if word[0] == '=' {
		e.exact, word = true, word[1:]
	}
	b := make([]rune, 0, len(word))
	for _, r := range word {
		if e.exact {
			b = append(b, unicode.ToLower(r))
		} else {
			b = append(b, s.plain(r))
		}
	}
	e.word = string(b)
	last := b[len(b)-1]
	e.open = spaceless(last) || !wordy(last)
	if len(b) > 1 {
		e.second = s.plain(b[1])
	}
	first := s.plain(b[0])
	if first < 1<<16 {
		l.first[first>>6] |= 1 << (first & 63)
	}
	var h, bit uint32
	switch {
	case e.second == 0 || e.second == ' ':
		h, bit = leadHash(first, 0, 0)
	case len(b) < 3 || e.exact || b[2] == ' ':
		h, bit = leadHash(first, e.second, 0)
	default:
		e.third = b[2]
		h, bit = leadHash(first, e.second, e.third)
	}
	l.leads[h] |= 1 << bit
	var row []entry[T]
	if first < 128 {
		row = l.ascii[first]
	} else {
		if l.other == nil {
			l.other = make(map[rune][]entry[T])
		}
		row = l.other[first]
	}
	at := 0
	for at < len(row) && len(row[at].word) >= len(e.word) {
		at++
	}
	row = append(row, e)
	copy(row[at+1:], row[at:])
	row[at] = e
	if first < 128 {
		l.ascii[first] = row
	} else {
		l.other[first] = row
	}
}

// at finds the longest entry that stands at i and gives where it ends. The
// caller sees to it that a word may begin at i.
func (l *lexicon[T]) at(s *spelling, text string, i int) (value *T, end int, ok bool) {
	return l.find(s, text, i, s.lead(text, i))
}

// find is at for a place whose lead is known.
func (l *lexicon[T]) find(s *spelling, text string, i int, k lead) (value *T, end int, ok bool) {
	if !l.may(k) {
		return nil, i, false
	}
	var row []entry[T]
	if k.first < 128 {
		row = l.ascii[k.first]
	} else {
		row = l.other[k.first]
	}
	for at := range row {
		e := &row[at]
		if e.second != k.second && e.second != 0 && e.second != ' ' || e.third != k.third && e.third != 0 {
			continue
		}
		if end, ok := e.match(s, text, i); ok {
			return e.value, end, true
		}
	}
	return nil, i, false
}

func (e *entry[T]) match(s *spelling, text string, i int) (int, bool) {
	for _, want := range e.word {
		if want == ' ' {
			for n := 0; n < 3 && i < len(text) && smallMark(text[i]); n++ {
				i++
			}
			if i+1 < len(text) && text[i] == 0xC2 && text[i+1] == 0xA0 {
				i += 2
			}
			continue
		}
		if i >= len(text) {
			return 0, false
		}
		var r rune
		n := 1
		if b := text[i]; b < utf8.RuneSelf {
			r = rune(b)
		} else {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		if e.exact {
			r = unicode.ToLower(r)
		} else {
			r = s.plain(r)
		}
		if r != want {
			return 0, false
		}
		i += n
	}
	if !e.open && i < len(text) {
		if r, _ := utf8.DecodeRuneInString(text[i:]); wordy(r) && !(r >= '0' && r <= '9') {
			return 0, false
		}
	}
	return i, true
}

func smallMark(b byte) bool {
	return b == ' ' || b == '-' || b == '\'' || b == '.' || b == ',' || b == '('
}
