package media

import (
	"bytes"
	"context"
	"image"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// packOf is the pack of each language the bot speaks.
var packOf = map[string]string{"en": "eng", "zh": "chi_sim", "id": "ind", "vi": "vie", "th": "tha", "my": "mya"}

// scriptPacks are the packs tried when the first reading went badly, by the
// script the letters seem to be of.
var scriptPacks = map[string]string{"Han": "chi_sim", "Thai": "tha", "Myanmar": "mya", "Latin": "vie+ind+eng"}

// What a reading must reach, as the program itself rates it from 0 to 100 and
// weighed by letters.
const (
	// sure is what a page in a known language reaches; below, another is tried.
	sure = 80
	// wellRead is the bound below which a reading says nothing by its silence.
	wellRead = 70
	// fewLetters is the least that can be taken for words.
	fewLetters = 12
)

// reading is what one pass made of a picture.
type reading struct {
	text    string
	conf    float64
	letters int
}

// letters reads the words in a picture. errPoor comes with whatever was read.
func (r *Reader) letters(ctx context.Context, img image.Image, lang string) (string, error) {
	if r.tesseract == "" {
		return "", errHere
	}
	var pgm bytes.Buffer
	writePGM(&pgm, page(img))
	best, err := r.pass(ctx, pgm.Bytes(), r.installed(packOf[lang]+"+eng"))
	if err != nil {
		return "", err
	}
	if best.conf < sure || best.letters < fewLetters {
		if packs := r.installed(scriptPacks[r.script(ctx, pgm.Bytes())]); packs != "" && !strings.HasPrefix(packOf[lang]+"+eng", packs) {
			// A second reading that fails leaves the first.
			if again, err := r.pass(ctx, pgm.Bytes(), packs); err == nil && again.better(best) {
				best = again
			}
		}
	}
	// Of Burmese a third of the letters come out wrong however sure the program
	// is, and of light Thai on dark enough that finding nothing means nothing.
	doubtful := strings.ContainsFunc(best.text, func(r rune) bool { return unicode.In(r, unicode.Myanmar, unicode.Thai) })
	if best.conf < wellRead || best.letters < fewLetters || doubtful {
		return best.text, errPoor
	}
	return best.text, nil
}

// better prefers what was read surely, and of much more rather than little.
func (a reading) better(b reading) bool {
	if b.letters < fewLetters || a.letters < fewLetters {
		return a.letters > b.letters
	}
	return a.conf > b.conf
}

func (r *Reader) pass(ctx context.Context, pgm []byte, packs string) (reading, error) {
	if packs == "" {
		return reading{}, errHere
	}
	out, _, err := run(ctx, pgm, r.tesseract, "stdin", "stdout", "-l", packs, "--dpi", "200", "--psm", pageMode, "tsv")
	if err != nil {
		return reading{}, err
	}
	words := parseTSV(out)
	var sum float64
	n := 0
	for _, w := range words {
		l := letterCount(w.text)
		n += l
		sum += w.conf * float64(l)
	}
	rd := reading{text: sentences(words), letters: n}
	if n > 0 {
		rd.conf = sum / float64(n)
	}
	return rd, nil
}

// pageMode is the program's way of finding the lines of a page.
const pageMode = "3"

var scriptLine = regexp.MustCompile(`(?m)^Script: (\w+)`)

// script guesses the script of a page.
func (r *Reader) script(ctx context.Context, pgm []byte) string {
	if !r.packs["osd"] {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	out, _, err := run(ctx, pgm, r.tesseract, "stdin", "stdout", "-l", "osd", "--psm", "0")
	if m := scriptLine.FindSubmatch(out); err == nil && m != nil {
		return string(m[1])
	}
	return ""
}

// installed leaves out the packs that are not there and those named twice.
func (r *Reader) installed(packs string) string {
	var out []string
	seen := map[string]bool{}
	for _, p := range strings.Split(packs, "+") {
		if r.packs[p] && !seen[p] {
			out, seen[p] = append(out, p), true
		}
	}
	return strings.Join(out, "+")
}

func packsOf(ctx context.Context, path string) map[string]bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, _, err := run(ctx, nil, path, "--list-langs")
	if err != nil {
		return nil
	}
	packs := map[string]bool{}
	for _, line := range strings.Split(string(out), "\n")[1:] {
		if p := strings.TrimSpace(line); p != "" {
			packs[p] = true
		}
	}
	return packs
}

func letterCount(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
