package check

import "fmt"

// placeRow is one row of places.toml.
type placeRow struct {
	ID      string        `toml:"id"`
	Country string        `toml:"country"`
	Kind    string        `toml:"kind"` // compound area transit city country
	Hub     bool          `toml:"hub"`
	Transit bool          `toml:"transit"`
	Abroad  bool          `toml:"abroad"`
	Names   []string      `toml:"names"`
	Sources []placeSource `toml:"source"`
}

type placeSource struct {
	Publisher string `toml:"publisher"`
	Title     string `toml:"title"`
	Date      string `toml:"date"`
	URL       string `toml:"url"`
}

func (f *facts) takePlaces() error {
	if len(f.places) > maxRows {
		return fmt.Errorf("check places: more than %d", maxRows)
	}
	for i := range f.places {
		p := &f.places[i]
		_, twice := f.placeAt[p.ID]
		switch {
		case p.ID == "" || twice:
			return fmt.Errorf("check place %q: the id is empty or stands twice", p.ID)
		case len(p.Country) != 2 || len(p.Names) == 0:
			return fmt.Errorf("check place %s: a country and names are needed", p.ID)
		case p.Hub && len(p.Sources) == 0:
			return fmt.Errorf("check place %s: a hub needs a source", p.ID)
		}
		switch p.Kind {
		case "compound", "area", "transit", "city", "country":
		default:
			return fmt.Errorf("check place %s: unknown kind %q", p.ID, p.Kind)
		}
		f.placeAt[p.ID] = int32(i)
		if p.Abroad {
			f.abroad[p.Country] = true
		}
		for _, n := range p.Names {
			f.names.add(&f.spell, n, int32(i))
		}
	}
	return nil
}

// destination reports whether a country is on the list of places people are
// lured to.
func (f *facts) destination(country string) bool { return f.abroad[country] }

// place takes the place name that stands at i, if any; k is the lead there.
func (s *scan) place(i int, k lead) (end int, ok bool) {
	at, end, ok := s.f.names.find(&s.f.spell, s.text, i, k)
	if !ok {
		return i, false
	}
	p := &s.f.places[*at]
	s.out = append(s.out, Entity{Type: "place", Value: p.ID, Valid: true, Span: [2]int{i, end}, Country: p.Country, Place: p.ID, Hub: p.Hub, Transit: p.Transit})
	return end, true
}
