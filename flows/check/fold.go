package check

import (
	"html"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A folded text holds only what phrases are matched on: lower-case letters and
// digits, single spaces, and '\n' between sentences. off leads every byte back
// to the words as written.
type folded struct {
	text   []byte
	off    []int32 // off[i]: where in the source the rune of text[i] begins
	class  []byte  // class[i]: what text[i] belongs to
	clause []int32 // places in text where a comma or dash stood
	quotes []int32 // places in text where quotation marks stood

	mixed  [][2]int32 // source spans of words whose alphabets are mixed
	hidden [][2]int32 // source spans of words cut by invisible characters
	fancy  [][2]int32 // source spans of decorative or spaced-out letters
	marks  []hit      // numbers and percentages, in text; entities join them later

	plain    [longWord]byte // a plain word and where its letters stand, while it is read
	plainOff [longWord]int32

	word   []letter
	single []letter // a run of one-letter words
	runAt  int      // where in text the run begins
	wide   []bool   // single[i] follows more than one space
	letter int      // letters seen, for counting content
	words  int      // words seen; a unspaced script counts two letters as one
}

type letter struct {
	r      rune
	off    int32
	script byte
	fancy  bool
}

// Classes of folded bytes.
const (
	between  = byte(iota) // space or sentence end
	spaced                // letter or digit of a script that puts spaces between words
	unspaced              // letter of a script that does not
	han                   // unspaced, and dense: Han, kana, hangul is spaced
)

// Scripts told apart within one word.
const (
	otherScript = byte(iota)
	latin
	cyrillic
	greek
	numeral
)

// What a source rune is before folding.
const (
	kindSpace = byte(iota)
	kindMark  // punctuation or symbol: a space
	kindComma // a space that also ends a clause
	kindEnd   // ends a sentence
	kindDot   // ends a sentence unless it stands inside a word or number
	kindDrop  // apostrophes, combining marks of Latin, tatweel
	kindHide  // invisible characters
	kindSpaced
	kindSpaceless
	kindHan
)

type glyph struct {
	kind   byte
	script byte
	fancy  bool
	plain  byte   // the ASCII letter or digit a letter of Latin words folds to, 0 for others
	value  int8   // of a digit people write to each other with, -1 for others
	wordy  bool   // part of a word of a script written with spaces, while the raw text is read
	alike  uint8  // place in scripts and two, 1 for letters of others, 0 for what is no letter
	out    string // folded runes, "" for marks
}

type page [256]glyph

// pages hold what each rune folds to; a page is worked out when first met.
var pages [0x110000 >> 8]atomic.Pointer[page]

func glyphOf(r rune) *glyph {
	if p := pages[r>>8].Load(); p != nil {
		return &p[r&0xff]
	}
	return newPage(r)
}

// newPage works out the page of a rune.
func newPage(r rune) *glyph {
	p := new(page)
	for i := range p {
		p[i] = completeGlyph(r&^0xff | rune(i))
	}
	pages[r>>8].Store(p)
	return &p[r&0xff]
}

// strokes are Latin letters that Unicode does not take apart.
var strokes = map[rune]string{
	'đ': "d", 'ð': "d", 'ø': "o", 'ł': "l", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ı': "i", 'ħ': "h", 'ŧ': "t", 'ς': "σ",
	'ƙ': "k", 'ɓ': "b", 'ɗ': "d", 'ŋ': "n", 'ɛ': "e", 'ɔ': "o",
}

// What Devanagari is written with and without, as hands and keyboards go: the dot
// below a letter, and the half moon around the dot above it.
const (
	nukta   = 0x93c
	moonDot = 0x901
	overDot = 0x902
)

// completeGlyph adds to what a rune folds to what else is asked of it.
func completeGlyph(r rune) glyph {
	g := makeGlyph(r)
	if g.kind == kindSpaced && !g.fancy && len(g.out) == 1 && (g.script == latin || g.script == numeral) {
		g.plain = g.out[0]
	}
	g.value = -1
	for _, zero := range [...]rune{'0', 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0x0ED0, 0x1040, 0x1090, 0x17E0, 0xFF10} {
		if r >= zero && r < zero+10 {
			g.value = int8(r - zero)
		}
	}
	letter := unicode.IsLetter(r)
	g.wordy = r == '_' || !spaceless(r) && (letter || unicode.IsDigit(r) || r >= utf8.RuneSelf && unicode.Is(unicode.Mn, r))
	if letter {
		g.alike = 1
		for i := range scripts {
			if unicode.Is(scripts[i].table, r) {
				g.alike = uint8(i) + 2
				break
			}
		}
	}
	return g
}

func makeGlyph(r rune) glyph {
	switch r {
	case ' ', '\t', 0xa0, 0x3000:
		return glyph{kind: kindSpace}
	case '\n', '\r', 0x85, 0x2028, 0x2029, '!', '?', '！', '？', '。', '။', '…', '؟', '।', '።', '។', '｡', '¿', '¡':
		return glyph{kind: kindEnd}
	case '.', '．':
		return glyph{kind: kindDot}
	case ',', '，', '、', '၊', ';', '；', '،', '؛', ':', '：', '–', '—', '(', ')', '（', '）':
		return glyph{kind: kindComma}
	case '\'', '’', '‘', 'ʼ', '`', '´', 'ー', 0x640:
		return glyph{kind: kindDrop}
	case 0xfe0e, 0xfe0f: // picture and text forms of symbols
		return glyph{kind: kindMark}
	case 0xad, 0x34f, 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800:
		return glyph{kind: kindHide}
	}
	// Squared and circled white letters, which Unicode does not take apart.
	if r >= 0x1f150 && r <= 0x1f169 {
		return glyph{kind: kindSpaced, script: latin, fancy: true, out: string('a' + r - 0x1f150)}
	}
	if r >= 0x1f170 && r <= 0x1f189 {
		return glyph{kind: kindSpaced, script: latin, fancy: true, out: string('a' + r - 0x1f170)}
	}
	if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
		return glyph{kind: kindHide}
	}
	out := fold(r)
	if out == "" {
		if unicode.Is(unicode.Mn, r) {
			return glyph{kind: kindDrop}
		}
		return glyph{kind: kindMark}
	}
	g := glyph{out: out}
	first, _ := utf8.DecodeRuneInString(out)
	switch {
	case unicode.IsDigit(first):
		g.kind, g.script = kindSpaced, numeral
	case unicode.In(first, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo):
		g.kind = kindHan
	case unicode.In(first, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan):
		g.kind = kindSpaceless
	case unicode.IsLetter(first) || unicode.IsMark(first):
		g.kind = kindSpaced
		switch {
		case unicode.Is(unicode.Latin, first):
			g.script = latin
		case unicode.Is(unicode.Cyrillic, first):
			g.script = cyrillic
		case unicode.Is(unicode.Greek, first):
			g.script = greek
		}
	default:
		return glyph{kind: kindMark}
	}
	// Letters of mathematics and enclosed letters are decoration; full width
	// is how some keyboards write.
	g.fancy = g.script == latin && (r >= 0x1d400 && r <= 0x1d7ff || r >= 0x24b6 && r <= 0x24e9 || r >= 0x1f130 && r <= 0x1f149)
	return g
}

