package check

import (
	"fmt"
	"slices"
	"strings"
)

// corridorRow is one row of corridors.toml: where people come from, where the
// job is said to be, on which visa, as what, and what is known of that way.
// Empty fields fit anything.
type corridorRow struct {
	ID     string   `toml:"id"`
	From   []string `toml:"from"` // countries of origin
	To     string   `toml:"to"`   // country
	Place  []string `toml:"place"`
	Via    []string `toml:"via"`  // places or countries on the way
	Visa   string   `toml:"visa"` // tourist arrival free work none
	Role   string   `toml:"role"` // see roleOf
	Signs  []string `toml:"signs"`
	Note   string   `toml:"note"`
	Advice []string `toml:"advice"`
	Source struct {
		Publisher string `toml:"publisher"`
		Title     string `toml:"title"`
		Date      string `toml:"date"`
		URL       string `toml:"url"`
	} `toml:"source"`

	signs  signSet
	advise idSet

	// Place, Via, the compounds among Via, From and To by their numbers; abroad is
	// From without To.
	place, via, viaHub, from, abroad rowSet
	to                               int32
}

// takeCorridors reads the rows and numbers the countries they speak of.
func (f *facts) takeCorridors() error {
	seen := make(map[string]bool)
	f.countries = make(map[string]int32)
	for i := range f.corridors {
		c := &f.corridors[i]
		if c.ID == "" || seen[c.ID] {
			return fmt.Errorf("check corridor %q: the id is empty or stands twice", c.ID)
		}
		seen[c.ID] = true
		if c.To == "" || c.Note == "" || c.Source.Publisher == "" || c.Source.Title == "" || len(c.Advice) == 0 {
			return fmt.Errorf("check corridor %s: to, note, advice and a source are needed", c.ID)
		}
		if c.Source.URL != "" && !strings.HasPrefix(c.Source.URL, "https://") {
			return fmt.Errorf("check corridor %s: the address is not one", c.ID)
		}
		switch c.Visa {
		case "", "tourist", "arrival", "free", "work", "none":
		default:
			return fmt.Errorf("check corridor %s: unknown visa %q", c.ID, c.Visa)
		}
		if c.Role != "" && !slices.Contains(roles[:], c.Role) {
			return fmt.Errorf("check corridor %s: unknown role %q", c.ID, c.Role)
		}
		for _, p := range slices.Concat(c.Place, c.Via) {
			if _, ok := f.placeAt[p]; !ok {
				return fmt.Errorf("check corridor %s: unknown place %q", c.ID, p)
			}
		}
		for _, s := range c.Signs {
			if f.byID[s] == nil {
				return fmt.Errorf("check corridor %s: unknown sign %q", c.ID, s)
			}
		}
		if err := f.known(c.Advice, nil); err != nil {
			return fmt.Errorf("check corridor %s: %w", c.ID, err)
		}
		c.signs, c.advise = f.setOf(c.Signs...), idsOf(f.advice, c.Advice...)
		for _, p := range c.Place {
			c.place.add(f.placeAt[p])
		}
		for _, p := range c.Via {
			at := f.placeAt[p]
			c.via.add(at)
			if f.places[at].Hub {
				c.viaHub.add(at)
			}
		}
		for _, code := range append([]string{c.To}, c.From...) {
			if _, ok := f.countries[code]; !ok {
				f.countries[code] = int32(len(f.countries))
			}
		}
		if len(f.countries) > maxRows {
			return fmt.Errorf("check corridors: more than %d countries", maxRows)
		}
		c.to = f.countries[c.To]
		for _, code := range c.From {
			c.from.add(f.countries[code])
		}
		c.abroad = c.from
		c.abroad.drop(c.to)
	}
	f.byVisa = f.setOf("REC-05")
	for _, w := range workSigns {
		f.work = append(f.work, work{w.role, f.setOf(w.signs...)})
	}
	return nil
}

// roles are the kinds of work the corridors tell apart.
var roles = [...]string{"desk", "casino", "model", "trade", "agent", "partner", "crew"}

// work is a kind of work and the signs that speak of it.
type work struct {
	role  string
	signs signSet
}

var workSigns = []struct {
	role  string
	signs []string
}{
	{"partner", []string{"REC-31"}}, {"casino", []string{"REC-20"}}, {"model", []string{"REC-22"}}, {"trade", []string{"REC-34"}},
	{"agent", []string{"REC-13"}}, {"desk", []string{"REC-03", "REC-09", "REC-23"}},
}

// roleOf says which kind of work the signs speak of.
func (f *facts) roleOf(signs signSet) string {
	for i := range f.work {
		if f.work[i].signs.meets(signs) {
			return f.work[i].role
		}
	}
	return ""
}

