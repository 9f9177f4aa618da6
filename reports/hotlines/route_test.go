package hotlines

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func hours(t testing.TB, zone string, lines ...string) Hours {
	h, err := ParseHours(zone, lines...)
	require.NoError(t, err)
	return h
}

// harbour takes everything day and night; the others are for some.
func recipients(t testing.TB) []Recipient {
	always := hours(t, "", "always")
	return []Recipient{
		{ID: "harbour", Name: "Harbour", Languages: []string{"en", "zh"}, Hours: always},
		{ID: "lantern", Name: "Lantern", Countries: []string{"KH"}, Languages: []string{"id"}, Hours: hours(t, "Asia/Bangkok", "mon-fri 08:00-20:00"), Fallback: []string{"harbour"}},
		{ID: "monsoon", Name: "Monsoon", Kinds: []string{Compound}, Nationalities: []string{"PH"}, Hours: always},
		{ID: "ledger", Name: "Ledger", Kinds: []string{Loss}, Countries: []string{"TH"}, Hours: hours(t, "Asia/Bangkok", "mon-sun 09:00-17:00")},
		{ID: "shelter", Name: "Shelter", Role: RoleNGO, Hours: always},
		{ID: "embassy-ph", Name: "Embassy", Role: RoleEmbassy, Home: "PH"},
		{ID: "embassy-cn", Name: "Embassy", Role: RoleEmbassy, Home: "CN"},
		{ID: "police-kh", Name: "Police", Role: RolePolice, Home: "KH"},
		{ID: "police-th", Name: "Police", Role: RolePolice, Home: "TH", Countries: []string{"KH", "TH"}},
	}
}

func table(t testing.TB, o Operator) *Table {
	d, err := Load()
	require.NoError(t, err)
	tab, err := NewTable(d, o)
	require.NoError(t, err)
	return tab
}

// Every row of the routing table has a case of its own here, in the order of the
// table: what it chooses first and what comes next.
func TestRouteRows(t *testing.T) {
	tab := table(t, Operator{Recipients: recipients(t)})
	night := time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC) // three at night in Bangkok
	day := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	cases := []struct {
		row     string
		f       Facts
		primary string
		chain   []string
		cc      []string
	}{
		{"life-in-danger", about(Compound, func(f *Facts) { f.Danger, f.Country, f.Nationality, f.At = "now", "KH", "PH", night }),
			"monsoon", []string{"harbour", "lantern"}, nil},
		{"self-harm", about(Loss, func(f *Facts) { f.SelfHarm, f.Country, f.Lang, f.At = true, "TH", "en", night }), "harbour", []string{"ledger"}, nil},
		{"under-18", about(Compound, func(f *Facts) { f.Age, f.Country, f.At = "under18", "KH", day }), "lantern", []string{"harbour"}, nil},
		{"moved", about(Compound, func(f *Facts) { f.What, f.Country, f.At = "moved", "KH", night }), "harbour", []string{"lantern"}, nil},
		{"family", about(Compound, func(f *Facts) { f.For, f.Country, f.Nationality, f.At = "someone", "KH", "PH", night }), "monsoon", []string{"harbour", "lantern"}, nil},
		{"before-travel", about(Compound, func(f *Facts) { f.What, f.Country, f.Lang = "afraid", "KH", "zh" }), "harbour", []string{"lantern"}, nil},
		{"compound", about(Compound, func(f *Facts) {
			f.What, f.Country, f.Nationality, f.At, f.Consent = "held", "KH", "PH", night, Consent{Embassy: true, NGO: true, Police: true}
		}),
			"monsoon", []string{"harbour", "lantern", "shelter", "embassy-ph"}, []string{"embassy-ph", "shelter", "police-th"}},
		{"loss", about(Loss, func(f *Facts) { f.Country, f.Consent.Police = "TH", true }), "ledger", []string{"harbour", "police-th"}, []string{"police-th"}},
		{"tip-danger", about(Tip, func(f *Facts) { f.Travel, f.Country, f.At = 10, "KH", night }), "harbour", []string{"lantern"}, nil},
		{"tip", about(Tip, func(f *Facts) { f.Country, f.At = "KH", night }), "lantern", []string{"harbour"}, nil},
	}
	require.Len(t, cases, len(tab.Routes), "a row without a case")
	for i, c := range cases {
		t.Run(c.row, func(t *testing.T) {
			require.Equal(t, c.row, tab.Routes[i].ID)
			r := tab.Route(c.f)
			require.Equal(t, c.row, r.Rule)
			require.Equal(t, 1, r.Version)
			require.Equal(t, c.primary, r.Primary)
			require.Equal(t, c.chain, r.Chain)
			require.Equal(t, c.cc, r.CC)
			require.Equal(t, r, tab.Route(c.f), "the same facts, the same routing")
		})
	}
}