// fold gives the letters and digits a rune stands for: compatibility forms
// made plain, lower case, accents of Latin, Greek and Cyrillic dropped.
func fold(r rune) string {
	if unicode.IsDigit(r) {
		return string('0' + rune(digitValue(r)))
	}
	var b strings.Builder
	base := rune(0)
	for _, c := range norm.NFKD.String(string(r)) {
		c = unicode.ToLower(c)
		switch c {
		case nukta:
			continue
		case moonDot:
			c = overDot
		default:
			c = oneArabic(c)
		}
		if s, ok := strokes[c]; ok {
			b.WriteString(s)
			base = 'a'
			continue
		}
		switch {
		case unicode.Is(unicode.Mn, c):
			if base == 0 || unicode.In(base, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew) {
				// A mark met alone belongs to the letter before it.
				if base != 0 || unicode.In(c, unicode.Inherited, unicode.Arabic, unicode.Hebrew) {
					continue
				}
			}
			b.WriteRune(c)
		case unicode.IsLetter(c), unicode.Is(unicode.Mc, c):
			base = c
			b.WriteRune(c)
		case unicode.IsDigit(c):
			b.WriteRune('0' + rune(digitValue(c)))
		}
	}
	s := b.String()
	// Scripts written with marks of their own keep the composed form, so that
	// a letter is one thing whichever way it was typed.
	if base != 0 && !unicode.In(base, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
		return norm.NFC.String(s)
	}
	return s
}

