// Package media makes text of what people attach: pictures, QR codes, letters,
// mails. What it cannot read it says so of, and why; it keeps nothing, writes
// no file and opens no link.
//
// The map of the room:
//
//   - media.go: Reader, what it takes, and how a file's kind is told
//   - picture.go: pictures made ready to be read, and QR codes in them
//   - ocr.go: letters out of a picture, by the tesseract program
//   - rows.go: a page cut into its lines, for scripts with marks above and below
//   - lines.go: words with places put together to sentences
//   - pdf.go: PDF, by the pdftotext program
//   - docx.go, mail.go, plain.go: letters, mails, plain and marked-up text
//   - program.go: a program run under limits
//
// Files come from strangers. Whatever decodes more than it is given runs in a
// process of its own, with limits on time and memory that the system holds, or
// counts as it goes. Nothing here trusts a file's name or declared type: the
// first bytes tell what it is.
package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/offercheck/offercheck/flows"
)

// The limits of one file.
const (
	// Most is the largest file that is read, in bytes.
	Most = 20 << 20
	// mostText is the most text of one file that is kept, in bytes.
	mostText = 256 << 10
	// mostDepth is how deep files may lie in files: a mail in a mail.
	mostDepth = 4
)

// Text is what was made of a file. Unread says why there is no text; with both,
// the text was read badly: a sign in it counts, but that none is in it says
// nothing.
type Text struct {
	Text   string
	Unread flows.Key
}

// Reader reads files. It is safe for concurrent use.
type Reader struct {
	// Mend puts right words that were misread in a picture, as far as they can
	// be known; nil leaves them. It is set before the first Read.
	Mend func(string) string

	tesseract string          // path of the program, "" when it is not installed
	packs     map[string]bool // its languages
	pdftotext string
}

// New looks for the programs that read pictures and PDF. Without them those are
// answered as something that cannot be read here.
func New(ctx context.Context) *Reader {
	r := &Reader{tesseract: find("tesseract"), pdftotext: find("pdftotext")}
	if r.tesseract != "" {
		r.packs = packsOf(ctx, r.tesseract)
	}
	if len(r.packs) == 0 {
		r.tesseract = ""
	}
	return r
}

// Pictures says whether letters in pictures can be read here.
func (r *Reader) Pictures() bool { return r.tesseract != "" }

// PDF says whether PDF can be read here.
func (r *Reader) PDF() bool { return r.pdftotext != "" }

// Read reads a file to its end, 20 MB at most. lang is the language of the
// chat, a hint only. Its error is that of f, or of ctx when it ended before an
// answer was known; whatever is wrong with the file itself is said by the Text.
func (r *Reader) Read(ctx context.Context, f io.Reader, name, mime, lang string) (Text, error) {
	data, err := io.ReadAll(io.LimitReader(f, Most+1))
	if err != nil {
		return Text{}, fmt.Errorf("read file: %w", err)
	}
	if len(data) > Most {
		return Text{Unread: flows.UnreadLarge}, nil
	}
	return r.read(ctx, file{data: data, name: name, mime: mime, lang: lang})
}

// file is one to be read, and how it came.
type file struct {
	data             []byte
	name, mime, lang string
	charset          string // as declared, "" when it was not
	depth            int
}

// Why a file gives no text, as errors on the way up.
var (
	errBroken = errors.New("broken")
	errLarge  = errors.New("too large")
	errLocked = errors.New("locked")
	errKind   = errors.New("of no kind that is read")
	errHere   = errors.New("not readable here")
	errPoor   = errors.New("not readable well")
)

