package hotlines

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of reports.
const (
	Compound = "compound" // somebody is held, fleeing, out, or afraid of a journey
	Loss     = "loss"     // money lost
	Tip      = "tip"      // an offer, a recruiter, a site, a wallet, a place
)

// Unknown is a number nobody has said.
const Unknown = -1

// Facts are the taps that routing and priority read: nothing typed, nothing
// private. Begin with About, so that what was not said is not taken for zero.
type Facts struct {
	Kind        string // Compound, Loss or Tip
	For         string // self, someone, public; "" is unsaid
	Danger      string // now, soon, no; "" and unsaid are the same
	What        string // hurt, moved, held, out, afraid; "" is unsaid
	Country     string // where the person is now (the held one, not who writes), ISO 3166-1 alpha-2; "" is unknown
	Nationality string
	Age         string // under18, adult; "" and unsaid are the same
	Lang        string // of the talk

	Minor       bool // someone under 18 is there
	Injured     bool // seriously hurt or ill
	SelfHarm    bool // words of self-harm were heard
	Escaping    bool // an escape is under way
	RansomDue   bool // somebody set a day for a payment
	StillPaying bool
	Repeat      bool // the same person has reported the same before
	LowTrust    bool // over the limits, or suspected

	Travel          int // hours until the journey, Unknown; 0 when it has begun
	LastContactDays int // since the family heard from the person, Unknown
	PaidHours       int // since the last payment, Unknown

	Consent Consent
	// Veto is "do not send police": it stands above consent and above any table.
	Veto bool

	// At is when this is asked, for the hours of hotlines; zero takes no hours
	// into account.
	At time.Time
}

// Consent is to whom else a report may go. The hotline the card named always
// gets it.
type Consent struct {
	Embassy, NGO, Police bool
}

// clean takes what is no country code ("other", "unknown") for not said.
func (f Facts) clean() Facts {
	if !isCountry(f.Country) {
		f.Country = ""
	}
	if !isCountry(f.Nationality) {
		f.Nationality = ""
	}
	return f
}

// About begins facts of which only the kind is known.
func About(kind string) Facts {
	return Facts{Kind: kind, Travel: Unknown, LastContactDays: Unknown, PaidHours: Unknown}
}

// When is the condition of a row: every field that is set must hold. It is data,
// so that a table can be read, printed and tested row by row.
type When struct {
	Kind        []string `toml:"kind"`
	For         []string `toml:"for"`
	Danger      []string `toml:"danger"`
	What        []string `toml:"what"`
	Age         []string `toml:"age"`
	Country     []string `toml:"country"`
	Nationality []string `toml:"nationality"`
	Lang        []string `toml:"lang"`
	// Is names facts that must all be true: minor injured self_harm escaping
	// ransom_due still_paying repeat low_trust veto consent_embassy consent_ngo
	// consent_police.
	Is []string `toml:"is"`
	// Unknown names numbers nobody said: travel contact paid.
	Unknown []string `toml:"unknown"`
	// Within these, when the number is known: hours, days, hours. 0 is not set.
	TravelWithin  int `toml:"travel_within"`
	ContactWithin int `toml:"contact_within"`
	PaidWithin    int `toml:"paid_within"`
}

const unsaid = "unsaid"

func said(s string) string {
	if s == "" {
		return unsaid
	}
	return s
}

// Holds says whether the condition is true of the facts.
func (w When) Holds(f Facts) bool {
	one := func(of []string, v string) bool { return len(of) == 0 || slices.Contains(of, said(v)) }
	within := func(limit, n int) bool { return limit == 0 || n != Unknown && n <= limit }
	if !one(w.Kind, f.Kind) || !one(w.For, f.For) || !one(w.Danger, f.Danger) || !one(w.What, f.What) || !one(w.Age, f.Age) ||
		!one(w.Country, f.Country) || !one(w.Nationality, f.Nationality) || !one(w.Lang, f.Lang) ||
		!within(w.TravelWithin, f.Travel) || !within(w.ContactWithin, f.LastContactDays) || !within(w.PaidWithin, f.PaidHours) {
		return false
	}
	for _, name := range w.Is {
		if !f.flag(name) {
			return false
		}
	}
	for _, name := range w.Unknown {
		if f.number(name) != Unknown {
			return false
		}
	}
	return true
}

func (f Facts) flag(name string) bool {
	switch name {
	case "minor":
		return f.Minor
	case "injured":
		return f.Injured
	case "self_harm":
		return f.SelfHarm
	case "escaping":
		return f.Escaping
	case "ransom_due":
		return f.RansomDue
	case "still_paying":
		return f.StillPaying
	case "repeat":
		return f.Repeat
	case "low_trust":
		return f.LowTrust
	case "veto":
		return f.Veto
	case "consent_embassy":
		return f.Consent.Embassy
	case "consent_ngo":
		return f.Consent.NGO
	case "consent_police":
		return f.Consent.Police
	}
	return false
}

func (f Facts) number(name string) int {
	switch name {
	case "travel":
		return f.Travel
	case "contact":
		return f.LastContactDays
	}
	return f.PaidHours
}

// valid answers an error for a value no fact can have: such a row would never
// hold, and nobody would notice.
func (w When) valid() error {
	for _, of := range []struct {
		name  string
		have  []string
		known string
	}{
		{"kind", w.Kind, "compound loss tip"},
		{"for", w.For, "self someone public unsaid"},
		{"danger", w.Danger, "now soon no unsaid"},
		{"what", w.What, "hurt moved held out afraid unsaid"},
		{"age", w.Age, "under18 adult unsaid"},
		{"is", w.Is, "minor injured self_harm escaping ransom_due still_paying repeat low_trust veto consent_embassy consent_ngo consent_police"},
		{"unknown", w.Unknown, "travel contact paid"},
	} {
		for _, v := range of.have {
			if !slices.Contains(strings.Fields(of.known), v) {
				return fmt.Errorf("%s cannot be %q", of.name, v)
			}
		}
	}
	for _, c := range slices.Concat(w.Country, w.Nationality) {
		if !isCountry(c) && c != unsaid {
			return fmt.Errorf("%q is not a country code", c)
		}
	}
	if w.TravelWithin < 0 || w.ContactWithin < 0 || w.PaidWithin < 0 {
		return fmt.Errorf("a number of hours or days is below zero")
	}
	return nil
}

func isCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// String is the condition as documentation: "kind compound, travel within 72 h".
func (w When) String() string {
	var out []string
	add := func(name string, of []string) {
		if len(of) > 0 {
			out = append(out, name+" "+strings.Join(of, " or "))
		}
	}
	add("kind", w.Kind)
	add("for", w.For)
	add("danger", w.Danger)
	add("what", w.What)
	add("age", w.Age)
	add("country", w.Country)
	add("nationality", w.Nationality)
	add("language", w.Lang)
	for _, name := range w.Is {
		out = append(out, strings.ReplaceAll(name, "_", " "))
	}
	for _, name := range w.Unknown {
		out = append(out, name+" unknown")
	}
	for _, n := range []struct {
		name, unit string
		limit      int
	}{{"travel", "h", w.TravelWithin}, {"last contact", "days", w.ContactWithin}, {"paid", "h", w.PaidWithin}} {
		if n.limit > 0 {
			out = append(out, n.name+" within "+strconv.Itoa(n.limit)+" "+n.unit)
		}
	}
	if len(out) == 0 {
		return "always"
	}
	return strings.Join(out, ", ")
}
