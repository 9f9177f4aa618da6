package main

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
)

// TestTheAlarmRingsOnceADayWhenThePurgeIsLate: not before a message is a day old,
// and not twice on one day.
func TestTheAlarmRingsOnceADayWhenThePurgeIsLate(t *testing.T) {
	g := newGate(t)
	g.halt()
	ctx := context.Background()
	a := alarm{g.rooms, "duty@example.org", newLog(io.Discard)}
	require.NoError(t, g.d.Tx(ctx, func(tx *db.Tx) error {
		return outbox.Remember(ctx, tx, g.rooms.v, outbox.Trace{Lane: "lane", Chat: 1, Message: 2})
	}))
	rung := func() (n int) {
		require.NoError(t, a.look(ctx))
		require.NoError(t, g.d.Tx(ctx, func(tx *db.Tx) error {
			return tx.Get(ctx, &n, `SELECT count(*) FROM outbox WHERE kind = 'mail'`)
		}))
		return n
	}
	require.Zero(t, rung())
	g.passes(23 * time.Hour)
	require.Zero(t, rung())
	g.passes(90 * time.Minute)
	require.Equal(t, 1, rung())
	require.Equal(t, 1, rung())
	g.passes(24 * time.Hour)
	require.Equal(t, 2, rung())
}
