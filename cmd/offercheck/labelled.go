package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/offercheck/offercheck/flows/check"
)

// labels are what a labelled text can be: a scam or an ordinary message; or, of
// captivity alone, one in which somebody is held, or one that only sounds so.
var labels = map[string]struct {
	scam bool
	call check.Call
}{
	"scam": {scam: true}, "benign": {}, "held": {call: check.Held}, "free": {call: check.Free},
}

// readRows reads labelled JSON lines, plain or gzipped: id, text, label, lang,
// kind, source, cluster.
func readRows(file string) ([]check.Row, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read labelled texts: %w", err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(file), err)
		}
		defer z.Close()
		in = z
	}
	var rows []check.Row
	r := bufio.NewReaderSize(in, 1<<20)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			var row struct {
				ID, Text, Label, Lang, Kind, Source string
				Cluster                             json.RawMessage // a number or a string
			}
			if err := json.Unmarshal(line, &row); err != nil {
				return nil, fmt.Errorf("read %s: line %d is not a labelled text", filepath.Base(file), n)
			}
			is, ok := labels[row.Label]
			if !ok {
				return nil, fmt.Errorf("read %s: line %d has the label %q, want scam, benign, held or free", filepath.Base(file), n, row.Label)
			}
			if row.Source == "" {
				row.Source = strings.SplitN(filepath.Base(file), ".", 2)[0]
			}
			cluster := string(row.Cluster)
			if cluster == "" {
				cluster = row.Source + "/" + row.ID
			}
			rows = append(rows, check.Row{
				ID: row.ID, Text: row.Text, Source: row.Source, Lang: row.Lang, Kind: row.Kind, Cluster: cluster, Scam: is.scam, Call: is.call,
			})
		}
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", filepath.Base(file), err)
		}
	}
}

// learnRows reads every labelled set of a folder and the project's own texts.
func learnRows(dir, own string) ([]check.Row, error) {
	var rows []check.Row
	for _, pattern := range []string{"*.jsonl", "*.jsonl.gz"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errUsage, err)
		}
		for _, f := range files {
			more, err := readRows(f)
			if err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
	}
	more, err := ownRows(own)
	return append(rows, more...), err
}

// ownLists are the texts written for the project, each list a kind: those tests
// hold, the source "own", and those by many hands to learn from, "written".
var ownLists = map[string]struct{ source, label string }{
	"lures": {"own", "scam"}, "lures_with_warnings": {"own", "scam"}, "warnings": {"own", "benign"}, "ordinary": {"own", "benign"},
	"captive_not": {"own", "benign"}, "captive": {"own", "held"}, "held": {"own", "held"}, "held_not": {"own", "free"},
	"scams": {"written", "scam"}, "honest": {"written", "benign"},
}

// ownRows reads the texts written for the project, <lang>/<list>.txt with
// messages separated by lines "---".
func ownRows(dir string) ([]check.Row, error) {
	var rows []check.Row
	for list, is := range ownLists {
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
				rows = append(rows, check.Row{ID: id, Text: text, Source: is.source, Lang: lang, Kind: list, Cluster: "own/" + id, Scam: labels[is.label].scam, Call: labels[is.label].call})
			}
		}
	}
	return rows, nil
}
