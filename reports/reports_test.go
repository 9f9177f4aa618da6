package reports

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/vault"
)

const operator = `
[[recipient]]
id = "harbour"
name = "Harbour hotline"
languages = ["en"]
hours = ["always"]
fallback = ["lantern"]
mail = "duty@harbour.example"
[recipient.says.en]
waiting = "Read it when you can."

[[recipient]]
id = "lantern"
name = "Lantern desk"
countries = ["KH"]
hours = ["always"]
`

// office is a desk with a clock that can be set and two hotlines, each with one
// member.
type office struct {
	*Desk
	d      *db.DB
	v      *vault.Vault
	now    *time.Time
	reader map[string]vault.Identity
	member map[string]Member
}

func eachOffice(t *testing.T, fn func(t *testing.T, o *office)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newOffice(t, d)) })
}

func newOffice(t *testing.T, d *db.DB) *office {
	t.Helper()
	now := time.Date(2026, 5, 4, 12, 34, 56, 0, time.UTC)
	o := &office{now: &now, reader: map[string]vault.Identity{}, member: map[string]Member{}}
	o.d = d.WithClock(func() time.Time { return *o.now })
	var err error
	o.v, err = vault.Open(filepath.Join(t.TempDir(), "keys"), now)
	require.NoError(t, err)
	dir, err := hotlines.Load()
	require.NoError(t, err)
	o.Desk = New(o.d, o.v, dir)
	o.Link = "https://desk.example/"
	require.NoError(t, o.Init(t.Context(), operator))
	for _, id := range []string{"harbour", "lantern"} {
		o.enrol(t, id)
	}
	return o
}

func (o *office) enrol(t *testing.T, hotline string) Member {
	t.Helper()
	id, err := vault.NewIdentity()
	require.NoError(t, err)
	link, err := o.Invite(t.Context(), hotline)
	require.NoError(t, err)
	m, err := o.Enrol(t.Context(), link, id.Reader(), id.SignIn(), nil)
	require.NoError(t, err)
	o.reader[m.ID], o.member[hotline] = id, m
	return m
}

func (o *office) key(hotline string) age.Identity {
	return o.reader[o.member[hotline].ID].Key()
}

// file seals a draft and files it in one go.
func (o *office) file(t *testing.T, open *Open, dr Draft) Open {
	t.Helper()
	s, err := o.Seal(t.Context(), open, dr)
	require.NoError(t, err)
	var out Open
	require.NoError(t, o.d.Tx(t.Context(), func(tx *db.Tx) (err error) { out, err = o.Desk.File(t.Context(), tx, s); return err }))
	return out
}

// held is a draft of somebody who is held.
func held(values ...string) Draft {
	f := hotlines.About(Compound)
	f.What, f.Country, f.Lang = "held", "MM", "en"
	return Draft{Kind: Compound, Lang: "en", Facts: f, Taps: map[string]string{"what": "held", "country": "MM"}, Chat: 4242,
		Answers: []any{map[string]any{"part": "p1", "step": "dg_what", "values": values}}}
}

func answersOf(t *testing.T, o Opened) []string {
	t.Helper()
	var out []string
	for _, p := range o.Parts {
		if p.Kind != partAnswer {
			continue
		}
		var a struct{ Answer struct{ Values []string } }
		require.NoError(t, json.Unmarshal(p.Body, &a))
		out = append(out, a.Answer.Values...)
	}
	return out
}

func (o *office) rows(t *testing.T, q string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, o.d.Tx(t.Context(), func(tx *db.Tx) error { return tx.Get(t.Context(), &n, q, args...) }))
	return n
}

