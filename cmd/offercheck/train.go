package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"

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
	rows, err := learnRows(c.Dir, c.Own)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(r check.Row) bool { return slices.Contains(c.Without, r.Source) })
	lesson, err := checker.Study(rows)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := lesson.Learn(&out); err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "%d texts, %d bytes written to %s\n", len(rows), out.Len(), c.Out)
	return err
}
