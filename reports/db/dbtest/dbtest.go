// Package dbtest runs the same test on every engine: on a SQLite file always,
// and on PostgreSQL when TEST_POSTGRES is its address. With CI=true a missing
// PostgreSQL is a failure and not a skip.
package dbtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
)

// Each runs fn on each engine, on an empty database with the newest schema.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachAddress(t, func(t *testing.T, dsn string) { fn(t, Open(t, dsn)) })
}

// EachAddress runs fn with the address of an empty database on each engine.
func EachAddress(t *testing.T, fn func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// Open opens and migrates the database at dsn for the length of a test.
func Open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	require.NoError(t, d.Migrate(context.Background()))
	return d
}

// SQLite answers the path of a file that is not there yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "test.db")
}

// Postgres answers the address of a new schema, dropped when the test ends. It
// skips the test when TEST_POSTGRES is not set, and fails it under CI=true.
func Postgres(t testing.TB) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	if base == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("TEST_POSTGRES must be the address of a PostgreSQL when CI=true")
		}
		t.Skip("not run on PostgreSQL: TEST_POSTGRES is not set")
	}
	u, err := url.Parse(base)
	require.NoError(t, err, "TEST_POSTGRES")
	q := u.Query()
	if q.Get("sslmode") == "" {
		q.Set("sslmode", "disable")
	}
	u.RawQuery = q.Encode()
	schema := "test_" + strings.ToLower(rand.Text())
	x, err := sqlx.Open("postgres", u.String())
	require.NoError(t, err)
	_, err = x.Exec(`CREATE SCHEMA ` + schema)
	require.NoError(t, err, "PostgreSQL at TEST_POSTGRES must answer")
	t.Cleanup(func() {
		_, err := x.Exec(`DROP SCHEMA ` + schema + ` CASCADE`)
		require.NoError(t, err)
		require.NoError(t, x.Close())
	})
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}
