package bot

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/outbox"
)

// What is written by a person who must not be found, and who that is. The
// number's lower half must not turn up by chance either.
const (
	secretWords = "Зелёный дом 41 Myawaddy"
	secretChat  = int64(0x1D_5EC1_2E7A)
	secretGroup = -int64(0x1_005E_C177_B391)
)

// shapes are the ways in which a secret may stand in a file.
func shapes() map[string][]byte {
	out := map[string][]byte{}
	text := func(name, s string) {
		b := []byte(s)
		out[name] = b
		out[name+" lower"] = []byte(strings.ToLower(s))
		out[name+" hex"] = []byte(hex.EncodeToString(b))
		out[name+" HEX"] = []byte(strings.ToUpper(hex.EncodeToString(b)))
		quoted, _ := strings.CutPrefix(strconv.QuoteToASCII(s), `"`)
		out[name+" escaped"] = []byte(strings.TrimSuffix(quoted, `"`))
		for shift := range 3 { // base64 reads three bytes at a time, so there are three
			enc := base64.StdEncoding.EncodeToString(append(make([]byte, shift), b...))
			out[fmt.Sprintf("%s base64 %d", name, shift)] = []byte(enc[4 : len(enc)-4])
			enc = base64.URLEncoding.EncodeToString(append(make([]byte, shift), b...))
			out[fmt.Sprintf("%s base64url %d", name, shift)] = []byte(enc[4 : len(enc)-4])
		}
		var le, be []byte
		for _, u := range utf16.Encode([]rune(s)) {
			le = binary.LittleEndian.AppendUint16(le, u)
			be = binary.BigEndian.AppendUint16(be, u)
		}
		out[name+" utf-16le"], out[name+" utf-16be"] = le, be
	}
	text("words", secretWords)
	text("part", "Myawaddy")
	for name, id := range map[string]int64{"chat": secretChat, "group": secretGroup} {
		text(name, strconv.FormatInt(id, 10))
		out[name+" int64le"] = binary.LittleEndian.AppendUint64(nil, uint64(id))
		out[name+" int64be"] = binary.BigEndian.AppendUint64(nil, uint64(id))
		out[name+" int32le"] = binary.LittleEndian.AppendUint32(nil, uint32(id))
		out[name+" int32be"] = binary.BigEndian.AppendUint32(nil, uint32(id))
	}
	return out
}

// clean makes sure that no shape of a secret stands in what is kept.
func clean(t *testing.T, when string, stored []byte) {
	t.Helper()
	require.NotEmpty(t, stored)
	for name, shape := range shapes() {
		if i := bytes.Index(stored, shape); i >= 0 {
			t.Fatalf("%s: %s stands in the database, at %d of %d", when, name, i, len(stored))
		}
	}
}

// stored is everything the database holds: its files on SQLite, with the log
// and what was deleted; every value of every table on PostgreSQL.
func (x *desk) stored(dsn string) []byte {
	x.t.Helper()
	var all bytes.Buffer
	if x.d.Single() {
		files, err := filepath.Glob(dsn + "*")
		require.NoError(x.t, err)
		require.GreaterOrEqual(x.t, len(files), 3, "the file, its log and the log's index")
		for _, f := range files {
			b, err := os.ReadFile(f)
			require.NoError(x.t, err)
			all.Write(b)
		}
		return all.Bytes()
	}
	x.tx(func(ctx context.Context, tx *db.Tx) error {
		all.Reset()
		var tables []string
		if err := tx.Select(ctx, &tables, `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`); err != nil {
			return err
		}
		require.GreaterOrEqual(x.t, len(tables), 6)
		for _, table := range tables {
			var rows []string
			if err := tx.Select(ctx, &rows, `SELECT t::text FROM `+table+` t`); err != nil {
				return err
			}
			for _, row := range rows {
				all.WriteString(row + "\n")
				for _, part := range strings.FieldsFunc(row, func(r rune) bool { return strings.ContainsRune(`(),"\`, r) }) {
					if b, err := hex.DecodeString(strings.TrimPrefix(part, "x")); err == nil { // bytea
						all.Write(b)
					}
					if n, err := strconv.ParseInt(part, 10, 64); err == nil {
						all.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
					}
				}
			}
		}
		return nil
	})
	return all.Bytes()
}

// If the disk is taken without the keys, nothing anybody said or was told, and
// no chat, can be found on it: not while it waits, not after, not in the log.
func TestADiskThatIsTakenTellsNothing(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, dsn string) {
		x := newDesk(t, dbtest.Open(t, dsn))
		x.hear(Update{Chat: secretChat, Sender: secretChat, In: flows.Input{Text: secretWords}})
		x.hear(Update{Chat: secretGroup, Sender: secretChat, Group: true, In: flows.Input{Text: secretWords, Group: true, Called: true}})
		clean(t, "waiting", x.stored(dsn))

		x.post.err = func(outbox.Item, Out) error { return outbox.Refused{Code: 400, Err: errors.New(secretWords)} }
		x.flush()
		require.Equal(t, 2, x.count("dead_letters"))
		clean(t, "refused", x.stored(dsn))

		x.post.err = nil
		x.hear(Update{Chat: secretChat, In: flows.Input{Text: secretWords}})
		x.turn = func(flows.Session, flows.Input) flows.Turn { panic(secretWords) }
		x.hear(Update{Chat: secretChat, In: flows.Input{Text: secretWords}})
		require.Len(t, x.flush(), 2)
		clean(t, "delivered", x.stored(dsn))

		x.turn = func(flows.Session, flows.Input) flows.Turn { return flows.Turn{Forget: true} }
		x.hear(Update{Chat: secretChat, In: flows.Input{Text: secretWords}})
		clean(t, "forgotten", x.stored(dsn))
		require.NoError(t, x.Purge(context.Background()))
		clean(t, "purged", x.stored(dsn))
	})
}

// The scan finds what it looks for.
func TestTheScanFinds(t *testing.T) {
	for name, shape := range shapes() {
		require.GreaterOrEqual(t, len(shape), 4, name)
	}
	dbtest.EachAddress(t, func(t *testing.T, dsn string) {
		x := newDesk(t, dbtest.Open(t, dsn))
		x.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO updates (id, seen_at) VALUES (?, 0)`, secretChat)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO sessions (chat, body, touched_at) VALUES ('x', ?, 0)`, []byte("… "+secretWords))
			return err
		})
		found := 0
		for _, shape := range shapes() {
			if bytes.Contains(x.stored(dsn), shape) {
				found++
			}
		}
		require.GreaterOrEqual(t, found, 3)
	})
}

// What was deleted is gone from SQLite's file and log after a purge.
func TestDeletedIsGoneFromTheFile(t *testing.T) {
	dsn := dbtest.SQLite(t)
	x := newDesk(t, dbtest.Open(t, dsn))
	x.write("words")
	var sealed []byte
	x.tx(func(ctx context.Context, tx *db.Tx) error { return tx.Get(ctx, &sealed, `SELECT body FROM sessions`) })
	require.True(t, bytes.Contains(x.stored(dsn), sealed))
	x.turn = func(flows.Session, flows.Input) flows.Turn { return flows.Turn{Forget: true} }
	x.write("delete")
	require.NoError(t, x.Purge(context.Background()))
	require.False(t, bytes.Contains(x.stored(dsn), sealed), "not even the sealed body is left")
}
