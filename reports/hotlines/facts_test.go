package hotlines

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Every condition a row may have holds when it should, and not otherwise.
func TestWhen(t *testing.T) {
	flags := map[string]func(f *Facts){
		"minor": func(f *Facts) { f.Minor = true }, "injured": func(f *Facts) { f.Injured = true }, "self_harm": func(f *Facts) { f.SelfHarm = true },
		"escaping": func(f *Facts) { f.Escaping = true }, "ransom_due": func(f *Facts) { f.RansomDue = true }, "still_paying": func(f *Facts) { f.StillPaying = true },
		"repeat": func(f *Facts) { f.Repeat = true }, "low_trust": func(f *Facts) { f.LowTrust = true }, "veto": func(f *Facts) { f.Veto = true },
		"consent_embassy": func(f *Facts) { f.Consent.Embassy = true }, "consent_ngo": func(f *Facts) { f.Consent.NGO = true }, "consent_police": func(f *Facts) { f.Consent.Police = true },
	}
	for name, set := range flags {
		w := When{Is: []string{name}}
		require.NoError(t, w.valid())
		require.False(t, w.Holds(About(Loss)), name)
		require.True(t, w.Holds(about(Loss, set)), name)
		for other, set := range flags {
			if other != name {
				require.False(t, w.Holds(about(Loss, set)), "%s by %s", name, other)
			}
		}
	}
	for name, set := range map[string]func(f *Facts){"travel": func(f *Facts) { f.Travel = 0 }, "contact": func(f *Facts) { f.LastContactDays = 0 }, "paid": func(f *Facts) { f.PaidHours = 0 }} {
		w := When{Unknown: []string{name}}
		require.True(t, w.Holds(About(Loss)), name)
		require.False(t, w.Holds(about(Loss, set)), name)
	}
	for _, c := range []struct {
		when When
		f    Facts
		want bool
	}{
		{When{}, About(Tip), true},
		{When{Danger: []string{"unsaid"}}, About(Tip), true},
		{When{Danger: []string{"unsaid"}}, about(Tip, func(f *Facts) { f.Danger = "unsaid" }), true},
		{When{Danger: []string{"now"}}, About(Tip), false},
		{When{Country: []string{"KH", "LA"}}, about(Tip, func(f *Facts) { f.Country = "LA" }), true},
		{When{Country: []string{"KH", "LA"}}, about(Tip, func(f *Facts) { f.Country = "TH" }), false},
		{When{Nationality: []string{"unsaid"}}, About(Tip), true},
		{When{Lang: []string{"th"}}, about(Tip, func(f *Facts) { f.Lang = "th" }), true},
		{When{TravelWithin: 72}, About(Tip), false},
		{When{TravelWithin: 72}, about(Tip, func(f *Facts) { f.Travel = 0 }), true},
		{When{TravelWithin: 72}, about(Tip, func(f *Facts) { f.Travel = 73 }), false},
		{When{ContactWithin: 7}, about(Tip, func(f *Facts) { f.LastContactDays = 8 }), false},
		{When{PaidWithin: 72}, about(Tip, func(f *Facts) { f.PaidHours = 72 }), true},
		{When{Kind: []string{Loss}, Age: []string{"adult"}}, about(Loss, func(f *Facts) { f.Age = "under18" }), false},
		{When{Is: []string{"nothing known"}}, About(Tip), false},
	} {
		require.Equal(t, c.want, c.when.Holds(c.f), "%s", c.when)
	}
	require.Equal(t, "always", When{}.String())
	require.Equal(t, "kind loss, for self or someone, danger soon, what held, age adult, country KH, nationality CN, language zh, still paying, paid unknown, travel within 5 h, last contact within 2 days",
		When{Kind: []string{Loss}, For: []string{"self", "someone"}, Danger: []string{"soon"}, What: []string{"held"}, Age: []string{"adult"}, Country: []string{"KH"},
			Nationality: []string{"CN"}, Lang: []string{"zh"}, Is: []string{"still_paying"}, Unknown: []string{"paid"}, TravelWithin: 5, ContactWithin: 2}.String())
	require.Error(t, When{Country: []string{"Laos"}}.valid())
	require.Error(t, When{TravelWithin: -1}.valid())
}

func TestClocks(t *testing.T) {
	for country := range zones() {
		_, ok := Clock(country)
		require.True(t, ok, country)
	}
	for _, c := range SeedRegion() {
		_, ok := Clock(c)
		require.True(t, ok, c)
	}
	at, ok := Clock("")
	require.False(t, ok)
	require.Equal(t, time.UTC, at)
}
