package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/vault"
)

// installed is an installation with a hotline, one member and an open danger
// door, before it is started.
func installed(t *testing.T, env []string) (r *rooms, reader vault.Identity) {
	t.Helper()
	ctx := context.Background()
	at := storage{DataDir: setOf(env, "DATA_DIR"), DatabaseURL: setOf(env, "DATABASE_URL")}
	d, err := at.open(ctx)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	r, err = desked{storage: at}.rooms(d)
	require.NoError(t, err)
	require.NoError(t, r.desk.Init(ctx, fmt.Sprintf(oneHotline, "Harbour line")))
	reader, err = vault.NewIdentity()
	require.NoError(t, err)
	link, err := r.desk.Invite(ctx, "first")
	require.NoError(t, err)
	_, err = r.desk.Enrol(ctx, link, reader.Reader(), reader.SignIn(), nil)
	require.NoError(t, err)
	require.NoError(t, r.desk.SetDoor(ctx, reports.Door{Languages: sixLanguages}))
	return r, reader
}

func setOf(env []string, name string) string {
	for _, e := range env {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// teller is somebody who makes a report to a process.
type teller struct {
	*telegramtest.Person
	t *testing.T
	s *telegramtest.Server
	p *process
	// lossy: the answer of a tap may be lost with a process.
	lossy bool
}

// shows waits for a button that ends so.
func (k teller) shows(end string) (message int, data string) {
	k.t.Helper()
	require.True(k.t, k.s.Wait(patience, func() bool {
		for _, m := range k.FromBot() {
			for _, b := range m.Buttons() {
				if strings.HasSuffix(b.Data, end) {
					message, data = m.ID, b.Data
				}
			}
		}
		return data != ""
	}), "no button %s\n%s\n%s", end, telegramtest.Transcript(k.Screen()), k.p.log)
	return message, data
}

// tap presses buttons one after the other, each when the one before was taken.
func (k teller) tap(ends ...string) {
	k.t.Helper()
	for _, end := range ends {
		message, data := k.shows(end)
		var tap *telegramtest.Tap
		k.moves(data, func() { tap = k.Press(message, data) })
		require.True(k.t, k.lossy || tap.Await(patience))
	}
}

// pop presses a button that only shows something.
func (k teller) pop(end string) string {
	k.t.Helper()
	tap := k.Press(k.shows(end))
	require.True(k.t, tap.Await(patience))
	return tap.Pop()
}

// moves does something and waits until a button that was there is gone.
func (k teller) moves(data string, do func()) {
	k.t.Helper()
	do()
	require.True(k.t, k.s.Wait(patience, func() bool {
		for _, m := range k.FromBot() {
			if slices.Contains(strings.Fields(buttonsOf(m)), data) {
				return false
			}
		}
		return true
	}), "the card stays\n%s\n%s", telegramtest.Transcript(k.Screen()), k.p.log)
}

// skipTo skips questions until one has a button that ends so.
func (k teller) skipTo(end string) {
	k.t.Helper()
	for range 60 {
		_, data := k.shows(".skip")
		if strings.Contains(buttonsOf(k.Last())+" ", end+" ") {
			return
		}
		k.tap(strings.TrimPrefix(data, data[:strings.Index(data, ".")]))
	}
	require.Fail(k.t, "never asked: "+end)
}

// types sends words where they are asked for and waits until they are gone.
func (k teller) types(text string) {
	k.t.Helper()
	_, data := k.shows(".skip")
	k.moves(data, func() { k.vanishes(k.Send(text)) })
}

func (k teller) vanishes(id int) {
	k.t.Helper()
	require.True(k.t, k.s.Wait(patience, func() bool {
		return !slices.ContainsFunc(k.Screen(), func(m telegramtest.Message) bool { return m.ID == id })
	}), "it stays\n%s\n%s", telegramtest.Transcript(k.Screen()), k.p.log)
}

// files reads every file of a folder.
func files(t *testing.T, dir, when string, into map[string][]byte) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil // it went meanwhile
		}
		into[path+" "+when] = append(b, path...)
		return err
	}))
}

