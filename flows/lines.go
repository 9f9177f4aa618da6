package flows

import (
	"slices"
	"strconv"
	"strings"
)

// Line is a public phone line or page, as its operator publishes it.
type Line struct {
	Country   string   // ISO 3166-1 alpha-2, or INT
	Name      string   // its own name
	Kinds     []string // LineScam, LineLoss, LineWork; lines of other kinds are never shown
	Numbers   []string // in the operator's own spelling
	Web       string
	Hours     string
	Cost      string
	Languages []string // codes; none when unknown
	Caution   string
	Publisher string // of the source
	Date      string // of the source, as printed
	Checked   string // when it was collected
	Inside    bool   // no number of it works from another country
}

// The kinds of lines an ordinary message may show. Lists for people who are held
// never stand in one.
const (
	LineScam = "scam"
	LineLoss = "loss"
	LineWork = "work"
)

var lineKinds = []string{LineScam, LineLoss, LineWork}

// unlisted are countries people ask from for which the directory may have no
// line: they get an explicit "none confirmed".
var unlisted = []string{"KH", "LA", "MM", "VN"}

// publicLines keeps what an ordinary message may show and lists the countries:
// those around the Mekong first, then by code, international last.
func publicLines(all []Line) (lines []Line, countries []string) {
	for _, l := range all {
		l.Kinds = slices.DeleteFunc(slices.Clone(l.Kinds), func(k string) bool { return !slices.Contains(lineKinds, k) })
		if len(l.Kinds) == 0 || len(l.Country) < 2 || len(l.Numbers) == 0 && l.Web == "" {
			continue
		}
		l.Country = strings.ToUpper(l.Country)
		lines = append(lines, l)
		countries = append(countries, l.Country)
	}
	countries = append(countries, unlisted...)
	slices.SortFunc(countries, func(a, b string) int { return strings.Compare(rankCountry(a), rankCountry(b)) })
	return lines, slices.Compact(countries)
}

func rankCountry(c string) string {
	if i := slices.Index([]string{"TH", "MM", "KH", "LA", "VN", "MY", "ID", "PH", "SG", "CN", "TW", "HK", "MO"}, c); i >= 0 {
		return "0" + string(rune('a'+i))
	}
	if c == "INT" {
		return "2"
	}
	return "1" + c
}

const (
	countriesPerPage = 12
	linesShown       = 6
)

// report leads to the public lines: no report is taken.
func (b *Book) report(s Session) Say { return b.linesPick("report", 0) }

// linesPick is a page of countries under a heading.
func (b *Book) linesPick(head Key, page int) Say {
	if len(b.lines) == 0 {
		return say("lines_nothing")
	}
	last := (len(b.countries) - 1) / countriesPerPage
	page = min(max(page, 0), last)
	p := say(head)
	from := page * countriesPerPage
	shown := b.countries[from:min(from+countriesPerPage, len(b.countries))]
	for pair := range slices.Chunk(shown, 2) {
		var r []Button
		for _, c := range pair {
			r = append(r, button(Key("country_"+c), stepLines, strings.ToLower(c)))
		}
		p.Rows = append(p.Rows, r)
	}
	p.Rows = turned(p.Rows, stepLines, page, last)
	return p
}

// turned adds the buttons to the pages before and after one.
func turned(rows [][]Button, step string, page, last int) [][]Button {
	var turns []Button
	if page > 0 {
		turns = append(turns, button("btn_prev", step, "page_"+strconv.Itoa(page-1)))
	}
	if page < last {
		turns = append(turns, button("btn_next", step, "page_"+strconv.Itoa(page+1)))
	}
	if len(turns) == 0 {
		return rows
	}
	return append(rows, turns)
}

// linesTap shows a country's lines, or another page of countries in the place of
// the page it was tapped on.
func (b *Book) linesTap(s Session, tap *Tap) Turn {
	if n, ok := strings.CutPrefix(tap.Value, "page_"); ok {
		page, err := strconv.Atoi(n)
		if err != nil {
			return b.stale(s)
		}
		p := b.linesPick("lines_pick", page)
		p.Edit = tap.Message
		return Turn{Session: s, Say: []Say{p}}
	}
	at := strings.Split(tap.Value, "_") // where one is, what happened, where one is from
	country := strings.ToUpper(at[0])
	switch {
	case !slices.Contains(b.countries, country), len(at) > 1 && (b.help == nil || !slices.Contains(lineKinds, at[1])):
		return b.stale(s)
	case len(at) == 1:
		s.Country = country
		return Turn{Session: s, Say: []Say{b.linesOf(country)}}
	case len(at) == 2:
		return Turn{Session: s, Say: []Say{b.helpFor(country, at[1], "")}}
	case len(at) == 4 && at[2] == "from":
		p := b.linesFrom(country, at[1], atoi(at[3]))
		if at[3] != "0" {
			p.Edit = tap.Message
		}
		return Turn{Session: s, Say: []Say{p}}
	case len(at) == 3 && slices.Contains(b.countries, strings.ToUpper(at[2])):
		return Turn{Session: s, Say: []Say{b.helpFor(country, at[1], strings.ToUpper(at[2]))}}
	}
	return b.stale(s)
}

