package bot

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

const (
	benchWorkers = 16
	benchChats   = 200
)

func benchEach(b *testing.B, fn func(b *testing.B, x *Bot)) {
	for engine, dsn := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			v, err := vault.Open(b.TempDir(), time.Now())
			require.NoError(b, err)
			x, err := start(context.Background(), dbtest.Open(b, dsn(b)), v)
			require.NoError(b, err)
			offer := strings.Repeat("Customer service, free flight, HR keeps the passport. ", 10)
			x.turn = func(s flows.Session, in flows.Input) flows.Turn {
				s.Texts = []string{offer}
				return flows.Turn{Session: s, Say: []flows.Say{say("echo", offer)}}
			}
			x.render = plainly
			fn(b, x)
		})
	}
}

// fill hands n updates of many chats to the bot, by several workers.
func fill(b *testing.B, x *Bot, n int) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range benchWorkers {
		all.Go(func() {
			for {
				id := next.Add(1)
				if id > int64(n) {
					return
				}
				if _, err := x.Handle(context.Background(), Update{ID: id, Chat: id%benchChats + 1}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkIn measures updates taken, each with its session and one item.
func BenchmarkIn(b *testing.B) {
	benchEach(b, func(b *testing.B, x *Bot) {
		b.ResetTimer()
		fill(b, x, b.N)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
	})
}

// BenchmarkOut measures items delivered, each noted in its session.
func BenchmarkOut(b *testing.B) {
	benchEach(b, func(b *testing.B, x *Bot) {
		done := make(chan struct{})
		var n atomic.Int64
		c := x.Courier(map[string]outbox.Carrier{Kind: carry(func(outbox.Item) (outbox.Sent, error) {
			if int(n.Add(1)) == b.N {
				close(done)
			}
			return outbox.Sent{Message: int(n.Load())}, nil
		})}, nil)
		x.nudge = func() {}
		fill(b, x, b.N)
		b.ResetTimer()
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		<-done
		stop()
		require.NoError(b, <-ended)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "items/s")
		var left int
		require.NoError(b, x.d.Tx(context.Background(), func(tx *db.Tx) error {
			return tx.Get(context.Background(), &left, `SELECT count(*) FROM outbox`)
		}), fmt.Sprint("after ", b.N))
		require.Zero(b, left)
	})
}