func TestACaseIsReadByItsHotlineAndNobodyElse(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("passport on the shelf")
		begin.Begin = true
		open := o.file(t, nil, begin)
		require.Equal(t, "harbour", open.Hotline)
		require.Equal(t, 1, open.Priority)
		o.file(t, &open, held("second floor"))

		read, err := o.Read(t.Context(), open.Code, o.key("harbour"))
		require.NoError(t, err)
		require.Equal(t, []string{"passport on the shelf", "second floor"}, answersOf(t, read))
		require.EqualValues(t, 2, read.Rev)
		_, err = o.Read(t.Context(), open.Code, o.key("lantern"))
		require.ErrorIs(t, err, ErrNotYours)
		stranger, err := vault.NewIdentity()
		require.NoError(t, err)
		_, err = o.Read(t.Context(), open.Code, stranger.Key())
		require.ErrorIs(t, err, ErrNotYours)
		require.Equal(t, 1, o.rows(t, `SELECT count(*) FROM cases WHERE state = 'reading'`))
	})
}

func TestAChangedRouteAddsAWrapAndAnEndBlanksTheTaps(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("one")
		begin.Begin = true
		open := o.file(t, nil, begin)
		urgent := held("two")
		urgent.Facts.Danger = "now"
		open = o.file(t, &open, urgent)
		require.Equal(t, 0, open.Priority)
		require.Len(t, open.Wrapped, 2, "the chain behind it can read the most urgent")
		for _, id := range []string{"harbour", "lantern"} {
			read, err := o.Read(t.Context(), open.Code, o.key(id))
			require.NoError(t, err)
			require.Equal(t, []string{"one", "two"}, answersOf(t, read))
		}
		require.Equal(t, 1, o.rows(t, `SELECT count(*) FROM cases WHERE taps <> ''`))
		last := held("three")
		last.End = true
		open = o.file(t, &open, last)
		require.Empty(t, open.Held)
		require.Equal(t, 0, open.Priority, "later answers only raise it")
		require.Equal(t, 0, o.rows(t, `SELECT count(*) FROM cases WHERE taps <> ''`))
	})
}

func TestWithoutARecipientNoReportIsTaken(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		for _, m := range o.member {
			require.NoError(t, o.Revoke(t.Context(), m.ID))
		}
		begin := held("one")
		begin.Begin = true
		_, err := o.Seal(t.Context(), nil, begin)
		require.ErrorIs(t, err, ErrNoRecipient)
	})
}

func TestALeaversWrapsAreDeletedAtOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("one")
		begin.Begin = true
		open := o.file(t, nil, begin)
		key := o.key("harbour")
		s, err := o.Seal(t.Context(), &open, held("two"))
		require.NoError(t, err)
		require.NoError(t, o.Revoke(t.Context(), o.member["harbour"].ID))
		require.NoError(t, o.d.Tx(t.Context(), func(tx *db.Tx) error { _, err := o.Desk.File(t.Context(), tx, s); return err }))
		_, err = o.Read(t.Context(), open.Code, key)
		require.ErrorIs(t, err, ErrNotYours)
	})
}

func TestAnEnrolmentLinkWorksOnce(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		id, err := vault.NewIdentity()
		require.NoError(t, err)
		link, err := o.Invite(t.Context(), "harbour")
		require.NoError(t, err)
		_, err = o.Enrol(t.Context(), link, "age1nonsense", id.SignIn(), nil)
		require.Error(t, err)
		_, err = o.Enrol(t.Context(), link, id.Reader(), id.SignIn(), nil)
		require.NoError(t, err)
		_, err = o.Enrol(t.Context(), link, id.Reader(), id.SignIn(), nil)
		require.ErrorIs(t, err, ErrInvite)
		late, err := o.Invite(t.Context(), "harbour")
		require.NoError(t, err)
		*o.now = o.now.Add(inviteLife + time.Minute)
		_, err = o.Enrol(t.Context(), late, id.Reader(), id.SignIn(), nil)
		require.ErrorIs(t, err, ErrInvite)
		_, err = o.Invite(t.Context(), "nobody")
		require.Error(t, err)
	})
}

