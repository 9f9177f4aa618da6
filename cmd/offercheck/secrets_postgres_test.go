package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db/dbtest"
)

// cluster is a PostgreSQL as whoever carries its disk away sees it.
type cluster struct {
	x            *sqlx.DB
	dsn, schema  string
	dir, log     string // its data folder, and the file it writes its log to, if there is one
	logged       int64  // bytes there when the test began
	segment      uint64 // of a file of the write-ahead log, in bytes
	begin        uint64 // where the write-ahead log stood when the test began
	slot         string // holds back the files of the log from then on
	text         string // a marker that must be found wherever anything is looked for
	wide, narrow int64
}

// onDisk begins to look at the server's own disk. It answers nil, and says why,
// where that disk cannot be read; under CI=true that is a failure.
func onDisk(t *testing.T, dsn string) *cluster {
	t.Helper()
	c, err := openCluster(t, dsn)
	if err == nil {
		return c
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("the files of PostgreSQL must be readable when CI=true: %v", err)
	}
	t.Run("files of the server", func(t *testing.T) { t.Skipf("not searched: %v", err) })
	return nil
}

func openCluster(t *testing.T, dsn string) (*cluster, error) {
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	c := &cluster{dsn: dsn, schema: u.Query().Get("search_path"), text: "marker " + rand.Text(), wide: 1<<45 + randomInt(1<<44), narrow: 1<<30 + randomInt(1<<30)}
	if c.x, err = sqlx.Open("postgres", dsn); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.x.Close() })
	if err := c.x.Get(&c.dir, `SELECT current_setting('data_directory')`); err != nil {
		return nil, err
	}
	pid, err := os.ReadFile(filepath.Join(c.dir, "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	// Where the server's own words go when it collects none itself.
	if to, err := os.Readlink("/proc/" + strings.TrimSpace(strings.SplitN(string(pid), "\n", 2)[0]) + "/fd/2"); err == nil {
		if info, err := os.Stat(to); err == nil && info.Mode().IsRegular() {
			c.log, c.logged = to, info.Size()
		}
	}
	if err := c.x.Get(&c.segment, `SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'`); err != nil {
		return nil, err
	}
	c.slot = strings.ToLower("planted_" + rand.Text())
	if _, err := c.x.Exec(`SELECT pg_create_physical_replication_slot('` + c.slot + `', true)`); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _, _ = c.x.Exec(`SELECT pg_drop_replication_slot('` + c.slot + `')`) })
	if c.begin, err = c.stands(); err != nil {
		return nil, err
	}
	// One row that lies there openly: what does not find it would find nothing.
	_, err = c.x.Exec(`CREATE TABLE marker (a TEXT, b BYTEA, c BIGINT, d INTEGER)`)
	if err == nil {
		_, err = c.x.Exec(`INSERT INTO marker VALUES ($1, $2, $3, $4)`, c.text, []byte(c.text), c.wide, c.narrow)
	}
	if err != nil {
		return nil, err
	}
	return c, c.flush()
}

func randomInt(below int64) int64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	n := int64(0)
	for _, x := range b[:6] {
		n = n<<8 | int64(x)
	}
	return n % below
}

// stands is how far the write-ahead log is.
func (c *cluster) stands() (uint64, error) {
	var text string
	if err := c.x.Get(&text, `SELECT pg_current_wal_insert_lsn()::text`); err != nil {
		return 0, err
	}
	var high, low uint64
	_, err := fmt.Sscanf(text, "%X/%X", &high, &low)
	return high<<32 | low, err
}

// flush brings to the disk what is only in the server's memory, what it knows
// of the values in the columns too.
func (c *cluster) flush() error {
	var tables []string
	if err := c.x.Select(&tables, `SELECT tablename FROM pg_tables WHERE schemaname = $1`, c.schema); err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := c.x.Exec(`ANALYZE ` + table); err != nil {
			return err
		}
	}
	if _, err := c.x.Exec(`SELECT pg_switch_wal()`); err != nil {
		return err
	}
	_, err := c.x.Exec(`CHECKPOINT`)
	return err
}

// openly are the spellings of the marker that each kind of place has.
func (c *cluster) openly() (text [][]byte, wide, narrow [][]byte) {
	return [][]byte{[]byte(c.text)}, numbers(c.wide), numbers(c.narrow)
}

