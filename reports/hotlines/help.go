package hotlines

import (
	"cmp"
	"slices"
	"strings"
)

// EmbassyFirst says whether a country's police may be part of the trouble, so that
// the embassy and organisations stand before them (Amnesty 2025; RFA 2022).
func EmbassyFirst(country string) bool {
	return country == "KH" || country == "MM" || country == "LA"
}

// For lists the public lines for what happened, to whom and where: the first is
// the one to try first. An empty list is an explicit "none confirmed".
func (d *Directory) For(f Facts) []Line {
	f = f.clean()
	switch f.Kind {
	case Compound:
		if f.For == "someone" {
			return d.family(f)
		}
		if f.What == "afraid" {
			return d.before(f)
		}
		return d.held(f)
	case Loss:
		return d.Lost(f.Country, f.Nationality)
	}
	return d.Tips(f.Country, f.Nationality)
}

// Held lists the lines for somebody who is held in a place: the mission and the
// ministry of the nationality, organisations and lines against trafficking, the
// world-wide ones; the police of the place last where they may be part of the
// trouble.
func (d *Directory) Held(place, nationality string) []Line {
	f := About(Compound)
	f.Country, f.Nationality = place, nationality
	return d.held(f)
}

// Family lists the lines for somebody who knows of one who is held in a place:
// the ministry and the lines of the family's own country, its police, the mission
// in the place. Not the police of the place.
func (d *Directory) Family(place, nationality string) []Line {
	f := About(Compound)
	f.For, f.Country, f.Nationality = "someone", place, nationality
	return d.family(f)
}

func (d *Directory) held(f Facts) []Line {
	wary := EmbassyFirst(f.Country)
	return d.ranked(func(l *Line) int {
		switch {
		case l.forOthers(f) || l.Whom == Informants:
			return never
		case l.own(f.Nationality) && slices.Contains(l.Kinds, Consular) && l.Country == f.Country:
			if l.Home == f.Country && f.Country == f.Nationality {
				return never // a ministry for those abroad, and the person is at home
			}
			return 10
		case l.own(f.Nationality) && slices.Contains(l.Kinds, Consular) && l.Home == f.Nationality:
			return 20
		case l.own(f.Nationality) && slices.Contains(l.Kinds, Consular) && wary && l.Country == "TH" && l.embassy():
			// From the border zones people reach Thailand, and relatives are asked to
			// write to both embassies.
			return 25
		case l.Country == f.Country && slices.Contains(l.Kinds, Police):
			if !wary && f.Danger == "now" {
				return 0
			}
			return 60
		case l.Country == f.Country && slices.Contains(l.Kinds, Child) && l.Whom == Children:
			return 5
		case l.Country == f.Country && slices.Contains(l.Kinds, Trafficking) && l.byPolice && wary:
			return 61
		case l.Country == f.Country && slices.Contains(l.Kinds, Trafficking):
			return 30
		case l.Country == f.Country && l.Whom == WomenGirls && slices.Contains(l.Kinds, Women):
			return 35
		case l.Country == f.Nationality && slices.Contains(l.Kinds, Trafficking) && f.Nationality != "":
			return 40
		case l.Country == International && slices.Contains(l.Kinds, Trafficking) && !slices.Contains(l.Kinds, ScamLoss):
			return 50
		}
		return never
	}, f)
}

func (d *Directory) family(f Facts) []Line {
	at := f
	at.Country = f.Nationality // the family is at home and calls from there
	return d.ranked(func(l *Line) int {
		switch {
		case l.forOthers(f) || l.Whom == Informants || f.Nationality == "" && l.Country != International:
			return never
		case l.own(f.Nationality) && l.Home == f.Nationality && slices.Contains(l.Kinds, Consular):
			return 0
		case l.Country == f.Nationality && slices.Contains(l.Kinds, Trafficking):
			return 10
		case l.Country == f.Nationality && slices.Contains(l.Kinds, Police):
			return 20
		case l.Country == f.Country && l.own(f.Nationality) && slices.Contains(l.Kinds, Consular):
			return 30
		case l.Country == f.Country && slices.Contains(l.Kinds, Trafficking) && !l.byPolice:
			return 40
		case l.Country == International && slices.Contains(l.Kinds, Trafficking):
			if l.ID == "int-gaso" && (f.Nationality == "MY" || f.Nationality == "TW") {
				return never // it has said that it takes no new ones of these
			}
			return 50
		}
		return never
	}, at)
}

// before lists the lines for somebody who is afraid of a journey, or on it: where
// one is, then at home.
func (d *Directory) before(f Facts) []Line {
	return d.ranked(func(l *Line) int {
		at := 0
		if l.Country != f.Country {
			at = 10
		}
		switch {
		case l.forOthers(f) || l.Whom == Informants || l.Country != f.Country && l.Country != f.Nationality && l.Country != International:
			return never
		case l.own(f.Nationality) && slices.Contains(l.Kinds, Consular) && l.Country == f.Country && f.Country != f.Nationality:
			return 5
		case slices.Contains(l.Kinds, Trafficking) && !(l.byPolice && EmbassyFirst(l.Country)) && !slices.Contains(l.Kinds, ScamLoss):
			return at
		case slices.Contains(l.Kinds, LabourMigration):
			return at + 1
		case l.own(f.Nationality) && slices.Contains(l.Kinds, Consular) && f.Country != f.Nationality:
			return 12
		case l.Country == f.Country && slices.Contains(l.Kinds, Police):
			return 60
		}
		return never
	}, f)
}

