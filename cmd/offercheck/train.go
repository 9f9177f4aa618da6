package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/offercheck/offercheck/flows/check"
)

type trainCmd struct {
	Dir     string   `arg:"" help:"Folder of labelled sets (*.jsonl or *.jsonl.gz)." type:"existingdir"`
	Out     string   `help:"Where to write the weights." default:"flows/check/model.bin"`
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
