package hotlines

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Table says to whom a report goes and how urgent it is. It is not changed after
// NewTable.
type Table struct {
	*Priorities
	Routes     []Row
	Recipients []Recipient
	Directory  *Directory

	version int
}

// Row is one row of the routing table.
type Row struct {
	ID string `toml:"id"`
	When
	To     []string `toml:"to"`
	CC     []string `toml:"cc"`
	Prefer []string `toml:"prefer"`
	// Recipients, in an operator's row, are ids in the order to ask; To then says
	// nothing. It is the only way to the police of the place of a compound, and
	// consent and the veto stand above it too.
	Recipients []string `toml:"recipients"`
}

// Routing is where a report goes.
type Routing struct {
	Rule    string // id of the row, "" when none leads to anybody
	Version int    // of the table
	// Primary is the id of the recipient whose case it is; "" when nobody here takes
	// it: then no report is taken and the public lines are shown.
	Primary string
	// Chain are the recipients that come next when nobody opens it; when is
	// Pace.Turn.
	Chain []string
	CC    []string // get it besides, by consent
	// Awake says whether somebody at the primary is there now, Next when that
	// changes (zero: never, or it was not asked).
	Awake bool
	Next  time.Time

	Public []string // ids of the public lines for this place and person, in order
	// Lines are the same, each with the ways that work from where the person is: show
	// these, not the directory's own, which hold short numbers of another country.
	Lines []Line
	// OwnCountry says that a line of the person's own ministry or mission is among
	// Public.
	OwnCountry bool
	// NoneConfirmed says that no public line is confirmed; people are told so.
	NoneConfirmed bool
}

//go:embed routing.toml
var routingTable string

// NewTable makes the table of this build for an installation. The operator's own
// rows stand before those of the build.
func NewTable(d *Directory, o Operator) (*Table, error) {
	recipients := o.Recipients
	p, err := LoadPriorities()
	if err != nil {
		return nil, err
	}
	t := &Table{Priorities: p, Recipients: recipients, Directory: d}
	ids := map[string]bool{}
	for i := range recipients {
		if err := recipients[i].check(); err != nil {
			return nil, err
		}
		if ids[recipients[i].ID] {
			return nil, fmt.Errorf("recipient %s is there twice", recipients[i].ID)
		}
		ids[recipients[i].ID] = true
	}
	known := func(of []string) error {
		for _, id := range of {
			if !ids[id] {
				return fmt.Errorf("there is no recipient %q", id)
			}
		}
		return nil
	}
	for _, r := range recipients {
		if err := known(r.Fallback); err != nil {
			return nil, fmt.Errorf("fallback of %s: %w", r.ID, err)
		}
	}
	var built routes
	if err := built.read(routingTable); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, r := range slices.Concat(o.Routes, built.Routes) {
		if r.ID == "" || names[r.ID] {
			return nil, fmt.Errorf("route %q: it needs an id of its own", r.ID)
		}
		names[r.ID] = true
		if err := known(r.Recipients); err != nil {
			return nil, fmt.Errorf("route %s: %w", r.ID, err)
		}
		t.Routes = append(t.Routes, r)
	}
	t.version = built.Version
	return t, nil
}

type routes struct {
	Version int   `toml:"version"`
	Routes  []Row `toml:"route"`
}