// Consent, veto and the police of the place hold in every row and every order of
// taps.
func TestPoliceOfThePlace(t *testing.T) {
	tab := table(t, Operator{Recipients: recipients(t)})
	all := func(f Facts) []string {
		r := tab.Route(f)
		return slices.Concat([]string{r.Primary}, r.Chain, r.CC)
	}
	for _, kind := range []string{Compound, Loss, Tip} {
		for _, danger := range []string{"now", "soon", "no", ""} {
			for _, what := range []string{"hurt", "moved", "held", "out", "afraid", ""} {
				for _, who := range []string{"self", "someone", "public", ""} {
					for _, country := range []string{"KH", "TH", "MM", "", "OTHER"} {
						for _, n := range []string{"PH", "CN", ""} {
							f := about(kind, func(f *Facts) { f.Danger, f.What, f.For, f.Country, f.Nationality = danger, what, who, country, n })
							for _, id := range all(f) {
								require.Equal(t, RoleHotline, tab.Recipient(id).role(), "without consent: %s", id)
							}
							f.Consent = Consent{Embassy: true, NGO: true, Police: true}
							for _, id := range all(f) {
								r := tab.Recipient(id)
								if r.role() == RoleEmbassy {
									require.Equal(t, n, r.Home)
								}
								if r.role() == RolePolice {
									require.True(t, slices.Contains([]string{country, n}, r.Home) || slices.Contains(r.Countries, country))
								}
								if r.role() == RolePolice && kind != Loss {
									require.NotEqual(t, country, r.Home, "%v", f)
									require.False(t, len(country) != 2 && r.Home == "KH")
								}
							}
							f.Veto = true
							for _, id := range all(f) {
								require.NotEqual(t, RolePolice, tab.Recipient(id).role())
							}
						}
					}
				}
			}
		}
	}
}

// The operator may name the police of a place in a row; consent and the veto still
// stand above it, and a row that leads to nobody is passed over.
func TestOperatorRows(t *testing.T) {
	o := Operator{Recipients: recipients(t), Routes: []Row{
		{ID: "mine", When: When{Kind: []string{Compound}, Country: []string{"KH"}}, Recipients: []string{"police-kh"}},
		{ID: "chinese", When: When{Nationality: []string{"CN"}}, Recipients: []string{"monsoon", "harbour"}},
	}}
	tab := table(t, o)
	f := about(Compound, func(f *Facts) { f.Country = "KH" })
	require.Equal(t, "lantern", tab.Route(f).Primary)
	require.Equal(t, "compound", tab.Route(f).Rule)
	f.Consent.Police = true
	require.Equal(t, "police-kh", tab.Route(f).Primary)
	f.Veto = true
	require.Equal(t, "lantern", tab.Route(f).Primary)
	f = about(Loss, func(f *Facts) { f.Country, f.Nationality = "TH", "CN" })
	require.Equal(t, "harbour", tab.Route(f).Primary, "a recipient that does not take the kind is passed over in a row that names it")
}

func TestNobodyTakesIt(t *testing.T) {
	tab := table(t, Operator{})
	r := tab.Route(about(Compound, func(f *Facts) { f.Country, f.Nationality = "KH", "CN" }))
	require.Empty(t, r.Primary)
	require.Empty(t, r.Rule)
	require.Equal(t, "kh-embassy-cn", r.Public[0])
	require.True(t, r.OwnCountry)
	require.False(t, r.NoneConfirmed)
	r = tab.Route(about(Tip, func(f *Facts) { f.Country = "XX" }))
	require.True(t, r.NoneConfirmed)
	require.Empty(t, r.Public)
	require.Equal(t, 1, tab.Version())
	require.Nil(t, tab.Recipient("nobody"))
	require.Len(t, tab.Lacks(Compound, SeedRegion()...), 9)
	require.Empty(t, table(t, Operator{Recipients: recipients(t)}).Lacks(Compound, SeedRegion()...))
	sleepy := table(t, Operator{Recipients: []Recipient{{ID: "a", Name: "A", Hours: hours(t, "Asia/Bangkok", "mon-fri 08:00-20:00")}}})
	require.Contains(t, sleepy.Lacks(Compound, "KH")[0], "day and night")
	require.Empty(t, sleepy.Lacks(Loss, "KH"))
}

func TestHoursOfThePrimary(t *testing.T) {
	tab := table(t, Operator{Recipients: recipients(t)})
	f := about(Tip, func(f *Facts) { f.Country, f.At = "KH", time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC) }) // Friday, nine in the evening
	r := tab.Route(f)
	require.Equal(t, "lantern", r.Primary)
	require.False(t, r.Awake)
	require.Equal(t, time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC), r.Next, "Monday at eight in Bangkok")
}

