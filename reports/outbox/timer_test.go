package outbox

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
)

func (b *bench) set(name, lane string, in time.Duration, body string) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error {
		return SetTimer(ctx, tx, b.v, Timer{Name: name, Lane: lane, At: b.clock().Add(in), Body: []byte(body)})
	})
}

// rings answers the bodies of the timers of a name that are due.
func (b *bench) rings(name string, limit int) (out []string) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error {
		out = nil
		due, err := Due(ctx, tx, b.v, name, limit)
		for _, t := range due {
			out = append(out, string(t.Body))
		}
		return err
	})
	return out
}

func (b *bench) timers() (n int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error { return tx.Get(ctx, &n, `SELECT count(*) FROM timers`) })
	return n
}

func TestATimerRingsAtItsTimeUntilItIsStopped(t *testing.T) {
	each(t, func(b *bench) {
		b.pass(50*time.Second + 7*time.Millisecond)
		b.set("idle", "a", 3*time.Minute, "a")
		b.set("other", "a", time.Second, "another name")
		b.pass(3*time.Minute - time.Millisecond)
		require.Empty(t, b.rings("idle", 10), "exact to the millisecond, whatever the column says")
		b.pass(time.Millisecond)
		require.Equal(t, []string{"a"}, b.rings("idle", 10))
		require.Equal(t, []string{"a"}, b.rings("idle", 10), "looking does not stop it")
		b.set("idle", "a", time.Minute, "moved")
		require.Empty(t, b.rings("idle", 10))
		b.pass(time.Minute)
		require.Equal(t, []string{"moved"}, b.rings("idle", 10))
		b.tx(func(ctx context.Context, tx *db.Tx) error { return StopTimer(ctx, tx, "idle", "a") })
		require.Empty(t, b.rings("idle", 10))
		require.Equal(t, 1, b.timers())
	})
}

// Many talks may end in one minute: those whose second has come are not kept
// waiting by those whose has not.
func TestTimersOfOneMinuteDoNotHoldEachOtherUp(t *testing.T) {
	each(t, func(b *bench) {
		b.pass(start.Truncate(time.Minute).Add(time.Minute).Sub(start))
		for i := range 40 {
			b.set("idle", fmt.Sprintf("a%02d", i), 50*time.Second, "later")
		}
		b.set("idle", "z", 10*time.Second, "now")
		b.pass(10 * time.Second)
		require.Equal(t, []string{"now"}, b.rings("idle", 20))
		b.pass(40 * time.Second)
		require.Len(t, b.rings("idle", 20), 20)
	})
}

// A reminder is days ahead, and no key lives that long.
func TestATimerDaysAheadIsCarriedFromKeyToKey(t *testing.T) {
	each(t, func(b *bench) {
		b.set("reminder", "kept", 9*day, "kept")
		for range 9 * 6 {
			require.Empty(t, b.rings("reminder", 10))
			b.pass(4 * time.Hour)
			b.tx(func(ctx context.Context, tx *db.Tx) error { return Renew(ctx, tx, b.v) })
		}
		require.Equal(t, []string{"kept"}, b.rings("reminder", 10))
	})
}

func TestATimerWhoseKeyIsGoneIsDropped(t *testing.T) {
	each(t, func(b *bench) {
		b.set("reminder", "a", time.Hour, "due")
		b.set("reminder", "b", 9*day, "ahead")
		b.pass(3*day + time.Hour)
		require.Empty(t, b.rings("reminder", 10))
		require.Equal(t, 1, b.timers())
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Renew(ctx, tx, b.v) })
		require.Zero(t, b.timers())
	})
}

func TestATimerLiesSealed(t *testing.T) {
	each(t, func(b *bench) {
		b.pass(41 * time.Second)
		b.set("idle", "lane", 3*time.Minute, "7391504862113")
		var r struct {
			Due  int64  `db:"due_at"`
			Body []byte `db:"body"`
		}
		b.tx(func(ctx context.Context, tx *db.Tx) error { return tx.Get(ctx, &r, `SELECT due_at, body FROM timers`) })
		require.Zero(t, r.Due%time.Minute.Milliseconds(), "to the minute")
		require.NotContains(t, string(r.Body), "7391504862113")
		b.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE timers SET lane = 'other', due_at = 0`)
			return err
		})
		require.Empty(t, b.rings("idle", 10), "it opens in its own lane only")
	})
}

func TestTimersWhenTheClockJumps(t *testing.T) {
	each(t, func(b *bench) {
		b.set("idle", "a", 3*time.Minute, "a")
		b.pass(40 * time.Hour)
		require.Equal(t, []string{"a"}, b.rings("idle", 10))
		b.set("idle", "b", 3*time.Minute, "b")
		b.pass(-40 * time.Hour)
		var ahead []Timer
		b.tx(func(ctx context.Context, tx *db.Tx) (err error) {
			ahead, err = Astray(ctx, tx, b.v, "idle", 3*time.Minute, 10)
			return err
		})
		require.Len(t, ahead, 1, "set further ahead than anybody sets it: the clock was wrong")
		require.Equal(t, "b", ahead[0].Lane)
	})
}
