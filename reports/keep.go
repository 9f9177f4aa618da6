package reports

import (
	"context"
	"fmt"
	"time"

	"github.com/offercheck/offercheck/reports/db"
)

// How long a case is kept after the last activity of either side. A compound
// case never goes before its hotline closed it.
const (
	keepTip      = 30 * 24 * time.Hour
	keepLoss     = 90 * 24 * time.Hour
	keepCompound = 30 * 24 * time.Hour
	// warning is how long before its end a mailbox says so.
	warning = 7 * 24 * time.Hour
)

// ends answers when a case goes, when that is within the warning; else zero.
func (c Case) ends(now time.Time) time.Time {
	keep := keepTip
	switch {
	case c.Hold != 0, c.Kind == Compound && c.State != Closed:
		return time.Time{}
	case c.Kind == Compound:
		keep = keepCompound
	case c.Kind == Loss:
		keep = keepLoss
	}
	end := time.UnixMilli(c.Touched).UTC().Add(keep)
	if end.Sub(now) > warning {
		return time.Time{}
	}
	return end
}

// Keep lets the cases go whose time is over; a tombstone remains of each: its
// kind, its month and how it ended.
func (k *Desk) Keep(ctx context.Context) error {
	err := k.d.Tx(ctx, func(tx *db.Tx) error {
		for _, rule := range []struct {
			kind   string
			keep   time.Duration
			closed bool
		}{{Tip, keepTip, false}, {Loss, keepLoss, false}, {Compound, keepCompound, true}} {
			codes, err := expired(ctx, tx, rule.kind, tx.Now.Add(-rule.keep), rule.closed)
			if err != nil {
				return err
			}
			for _, code := range codes {
				if err := eraseCase(ctx, tx, code, "expired"); err != nil {
					return err
				}
			}
		}
		return forgetTries(ctx, tx, tx.Now.Add(-2*24*time.Hour), tx.Now.Add(-2*time.Hour))
	})
	if err != nil {
		return fmt.Errorf("let old cases go: %w", err)
	}
	return nil
}

// Hold keeps a case beyond its time, or ends that. The reason is sealed to the
// case; whoever looks at the table sees only that there is one.
func (k *Desk) Hold(ctx context.Context, code, reason string, hold bool) error {
	return k.d.Tx(ctx, func(tx *db.Tx) error {
		c, err := caseByCode(ctx, tx, code)
		if err != nil {
			return err
		}
		if err := setHold(ctx, tx, code, hold); err != nil {
			return err
		}
		what := "hold"
		if !hold {
			what = "hold ended"
		}
		return k.leaveNote(ctx, tx, c, note{At: db.Ms(tx.Now), Note: what, Text: reason})
	})
}

// Ended forgets the taps of a talk that ended by itself.
func (k *Desk) Ended(ctx context.Context, tx *db.Tx, code string) error {
	return blankTaps(ctx, tx, code)
}
