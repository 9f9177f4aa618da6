package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/outbox"
)

const (
	// alarmAfter is how old a message may be that was to be taken away: it is
	// tried from the twentieth hour, and cannot be done after the 48th.
	alarmAfter = 24 * time.Hour
	alarmEvery = 10 * time.Minute
)

// alarm tells the operator, once a day, that messages of people in danger could
// not be taken away in time.
type alarm struct {
	*rooms
	to  string // an e-mail address or an https address
	log *slog.Logger
}

// watch looks until ctx ends.
func (a alarm) watch(ctx context.Context) error {
	t := time.NewTicker(alarmEvery)
	defer t.Stop()
	for {
		if err := a.look(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("the purge could not be looked at", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

func (a alarm) look(ctx context.Context) error {
	return a.d.Tx(ctx, func(tx *db.Tx) error {
		waiting, oldest, err := outbox.TidyState(ctx, tx)
		if err != nil || oldest < alarmAfter {
			return err
		}
		a.log.Error("messages wait too long to be taken away", "count", waiting, "seconds", int(oldest.Seconds()))
		if a.to == "" {
			return nil
		}
		first, err := a.desk.OnceADay(ctx, tx, "purge alarm")
		if err != nil || !first {
			return err
		}
		kind := hotlines.KindWebhook
		if !strings.HasPrefix(a.to, "http") {
			kind = hotlines.KindMail
		}
		body, err := json.Marshal(hotlines.Notice{Case: "purge", Rev: tx.Now.Unix(), Kind: "alarm", Lang: "en", Link: a.desk.Link, To: a.to})
		if err != nil {
			return fmt.Errorf("write alarm: %w", err)
		}
		lane := a.v.Lane("alarm", a.to)
		it := outbox.Item{Lane: lane, Class: outbox.Staff, Kind: kind}
		if it.Body, err = outbox.Seal(a.v, tx.Now, lane, body); err != nil {
			return fmt.Errorf("seal alarm: %w", err)
		}
		return outbox.Put(ctx, tx, it, 0)
	})
}