func (rs *routes) read(text string) error {
	meta, err := toml.Decode(text, rs)
	if err != nil {
		return fmt.Errorf("read routes: %w", err)
	}
	if odd := meta.Undecoded(); len(odd) > 0 {
		return fmt.Errorf("read routes: unknown key %s", odd[0])
	}
	for _, r := range rs.Routes {
		if err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

// check answers what no row can say.
func (r *Row) check() error {
	if err := r.valid(); err != nil {
		return fmt.Errorf("read route %q: %w", r.ID, err)
	}
	for _, role := range slices.Concat(r.To, r.CC) {
		if !slices.Contains([]string{RoleHotline, RoleNGO, RoleEmbassy, RolePolice}, role) {
			return fmt.Errorf("read route %q: role cannot be %q", r.ID, role)
		}
	}
	for _, p := range r.Prefer {
		if !slices.Contains([]string{"awake", "nationality", "country", "language"}, p) {
			return fmt.Errorf("read route %q: prefer cannot be %q", r.ID, p)
		}
	}
	if len(r.To) == 0 && len(r.Recipients) == 0 {
		return fmt.Errorf("read route %q: it leads to nobody", r.ID)
	}
	return nil
}

// Version is the version of the routing table.
func (t *Table) Version() int { return t.version }

// Route works out where a report goes from what is known now. The same facts give
// the same routing.
func (t *Table) Route(f Facts) Routing {
	f = f.clean()
	lines := t.Directory.For(f)
	out := Routing{Version: t.version, Lines: lines}
	for _, l := range lines {
		out.Public = append(out.Public, l.ID)
		out.OwnCountry = out.OwnCountry || l.own(f.Nationality)
	}
	out.NoneConfirmed = len(lines) == 0
	// The first row that holds and leads to somebody: a row that leads to nobody
	// must not keep a report from those who would take it.
	var r Row
	var first []*Recipient
	for _, r = range t.Routes {
		if r.Holds(f) {
			if first = t.firsts(r, f); len(first) > 0 {
				break
			}
		}
	}
	if len(first) == 0 {
		return out
	}
	out.Rule = r.ID
	primary := first[0]
	out.Primary = primary.ID
	if !f.At.IsZero() {
		out.Awake, out.Next = primary.Awake(f.At)
	}
	taken := []string{primary.ID}
	for _, id := range primary.Fallback {
		if c := t.Recipient(id); c.kind(f) && may(c, f, t.Directory.Compounds, false) && !slices.Contains(taken, id) {
			out.Chain, taken = append(out.Chain, id), append(taken, id)
		}
	}
	for _, c := range first[1:] {
		if !slices.Contains(taken, c.ID) {
			out.Chain, taken = append(out.Chain, c.ID), append(taken, c.ID)
		}
	}
	for _, role := range r.CC {
		for _, c := range t.of(role, r, f) {
			// A hotline of the chain gets it in its turn; who was asked for by
			// consent gets it at once.
			if c.ID != primary.ID && !slices.Contains(out.CC, c.ID) {
				out.CC = append(out.CC, c.ID)
			}
		}
	}
	return out
}

// firsts lists who may be the first to get a report by a row, in order.
func (t *Table) firsts(r Row, f Facts) []*Recipient {
	var out []*Recipient
	for _, id := range r.Recipients {
		if c := t.Recipient(id); c.kind(f) && may(c, f, t.Directory.Compounds, true) {
			out = append(out, c)
		}
	}
	if len(r.Recipients) == 0 {
		for _, role := range r.To {
			out = append(out, t.of(role, r, f)...)
		}
	}
	return out
}

// Recipient finds one by its id, nil when there is none.
func (t *Table) Recipient(id string) *Recipient {
	i := slices.IndexFunc(t.Recipients, func(r Recipient) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &t.Recipients[i]
}

// of lists the recipients of a role that take a report and may get it, the best
// for the row first.
func (t *Table) of(role string, row Row, f Facts) []*Recipient {
	var out []*Recipient
	for i := range t.Recipients {
		if r := &t.Recipients[i]; r.role() == role && r.takes(f) && may(r, f, t.Directory.Compounds, false) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b *Recipient) int {
		for _, by := range row.Prefer {
			if c := cmp.Compare(a.distance(by, f), b.distance(by, f)); c != 0 {
				return c
			}
		}
		return 0
	})
	return out
}

func (r *Recipient) distance(by string, f Facts) int {
	near := false
	switch by {
	case "awake":
		if f.At.IsZero() {
			return 0
		}
		near, _ = r.Awake(f.At)
	case "nationality":
		near = slices.Contains(r.Nationalities, f.Nationality)
	case "country":
		near = slices.Contains(r.Countries, f.Country)
	case "language":
		near = slices.Contains(r.Languages, f.Lang)
	}
	if near {
		return 0
	}
	return 1
}

func (r *Recipient) kind(f Facts) bool {
	return len(r.Kinds) == 0 || slices.Contains(r.Kinds, f.Kind)
}

// may says whether a recipient may get a report at all: what the person allowed,
// and what is never done.
func may(r *Recipient, f Facts, compounds []string, named bool) bool {
	switch r.role() {
	case RoleHotline:
		return true
	case RoleNGO:
		return f.Consent.NGO
	case RoleEmbassy:
		// Never the embassy of another country, whatever its row says.
		return f.Consent.Embassy && f.Nationality != "" && (r.Home == f.Nationality || slices.Contains(r.Nationalities, f.Nationality))
	case RolePolice:
		if f.Veto || !f.Consent.Police {
			return false
		}
		// Police have a case where they are, at the person's home, or where their row
		// says; not anywhere.
		if r.Home != f.Country && r.Home != f.Nationality && (f.Country == "" || !slices.Contains(r.Countries, f.Country)) {
			return false
		}
		local := r.Home == f.Country || f.Country == "" && slices.Contains(compounds, r.Home)
		return f.Kind == Loss || !local || named
	}
	return false
}

// Turn is how long after filing the hotline with this place in the chain is asked;
// zero is never by itself.
func (p Pace) Turn(place int) time.Duration { return p.Next * time.Duration(place+1) }

// Lacks says in plain lines what is missing for a kind of report to be taken:
// recipients, and for somebody in danger one in every chain that is there day and
// night. An empty answer is none.
func (t *Table) Lacks(kind string, countries ...string) []string {
	var out []string
	for _, c := range countries {
		f := About(kind)
		f.Country = c
		if kind == Compound {
			f.Danger = "now"
		}
		r := t.Route(f)
		if r.Primary == "" {
			out = append(out, fmt.Sprintf("%s: no recipient takes a report of kind %s", c, kind))
			continue
		}
		if kind == Compound && !slices.ContainsFunc(append([]string{r.Primary}, r.Chain...), func(id string) bool { return t.Recipient(id).Hours.Always() }) {
			out = append(out, fmt.Sprintf("%s: nobody between %s is there day and night", c, strings.Join(append([]string{r.Primary}, r.Chain...), ", ")))
		}
	}
	return out
}
