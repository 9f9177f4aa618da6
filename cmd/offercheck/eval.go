package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/offercheck/offercheck/flows/check"
)

type evalCmd struct {
	Files   []string `arg:"" optional:"" help:"Labelled JSON lines, plain or gzipped: id, text, label (scam, benign, held or free), lang, kind, source." type:"existingfile"`
	Door    bool     `help:"Measure on the project's own texts too: who is heard to be held and who is not, and the scams and honest messages written to learn from. With --held those kept out of the weights."`
	Worst   int      `help:"Print so many of the worst misses and false alarms of each source." default:"0"`
	Held    bool     `help:"Only texts of clusters that were kept out of the shipped weights."`
	Model   string   `help:"Weights to use instead of the built-in ones." type:"existingfile" placeholder:"FILE"`
	HoldOut string   `help:"Folder of labelled sets: train without each set and its near-duplicates in turn and measure on it. Takes a while." type:"existingdir" placeholder:"DIR"`
	Source  []string `help:"With --hold-out: only these sets." placeholder:"NAME"`
	Own     string   `help:"Folder of the project's own labelled texts, for --hold-out and --door." default:"flows/check/testdata" placeholder:"DIR"`
	Signs   string   `help:"Folder of languages to use instead of the built-in ones." type:"existingdir" placeholder:"DIR"`
}

// tally counts one group of labelled texts.
type tally struct {
	scam, benign          int
	hit                   int // scam and warned
	alarm, strongAlarm    int // benign and warned; benign and called scam or trafficking
	scamScore, goodScores []float64
}

type judged struct {
	row check.Row
	v   check.Verdict
}

func (c *evalCmd) Run(ctx context.Context, s streams) error {
	checker, err := loadChecker(c.Signs)
	if err != nil {
		return err
	}
	if c.Model != "" {
		f, err := os.Open(c.Model)
		if err != nil {
			return fmt.Errorf("read weights: %w", err)
		}
		defer f.Close()
		if err := checker.Use(f); err != nil {
			return err
		}
	}
	if c.HoldOut != "" {
		return c.holdOut(ctx, checker, s.out)
	}
	if len(c.Files) == 0 && !c.Door {
		return fmt.Errorf("%w: no file of labelled texts", errUsage)
	}
	var rows []check.Row
	if c.Door {
		own, err := ownRows(c.Own)
		if err != nil {
			return err
		}
		rows = slices.DeleteFunc(own, func(r check.Row) bool {
			return r.Call == check.NoCall && r.Source == "own" || c.Held && !check.Measured(r)
		})
	}
	for _, file := range c.Files {
		more, err := readRows(file)
		if err != nil {
			return err
		}
		if c.Held {
			more = slices.DeleteFunc(more, func(r check.Row) bool { return !check.HeldOut(r.Cluster) })
		}
		rows = append(rows, more...)
	}
	all := judge(ctx, checker, rows)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	calls := slices.DeleteFunc(slices.Clone(all), func(j judged) bool { return j.row.Call == check.NoCall })
	if err := door(s.out, calls); err != nil {
		return err
	}
	if all = slices.DeleteFunc(all, func(j judged) bool { return j.row.Call != check.NoCall }); len(all) == 0 {
		return nil
	}
	for _, by := range []struct {
		name string
		key  func(check.Row) string
	}{
		{"source", func(r check.Row) string { return r.Source }},
		{"language", func(r check.Row) string { return r.Lang }},
		{"kind", func(r check.Row) string { return r.Kind }},
		{"source and language", func(r check.Row) string { return r.Source + " " + r.Lang }},
	} {
		if err := table(s.out, by.name, all, by.key); err != nil {
			return err
		}
	}
	if c.Worst > 0 {
		worst(s.out, all, c.Worst)
	}
	return nil
}

// holdOut measures each source with weights learned from all the others, and the
// sources that are never learned from with weights learned from all.
func (c *evalCmd) holdOut(ctx context.Context, checker *check.Checker, out io.Writer) error {
	rows, err := learnRows(c.HoldOut, c.Own)
	if err != nil {
		return err
	}
	lesson, err := checker.Study(rows)
	if err != nil {
		return err
	}
	bySource := map[string][]check.Row{}
	for _, r := range rows {
		if r.Call == check.NoCall {
			bySource[r.Source] = append(bySource[r.Source], r)
		}
	}
	for _, name := range c.Source {
		if bySource[name] == nil {
			return fmt.Errorf("%w: no set %q in %s", errUsage, name, c.HoldOut)
		}
	}
	learned := lesson.Sources()
	var all []judged
	measure := func(from *check.Lesson, sources []string) error {
		var weights bytes.Buffer
		if err := from.Learn(&weights); err != nil {
			return err
		}
		if err := checker.Use(&weights); err != nil {
			return err
		}
		for _, name := range sources {
			all = append(all, judge(ctx, checker, bySource[name])...)
		}
		return ctx.Err()
	}
	wanted := func(name string) bool { return len(c.Source) == 0 || slices.Contains(c.Source, name) }
	var never []string
	for name := range bySource {
		if wanted(name) && !slices.Contains(learned, name) {
			never = append(never, name)
		}
	}
	// The whole lesson first: what each language asks of the head that hears is set once.
	if err := measure(lesson, never); err != nil {
		return err
	}
	for _, name := range learned {
		if !wanted(name) {
			continue
		}
		if err := measure(lesson.Without(name), []string{name}); err != nil {
			return err
		}
	}
	if err := table(out, "source held out", all, func(r check.Row) string { return r.Source }); err != nil {
		return err
	}
	return table(out, "source held out and language", all, func(r check.Row) string { return r.Source + " " + r.Lang })
}

