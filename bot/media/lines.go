package media

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is one word and its place on a page.
type word struct {
	page, block, par, line int
	x, y, w, h             float64
	conf                   float64
	text                   string
}

// parseTSV reads the table of words that tesseract and pdftotext both write.
func parseTSV(table []byte) []word {
	var words []word
	for row := range strings.Lines(string(table)) {
		f := strings.SplitN(strings.TrimRight(row, "\r\n"), "\t", 12)
		if len(f) != 12 || f[0] != "5" || strings.TrimSpace(f[11]) == "" {
			continue
		}
		num := func(i int) float64 {
			n, _ := strconv.ParseFloat(f[i], 64)
			return n
		}
		words = append(words, word{int(num(1)), int(num(2)), int(num(3)), int(num(4)), num(6), num(7), num(8), num(9), num(10), strings.TrimSpace(f[11])})
	}
	return words
}

// line is a row of words.
type line struct {
	words               []word
	left, right         float64
	top, bottom, height float64
}

// sentences puts words together to lines, and lines that were only wrapped to
// one. Lines end where they ended on the page: where there was room for the next
// word, or where a gap follows.
func sentences(words []word) string {
	var lines []line
	for i, w := range words {
		last := len(lines) - 1
		if p := max(0, i-1); i == 0 || w.page != words[p].page || w.block != words[p].block || w.par != words[p].par || w.line != words[p].line {
			lines = append(lines, line{left: w.x, right: w.x + w.w, top: w.y, bottom: w.y + w.h})
			last++
		}
		l := &lines[last]
		l.words = append(l.words, w)
		l.left, l.right = min(l.left, w.x), max(l.right, w.x+w.w)
		l.top, l.bottom = min(l.top, w.y), max(l.bottom, w.y+w.h)
		l.height = l.bottom - l.top
	}
	var b strings.Builder
	for i := 0; i < len(lines); {
		// A paragraph: lines close under each other.
		end, right := i+1, lines[i].right
		for end < len(lines) && follows(lines[end-1], lines[end]) {
			right = max(right, lines[end].right)
			end++
		}
		for j := i; j < end; j++ {
			l := lines[j]
			for k, w := range l.words {
				if k > 0 && !glued(l.words[k-1], w) {
					b.WriteByte(' ')
				}
				b.WriteString(w.text)
			}
			switch {
			case j == end-1:
				b.WriteByte('\n')
			case l.right+l.slack(lines[j+1]) < right:
				b.WriteByte('\n') // the next word had found room here
			case !tight(last(l.words), first(lines[j+1].words)):
				b.WriteByte(' ')
			}
		}
		i = end
	}
	return strings.TrimSpace(b.String())
}

// slack is how much room the first word of the next line needs in this one. In
// scripts without spaces nobody knows where words end: some letters in Han, a
// long word in the others.
func (l line) slack(next line) float64 {
	switch r := first(next.words); {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return 3 * l.height
	case spaceless(r):
		return 5 * l.height
	}
	return 1.2*l.height + next.words[0].w
}

// follows says whether a line is the next of the same paragraph.
func follows(a, b line) bool {
	h := max(a.height, b.height)
	gap := b.top - a.bottom
	return a.words[0].page == b.words[0].page && gap > -h/2 && gap < 0.7*h &&
		b.left < a.right && b.left > a.left-3*h && b.left < a.left+3*h
}

// glued says whether two words of a line stand as one: in scripts without
// spaces, with less than a space between them.
func glued(a, b word) bool {
	return tight(lastRune(a.text), firstRune(b.text)) && b.x-(a.x+a.w) < 0.6*max(a.h, b.h)
}

// tight says whether two letters are of scripts written without spaces.
func tight(a, b rune) bool { return spaceless(a) && spaceless(b) }

func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Thai, unicode.Myanmar, unicode.Khmer, unicode.Lao, unicode.Hiragana, unicode.Katakana) ||
		r >= 0x3000 && r <= 0x303F || r >= 0xFF01 && r <= 0xFF0F
}

func last(ws []word) rune  { return lastRune(ws[len(ws)-1].text) }
func first(ws []word) rune { return firstRune(ws[0].text) }

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
