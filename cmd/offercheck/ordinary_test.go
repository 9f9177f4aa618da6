package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// ordinaryPackages are Debian packages with translated program messages. The
// path picks the language; an .xpi is a zip of message files.
var ordinaryPackages = []struct {
	lang, pkg, path string
}{
	{"en", "libreoffice-l10n-en-gb", ".mo"},
	{"zh", "libreoffice-l10n-zh-cn", ".mo"},
	{"id", "libreoffice-l10n-id", ".mo"},
	{"vi", "libreoffice-l10n-vi", ".mo"},
	{"th", "libreoffice-l10n-th", ".mo"},
	{"my", "pidgin-data", "/my_MM/LC_MESSAGES/pidgin.mo"},
	{"my", "libgtk-3-common", "/my/LC_MESSAGES/gtk30.mo"},
	{"km", "libreoffice-l10n-km", ".mo"},
	{"bn", "libreoffice-l10n-bn", ".mo"},
	{"hi", "libreoffice-l10n-hi", ".mo"},
	{"ar", "libreoffice-l10n-ar", ".mo"},
	{"ru", "libreoffice-l10n-ru", ".mo"},
	{"pt", "libreoffice-l10n-pt", ".mo"},
	{"es", "libreoffice-l10n-es", ".mo"},
	{"fr", "libreoffice-l10n-fr", ".mo"},
	{"ms", "vlc-l10n", "/ms/LC_MESSAGES/vlc.mo"},
	{"ms", "libgtk-3-common", "/ms/LC_MESSAGES/gtk30.mo"},
	{"fil", "firefox-esr-l10n-tl", ".xpi"},
	{"lo", "mediawiki", "/lo.json"},
	{"lo", "vlc-l10n", "/lo/LC_MESSAGES/vlc.mo"},
	{"lo", "mate-desktop-common", "/lo/LC_MESSAGES/mate-desktop.mo"},
}

// ordinarySentences is how many sentences of a language are checked, and the
// least there must be.
const (
	ordinarySentences = 1500
	ordinaryLeast     = 1000
	// ordinaryLao is all there is: no office suite, browser or desktop in Debian is
	// put into Lao, and no npm package but the Declaration's has Lao sentences.
	ordinaryLao = 400
)

// Ordinary sentences nobody tuned on, in languages with labelled texts and
// without: what programs say to people, and the Declaration of Human Rights.
func TestOrdinary(t *testing.T) { ordinary(t, ordinarySentences) }

func ordinary(t *testing.T, most int) {
	dir := fetchPackages(t)
	checker, err := loadChecker("")
	require.NoError(t, err)
	var langs []string
	sentences := map[string][]string{}
	for _, p := range ordinaryPackages {
		if !slices.Contains(langs, p.lang) {
			langs = append(langs, p.lang)
		}
		sentences[p.lang] = append(sentences[p.lang], messagesOf(t, dir, p.pkg, p.path)...)
	}
	declaration, err := declarations(t)
	if err != nil {
		t.Logf("without the Declaration: %v", err)
	}
	for _, lang := range langs {
		t.Run(lang, func(t *testing.T) {
			list := sentences[lang]
			slices.Sort(list)
			list = slices.Compact(list)
			least := ordinaryLeast
			if lang == "lo" {
				least = ordinaryLao
			}
			require.GreaterOrEqual(t, len(list), least)
			var chosen []string
			for i := 0; i < len(list); i += max(1, len(list)/most) {
				chosen = append(chosen, list[i])
			}
			paragraphs := declaration[declared[lang]]
			if declaration != nil {
				require.GreaterOrEqual(t, len(paragraphs), 50, "declared names no such language")
			}
			n, loud, convicted, solemn := 0, []string(nil), 0, 0
			for i, text := range append(chosen, paragraphs...) {
				v := checker.Check(text)
				n++
				if strong(v.Outcome) {
					convicted++
				}
				if warned(v.Outcome) {
					loud = append(loud, string(v.Outcome)+" "+text)
					if i >= len(chosen) {
						solemn++
					}
				}
			}
			t.Logf("%d sentences, %d warned, %d strong; of the Declaration %d, %d warned", n, len(loud), convicted, len(paragraphs), solemn)
			require.LessOrEqual(t, float64(convicted)/float64(n), 0.003, "strong:\n%s", strings.Join(loud, "\n"))
			require.LessOrEqual(t, float64(len(loud))/float64(n), 0.03, "warned:\n%s", strings.Join(loud, "\n"))
		})
	}
}