// Lost lists the lines for money that was lost: those for scams where one is,
// else the police there; then those of one's own country; then where a wallet can
// be reported. Nothing in it tells a reader of anything but a loss.
func (d *Directory) Lost(country, nationality string) []Line {
	return d.told(Loss, country, nationality, ScamLoss, CyberFraud, Crypto)
}

// Tips lists the lines to tell about an offer, a site or a recruiter.
func (d *Directory) Tips(country, nationality string) []Line {
	return d.told(Tip, country, nationality, CyberFraud, ScamLoss, LabourMigration)
}

// told lists the lines that take such a report, and before them the police of a
// country where none is confirmed.
func (d *Directory) told(what, country, nationality string, kinds ...Kind) []Line {
	f := About(what)
	f.Country, f.Nationality = country, nationality
	out := d.ordinary(f, kinds...)
	if !slices.ContainsFunc(out, func(l Line) bool { return l.Country == country }) {
		out = slices.Concat(d.ordinary(f, Police), out)
	}
	return out
}

// Work lists the lines for questions about work, where one is and those one's own
// country has for its people abroad.
func (d *Directory) Work(country, nationality string) []Line {
	f := About(Tip)
	f.Country, f.Nationality = country, nationality
	return d.ordinary(f, LabourMigration)
}

// Crisis lists the lines for somebody who thinks of self-harm, where one is.
func (d *Directory) Crisis(country string) []Line {
	f := About(Tip)
	f.Country = country
	return d.ranked(func(l *Line) int {
		switch {
		case l.Country != country || !slices.Contains(l.Kinds, Mind) || l.forOthers(f):
			return never
		case len(l.Kinds) == 1:
			return 0
		}
		return 1
	}, f)
}

// Young lists the lines for children and young people where one is.
func (d *Directory) Young(country string) []Line {
	f := About(Compound)
	f.Country, f.Age = country, "under18"
	return d.ranked(func(l *Line) int {
		if l.Country != country || !slices.Contains(l.Kinds, Child) {
			return never
		}
		return 0
	}, f)
}

// ordinary are lines an ordinary message may show.
func (d *Directory) ordinary(f Facts, kinds ...Kind) []Line {
	return d.ranked(func(l *Line) int {
		i := slices.IndexFunc(kinds, func(k Kind) bool { return slices.Contains(l.Kinds, k) })
		switch {
		case i < 0 || l.forOthers(f) || !l.plain:
			return never
		case kinds[i] == Police && l.Country == f.Country:
			return 9
		case kinds[i] == Police:
			return never
		case l.Country == f.Country:
			return i
		case l.Country == f.Nationality && f.Nationality != "":
			return 10 + i
		case l.Country == International:
			return 20 + i
		}
		return never
	}, f)
}

const never = -1

// ranked lists the lines that rank does not call never, the lowest first, then the
// surest; in another country only with the ways that work from there.
func (d *Directory) ranked(rank func(l *Line) int, f Facts) []Line {
	type placed struct {
		line *Line
		rank int
	}
	var found []placed
	for i := range d.All {
		l := &d.All[i]
		r := rank(l)
		if r == never || l.Country != f.Country && !l.reachable() {
			continue
		}
		r *= 10
		if l.Area != "" || l.Whom == WomenGirls || l.Whom == Hacked {
			r += 4 // for some only: after those for all
		}
		if slices.Contains(l.Kinds, Consular) && l.Home == "" && !l.embassy() {
			r += 2 // a consulate in the provinces, after the embassy
		}
		if l.Confidence != "high" {
			r++
		}
		found = append(found, placed{l, r})
	}
	slices.SortStableFunc(found, func(a, b placed) int { return cmp.Compare(a.rank, b.rank) })
	out := make([]Line, len(found))
	for i, p := range found {
		out[i] = *p.line
		if p.line.Country != f.Country && p.line.Country != International {
			out[i].Numbers = p.line.abroad()
		}
	}
	return out
}

// abroad are the numbers of a line that work from another country.
func (l *Line) abroad() []Number {
	var out []Number
	for _, n := range l.Numbers {
		if l.FromAbroad != "no" && strings.HasPrefix(n.Dial, "+") && n.Way != "sms" {
			out = append(out, n)
		}
	}
	return out
}

// reachable says whether any way of a line works from another country. A page does.
func (l *Line) reachable() bool {
	return l.Country == International || len(l.Email)+len(l.Telegram)+len(l.LINE) > 0 || len(l.Web) > 0 && l.FromAbroad != "no" || len(l.abroad()) > 0
}

// own says whether a line serves this nationality by name: its ministry, a mission,
// a line for its people abroad.
func (l *Line) own(nationality string) bool {
	return nationality != "" && (l.Nationality == nationality || l.Home == nationality)
}

func (l *Line) embassy() bool {
	return !strings.Contains(l.ID, "-consulate-") && !strings.Contains(l.ID, "-consularoffice-")
}

// forOthers says whether a line is not for this person: another nationality, an
// age, a place.
func (l *Line) forOthers(f Facts) bool {
	switch {
	case l.Whom == Officials:
		return true
	case l.Nationality != "" && l.Nationality != f.Nationality:
		return true
	case l.Whom == Children && f.Age != "under18" && !f.Minor:
		return true
	case l.Whom == Foreigners && f.Nationality != "" && f.Nationality == l.Country:
		return true
	case l.OnlyIn != "" && f.Country != l.OnlyIn:
		return true
	}
	return false
}