// walName begins the names of places in the write-ahead log. All tests that run
// on the server write there.
const walName = "write-ahead log "

// search reads every file in which something of this test can lie: its tables,
// indexes and what hangs on them with what was deleted from them, what the server
// knows of their values, the write-ahead log since the test began, and every
// file that belongs to no table; and a backup as an operator makes it.
func (c *cluster) search(t *testing.T, into map[string][]byte) {
	t.Helper()
	require.NoError(t, c.flush())
	places := map[string][]byte{}
	var ours []string
	require.NoError(t, c.x.Select(&ours, `
		WITH mine AS (SELECT oid, reltoastrelid FROM pg_class WHERE relnamespace = $1::regnamespace OR oid = 'pg_statistic'::regclass),
			toast AS (SELECT oid FROM pg_class WHERE oid IN (SELECT reltoastrelid FROM mine)),
			under AS (SELECT oid FROM mine UNION SELECT oid FROM toast UNION SELECT indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM toast))
		SELECT pg_relation_filepath(oid) FROM under WHERE pg_relation_filepath(oid) IS NOT NULL`, c.schema))
	require.NotEmpty(t, ours)
	fork := regexp.MustCompile(`(_(fsm|vm|init))?(\.\d+)?$`)
	require.NoError(t, filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // the server tidies up
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(c.dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "pg_wal" {
				return fs.SkipDir
			}
			return nil
		}
		if table := fork.ReplaceAllString(name, ""); strings.HasPrefix(name, "base/") && !strings.HasPrefix(name, "base/pgsql_tmp") && !slices.Contains(ours, table) || !d.Type().IsRegular() {
			return nil // of other tests and other databases
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		places[name] = b
		return err
	}))
	c.logSince(t, places)
	if c.log != "" {
		b, err := os.ReadFile(c.log)
		require.NoError(t, err)
		places["log of the server"] = b[min(c.logged, int64(len(b))):]
	}
	places["pg_dump"] = c.backup(t)

	found := func(where func(string) bool, spellings [][]byte) bool {
		for name, b := range places {
			if where(name) && slices.ContainsFunc(spellings, func(s []byte) bool { return bytes.Contains(b, s) }) {
				return true
			}
		}
		return false
	}
	text, wide, narrow := c.openly()
	for kind, where := range map[string]func(string) bool{
		"the tables":          func(name string) bool { return slices.Contains(ours, name) },
		"the write-ahead log": func(name string) bool { return strings.HasPrefix(name, walName) },
		"the backup":          func(name string) bool { return name == "pg_dump" },
	} {
		require.True(t, found(where, text), "who searches %s must find a text", kind)
		require.True(t, found(where, wide), "who searches %s must find a number of eight bytes", kind)
		require.True(t, found(where, narrow), "who searches %s must find a number of four bytes", kind)
	}
	size := 0
	for name, b := range places {
		into["PostgreSQL: "+name] = b
		size += len(b)
	}
	t.Logf("%d files of the server, %d tables and indexes among them: %d bytes, %d of them write-ahead log", len(places), len(ours), size, c.walSize(places))
}

func (c *cluster) walSize(places map[string][]byte) (n int) {
	for name, b := range places {
		if strings.HasPrefix(name, walName) {
			n += len(b)
		}
	}
	return n
}

// logSince puts in what the write-ahead log says since the test began, without
// the headers of its pages, so that what goes on over a page's end is whole.
func (c *cluster) logSince(t *testing.T, places map[string][]byte) {
	t.Helper()
	const page, short, long = 8192, 24, 40
	end, err := c.stands()
	require.NoError(t, err)
	var name string
	require.NoError(t, c.x.Get(&name, `SELECT pg_walfile_name(pg_current_wal_insert_lsn())`))
	timeline, perID := name[:8], (uint64(1)<<32)/c.segment
	for n := c.begin / c.segment; n*c.segment < end; n++ {
		name := fmt.Sprintf("%s%08X%08X", timeline, n/perID, n%perID)
		b, err := os.ReadFile(filepath.Join(c.dir, "pg_wal", name))
		if os.IsNotExist(err) && n == end/c.segment {
			continue // it is only just to be begun
		}
		require.NoError(t, err)
		var out []byte
		for at := uint64(0); at+page <= uint64(len(b)); at += page {
			here := n*c.segment + at
			if here+page <= c.begin || here >= end {
				continue
			}
			header := uint64(short)
			if at == 0 {
				header = long
			}
			out = append(out, b[at+header:at+page]...)
		}
		places[walName+name] = out
	}
}