// oneArabic writes an Arabic letter one way that people write in two: a final
// yeh without its dots, a teh that is heard as heh, the letters of Persian keys.
func oneArabic(r rune) rune {
	switch r {
	case 'ى', 'ی':
		return 'ي'
	case 'ة', 'ہ', 'ھ', 'ە':
		return 'ه'
	case 'ک':
		return 'ك'
	}
	return r
}

// digitValue reads a decimal digit of any script: the digits of a script stand
// in a row of ten.
func digitValue(r rune) int {
	v := 0
	for v < 9 && unicode.IsDigit(r-1) && (r-1)>>4 == r>>4 || v < 9 && unicode.IsDigit(r-1) && sameRow(r) {
		r--
		v++
	}
	return v
}

func sameRow(r rune) bool {
	// Rows that cross a multiple of sixteen: Arabic-Indic extended, Burmese Shan
	// and the mathematical digits, which stand in rows of ten from 0x1d7ce.
	return r >= 0x1d7ce && r <= 0x1d7ff && (r-0x1d7ce)%10 != 0
}

// lookalike pairs letters of Cyrillic and Greek with the Latin letter they
// pass for.
var lookalike = map[rune]rune{
	'а': 'a', 'в': 'b', 'с': 'c', 'е': 'e', 'н': 'h', 'к': 'k', 'м': 'm', 'о': 'o', 'р': 'p', 'т': 't', 'у': 'y',
	'х': 'x', 'і': 'i', 'ј': 'j', 'ѕ': 's', 'ԁ': 'd', 'һ': 'h', 'ԛ': 'q', 'ԝ': 'w', 'ь': 'b', 'п': 'n', 'г': 'r',
	'α': 'a', 'β': 'b', 'ε': 'e', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x',
	'η': 'n', 'ω': 'w', 'μ': 'm', 'ζ': 'z',
}

// toCyrillic is the way back, for a Latin letter inside a Cyrillic word.
var toCyrillic = map[rune]rune{
	'a': 'а', 'b': 'в', 'c': 'с', 'e': 'е', 'h': 'н', 'k': 'к', 'm': 'м', 'o': 'о', 'p': 'р', 't': 'т', 'y': 'у',
	'x': 'х', 'i': 'і', 'j': 'ј', 's': 'ѕ', 'u': 'и', 'n': 'п', 'r': 'г',
}

var (
	digitToLatin    = map[rune]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't'}
	digitToCyrillic = map[rune]rune{'0': 'о', '3': 'з', '4': 'ч', '6': 'б'}
)

func (f *folded) reset() {
	f.text, f.off, f.class, f.clause = f.text[:0], f.off[:0], f.class[:0], f.clause[:0]
	f.quotes = f.quotes[:0]
	f.mixed, f.hidden, f.fancy, f.marks = f.mixed[:0], f.hidden[:0], f.fancy[:0], f.marks[:0]
	f.word, f.single, f.wide = f.word[:0], f.single[:0], f.wide[:0]
	f.letter, f.words, f.runAt = 0, 0, 0
}