func (r *Reader) read(ctx context.Context, f file) (out Text, err error) {
	defer func() {
		// A decoder stumbled over a file made for that. What it says may quote it.
		if recover() != nil {
			out, err = Text{Unread: flows.UnreadBroken}, nil
		}
	}()
	out.Text, err = r.text(ctx, f)
	if ctx.Err() != nil && out.Text == "" {
		return Text{}, ctx.Err()
	}
	switch {
	case errors.Is(err, errPoor):
		out.Unread = flows.UnreadPoor
	case err == nil:
		if !readable(out.Text) {
			out = Text{Unread: flows.UnreadPoor}
		}
	case errors.Is(err, errHere):
		out = Text{Unread: flows.UnreadHere}
	case errors.Is(err, errLarge):
		out = Text{Unread: flows.UnreadLarge}
	case errors.Is(err, errLocked):
		out = Text{Unread: flows.UnreadLocked}
	case errors.Is(err, errKind):
		out = Text{Unread: flows.UnreadKind}
	default:
		out = Text{Unread: flows.UnreadBroken}
	}
	out.Text = trim(out.Text)
	return out, nil
}

func (r *Reader) text(ctx context.Context, f file) (string, error) {
	switch kind(f) {
	case "empty":
		return "", errBroken
	case "picture":
		return r.picture(ctx, f)
	case "pdf":
		return r.pdf(ctx, f)
	case "zip":
		return letter(f)
	case "ole":
		if bytes.Contains(f.data, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
			return "", errLocked
		}
		return "", errKind
	case "mail":
		return r.mail(ctx, f)
	case "html":
		return markup(decoded(f)), nil
	case "text":
		return decoded(f), nil
	case "broken":
		return "", errBroken
	}
	return "", errKind
}

// Plain says whether data is UTF-8 text as it stands: neither a picture nor a
// letter nor anything else that must be read by somebody.
func Plain(data []byte, name string) bool {
	k := kind(file{data: data, name: name})
	return k == "empty" || k == "text" && utf8.Valid(data)
}

// kind tells what a file is by its first bytes. Its name and declared type are
// asked only about texts, which have no such bytes.
func kind(f file) string {
	d := f.data
	starts := func(s string) bool { return bytes.HasPrefix(d, []byte(s)) }
	switch {
	case len(d) == 0:
		return "empty"
	case starts("\x89PNG\r\n\x1a\n"), starts("\xff\xd8\xff"), starts("GIF87a"), starts("GIF89a"),
		starts("RIFF") && len(d) >= 12 && string(d[8:12]) == "WEBP":
		return "picture"
	case bytes.Contains(d[:min(len(d), 1024)], []byte("%PDF-")):
		return "pdf"
	case starts("PK\x03\x04"), starts("PK\x05\x06"):
		return "zip"
	case starts("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return "ole"
	case starts("{\\rtf"), starts("%!PS"), starts("MZ"), starts("\x7fELF"):
		return "other"
	case starts("\xff\xfe"), starts("\xfe\xff"):
		return "text"
	case bytes.IndexByte(d[:min(len(d), 4096)], 0) >= 0:
		return "other"
	}
	mime, _, _ := strings.Cut(strings.ToLower(f.mime), ";")
	switch ext := strings.ToLower(filepath.Ext(f.name)); {
	case ext == ".eml" || mime == "message/rfc822":
		return "mail"
	case ext == ".html" || ext == ".htm" || mime == "text/html":
		return "html"
	case ext == ".png" || ext == ".jpg" || ext == ".jpeg" || ext == ".webp" || ext == ".gif" || ext == ".pdf" || ext == ".docx":
		return "broken"
	case mime != "" && !strings.HasPrefix(mime, "text/") && mime != "application/octet-stream":
		return "other"
	}
	// Control characters stand in no text.
	head, odd := d[:min(len(d), 4096)], 0
	for _, b := range head {
		if b < 0x20 && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 0x1b {
			odd++
		}
	}
	if odd*50 > len(head) {
		return "other"
	}
	return "text"
}

// readable says whether a text has a letter or a digit.
func readable(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// trim keeps the beginning of a text that is too long, valid and without the
// blank space around it.
func trim(s string) string {
	if len(s) > mostText {
		s = s[:mostText]
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, ""))
}
