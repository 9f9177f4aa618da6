package check

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func testFacts(t testing.TB) *facts {
	t.Helper()
	f, err := loadFacts(factFiles)
	require.NoError(t, err)
	return f
}

func TestFactsHoldTogether(t *testing.T) {
	f := testFacts(t)
	require.Len(t, f.signs, 182)
	groups := map[string]int{}
	for _, s := range f.signs {
		groups[s.Group]++
		for _, src := range s.Sources {
			require.Contains(t, []string{"P", "S"}, src.Mark)
			require.NotEmpty(t, src.Publisher)
			require.NotEmpty(t, src.Title)
			if src.Mark == "S" {
				require.Empty(t, src.URL, "%s: a reported source shows the page that was read, not an address that was not", s.ID)
			}
		}
		if len(s.Sources) == 0 {
			require.NotEqual(t, Strong, s.Strength, s.ID)
		}
	}
	require.Equal(t, map[string]int{"REC": 36, "TSK": 22, "INV": 25, "ROM": 10, "IMP": 16, "RCV": 10, "LGB": 12, "MUL": 10, "CRY": 15, "INS": 16, "GEN": 10}, groups)
	require.Equal(t, "control", f.byID["REC-17"].Facet)
	require.Equal(t, Medium, f.byID["REC-27"].Strength, "only recalled")
	require.Equal(t, "therecord.media", f.byID["REC-07"].Sources[0].Publisher)
}

// Every way a file can be wrong is refused with its name and row.
func TestFactsRefuse(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, says string }{
		{"a source nobody knows", "signs.toml", `ref = "S27"`, `ref = "S99"`, "unknown source"},
		{"a recalled sign called strong", "signs.toml", "id = \"REC-27\"\ngroup = \"REC\"\nkind = \"recruitment\"\nstrength = \"medium\"", "id = \"REC-27\"\ngroup = \"REC\"\nkind = \"recruitment\"\nstrength = \"strong\"", "at most medium"},
		{"a facet nobody knows", "signs.toml", `facet = "place"`, `facet = "weather"`, "unknown facet"},
		{"a misspelt key", "signs.toml", `silent = false`, `silnt = false`, "unknown key"},
		{"advice without words", "signs.toml", `advice = ["check_register"`, `advice = ["run"`, "unknown advice"},
		{"a sign twice", "signs.toml", `id = "REC-02"`, `id = "REC-01"`, "twice"},
		{"a hub without a source", "places.toml", "id = \"kh\"\ncountry = \"KH\"\nkind = \"country\"\nhub = false", "id = \"kh\"\ncountry = \"KH\"\nkind = \"country\"\nhub = true", "needs a source"},
		{"a corridor to nowhere", "corridors.toml", `"mm-kk-park"`, `"mm-nowhere"`, "unknown place"},
		{"a stage missing", "stages.toml", `id = "trust"`, `id = "contact"`, "stands 2 times"},
		{"no TOML", "pay.toml", `[[pay]]`, `[[pay`, "decode pay.toml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			names, err := fs.Glob(factFiles, "*.toml")
			require.NoError(t, err)
			for _, n := range names {
				data, err := fs.ReadFile(factFiles, n)
				require.NoError(t, err)
				if n == c.file {
					require.Contains(t, string(data), c.old)
					data = []byte(strings.Replace(string(data), c.old, c.new, 1))
				}
				files[n] = &fstest.MapFile{Data: data}
			}
			_, err = loadFacts(files)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestHighPay(t *testing.T) {
	f := testFacts(t)
	for text, want := range map[string]bool{
		"USD 2000 a month":              true,
		"USD 400 a month":               false,
		"gaji 15-30 juta per bulan":     true,
		"gaji 4 juta per bulan":         false,
		"lương 20tr/tháng":              true,
		"lương 8 triệu/tháng":           false,
		"เงินเดือน 30,000 บาท":          true,
		"เงินเดือน 13,000 บาท":          false,
		"လစာ ၁၅ သိန်း":                  true,
		"လစာ ၃ သိန်း":                   false,
		"月薪3万":                          true,
		"月薪4500元":                       false,
		"USD 2000":                      false,
		"AED 1,200 per month":           false,
		"100 dollars a day":             true,
		"lương 8 triệu, ký quỹ 2 triệu": false,
	} {
		t.Run(text, func(t *testing.T) {
			got := false
			for _, e := range f.entities(text) {
				got = got || f.highPay(e)
			}
			require.Equal(t, want, got)
		})
	}
}

// rows reads a test file of lines, comments and blank lines left out.
func rows(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "entities", name))
	require.NoError(t, err)
	var out []string
	for _, l := range strings.Split(string(data), "\n") {
		if l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	require.NotEmpty(t, out)
	return out
}