func TestAMailboxBringsLettersAndTheWatchedOrderNothing(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("one")
		begin.Begin = true
		open := o.file(t, nil, begin)
		reached, err := o.Reply(t.Context(), open.Code, "come on Monday")
		require.NoError(t, err)
		require.False(t, reached, "no way back was set")

		way := held()
		way.Ways = []Way{{Secret: "pictures a"}, {Secret: "pictures b", Watched: true}}
		open = o.file(t, &open, way)
		reached, err = o.Reply(t.Context(), open.Code, "come on Monday")
		require.NoError(t, err)
		require.True(t, reached)
		require.Equal(t, 2, o.rows(t, `SELECT count(*) FROM letters`), "nothing in the table tells one order from the other")
		require.Equal(t, 1, o.rows(t, `SELECT count(*) FROM cases WHERE state = 'waiting'`))

		v, err := o.Visit(t.Context(), 4242, "pictures b")
		require.NoError(t, err)
		require.True(t, v.Watched)
		require.Empty(t, v.Letters)
		read, err := o.Read(t.Context(), open.Code, o.key("harbour"))
		require.NoError(t, err)
		require.Contains(t, string(read.Parts[len(read.Parts)-1].Body), "watched", "the hotline is told")

		v, err = o.Visit(t.Context(), 4242, "pictures a")
		require.NoError(t, err)
		require.Equal(t, []string{"come on Monday"}, v.Letters)
		require.Equal(t, "Read it when you can.", v.Says["en"], "the hotline's own words")
		require.Equal(t, open.Code, v.Code)
		require.Equal(t, open.Priority, v.Priority)

		// Added to later: without the private half, so the route stays.
		later := Open{Code: v.Code, Public: v.Public, Hotline: v.Hotline, Priority: v.Priority}
		o.file(t, &later, held("new words"))
		read, err = o.Read(t.Context(), open.Code, o.key("harbour"))
		require.NoError(t, err)
		require.Contains(t, answersOf(t, read), "new words")
		require.Equal(t, 1, read.Priority)
	})
}

func TestWrongWaysAreSlowedAndHoldNobodyElseUp(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("one")
		begin.Begin, begin.Ways = true, []Way{{Secret: "right"}}
		o.file(t, nil, begin)
		for range mostTries {
			v, err := o.Visit(t.Context(), 1, "wrong")
			require.NoError(t, err)
			require.False(t, v.OK || v.Slow)
		}
		v, err := o.Visit(t.Context(), 1, "right")
		require.NoError(t, err)
		require.True(t, v.Slow)
		require.False(t, v.OK)
		v, err = o.Visit(t.Context(), 2, "right")
		require.NoError(t, err)
		require.True(t, v.OK, "another account is not held up")
		*o.now = o.now.Add(24 * time.Hour)
		v, err = o.Visit(t.Context(), 1, "right")
		require.NoError(t, err)
		require.True(t, v.OK, "never locked")
	})
}

func TestEraseLeavesATombstone(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("one")
		begin.Begin, begin.Ways, begin.Values = true, []Way{{Secret: "w"}}, []Value{{"handle", "boss"}}
		open := o.file(t, nil, begin)
		require.NoError(t, o.KeepFile(t.Context(), open.Code, "f1", "photo", "image/png", 1<<20, strings.NewReader("picture")))
		o.file(t, &open, Draft{Kind: Compound, Erase: true})
		for _, table := range []string{"cases", "parts", "wraps", "tokens", "mailboxes", "letters", "chunks"} {
			require.Zero(t, o.rows(t, `SELECT count(*) FROM `+table), table)
		}
		require.Equal(t, 1, o.rows(t, `SELECT count(*) FROM tombstones WHERE kind = 'compound' AND month = '2026-05' AND outcome = 'erased'`))
		_, err := o.Seal(t.Context(), &open, held("after"))
		require.NoError(t, err)
	})
}

func TestWhatIsAddedToAnErasedCaseIsTold(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("one")
		begin.Begin = true
		open := o.file(t, nil, begin)
		s, err := o.Seal(t.Context(), &open, held("after"))
		require.NoError(t, err)
		o.file(t, &open, Draft{Kind: Compound, Erase: true})
		err = o.d.Tx(t.Context(), func(tx *db.Tx) error { _, err := o.Desk.File(t.Context(), tx, s); return err })
		require.ErrorIs(t, err, ErrGone)
	})
}

