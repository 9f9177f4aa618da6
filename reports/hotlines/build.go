package hotlines

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Build makes the directory from its source file: lines of high and medium
// confidence only, nothing that was only recalled, addresses only where a full
// one was kept, numbers spelt for people.
func Build(yaml []byte) ([]byte, error) {
	src, err := readSource(yaml)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(yaml)
	d := Directory{Checked: src.checked, Source: hex.EncodeToString(sum[:])}
	for _, e := range src.channels {
		switch e.text["confidence"] {
		case "high", "medium":
		case "low":
			continue
		default:
			return nil, fmt.Errorf("build %s: unknown confidence %q", e.text["id"], e.text["confidence"])
		}
		l, err := e.line()
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", e.text["id"], err)
		}
		d.All = append(d.All, l)
	}
	out, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode directory: %w", err)
	}
	return append(out, '\n'), nil
}

func (e *channel) line() (Line, error) {
	l := Line{
		ID: e.text["id"], Country: e.text["country"], Name: e.text["name"], NameLocal: e.text["name_local"], Operator: e.text["operator"],
		Web: e.list["web"], Email: e.list["email"], Telegram: e.list["telegram"], LINE: e.list["line"],
		Languages: e.list["languages"], Assumed: e.list["languages_assumed"],
		Hours: e.text["hours"], Cost: e.text["cost"], Anonymous: known(e.text["anonymous"]), FromAbroad: known(e.text["callable_from_abroad"]),
		Nationality: e.text["nationality"], LocatedIn: e.text["located_in"], Confidence: e.text["confidence"],
		Serves: seen(e.text["serves"]), Caution: seen(e.text["caution"]), Note: plainName(seen(e.text["note"])),
		Source: Source{Publisher: plainName(e.source["publisher"]), Title: plainName(e.source["title"]), Date: e.source["date"], URL: e.source["url"]},
	}
	if l.Source.Date == "undated" {
		l.Source.Date = ""
	}
	if e.source["url_note"] != "" { // only the domain was kept
		l.Source.URL = ""
	}
	if l.ID == "" || l.Country == "" || l.Name == "" || l.Source.Publisher == "" || l.Source.Title == "" || l.Source.Publisher == "recalled" {
		return Line{}, fmt.Errorf("id, country, name and a source are needed")
	}
	for _, k := range e.list["kinds"] {
		switch kind := Kind(k); kind {
		case ScamLoss, CyberFraud, LabourMigration, Crypto, Trafficking, Police, Consular, Child, Women, Mind:
			l.Kinds = append(l.Kinds, kind)
		default:
			return Line{}, fmt.Errorf("unknown kind %q", k)
		}
	}
	for _, way := range []struct{ key, way string }{{"phone", "call"}, {"short", "short"}, {"whatsapp", "whatsapp"}, {"sms", "sms"}} {
		for _, n := range e.list[way.key] {
			if strings.HasPrefix(n, "https://") { // a link to a chat, not a number
				l.Web = append(l.Web, n)
				continue
			}
			show, err := spell(n, l.Country)
			if err != nil {
				return Line{}, err
			}
			l.Numbers = append(l.Numbers, Number{Way: way.way, Dial: n, Show: show})
		}
	}
	if len(l.Numbers)+len(l.Web)+len(l.Email)+len(l.Telegram)+len(l.LINE) == 0 {
		return Line{}, fmt.Errorf("there is no way to reach it")
	}
	l.warn()
	return l, nil
}

// warn adds what must be known of some lines and is said of them as a whole.
func (l *Line) warn() {
	add := func(s string) {
		if !strings.Contains(l.Caution, s) {
			l.Caution = strings.TrimSpace(l.Caution + " " + s)
		}
	}
	if strings.Contains(l.Caution, "see caution of kh-police-117") {
		l.Caution = "Police line: NGOs (Amnesty 2025) document police collusion with some compounds. Contact your embassy first if you can."
	}
	if l.Nationality == "CN" {
		add("Callers fake this number: whoever calls you from it may not be the embassy. Call it yourself.")
	}
	for _, n := range l.Numbers {
		if n.Dial == "+886800085095" {
			add("The toll-free number works from 22 countries only.")
		}
	}
}

// plainName leaves out what only the compilers of the file could look up.
func plainName(s string) string {
	for _, from := range []string{" (file id ", " (unnamed repository"} {
		if k := strings.Index(s, from); k >= 0 {
			if end := strings.IndexByte(s[k:], ')'); end >= 0 {
				s = s[:k] + s[k+end+1:]
			}
		}
	}
	return s
}