func TestOperatorFile(t *testing.T) {
	o, err := ReadOperator(OperatorExample)
	require.NoError(t, err)
	tab := table(t, o)
	require.Equal(t, "lantern", tab.Route(about(Compound, func(f *Facts) { f.Nationality, f.Country = "ID", "KH" })).Primary)
	require.Equal(t, "harbour", tab.Route(about(Compound, func(f *Facts) { f.Country = "KH" })).Primary)
	require.Equal(t, 20*time.Minute, tab.Recipient("harbour").Usual)
	o, err = ReadOperator("[[recipient]]\nid=\"a\"\nname=\"A\"\nwebhook=\"https://a.example/x\"\nmail=\"a@example.org\"")
	require.NoError(t, err)
	require.Equal(t, []Via{{KindWebhook, "https://a.example/x"}, {KindMail, "a@example.org"}}, o.Recipients[0].Via)
	awake, next := o.Recipients[0].Awake(time.Now())
	require.False(t, awake, "without hours nobody is promised")
	require.Zero(t, next)
	for name, text := range map[string]string{
		"no TOML":                     "recipient = ",
		"a misspelt key":              "[[recipient]]\nid=\"a\"\nname=\"A\"\nhour=[\"always\"]",
		"no name":                     "[[recipient]]\nid=\"a\"",
		"a role nobody has":           "[[recipient]]\nid=\"a\"\nname=\"A\"\nrole=\"army\"",
		"an embassy of nowhere":       "[[recipient]]\nid=\"a\"\nname=\"A\"\nrole=\"embassy\"",
		"a kind that is none":         "[[recipient]]\nid=\"a\"\nname=\"A\"\nkinds=[\"love\"]",
		"a country that is none":      "[[recipient]]\nid=\"a\"\nname=\"A\"\ncountries=[\"Laos\"]",
		"hours without a zone":        "[[recipient]]\nid=\"a\"\nname=\"A\"\nhours=[\"mon 08:00-09:00\"]",
		"a webhook without TLS":       "[[recipient]]\nid=\"a\"\nname=\"A\"\nwebhook=\"http://a.example/\"",
		"a mail address that is none": "[[recipient]]\nid=\"a\"\nname=\"A\"\nmail=\"a\"",
		"a time below zero":           "[[recipient]]\nid=\"a\"\nname=\"A\"\nusual=\"-1m\"",
		"a route without an id":       "[[route]]\nto=[\"hotline\"]",
		"a route to nobody":           "[[route]]\nid=\"r\"",
		"a route to a role of none":   "[[route]]\nid=\"r\"\nto=[\"army\"]",
		"a route by nothing known":    "[[route]]\nid=\"r\"\nto=[\"hotline\"]\nprefer=[\"luck\"]",
		"a route for no fact":         "[[route]]\nid=\"r\"\nto=[\"hotline\"]\nwhat=[\"sad\"]",
		"a route for no country":      "[[route]]\nid=\"r\"\nto=[\"hotline\"]\ncountry=[\"kh\"]",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadOperator(text)
			require.Error(t, err)
		})
	}
	d := load(t)
	for name, o := range map[string]Operator{
		"twice":              {Recipients: []Recipient{{ID: "a", Name: "A"}, {ID: "a", Name: "B"}}},
		"a fallback of none": {Recipients: []Recipient{{ID: "a", Name: "A", Fallback: []string{"b"}}}},
		"a row of none":      {Routes: []Row{{ID: "r", Recipients: []string{"b"}}}},
		"a row twice":        {Routes: []Row{{ID: "loss", To: []string{RoleHotline}}}},
		"no name":            {Recipients: []Recipient{{ID: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewTable(d, o)
			require.Error(t, err)
		})
	}
}