func TestRetention(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		codes := map[string]string{}
		for _, kind := range []string{Compound, Loss, Tip} {
			dr := Draft{Kind: kind, Lang: "en", Facts: hotlines.About(kind), Begin: true, End: true, Ways: []Way{{Secret: kind}}}
			codes[kind] = o.file(t, nil, dr).Code
		}
		day := 24 * time.Hour
		*o.now = o.now.Add(24 * day)
		v, err := o.Visit(t.Context(), 9, Tip)
		require.NoError(t, err)
		require.False(t, v.Ends.IsZero(), "seven days before its end a mailbox says so")
		*o.now = o.now.Add(7 * day)
		require.NoError(t, o.Keep(t.Context()))
		require.Zero(t, o.rows(t, `SELECT count(*) FROM cases WHERE kind = 'tip'`))
		require.Equal(t, 2, o.rows(t, `SELECT count(*) FROM cases`))
		require.NoError(t, o.Hold(t.Context(), codes[Loss], "court asked", true))
		*o.now = o.now.Add(400 * day)
		require.NoError(t, o.Keep(t.Context()))
		require.Equal(t, 2, o.rows(t, `SELECT count(*) FROM cases`), "a hold, and a compound case nobody closed, stay")
		require.NoError(t, o.Hold(t.Context(), codes[Loss], "", false))
		require.NoError(t, o.Close(t.Context(), codes[Compound]))
		require.NoError(t, o.Keep(t.Context()))
		require.Equal(t, 1, o.rows(t, `SELECT count(*) FROM cases`), "what was closed just now stays its thirty days")
		*o.now = o.now.Add(31 * day)
		require.NoError(t, o.Keep(t.Context()))
		require.Zero(t, o.rows(t, `SELECT count(*) FROM cases`))
		require.Equal(t, 3, o.rows(t, `SELECT count(*) FROM tombstones`))
	})
}

func TestReporterStandsOnlyInLossAndTip(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		for _, kind := range []string{Compound, Loss, Tip} {
			o.file(t, nil, Draft{Kind: kind, Lang: "en", Facts: hotlines.About(kind), Begin: true, Chat: 777})
		}
		require.Equal(t, 1, o.rows(t, `SELECT count(*) FROM cases WHERE kind = 'compound' AND reporter = ''`))
		require.Equal(t, 2, o.rows(t, `SELECT count(*) FROM cases WHERE kind <> 'compound' AND reporter = ?`, o.v.Reporter(*o.now, 777)))
	})
}

func TestOneAccountIsLimitedAndDangerNeverBlocked(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		loss := Draft{Kind: Loss, Lang: "en", Facts: hotlines.About(Loss), Begin: true, Chat: 5}
		for range mostLoss {
			o.file(t, nil, loss)
		}
		s, err := o.Seal(t.Context(), nil, loss)
		require.NoError(t, err)
		err = o.d.Tx(t.Context(), func(tx *db.Tx) error { _, err := o.Desk.File(t.Context(), tx, s); return err })
		require.ErrorIs(t, err, ErrTooMany)
		for i := range mostDanger + 1 {
			begin := held("again")
			begin.Begin, begin.Facts.Danger = true, "now"
			open := o.file(t, nil, begin)
			require.Equal(t, i >= mostDanger, open.Priority == low, "seen, but not first")
		}
	})
}

func TestSameValueLinksCasesOfOneHotline(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		var codes []string
		for range 3 {
			begin := held("x")
			begin.Begin, begin.Chat, begin.Values = true, 0, []Value{{"wallet", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"}}
			codes = append(codes, o.file(t, nil, begin).Code)
		}
		read, err := o.Read(t.Context(), codes[0], o.key("harbour"))
		require.NoError(t, err)
		require.Equal(t, 2, read.Related)
	})
}

