package media

import (
	"bytes"
	"context"
)

// pdfPages is how much of a long PDF is read: an offer letter is shorter.
const pdfPages = "30"

// pdf reads a PDF that has text. One that only holds pictures of pages gives
// errPoor. The program runs like the one that reads pictures: a PDF can be made
// to grow without end, and nothing inside this process could stop that.
func (r *Reader) pdf(ctx context.Context, f file) (string, error) {
	if r.pdftotext == "" {
		return "", errHere
	}
	out, code, err := run(ctx, f.data, r.pdftotext, "-q", "-l", pdfPages, "-enc", "UTF-8", "-tsv", "-", "-")
	switch {
	case err != nil && code == -1:
		return "", err
	case err != nil && bytes.Contains(f.data, []byte("/Encrypt")):
		return "", errLocked
	case err != nil:
		return "", errBroken
	}
	text := sentences(parseTSV(out))
	if !readable(text) {
		return "", errPoor
	}
	return text, nil
}
