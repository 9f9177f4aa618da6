package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
)

func TestTxKeepsOrForgetsAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		put := func(tx *db.Tx, name string) {
			n, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES (?, ?)`, name, "v")
			require.NoError(t, err)
			require.EqualValues(t, 1, n)
		}
		names := func() (out []string) {
			require.NoError(t, d.Tx(ctx, func(tx *db.Tx) error {
				out = nil
				return tx.Select(ctx, &out, `SELECT name FROM settings ORDER BY name`)
			}))
			return out
		}
		require.NoError(t, d.Tx(ctx, func(tx *db.Tx) error { put(tx, "kept"); return nil }))

		boom := errors.New("boom")
		runs := 0
		require.ErrorIs(t, d.Tx(ctx, func(tx *db.Tx) error { runs++; put(tx, "error"); return boom }), boom)
		require.Equal(t, 1, runs, "an error of our own is not tried again")
		require.Panics(t, func() {
			_ = d.Tx(ctx, func(tx *db.Tx) error { put(tx, "panic"); panic("boom") })
		})
		gone, cancel := context.WithCancel(ctx)
		cancel()
		require.Error(t, d.Tx(gone, func(tx *db.Tx) error { put(tx, "cancelled"); return nil }))
		require.Equal(t, []string{"kept"}, names(), "and the connection is free again after each")

		require.NoError(t, d.Tx(ctx, func(tx *db.Tx) error {
			var v string
			require.ErrorIs(t, tx.Get(ctx, &v, `SELECT value FROM settings WHERE name = ?`, "none"), sql.ErrNoRows)
			return nil
		}))
	})
}

func TestTxRunsAgainAfterARace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		// Everybody takes the highest number and adds one: whoever was beaten to it comes again.
		const people, each = 8, 10
		ctx := context.Background()
		var all sync.WaitGroup
		errs := make(chan error, people*each)
		for range people {
			all.Go(func() {
				for range each {
					errs <- d.Tx(ctx, func(tx *db.Tx) error {
						var n int64
						if err := tx.Get(ctx, &n, `SELECT coalesce(max(id), 0) + 1 FROM updates`); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `INSERT INTO updates (id, seen_at) VALUES (?, ?)`, n, 0)
						return err
					})
				}
			})
		}
		all.Wait()
		close(errs)
		failed := 0
		for err := range errs {
			if err != nil {
				failed++
			}
		}
		var n, top int
		require.NoError(t, d.Tx(ctx, func(tx *db.Tx) error {
			if err := tx.Get(ctx, &top, `SELECT max(id) FROM updates`); err != nil {
				return err
			}
			return tx.Get(ctx, &n, `SELECT count(*) FROM updates`)
		}))
		require.Equal(t, n, top)
		require.Equal(t, people*each-failed, n)
		require.Zero(t, failed)
	})
}

func TestTxRunsAgainWhenItsConnectionIsLost(t *testing.T) {
	ctx := context.Background()
	dsn := dbtest.Postgres(t)
	d, other := dbtest.Open(t, dsn), dbtest.Open(t, dsn)
	runs := 0
	require.NoError(t, d.Tx(ctx, func(tx *db.Tx) error {
		var pid int64
		if err := tx.Get(ctx, &pid, `SELECT pg_backend_pid()`); err != nil {
			return err
		}
		if runs++; runs == 1 {
			require.NoError(t, other.Tx(ctx, func(o *db.Tx) error {
				_, err := o.Exec(ctx, `SELECT pg_terminate_backend(?)`, pid)
				return err
			}))
		}
		_, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('a', 'b')`)
		return err
	}))
	require.Equal(t, 2, runs)
}

func TestOneClockInATransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.FixedZone("", 3600))
		ticking := d.WithClock(func() time.Time { now = now.Add(time.Hour); return now })
		require.NoError(t, ticking.Tx(context.Background(), func(tx *db.Tx) error {
			require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC), tx.Now)
			require.Equal(t, tx.Now, time.UnixMilli(db.Ms(tx.Now)).UTC())
			require.Equal(t, time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), time.UnixMilli(db.Minute(tx.Now)).UTC())
			return nil
		}))
	})
}

func TestMigrateTogetherAndTwice(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, dsn string) {
		ctx := context.Background()
		first, err := db.Open(ctx, dsn)
		require.NoError(t, err)
		defer first.Close()
		if first.Single() {
			require.NoError(t, first.Migrate(ctx))
			require.NoError(t, first.Migrate(ctx))
			return
		}
		second, err := db.Open(ctx, dsn)
		require.NoError(t, err)
		defer second.Close()
		errs := make(chan error, 2)
		for _, d := range []*db.DB{first, second} {
			go func() { errs <- d.Migrate(ctx) }()
		}
		require.NoError(t, <-errs)
		require.NoError(t, <-errs)
	})
}

func TestSQLiteIsSetAsItMustBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "50% of what?#.db")
	d := dbtest.Open(t, path)
	info, err := os.Stat(path)
	require.NoError(t, err, "the file stands where it was asked for")
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	info, err = os.Stat(path + "-wal")
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	info, err = os.Stat(filepath.Dir(path))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())

	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "auto_vacuum": "1",
		"trusted_schema": "0", "foreign_keys": "1", "busy_timeout": "5000", "temp_store": "2",
	} {
		var got string
		require.NoError(t, d.Tx(context.Background(), func(tx *db.Tx) error {
			return tx.Get(context.Background(), &got, `PRAGMA `+pragma)
		}))
		require.Equal(t, want, got, pragma)
	}
	require.True(t, d.Single())
	require.NoError(t, d.Scrub(context.Background()))
	info, err = os.Stat(path + "-wal")
	require.NoError(t, err)
	require.Zero(t, info.Size())
}

func TestMemory(t *testing.T) {
	d := dbtest.Open(t, ":memory:")
	require.NoError(t, d.Scrub(context.Background()))
	require.NoError(t, d.Ping(context.Background()))
}

func TestOpenSaysOneClearLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "plain")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	garbage := filepath.Join(dir, "garbage.db")
	require.NoError(t, os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 500)), 0o600))
	folder := filepath.Join(dir, "folder.db")
	require.NoError(t, os.Mkdir(folder, 0o700))

	// A port nobody listens on, and one that never says a word. The first is none
	// that was free a moment ago: another test's server might have it by now.
	const closed = "127.0.0.1:1"
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer mute.Close()

	for name, c := range map[string]struct{ dsn, says string }{
		"empty":           {"", "DATABASE_URL is neither"},
		"word":            {"garbage", "DATABASE_URL is neither"},
		"other engine":    {"mysql://root:hunter2@db/bot", "DATABASE_URL is neither"},
		"no scheme":       {"root:hunter2@db/bot.db://x", "DATABASE_URL is neither"},
		"keywords":        {"host=db password=hunter2", "DATABASE_URL is neither"},
		"zero byte":       {"a\x00.db", "DATABASE_URL is neither"},
		"bad port":        {"postgres://me:hunter2@db:port/bot", "DATABASE_URL is neither"},
		"bad escape":      {"postgres://me:hunter2%zz@db/bot", "DATABASE_URL is neither"},
		"bad query":       {"postgres://me:hunter2@db/bot?a=%zz", "DATABASE_URL is neither"},
		"bad sslmode":     {"postgres://me:hunter2@127.0.0.1/bot?sslmode=hunter2", "DATABASE_URL does not work"},
		"unreachable":     {fmt.Sprintf("postgres://me:hunter2@%s/bot", closed), "cannot be reached"},
		"password asked":  {fmt.Sprintf("postgres://me@%s/bot?password=hunter2", closed), "cannot be reached"},
		"mute":            {fmt.Sprintf("postgres://me:hunter2@%s/bot?connect_timeout=1", mute.Addr()), "PostgreSQL"},
		"folder is file":  {filepath.Join(file, "bot.db"), "set DATA_DIR"},
		"file is folder":  {folder, "set DATA_DIR"},
		"not a database":  {garbage, "is not a SQLite database"},
		"named but wrong": {"sqlite:" + file + "/x", "set DATA_DIR"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := db.Open(context.Background(), c.dsn)
			require.Nil(t, d)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, len(err.Error()), 300)
		})
	}
}

func TestPostgresRefusalHoldsNoPassword(t *testing.T) {
	dsn := dbtest.Postgres(t)
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	if u.User == nil || u.User.String() == u.User.Username() { // no password of its own
		u.User = url.UserPassword(u.User.Username(), "hunter2")
	}
	u.Path = "/no_such_database"
	_, err = db.Open(context.Background(), u.String())
	require.ErrorContains(t, err, "PostgreSQL refuses")
	require.NotContains(t, err.Error(), "hunter2")
}

// The two move together: the driver is built against one version of its C library.
func TestDriverAndItsLibraryAreThePinnedPair(t *testing.T) {
	pins, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	require.Contains(t, string(pins), "modernc.org/sqlite v1.60.1")
	require.Contains(t, string(pins), "modernc.org/libc v1.77.1")
}