// fold reads the text once. It takes any bytes: broken UTF-8 counts as marks.
func (f *folded) fold(text string) {
	f.reset()
	gap, end, clause := 0, false, false // what stood since the last word
	hid := int32(-1)                    // an invisible character stood here, inside a word
	rtl := false
	for i := 0; i < len(text); {
		if len(f.word) == 0 && text[i] == ' ' {
			gap++
			i++
			continue
		}
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		if len(f.word) == 0 && (alnum(text[i]) || r >= utf8.RuneSelf && glyphOf(r).plain != 0) {
			if j := f.plainWord(text, i, gap, end, clause); j > i {
				gap, end, clause, rtl = 0, false, false, false
				i = j
				continue
			}
			if r == burmeseZero && burmeseLetter(text[i+n:]) {
				r = burmeseWa // typed with the digit that looks like it
			}
		}
		g := glyphOf(r)
		if r == '&' {
			if c, size := escaped(text[i:]); size > 0 {
				r, n, g = c, size, glyphOf(c)
			}
		}
		at := int32(i)
		i += n
		kind := g.kind
		if (kind == kindSpaced && g.script == otherScript || kind == kindSpaceless) && len(f.word) > 0 && alphabetic(f.word[len(f.word)-1].script) && unicode.Is(unicode.Mn, r) {
			kind = kindHide // a vowel sign of another script, strewn into a word
		}
		switch kind {
		case kindDrop:
			continue
		case kindHide:
			// Web pages write where a word may break; that hides nothing.
			if len(f.word) > 0 && !rtl && text[at] != '&' {
				if s := f.word[len(f.word)-1].script; alphabetic(s) || s == numeral {
					hid = at
				}
			}
			continue
		case kindSpace, kindMark, kindComma, kindEnd, kindDot:
			if g.kind == kindDot && (len(f.word) > 0 && i < len(text) && text[i] > ' ' ||
				len(f.word) == 0 && len(f.class) > 0 && f.class[len(f.class)-1] == unspaced) {
				g = glyphOf('-') // inside "t.me" or "1.500"; Thai shortens with it and ends nothing
			}
			f.flush(gap, end, clause)
			if len(f.word) > 0 {
				gap, end, clause = 0, false, false
				f.word = f.word[:0]
			}
			switch r {
			case '"', '“', '”', '„', '«', '»', '「', '」', '『', '』', '＂':
				f.quotes = append(f.quotes, int32(len(f.text)))
			}
			if n := len(f.text); (r == '%' || r == '％' || r == '٪') && gap <= 1 && n > 0 && digit(f.text[n-1]) {
				f.marks = append(f.marks, hit{start: int32(n - 1), end: int32(n), class: markPercent})
			}
			hid = -1
			gap++
			end = end || g.kind == kindEnd || g.kind == kindDot
			clause = clause || g.kind == kindComma
			continue
		case kindHan, kindSpaceless:
			if len(f.word) > 0 {
				f.flush(gap, end, clause)
				gap, end, clause = 0, false, false
				f.word = f.word[:0]
			}
			hid = -1
			if len(f.single) > 0 {
				f.breakRun()
			}
			c := unspaced
			if g.kind == kindHan {
				c = han
			}
			if end || clause {
				f.space(end, clause, c)
			}
			if r != thaiE && r != dotBelow && r != vowelU || !f.retype(r) {
				f.emit(g.out, at, c)
			}
			f.letter++
			f.words += f.letter & 1
			gap, end, clause = 0, false, false
			continue
		}
		if hid >= 0 {
			if alphabetic(g.script) && len(f.word) > 0 {
				f.hidden = append(f.hidden, [2]int32{f.word[0].off, at + int32(n)})
			}
			hid = -1
		}
		rtl = g.script == otherScript
		for _, c := range g.out {
			f.word = append(f.word, letter{c, at, g.script, g.fancy})
		}
	}
	f.flush(gap, end, clause)
	f.word = f.word[:0]
	f.breakRun()
	f.off = append(f.off, int32(len(text)))
}

// alphabetic says whether a script is one whose words disguise uses.
func alphabetic(script byte) bool { return script == latin || script == cyrillic || script == greek }

// escaped reads a character written as web pages write it, "&eacute;" or
// "&#233;", at the beginning of a text: a mail that was copied often holds such.
// It gives the character and how many bytes stand for it, 0 when there is none.
func escaped(text string) (rune, int) {
	if text[0] != '&' {
		return 0, 0
	}
	end := strings.IndexByte(text[:min(len(text), longEscape)], ';')
	if end < 3 || text[1] != '#' && !alnum(text[1]) {
		return 0, 0
	}
	plain := html.UnescapeString(text[:end+1])
	r, n := utf8.DecodeRuneInString(plain)
	if n != len(plain) || r == utf8.RuneError {
		return 0, 0
	}
	return r, end + 1
}

// longEscape is how long a character of web pages may be, from & to ;.
const longEscape = 10

// longWord is how far a plain word is read at once.
const longWord = 48

var spacedRow = [longWord]byte{
	spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced,
	spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced,
	spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced,
	spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced, spaced,
}

