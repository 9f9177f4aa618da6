package main

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/known"
)

const frontDesk = "Hello, this is the front desk of the hotel. Your room for the weekend is ready, breakfast is from seven to ten, and the " +
	"parking behind the house costs ten euro a day. Please tell us when you arrive so that we can keep the key for you."

// TestKnownUnderLoad swaps what is compared with while checks go on: each gets
// the answer of before or of after, none waits for it, and undone it is undone.
func TestKnownUnderLoad(t *testing.T) {
	h, err := furnish("")
	require.NoError(t, err)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		in := func(fn func(tx *db.Tx) error) { require.NoError(t, d.Tx(ctx, fn)) }
		text, ok, err := known.Of(h.checker, frontDesk, check.Fee, "anna")
		require.NoError(t, err)
		require.True(t, ok)
		m := &memory{d: d, house: h, at: -1}
		require.NoError(t, m.look(ctx))
		said := func() check.Outcome { return h.with.Judge(check.Case{Texts: []string{frontDesk}}).Outcome }
		require.Equal(t, check.NoMatch, said())

		stop, others := make(chan struct{}), sync.WaitGroup{}
		for range 2 {
			others.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if o := said(); o != check.NoMatch && o != check.Scam {
						t.Errorf("a check during a change says %s", o)
						return
					}
				}
			})
		}
		for range 10 {
			in(func(tx *db.Tx) error { _, err := known.Add(ctx, tx, "b", []known.Text{text}); return err })
			require.NoError(t, m.look(ctx))
			require.Equal(t, check.Scam, said())
			in(func(tx *db.Tx) error { _, err := known.Forget(ctx, tx, "b"); return err })
			require.NoError(t, m.look(ctx))
			require.Equal(t, check.NoMatch, said())
		}
		close(stop)
		others.Wait()

		// What a file holds stays whatever the store does, and a look that fails
		// leaves what there was.
		m = &memory{d: d, house: h, file: []known.Text{text}, at: -1}
		require.NoError(t, m.look(ctx))
		require.Equal(t, check.Scam, said())
		gone, cancel := context.WithCancel(ctx)
		cancel()
		require.Error(t, m.look(gone))
		require.Equal(t, check.Scam, said())
		require.NoError(t, h.remember(nil))
	})
}
