package media

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
)

// The limits of a letter: a document of the office kind is an archive, and
// archives can be made to grow without end.
const (
	mostEntries = 2000
	mostEntry   = 16 << 20 // of one part, unpacked
	mostLetter  = 32 << 20 // of all parts read, unpacked
	mostRatio   = 200      // unpacked to packed
	ratioFrom   = 1 << 20  // below that a high ratio is harmless
)

// letter reads a DOCX: headers, text with tables, footers, notes, and the
// addresses behind links.
func letter(f file) (string, error) {
	z, err := zip.NewReader(bytes.NewReader(f.data), int64(len(f.data)))
	if err != nil {
		return "", errBroken
	}
	if len(z.File) > mostEntries {
		return "", errLarge
	}
	parts := map[string]*zip.File{}
	locked := false
	for _, e := range z.File {
		locked = locked || e.Flags&1 != 0
		parts[e.Name] = e
	}
	if parts["word/document.xml"] == nil {
		if locked {
			return "", errLocked
		}
		return "", errKind
	}
	if locked {
		return "", errLocked
	}
	var b strings.Builder
	left := int64(mostLetter)
	for _, name := range letterParts(parts) {
		err := unpacked(parts[name], &left, func(r io.Reader) error {
			if strings.HasSuffix(name, ".rels") {
				return linkTargets(r, &b)
			}
			return wordText(r, &b)
		})
		b.WriteByte('\n')
		switch {
		case errors.Is(err, errLarge):
			return "", errLarge
		case err != nil && name == "word/document.xml":
			return "", errBroken
		}
	}
	return b.String(), nil
}

// letterParts are the parts with words, in the order of reading.
func letterParts(parts map[string]*zip.File) []string {
	rank := func(name string) int {
		dir, base := path.Split(name)
		switch {
		case dir == "word/_rels/" && strings.HasSuffix(base, ".xml.rels"):
			return 5
		case dir != "word/" || !strings.HasSuffix(base, ".xml"):
			return 0
		case strings.HasPrefix(base, "header"):
			return 1
		case base == "document.xml":
			return 2
		case strings.HasPrefix(base, "footnotes"), strings.HasPrefix(base, "endnotes"), strings.HasPrefix(base, "comments"):
			return 3
		case strings.HasPrefix(base, "footer"):
			return 4
		}
		return 0
	}
	var names []string
	for name := range parts {
		if rank(name) > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names[:min(len(names), 64)]
}

// unpacked gives the content of an entry, as far as it and all before it are
// bearable. It counts what comes out, not what the archive says.
func unpacked(e *zip.File, left *int64, read func(io.Reader) error) error {
	r, err := e.Open()
	if err != nil {
		return errBroken
	}
	defer r.Close()
	most := int64(mostEntry)
	if packed := int64(e.CompressedSize64); packed < mostEntry/mostRatio {
		most = max(ratioFrom, packed*mostRatio)
	}
	c := &counted{r: r, left: min(most, *left)}
	err = read(c)
	*left -= c.n
	if c.left < 0 {
		return errLarge
	}
	return err
}

// counted reads until too much came.
type counted struct {
	r       io.Reader
	n, left int64
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, errLarge
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.left -= int64(n); c.left < 0 {
		return 0, errLarge
	}
	return n, err
}

// tokens goes through XML that nothing is expected of.
func tokens(r io.Reader, each func(xml.Token)) error {
	d := xml.NewDecoder(r)
	d.Strict = false
	d.CharsetReader = charsetReader
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		each(t)
	}
}

// wordText writes the text of a part: a paragraph a line, a row of a table a
// line with its cells apart.
func wordText(r io.Reader, b *strings.Builder) error {
	deleted, words, row := 0, false, 0
	return tokens(r, func(t xml.Token) {
		if b.Len() > mostText {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				words = true
			case "tab":
				b.WriteByte(' ')
			case "br", "cr":
				b.WriteByte('\n')
			case "tr":
				row++
			case "del", "moveFrom":
				deleted++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				words = false
			case "p":
				if row > 0 {
					b.WriteByte(' ')
				} else {
					b.WriteByte('\n')
				}
			case "tr":
				row--
				b.WriteByte('\n')
			case "tc":
				b.WriteByte(' ')
			case "del", "moveFrom":
				deleted--
			}
		case xml.CharData:
			if words && deleted == 0 {
				b.Write(t)
			}
		}
	})
}

// linkTargets writes the addresses that links lead to.
func linkTargets(r io.Reader, b *strings.Builder) error {
	return tokens(r, func(t xml.Token) {
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "Relationship" || b.Len() > mostText {
			return
		}
		var kind, target string
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "Type":
				kind = a.Value
			case "Target":
				target = a.Value
			}
		}
		if strings.HasSuffix(kind, "/hyperlink") {
			b.WriteString(target + "\n")
		}
	})
}