// corridor picks the row that fits best what is known of the way: places named
// in the text, the reader's country ("origin:KE" among the tags), the visa
// ("visa:tourist", or a sign that names it) and the work. It answers nil when no
// destination is known. What is said otherwise never fits.
func (f *facts) corridor(entities []Entity, signs signSet, tags []string) *corridorRow {
	role := f.roleOf(signs)
	visa, origin, destination := "", "", ""
	if f.byVisa.meets(signs) {
		visa = "tourist"
	}
	for _, t := range tags {
		switch {
		case strings.HasPrefix(t, "visa:"):
			visa = t[len("visa:"):]
		case strings.HasPrefix(t, "origin:"):
			origin = t[len("origin:"):]
		case strings.HasPrefix(t, "destination:"):
			destination = t[len("destination:"):]
		}
	}
	var places, countries rowSet
	known := destination != ""
	if at, ok := f.countries[destination]; ok {
		countries.add(at)
	}
	for i := range entities {
		if e := &entities[i]; e.Type == "place" {
			known = true
			places.add(f.placeAt[e.Place])
			if at, ok := f.countries[e.Country]; ok {
				countries.add(at)
			}
		}
	}
	if !known {
		return nil
	}
	home := int32(-1)
	if at, ok := f.countries[origin]; ok {
		home = at
	}

	var best *corridorRow
	bestScore := 0
	for i := range f.corridors {
		c := &f.corridors[i]
		score := 0
		switch {
		case c.place.meets(places):
			score += 8
		case countries.has(c.to):
			score += 4
		default:
			// Nobody names the country across the river: the town on this side does.
			if !c.viaHub.meets(places) {
				continue
			}
			score += 4
		}
		if len(c.Place) > 0 && !c.place.meets(places) {
			score--
		}
		if c.via.meets(places) {
			score += 3
		}
		if len(c.From) > 0 {
			switch {
			case c.from.has(home):
				score += 5
			case origin != "":
				continue
			case c.abroad.meets(countries):
				score += 2
			default:
				score--
			}
		}
		switch {
		case c.Visa == "":
		case c.Visa == visa:
			score += 3
		case visa != "":
			continue
		default:
			score--
		}
		switch {
		case c.Role == "":
		case c.Role == role:
			score += 3
		case role != "":
			continue
		default:
			score--
		}
		score += 2 * c.signs.common(signs)
		if score > bestScore {
			best, bestScore = c, score
		}
	}
	return best
}

// stageRow is one row of stages.toml: what is said first at a stage.
type stageRow struct {
	ID     Stage    `toml:"id"`
	Advice []string `toml:"advice"`
	advise idSet
}

func (f *facts) takeStages() error {
	for _, want := range []Stage{StageContact, StageMoved, StageTrust, StagePayment, StageBlocked, StageRecovery, StageTravelling} {
		n := 0
		for i := range f.stages {
			if s := &f.stages[i]; s.ID == want {
				n++
				s.advise = idsOf(f.advice, s.Advice...)
				if err := f.known(s.Advice, nil); err != nil {
					return fmt.Errorf("check stage %s: %w", s.ID, err)
				}
			}
		}
		if n != 1 {
			return fmt.Errorf("check stages: %s stands %d times", want, n)
		}
	}
	for _, r := range reachedBy {
		f.reached = append(f.reached, reached{r.is, r.tags, f.setOf(r.signs...)})
	}
	return nil
}

// stageAdvice is what is said first at a stage.
func (f *facts) stageAdvice(stage Stage) idSet {
	for i := range f.stages {
		if f.stages[i].ID == stage {
			return f.stages[i].advise
		}
	}
	return idSet{}
}

// reached is a stage and what says that it was reached.
type reached struct {
	is    Stage
	tags  [2]string
	signs signSet
}

// reachedBy are the stages, the latest first.
var reachedBy = []struct {
	is    Stage
	tags  [2]string
	signs []string
}{
	{StageTravelling, [2]string{"stage:travelling", "travelling"}, nil},
	{StageRecovery, [2]string{"stage:recovery"}, []string{"RCV-01", "RCV-02", "RCV-03", "RCV-04", "RCV-05", "RCV-06", "RCV-07", "RCV-08", "RCV-09", "RCV-10"}},
	{StageBlocked, [2]string{"stage:blocked"}, []string{"TSK-11", "INV-09", "GAM-02", "CRY-04", "CRY-10", "CRY-11"}},
	{StagePayment, [2]string{"stage:payment", "paid"}, []string{"TSK-05", "TSK-06", "TSK-10", "TSK-13", "TSK-14", "TSK-19", "INV-11", "INV-25", "ROM-03", "ROM-04", "ROM-05", "ROM-09",
		"IMP-03", "IMP-05", "LON-01", "LON-03", "REC-15", "GEN-04", "CRY-13"}},
	{StageTrust, [2]string{"stage:trust"}, []string{"TSK-04", "TSK-09", "INV-03", "INV-08", "INV-10", "INV-14", "ROM-01", "ROM-06", "ROM-08"}},
	{StageMoved, [2]string{"stage:moved"}, []string{"GEN-03", "TSK-08", "TSK-17", "REC-11"}},
}

// stageOf says how far a scheme has come, from the signs found and from what was
// answered ("stage:payment", "paid"). The latest stage holds; somebody on the way
// is travelling whatever else is true.
func (f *facts) stageOf(signs signSet, tags []string) Stage {
	for i := range f.reached {
		r := &f.reached[i]
		for _, t := range r.tags {
			if t != "" && slices.Contains(tags, t) {
				return r.is
			}
		}
		if r.signs.meets(signs) {
			return r.is
		}
	}
	return StageContact
}
