package hotlines

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// SeedRegion are the countries the directory was begun for.
func SeedRegion() []string {
	return []string{"KH", "MM", "LA", "TH", "PH", "MY", "VN", "AE", "PE"}
}

// Nationalities are twenty that published reports name among people held in the
// seed region; the coverage table is made for them.
func Nationalities() []string {
	return []string{"BD", "BR", "CN", "ET", "ID", "IN", "KE", "KH", "KR", "LK", "MM", "MY", "NP", "PH", "PK", "TH", "TW", "UG", "UZ", "VN"}
}

// Document prints the tables as documentation, in Markdown: priorities, routes, who
// holds keys here, and what the directory has for whom.
func (t *Table) Document() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("### How urgent (priority table, version %d)\n\nThe first rule that holds.\n\n| rule | priority | holds when |\n| --- | --- | --- |\n", t.Priorities.Version)
	for _, r := range t.Rules {
		p("| %s | %d | %s |\n", r.ID, r.P, r.When)
	}
	p("| rest | %d | nothing above holds |\n\nWords only raise, in the turn they arrive, and are not stored:", Lowest)
	for i, r := range t.Raises {
		p("%s %s to %d", map[bool]string{true: "", false: ","}[i == 0], strings.ReplaceAll(r.Words, "_", " "), r.P)
	}
	p(".\n\n| priority | told within | taken within | first answer | claim lasts | second, supervisor | next hotline | clock |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, x := range t.Paces {
		var up []string
		for _, d := range x.Escalate {
			up = append(up, howLong(d))
		}
		clock := map[string]string{"always": "day and night", "hours": "opening hours"}[x.Clock]
		p("| %d | %s | %s | %s | %s | %s | %s | %s |\n", x.P, or(howLong(x.Notify), "digest"), or(howLong(x.Claim), "–"), or(howLong(x.Answer), "not promised"),
			howLong(x.Lease), or(strings.Join(up, ", "), "–"), or(howLong(x.Next), "–"), clock)
	}

	p("\n### To whom (routing table, version %d)\n\nThe first row that holds and leads to somebody. Any role but hotline gets a report only with consent; the police never against\n\"do not send police\", and the police of the place of a compound only by an operator's row that names them.\n\n", t.version)
	p("| row | holds when | first | besides, by consent | preferred |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range t.Routes {
		first := strings.Join(r.To, ", ")
		if len(r.Recipients) > 0 {
			first = strings.Join(r.Recipients, ", ")
		}
		p("| %s | %s | %s | %s | %s |\n", r.ID, r.When, first, or(strings.Join(r.CC, ", "), "–"), or(strings.Join(r.Prefer, ", "), "–"))
	}
	if len(t.Recipients) > 0 {
		p("\n### Hotlines that hold keys here\n\n| id | name | role | kinds | countries | nationalities | languages | hours | usual answer | then |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
		for _, r := range t.Recipients {
			hours := strings.TrimSpace(strings.Join(r.Hours.Lines(), "; ") + " " + r.Hours.Zone())
			p("| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.ID, r.Name, r.role(), or(strings.Join(r.Kinds, ", "), "all"), or(strings.Join(r.Countries, ", "), "all"),
				or(strings.Join(r.Nationalities, ", "), "all"), or(strings.Join(r.Languages, ", "), "–"), or(hours, "never"), or(howLong(r.Usual), "–"), or(strings.Join(r.Fallback, ", "), "–"))
		}
		p("\n| where | somebody in danger now | a loss | a tip |\n| --- | --- | --- | --- |\n")
		for _, c := range SeedRegion() {
			p("| %s |", c)
			for _, kind := range []string{Compound, Loss, Tip} {
				f := About(kind)
				f.Country = c
				if kind == Compound {
					f.Danger = "now"
				}
				r := t.Route(f)
				p(" %s |", or(strings.Join(append([]string{r.Primary}, r.Chain...), ", then "), "nobody: public lines only"))
			}
			p("\n")
		}
		for _, l := range slices.Concat(t.Lacks(Compound, SeedRegion()...), t.Lacks(Loss, SeedRegion()...), t.Lacks(Tip, SeedRegion()...)) {
			p("\n- missing: %s", l)
		}
	}
	p("\n%s", t.Directory.Coverage())
	return b.String()
}

// Coverage prints what the directory has for somebody held in each country of the
// seed region, by nationality, and for a loss there.
func (d *Directory) Coverage() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("### Public lines for somebody held (checked %s)\n\n", d.Checked)
	p("**E** embassy or consulate there · **H** ministry or line of the own country that works from there · **T** embassy in Thailand, for those who get across ·\n**L** lines and organisations there · **W** world-wide page · **P** police there · **own: none confirmed** no line of the own country is confirmed;\nthe number is how many lines in all. Where the own country is the place, E and H fall away.\n\n")
	p("| |")
	for _, c := range SeedRegion() {
		p(" %s |", c)
	}
	p("\n|%s\n", strings.Repeat(" --- |", len(SeedRegion())+1))
	for _, n := range Nationalities() {
		p("| **%s** |", n)
		for _, c := range SeedRegion() {
			p(" %s |", d.cell(c, n))
		}
		p("\n")
	}
	p("\n### Public lines after a loss, and to tell about an offer\n\n| where | loss | offer | work | crisis |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range SeedRegion() {
		p("| %s |", c)
		for _, lines := range [][]Line{d.Lost(c, ""), d.Tips(c, ""), d.Work(c, ""), d.Crisis(c)} {
			var ids []string
			for _, l := range lines {
				if l.Country == c {
					ids = append(ids, l.ID)
				}
			}
			p(" %s |", or(strings.Join(ids, ", "), "none confirmed there"))
		}
		p("\n")
	}
	return b.String()
}

// cell says in letters what somebody of a nationality who is held in a place is
// shown.
func (d *Directory) cell(place, nationality string) string {
	lines := d.Held(place, nationality)
	has := map[string]bool{}
	for _, l := range lines {
		mission := slices.Contains(l.Kinds, Consular) && l.own(nationality)
		switch {
		case mission && l.Country == place && place != nationality:
			has["E"] = true
		case mission && l.Home == nationality, l.Country == nationality && place != nationality:
			has["H"] = true
		case mission:
			has["T"] = true
		case l.Country == International:
			has["W"] = true
		case l.byPolice && slices.Contains(l.Kinds, Police):
			has["P"] = true
		default:
			has["L"] = true
		}
	}
	if len(lines) == 0 {
		return "none confirmed"
	}
	out := ""
	for _, k := range []string{"E", "H", "T", "L", "W", "P"} {
		if has[k] {
			out += k
		}
	}
	out += fmt.Sprintf(" %d", len(lines))
	if place != nationality && !has["E"] && !has["H"] && !has["T"] {
		out += ", own: none confirmed"
	}
	return out
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// howLong is a duration as people write it, "" for none.
func howLong(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}