// Nothing a reporter typed, tapped in secret, sent or is lies anywhere: not in
// any column, file, log, page, temporary file or copy, on either engine, nor in what
// the engine writes beside its tables; and who
// has every key of the server but the day keys reads no more than that.
func TestNothingOfAReportIsFound(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, env []string, _ func()) {
		s := telegramtest.New(t)
		r, reader := installed(t, env)
		var disk *cluster
		if dsn := setOf(env, "DATABASE_URL"); dsn != "" {
			disk = onDisk(t, dsn)
		}
		temp, page := t.TempDir(), freePort(t)
		env = append(slices.Clone(env), "TMPDIR="+temp, "DESK_ADDR="+page)
		hidden := map[string][][]byte{"token": spellings(s.Token)}
		words := []string{}
		plant := func(name, text string) string {
			hidden[name] = spellings(text)
			words = append(words, text)
			return text
		}
		const chat = int64(7391504862113)
		s.Number(chat)
		k := teller{Person: s.Person("en"), t: t, s: s}
		require.Equal(t, chat, k.ID)
		k.Name = plant("name", "Plantina Reporter-Heron")
		hidden["chat"] = numbers(chat)
		k.p = serving(t, s, env...)

		k.Send("/start")
		k.tap(append([]string{".go.help"}, fourTaps()...)...)
		k.tap(".dg_way.number")
		var order []string
		for _, f := range strings.Fields(k.pop(".dg_order.show")) {
			if _, err := strconv.Atoi(f); err == nil && len(f) == 4 {
				order = append(order, f)
			}
		}
		require.Len(t, order, 4)
		hidden["order number"] = slices.Concat(spellings(strings.Join(order, "")), spellings(strings.Join(order, " ")), spellings(strings.Join(order, "-")))
		k.tap(".dg_order.have")
		k.shows(".dg_place.skip")
		k.types(plant("place", "planted blue gate of the ibis compound, กรงที่ปลูกไว้"))
		k.skipTo(".dg_debt.no")
		k.types(plant("debt", "planted 4711 dollars to boss Kolibri"))
		k.skipTo(".dg_hirer.skip")
		k.types("it was " + plant("handle", "@planted_recruiter_q") + " and " + plant("wallet", "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"))
		picture := []byte("\x89PNG planted bytes of a picture stork")
		plant("picture", string(picture[4:]))
		k.vanishes(k.Photo(picture, cry+" "+plant("caption", "planted caption nightjar")))
		k.vanishes(k.Document(plant("file name", "planted-offer-bittern.pdf"), "application/pdf", []byte("%PDF "+plant("document", "planted document bytes lapwing")), 0, cry))
		k.tap(".dg_leave.exit")

		all, err := r.desk.Queue(t.Context(), "", 10)
		require.NoError(t, err)
		require.Len(t, all, 1)
		code := all[0].Code
		reached, err := r.desk.Reply(t.Context(), code, plant("reply", "planted answer: walk to the heron market"))
		require.NoError(t, err)
		require.True(t, reached)

		// Another one, with pictures, whose talk is on while everything is looked at.
		const other = int64(1987654321)
		s.Number(other)
		n := teller{Person: s.Person("en"), t: t, s: s, p: k.p}
		hidden["other chat"] = numbers(other)
		n.Send("/start")
		n.tap(append([]string{".go.help"}, fourTaps()...)...)
		n.tap(".dg_way.pictures", ".dg_way.p-7", ".dg_way.p-7-11", ".dg_way.p-7-11-9", ".dg_way.p-7-11-9-8", ".dg_way.p-7-11-9-8-8",
			".dg_way.p-7-11-9-8-8-9", ".dg_way.p-7-11-9-8-8-9-11", ".dg_way.p-7-11-9-8-8-9-11-7")
		hidden["pictures"] = slices.Concat(spellings("7-11-9-8-8-9"), spellings("[7,11,9,8]"), spellings(vault.Pictures(other, []int{7, 11, 9, 8})))
		n.shows(".dg_place.skip")
		n.types(plant("live", "planted words of the live talk plover"))
		const third = int64(1765432109)
		s.Number(third)
		hidden["third chat"] = numbers(third)
		m := teller{Person: s.Person("en"), t: t, s: s, p: k.p}
		m.Send("/start")
		m.tap(append([]string{".go.help"}, fourTaps()...)...)
		m.shows(".dg_way.pictures")

		places := map[string][]byte{}
		for _, at := range []string{"http://" + page + "/metrics", "http://" + k.p.addr() + "/healthz"} {
			_, body := get(t, at)
			places[at] = []byte(body)
		}
		data := setOf(env, "DATA_DIR")
		files(t, data, "while it runs", places)
		files(t, temp, "while it runs", places)
		places["log"] = []byte(k.p.log.String())
		copied := filepath.Join(t.TempDir(), "copy.db")
		dsn := setOf(env, "DATABASE_URL")
		if dsn == "" {
			require.NoError(t, backup(filepath.Join(data, "bot.db"), copied))
			files(t, filepath.Dir(copied), "copy", places)
		} else {
			places["tables"] = dump(t, dsn)
		}
		k.p.stop()
		files(t, data, "when it has stopped", places)
		if disk != nil {
			disk.search(t, places)
		}
		size := search(t, places, hidden)
		require.Greater(t, size, 20_000)
		t.Logf("%d places, %d bytes, %d things", len(places), size, len(hidden))
		require.Empty(t, s.Bugs())

		// The member reads everything.
		opened, err := r.desk.Read(t.Context(), code, reader.Key())
		require.NoError(t, err)
		var text bytes.Buffer
		for _, p := range opened.Parts {
			text.Write(p.Body)
		}
		for _, f := range opened.Files() {
			require.NoError(t, r.desk.Fetch(t.Context(), opened, f.File, &text))
		}
		for _, what := range []string{"blue gate", "boss Kolibri", "@planted_recruiter_q", "heron market", "planted bytes of a picture", "document bytes lapwing", "caption nightjar"} {
			require.Contains(t, text.String(), what)
		}
		seized(t, r.d, filepath.Join(data, "keys"), words, code)
	})
}

