package reports

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/vault"
)

// times are how long many calls took.
type times struct {
	mu  sync.Mutex
	all []time.Duration
}

func (s *times) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, d)
}

func (s *times) report(b *testing.B) {
	slices.Sort(s.all)
	at := func(p float64) float64 { return s.all[int(p*float64(len(s.all)-1))].Seconds() * 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(float64(len(s.all))/b.Elapsed().Seconds(), "per-s")
}

// BenchmarkFiling is a report's first answer with three readers, sealed and
// durable, by eight workers at once, against what the disk under it does in the
// same run.
func BenchmarkFiling(b *testing.B) {
	ctx := context.Background()
	folder := b.TempDir()
	d, err := db.Open(ctx, filepath.Join(folder, "bot.db"))
	require.NoError(b, err)
	defer d.Close()
	require.NoError(b, d.Migrate(ctx))
	v, err := vault.Open(filepath.Join(folder, "keys"), d.Now())
	require.NoError(b, err)
	dir, err := hotlines.Load()
	require.NoError(b, err)
	desk := New(d, v, dir)
	require.NoError(b, desk.Init(ctx, operator))
	for range 3 {
		id, err := vault.NewIdentity()
		require.NoError(b, err)
		link, err := desk.Invite(ctx, "harbour")
		require.NoError(b, err)
		_, err = desk.Enrol(ctx, link, id.Reader(), id.SignIn(), nil)
		require.NoError(b, err)
	}
	begin := held("a first answer")
	begin.Begin, begin.Chat = true, 0

	const workers = 8
	b.Run("8 workers", func(b *testing.B) {
		var took times
		var group sync.WaitGroup
		work := make(chan struct{})
		failed := make(chan error, workers)
		for range workers {
			group.Go(func() {
				for range work {
					began := time.Now()
					s, err := desk.Seal(ctx, nil, begin)
					if err == nil {
						err = d.Tx(ctx, func(tx *db.Tx) error { _, err := desk.File(ctx, tx, s); return err })
					}
					if err != nil {
						select {
						case failed <- err:
						default:
						}
						continue
					}
					took.add(time.Since(began))
				}
			})
		}
		for b.Loop() {
			work <- struct{}{}
		}
		close(work)
		group.Wait()
		select {
		case err := <-failed:
			b.Fatal(err)
		default:
		}
		took.report(b)
	})
	b.Run("fdatasync", func(b *testing.B) { // what the log of a transaction costs at least
		f, err := os.Create(filepath.Join(folder, "sync"))
		require.NoError(b, err)
		defer f.Close()
		page := make([]byte, 4096)
		var took times
		for b.Loop() {
			began := time.Now()
			_, err := f.Write(page)
			require.NoError(b, err)
			require.NoError(b, syscall.Fdatasync(int(f.Fd())))
			took.add(time.Since(began))
		}
		took.report(b)
	})
}
