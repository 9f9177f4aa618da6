package hotlines

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"
)

func keysOf(steps []Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Key)
	}
	return out
}

func TestActions(t *testing.T) {
	d := load(t)
	th := d.Actions("TH")
	require.Equal(t, []string{"act_stop", "act_bank", "act_th", "act_only_phone", "act_line", "act_police", "act_evidence", "act_crypto", "act_wallet", "act_card", "act_gift", "act_transfer", "act_quiet", "act_recovery"}, keysOf(th.Steps))
	require.Equal(t, map[string]any{"name": "Anti-Online Scam Operation Centre (AOC) 1441", "number": "1441"}, d.Args(th.Steps[2], "TH"))
	require.Nil(t, d.Args(th.Steps[0], "TH"))
	require.Equal(t, []Deadline{{"due_th", 24 * time.Hour, 72 * time.Hour}, {"due_recovery", 7 * 24 * time.Hour, 0}}, th.Deadlines)
	require.False(t, th.None)
	require.NotEmpty(t, th.Source)
	require.Equal(t, "2026-11-21", th.Checked)

	require.Equal(t, []string{"act_stop", "act_bank", "act_th", "act_only_phone", "act_line", "act_police", "act_evidence", "act_crypto", "act_wallet", "act_quiet", "act_recovery"}, keysOf(th.Paid("crypto")))
	require.Equal(t, []string{"act_stop", "act_bank", "act_th", "act_only_phone", "act_line", "act_police", "act_evidence", "act_quiet", "act_recovery"}, keysOf(th.Paid("bank")))
	require.Equal(t, th.Steps, th.Paid())

	for _, nowhere := range []string{"", "XX", "BR", "DE", "RU"} {
		a := d.Actions(nowhere)
		require.True(t, a.None, nowhere)
		require.Equal(t, []string{"act_stop", "act_bank", "act_none", "act_police"}, keysOf(a.Steps)[:4])
		require.Equal(t, "due_recovery", a.Deadlines[0].Key)
	}

	// What the facts say of each of these, in its deadline.
	for country, limit := range map[string]time.Duration{"US": 72 * time.Hour, "TH": 72 * time.Hour, "KR": 72 * time.Hour, "IN": 24 * time.Hour, "CN": 48 * time.Hour, "GB": 390 * 24 * time.Hour} {
		require.Equal(t, limit, d.Actions(country).Deadlines[0].Limit, country)
	}
}

// Every step of every country leads somewhere from there, and every one begins with
// the payment and ends with the warning of the second scam.
func TestActionsOfEveryCountry(t *testing.T) {
	d := load(t)
	for _, c := range append(d.Countries(), "XX") {
		a := d.Actions(c)
		require.Equal(t, "act_stop", a.Steps[0].Key)
		require.Equal(t, "act_bank", a.Steps[1].Key)
		require.Equal(t, "act_recovery", a.Steps[len(a.Steps)-1].Key)
		for _, s := range a.Steps {
			if s.Line == "" {
				continue
			}
			require.NotNil(t, d.Line(s.Line), "%s: %s", c, s.Line)
			require.NotEmpty(t, d.Args(s, c)["number"], "%s: %s cannot be reached from there", c, s.Line)
		}
	}
	for _, row := range d.actions.Country {
		for _, s := range row.Steps {
			if s.Line != "" {
				require.NotNil(t, d.Line(s.Line), "%s: %s", row.Code, s.Line)
			}
		}
	}
	gone := *d
	gone.All = slices.DeleteFunc(slices.Clone(d.All), func(l Line) bool { return l.ID == "my-nsrc-997" })
	require.True(t, gone.Actions("MY").None, "a line that was taken out is not shown")
}

// Every language has every text, and no number stands in a text: numbers come from
// the directory.
func TestActionTexts(t *testing.T) {
	d := load(t)
	keys := append(d.ActionKeys(), "act_heading")
	require.Greater(t, len(keys), 30)
	number := regexp.MustCompile(`[0-9၀-၉][0-9၀-၉ -]{3,}`)
	amounts := []string{"50,000", "85,000", "50.000", "85.000", "၅၀,၀၀၀", "၈၅,၀၀၀"}
	files, err := filepath.Glob("../../locales/*/messages.*.toml")
	require.NoError(t, err)
	languages := 0
	for _, file := range files {
		languages++
		var texts map[string]any
		_, err := toml.DecodeFile(file, &texts)
		require.NoError(t, err)
		for _, k := range keys {
			m, _ := texts[k].(map[string]any)
			text, _ := m["other"].(string)
			require.NotEmpty(t, text, "%s: %s", file, k)
			for _, a := range amounts {
				text = strings.ReplaceAll(text, a, "")
			}
			require.NotRegexp(t, number, text, "%s: %s", file, k)
			require.NotContains(t, text, "http", "%s: %s", file, k)
		}
		for k := range texts {
			if strings.HasPrefix(k, "act_") || strings.HasPrefix(k, "due_") {
				require.Contains(t, keys, k, "%s: no step needs it", file)
			}
		}
	}
	require.Equal(t, 6, languages)
}

func TestActionTableRefuses(t *testing.T) {
	d := load(t)
	for name, text := range map[string]string{
		"no table":            "first = ",
		"a misspelt key":      "frist = []",
		"a key of another":    `first = [{ key = "advice_stop" }]`,
		"a way of paying":     `first = [{ key = "act_stop", if = "stones" }]`,
		"a country twice":     "[[country]]\ncode=\"TH\"\nsource=\"a\"\nsteps=[{key=\"act_a\"}]\n[[country]]\ncode=\"TH\"\nsource=\"a\"\nsteps=[{key=\"act_a\"}]",
		"no source":           "[[country]]\ncode=\"TH\"\nsteps=[{key=\"act_a\"}]",
		"a deadline at once":  "[[deadline]]\nkey=\"due_a\"\nafter=\"0s\"",
		"a reminder too late": "[[deadline]]\nkey=\"due_a\"\nafter=\"72h\"\nlimit=\"24h\"",
	} {
		require.Error(t, d.readActions(text), name)
	}
}

func TestReach(t *testing.T) {
	d := load(t)
	for _, c := range []struct{ id, from, want string }{
		{"th-aoc-1441", "TH", "1441"},
		{"th-aoc-1441", "MY", ""},
		{"in-1930", "IN", "1930, https://cybercrime.gov.in"},
		{"us-ic3", "US", "https://www.ic3.gov"},
		{"us-ic3", "TH", "https://www.ic3.gov"},
		{"gh-csa", "GH", "WhatsApp +233 50 160 3111"},
		{"ph-1343", "TH", "(+632) 1343"},
		{"kh-embassy-in", "", "+855 92 881 676 / +855 23 210 912"},
		{"int-chainabuse", "KH", "https://www.chainabuse.com"},
	} {
		require.Equal(t, c.want, d.Line(c.id).Reach(c.from), c.id)
	}
}
