// Package db is the ground everything durable stands on: it opens a SQLite file
// or a PostgreSQL database, brings its schema up to date and runs transactions.
// It has no table of its own; queries live with the room that owns the table.
//
// The map of the room:
//
//   - db.go: Open, Migrate, Tx and what may be done inside one
//   - address.go: how a DATABASE_URL is read, without ever repeating it
//   - again.go: which errors mean "run the transaction again"
//   - migrations/: the history of the schema, one spelling for both engines
//   - dbtest: the same tests on both engines
//
// One SQL serves both engines: times are BIGINT milliseconds, other columns TEXT
// or BYTEA, keys are made in Go, locks are taken by upsert, claims by a
// conditional UPDATE, and a parameter is always written as a question mark.
package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq" // the driver named "postgres"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver named "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	openWithin = 10 * time.Second // an address that does not answer by then is wrong
	tries      = 16               // of a transaction, before its error is believed
	pgConns    = 16               // at once; what two cores can use and a small server allows
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	x     *sqlx.DB
	bind  int
	clock func() time.Time
}

// Open opens the database at dsn and makes sure that it answers. dsn is a
// postgres:// address, or the path of a SQLite file (ending in .db, .sqlite or
// .sqlite3, or after "sqlite:"), or ":memory:". A SQLite file and its folder are made when
// missing, readable by this user only. The error is one line for the operator
// and holds nothing of an address.
func Open(ctx context.Context, dsn string) (*DB, error) {
	at, err := read(dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if at.file != "" {
		if err := prepare(at.file); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
	}
	pool, err := sql.Open(at.driver, at.dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", at.plain(err))
	}
	d := &DB{clock: time.Now}
	if at.driver == "sqlite" {
		// One writer is all SQLite has. One connection makes the others wait
		// in Go instead of failing with "busy", and shows a nested
		// transaction at once.
		pool.SetMaxOpenConns(1)
		pool.SetMaxIdleConns(1)
		d.bind = sqlx.QUESTION
	} else {
		pool.SetMaxOpenConns(pgConns)
		pool.SetMaxIdleConns(pgConns)
		pool.SetConnMaxIdleTime(5 * time.Minute)
		d.bind = sqlx.DOLLAR
	}
	d.x = sqlx.NewDb(pool, at.driver)
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	if err := d.probe(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("open database: %w", at.plain(err))
	}
	return d, nil
}

// probe makes sure that the database answers and, on SQLite, can be written.
func (d *DB) probe(ctx context.Context) error {
	if err := d.x.PingContext(ctx); err != nil {
		return err
	}
	if !d.Single() {
		return nil
	}
	tx, err := d.x.BeginTx(ctx, nil) // "immediate": takes the write lock
	if err != nil {
		return err
	}
	return tx.Rollback()
}

// prepare makes the folder and the file of a SQLite database, closed to others.
func prepare(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("cannot make the folder of the data (set DATA_DIR to one this user may write): %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write the data file (set DATA_DIR to a folder this user may write): %w", err)
	}
	// SQLite keeps two more files beside this one, so the folder must take new files.
	try, err := os.CreateTemp(filepath.Dir(path), ".writable-*")
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("cannot write beside the data file (set DATA_DIR to a folder this user may write): %w", err)
	}
	return errors.Join(f.Close(), try.Close(), os.Remove(try.Name()))
}

// Single tells whether the database belongs to one process (SQLite) or may be
// shared by replicas (PostgreSQL).
func (d *DB) Single() bool { return d.bind == sqlx.QUESTION }

// Now is the clock of this database's transactions.
func (d *DB) Now() time.Time { return d.clock().UTC().Truncate(time.Millisecond) }

// WithClock answers the same database with another clock.
func (d *DB) WithClock(clock func() time.Time) *DB {
	other := *d
	other.clock = clock
	return &other
}

