package media

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// oldCharsets are what texts of a language were written in before UTF-8.
var oldCharsets = map[string]encoding.Encoding{
	"th": charmap.Windows874, "zh": simplifiedchinese.GB18030, "vi": charmap.Windows1258,
}

// decoded is a text in UTF-8: by its mark, by its declared character set, as
// UTF-8 when it is valid, else by what its language was written in.
func decoded(f file) string {
	d := f.data
	var enc encoding.Encoding
	switch {
	case bytes.HasPrefix(d, []byte("\xef\xbb\xbf")):
		return string(d[3:])
	case bytes.HasPrefix(d, []byte("\xff\xfe")), bytes.HasPrefix(d, []byte("\xfe\xff")):
		enc = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	default:
		if f.charset != "" {
			enc, _ = htmlindex.Get(f.charset)
		}
		if enc == unicode.UTF8 {
			enc = nil
		}
		// A wrong label on what is plainly UTF-8 is the commonest mistake.
		if utf8.Valid(d) && (enc == nil || !ascii(d)) {
			return string(d)
		}
		if enc == nil {
			enc = oldCharsets[f.lang]
		}
		if enc == nil {
			enc = charmap.Windows1252
		}
	}
	out, err := enc.NewDecoder().Bytes(d)
	if err != nil {
		return string(d)
	}
	return string(out)
}

func ascii(d []byte) bool {
	for _, b := range d {
		if b >= utf8.RuneSelf || b == 0x1b { // ISO-2022 looks like ASCII
			return false
		}
	}
	return true
}

// charsetReader decodes a declared character set; an unknown one passes as it is.
func charsetReader(label string, in io.Reader) (io.Reader, error) {
	enc, err := htmlindex.Get(label)
	if err != nil {
		return in, nil
	}
	return enc.NewDecoder().Reader(in), nil
}

// blocks are the elements that stand on lines of their own.
var blocks = map[string]bool{
	"p": true, "div": true, "br": true, "li": true, "ul": true, "ol": true, "tr": true, "table": true, "h1": true, "h2": true, "h3": true,
	"h4": true, "h5": true, "h6": true, "blockquote": true, "pre": true, "hr": true, "section": true, "article": true, "header": true,
	"footer": true, "title": true, "body": true, "dd": true, "dt": true,
}

// markup is the text of HTML, and the addresses its links lead to, which are
// often other ones than it shows.
func markup(s string) string {
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(1 << 20)
	var b, links strings.Builder
	hidden := ""
	for b.Len()+links.Len() < mostText {
		switch z.Next() {
		case html.ErrorToken:
			return tidy(b.String()) + "\n" + links.String()
		case html.TextToken:
			if hidden == "" {
				b.WriteString(strings.Map(func(r rune) rune {
					if r == '\n' || r == '\r' || r == '\t' {
						return ' '
					}
					return r
				}, html.UnescapeString(string(z.Raw()))))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := z.TagName()
			tag := string(name)
			switch {
			case tag == "script" || tag == "style" || tag == "template":
				hidden = tag
			case blocks[tag]:
				b.WriteByte('\n')
			case tag == "td" || tag == "th":
				b.WriteByte(' ')
			}
			for attrs {
				var key, value []byte
				key, value, attrs = z.TagAttr()
				switch v := strings.TrimSpace(string(value)); {
				case v == "":
				case (tag == "a" || tag == "area") && string(key) == "href", tag == "form" && string(key) == "action":
					if !strings.HasPrefix(v, "#") && !strings.HasPrefix(strings.ToLower(v), "javascript:") {
						links.WriteString(strings.TrimPrefix(v, "mailto:") + "\n")
					}
				case tag == "img" && string(key) == "alt":
					b.WriteString(" " + v + " ")
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if tag := string(name); tag == hidden {
				hidden = ""
			} else if blocks[tag] {
				b.WriteByte('\n')
			}
		}
	}
	return tidy(b.String()) + "\n" + links.String()
}

// tidy leaves one space between words and no empty lines.
func tidy(s string) string {
	var out []string
	for l := range strings.Lines(s) {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}
