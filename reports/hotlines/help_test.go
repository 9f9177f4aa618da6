package hotlines

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func ids(lines []Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, l.ID)
	}
	return out
}

func TestHeld(t *testing.T) {
	d := load(t)
	for _, c := range []struct {
		place, nationality string
		first              []string // in this order, from the beginning
		never              []string
	}{
		{"KH", "CN", []string{"kh-embassy-cn", "cn-12308"}, []string{"kh-embassy-id", "kh-child-helpline-1280", "int-interpol", "int-stop-app", "int-gaso", "cn-110"}},
		{"KH", "NP", []string{"kh-iom", "kh-chab-dai"}, []string{"kh-embassy-in"}},
		{"MM", "PH", []string{"mm-embassy-ph", "ph-dfa-oumwa", "th-embassy-ph", "ph-1343"}, []string{"ph-911"}},
		{"MM", "CN", []string{"mm-embassy-cn", "mm-consulate-mandalay-cn", "cn-12308", "th-embassy-cn"}, []string{"th-consulate-khonkaen-cn"}},
		{"LA", "IN", []string{"la-embassy-in"}, nil},
		{"TH", "KE", []string{"th-embassy-ke", "th-osccl-1300"}, []string{"th-central", "th-childline-1387"}},
		{"TH", "KH", []string{"th-osccl-1300"}, nil},
		{"CN", "TW", []string{"tw-mofa-emergency", "tw-sef-mainland"}, []string{"tw-mac-hk"}},
		{"KH", "TW", []string{"tw-mofa-emergency"}, []string{"tw-sef-mainland", "tw-mac-hk", "cn-12308", "kh-embassy-cn"}},
		{"KH", "HK", []string{"hk-immd-1868"}, []string{"kh-embassy-cn"}},
		{"TH", "TH", []string{"th-osccl-1300"}, []string{"th-tourist-police-1155"}},
		{"XX", "YY", []string{"int-iom"}, nil},
	} {
		t.Run(c.place+" "+c.nationality, func(t *testing.T) {
			got := ids(d.Held(c.place, c.nationality))
			require.Equal(t, c.first, got[:len(c.first)])
			for _, n := range c.never {
				require.NotContains(t, got, n)
			}
		})
	}
	require.Contains(t, ids(d.Held("TH", "KH")), "th-central")
}

// Where the police may be part of the trouble they stand last, whatever is said.
func TestEmbassyFirst(t *testing.T) {
	d := load(t)
	for _, place := range []string{"KH", "MM", "LA"} {
		require.True(t, EmbassyFirst(place))
		for _, n := range append(Nationalities(), "") {
			for _, danger := range []string{"now", "soon", "no", ""} {
				f := about(Compound, func(f *Facts) { f.Country, f.Nationality, f.Danger = place, n, danger })
				police := false
				for _, l := range d.For(f) {
					mine := l.Country == place && l.byPolice
					require.False(t, police && !mine, "%s %s: %s stands after the police", place, n, l.ID)
					police = police || mine
				}
				require.True(t, police)
			}
		}
	}
	now := about(Compound, func(f *Facts) { f.Country, f.Danger = "TH", "now" })
	require.Equal(t, "th-police-191", d.For(now)[0].ID, "elsewhere the emergency line is first when it is now")
	now.Nationality = "KE"
	now.Danger = "no"
	require.Equal(t, "th-embassy-ke", d.For(now)[0].ID)
}

func TestFamily(t *testing.T) {
	d := load(t)
	for _, n := range Nationalities() {
		for _, place := range SeedRegion() {
			if place == n {
				continue
			}
			for _, l := range d.Family(place, n) {
				require.False(t, l.Country == place && l.byPolice, "%s %s: %s", place, n, l.ID)
			}
		}
	}
	require.Equal(t, []string{"id-kemlu-pwni", "id-112-110", "mm-embassy-id", "int-iom", "int-gaso"}, ids(d.Family("MM", "ID")))
	require.NotContains(t, ids(d.Family("MM", "TW")), "int-gaso")
	require.Equal(t, "112", d.Family("MM", "ID")[1].Numbers[0].Show, "the family is at home: its short numbers work")
	require.Equal(t, "mm-embassy-id", d.For(about(Compound, func(f *Facts) { f.For, f.Country, f.Nationality = "someone", "MM", "ID" }))[2].ID)
}

// What is shown for another country works from another country.
func TestFromAbroad(t *testing.T) {
	d := load(t)
	for _, place := range SeedRegion() {
		for _, n := range Nationalities() {
			for _, l := range d.Held(place, n) {
				require.NotEqual(t, Officials, l.Whom)
				if l.Country == place || l.Country == International {
					continue
				}
				require.NotEqual(t, "no", l.FromAbroad, l.ID)
				require.NotEmpty(t, len(l.Numbers)+len(l.Web)+len(l.Email)+len(l.Telegram)+len(l.LINE), l.ID)
				for _, number := range l.Numbers {
					require.True(t, strings.HasPrefix(number.Dial, "+"), "%s: %s works at home only", l.ID, number.Dial)
				}
			}
		}
	}
	before := load(t)
	require.Equal(t, before.All, d.All, "a list takes nothing out of the directory")
}

func TestOrdinaryHelp(t *testing.T) {
	d := load(t)
	require.Equal(t, []string{"th-aoc-1441", "th-police-online"}, ids(d.Lost("TH", "TH"))[:2])
	require.Equal(t, "vn-113", d.Lost("VN", "")[0].ID, "no line for scams: the police take the report")
	require.Equal(t, "us-ic3", d.Lost("US", "")[0].ID)
	require.Contains(t, ids(d.Lost("TH", "AU")), "au-scamwatch")
	require.Equal(t, "int-seal911", ids(d.Lost("DE", ""))[len(d.Lost("DE", ""))-1], "for hacks in progress only")
	require.Equal(t, "th-doe-1694", d.Work("TH", "")[0].ID)
	require.Contains(t, ids(d.Work("SG", "PH")), "ph-dmw-1348")
	require.Empty(t, d.Work("DE", ""))
	require.Equal(t, []string{"kh-tpo"}, ids(d.Crisis("KH")))
	require.Empty(t, d.Crisis("VN"))
	require.Equal(t, "th-childline-1387", d.Young("TH")[slices.IndexFunc(d.Young("TH"), func(l Line) bool { return l.Whom == Children })].ID)
	for _, c := range append(d.Countries(), "XX") {
		for _, lines := range [][]Line{d.Lost(c, "PH"), d.Tips(c, "PH"), d.Work(c, "PH")} {
			for _, l := range lines {
				require.True(t, l.plain, l.ID)
			}
		}
	}
	require.Contains(t, ids(d.For(about(Compound, func(f *Facts) { f.What, f.Country, f.Nationality = "afraid", "TH", "PH" }))), "th-doe-1694")
	require.Equal(t, "kh-child-helpline-1280", d.For(about(Compound, func(f *Facts) { f.Country, f.Age = "KH", "under18" }))[0].ID)
	require.NotEmpty(t, d.PlacesIn("KH"))
	require.Equal(t, "area", d.PlacesIn("KH")[0].Kind)
}