func TestAFileIsSealedInPiecesAndRepeatedWithoutHarm(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		begin := held("x")
		begin.Begin = true
		open := o.file(t, nil, begin)
		data := bytes.Repeat([]byte("0123456789abcdef"), 40_000) // three pieces
		for range 2 {                                            // the second time after a crash
			require.NoError(t, o.KeepFile(t.Context(), open.Code, "f1", "document", "application/pdf", 20<<20, bytes.NewReader(data)))
		}
		require.ErrorIs(t, o.KeepFile(t.Context(), open.Code, "f2", "photo", "", 1000, bytes.NewReader(data)), vault.ErrTooBig)
		require.Equal(t, 3, o.rows(t, `SELECT count(*) FROM chunks`))
		read, err := o.Read(t.Context(), open.Code, o.key("harbour"))
		require.NoError(t, err)
		require.Len(t, read.Files(), 1)
		var got bytes.Buffer
		require.NoError(t, o.Fetch(t.Context(), read, "f1", &got))
		require.Equal(t, data, got.Bytes())
		for i := range mostFiles - 1 {
			require.NoError(t, o.KeepFile(t.Context(), open.Code, "g"+string(rune('a'+i)), "photo", "", 1000, strings.NewReader("p")))
		}
		require.ErrorIs(t, o.KeepFile(t.Context(), open.Code, "one more", "photo", "", 1000, strings.NewReader("p")), ErrFull)
		require.ErrorIs(t, o.KeepFile(t.Context(), "NOSU-CHCA", "f1", "photo", "", 1000, strings.NewReader("p")), ErrGone)
	})
}

// TestADumpRevealsNothing reads every column of every table, with every key of
// the server but the day keys.
func TestADumpRevealsNothing(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		const secret = "the third house behind the river"
		begin := held(secret)
		begin.Begin, begin.Ways, begin.Route = true, []Way{{Secret: "pictures " + secret}}, []byte(`{"chat":4242}`)
		open := o.file(t, nil, begin)
		_, err := o.Reply(t.Context(), open.Code, "answer: "+secret)
		require.NoError(t, err)
		require.NoError(t, o.KeepFile(t.Context(), open.Code, "f1", "photo", "", 1<<20, strings.NewReader(secret)))
		for _, v := range everything(t, o.d) {
			require.NotContains(t, v, secret)
			require.NotContains(t, v, "4242")
		}
	})
}

// everything is every value of every column of the schema, as text.
func everything(t *testing.T, d *db.DB) (out []string) {
	t.Helper()
	files, err := filepath.Glob("db/migrations/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	table := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	column := regexp.MustCompile(`(?m)^\s+(\w+)\s+(?:TEXT|BIGINT|BYTEA)`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range table.FindAllStringSubmatch(string(text), -1) {
			for _, c := range column.FindAllStringSubmatch(m[2], -1) {
				var values []sql.NullString
				require.NoError(t, d.Tx(t.Context(), func(tx *db.Tx) error {
					return tx.Select(t.Context(), &values, `SELECT `+c[1]+` FROM `+m[1])
				}))
				for _, v := range values {
					out = append(out, v.String)
				}
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// BenchmarkFile is a report's first answer with three readers, sealed and durable.
func BenchmarkFile(b *testing.B) {
	ctx := context.Background()
	d, err := db.Open(ctx, filepath.Join(b.TempDir(), "bot.db"))
	require.NoError(b, err)
	defer d.Close()
	require.NoError(b, d.Migrate(ctx))
	v, err := vault.Open(filepath.Join(b.TempDir(), "keys"), d.Now())
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
	b.Run("sealed and filed", func(b *testing.B) {
		for b.Loop() {
			s, err := desk.Seal(ctx, nil, begin)
			require.NoError(b, err)
			require.NoError(b, d.Tx(ctx, func(tx *db.Tx) error { _, err := desk.File(ctx, tx, s); return err }))
		}
	})
	// What the disk itself takes: the smallest durable transaction.
	b.Run("an empty commit", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, d.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE settings SET value = value WHERE name = ?`, operatorSetting)
				return err
			}))
		}
	})
}
