package hotlines

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"
)

// The file the directory was made from. Where it is not at hand its hash is.
const (
	sourceFile    = "../../../shared/knowledge/hotlines.yaml"
	directoryHash = "8ce45fa6b87ffddd9c80f16e6c82b0cc1dab04e8b29a4a6a4f0417d71d9ea720"
	placesFile    = "../../../shared/knowledge/places.yaml"
	placesHash    = "9e368a17c21a119b84de4480bb63a05a097afbb807d4a8c25ff6d72551d31e33"
	sourceHash    = "08ae18324a01a4ce071605ea0468c3a18aeb538970d62d08c036068ff4a7df48"
)

func load(t *testing.T) *Directory {
	t.Helper()
	d, err := Load()
	require.NoError(t, err)
	return d
}

func TestEveryLine(t *testing.T) {
	d := load(t)
	require.Equal(t, sourceHash, d.Source)
	require.Regexp(t, `^20\d\d-\d\d-\d\d$`, d.Checked)
	ids := map[string]bool{}
	for _, l := range d.All {
		require.False(t, ids[l.ID], l.ID)
		ids[l.ID] = true
		require.Contains(t, []string{"high", "medium"}, l.Confidence, l.ID)
		require.NotEmpty(t, l.Source.Publisher, l.ID)
		require.NotEmpty(t, l.Source.Title, l.ID)
		require.Regexp(t, `^([A-Z]{2}|INT)$`, l.Country, l.ID)
		require.NotEmpty(t, l.Kinds, l.ID)
		if l.Source.URL != "" {
			require.Regexp(t, `^https?://[^/]+(/.*)?$`, l.Source.URL, l.ID)
		}
		for _, text := range []string{l.Name, l.Serves, l.Note, l.Caution, l.Source.Title, l.Source.Publisher} {
			require.NotContains(t, strings.ToLower(text), "recalled", l.ID)
		}
	}
	require.Greater(t, len(d.All), 250)
}

// Every international number is one, but for five that are published so.
func TestNumbersParse(t *testing.T) {
	d := load(t)
	var odd []string
	for _, l := range d.All {
		for _, n := range l.Numbers {
			require.Equal(t, digitsOf(n.Dial), digitsOf(n.Show), "%s: spelling changes no digit", l.ID)
			switch n.Way {
			case "short", "sms":
				require.Regexp(t, `^(\+?[0-9]+|#[0-9]+|\*[0-9]+#?)$`, n.Dial, l.ID)
			default:
				require.True(t, strings.HasPrefix(n.Dial, "+"), l.ID)
				p, err := phonenumbers.Parse(n.Dial, "")
				_, own := ownSpelling(n.Dial)
				if own {
					odd = append(odd, n.Way+" "+n.Show)
				} else {
					require.NoError(t, err, l.ID)
					require.True(t, phonenumbers.IsValidNumber(p), l.ID)
				}
			}
		}
	}
	slices.Sort(odd)
	require.Equal(t, []string{"call (+632) 1343", "call (852) 1868", "call +86 10 12308", "call +977 1177", "whatsapp (852) 1868"}, odd)
}

// What the notes of the compilers say must not be got wrong.
func TestKnownTraps(t *testing.T) {
	d := load(t)
	byID := map[string]Line{}
	var dialled []string
	for _, l := range d.All {
		byID[l.ID] = l
		for _, n := range l.Numbers {
			dialled = append(dialled, digitsOf(n.Dial))
		}
		require.NotContains(t, strings.Join(l.Web, " "), "interpol-icp.org")
	}
	for _, dead := range []string{"51908909", "85251908909", "27129292", "886227129292", "0227129292", "18001567", "155260", "067", "1362", "800202148"} {
		require.NotContains(t, dialled, dead)
	}
	require.Contains(t, byID["kh-police-117"].Caution, "embassy first")
	require.Contains(t, byID["th-aoc-1441"].Caution, "fake")
	require.Empty(t, byID["th-aoc-1441"].LINE)
	require.Contains(t, byID["cn-12308"].Caution, "fake")
	require.Contains(t, byID["cn-96110"].Caution, "spoofed")
	require.Contains(t, byID["nl-fraudehelpdesk"].Caution, "spoof")
	require.Contains(t, byID["tw-mofa-emergency"].Caution, "22 countries")
	require.NotContains(t, byID["gb-report-fraud"].Name, "Action Fraud line")
	require.Empty(t, byID["us-ic3"].Serves, "that part was only recalled")
	for _, low := range []string{"th-mfa-consular", "us-988", "gb-159", "in-pbsk", "int-hrc", "int-ijm"} {
		require.NotContains(t, byID, low)
	}
	for _, c := range []string{"KH", "LA", "MM"} {
		lines := d.Lines(c, Consular, Police)
		police := slices.IndexFunc(lines, func(l Line) bool { return slices.Contains(l.Kinds, Police) })
		mission := slices.IndexFunc(lines, func(l Line) bool { return slices.Contains(l.Kinds, Consular) })
		if police >= 0 && mission >= 0 {
			require.Less(t, mission, police, c)
		}
	}
}

