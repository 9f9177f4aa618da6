// Package hotlines is the directory of public lines: whom to call about a scam,
// a loss or bad work, country by country, each with where it was published and
// how sure that is.
package hotlines

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Kind is what a line is for, in the words of the source file.
type Kind string

// The kinds of lines.
const (
	ScamLoss        Kind = "scam_loss"        // money lost to a scam
	CyberFraud      Kind = "cyber_fraud"      // scams and fraud to report
	LabourMigration Kind = "labour_migration" // support for workers
	Crypto          Kind = "crypto"
	Trafficking     Kind = "trafficking"
	Police          Kind = "emergency_police"
	Consular        Kind = "consular"
	Child           Kind = "child"
	Women           Kind = "gbv"
	Mind            Kind = "mental_health"
)

// International is the country of lines that belong to none.
const International = "INT"

// Directory is the whole list. It is not changed after Load.
type Directory struct {
	Checked string `json:"checked"` // the day the source file was compiled
	Source  string `json:"source"`  // SHA-256 of the source file
	// PlacesSource is the SHA-256 of the source file of places.
	PlacesSource string `json:"places_source"`
	// Compounds are the countries with documented compounds: their police are never
	// told by default.
	Compounds []string `json:"compounds"`
	Places    []Place  `json:"places"`
	All       []Line   `json:"lines"`

	seal    seal
	actions actionTable
}

// Place is a documented compound, an area of several, or a town on the way there.
type Place struct {
	ID      string   `json:"id"`
	Country string   `json:"country"`
	Kind    string   `json:"kind"` // compound area transit
	Name    string   `json:"name"`
	Local   string   `json:"local,omitempty"`
	Chinese string   `json:"zh,omitempty"`
	Aka     []string `json:"aka,omitempty"`
	Source  Source   `json:"source"`
}

// PlacesIn lists the places of a country, areas first.
func (d *Directory) PlacesIn(country string) []Place {
	var out []Place
	for _, kind := range []string{"area", "compound", "transit"} {
		for _, p := range d.Places {
			if p.Country == country && p.Kind == kind {
				out = append(out, p)
			}
		}
	}
	return out
}

// For whom a line is.
const (
	Anyone     = "anyone"
	Children   = "children"
	WomenGirls = "women"
	Workers    = "workers"
	Foreigners = "foreigners"
	Hacked     = "hacked"     // a theft that is going on, not a scam that is over
	Informants = "informants" // takes what people know; no help for them
	Officials  = "officials"  // takes nothing from the public
)

// Line is one public line. Nothing in it was test-called; that is why source,
// date and caution belong beside it wherever it is shown.
type Line struct {
	ID          string   `json:"id"`
	Country     string   `json:"country"` // ISO 3166-1 alpha-2, or INT
	Name        string   `json:"name"`
	NameLocal   string   `json:"name_local,omitempty"`
	Operator    string   `json:"operator"`
	Kinds       []Kind   `json:"kinds"`
	Numbers     []Number `json:"numbers,omitempty"`
	Web         []string `json:"web,omitempty"`
	Email       []string `json:"email,omitempty"`
	Telegram    []string `json:"telegram,omitempty"`
	LINE        []string `json:"line,omitempty"`
	Languages   []string `json:"languages,omitempty"` // as stated by the source
	Assumed     []string `json:"languages_assumed,omitempty"`
	Hours       string   `json:"hours,omitempty"`
	Cost        string   `json:"cost,omitempty"`
	Anonymous   string   `json:"anonymous"`   // yes no unknown
	FromAbroad  string   `json:"from_abroad"` // yes no unknown
	Serves      string   `json:"serves,omitempty"`
	Whom        string   `json:"whom"`                  // for whom it is: anyone, children …
	Area        string   `json:"area,omitempty"`        // the only part of the country it serves
	Nationality string   `json:"nationality,omitempty"` // the only one it serves
	LocatedIn   string   `json:"located_in,omitempty"`
	// Home is the country whose people it serves wherever they are: a ministry, a
	// line for workers abroad.
	Home        string `json:"home,omitempty"`
	OnlyIn      string `json:"only_in,omitempty"`      // serves them in this country only
	LocalPolice bool   `json:"local_police,omitempty"` // the police of a country with compounds
	Checked     string `json:"checked"`
	Source      Source `json:"source"`
	Confidence  string `json:"confidence"` // high or medium
	Caution     string `json:"caution,omitempty"`
	Note        string `json:"note,omitempty"`

	plain    bool // may stand in an ordinary message
	byPolice bool
}