// helpFor are the lines for what happened to whom and where, the one to try first
// at the top.
func (b *Book) helpFor(country, what, from string) Say {
	p := say("lines_heading")
	p.Parts[0].Args = map[string]any{"country": Key("country_" + country)}
	p.Parts = append(p.Parts, Part{Key: Key("lines_" + what), Under: true})
	checked := ""
	lines := b.help(what, country, from)
	for i, l := range lines[:min(len(lines), linesShown)] {
		p.Parts = append(p.Parts, lineParts(l, i)...)
		checked = max(checked, l.Checked)
	}
	if len(lines) == 0 {
		p.Parts = []Part{{Key: "lines_none", Args: p.Parts[0].Args}}
	} else if checked != "" {
		p.Parts = append(p.Parts, Part{Key: "lines_footer", Args: map[string]any{"checked": checked}})
	}
	if from == "" {
		p.Rows = append(p.Rows, row(button("lines_from", stepLines, strings.ToLower(country)+"_"+what+"_from_0")))
	}
	return p.rows(b.whatRow(country, what), row(button("btn_country", stepGo, "lines")))
}

// whatRow asks what happened, but for what is shown already.
func (b *Book) whatRow(country, but string) []Button {
	var r []Button
	for _, k := range lineKinds {
		if k != but {
			r = append(r, button(Key("lines_"+k), stepLines, strings.ToLower(country)+"_"+k))
		}
	}
	return r
}

// linesFrom asks where somebody is from.
func (b *Book) linesFrom(country, what string, page int) Say {
	p := b.linesPick("lines_from_ask", page)
	head := strings.ToLower(country) + "_" + what + "_"
	for i, r := range p.Rows {
		p.Rows[i] = slices.DeleteFunc(r, func(x Button) bool { return x.Value == "int" })
		for j := range p.Rows[i] {
			v := &p.Rows[i][j].Value
			if n, ok := strings.CutPrefix(*v, "page_"); ok {
				*v = "from_" + n
			}
			*v = head + *v
		}
	}
	p.Rows = slices.DeleteFunc(p.Rows, func(r []Button) bool { return len(r) == 0 })
	return p
}

func (b *Book) linesOf(country string) Say {
	again := row(button("btn_country", stepGo, "lines"))
	var what [][]Button
	if b.help != nil {
		what = [][]Button{b.whatRow(country, "")}
	}
	name := map[string]any{"country": Key("country_" + country)}
	var parts []Part
	checked, n := "", 0
	for _, l := range b.lines {
		if l.Country != country || n == linesShown {
			continue
		}
		parts = append(parts, lineParts(l, n)...)
		checked = max(checked, l.Checked)
		n++
	}
	if n == 0 {
		return Say{Parts: []Part{{Key: "lines_none", Args: name}}, Rows: append(what, again)}
	}
	parts = slices.Concat([]Part{{Key: "lines_heading", Args: name}}, parts)
	if checked != "" {
		parts = append(parts, Part{Key: "lines_footer", Args: map[string]any{"checked": checked}})
	}
	return Say{Parts: parts, Rows: append(what, again)}
}

// lineParts is one line with all that is known of it; later lines go first when
// there is no room.
func lineParts(l Line, i int) []Part {
	where := strings.Join(l.Numbers, ", ")
	if l.Web != "" {
		where = strings.TrimSpace(where + "\n" + l.Web)
	}
	drop := 10 * i
	parts := []Part{{Key: "line_entry", Args: map[string]any{"name": l.Name, "number": where}, Drop: drop}}
	under := func(key Key, args map[string]any, drop int) {
		parts = append(parts, Part{Key: key, Args: args, Under: true, Drop: drop})
	}
	for _, k := range l.Kinds {
		under(Key("line_"+k), nil, drop)
	}
	if l.Inside {
		under("line_inside", nil, drop)
	}
	if l.Hours != "" {
		under("line_hours", map[string]any{"hours": l.Hours}, drop+1)
	}
	if l.Cost != "" {
		under("line_cost", map[string]any{"cost": l.Cost}, drop+1)
	}
	if len(l.Languages) > 0 {
		var names []Key
		for _, code := range l.Languages {
			names = append(names, Key("tongue_"+code))
		}
		under("line_languages", map[string]any{"languages": names}, drop+1)
	}
	if l.Caution != "" {
		under("line_caution", map[string]any{"caution": l.Caution}, drop)
	}
	switch {
	case l.Publisher != "" && l.Date != "":
		under("line_source", map[string]any{"publisher": l.Publisher, "date": l.Date}, drop)
	case l.Publisher != "":
		under("line_source_undated", map[string]any{"publisher": l.Publisher}, drop)
	}
	return parts
}
