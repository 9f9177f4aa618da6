package hotlines

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func texts(found []Finding, problems bool) []string {
	var out []string
	for _, f := range found {
		if f.Problem == problems {
			out = append(out, f.String())
		}
	}
	return out
}

func TestInspectShipped(t *testing.T) {
	d := load(t)
	soon := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	found := d.Inspect(soon)
	require.Empty(t, texts(found, true))
	notes := strings.Join(texts(found, false), "\n")
	require.Equal(t, !d.Signed(), strings.Contains(notes, "not signed"), "an unsigned directory says so")
	for _, id := range []string{"int-interpol", "int-tether", "int-circle"} {
		require.Contains(t, notes, id+": never shown: takes nothing from the public")
	}
	require.Contains(t, notes, "np-1177: its source is of 2016")
	late := strings.Join(texts(d.Inspect(soon.AddDate(1, 0, 0)), true), "\n")
	require.Contains(t, late, "expired on")
	require.Contains(t, late, "more than a quarter")
}

func TestInspectFinds(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(l *Line)
		says   string
	}{
		"a number that is none":    {func(l *Line) { l.Numbers = []Number{{"call", "+123", "+123"}} }, "+123: is not a number"},
		"other digits":             {func(l *Line) { l.Numbers[0].Show = "1999" }, "shown with other digits"},
		"letters":                  {func(l *Line) { l.Numbers = []Number{{"short", "17a9", "179"}} }, "inside the country"},
		"a number of another line": {func(l *Line) { l.Numbers = []Number{{"call", "+6563798800", "+65 6379 8800"}} }, "stands in"},
		"an id twice":              {func(l *Line) { l.ID = "th-aoc-1441" }, "stands twice"},
		"a country that is none":   {func(l *Line) { l.Country = "Singapore" }, "not a country"},
		"low confidence":           {func(l *Line) { l.Confidence = "low" }, "not shown to anybody"},
		"no source":                {func(l *Line) { l.Source.Title = "" }, "no source"},
		"what was recalled":        {func(l *Line) { l.Note = "Open at night (recalled)." }, "only recalled"},
		"a page that is none":      {func(l *Line) { l.Web = []string{"example.org"} }, "not a web address"},
		"mail that is none":        {func(l *Line) { l.Email = []string{"at example"} }, "not a mail address"},
		"nothing":                  {func(l *Line) { l.Numbers, l.Web = nil, nil }, "no way to reach it"},
		"no day":                   {func(l *Line) { l.Checked = "soon" }, "the day it was checked"},
		"a line checked long ago":  {func(l *Line) { l.Checked = "2026-01-01" }, "1 of "},
		"a line no list shows":     {func(l *Line) { l.Whom, l.OnlyIn = Anyone, "ZZ"; l.Country = "YY" }, "no list ever shows it"},
	} {
		t.Run(name, func(t *testing.T) {
			d := load(t)
			d.All = slices.Clone(d.All)
			i := slices.IndexFunc(d.All, func(l Line) bool { return l.ID == "sg-scamshield-1799" })
			d.All[i].Numbers = slices.Clone(d.All[i].Numbers)
			c.change(&d.All[i])
			require.Contains(t, strings.Join(texts(d.Inspect(now), true), "\n"), c.says)
		})
	}
	d := load(t)
	d.All = slices.DeleteFunc(slices.Clone(d.All), func(l Line) bool { return l.ID == "sg-scamshield-1799" })
	require.Contains(t, strings.Join(texts(d.Inspect(now), false), "\n"), "sg-scamshield-1799: not there: the first steps of SG leave it out")
	d.Checked = "then"
	require.Contains(t, strings.Join(texts(d.Inspect(now), true), "\n"), "the day it was checked is not one")
	require.Contains(t, d.Kinds(), "trafficking")
}

func TestSignature(t *testing.T) {
	data, err := shipped.ReadFile("directory.json")
	require.NoError(t, err)
	file, public, err := NewKey()
	require.NoError(t, err)
	_, other, err := NewKey()
	require.NoError(t, err)
	until := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	signature, err := Sign(data, file, until)
	require.NoError(t, err)

	d, err := Read(data, signature, public)
	require.NoError(t, err)
	require.True(t, d.Signed())
	require.Equal(t, public, d.Key())
	require.Equal(t, until, d.Expires())
	require.False(t, d.Expired(until.Add(-time.Second)))
	require.True(t, d.Expired(until))
	require.NotEmpty(t, d.All, "an expired directory is still there")
	require.NotContains(t, strings.Join(texts(d.Inspect(until.AddDate(0, -1, 0)), false), "\n"), "not signed")

	plain, err := Read(data, nil, public)
	require.NoError(t, err)
	require.False(t, plain.Signed())
	require.Equal(t, "2027-02-21", plain.Expires().Format(time.DateOnly), "a quarter of a year after it was checked")

	for name, c := range map[string]struct {
		data, signature []byte
		trusted, says   string
	}{
		"a changed number":       {[]byte(strings.Replace(string(data), `"1441"`, `"1442"`, 1)), signature, public, "does not hold"},
		"a later day":            {data, []byte(strings.Replace(string(signature), "2027-02-01", "2029-02-01", 1)), public, "does not hold"},
		"another key":            {data, signature, other, "another key"},
		"nobody trusted":         {data, signature, "", "no key is trusted"},
		"a key put in its place": {data, []byte(strings.Replace(string(signature), public, other, 1)), other, "does not hold"},
		"no signature":           {data, []byte("hello"), public, "first line"},
		"a broken one":           {data, []byte(strings.Replace(string(signature), "signature ", "signature !", 1)), public, "not one"},
		"a broken day":           {data, []byte(strings.Replace(string(signature), "2027-02-01", "soon", 1)), public, "not one"},
		"a broken key":           {data, []byte(strings.Replace(string(signature), "key ", "key !", 1)), public, "not one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(c.data, c.signature, c.trusted)
			require.ErrorContains(t, err, c.says)
		})
	}
	for _, bad := range []string{"", "offercheck directory signing key v1\nsecret aaaa\n"} {
		_, err := Sign(data, []byte(bad), until)
		require.Error(t, err)
	}
	_, err = Sign([]byte("{"), file, until)
	require.Error(t, err)
	_, err = Read([]byte("{"), nil, "")
	require.Error(t, err)
	require.Contains(t, string(file), "secret ")
	require.NotContains(t, string(signature), strings.TrimSpace(strings.SplitAfter(string(file), "secret ")[1]))
}