// plainWord writes the word that begins with a plain letter at i when there is nothing to put right
// in it: Latin letters or digits alone, and a clear end. Nearly all words of
// Latin script go this way. It gives where the word ends, i when it is none.
func (f *folded) plainWord(text string, i, gap int, end, clause bool) int {
	word, off := &f.plain, &f.plainOff
	n, letters, j := 0, 0, i
loop:
	for j < len(text) {
		r, size := rune(text[j]), 1
		if b := text[j]; alnum(b) {
			if n == longWord {
				return i
			}
			if b > '9' { // letters stand behind digits
				b |= 0x20
				letters++
			}
			word[n], off[n] = b, int32(j)
			n++
			j++
			continue
		}
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[j:])
		}
		g := glyphOf(r)
		if g.plain != 0 {
			if n == longWord || n == 0 && r == burmeseZero {
				return i
			}
			word[n], off[n] = g.plain, int32(j)
			if g.script == latin {
				letters++
			}
			n++
			j += size
			continue
		}
		switch g.kind {
		case kindMark:
			if _, size := escaped(text[j:]); size > 0 {
				return i
			}
			break loop
		case kindSpaceless:
			if unicode.Is(unicode.Mn, r) {
				return i
			}
			break loop
		case kindSpace, kindComma, kindEnd, kindHan:
			break loop
		case kindDot:
			if r == '.' && (j+1 == len(text) || text[j+1] <= ' ') {
				break loop
			}
		}
		return i
	}
	if n == 0 || letters > 0 && (n == 1 || letters < n) {
		return i
	}
	f.words++
	f.breakRun()
	if len(f.text) > 0 && (gap > 0 || f.class[len(f.class)-1] != spaced) {
		f.space(end, clause, spaced)
	}
	f.text = append(f.text, word[:n]...)
	f.off = append(f.off, off[:n]...)
	f.class = append(f.class, spacedRow[:n]...)
	f.letter += letters
	return j
}

// Letters of Burmese that are typed in more than one way.
const (
	burmeseZero   = '၀'
	burmeseWa     = 'ဝ'
	dotBelow      = 0x1037
	asat          = 0x103a
	vowelU        = 0x102f
	anusvara      = 0x1036
	thaiE, thaiAE = 0x0e40, 0x0e41
)

// burmeseLetter says whether a text begins with a letter or sign, as a zero that
// begins a number does not.
func burmeseLetter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return r >= 0x1000 && r <= 0x103e
}

// retype writes a letter that is typed in two ways in one: two marks of a
// Burmese syllable in their order, a Thai ae that was typed as twice e. It
// answers false when the letter is to be written as it is.
func (f *folded) retype(r rune) bool {
	n := len(f.text) - 3 // where the letter before begins: these all take three bytes
	if n < 0 {
		return false
	}
	before, _ := utf8.DecodeRune(f.text[n:])
	switch {
	case r == thaiE && before == thaiE:
		utf8.EncodeRune(f.text[n:], thaiAE)
		return true
	case r == dotBelow && before == asat, r == vowelU && before == anusvara:
		utf8.EncodeRune(f.text[n:], r)
		f.emit(string(before), f.off[n], unspaced)
		return true
	}
	return false
}

// space puts what separates the next letter of class c from the one before.
func (f *folded) space(end, clause bool, c byte) {
	if len(f.text) == 0 {
		return
	}
	last := f.class[len(f.class)-1]
	if end {
		if f.text[len(f.text)-1] != '\n' {
			f.put('\n', f.off[len(f.off)-1], between)
		}
		return
	}
	if clause {
		f.clause = append(f.clause, int32(len(f.text)))
	}
	if last == spaced && c == spaced {
		f.put(' ', f.off[len(f.off)-1], between)
	}
}

func (f *folded) put(b byte, off int32, class byte) {
	f.text = append(f.text, b)
	f.off = append(f.off, off)
	f.class = append(f.class, class)
}

func (f *folded) emit(s string, off int32, class byte) {
	f.text = append(f.text, s...)
	for range len(s) {
		f.off = append(f.off, off)
		f.class = append(f.class, class)
	}
}

// flush ends a word of a spaced script: puts look-alikes right and writes it.
func (f *folded) flush(gap int, end, clause bool) {
	w := f.word
	if len(w) == 0 {
		return
	}
	f.straighten(w)
	f.words++
	if len(w) == 1 && (w[0].script == latin || w[0].script == cyrillic) {
		if end {
			f.breakRun()
		}
		f.space(end, clause, spaced)
		if len(f.single) == 0 {
			f.runAt = len(f.text)
		}
		f.single = append(f.single, w[0])
		f.wide = append(f.wide, gap > 1 && len(f.single) > 1)
		f.emitRune(w[0])
		return
	}
	f.breakRun()
	if len(f.text) > 0 && (gap > 0 || f.class[len(f.class)-1] != spaced) {
		f.space(end, clause, spaced)
	}
	fancy := 0
	for _, l := range w {
		f.emitRune(l)
		if l.script != numeral {
			f.letter++
		}
		if l.fancy {
			fancy++
		}
	}
	if fancy >= 3 {
		f.fancy = append(f.fancy, [2]int32{w[0].off, w[len(w)-1].off + 1})
	}
}

