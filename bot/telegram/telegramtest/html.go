package telegramtest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// tags are those Telegram reads in a text; a start tag's attributes are
// checked where they matter.
var tags = map[string]bool{
	"b": true, "strong": true, "i": true, "em": true, "u": true, "ins": true,
	"s": true, "strike": true, "del": true, "a": true, "code": true, "pre": true,
	"blockquote": true, "tg-spoiler": true, "span": true, "tg-emoji": true,
}

// complaint is Telegram's own wording, capitals and all.
type complaint string

func (c complaint) Error() string { return string(c) }

func wrong(format string, args ...any) error { return complaint(fmt.Sprintf(format, args...)) }

// Plain reads Telegram HTML as Telegram does and answers the text a person
// sees, or what Telegram says it cannot read.
func Plain(text string) (string, error) {
	var out strings.Builder
	var open []string
	for i := 0; i < len(text); {
		switch {
		case text[i] == '&':
			r, n := entity(text[i:])
			if n == 0 {
				out.WriteByte('&')
				i++
				continue
			}
			out.WriteRune(r)
			i += n
		case text[i] == '<' && strings.HasPrefix(text[i:], "</"):
			end := strings.IndexByte(text[i:], '>')
			if len(open) == 0 {
				return "", wrong("Unexpected end tag at byte offset %d", i)
			}
			if end < 0 {
				return "", wrong("Unclosed end tag at byte offset %d", i)
			}
			name := strings.ToLower(strings.TrimSpace(text[i+2 : i+end]))
			want := open[len(open)-1]
			if name != "" && name != want {
				return "", wrong("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", i, want, name)
			}
			open = open[:len(open)-1]
			i += end + 1
		case text[i] == '<':
			name, n, err := startTag(text[i:], i)
			if err != nil {
				return "", err
			}
			open = append(open, name)
			i += n
		default:
			out.WriteByte(text[i])
			i++
		}
	}
	if len(open) > 0 {
		return "", wrong("Can't find end tag corresponding to start tag \"%s\"", open[len(open)-1])
	}
	return out.String(), nil
}

// startTag reads one start tag and answers its name and length.
func startTag(s string, at int) (string, int, error) {
	i := 1
	for i < len(s) && s[i] != '>' && s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\r' {
		i++
	}
	name := strings.ToLower(s[1:i])
	if i == len(s) {
		return "", 0, wrong("Unclosed start tag at byte offset %d", at)
	}
	if name == "" {
		return "", 0, wrong("Empty tag name at byte offset %d", at)
	}
	if !tags[name] {
		return "", 0, wrong("Unsupported start tag \"%s\" at byte offset %d", name, at)
	}
	attrs := map[string]string{}
	for {
		for i < len(s) && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			i++
		}
		if i == len(s) {
			return "", 0, wrong("Unclosed start tag at byte offset %d", at)
		}
		if s[i] == '>' {
			break
		}
		start := i
		for i < len(s) && strings.IndexByte(" \t\r\n=>", s[i]) < 0 {
			i++
		}
		key := strings.ToLower(s[start:i])
		if key == "" {
			return "", 0, wrong("Empty attribute name in the tag \"%s\" at byte offset %d", name, at)
		}
		if i == len(s) || s[i] != '=' {
			attrs[key] = ""
			continue
		}
		i++
		if i == len(s) {
			return "", 0, wrong("Unclosed start tag at byte offset %d", at)
		}
		var value string
		if q := s[i]; q == '"' || q == '\'' {
			end := strings.IndexByte(s[i+1:], q)
			if end < 0 {
				return "", 0, wrong("Unclosed start tag at byte offset %d", at)
			}
			value = s[i+1 : i+1+end]
			i += end + 2
		} else {
			start := i
			for i < len(s) && strings.IndexByte(" \t\r\n>", s[i]) < 0 {
				i++
			}
			value = s[start:i]
		}
		attrs[key] = value
	}
	if name == "span" && attrs["class"] != "tg-spoiler" {
		return "", 0, wrong("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", at)
	}
	return name, i + 1, nil
}

// entity reads one character entity; only four names and numbers are known,
// any other & stays an &.
func entity(s string) (rune, int) {
	for name, r := range map[string]rune{"&lt;": '<', "&gt;": '>', "&amp;": '&', "&quot;": '"'} {
		if strings.HasPrefix(s, name) {
			return r, len(name)
		}
	}
	if !strings.HasPrefix(s, "&#") {
		return 0, 0
	}
	end := strings.IndexByte(s, ';')
	if end < 0 || end > 10 {
		return 0, 0
	}
	digits, base := s[2:end], 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseInt(digits, base, 32)
	if err != nil || n <= 0 || n > utf8.MaxRune {
		return 0, 0
	}
	return rune(n), end + 1
}

// Units counts a text as Telegram counts it, in UTF-16 units.
func Units(s string) int { return len(utf16.Encode([]rune(s))) }

// text checks a text or caption and answers what a person sees.
func (p params) text(field string, most int) (string, *failure) {
	raw := p.values[field]
	if !utf8.ValidString(raw) {
		return "", bad("strings must be encoded in UTF-8")
	}
	plain := raw
	switch mode := p.values["parse_mode"]; strings.ToLower(mode) {
	case "":
	case "html":
		var err error
		if plain, err = Plain(raw); err != nil {
			return "", bad("can't parse entities: %s", err)
		}
	default:
		return "", bad("unsupported parse_mode")
	}
	plain = strings.TrimSpace(plain)
	if Units(plain) > most {
		if field == "caption" {
			return "", bad("message caption is too long")
		}
		return "", bad("message is too long")
	}
	return plain, nil
}

func utf16Slice(s string, offset, length int) string {
	units := utf16.Encode([]rune(s))
	if offset < 0 || length < 0 || offset+length > len(units) {
		return ""
	}
	return string(utf16.Decode(units[offset : offset+length]))
}
