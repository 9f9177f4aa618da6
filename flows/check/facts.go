package check

import (
	"embed"
	"fmt"
	"io/fs"
	"math/bits"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// factFiles are the language-free facts this package ships.
//
//go:embed *.toml
var factFiles embed.FS

// facts is everything the checker knows apart from any language: the signs,
// where they were published, how pay and places are recognised, and what fits
// a corridor or a stage.
type facts struct {
	signs     []sign
	byID      map[string]*sign
	advice    []string // every advice id, most urgent first
	ask       []string // every question id, most useful first
	stages    []stageRow
	corridors []corridorRow
	pay       map[string]payRow
	places    []placeRow
	placeAt   map[string]int32 // where in places each id stands
	countries map[string]int32 // numbers of the countries corridors speak of
	abroad    map[string]bool  // countries of the destination list
	reached   []reached
	work      []work
	byVisa    signSet // the signs that tell of a tourist visa
	urgent    struct{ stay, wait, verify idSet }
	spell     spelling
	names     lexicon[int32]     // place names, by place
	words     lexicon[moneyWord] // what may stand before an amount
	tails     lexicon[moneyWord] // what may follow it
	starts    begins             // how names and words begin
}

// sign is one row of signs.toml.
type sign struct {
	ID       string      `toml:"id"`
	Group    string      `toml:"group"`
	Kind     Kind        `toml:"kind"`
	Strength Strength    `toml:"strength"`
	Audience []string    `toml:"audience"`
	How      []string    `toml:"how"`
	Facet    string      `toml:"facet"`
	Silent   bool        `toml:"silent"`
	Advice   []string    `toml:"advice"`
	Ask      []string    `toml:"ask"`
	Refs     []sourceRef `toml:"sources"`
	Sources  []Source    `toml:"-"` // as shown, published before reported

	advise, asks idSet
}

// idSet holds ids of advice or of questions by their place in the catalogue.
type idSet [2]uint64

// maxIDs is how many ids of a kind an idSet can hold.
const maxIDs = 128

func (s *idSet) add(o idSet) { s[0], s[1] = s[0]|o[0], s[1]|o[1] }

// idsOf gives the places of ids in a catalogue; unknown ones have none.
func idsOf(catalogue []string, ids ...string) (s idSet) {
	for _, id := range ids {
		if i := slices.Index(catalogue, id); i >= 0 {
			s[i>>6] |= 1 << (i & 63)
		}
	}
	return s
}

// pick gives the first n ids of a catalogue that are in the set.
func (s idSet) pick(catalogue []string, n int) []string {
	n = min(n, bits.OnesCount64(s[0])+bits.OnesCount64(s[1]))
	if n == 0 {
		return nil
	}
	out := make([]string, 0, n)
	for w, mask := range s {
		for ; mask != 0 && len(out) < n; mask &= mask - 1 {
			out = append(out, catalogue[w<<6|bits.TrailingZeros64(mask)])
		}
	}
	return out
}

type sourceRef struct {
	Ref  string `toml:"ref"`
	Mark string `toml:"mark"`
}

// sourceRow is one row of sources.toml: a document and the pages it was read on.
type sourceRow struct {
	Ref       string `toml:"ref"`
	Issuer    string `toml:"issuer"`
	Title     string `toml:"title"`
	Date      string `toml:"date"`
	Published string `toml:"published"` // who published the page that was read
	Reported  string `toml:"reported"`  // the secondary page, where one was read
	URL       string `toml:"url"`       // of the published page
}

// payRow is one row of pay.toml; zero means the currency has no figure.
type payRow struct {
	Code  string  `toml:"code"`
	USD   float64 `toml:"usd"`
	Hour  float64 `toml:"hour"`
	Day   float64 `toml:"day"`
	Week  float64 `toml:"week"`
	Month float64 `toml:"month"`
	Year  float64 `toml:"year"`
	Task  float64 `toml:"task"`
}

const signCount = 182

// loadFacts reads the facts of fsys and refuses any that do not hold together.
func loadFacts(fsys fs.FS) (*facts, error) {
	var signs struct {
		Advice []string `toml:"advice"`
		Ask    []string `toml:"ask"`
		Sign   []sign   `toml:"sign"`
	}
	var sources struct {
		Source []sourceRow `toml:"source"`
	}
	var stages struct {
		Stage []stageRow `toml:"stage"`
	}
	var corridors struct {
		Corridor []corridorRow `toml:"corridor"`
	}
	var pay struct {
		Pay []payRow `toml:"pay"`
	}
	var places struct {
		Place []placeRow `toml:"place"`
	}
	for _, f := range []struct {
		name string
		into any
	}{
		{"signs.toml", &signs}, {"sources.toml", &sources}, {"stages.toml", &stages},
		{"corridors.toml", &corridors}, {"pay.toml", &pay}, {"places.toml", &places},
	} {
		if err := decodeFacts(fsys, f.name, f.into); err != nil {
			return nil, err
		}
	}

	f := &facts{
		signs: signs.Sign, byID: make(map[string]*sign, len(signs.Sign)),
		advice: signs.Advice, ask: signs.Ask,
		stages: stages.Stage, corridors: corridors.Corridor,
		pay:    make(map[string]payRow, len(pay.Pay)),
		places: places.Place, placeAt: make(map[string]int32, len(places.Place)), abroad: make(map[string]bool), spell: newSpelling(),
	}
	steps := []func() error{
		func() error { return f.takeSigns(sources.Source) },
		func() error { return f.takePay(pay.Pay) },
		f.takePlaces,
		f.takeStages,
		f.takeCorridors,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	f.takeMoneyWords()
	f.starts.join(&f.names.begins)
	f.starts.join(&f.words.begins)
	f.urgent.stay, f.urgent.wait = idsOf(f.advice, "do_not_travel"), idsOf(f.advice, "take_time")
	f.urgent.verify = idsOf(f.ask, "company_name_register", "callback_published_number", "who_gave_number")
	return f, nil
}

// decodeFacts reads one file and refuses a key nobody asked for, so that a
// misspelt key is not silently lost.
func decodeFacts(fsys fs.FS, name string, into any) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	meta, err := toml.Decode(string(data), into)
	if err != nil {
		return fmt.Errorf("decode %s: %w", name, err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return fmt.Errorf("decode %s: unknown key %s", name, extra[0])
	}
	return nil
}

func (f *facts) takeSigns(sources []sourceRow) error {
	byRef := make(map[string]sourceRow, len(sources))
	for _, s := range sources {
		if s.Title == "" || s.Issuer == "" || s.Published == "" && s.Reported == "" {
			return fmt.Errorf("check source %s: issuer, title and a page are needed", s.Ref)
		}
		if s.URL != "" && (s.Published == "" || !strings.HasPrefix(s.URL, "https://")) {
			return fmt.Errorf("check source %s: an address belongs to the published page", s.Ref)
		}
		byRef[s.Ref] = s
	}
	if len(f.advice) > maxIDs || len(f.ask) > maxIDs {
		return fmt.Errorf("check signs: more than %d ids of advice or of questions", maxIDs)
	}
	if len(f.signs) != signCount {
		return fmt.Errorf("check signs: %d signs, want %d", len(f.signs), signCount)
	}
	for i := range f.signs {
		s := &f.signs[i]
		if err := f.checkSign(s, byRef); err != nil {
			return fmt.Errorf("check sign %s: %w", s.ID, err)
		}
		f.byID[s.ID] = s
		s.advise, s.asks = idsOf(f.advice, s.Advice...), idsOf(f.ask, s.Ask...)
	}
	return nil
}

// setOf gives signs by their ids.
func (f *facts) setOf(ids ...string) (set signSet) {
	for i := range f.signs {
		if slices.Contains(ids, f.signs[i].ID) {
			set.add(int32(i))
		}
	}
	return set
}

func (f *facts) checkSign(s *sign, sources map[string]sourceRow) error {
	if _, twice := f.byID[s.ID]; twice || s.ID == "" {
		return fmt.Errorf("the id is empty or stands twice")
	}
	switch s.Strength {
	case Strong, Medium, Weak:
	default:
		return fmt.Errorf("unknown strength %q", s.Strength)
	}
	switch s.Kind {
	case Recruitment, Task, Fee, Investment, Romance, Impersonation, Recovery, Loan, Gambling, Mule, Phishing, Other:
	default:
		return fmt.Errorf("unknown kind %q", s.Kind)
	}
	switch s.Facet {
	case "", "place", "route", "control", "deception", "debt", "minor", "partner":
	default:
		return fmt.Errorf("unknown facet %q", s.Facet)
	}
	if len(s.How) == 0 || len(s.Audience) == 0 || len(s.Advice) == 0 {
		return fmt.Errorf("how, audience and advice are needed")
	}
	for _, h := range s.How {
		switch h {
		case "text", "ask", "entity", "raw":
		default:
			return fmt.Errorf("unknown how %q", h)
		}
	}
	if err := f.known(s.Advice, s.Ask); err != nil {
		return err
	}
	for _, r := range s.Refs {
		src, ok := sources[r.Ref]
		shown := Source{Mark: r.Mark, Title: src.Issuer + ": " + src.Title, Date: src.Date}
		switch {
		case !ok:
			return fmt.Errorf("unknown source %q", r.Ref)
		case r.Mark == "P":
			shown.Publisher, shown.URL = src.Published, src.URL
		case r.Mark == "S":
			shown.Publisher = src.Reported
		default:
			return fmt.Errorf("unknown mark %q", r.Mark)
		}
		if shown.Publisher == "" {
			return fmt.Errorf("source %s has no page for mark %s", r.Ref, r.Mark)
		}
		if n := len(s.Sources); n > 0 && s.Sources[n-1].Mark > shown.Mark {
			return fmt.Errorf("published sources stand before reported ones")
		}
		s.Sources = append(s.Sources, shown)
	}
	if len(s.Sources) == 0 && s.Strength == Strong {
		return fmt.Errorf("a sign without a source is at most medium")
	}
	return nil
}

// known refuses advice and questions the catalogue has no words for.
func (f *facts) known(advice, ask []string) error {
	for _, a := range advice {
		if !slices.Contains(f.advice, a) {
			return fmt.Errorf("unknown advice %q", a)
		}
	}
	for _, a := range ask {
		if !slices.Contains(f.ask, a) {
			return fmt.Errorf("unknown question %q", a)
		}
	}
	return nil
}

func (f *facts) takePay(rows []payRow) error {
	for _, r := range rows {
		if r.Code == "" || r.USD <= 0 {
			return fmt.Errorf("check pay %q: code and usd are needed", r.Code)
		}
		fill := func(v *float64, n float64) {
			if *v == 0 {
				*v = n
			}
		}
		fill(&r.Day, r.Month/20)
		fill(&r.Week, r.Month/4)
		fill(&r.Hour, r.Month/50)
		fill(&r.Year, r.Month*15)
		fill(&r.Task, r.Month/150)
		f.pay[r.Code] = r
	}
	return nil
}

// highPay reports whether an amount of money is pay far above the local norm
// of unskilled work for its period. An amount without a period never is.
func (f *facts) highPay(e Entity) bool {
	if e.Type != "money" {
		return false
	}
	r := f.pay[e.Currency]
	var from float64
	switch e.Period {
	case "hour":
		from = r.Hour
	case "day":
		from = r.Day
	case "week":
		from = r.Week
	case "month":
		from = r.Month
	case "year":
		from = r.Year
	case "task":
		from = r.Task
	}
	return from > 0 && e.Amount >= from
}
