package outbox

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
)

const day = 24 * time.Hour

// remember notes a trace of a chat, written now.
func (b *bench) remember(chat int64, message int, own bool) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error {
		return Remember(ctx, tx, b.v, Trace{Lane: b.v.Chat(chat), Chat: chat, Message: message, Own: own})
	})
}

// overdue answers the messages that go now, and those it is too late for.
func (b *bench) overdue(limit int) (now, late []int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error {
		now, late = nil, nil
		due, gone, err := Overdue(ctx, tx, b.v, limit)
		for _, t := range due {
			require.Equal(b.t, b.v.Chat(t.Chat), t.Lane)
			now = append(now, t.Message)
		}
		for _, t := range gone {
			late = append(late, t.Message)
		}
		return err
	})
	return now, late
}

func (b *bench) left(chat int64, take bool) (n int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = Left(ctx, tx, b.v.Chat(chat), take)
		return err
	})
	return n
}

func (b *bench) removed(chat int64, messages ...int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error { return Removed(ctx, tx, b.v, chat, messages) })
}

func (b *bench) undying(chat int64, messages ...int) (own []int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) (err error) {
		own, err = Undying(ctx, tx, b.v, chat, messages)
		return err
	})
	return own
}

func (b *bench) traces() (n int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error { return tx.Get(ctx, &n, `SELECT count(*) FROM tidy`) })
	return n
}

func TestATraceGoesTwentyHoursAfterItWasWritten(t *testing.T) {
	each(t, func(b *bench) {
		b.remember(7, 1, false)
		b.remember(7, 1, false) // noting it again changes nothing
		b.pass(time.Hour)
		b.remember(7, 1, false)
		b.remember(7, 2, true)
		require.Equal(t, 2, b.traces())
		b.pass(18*time.Hour + 59*time.Minute)
		now, late := b.overdue(10)
		require.Empty(t, now)
		require.Empty(t, late)
		b.pass(time.Minute)
		now, _ = b.overdue(10)
		require.Equal(t, []int{1}, now)
		b.removed(7, 1)
		b.pass(time.Hour)
		now, _ = b.overdue(10)
		require.Equal(t, []int{2}, now)
		b.removed(7, 2)
		require.Zero(t, b.traces())
		require.Zero(t, b.left(7, false))
	})
}

// What the messenger brought late was written when it says so, and not when it
// was read; a time in the future counts as now.
func TestATraceIsAsOldAsItsMessage(t *testing.T) {
	each(t, func(b *bench) {
		note := func(message int, at time.Time) {
			b.tx(func(ctx context.Context, tx *db.Tx) error {
				return Remember(ctx, tx, b.v, Trace{Lane: "l", Chat: 7, Message: message, At: db.Ms(at)})
			})
		}
		note(1, b.clock().Add(-20*time.Hour))
		note(2, b.clock().Add(10*time.Hour))
		due := func() (ids []int) {
			b.tx(func(ctx context.Context, tx *db.Tx) error {
				ids = nil
				all, _, err := Overdue(ctx, tx, b.v, 10)
				for _, t := range all {
					ids = append(ids, t.Message)
				}
				return err
			})
			return ids
		}
		require.Equal(t, []int{1}, due())
		b.removed(7, 1)
		b.pass(20 * time.Hour)
		require.Equal(t, []int{2}, due())
	})
}

func TestATraceIsTriedAgainUntilTheHourAtWhichNothingGoesAnyMore(t *testing.T) {
	each(t, func(b *bench) {
		b.remember(7, 1, false)
		b.remember(7, 2, true)
		b.pass(tidyAfter)
		tries := 0
		for b.clock().Sub(start) < tidyUntil {
			now, late := b.overdue(10)
			require.Empty(t, late)
			if len(now) > 0 {
				require.Len(t, now, 2)
				tries++
				now, _ = b.overdue(10)
				require.Empty(t, now, "set aside for a while")
			}
			b.pass(5 * time.Minute)
		}
		require.Equal(t, int((tidyUntil-tidyAfter)/tidyAgain), tries)
		now, late := b.overdue(10)
		require.Empty(t, now)
		slices.Sort(late)
		require.Equal(t, []int{1, 2}, late)
		require.Equal(t, 1, b.traces(), "ours is handed over to be rewritten, the person's is counted")
		require.Equal(t, 1, b.left(7, false))
		now, late = b.overdue(10)
		require.Empty(t, now)
		require.Empty(t, late, "each once")
	})
}

func TestTheOldestGoFirstAfterARestart(t *testing.T) {
	each(t, func(b *bench) {
		for i := range 30 {
			b.remember(int64(100+i%4), i+1, false)
			b.pass(10 * time.Minute)
		}
		b.pass(30 * time.Hour) // nobody was there
		var all []int
		for range 5 {
			now, late := b.overdue(7)
			require.Empty(t, late)
			all = append(all, now...)
		}
		require.Len(t, all, 30)
		require.True(t, slices.IsSorted(all), "%v", all)
	})
}