// judge checks the rows on all cores and keeps their order.
func judge(ctx context.Context, checker *check.Checker, rows []check.Row) []judged {
	out := make([]judged, len(rows))
	var wg sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		wg.Go(func() {
			for i := w; i < len(rows) && ctx.Err() == nil; i += n {
				out[i] = judged{rows[i], checker.Check(rows[i].Text)}
			}
		})
	}
	wg.Wait()
	return out
}

func warned(o check.Outcome) bool {
	return o == check.Trafficking || o == check.Scam || o == check.Caution || o == check.Danger
}

func strong(o check.Outcome) bool { return o == check.Trafficking || o == check.Scam }

func (t *tally) add(j judged) {
	w := warned(j.v.Outcome)
	if j.row.Scam {
		t.scam++
		t.scamScore = append(t.scamScore, j.v.Score)
		if w {
			t.hit++
		}
		return
	}
	t.benign++
	t.goodScores = append(t.goodScores, j.v.Score)
	if w {
		t.alarm++
	}
	if strong(j.v.Outcome) {
		t.strongAlarm++
	}
}

// auc is the chance that a scam scores above an ordinary text; ties count half.
func (t *tally) auc() float64 {
	if t.scam == 0 || t.benign == 0 {
		return -1
	}
	slices.Sort(t.goodScores)
	sum := 0.0
	for _, s := range t.scamScore {
		lo, _ := slices.BinarySearch(t.goodScores, s)
		hi := lo
		for hi < len(t.goodScores) && t.goodScores[hi] == s {
			hi++
		}
		sum += float64(lo) + float64(hi-lo)/2
	}
	return sum / float64(t.scam) / float64(t.benign)
}

func share(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", float64(n)/float64(of))
}

func table(w io.Writer, name string, all []judged, key func(check.Row) string) error {
	groups := map[string]*tally{}
	var names []string
	for _, j := range all {
		k := key(j.row)
		if groups[k] == nil {
			groups[k] = &tally{}
			names = append(names, k)
		}
		groups[k].add(j)
	}
	slices.Sort(names)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "%s\tscam\tbenign\trecall\tfalse alarms\tstrong false alarms\tprecision\tAUC\t\n", "by "+name)
	for _, k := range names {
		t := groups[k]
		auc := "-"
		if a := t.auc(); a >= 0 {
			auc = fmt.Sprintf("%.3f", a)
		}
		fmt.Fprintf(tw, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", k, t.scam, t.benign, share(t.hit, t.scam), share(t.alarm, t.benign),
			share(t.strongAlarm, t.benign), share(t.hit, t.hit+t.alarm), auc)
	}
	fmt.Fprintln(tw, "\t\t\t\t\t\t\t\t")
	return tw.Flush()
}

// door prints, by language, how many of those who are held are heard, and how
// many texts that only sound so open the door.
func door(w io.Writer, calls []judged) error {
	if len(calls) == 0 {
		return nil
	}
	count := map[string]*[4]int{}
	for _, j := range calls {
		for _, lang := range []string{j.row.Lang, "all"} {
			if count[lang] == nil {
				count[lang] = new([4]int)
			}
			at := 0
			if j.row.Call == check.Free {
				at = 2
			}
			count[lang][at]++
			if j.v.Outcome == check.Danger {
				count[lang][at+1]++
			}
		}
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "the door\theld\tfree\theard\topened for nothing\t\n")
	for _, lang := range slices.Sorted(maps.Keys(count)) {
		n := count[lang]
		fmt.Fprintf(tw, "%s\t%d\t%d\t%s\t%s\t\n", lang, n[0], n[2], share(n[1], n[0]), share(n[3], n[2]))
	}
	fmt.Fprint(tw, "\t\t\t\t\t\n")
	return tw.Flush()
}

// worst prints the ordinary texts scored highest and the scams scored lowest.
func worst(w io.Writer, all []judged, n int) {
	bySource := map[string][]judged{}
	var names []string
	for _, j := range all {
		if bySource[j.row.Source] == nil {
			names = append(names, j.row.Source)
		}
		bySource[j.row.Source] = append(bySource[j.row.Source], j)
	}
	slices.Sort(names)
	show := func(title string, list []judged) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(w, "\n%s\n", title)
		for _, j := range list[:min(n, len(list))] {
			var signs []string
			for _, f := range j.v.Signs {
				signs = append(signs, fmt.Sprintf("%s%q", f.ID, f.Quotes))
			}
			text := []rune(strings.Join(strings.Fields(j.row.Text), " "))
			fmt.Fprintf(w, "  %.3f %s %s | %s | %s\n", j.v.Score, j.v.Outcome, j.row.ID, string(text[:min(220, len(text))]), strings.Join(signs, " "))
		}
	}
	for _, name := range names {
		list := bySource[name]
		slices.SortStableFunc(list, func(a, b judged) int {
			switch {
			case a.v.Score < b.v.Score:
				return -1
			case a.v.Score > b.v.Score:
				return 1
			}
			return 0
		})
		var missed, alarms []judged
		for _, j := range list {
			if j.row.Scam && !warned(j.v.Outcome) {
				missed = append(missed, j)
			}
			if !j.row.Scam && warned(j.v.Outcome) {
				alarms = append([]judged{j}, alarms...)
			}
		}
		slices.SortStableFunc(alarms, func(a, b judged) int {
			if sa, sb := strong(a.v.Outcome), strong(b.v.Outcome); sa != sb {
				if sa {
					return -1
				}
				return 1
			}
			return 0
		})
		show("false alarms of "+name, alarms)
		show("misses of "+name, missed)
	}
}