// Ping tells whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.x.PingContext(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Close closes all connections.
func (d *DB) Close() error { return d.x.Close() }

// Migrate brings the schema up to date. Replicas that start together wait for
// one another.
func (d *DB) Migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	opts := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if !d.Single() {
		dialect = goose.DialectPostgres
		locker, err := d.locker(ctx)
		if err != nil {
			return fmt.Errorf("migrate database: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, d.x.DB, folder, opts...)
	if err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate database: %w", err)
	}
	return nil
}

// locker is a lock for this schema, so that two installations in one database
// do not wait for each other.
func (d *DB) locker(ctx context.Context) (lock.SessionLocker, error) {
	var schema string
	if err := d.x.GetContext(ctx, &schema, `SELECT coalesce(current_schema(), '')`); err != nil {
		return nil, fmt.Errorf("find schema: %w", err)
	}
	if schema == "" {
		return nil, errors.New("the address names a schema that does not exist")
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte("offercheck/" + schema))
	return lock.NewPostgresSessionLocker(
		lock.WithLockID(int64(h.Sum64()>>1)),
		lock.WithLockTimeout(1, 120),
	)
}

// Scrub takes what was deleted out of SQLite's write-ahead log. It does nothing
// on PostgreSQL, whose own housekeeping does this.
func (d *DB) Scrub(ctx context.Context) error {
	if !d.Single() {
		return nil
	}
	if _, err := d.x.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("empty write-ahead log: %w", err)
	}
	return nil
}

// Tx is one transaction. Now is its clock: the same for everything in it.
type Tx struct {
	x    *sqlx.Tx
	bind int
	Now  time.Time
}

// Tx runs fn in a transaction and commits. When another transaction was in the
// way (busy, serialization, deadlock, a race for a unique key), or the
// connection was lost before the commit, it runs fn again, so fn touches nothing but tx and its own locals. When fn answers an
// error or panics, nothing of it stays. Never call Tx inside Tx: on SQLite it
// waits for itself.
func (d *DB) Tx(ctx context.Context, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		committing, err := d.once(ctx, fn)
		if err == nil || try == tries || !again(err, committing) || ctx.Err() != nil {
			return err
		}
		// Up to two milliseconds first, doubling to a second, by chance: two that met
		// once should not meet again, and on a slow machine a transaction is long.
		pause := time.Duration(rand.Int64N(int64(min(time.Millisecond<<try, time.Second)))) + 1
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

func (d *DB) once(ctx context.Context, fn func(tx *Tx) error) (committing bool, err error) {
	x, err := d.x.BeginTxx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = x.Rollback() }() // after a commit it does nothing
	if err := fn(&Tx{x: x, bind: d.bind, Now: d.Now()}); err != nil {
		return false, err
	}
	if err := x.Commit(); err != nil {
		return true, fmt.Errorf("commit transaction: %w", err)
	}
	return true, nil
}

// Exec runs q and answers how many rows it touched.
func (t *Tx) Exec(ctx context.Context, q string, args ...any) (int64, error) {
	res, err := t.x.ExecContext(ctx, sqlx.Rebind(t.bind, q), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Get reads one row into dest, a struct with db tags or a plain value. It
// answers sql.ErrNoRows when there is none.
func (t *Tx) Get(ctx context.Context, dest any, q string, args ...any) error {
	return t.x.GetContext(ctx, dest, sqlx.Rebind(t.bind, q), args...)
}

// Select reads all rows into dest, a slice.
func (t *Tx) Select(ctx context.Context, dest any, q string, args ...any) error {
	return t.x.SelectContext(ctx, dest, sqlx.Rebind(t.bind, q), args...)
}

// Ms is a time as it stands in a column.
func Ms(t time.Time) int64 { return t.UnixMilli() }

// Minute is a time as it stands in a column that must not say when exactly.
func Minute(t time.Time) int64 { return t.Truncate(time.Minute).UnixMilli() }
