package hotlines

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Build makes the directory from its source files, the lines and the places:
// lines of high and medium confidence only, nothing that was only recalled,
// addresses only where a full one was kept, numbers spelt for people. Of places
// it keeps names and who published them, never a point on a map: they are for
// naming a place, not for telling anybody where to go.
func Build(lines, places []byte) ([]byte, error) {
	src, err := readSource(lines)
	if err != nil {
		return nil, err
	}
	known, err := readPlaces(places)
	if err != nil {
		return nil, err
	}
	d := Directory{Checked: src.checked, Source: sum(lines), PlacesSource: sum(places), Places: known}
	for _, p := range known {
		if p.Kind != "transit" && p.Country != International && !slices.Contains(d.Compounds, p.Country) {
			d.Compounds = append(d.Compounds, p.Country)
		}
	}
	slices.Sort(d.Compounds)
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
		l.Checked = cmp.Or(e.text["checked"], src.checked)
		l.LocalPolice = l.police() && slices.Contains(d.Compounds, l.Country)
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
	if err := l.readServes(e.text["serves"]); err != nil {
		return Line{}, err
	}
	l.warn()
	return l, nil
}

// readServes reads for whom a line is out of what its source says in words. Words
// it does not know are refused, so that no line for some is shown to all.
func (l *Line) readServes(words string) error {
	words, _, _ = strings.Cut(words, " (recalled)")
	l.Whom = Anyone
	switch words {
	case "anyone", "anyone (migrants, trafficking victims)", "anyone; victims, relatives, public", "anyone who paid into an Indonesian account",
		"anyone: public reports of crypto addresses", "any crime victim in France", "any victim in Portugal", "victims in Switzerland",
		"migrants and trafficking victims world-wide", "scam victims; trafficking cases limited",
		"people in Australia and New Zealand", "people in EU/EEA states", "victims in the US, or where the fraud has a US link":
	case "anyone in Dubai", "anyone in Phnom Penh":
		l.Area = strings.TrimPrefix(words, "anyone in ")
	case "England, Wales, Northern Ireland", "Kampong Cham province":
		l.Area = words
	case "anyone in Thailand; the +66 number is for Thais abroad (call or text)":
		l.Home = "TH"
	case "children", "children and young people", "children in Egypt", "children and young people, migrants":
		l.Whom = Children
	case "women", "women in Egypt", "women and children", "trafficked women and girls", "women and children, trafficking victims":
		l.Whom = WomenGirls
	case "foreigners in Cambodia", "foreigners in Thailand", "foreign visitors":
		l.Whom = Foreigners
	case "law enforcement only", "police only":
		l.Whom = Officials
	case "ongoing hacks and wallet drainers":
		l.Whom = Hacked
	case "anyone, intelligence only", "professionals and affected people":
		l.Whom = Informants
	case "job seekers, migrant workers", "migrant workers in Thailand", "workers in the UAE", "Cambodian and other migrant workers":
		l.Whom = Workers
	case "Cambodian migrant workers in Thailand":
		l.Whom, l.Nationality = Workers, "KH"
	case "Bangladeshi migrant workers and families":
		l.Home = "BD"
	case "overseas Filipino workers and families, job seekers":
		l.Home, l.Nationality = "PH", "PH"
	case "Uzbek citizens, also abroad":
		l.Home, l.Nationality = "UZ", "UZ"
	case "Vietnamese trafficked abroad (China, Myanmar, Cambodia…)":
		l.Home, l.Nationality = "VN", "VN"
	case "Kyrgyz migrants":
		l.Whom, l.Nationality = Workers, "KG"
	case "Macao residents":
		l.Nationality = "MO"
	case "Hong Kong residents abroad and relatives":
		l.Home = "HK"
	case "nationals of TW in mainland China":
		l.Home, l.OnlyIn = "TW", "CN"
	default:
		switch {
		case l.Nationality != "" && strings.HasPrefix(words, "nationals of "+l.Nationality):
			if l.LocatedIn == l.Nationality {
				l.Home = l.Nationality
			}
		case strings.HasPrefix(words, "anyone in "):
		default:
			return fmt.Errorf("whom it serves is not known: %q", words)
		}
	}
	return nil
}

