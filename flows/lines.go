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
	var turn []Button
	if page > 0 {
		turn = append(turn, button("btn_prev", stepLines, "page_"+strconv.Itoa(page-1)))
	}
	if page < last {
		turn = append(turn, button("btn_next", stepLines, "page_"+strconv.Itoa(page+1)))
	}
	if len(turn) > 0 {
		p.Rows = append(p.Rows, turn)
	}
	return p
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
	country := strings.ToUpper(tap.Value)
	if !slices.Contains(b.countries, country) {
		return b.stale(s)
	}
	s.Country = country
	return Turn{Session: s, Say: []Say{b.linesOf(country)}}
}

func (b *Book) linesOf(country string) Say {
	again := row(button("btn_country", stepGo, "lines"))
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
		return Say{Parts: []Part{{Key: "lines_none", Args: name}}, Rows: [][]Button{again}}
	}
	parts = slices.Concat([]Part{{Key: "lines_heading", Args: name}}, parts)
	if checked != "" {
		parts = append(parts, Part{Key: "lines_footer", Args: map[string]any{"checked": checked}})
	}
	return Say{Parts: parts, Rows: [][]Button{again}}
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
