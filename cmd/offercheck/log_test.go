package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyWhatIsListedReachesTheLog(t *testing.T) {
	var out bytes.Buffer
	log := newLog(&out)
	log.With("name", "planted", "mode", "polling").WithGroup("chat").Error("an update failed", "text", "planted", "id", 77001,
		"chat", slog.GroupValue(slog.String("why", "planted")), "why", slog.GroupValue(slog.String("text", "planted")), "ref", "AB12CD", "panic", "string", "at", "bot.go:1")
	require.NotContains(t, out.String(), "planted")
	require.NotContains(t, out.String(), "77001")
	for _, want := range []string{"an update failed", "mode=polling", "ref=AB12CD", "panic=string", "at=bot.go:1"} {
		require.Contains(t, out.String(), want)
	}
}

// What the program says to its operator is not dropped by mistake: every name
// given to the log anywhere is in the list.
func TestEveryNameInTheCodeIsListed(t *testing.T) {
	found := 0
	for _, room := range []string{"../../bot", "../../reports", "."} {
		require.NoError(t, filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				fn, ok := call.Fun.(*ast.SelectorExpr)
				if !ok || !slices.Contains([]string{"Error", "Warn", "Info", "Debug"}, fn.Sel.Name) || len(call.Args) < 3 {
					return true
				}
				if on, ok := fn.X.(*ast.Ident); ok && on.Name == "http" {
					return true
				}
				for i := 1; i < len(call.Args); i += 2 {
					lit, ok := call.Args[i].(*ast.BasicLit)
					if !ok {
						continue
					}
					name, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					require.Contains(t, logged, name, path)
					found++
				}
				return true
			})
			return nil
		}))
	}
	require.Greater(t, found, 10)
}