func TestLines(t *testing.T) {
	d := load(t)
	countries := d.Countries()
	require.True(t, slices.IsSorted(countries))
	require.NotContains(t, countries, International)
	require.Contains(t, countries, "TH")
	require.Empty(t, d.Lines("XX"))
	th := d.Lines("TH", ScamLoss)
	require.NotEmpty(t, th)
	require.Equal(t, "1441", th[0].Numbers[0].Show)
	id := d.Lines("ID", ScamLoss)
	i := slices.IndexFunc(id, func(l Line) bool { return l.ID == "id-ojk-157" })
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, "+62 811-5715-7157", id[i].Numbers[slices.IndexFunc(id[i].Numbers, func(n Number) bool { return n.Way == "whatsapp" })].Show)
	all := 0
	for _, c := range append(countries, International) {
		all += len(d.Lines(c))
	}
	require.Equal(t, len(d.All), all)
}

// Somebody who reads along learns from an ordinary message that a person asks
// about scams and work, and nothing else.
func TestOrdinaryTellsNothing(t *testing.T) {
	d := load(t)
	tell := regexp.MustCompile(`(?i)traffick|slavery|compound|captive|rescue|hostage|forced lab|sold`)
	n := 0
	for _, c := range append(d.Countries(), International) {
		for _, l := range d.Ordinary(c) {
			n++
			require.NotRegexp(t, tell, strings.Join([]string{l.Name, l.NameLocal, l.Operator, l.Serves, l.Note, l.Caution, l.Source.Title}, " "), l.ID)
			require.True(t, slices.ContainsFunc(l.Kinds, func(k Kind) bool { return k == ScamLoss || k == CyberFraud || k == LabourMigration }), l.ID)
		}
	}
	require.Greater(t, n, 40)
	for _, c := range []string{"TH", "MY", "PH", "ID", "SG", "CN", "IN", "US", "GB", "KH", "TW", "HK"} {
		require.NotEmpty(t, d.Ordinary(c), c)
	}
}

// The directory holds what its source holds and no number besides.
func TestMadeFromSource(t *testing.T) {
	require.Equal(t, sourceHash, load(t).Source)
	require.Equal(t, placesHash, load(t).PlacesSource)
	embedded, err := shipped.ReadFile("directory.json")
	require.NoError(t, err)
	require.Equal(t, directoryHash, sum(embedded), "numbers are changed in the source, and Build makes the directory")
	yaml, err := os.ReadFile(filepath.FromSlash(sourceFile))
	if os.IsNotExist(err) {
		return // without the files their hashes in the directory are the proof
	}
	require.NoError(t, err)
	places, err := os.ReadFile(filepath.FromSlash(placesFile))
	require.NoError(t, err)
	made, err := Build(yaml, places)
	require.NoError(t, err)
	require.True(t, bytes.Equal(embedded, made), "the directory is not what Build makes of its source")
	written := string(yaml)
	for _, l := range load(t).All {
		for _, n := range l.Numbers {
			require.True(t, strings.Contains(written, "- '"+n.Dial+"'\n") || strings.Contains(written, "- "+n.Dial+"\n"), "%s: a number its source does not have", l.ID)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	const good = `checked: '2026-11-21'
channels:
- id: xx-one
  country: SG
  name: One
  operator: Somebody
  kinds:
  - scam_loss
  short:
  - '1799'
  anonymous: unknown
  serves: anyone in Singapore (recalled)
  callable_from_abroad: false
  source:
    title: A page
    publisher: A paper
    date: undated
    url: https://example.com/
    url_note: 'domain only: the exact address was not kept'
  confidence: high
  note: Free. Open at night (recalled). It's said.
`
	const town = `places:
- id: xx-town
  country: SG
  kind: area
  names:
    en: A town
    zh: 城
    aka:
    - Another name
  lat: 1.5
  coord_source: recalled, not verified
  sources:
  - title: A page (file id 1)
    url: https://example.com
    publisher: A paper
    date: undated
  - title: Another page
    publisher: Another paper
`
	out, err := Build([]byte(good), []byte(town))
	require.NoError(t, err)
	require.Contains(t, string(out), `"note": "Free. It's said."`)
	require.NotContains(t, string(out), "recalled")
	require.NotContains(t, string(out), "example.com")
	for _, c := range []struct{ name, old, new, says string }{
		{"a kind nobody knows", "scam_loss", "magic", "unknown kind"},
		{"a confidence nobody knows", "confidence: high", "confidence: sure", "unknown confidence"},
		{"somebody nobody knows", "anyone in Singapore", "friends", "serves is not known"},
		{"a number with letters", "'1799'", "'17a9'", "not one"},
		{"another form of YAML", "  kinds:", "  kinds: [scam_loss]", "line"},
		{"a tab", "  country: SG", "\tcountry: SG", "line"},
		{"no source", "    publisher: A paper\n", "", "source"},
		{"no way to reach it", "  short:\n  - '1799'\n", "", "no way"},
		{"nothing", good, "", "no date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			require.NotEqual(t, good, bad)
			_, err := Build([]byte(bad), []byte(town))
			require.ErrorContains(t, err, c.says)
		})
	}
	require.Contains(t, string(out), `"Another name"`)
	require.NotContains(t, string(out), "1.5", "no point on a map")
	require.NotContains(t, string(out), "Another paper")
	for _, bad := range []string{"", "places:\n- id: a", strings.Replace(town, "kind: area", "kind: camp", 1), strings.Replace(town, "    en: A town\n", "", 1), strings.Replace(town, "  country", "\tcountry", 1)} {
		_, err := Build([]byte(good), []byte(bad))
		require.ErrorContains(t, err, "places")
	}
}