// fetchPackages downloads the packages without installing them.
func fetchPackages(t *testing.T) string {
	dir := t.TempDir()
	var names []string
	for _, p := range ordinaryPackages {
		names = append(names, p.pkg)
	}
	slices.Sort(names)
	const patiently = "Acquire::Retries=5" // a network may fail for a moment
	fetch := func() ([]byte, error) {
		cmd := exec.Command("apt-get", append([]string{"-qq", "-o", patiently, "download"}, slices.Compact(slices.Clone(names))...)...)
		cmd.Dir = dir
		return cmd.CombinedOutput()
	}
	out, err := fetch()
	if err != nil {
		_ = exec.Command("apt-get", "-qq", "-o", patiently, "update").Run()
		out, err = fetch()
	}
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("Debian packages cannot be fetched here")
	}
	require.NoError(t, err, string(out))
	return dir
}

// messagesOf reads the messages of one package that are long enough to be sentences.
func messagesOf(t *testing.T, dir, pkg, path string) []string {
	files, err := filepath.Glob(filepath.Join(dir, pkg+"_*.deb"))
	require.NoError(t, err)
	require.Len(t, files, 1, pkg)
	raw, err := exec.Command("dpkg-deb", "--fsys-tarfile", files[0]).Output()
	require.NoError(t, err, pkg)
	var out []string
	add := func(text string) {
		text = strings.NewReplacer("_", "", "~", "", "&", "", `\n`, " ").Replace(text)
		if sentence(text) {
			out = append(out, strings.TrimSpace(text))
		}
	}
	for r := tar.NewReader(bytes.NewReader(raw)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err, pkg)
		if h.Typeflag != tar.TypeReg || !strings.HasSuffix(h.Name, path) {
			continue
		}
		file, err := io.ReadAll(r)
		require.NoError(t, err, pkg)
		switch {
		case path == ".xpi":
			readXPI(t, file, add)
		case strings.HasSuffix(path, ".json"):
			readJSON(t, file, add)
		default:
			readMO(t, file, add)
		}
	}
}

// readMO gives the translations of a compiled message file.
func readMO(t *testing.T, file []byte, add func(string)) {
	require.Equal(t, uint32(0x950412de), binary.LittleEndian.Uint32(file))
	n, at := binary.LittleEndian.Uint32(file[8:]), binary.LittleEndian.Uint32(file[16:])
	for i := range n {
		size, from := binary.LittleEndian.Uint32(file[at+8*i:]), binary.LittleEndian.Uint32(file[at+8*i+4:])
		if text := string(file[from : from+size]); !strings.HasPrefix(text, "Project-Id-Version:") {
			for form := range strings.SplitSeq(text, "\x00") {
				add(form)
			}
		}
	}
}

// readJSON gives the messages of a wiki, line by line and without its marks.
func readJSON(t *testing.T, file []byte, add func(string)) {
	var all map[string]any
	require.NoError(t, json.Unmarshal(file, &all))
	for _, m := range all {
		if text, ok := m.(string); ok {
			for line := range strings.Lines(strings.NewReplacer("'''", "", "''", "", "[[", "", "]]", "").Replace(text)) {
				add(line)
			}
		}
	}
}

var message = regexp.MustCompile(`(?m)^\s*[\w.-]+\s*=\s*(.+)$`)

// readXPI gives the messages of a language pack.
func readXPI(t *testing.T, file []byte, add func(string)) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, ".ftl") && !strings.HasSuffix(f.Name, ".properties") {
			continue
		}
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		for _, m := range message.FindAllSubmatch(text, -1) {
			add(string(m[1]))
		}
	}
}

// sentence says whether a message has at least five words, or twenty letters of
// a script without spaces, and no markup.
func sentence(text string) bool {
	if strings.ContainsAny(text, "<>{}") || !utf8.ValidString(text) {
		return false
	}
	unspaced := 0
	for _, r := range text {
		if unicode.In(r, unicode.Han, unicode.Thai, unicode.Myanmar, unicode.Khmer, unicode.Lao) {
			unspaced++
		}
	}
	return unspaced >= 20 || unspaced == 0 && len(strings.Fields(text)) >= 5
}