func (f *folded) emitRune(l letter) {
	if l.r < utf8.RuneSelf {
		f.put(byte(l.r), l.off, spaced)
		return
	}
	var buf [utf8.UTFMax]byte
	for _, b := range buf[:utf8.EncodeRune(buf[:], l.r)] {
		f.put(b, l.off, spaced)
	}
}

// breakRun closes a run of one-letter words. Four or more are one word spelled
// out, and are written again without the spaces.
func (f *folded) breakRun() {
	run := f.single
	f.single = f.single[:0]
	wide := f.wide
	f.wide = f.wide[:0]
	if len(run) < 4 {
		return
	}
	f.fancy = append(f.fancy, [2]int32{run[0].off, run[len(run)-1].off + 1})
	f.text, f.off, f.class = f.text[:f.runAt], f.off[:f.runAt], f.class[:f.runAt]
	for len(f.clause) > 0 && f.clause[len(f.clause)-1] > int32(f.runAt) {
		f.clause = f.clause[:len(f.clause)-1]
	}
	for i, l := range run {
		if wide[i] {
			f.put(' ', l.off, between)
		}
		f.emitRune(l)
	}
}

// straighten puts right the letters of a word that pass for others: a mixed
// alphabet, digits for letters.
func (f *folded) straighten(w []letter) {
	var lat, cyr, grk, dig, turns int
	last := byte(255)
	for _, l := range w {
		switch l.script {
		case latin:
			lat++
		case cyrillic:
			cyr++
		case greek:
			grk++
		case numeral:
			dig++
			continue
		default:
			return
		}
		if last != 255 && l.script != last {
			turns++
		}
		last = l.script
	}
	if lat > 0 && cyr+grk > 0 {
		toLatin, toCyr := true, true // can every foreign letter be read so?
		minority := min(lat, cyr+grk)
		for _, l := range w {
			switch l.script {
			case cyrillic, greek:
				toLatin = toLatin && lookalike[l.r] != 0
			case latin:
				toCyr = toCyr && toCyrillic[l.r] != 0
			}
		}
		disguise := (toLatin || toCyr) && (turns >= 2 || minority == 1 && len(w) >= 4)
		switch {
		case toLatin && (!toCyr || lat >= cyr+grk):
			for i := range w {
				if t := lookalike[w[i].r]; w[i].script != latin && t != 0 {
					w[i].r, w[i].script = t, latin
				}
			}
			lat, cyr, grk = lat+cyr+grk, 0, 0
		case toCyr:
			for i := range w {
				if t := toCyrillic[w[i].r]; w[i].script == latin && t != 0 {
					w[i].r, w[i].script = fold1(t), cyrillic
				}
			}
			cyr, lat = cyr+lat, 0
		}
		if disguise {
			f.mixed = append(f.mixed, [2]int32{w[0].off, w[len(w)-1].off + 1})
		}
	}
	letters := lat + cyr
	if dig == 0 || letters < 3 || dig*2 > letters {
		return
	}
	table, script := digitToLatin, latin
	if cyr > lat {
		table, script = digitToCyrillic, cyrillic
	}
	for i := range w {
		if w[i].script != numeral {
			continue
		}
		// Digits at the end are a number ("covid19"); inside they pass for letters.
		inside := i+1 < len(w) && w[i+1].script == script && (i == 0 || w[i-1].script == script)
		if t := table[w[i].r]; inside && t != 0 {
			w[i].r, w[i].script = t, script
		}
	}
}

// fold1 folds a Cyrillic letter made from a Latin one.
func fold1(r rune) rune {
	c, _ := utf8.DecodeRuneInString(glyphOf(r).out)
	return c
}

// source gives the span in the text as written of a span in the folded text.
func (f *folded) source(text string, start, end int32) (int, int) {
	a := int(f.off[start])
	if end <= start {
		return a, a
	}
	b := int(f.off[end-1])
	_, n := utf8.DecodeRuneInString(text[b:])
	if _, size := escaped(text[b:]); size > 0 {
		n = size
	}
	b += n
	// Marks that were dropped belong to the letter before them.
	for b < len(text) {
		r, n := utf8.DecodeRuneInString(text[b:])
		if !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Cf, r) {
			break
		}
		b += n
	}
	return a, b
}
