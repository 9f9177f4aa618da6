package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/offercheck/offercheck/flows/check"
)

type trainCmd struct {
	Dir     string   `arg:"" help:"Folder of labelled sets (*.jsonl or *.jsonl.gz)." type:"existingdir"`
	Out     string   `help:"Where to write the weights." default:"flows/check/model.bin"`
	Own     string   `help:"Folder of the project's own labelled texts." default:"flows/check/testdata" placeholder:"DIR"`
	Without []string `help:"Sources to leave out, to measure on them afterwards." placeholder:"SOURCE"`
}

func (c *trainCmd) Run(ctx context.Context, s streams) error {
	checker, err := loadChecker("")
	if err != nil {
		return err
	}
	var rows []check.Row
	for _, pattern := range []string{"*.jsonl", "*.jsonl.gz"} {
		files, err := filepath.Glob(filepath.Join(c.Dir, pattern))
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		for _, f := range files {
			more, err := readRows(f)
			if err != nil {
				return err
			}
			rows = append(rows, slices.DeleteFunc(more, func(r check.Row) bool { return slices.Contains(c.Without, r.Source) })...)
		}
	}
	own, err := ownRows(c.Own)
	if err != nil {
		return err
	}
	rows = append(rows, own...)
	var out bytes.Buffer
	if err := checker.Learn(rows, &out); err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "%d texts, %d bytes written to %s\n", len(rows), out.Len(), c.Out)
	return err
}

// ownRows reads the texts written for the project, <lang>/<list>.txt with
// messages separated by lines "---": lures against warnings, ordinary messages
// and talk that only sounds like captivity. Each list is a kind.
func ownRows(dir string) ([]check.Row, error) {
	var rows []check.Row
	for list, scam := range map[string]bool{
		"lures": true, "lures_with_warnings": true, "warnings": false, "ordinary": false, "captive_not": false,
	} {
		files, err := filepath.Glob(filepath.Join(dir, "*", list+".txt"))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("read own texts: %w", err)
			}
			lang := filepath.Base(filepath.Dir(file))
			for i, text := range strings.Split("\n"+string(raw)+"\n", "\n---\n") {
				text = strings.TrimSpace(text)
				if strings.HasPrefix(text, "# ") {
					_, text, _ = strings.Cut(text, "\n")
				}
				if text == "" {
					continue
				}
				id := fmt.Sprintf("%s-%s-%03d", lang, list, i)
				rows = append(rows, check.Row{ID: id, Text: text, Source: "own", Lang: lang, Kind: list, Cluster: "own/" + id, Scam: scam})
			}
		}
	}
	return rows, nil
}