func TestATraceWhoseKeyIsGoneIsCounted(t *testing.T) {
	each(t, func(b *bench) {
		b.remember(7, 1, false)
		b.remember(8, 2, true)
		b.pass(3*day + time.Hour)
		now, late := b.overdue(10)
		require.Empty(t, now)
		require.Empty(t, late)
		require.Equal(t, 1, b.left(7, false))
		b.tx(Purge)
		require.Equal(t, 1, b.left(7, false), "a count outlives its key")
		var sealed int
		b.tx(func(ctx context.Context, tx *db.Tx) error {
			return tx.Get(ctx, &sealed, `SELECT count(*) FROM tidy WHERE length(body) > 0`)
		})
		require.Zero(t, sealed)
		b.pass(toldFor + time.Hour)
		b.tx(Purge)
		require.Zero(t, b.traces())
	})
}

func TestWhatCannotBeDeletedIsRewrittenOrToldOnce(t *testing.T) {
	each(t, func(b *bench) {
		for i := 1; i <= 5; i++ {
			b.remember(7, i, i%2 == 0)
		}
		b.remember(8, 3, false)
		require.Equal(t, []int{2, 4}, b.undying(7, 2, 3, 4, 5, 99))
		require.Equal(t, 2, b.left(7, false))
		require.Equal(t, 2, b.left(7, true))
		require.Zero(t, b.left(7, true), "told once")
		require.Zero(t, b.left(8, false))
		b.pass(tidyAfter)
		now, _ := b.overdue(10)
		require.ElementsMatch(t, []int{1, 3}, now, "those of the other chat, and what was not tried, still go")
	})
}

func TestWhoComesBackFindsEverythingDue(t *testing.T) {
	each(t, func(b *bench) {
		b.remember(7, 1, false)
		b.remember(8, 2, false)
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Hurry(ctx, tx, b.v.Chat(7)) })
		now, _ := b.overdue(10)
		require.Equal(t, []int{1}, now)
	})
}

func TestNoRowOfATraceIsOlderThanFortyNineHours(t *testing.T) {
	each(t, func(b *bench) {
		b.remember(7, 1, true)
		b.pass(tidyGone - time.Minute)
		b.tx(Purge)
		require.Equal(t, 1, b.traces())
		b.pass(2 * time.Minute)
		b.tx(Purge)
		require.Zero(t, b.traces())
	})
}

func TestThePurgeTellsHowItStands(t *testing.T) {
	each(t, func(b *bench) {
		b.remember(7, 1, true)
		state := func() (n int64, oldest time.Duration) {
			b.tx(func(ctx context.Context, tx *db.Tx) (err error) { n, oldest, err = TidyState(ctx, tx); return err })
			return n, oldest
		}
		n, _ := state()
		require.Zero(t, n)
		b.pass(23 * time.Hour)
		b.overdue(10) // a try that was not enough
		n, oldest := state()
		require.EqualValues(t, 1, n)
		require.InDelta(t, 23*time.Hour, oldest, float64(time.Minute))
	})
}

// Without the day keys the table tells which lanes have something waiting, and
// when by the minute. A row moved to another message does not open.
func TestATraceLiesSealed(t *testing.T) {
	each(t, func(b *bench) {
		b.pass(17*time.Second + 123*time.Millisecond)
		const chat, message = 7391504862113, 918273645
		b.remember(chat, message, false)
		var rows []struct {
			ID    string `db:"id"`
			Lane  string `db:"lane"`
			Due   int64  `db:"due_at"`
			Until int64  `db:"until"`
			Body  []byte `db:"body"`
		}
		b.tx(func(ctx context.Context, tx *db.Tx) error {
			rows = nil
			return tx.Select(ctx, &rows, `SELECT id, lane, due_at, until, body FROM tidy`)
		})
		require.Len(t, rows, 1)
		r := rows[0]
		for _, at := range []int64{r.Due, r.Until} {
			require.Zero(t, at%time.Minute.Milliseconds(), "to the minute")
		}
		require.Less(t, r.Due, db.Ms(b.clock().Add(tidyAfter)))
		for _, id := range []int64{chat, message} {
			for _, text := range []string{r.ID, r.Lane, string(r.Body)} {
				require.NotContains(t, text, fmt.Sprint(id))
			}
		}
		b.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE tidy SET id = 'other', due_at = 0`)
			return err
		})
		now, late := b.overdue(10)
		require.Empty(t, now)
		require.Empty(t, late)
	})
}

func TestAClockThatJumpsForwardAndBack(t *testing.T) {
	each(t, func(b *bench) {
		b.remember(7, 1, false)
		b.pass(40 * time.Hour)
		b.remember(7, 2, false)
		now, _ := b.overdue(10)
		require.Equal(t, []int{1}, now, "a jump only makes it go earlier")
		b.pass(-40 * time.Hour)
		now, _ = b.overdue(10)
		require.ElementsMatch(t, []int{1, 2}, now, "set further ahead than anything is: the clock was wrong")
		b.removed(7, 1, 2)

		b.remember(7, 3, false)
		b.pass(3*day + time.Hour)
		b.overdue(10)
		require.Equal(t, 1, b.left(7, true), "its key was destroyed by the jump")
		b.pass(-3 * day)
		b.remember(7, 4, true) // sealed with the key of a day to come
		b.pass(tidyAfter)
		now, _ = b.overdue(10)
		require.Equal(t, []int{4}, now)
	})
}
