package hotlines

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Finding is something an operator should know of a directory. A Problem must be
// mended; the rest is to be known.
type Finding struct {
	ID      string // of the line, "" for the directory
	What    string
	Problem bool
	Age     bool // a problem of age or signature only, which a new check or signature mends
}

// String is the finding in one line.
func (f Finding) String() string {
	if f.ID == "" {
		return f.What
	}
	return f.ID + ": " + f.What
}

// oldSource is the age from which a source is worth another look.
const oldSource = 8

// Inspect looks a directory through: numbers and addresses that are none, the same
// line twice, what was only recalled, what is stale, lines no list ever shows, its
// signature and its expiry.
func (d *Directory) Inspect(now time.Time) []Finding {
	var out []Finding
	problem := func(id, format string, args ...any) {
		out = append(out, Finding{ID: id, What: fmt.Sprintf(format, args...), Problem: true})
	}
	old := func(format string, args ...any) {
		out = append(out, Finding{What: fmt.Sprintf(format, args...), Problem: true, Age: true})
	}
	note := func(id, format string, args ...any) {
		out = append(out, Finding{ID: id, What: fmt.Sprintf(format, args...)})
	}

	switch {
	case !d.Signed() && releaseKey == "":
		note("", "not signed: no release key is set in this build, so nothing vouches for it but the program itself")
	case !d.Signed():
		old("not signed, although this build has a release key")
	}
	if d.Expires().IsZero() {
		problem("", "the day it was checked is not one: %q", d.Checked)
	} else if d.Expired(now) {
		old("expired on %s; it is shown with its date and \"check before you rely on it\"", d.Expires().Format(time.DateOnly))
	}

	ids, numbers := map[string]bool{}, map[string]string{}
	stale := 0
	shown := d.shown()
	for i := range d.All {
		l := &d.All[i]
		if l.ID == "" || ids[l.ID] {
			problem(l.ID, "the id is empty or stands twice")
		}
		ids[l.ID] = true
		if !isCountry(l.Country) && l.Country != International {
			problem(l.ID, "%q is not a country", l.Country)
		}
		if l.Confidence != "high" && l.Confidence != "medium" {
			problem(l.ID, "confidence %q is not shown to anybody", l.Confidence)
		}
		if l.Source.Publisher == "" || l.Source.Title == "" {
			problem(l.ID, "has no source")
		}
		for _, text := range []string{l.Name, l.Operator, l.Serves, l.Caution, l.Note, l.Source.Title, l.Source.Publisher} {
			if strings.Contains(strings.ToLower(text), "recalled") {
				problem(l.ID, "holds what was only recalled")
			}
		}
		for _, n := range l.Numbers {
			if what := numberFault(n, l.Country); what != "" {
				problem(l.ID, "%s: %s", n.Dial, what)
			}
			if other := numbers[n.Dial]; strings.HasPrefix(n.Dial, "+") && other != "" && other != l.ID {
				problem(l.ID, "%s stands in %s too", n.Dial, other)
			}
			numbers[n.Dial] = l.ID
		}
		for _, w := range l.Web {
			if !strings.HasPrefix(w, "https://") && !strings.HasPrefix(w, "http://") || strings.ContainsAny(w, " \n") {
				problem(l.ID, "%s: not a web address", w)
			}
		}
		for _, m := range l.Email {
			if !mailAddress(m) {
				problem(l.ID, "%s: not a mail address", m)
			}
		}
		if len(l.Numbers)+len(l.Web)+len(l.Email)+len(l.Telegram)+len(l.LINE) == 0 {
			problem(l.ID, "there is no way to reach it")
		}
		checked, err := time.Parse(time.DateOnly, l.Checked)
		switch {
		case err != nil:
			problem(l.ID, "the day it was checked is not one: %q", l.Checked)
		case now.Sub(checked) > quarter:
			stale++
		}
		if year := yearOf(l.Source.Date); year > 0 && now.Year()-year >= oldSource {
			note(l.ID, "its source is of %d: look again first", year)
		}
		if !shown[l.ID] {
			switch l.Whom {
			case Officials:
				note(l.ID, "never shown: takes nothing from the public")
			case Informants:
				note(l.ID, "never shown: takes what people know and helps nobody who asks")
			default:
				problem(l.ID, "no list ever shows it")
			}
		}
	}
	if stale > 0 {
		old("%d of %d lines were last checked more than a quarter of a year ago", stale, len(d.All))
	}
	for _, row := range d.actions.Country {
		for _, s := range row.Steps {
			if s.Line != "" && d.Line(s.Line) == nil {
				note(s.Line, "not there: the first steps of %s leave it out", row.Code)
			}
		}
	}
	return out
}

// numberFault says what is wrong with a number, "" when nothing is.
func numberFault(n Number, country string) string {
	if digitsOf(n.Dial) != digitsOf(n.Show) {
		return "is shown with other digits"
	}
	if _, own := ownSpelling(n.Dial); own {
		return "" // its operator publishes it so
	}
	if !strings.HasPrefix(n.Dial, "+") {
		if n.Way == "whatsapp" || strings.Trim(n.Dial, "0123456789#*") != "" || n.Dial == "" || len(n.Dial) > 15 {
			return "is no number for inside the country"
		}
		return ""
	}
	p, err := phonenumbers.Parse(n.Dial, "")
	if err != nil || !phonenumbers.IsValidNumber(p) {
		return "is not a number"
	}
	return ""
}

func yearOf(date string) int {
	if len(date) < 4 {
		return 0
	}
	year := 0
	for _, r := range date[:4] {
		if r < '0' || r > '9' {
			return 0
		}
		year = year*10 + int(r-'0')
	}
	return year
}

// shown works out which lines any list can show: every list, for every country and
// nationality that could change it.
func (d *Directory) shown() map[string]bool {
	out := map[string]bool{}
	type pair struct{ place, nationality string }
	pairs := map[pair]bool{}
	for i := range d.All {
		l := &d.All[i]
		pairs[pair{"KH", l.Country}] = true // somebody of there, held elsewhere
		pairs[pair{"KH", l.Home}] = true
		for _, n := range []string{"", l.Nationality, l.Country} {
			pairs[pair{l.Country, n}] = true
		}
		if l.OnlyIn != "" {
			pairs[pair{l.OnlyIn, l.Home}] = true
		}
	}
	for p := range pairs {
		if len(out) == len(d.All) {
			break
		}
		for _, lines := range [][]Line{
			d.Lost(p.place, p.nationality), d.Tips(p.place, p.nationality), d.Work(p.place, p.nationality), d.Crisis(p.place), d.Young(p.place),
			d.Held(p.place, p.nationality), d.Family(p.place, p.nationality),
			d.before(Facts{Country: p.place, Nationality: p.nationality}),
			d.held(Facts{Country: p.place, Nationality: p.nationality, Age: "under18"}),
		} {
			for _, l := range lines {
				out[l.ID] = true
			}
		}
	}
	return out
}

// Kinds lists the kinds of lines there are, in alphabetical order.
func (d *Directory) Kinds() []string {
	var out []string
	for _, l := range d.All {
		for _, k := range l.Kinds {
			out = append(out, string(k))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
