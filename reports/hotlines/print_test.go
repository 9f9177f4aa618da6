package hotlines

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the tables into reports/README.md")

// The printed tables stand in the documentation, and stay true.
func TestDocumentation(t *testing.T) {
	const file, begin, end = "../README.md", "<!-- tables of hotlines: begin -->\n", "<!-- tables of hotlines: end -->\n"
	tab := table(t, Operator{})
	text, err := os.ReadFile(file)
	if *update && os.IsNotExist(err) {
		text, err = []byte("# Reports\n\n## Routing, priority and public lines\n\n"+begin+end), nil
	}
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok, "where the tables begin")
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "where the tables end")
	want := before + begin + "\n" + tab.Document() + "\n" + end + after
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "go test ./reports/hotlines -run Documentation -update writes it")
}

// Every country of the seed region and every nationality leads to a recipient, where
// there is one, and to public lines or an explicit none confirmed.
func TestCoverage(t *testing.T) {
	with, without := table(t, Operator{Recipients: recipients(t)}), table(t, Operator{})
	require.Len(t, SeedRegion(), 9)
	require.Len(t, Nationalities(), 20)
	doc := without.Document()
	for _, place := range SeedRegion() {
		for _, n := range append(Nationalities(), "") {
			for _, kind := range []string{Compound, Loss, Tip} {
				for _, who := range []string{"self", "someone"} {
					f := about(kind, func(f *Facts) { f.Country, f.Nationality, f.For, f.What = place, n, who, "held" })
					r := with.Route(f)
					require.NotEmpty(t, r.Primary)
					require.NotEmpty(t, r.Rule)
					require.Equal(t, len(r.Public) == 0, r.NoneConfirmed)
					for _, id := range r.Public {
						require.NotNil(t, with.Directory.Line(id))
					}
					r = without.Route(f)
					require.Empty(t, r.Primary)
					require.True(t, len(r.Public) > 0 || r.NoneConfirmed)
				}
			}
			if n != "" {
				require.NotEmpty(t, without.Directory.cell(place, n))
				require.Contains(t, doc, "| **"+n+"** |")
			}
		}
	}
	// An operator's hotlines stand in it, with what they lack.
	doc = table(t, Operator{Recipients: []Recipient{{ID: "dusk", Name: "Dusk", Kinds: []string{Tip}, Hours: hours(t, "Asia/Bangkok", "mon-fri 08:00-20:00")}}}).Document()
	require.Contains(t, doc, "| dusk | Dusk | hotline | tip | all | all | – | mon-fri 08:00-20:00 Asia/Bangkok | – | – |")
	require.Contains(t, doc, "nobody: public lines only")
	require.Contains(t, doc, "- missing: KH: no recipient takes a report of kind loss")
}