// backup is a copy of a SQLite database as an operator makes it.
func backup(from, to string) error {
	x, err := sql.Open("sqlite", from)
	if err != nil {
		return err
	}
	defer x.Close()
	_, err = x.Exec(`VACUUM INTO '` + to + `'`)
	return err
}

// blob is a sealed body, and everything that is known about where it stands.
type blob struct {
	table, purpose string
	body           []byte
}

func blobs(t *testing.T, d *db.DB) (out []blob) {
	t.Helper()
	for _, q := range []struct{ table, sql string }{
		{"sessions", `SELECT 'session ' || chat AS purpose, body FROM sessions WHERE body IS NOT NULL`},
		{"outbox", `SELECT 'outbox ' || lane AS purpose, body FROM outbox`},
		{"dead_letters", `SELECT 'outbox ' || lane AS purpose, body FROM dead_letters`},
		{"tidy", `SELECT 'trace ' || id AS purpose, body FROM tidy`},
		{"timers", `SELECT 'timer ' || name || ' ' || lane AS purpose, body FROM timers`},
		{"parts", `SELECT code AS purpose, body FROM parts`},
		{"letters", `SELECT mailbox AS purpose, body FROM letters`},
		{"wraps", `SELECT code AS purpose, body FROM wraps`},
		{"chunks", `SELECT code AS purpose, body FROM chunks`},
	} {
		var rows []struct {
			Purpose string `db:"purpose"`
			Body    []byte `db:"body"`
		}
		require.NoError(t, d.Tx(t.Context(), func(tx *db.Tx) error { return tx.Select(t.Context(), &rows, q.sql) }))
		for _, r := range rows {
			out = append(out, blob{q.table, r.Purpose, r.Body})
		}
	}
	return out
}

// seized is somebody with the whole database and the keys of the server: without
// the live day keys nothing opens; with them what is being tidied and talked
// about just now, and no report that is over.
func seized(t *testing.T, d *db.DB, keys string, words []string, over string) {
	t.Helper()
	stolen := t.TempDir()
	require.NoError(t, os.CopyFS(stolen, os.DirFS(keys)))
	require.NoError(t, os.Remove(filepath.Join(stolen, "day.key")))
	require.NoError(t, os.Chmod(stolen, 0o700))
	now := time.Now()
	without, err := vault.Open(stolen, now)
	require.NoError(t, err)
	with, err := vault.Open(keys, now)
	require.NoError(t, err)
	all := blobs(t, d)
	tables := map[string]int{}
	for _, b := range all {
		tables[b.table]++
	}
	for _, table := range []string{"sessions", "tidy", "timers", "parts", "letters", "wraps", "chunks"} {
		require.Positive(t, tables[table], table)
	}
	reading := 0
	for _, b := range all {
		_, err := without.Open(now, b.purpose, b.body)
		require.Error(t, err, b.table)
		_, err = without.OpenRoute(b.purpose, b.body)
		require.Error(t, err, b.table)
		_, err = without.Held(now, b.purpose, b.body)
		require.Error(t, err, b.table)
		plain, err := with.Open(now, b.purpose, b.body)
		if err != nil {
			require.NotContains(t, []string{"sessions", "outbox", "tidy", "timers"}, b.table)
			continue
		}
		reading++
		for _, w := range words {
			quoted, _ := json.Marshal(w)
			require.NotContains(t, string(plain), strings.Trim(string(quoted), `"`), "in %s", b.table)
		}
		require.NotContains(t, string(plain), over, "a talk that is over is no link between a chat and a case: %s", b.table)
	}
	require.Positive(t, reading)
}