func known(s string) string {
	switch s {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return "unknown"
}

// seen leaves out the sentences that were only recalled.
func seen(s string) string {
	if !strings.Contains(strings.ToLower(s), "recalled") {
		return s
	}
	var keep []string
	for _, sentence := range strings.SplitAfter(s, ". ") {
		if !strings.Contains(strings.ToLower(sentence), "recalled") {
			keep = append(keep, sentence)
		}
	}
	return strings.TrimSpace(strings.Join(keep, ""))
}

// ownSpelling are numbers that fail every check because their operators publish
// them so; they are shown as published.
func ownSpelling(n string) (string, bool) {
	switch n {
	case "+8521868":
		return "(852) 1868", true
	case "+861012308":
		return "+86 10 12308", true
	case "+6321343":
		return "(+632) 1343", true
	case "+9771177":
		return "+977 1177", true
	}
	return "", false
}

// spell groups a number as is usual; it never changes a digit of it.
func spell(n, country string) (string, error) {
	if own, ok := ownSpelling(n); ok {
		return own, nil
	}
	if strings.HasPrefix(n, "+") {
		p, err := phonenumbers.Parse(n, "")
		if err != nil || !phonenumbers.IsPossibleNumber(p) {
			return "", fmt.Errorf("a number is not one: %s", n)
		}
		if show := phonenumbers.Format(p, phonenumbers.INTERNATIONAL); digitsOf(show) == digitsOf(n) {
			return show, nil
		}
		return n, nil
	}
	if strings.Trim(n, "0123456789#*") != "" || n == "" {
		return "", fmt.Errorf("a short number is not one: %s", n)
	}
	if len(n) >= 8 && country != International {
		if p, err := phonenumbers.Parse(n, country); err == nil && phonenumbers.IsValidNumber(p) {
			show := phonenumbers.Format(p, phonenumbers.NATIONAL)
			// A free number is known by its first four digits, whatever the rule says.
			free := strings.HasPrefix(n, "0800") && digitsOf(strings.FieldsFunc(show, func(r rune) bool { return r == ' ' || r == '-' })[0]) != "0800"
			if digitsOf(show) == n && !free && !strings.HasPrefix(n, "018000") {
				return show, nil
			}
		}
	}
	return n, nil
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// source is the file as it is written: one list of channels.
type source struct {
	checked  string
	channels []channel
}

type channel struct {
	text   map[string]string
	list   map[string][]string
	source map[string]string
}

// readSource reads the part of YAML the file is written in: a list of maps of
// plain or single-quoted values on one line each, lists of such values, one map
// inside. Anything else is refused by line, so that nothing is misread.
func readSource(yaml []byte) (*source, error) {
	out := new(source)
	var c *channel
	key := "" // whose values stand indented below
	lines := bufio.NewScanner(bytes.NewReader(yaml))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), " \r")
		line := strings.TrimLeft(text, " ")
		indent := len(text) - len(line)
		bad := func() error { return fmt.Errorf("read line %d: not the form the file is written in", n) }
		if line == "" || strings.HasPrefix(text, "#") || text == "channels:" {
			continue
		}
		if indent == 0 && strings.HasPrefix(line, "- ") {
			out.channels = append(out.channels, channel{text: map[string]string{}, list: map[string][]string{}, source: map[string]string{}})
			c, key, indent, line = &out.channels[len(out.channels)-1], "", 2, line[2:]
		}
		name, value, isMap := strings.Cut(line, ":")
		isMap = isMap && isKey(name) && (value == "" || value[0] == ' ')
		value, err := scalar(strings.TrimSpace(value))
		switch {
		case indent == 0 && isMap && name == "checked" && err == nil:
			out.checked = value
		case c == nil:
			return nil, bad()
		case indent == 2 && strings.HasPrefix(line, "- ") && key == "other_sources":
		case indent == 2 && strings.HasPrefix(line, "- ") && key != "":
			v, err := scalar(line[2:])
			if err != nil {
				return nil, bad()
			}
			c.list[key] = append(c.list[key], v)
		case indent == 2 && isMap && err == nil:
			key = ""
			if value == "" {
				key = name
			} else if _, twice := c.text[name]; twice {
				return nil, bad()
			}
			c.text[name] = value
		case indent == 4 && isMap && key == "source" && err == nil:
			c.source[name] = value
		case indent == 4 && isMap && key == "other_sources":
		default:
			return nil, bad()
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	if out.checked == "" || len(out.channels) == 0 {
		return nil, fmt.Errorf("read source: no date or no channels")
	}
	return out, nil
}

func isKey(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// scalar reads a plain or a single-quoted value.
func scalar(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if s[0] == '\'' {
		if len(s) < 2 || s[len(s)-1] != '\'' {
			return "", fmt.Errorf("an open quote")
		}
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'"), nil
	}
	if strings.ContainsRune("\"|>&*!%@`{[", rune(s[0])) || strings.Contains(s, " #") {
		return "", fmt.Errorf("not a plain value")
	}
	return s, nil
}
