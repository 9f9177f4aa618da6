package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/vault"
)

// When a trace is taken away: a bot may delete a message for 48 hours, so it is
// done well before, and tried again until shortly before.
const (
	tidyAfter = 20 * time.Hour
	tidyUntil = 46 * time.Hour
	tidyGone  = 49 * time.Hour // then nothing is left to try
	tidyAgain = 20 * time.Minute
	// toldFor is how long it is known that something stayed, so that the person
	// can be told.
	toldFor = 30 * 24 * time.Hour
)

// Trace is a message of a talk that must leave nothing: the person's or ours. It
// is taken away when it can be, and at the latest by the purge.
type Trace struct {
	Lane    string `json:"-"`
	Chat    int64  `json:"chat"`
	Message int    `json:"message"`
	Own     bool   `json:"own,omitempty"` // ours: what cannot be deleted is rewritten
	At      int64  `json:"at"`            // when it was written, in milliseconds
}

func (t Trace) id(v *vault.Vault) string { return v.Lane("trace", fmt.Sprint(t.Chat, " ", t.Message)) }

func tracePurpose(id string) string { return "trace " + id }

// Remember notes a trace, to be purged twenty hours after it was written. Noting
// it again changes nothing.
func Remember(ctx context.Context, tx *db.Tx, v *vault.Vault, t Trace) error {
	at := time.UnixMilli(t.At)
	if t.At == 0 || at.After(tx.Now) {
		at = tx.Now
		t.At = db.Ms(at)
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	id := t.id(v)
	body, err := v.Seal(tx.Now, tracePurpose(id), plain)
	if err != nil {
		return fmt.Errorf("seal trace: %w", err)
	}
	return insertTrace(ctx, tx, id, t.Lane, db.Minute(at.Add(tidyAfter)), db.Minute(at.Add(tidyUntil)), body)
}

// Removed forgets traces that are gone from the chat.
func Removed(ctx context.Context, tx *db.Tx, v *vault.Vault, chat int64, messages []int) error {
	for _, m := range messages {
		if err := dropTrace(ctx, tx, Trace{Chat: chat, Message: m}.id(v)); err != nil {
			return err
		}
	}
	return nil
}

// Undying notes traces that the messenger will not take away any more, and
// answers those of ours among them, which can still be rewritten.
func Undying(ctx context.Context, tx *db.Tx, v *vault.Vault, chat int64, messages []int) (own []int, err error) {
	for _, m := range messages {
		id := Trace{Chat: chat, Message: m}.id(v)
		body, ok, err := traceBody(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if t, err := openTrace(v, tx.Now, id, body); err == nil && t.Own {
			own = append(own, m)
			err = dropTrace(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			continue
		}
		if err := markTrace(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	return own, nil
}

// Overdue answers the traces that must go now, the oldest first and at most
// limit, and sets each aside for a while: whoever gets them queues their
// deletion in the same transaction. A trace is answered again and again until it
// is Removed, or Late: beyond the hour at which a messenger still deletes.
func Overdue(ctx context.Context, tx *db.Tx, v *vault.Vault, limit int) (out []Trace, late []Trace, err error) {
	for len(out)+len(late) == 0 {
		rows, err := dueTraces(ctx, tx, limit)
		if err != nil || len(rows) == 0 {
			return nil, nil, err
		}
		for _, r := range rows {
			t, err := openTrace(v, tx.Now, r.ID, r.Body)
			switch {
			case errors.Is(err, vault.ErrExpired), errors.Is(err, vault.ErrForged):
				// Its key is gone, so it is past every hour at which it could go.
				if err := markTrace(ctx, tx, r.ID); err != nil {
					return nil, nil, err
				}
				continue
			case err != nil:
				return nil, nil, err
			}
			t.Lane = r.Lane
			if db.Ms(tx.Now) >= r.Until {
				late = append(late, t)
				if t.Own {
					err = dropTrace(ctx, tx, r.ID)
				} else {
					err = markTrace(ctx, tx, r.ID)
				}
			} else {
				out = append(out, t)
				err = postponeTrace(ctx, tx, r.ID, db.Ms(tx.Now.Add(tidyAgain)))
			}
			if err != nil {
				return nil, nil, err
			}
		}
	}
	return out, late, nil
}

func openTrace(v *vault.Vault, now time.Time, id string, body []byte) (t Trace, err error) {
	plain, err := v.Open(now, tracePurpose(id), body)
	if err != nil {
		return t, fmt.Errorf("open trace: %w", err)
	}
	if err := json.Unmarshal(plain, &t); err != nil {
		return t, fmt.Errorf("open trace: %w", vault.ErrForged)
	}
	return t, nil
}

// Left answers how many messages of a lane could not be taken away. Taken, they
// are told and forgotten.
func Left(ctx context.Context, tx *db.Tx, lane string, take bool) (int, error) {
	n, err := countMarked(ctx, tx, lane)
	if err != nil || n == 0 || !take {
		return n, err
	}
	return n, dropMarked(ctx, tx, lane)
}

// Hurry makes everything of a lane due now: the person came back, or unblocked.
func Hurry(ctx context.Context, tx *db.Tx, lane string) error { return hurryTraces(ctx, tx, lane) }

// TidyState is how the purge stands, for an alarm: how many traces wait beyond
// their time, and the longest.
func TidyState(ctx context.Context, tx *db.Tx) (waiting int64, oldest time.Duration, err error) {
	return tidyState(ctx, tx)
}
