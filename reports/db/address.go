package db

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// address is a DATABASE_URL as the drivers want it.
type address struct {
	driver, dsn string
	file        string   // of a SQLite database, "" in memory
	secrets     []string // never printed
}

// errAddress stands for every address that cannot be read: the parser's own
// error would repeat the address, and with it the password.
var errAddress = errors.New("DATABASE_URL is neither a postgres:// address nor a SQLite file (a path ending in .db); " +
	"leave it empty for a SQLite file in DATA_DIR")

func read(dsn string) (address, error) {
	switch {
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return readPostgres(dsn)
	case dsn == ":memory:":
		return address{driver: "sqlite", dsn: "file::memory:?" + pragmas()}, nil
	}
	path, named := strings.CutPrefix(dsn, "sqlite:")
	switch filepath.Ext(path) {
	case ".db", ".sqlite", ".sqlite3":
		named = true
	}
	if !named || path == "" || strings.Contains(path, "://") || strings.ContainsRune(path, 0) {
		return address{}, errAddress
	}
	// The driver takes the path as part of a URI, where ?, # and % mean something.
	escaped := (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	return address{driver: "sqlite", dsn: "file:" + escaped + "?" + pragmas(), file: path}, nil
}

// pragmas are set through the address, because Exec would set them on one
// connection of the pool only.
func pragmas() string {
	q := url.Values{}
	q.Set("_txlock", "immediate") // a reader that becomes a writer half-way would fail
	q.Set("_busy_timeout", "5000")
	q.Set("_auto_vacuum", "full")
	q.Set("_defensive", "1")
	q.Set("_dqs", "0")
	q["_pragma"] = []string{
		"journal_mode(WAL)",
		"synchronous(FULL)", // a commit is on the disk before it is confirmed
		"secure_delete(ON)",
		"trusted_schema(OFF)",
		"foreign_keys(ON)",
		"temp_store(MEMORY)",
	}
	return q.Encode()
}

// readPostgres reads the address and says what it leaves unsaid, because the
// driver's defaults may change: without sslmode (there or in PGSSLMODE) a
// connection that stays on this machine is plain, any other must be
// encrypted and its certificate right. A connection is given up after ten seconds.
func readPostgres(dsn string) (address, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return address{}, errAddress
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return address{}, errAddress
	}
	if q.Get("sslmode") == "" {
		mode := os.Getenv("PGSSLMODE")
		if mode == "" {
			mode = "verify-full"
			if local(u, q) {
				mode = "disable"
			}
		}
		q.Set("sslmode", mode)
	}
	if q.Get("connect_timeout") == "" && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		q.Set("connect_timeout", "10")
	}
	if q.Get("application_name") == "" {
		q.Set("application_name", "offercheck")
	}
	// One round trip a query instead of two.
	if q.Get("binary_parameters") == "" {
		q.Set("binary_parameters", "yes")
	}
	u.RawQuery = q.Encode()
	at := address{driver: "postgres", dsn: u.String(), secrets: []string{dsn, u.String()}}
	if pass, ok := u.User.Password(); ok && pass != "" {
		at.secrets = append(at.secrets, pass, url.QueryEscape(pass), url.PathEscape(pass), u.User.String())
	}
	if pass := q.Get("password"); pass != "" {
		at.secrets = append(at.secrets, pass, url.QueryEscape(pass))
	}
	return at, nil
}

// local tells whether a connection stays on this machine.
func local(u *url.URL, q url.Values) bool {
	host := u.Hostname()
	if h := q.Get("host"); h != "" {
		host = h
	}
	if host == "" {
		host = os.Getenv("PGHOST")
	}
	if host == "" || host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// plain makes one line for the operator of a driver's error.
func (a address) plain(err error) error {
	var lite *sqlite.Error
	var post *pq.Error
	var dial *net.OpError
	var said string
	switch {
	case errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_NOTADB:
		said = fmt.Sprintf("%s is not a SQLite database", a.file)
	case errors.As(err, &lite):
		said = fmt.Sprintf("%s: %v", a.file, lite)
	case errors.As(err, &post):
		said = fmt.Sprintf("PostgreSQL refuses (check DATABASE_URL): %s (%s)", post.Message, post.Code)
	case errors.Is(err, context.DeadlineExceeded):
		said = "PostgreSQL did not answer in time (check DATABASE_URL)"
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &dial):
		said = fmt.Sprintf("PostgreSQL cannot be reached (check DATABASE_URL): %v", dial.Err)
	case errors.Is(err, pq.ErrSSLNotSupported):
		said = "PostgreSQL there does not speak TLS; if that is meant, add sslmode=disable to DATABASE_URL"
	case a.driver == "postgres":
		said = fmt.Sprintf("DATABASE_URL does not work: %v", err)
	default:
		said = err.Error()
	}
	for _, secret := range a.secrets {
		said = strings.ReplaceAll(said, secret, "…")
	}
	return errors.New(strings.Join(strings.Fields(said), " "))
}
