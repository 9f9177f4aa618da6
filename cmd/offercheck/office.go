package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/hotlines"
)

// office tells the conversations who reads reports. A turn is taken inside of a
// transaction and is pure, so it looks at a picture of the desk that is renewed
// beside it.
type office struct {
	desk      *reports.Desk
	directory *hotlines.Directory
	now       atomic.Pointer[scene]
}

// scene is the desk at one moment.
type scene struct {
	table *hotlines.Table
	reads map[string]bool // hotlines with a member who can read
	door  reports.Door
}

// officeEvery is how often the picture is renewed.
const officeEvery = 20 * time.Second

func newOffice(ctx context.Context, desk *reports.Desk, directory *hotlines.Directory) (*office, error) {
	o := &office{desk: desk, directory: directory}
	return o, o.renew(ctx)
}

func (o *office) renew(ctx context.Context) error {
	table, _, members, err := o.desk.Staff(ctx)
	if err != nil {
		return err
	}
	s := &scene{table: table, reads: map[string]bool{}}
	for id, m := range members {
		s.reads[id] = len(m) > 0
	}
	if s.door, err = o.desk.Door(ctx); err != nil {
		return err
	}
	o.now.Store(s)
	return nil
}

// keep renews the picture until ctx ends. tell hears of trouble.
func (o *office) keep(ctx context.Context, tell func(error)) error {
	t := time.NewTicker(officeEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := o.renew(ctx); err != nil && ctx.Err() == nil {
				tell(err)
			}
		}
	}
}

// open says whether the danger door is open in a language.
func (o *office) open(lang string) bool {
	s := o.now.Load()
	return slices.Contains(s.door.Languages, lang)
}

// who says who reads a report with these taps, and which public lines fit.
func (o *office) who(kind string, taps map[string]string, now int64) flows.Office {
	s := o.now.Load()
	f := bot.Facts(kind, taps)
	f.At = time.Unix(now, 0)
	r := s.table.Route(f)
	var out flows.Office
	for _, l := range r.Lines {
		out.Lines = append(out.Lines, publicLine(&l, o.directory.Checked))
	}
	if r.Primary == "" {
		return out
	}
	for _, id := range append([]string{r.Primary}, r.Chain...) {
		if !s.reads[id] {
			continue
		}
		h := s.table.Recipient(id)
		out.Known, out.Name = true, h.Name
		var next time.Time
		out.Open, next = h.Awake(f.At)
		if clock, ok := hotlines.Clock(f.Country); !out.Open && !next.IsZero() && ok {
			out.Opens = next.In(clock).Format("15:04")
		}
		out.Within = usually(h.Usual)
		break
	}
	return out
}

// usually rounds a usual time up to one that can be told.
func usually(usual time.Duration) flows.Key {
	switch {
	case usual <= 0:
		return ""
	case usual <= 15*time.Minute:
		return flows.WithinMinutes
	case usual <= 2*time.Hour:
		return flows.WithinHours
	case usual <= 4*time.Hour:
		return flows.WithinHalfDay
	}
	return flows.WithinDays
}

// furnish is what the office gives to the conversations.
func (o *office) furnish(w *flows.With) {
	w.Door, w.Office = o.open, o.who
}

// described writes a report's part for a terminal.
func described(p reports.OpenedPart) string {
	var answer struct {
		At     int64
		Answer json.RawMessage
		Note   string
		Text   string
	}
	if json.Unmarshal(p.Body, &answer) != nil {
		return p.Kind
	}
	at := time.UnixMilli(answer.At).UTC().Format("2006-01-02 15:04")
	switch p.Kind {
	case "answer":
		return fmt.Sprintf("%s  %s", at, answer.Answer)
	case "note":
		return fmt.Sprintf("%s  note: %s %s", at, answer.Note, answer.Text)
	}
	return fmt.Sprintf("%s  %s %s", at, p.Kind, p.Body)
}
