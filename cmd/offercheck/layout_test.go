package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestArrows holds which room may lean on which: only down, and the
// conversations on nothing that has a clock, a network or a database.
func TestArrows(t *testing.T) {
	const module = "github.com/offercheck/offercheck/"
	deps := func(format, pkg string) []string {
		args := []string{"list", "-f", format}
		if p, ok := strings.CutPrefix(pkg, "-deps="); ok {
			args, pkg = append(args, "-deps"), p
		}
		cmd := exec.Command("go", append(args, pkg)...)
		var said strings.Builder // apart: what is fetched on the way is told there
		cmd.Stderr = &said
		out, err := cmd.Output()
		require.NoError(t, err, said.String())
		return strings.Fields(string(out))
	}
	// The public suffix list hangs on net/http for an interface it fills; it
	// opens no connection, and nothing else may hang there.
	const suffixes = "golang.org/x/net/publicsuffix"
	excused := append(deps(`{{join .Deps "\n"}}`, suffixes), suffixes)
	for _, pkg := range []string{"flows", "flows/check"} {
		for _, line := range deps(`{{.ImportPath}}:{{join .Imports ","}}`, "-deps="+module+pkg) {
			dep, imports, _ := strings.Cut(line, ":")
			if slices.Contains(excused, dep) {
				continue
			}
			for _, d := range strings.Split(imports, ",") {
				switch d {
				case "database/sql", "net/http", "net", "os/exec", "github.com/jmoiron/sqlx":
					t.Errorf("%s reaches %s through %s", pkg, d, dep)
				}
			}
		}
		for _, d := range deps(`{{join .Imports "\n"}}`, module+pkg) {
			if d == "os" || d == "context" || d == "math/rand" {
				t.Errorf("%s imports %s", pkg, d)
			}
		}
	}
	// Dates may be reckoned with, the clock may not be read.
	for _, pkg := range []string{"flows", "flows/check"} {
		for _, dir := range deps("{{.Dir}}", module+pkg) {
			files, err := filepath.Glob(filepath.Join(dir, "*.go"))
			require.NoError(t, err)
			for _, f := range files {
				text, err := os.ReadFile(f)
				require.NoError(t, err)
				if clock := regexp.MustCompile(`\btime\.(Now|Since|Until|Sleep|After|AfterFunc|Tick|NewTimer|NewTicker|Local)\b`).Find(text); clock != nil && !strings.HasSuffix(f, "_test.go") {
					t.Errorf("%s reads the clock: %s", f, clock)
				}
			}
		}
	}
	allowed := map[string][]string{
		"bot":              {"flows", "flows/check", "reports", "locales", "reports/hotlines", "reports/vault", "reports/outbox", "reports/db"},
		"bot/media":        {"flows"},
		"bot/telegram":     {"bot", "bot/media", "reports/outbox", "flows"},
		"bot/terminal":     {"bot", "reports/outbox", "flows", "locales"},
		"reports":          {"reports/hotlines", "reports/vault", "reports/outbox", "reports/db"},
		"reports/hotlines": {"reports/outbox"},
		"reports/outbox":   {"reports/vault", "reports/db"},
		"reports/known":    {"reports/db", "flows/check"},
		"reports/domains":  {"reports/db"},
		"reports/vault":    {},
		"reports/db":       {},
		"flows":            {"flows/check"},
		"flows/check":      {},
		"locales":          {},
	}
	for pkg, may := range allowed {
		for _, d := range deps(`{{join .Imports "\n"}}`, module+pkg) {
			if room, ours := strings.CutPrefix(d, module); ours {
				require.Contains(t, may, room, "%s leans on %s", pkg, room)
			}
		}
	}
	for _, line := range strings.Split(strings.Join(deps(`{{.ImportPath}}:{{join .Imports ","}}`, module+"..."), "\n"), "\n") {
		pkg, imports, _ := strings.Cut(line, ":")
		if strings.Contains(imports, "go-telegram-bot-api") {
			require.Equal(t, module+"bot/telegram", pkg)
		}
	}
}
