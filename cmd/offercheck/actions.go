package main

import (
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/hotlines"
)

// actionsOf says what to do in the first hour after a loss, from the directory:
// its numbers stand in the messages as they stand there.
func actionsOf(d *hotlines.Directory) func(country string) flows.Actions {
	return func(country string) flows.Actions {
		a := d.Actions(country)
		out := flows.Actions{None: a.None}
		for _, s := range a.Steps {
			out.Steps = append(out.Steps, flows.Action{Part: flows.Part{Key: flows.Key(s.Key), Args: d.Args(s, country)}, Paid: s.If})
		}
		for _, due := range a.Deadlines {
			out.Due = append(out.Due, flows.Due{Key: flows.Key(due.Key), After: int64(due.After / time.Second)})
		}
		return out
	}
}

// helpOf are the public lines for what happened, to whom and where.
func helpOf(d *hotlines.Directory) func(what, country, from string) []flows.Line {
	return func(what, country, from string) []flows.Line {
		find := d.Tips
		switch what {
		case flows.LineLoss:
			find = d.Lost
		case flows.LineWork:
			find = d.Work
		}
		var out []flows.Line
		for _, l := range find(country, from) {
			out = append(out, publicLine(&l, d.Checked))
		}
		return out
	}
}

// clockOf is the clock of a country, nil when it is not known.
func clockOf(country string) *time.Location {
	at, ok := hotlines.Clock(country)
	if !ok {
		return nil
	}
	return at
}
