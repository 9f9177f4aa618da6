package flows

import (
	"slices"
	"strings"
)

// stepFirst shows what to do in the first hour after a loss; it works on any
// message. Its value is a country or "xx", how it was paid or "any", and "all"
// for every step; or page_<n> of the countries.
const stepFirst = "act"

// paidWays are the ways of paying that change whom to call, as lf_way names them.
func paidWays() []string { return []string{"bank", "card", "app", "crypto", "gift", "cash"} }

// paidFor is the way of paying as the steps of a country name it.
func paidFor(way string) string {
	if way == "cash" {
		return "transfer"
	}
	return way
}

// called is the step that says whom to call at once, and what to say.
func called(way string) Key {
	switch way {
	case "card", "crypto", "gift", "cash":
		return Key("lf_call_" + way)
	}
	return "act_bank"
}

// mostOwn is how many steps of a country stand among the first.
const mostOwn = 2

// firstHour is what to do in the first hour: the few steps that cannot wait, or
// all of them.
func (b *Book) firstHour(country, way string, all bool) Say {
	if b.acts == nil {
		return say("lines_nothing")
	}
	p := say("act_heading")
	p.Slot = "actions"
	own, after := 0, false
	for i, s := range b.acts(country).Steps {
		after = after || s.Key == "act_police" // what is for every country again
		switch {
		case s.Key == "act_bank":
			s.Key = called(way)
		case s.Paid != "" && way != "" && s.Paid != paidFor(way):
			continue
		case all || i == 0 || s.Key == "act_evidence":
		case after || own == mostOwn:
			continue
		default:
			own++
		}
		if s.Args["number"] == nil && s.Drop == 0 && i > 1 {
			s.Drop = 10 + i
		}
		p.Parts = append(p.Parts, s.Part)
	}
	at := strings.ToLower(country)
	if at == "" {
		at = "xx"
	}
	if way == "" {
		p.Parts = append(p.Parts, Part{Key: "lf_how"})
		var ways []Button
		for _, w := range paidWays() {
			ways = append(ways, button(Key("lf_way_"+w), stepFirst, at+"_"+w))
		}
		p.Rows = slices.Collect(slices.Chunk(ways, 3))
		way = "any"
	}
	if all {
		return p.rows(row(button("lf_less", stepFirst, at+"_"+way), button("btn_help", stepGo, "lines")))
	}
	return p.rows(row(button("lf_all_steps", stepFirst, at+"_"+way+"_all"), button("btn_help", stepGo, "lines")))
}

// firstWhere asks for the country of somebody who lost money.
func (b *Book) firstWhere(page int) Say {
	p := say("lf_where")
	all := b.homes()
	last := (len(all) - 1) / countriesPerPage
	page = min(max(page, 0), last)
	var shown []Button
	for _, c := range all[page*countriesPerPage : min((page+1)*countriesPerPage, len(all))] {
		if len(c) == 2 {
			shown = append(shown, button(Key("country_"+strings.ToUpper(c)), stepFirst, c))
		}
	}
	p.Rows = slices.Collect(slices.Chunk(shown, 2))
	p.Rows = turned(p.Rows, stepFirst, page, last)
	return p.rows(row(button("ff_country_other", stepFirst, "xx")))
}

// firstTap shows the first hour, or more of it, in the place of what it was
// tapped on; the card of a country is a message of its own.
func (b *Book) firstTap(s Session, tap *Tap) Turn {
	if b.acts == nil {
		return b.stale(s)
	}
	if n, ok := strings.CutPrefix(tap.Value, "page_"); ok {
		p := b.firstWhere(atoi(n))
		p.Edit = tap.Message
		return Turn{Session: s, Say: []Say{p}}
	}
	at := strings.Split(tap.Value, "_")
	country := strings.ToUpper(at[0])
	switch {
	case country == "XX":
		country = ""
	case !slices.Contains(b.homes(), at[0]):
		return b.stale(s)
	}
	if len(at) == 1 {
		if country != "" {
			s.Country = country
		}
		return Turn{Session: s, Say: []Say{b.firstHour(country, "", false)}}
	}
	way := at[1]
	switch {
	case way == "any":
		way = ""
	case !slices.Contains(paidWays(), way):
		return b.stale(s)
	}
	p := b.firstHour(country, way, len(at) > 2)
	p.Edit = tap.Message
	return Turn{Session: s, Say: []Say{p}}
}