// Number is one number. Show is how people are shown it: in the operator's own
// spelling, or grouped as is usual.
type Number struct {
	Way  string `json:"way"` // call short whatsapp sms; short works inside the country only
	Dial string `json:"dial"`
	Show string `json:"show"`
}

// Source is where a line was published.
type Source struct {
	Publisher string `json:"publisher"`
	Title     string `json:"title"`
	Date      string `json:"date,omitempty"`
	URL       string `json:"url,omitempty"` // only a full address that was kept
}

// The directory, and beside it its signature once there is one.
//
//go:embed directory.json*
var shipped embed.FS

// Load reads the directory this build carries. Its signature, if there is one, is
// held to the release key; a wrong one is an error.
func Load() (*Directory, error) {
	data, err := shipped.ReadFile("directory.json")
	if err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	signature, err := shipped.ReadFile("directory.json" + SealSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	return Read(data, signature, releaseKey)
}

// Read reads a directory and its signature; nil when it has none. A signature that
// does not hold, or that another key than trusted made, is an error. An empty
// trusted trusts no key: a signature is then an error too.
func Read(data, signature []byte, trusted string) (*Directory, error) {
	d := new(Directory)
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("decode directory: %w", err)
	}
	for i := range d.All {
		d.All[i].mark()
	}
	if err := d.readActions(actionRows); err != nil {
		return nil, err
	}
	if len(signature) > 0 {
		s, err := openSeal(data, signature, trusted)
		if err != nil {
			return nil, err
		}
		d.seal = s
	}
	return d, nil
}

// Lines lists the lines of a country that are of one of the kinds, of any kind
// when none is named; the surest first. Where the police may be part of the
// trouble, missions stand first and the police last.
func (d *Directory) Lines(country string, kinds ...Kind) []Line {
	var out []Line
	for _, l := range d.All {
		if l.Country == country && (len(kinds) == 0 || slices.ContainsFunc(l.Kinds, func(k Kind) bool { return slices.Contains(kinds, k) })) {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b Line) int { return a.order() - b.order() })
	return out
}

func (l *Line) order() int {
	n := 1
	if l.Confidence == "high" {
		n = 0
	}
	switch l.Country {
	case "KH", "LA", "MM":
		switch {
		case slices.Contains(l.Kinds, Consular):
		case l.byPolice:
			n += 20
		default:
			n += 10
		}
	}
	return n
}

// Ordinary lists the lines of a country that may stand in an ordinary message:
// scams, losses and support for workers, and no word beside them that would tell
// somebody reading along what else a person might be looking for.
func (d *Directory) Ordinary(country string) []Line {
	return slices.DeleteFunc(d.Lines(country, ScamLoss, CyberFraud, LabourMigration), func(l Line) bool { return !l.plain })
}

// Words an ordinary message does not hold.
func telltales() []string {
	return []string{"traffick", "slavery", "compound", "captive", "rescue", "sold", "hostage", "forced", "handel", "détention", "human beings", "人口", "ค้ามนุษย์"}
}

// mark works out once what the lists ask of every line.
func (l *Line) mark() {
	text := strings.ToLower(strings.Join([]string{l.Name, l.NameLocal, l.Operator, l.Serves, l.Caution, l.Note, l.Source.Title, l.Source.URL, l.Hours, strings.Join(l.Web, " ")}, "\n"))
	l.plain = !slices.ContainsFunc(telltales(), func(w string) bool { return strings.Contains(text, w) })
	l.byPolice = l.police()
}

// Countries lists the countries that have a line, in alphabetical order.
func (d *Directory) Countries() []string {
	var out []string
	for _, l := range d.All {
		if l.Country != International {
			out = append(out, l.Country)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
