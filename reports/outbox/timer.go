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

// Timer is something that must happen at a time, whatever happens to the
// process meanwhile. One name is set once in a lane; setting it again moves it.
type Timer struct {
	Name string // what it is for
	Lane string
	At   time.Time // exact; the table knows the minute
	Body []byte    // for whoever set it
}

// timed is the sealed body of a timer.
type timed struct {
	At   int64  `json:"at"`
	Body []byte `json:"body"`
}

func (t Timer) purpose() string { return "timer " + t.Name + " " + t.Lane }

// SetTimer sets a timer, sealed with the day key.
func SetTimer(ctx context.Context, tx *db.Tx, v *vault.Vault, t Timer) error {
	plain, err := json.Marshal(timed{db.Ms(t.At), t.Body})
	if err != nil {
		return fmt.Errorf("write timer: %w", err)
	}
	body, err := v.Seal(tx.Now, t.purpose(), plain)
	if err != nil {
		return fmt.Errorf("seal timer: %w", err)
	}
	return setTimer(ctx, tx, t.Name, t.Lane, db.Minute(t.At), body)
}

// Timed answers a timer that is set; ok is false when there is none, or none that
// can be read any more.
func Timed(ctx context.Context, tx *db.Tx, v *vault.Vault, name, lane string) (t Timer, ok bool, err error) {
	body, ok, err := timerBody(ctx, tx, name, lane)
	if err != nil || !ok {
		return Timer{}, false, err
	}
	t, err = openTimer(v, tx.Now, timerRow{Name: name, Lane: lane, Body: body})
	if errors.Is(err, vault.ErrExpired) || errors.Is(err, vault.ErrForged) {
		return Timer{}, false, nil
	}
	return t, err == nil, err
}

// StopTimer takes a timer away; there may be none.
func StopTimer(ctx context.Context, tx *db.Tx, name, lane string) error {
	return dropTimer(ctx, tx, name, lane)
}

// Due answers the timers of a name whose time has come, at most limit, without
// taking them away: whoever does what they are for stops them in the same
// transaction. One that cannot be read any more is dropped.
func Due(ctx context.Context, tx *db.Tx, v *vault.Vault, name string, limit int) (out []Timer, err error) {
	// The table knows the minute: those whose second has not come must not hold
	// up the others of their minute.
	for after := (timerRow{Due: -1}); ; {
		rows, err := dueTimers(ctx, tx, name, after, limit)
		if err != nil {
			return nil, err
		}
		all, err := readable(ctx, tx, v, rows)
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			if !t.At.After(tx.Now) && len(out) < limit {
				out = append(out, t)
			}
		}
		if len(rows) < limit || len(out) == limit {
			return out, nil
		}
		after = rows[len(rows)-1]
	}
}

// Astray answers the timers of a name that are further ahead than most, which is
// the most anybody sets them ahead: they were set while the clock was wrong.
func Astray(ctx context.Context, tx *db.Tx, v *vault.Vault, name string, most time.Duration, limit int) ([]Timer, error) {
	rows, err := astrayTimers(ctx, tx, name, db.Ms(tx.Now.Add(most)), limit)
	if err != nil {
		return nil, err
	}
	return readable(ctx, tx, v, rows)
}

// readable opens timers and drops those that cannot be read any more.
func readable(ctx context.Context, tx *db.Tx, v *vault.Vault, rows []timerRow) (out []Timer, err error) {
	for _, r := range rows {
		t, err := openTimer(v, tx.Now, r)
		if errors.Is(err, vault.ErrExpired) || errors.Is(err, vault.ErrForged) {
			if err := dropTimer(ctx, tx, r.Name, r.Lane); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func openTimer(v *vault.Vault, now time.Time, r timerRow) (Timer, error) {
	t := Timer{Name: r.Name, Lane: r.Lane}
	plain, err := v.Open(now, t.purpose(), r.Body)
	if err != nil {
		return t, fmt.Errorf("open timer: %w", err)
	}
	var in timed
	if err := json.Unmarshal(plain, &in); err != nil {
		return t, fmt.Errorf("open timer: %w", vault.ErrForged)
	}
	t.At, t.Body = time.UnixMilli(in.At).UTC(), in.Body
	return t, nil
}

// Renew seals again under today's key the timers that outlive the key that sealed
// them: reminders days ahead. Call it a few times a day.
func Renew(ctx context.Context, tx *db.Tx, v *vault.Vault) error {
	rows, err := allTimers(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		t, err := openTimer(v, tx.Now, r)
		switch {
		case errors.Is(err, vault.ErrExpired), errors.Is(err, vault.ErrForged):
			err = dropTimer(ctx, tx, r.Name, r.Lane)
		case err == nil:
			err = SetTimer(ctx, tx, v, t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