// police says whether the police run a line.
func (l *Line) police() bool {
	who := strings.ToLower(l.Name + " " + l.Operator)
	return slices.Contains(l.Kinds, Police) || strings.Contains(who, "police") || strings.Contains(who, "policía")
}

const cambodianPolice = "Police line: NGOs (Amnesty 2025) document police collusion with some compounds. Contact your embassy first if you can."

// warn adds what must be known of some lines and is said of them as a whole.
func (l *Line) warn() {
	add := func(s string) {
		if !strings.Contains(l.Caution, s) {
			l.Caution = strings.TrimSpace(l.Caution + " " + s)
		}
	}
	if strings.Contains(l.Caution, "see caution of kh-police-117") {
		l.Caution = ""
	}
	if l.Country == "KH" && l.police() && slices.ContainsFunc(l.Kinds, func(k Kind) bool { return k == Police || k == Trafficking }) {
		if !strings.Contains(l.Caution, "embassy first") {
			add(cambodianPolice)
		}
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

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// readPlaces reads the names of places, in the same narrow YAML. What is not
// confirmed enough to be offered as a button is left out.
func readPlaces(yaml []byte) ([]Place, error) {
	var out []Place
	var p *Place
	key, sub := "", ""
	lines := bufio.NewScanner(bytes.NewReader(yaml))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimRight(lines.Text(), " \r")
		line := strings.TrimLeft(text, " ")
		indent := len(text) - len(line)
		if line == "" || strings.HasPrefix(text, "#") || text == "places:" || strings.HasPrefix(text, "checked:") {
			continue
		}
		if indent == 0 && strings.HasPrefix(line, "- ") {
			out = append(out, Place{})
			p, key, indent, line = &out[len(out)-1], "", 2, line[2:]
		}
		name, value, isMap := strings.Cut(line, ":")
		isMap = isMap && isKey(name) && (value == "" || value[0] == ' ')
		value, err := scalar(strings.TrimSpace(value))
		if p == nil || indent != 2 && indent != 4 {
			return nil, fmt.Errorf("read places line %d: not the form the file is written in", n)
		}
		if indent == 2 && isMap && !strings.HasPrefix(line, "- ") {
			if err != nil {
				return nil, fmt.Errorf("read places line %d: %w", n, err)
			}
			key, sub = name, ""
			switch name {
			case "id":
				p.ID = value
			case "country":
				p.Country = value
			case "kind":
				p.Kind = value
			}
			continue
		}
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case key == "names" && isItem && sub == "aka":
			if v, err := scalar(item); err == nil {
				p.Aka = append(p.Aka, v)
			}
		case key == "names" && isMap && err == nil:
			switch sub = name; name {
			case "en":
				p.Name = value
			case "local":
				p.Local = value
			case "zh":
				p.Chinese = value
			}
		case key == "sources" && p.Source.Title == "" && isItem:
			// The first source is the one that is kept; its fields follow.
			if title, ok := strings.CutPrefix(item, "title: "); ok {
				if title, err := scalar(title); err == nil {
					p.Source.Title = plainName(title)
				}
				sub = "first"
			}
		case key == "sources" && isItem:
			sub = ""
		case key == "sources" && sub == "first" && isMap && err == nil:
			switch name {
			case "publisher":
				p.Source.Publisher = plainName(value)
			case "date":
				if value != "undated" {
					p.Source.Date = value
				}
			case "url":
				if i := strings.Index(value, "://"); i > 0 && strings.Contains(strings.TrimSuffix(value[i+3:], "/"), "/") {
					p.Source.URL = value
				}
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	doubted := []string{"ae-dip", "ph-lapu-lapu", "world-expansion"} // low confidence, or no place
	out = slices.DeleteFunc(out, func(p Place) bool { return slices.Contains(doubted, p.ID) })
	for _, p := range out {
		if p.ID == "" || p.Name == "" || p.Source.Title == "" || !isCountry(p.Country) || !slices.Contains([]string{"compound", "area", "transit"}, p.Kind) {
			return nil, fmt.Errorf("read places: %q lacks a name, a source, a country or a kind", p.ID)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read places: there are none")
	}
	return out, nil
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