func TestAwake(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return v
	}
	for _, c := range []struct {
		name, zone string
		lines      []string
		now        string
		awake      bool
		next       string
	}{
		{"always", "", []string{"always"}, "2026-11-22T03:00:00Z", true, ""},
		{"open", "Asia/Bangkok", []string{"mon-fri 08:00-20:00"}, "2026-11-23T05:00:00Z", true, "2026-11-23T13:00:00Z"},
		{"closed until Monday", "Asia/Bangkok", []string{"mon-fri 08:00-20:00"}, "2026-11-20T13:00:00Z", false, "2026-11-23T01:00:00Z"},
		{"the minute it opens", "Asia/Bangkok", []string{"mon-fri 08:00-20:00"}, "2026-11-23T01:00:00Z", true, "2026-11-23T13:00:00Z"},
		{"over midnight, before", "Asia/Manila", []string{"sat 22:00-06:00"}, "2026-11-21T15:00:00Z", true, "2026-11-21T22:00:00Z"},
		{"over midnight, after", "Asia/Manila", []string{"sat 22:00-06:00"}, "2026-11-21T21:00:00Z", true, "2026-11-21T22:00:00Z"},
		{"over midnight, over", "Asia/Manila", []string{"sat 22:00-06:00"}, "2026-11-21T22:00:00Z", false, "2026-11-28T14:00:00Z"},
		{"spans that touch are one", "Europe/London", []string{"mon-sun 00:00-12:00", "mon-sun 12:00-24:00", "closed 2026-12-25"}, "2026-12-23T12:00:00Z", true, "2026-12-25T00:00:00Z"},
		{"a day off", "Europe/London", []string{"mon-sun 00:00-24:00", "closed 2026-12-25"}, "2026-12-25T10:00:00Z", false, "2026-12-26T00:00:00Z"},
		{"the night that is an hour short", "Europe/Berlin", []string{"sun 01:00-05:00"}, "2026-03-29T00:30:00Z", true, "2026-03-29T03:00:00Z"},
		{"the night that is an hour long", "Europe/Berlin", []string{"sun 01:00-05:00"}, "2026-10-25T00:30:00Z", true, "2026-10-25T04:00:00Z"},
		{"across the change", "America/New_York", []string{"mon 09:00-17:00"}, "2026-10-27T00:00:00Z", false, "2026-11-02T14:00:00Z"},
		{"never", "Asia/Bangkok", nil, "2026-11-22T03:00:00Z", false, ""},
		{"never again", "Asia/Bangkok", []string{"closed 2026-12-25"}, "2026-11-22T03:00:00Z", false, ""},
		{"a week that turns", "Asia/Yangon", []string{"sat-mon 10:00-11:00"}, "2026-11-23T05:00:00Z", false, "2026-11-28T03:30:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Recipient{Hours: hours(t, c.zone, c.lines...)}
			awake, next := r.Awake(at(c.now))
			require.Equal(t, c.awake, awake)
			if c.next == "" {
				require.Zero(t, next)
			} else {
				require.Equal(t, at(c.next), next)
			}
		})
	}
	require.Equal(t, "Asia/Bangkok", hours(t, "Asia/Bangkok", "mon 08:00-09:00").Zone())
	require.Equal(t, []string{"always"}, hours(t, "", "always").Lines())
	for _, bad := range [][]string{{"", "mon 08:00-09:00"}, {"Nowhere/Land", "mon 08:00-09:00"}, {"Local", "mon 08:00-09:00"}, {"Asia/Bangkok", "mon 8-9"},
		{"Asia/Bangkok", "moon 08:00-09:00"}, {"Asia/Bangkok", "mon"}, {"Asia/Bangkok", "mon 24:00-09:00"}, {"Asia/Bangkok", "closed soon"}, {"Asia/Bangkok", "mon 08:00-25:00"}} {
		_, err := ParseHours(bad[0], bad[1:]...)
		require.Error(t, err, strings.Join(bad, " "))
	}
}

// Whatever the taps say, a route is found, holds what may hold, and names no one
// twice.
func FuzzRoute(f *testing.F) {
	f.Add("compound", "now", "held", "self", "KH", "PH", "adult", "en", uint16(7), 5, int64(1_800_000_000))
	tab := table(f, Operator{Recipients: recipients(f)})
	f.Fuzz(func(t *testing.T, kind, danger, what, who, country, nationality, age, lang string, bits uint16, travel int, unix int64) {
		on := func(i int) bool { return bits>>i&1 == 1 }
		x := Facts{Kind: kind, Danger: danger, What: what, For: who, Country: country, Nationality: nationality, Age: age, Lang: lang, Travel: travel,
			LastContactDays: travel, PaidHours: travel, Minor: on(0), Injured: on(1), SelfHarm: on(2), Escaping: on(3), RansomDue: on(4), StillPaying: on(5),
			Repeat: on(6), LowTrust: on(7), Veto: on(8), Consent: Consent{on(9), on(10), on(11)}, At: time.Unix(unix%4_000_000_000, 0)}
		r := tab.Route(x)
		p, rule := tab.Priority(x)
		require.NotEmpty(t, rule)
		require.True(t, p >= 0 && p <= Lowest)
		require.Equal(t, len(r.Public) == 0, r.NoneConfirmed)
		line := append([]string{r.Primary}, r.Chain...)
		slices.Sort(line)
		require.Len(t, slices.Compact(line), 1+len(r.Chain))
		if slices.Contains([]string{Compound, Loss, Tip}, kind) {
			require.NotEmpty(t, r.Primary)
		}
		for _, id := range slices.Concat(line, r.CC) {
			if c := tab.Recipient(id); c != nil && c.role() == RolePolice {
				require.False(t, x.Veto || !x.Consent.Police || kind != Loss && c.Home == country)
			}
		}
	})
}
