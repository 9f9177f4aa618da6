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

// tall are the languages whose letters carry marks above and below, which the
// program takes for lines of their own when it looks for lines itself.
var tall = map[string]bool{"th": true, "my": true}

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
	// rowsRead is what a page cut into its lines must reach, or it is read whole:
	// a photo may have no straight lines to cut.
	rowsRead = 65
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
	ready := page(img)
	writePGM(&pgm, ready)
	packs := r.installed(packOf[lang] + "+eng")
	var best reading
	var err error
	if tall[lang] {
		best, err = r.rowByRow(ctx, ready, packs)
	}
	if best.conf < rowsRead || best.letters < fewLetters {
		// A reading that fails leaves the one before.
		whole, failed := r.pass(ctx, pgm.Bytes(), packs)
		if failed == nil && whole.better(best) {
			best = whole
		}
		if err = failed; best.letters > 0 {
			err = nil
		}
	}
	if err != nil {
		return "", err
	}
	if (best.conf < sure || best.letters < fewLetters) && !(tall[lang] && best.conf >= rowsRead) {
		script := r.script(ctx, pgm.Bytes())
		if packs := r.installed(scriptPacks[script]); packs != "" && !strings.HasPrefix(packOf[lang]+"+eng", packs) {
			var again reading
			var err error
			if script == "Thai" || script == "Myanmar" {
				again, err = r.rowByRow(ctx, ready, packs+"+eng")
			} else {
				again, err = r.pass(ctx, pgm.Bytes(), packs)
			}
			if err == nil && again.better(best) {
				best = again
			}
		}
	}
	if r.Mend != nil {
		best.text = r.Mend(best.text)
	}
	// Of Burmese one letter in eight comes out wrong however sure the program is,
	// and of Thai enough that finding nothing means nothing.
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
	return readingOf(parseTSV(out)), nil
}

// rowByRow reads a page whose lines were cut apart before.
func (r *Reader) rowByRow(ctx context.Context, page *image.Gray, packs string) (reading, error) {
	cut := rows(page)
	if packs == "" || len(cut) == 0 {
		return reading{}, nil
	}
	pics := make([]*image.Gray, len(cut))
	for i, c := range cut {
		pics[i] = c.pic
	}
	out, _, err := run(ctx, tiff(pics), r.tesseract, "stdin", "stdout", "-l", packs, "--dpi", "200", "--psm", rowMode, "tsv")
	if err != nil {
		return reading{}, err
	}
	words := parseTSV(out)
	for i := range words {
		w := &words[i]
		if w.page < 1 || w.page > len(cut) {
			return reading{}, errBroken
		}
		from := cut[w.page-1]
		w.x, w.y = w.x/from.scale+float64(from.at.X), w.y/from.scale+float64(from.at.Y)
		w.w, w.h = w.w/from.scale, w.h/from.scale
		w.page, w.block, w.par, w.line = 1, 1, 1, w.page
	}
	return readingOf(words), nil
}

func readingOf(words []word) reading {
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
	return rd
}

// The program's ways of finding lines: of a page, and of a picture that is one.
const (
	pageMode = "3"
	rowMode  = "7"
)

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