var hexCell = regexp.MustCompile(`\\\\x([0-9a-f]+)`)

// backup is what pg_dump makes of the tables of this test, and beside it the
// bytes it writes in hexadecimal.
func (c *cluster) backup(t *testing.T) []byte {
	t.Helper()
	program, err := exec.LookPath("pg_dump")
	if err != nil {
		all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
		require.NotEmpty(t, all, "pg_dump must be there where PostgreSQL is")
		program = all[len(all)-1]
	}
	u, err := url.Parse(c.dsn)
	require.NoError(t, err)
	q := u.Query()
	q.Del("search_path") // the program knows no such setting
	u.RawQuery = q.Encode()
	var out, complaint bytes.Buffer
	cmd := exec.Command(program, "--schema="+c.schema, "--dbname="+u.String())
	cmd.Stdout, cmd.Stderr = &out, &complaint
	require.NoError(t, cmd.Run(), complaint.String())
	dumped := bytes.Clone(out.Bytes())
	for _, m := range hexCell.FindAllSubmatch(dumped, -1) {
		b, err := hex.DecodeString(string(m[1]))
		require.NoError(t, err)
		out.Write(append(b, '\n'))
	}
	return out.Bytes()
}

// chance is how long a spelling is that sealed bytes have by chance, once in four
// thousand millions.
const chance = 4

// search fails when one of the things lies in one of the places. In the write-ahead
// log of a server a number of four bytes comes up by chance, so there it takes
// the numbers of two people: what gives one away gives away both.
func search(t *testing.T, places map[string][]byte, hidden map[string][][]byte) (size int) {
	t.Helper()
	for where, b := range places {
		size += len(b)
		var lucky []string
		for what, all := range hidden {
			for i, spelling := range all {
				if !bytes.Contains(b, spelling) {
					continue
				}
				if len(spelling) > chance || !strings.Contains(where, walName) {
					require.Fail(t, "found", "the %s lies in %s (spelling %d)", what, where, i)
				}
				if !slices.Contains(lucky, what) {
					lucky = append(lucky, what)
				}
			}
		}
		require.Less(t, len(lucky), 2, "they lie in %s: %s", where, strings.Join(lucky, ", "))
	}
	return size
}

// The search finds what lies openly, wherever it lies, and two numbers of four
// bytes in the write-ahead log where one may be chance.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	c := onDisk(t, dbtest.Postgres(t)) // its marker is what search itself insists on
	if c == nil {
		return
	}
	_, err := c.x.Exec(`CREATE TABLE deleted (a TEXT, b INTEGER)`)
	require.NoError(t, err)
	text := "deleted " + rand.Text()
	numbered := []int64{1<<30 + randomInt(1<<30), 1<<30 + randomInt(1<<30)}
	for _, n := range numbered {
		_, err = c.x.Exec(`INSERT INTO deleted VALUES ($1, $2)`, text, n)
		require.NoError(t, err)
	}
	_, err = c.x.Exec(`DELETE FROM deleted`)
	require.NoError(t, err)
	places := map[string][]byte{}
	c.search(t, places)
	in := func(part string, spellings [][]byte) (n int) {
		for where, b := range places {
			if strings.Contains(where, part) && slices.ContainsFunc(spellings, func(s []byte) bool { return bytes.Contains(b, s) }) {
				n++
			}
		}
		return n
	}
	require.Positive(t, in("base/", spellings(text)), "a row that was deleted lies in the table's file")
	require.Positive(t, in(walName, spellings(text)))
	require.Zero(t, in("pg_dump", spellings(text)))
	for _, n := range numbered {
		require.Positive(t, in("base/", numbers(n)))
		require.Positive(t, in(walName, numbers(n)))
	}
	require.Positive(t, in("PostgreSQL: global", [][]byte{[]byte("template1")}), "files of no table are read too")
}
