package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/known"
	"github.com/offercheck/offercheck/reports/vault"
)

// knownCmd looks after the confirmed scam texts that new ones are compared with.
type knownCmd struct {
	Import knownImportCmd `cmd:"" help:"Take in a file of confirmed scam texts, as fingerprints."`
	List   knownListCmd   `cmd:"" help:"Say what was taken in, and when."`
	Undo   knownUndoCmd   `cmd:"" help:"Take out what came with a batch or from a source."`
}

// compared is the flag of what compares with a file of confirmed texts.
type compared struct {
	Known string `help:"File of confirmed scam texts to compare with: JSON lines {text, kind, source}." type:"existingfile" placeholder:"FILE"`
}

// texts reads the file, if there is one.
func (c compared) texts(checker *check.Checker) ([]known.Text, error) {
	if c.Known == "" {
		return nil, nil
	}
	texts, _, err := readKnown(checker, c.Known, func(source string) string { return source })
	return texts, err
}

// readKnown reads confirmed texts: JSON lines with text, kind and, when it is known
// who was sent it, source. short is how many say too little to be told from
// others. An error names a line, never its words.
func readKnown(checker *check.Checker, file string, token func(source string) string) (texts []known.Text, short int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errUsage, err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, lineLimit)
	name := filepath.Base(file)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var row struct{ Text, Kind, Source, Label string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil || row.Text == "" {
			return nil, 0, fmt.Errorf("read %s: line %d is not a confirmed text, want {\"text\": …, \"kind\": …}", name, n)
		}
		if row.Label != "" && row.Label != "scam" {
			return nil, 0, fmt.Errorf("read %s: line %d is not labelled scam", name, n)
		}
		if row.Source != "" {
			row.Source = token(row.Source)
		}
		t, ok, err := known.Of(checker, row.Text, check.Kind(row.Kind), row.Source)
		if err != nil {
			return nil, 0, fmt.Errorf("read %s: line %d has a kind that is none", name, n)
		}
		if !ok {
			short++
			continue
		}
		texts = append(texts, t)
	}
	if err := lines.Err(); err != nil {
		return nil, 0, fmt.Errorf("read %s: %w", name, err)
	}
	return texts, short, nil
}

// memory is what a running bot compares with: a file's texts and the store's.
type memory struct {
	d     *db.DB
	house *house
	file  []known.Text
	at    int64 // of the store, how many changes are known; -1 before the first look
}

// look takes up what changed since the last look. While it does, and when it
// fails, checks go on with what there was.
func (m *memory) look(ctx context.Context) error {
	var texts []known.Text
	at := m.at
	err := m.d.Tx(ctx, func(tx *db.Tx) (err error) {
		if at, err = known.Changes(ctx, tx); err != nil || at == m.at {
			return err
		}
		texts, err = known.All(ctx, tx)
		return err
	})
	if err != nil || at == m.at {
		return err
	}
	if err := m.house.remember(append(texts, m.file...)); err != nil {
		return err
	}
	m.at = at
	return nil
}

// watch looks again and again, and tells of each look that failed.
func (m *memory) watch(ctx context.Context, every time.Duration, told func(error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := m.look(ctx); err != nil && ctx.Err() == nil {
			told(err)
		}
	}
}

type knownImportCmd struct {
	storage
	Batch string `help:"Name to take it out by again; day and file's hash by default." placeholder:"NAME"`
	File  string `arg:"" help:"JSON lines {text, kind, source}." type:"existingfile"`
}

func (c *knownImportCmd) Run(ctx context.Context, s streams) error {
	checker, err := loadChecker("")
	if err != nil {
		return err
	}
	d, v, err := c.both(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	texts, short, err := readKnown(checker, c.File, func(source string) string { return sourceToken(v, source) })
	if err != nil {
		return err
	}
	if c.Batch == "" {
		sum, err := hashOf(c.File)
		if err != nil {
			return err
		}
		c.Batch = d.Now().Format(time.DateOnly) + "-" + sum[:8]
	}
	added := 0
	err = d.Tx(ctx, func(tx *db.Tx) (err error) {
		added, err = known.Add(ctx, tx, c.Batch, texts)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s: %d taken in, %d there before, %d too short to be told from others\n", c.Batch, added, len(texts)-added, short)
	return err
}

// both opens the database and the keys; sources are kept as keyed hashes.
func (s storage) both(ctx context.Context) (*db.DB, *vault.Vault, error) {
	d, err := s.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	v, err := vault.Open(s.keys(), d.Now())
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return d, v, nil
}

// sourceToken is a source as it is kept: who has the keys can tell whether it is
// somebody he names, and nobody can read it.
func sourceToken(v *vault.Vault, source string) string {
	return hex.EncodeToString(v.Index("known", "source", source))
}

func hashOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("read confirmed texts: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read confirmed texts: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

type knownListCmd struct {
	storage
}

func (c *knownListCmd) Run(ctx context.Context, s streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	var all []known.Batch
	if err := d.Tx(ctx, func(tx *db.Tx) (err error) { all, err = known.Batches(ctx, tx); return err }); err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "batch\tday\ttexts\tsources")
	for _, b := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", b.Name, b.Day.Format(time.DateOnly), b.Texts, b.Sources)
	}
	return w.Flush()
}

type knownUndoCmd struct {
	storage
	Source bool   `help:"NAME is a source, as it stood in the files, not a batch." xor:"what"`
	Case   bool   `help:"NAME is the number of a tip that was closed as confirmed." xor:"what"`
	Name   string `arg:"" help:"The batch, as the list names it."`
}

func (c *knownUndoCmd) Run(ctx context.Context, s streams) error {
	d, v, err := c.both(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	name := c.Name
	switch {
	case c.Source:
		name = sourceToken(v, c.Name)
	case c.Case:
		name = tipBatch(v, c.Name)
	}
	n := 0
	if err := d.Tx(ctx, func(tx *db.Tx) (err error) { n, err = known.Forget(ctx, tx, name); return err }); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("nothing came with %q; `offercheck known list` names what there is", c.Name)
	}
	_, err = fmt.Fprintf(s.out, "%d taken out\n", n)
	return err
}
