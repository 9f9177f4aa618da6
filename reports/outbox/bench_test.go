package outbox

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
)

// BenchmarkHeads measures how long it takes to find what may leave, behind the
// backlog of an hour's outage at full pace.
func BenchmarkHeads(b *testing.B) {
	for _, lanes := range []int{10_000, 10} {
		for engine, dsn := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
			b.Run(fmt.Sprintf("%s/%d", engine, lanes), func(b *testing.B) {
				ctx := context.Background()
				d := dbtest.Open(b, dsn(b))
				const items = 90_000
				require.NoError(b, d.Tx(ctx, func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, `
						WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
						INSERT INTO outbox (lane, seq, class, kind, body, due_at)
						SELECT 'lane ' || (i % ?), i, 3, 'test', '', i FROM n`, items-1, lanes)
					if err != nil || d.Single() {
						return err
					}
					_, err = tx.Exec(ctx, `ANALYZE outbox`) // as PostgreSQL does by itself within a minute
					return err
				}))
				for b.Loop() {
					require.NoError(b, d.Tx(ctx, func(tx *db.Tx) error {
						if _, err := sweep(ctx, tx); err != nil {
							return err
						}
						got, err := heads(ctx, tx, lookAt)
						require.Len(b, got, min(lanes, lookAt))
						return err
					}))
				}
			})
		}
	}
}
