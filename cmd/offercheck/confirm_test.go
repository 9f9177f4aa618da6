package main

import (
	"bufio"
	"bytes"
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/known"
	"github.com/offercheck/offercheck/reports/vault"
)

// counter is a desk with one member, worked from a terminal.
type counter struct {
	t    *testing.T
	at   storage
	r    *rooms
	file string // the member's identity
	id   vault.Identity
}

const phrase = "a long passphrase for tests"

func newCounter(t *testing.T, dsn string) counter {
	c := counter{t: t, at: storage{DataDir: t.TempDir(), DatabaseURL: dsn}, file: filepath.Join(t.TempDir(), "me.key")}
	require.NoError(t, (&deskInitCmd{desked: desked{storage: c.at}, Name: "Harbour line", Identity: c.file}).Run(t.Context(), c.typed(nil)))
	var err error
	c.r, err = desked{storage: c.at}.enter(t.Context())
	require.NoError(t, err)
	t.Cleanup(c.r.Close)
	c.id, err = member{Identity: c.file}.unlock(c.typed(nil), bufio.NewReader(c.typed(nil).in))
	require.NoError(t, err)
	return c
}

func (c counter) typed(out *bytes.Buffer) streams {
	if out == nil {
		out = new(bytes.Buffer)
	}
	return streams{strings.NewReader(phrase + "\n"), out, new(bytes.Buffer)}
}

// given files a report of somebody.
func (c counter) given(kind string, chat int64, offers ...string) (code string) {
	c.t.Helper()
	entry := flows.Entry{Part: "1", Step: offerStep, Values: offers}
	s, err := c.r.desk.Seal(c.t.Context(), nil, reports.Draft{Kind: kind, Lang: "en", Chat: chat, Facts: hotlines.Facts{Kind: kind, At: time.Now()}, Answers: []any{entry}, End: true})
	require.NoError(c.t, err)
	require.NoError(c.t, c.r.d.Tx(c.t.Context(), func(tx *db.Tx) error {
		open, err := c.r.desk.File(c.t.Context(), tx, s)
		code = open.Code
		return err
	}))
	return code
}

func (c counter) closes(code, kind string) (string, error) {
	var out bytes.Buffer
	err := (&deskCloseCmd{desked: desked{storage: c.at}, Case: code, Confirmed: kind, Identity: c.file}).Run(c.t.Context(), c.typed(&out))
	return out.String(), err
}

// confirms is what closes does once the passphrase was typed, which takes a second.
func (c counter) confirms(code string, kind check.Kind) (int, error) {
	h, err := loaded()
	require.NoError(c.t, err)
	o, err := c.r.desk.Read(c.t.Context(), code, c.id.Key())
	require.NoError(c.t, err)
	return confirm(c.t.Context(), c.r, h.checker, o, kind)
}

func (c counter) open(code string) bool {
	c.t.Helper()
	all, err := c.r.desk.Queue(c.t.Context(), "", 100)
	require.NoError(c.t, err)
	for _, x := range all {
		if x.Code == code {
			return true
		}
	}
	return false
}

// said is what a checker says that has what is kept now.
func (c counter) said(checker *check.Checker, text string) check.Verdict {
	c.t.Helper()
	var all []known.Text
	require.NoError(c.t, c.r.d.Tx(c.t.Context(), func(tx *db.Tx) (err error) { all, err = known.All(c.t.Context(), tx); return err }))
	with, err := checker.WithKnown(known.List(all))
	require.NoError(c.t, err)
	return with.Check(text)
}

func othersToo(v check.Verdict) bool {
	for _, s := range v.Signs {
		if s.ID == "GEN-09" {
			return true
		}
	}
	return false
}

// A tip that a member confirms makes texts like its offer a scam; that others were
// sent it is said when three different people gave tips, and one who gives four
// is one. All of it can be taken back.
func TestConfirmedTips(t *testing.T) {
	h, err := loaded()
	require.NoError(t, err)
	again := strings.Replace(frontDesk, "ten euro", "thirty dollars", 1)
	dbtest.EachAddress(t, func(t *testing.T, dsn string) {
		c := newCounter(t, dsn)
		require.Equal(t, check.NoMatch, c.said(h.checker, again).Outcome)

		confirmed := func(chat int64) (code, batch string) {
			code = c.given(reports.Tip, chat, frontDesk)
			n, err := c.confirms(code, check.Task)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			require.False(t, c.open(code))
			return code, tipBatch(c.r.v, code)
		}
		first := c.given(reports.Tip, 1, frontDesk)
		out, err := c.closes(strings.ToLower(first), "task")
		require.NoError(t, err)
		require.Contains(t, out, "Closed. 1 of its texts")
		require.NotContains(t, out, "hotel")
		require.False(t, c.open(first))
		batch := tipBatch(c.r.v, first)
		require.Contains(t, out, "known undo "+batch)
		require.Equal(t, check.Scam, c.said(h.checker, again).Outcome)
		require.Equal(t, check.Task, c.said(h.checker, again).Kind)
		for range 3 {
			confirmed(1)
		}
		second, _ := confirmed(2)
		require.False(t, othersToo(c.said(h.checker, again)), "two people, five tips")
		third, _ := confirmed(3)
		require.True(t, othersToo(c.said(h.checker, again)), "three people")

		// No word of the offer and no name of a case or of a reporter is kept.
		var kept []struct{ Print, Kind, Source, Batch, Script string }
		require.NoError(t, c.r.d.Tx(t.Context(), func(tx *db.Tx) error {
			return tx.Select(t.Context(), &kept, `SELECT print, kind, source, batch, script FROM known_texts`)
		}))
		require.Len(t, kept, 6)
		for _, k := range kept {
			require.Len(t, k.Print, 16)
			require.Len(t, k.Source, 24)
			require.Regexp(t, `^tip-[0-9a-f]{12}$`, k.Batch)
			require.NotEqual(t, c.r.v.Reporter(time.Now(), 1), k.Source)
		}

		// Twice is once.
		_, err = c.confirms(third, check.Task)
		require.NoError(t, err)
		require.NoError(t, c.r.d.Tx(t.Context(), func(tx *db.Tx) error {
			all, err := known.Batches(t.Context(), tx)
			require.Len(t, all, 6)
			return err
		}))

		// Undone, by the batch or by the number of the case.
		undo := func(name string, byCase bool) error {
			return (&knownUndoCmd{storage: c.at, Name: name, Case: byCase}).Run(t.Context(), c.typed(nil))
		}
		require.NoError(t, undo(strings.ToLower(third), true))
		require.Error(t, undo(third, true))
		require.False(t, othersToo(c.said(h.checker, again)))
		require.NoError(t, undo(batch, false))
		require.Error(t, undo(first, true))
		require.NoError(t, undo(second, true))
		require.Equal(t, check.Scam, c.said(h.checker, again).Outcome, "three of the first one are left")

		// What is no tip, says too little or nothing is not compared with, and stays open.
		for _, other := range []struct{ code, says string }{
			{c.given(reports.Loss, 4, frontDesk), "only a tip"},
			{c.given(reports.Compound, 4, frontDesk), "only a tip"},
			{c.given(reports.Tip, 4, "hello dear"), "too short"},
			{c.given(reports.Tip, 4), "no words of an offer"},
		} {
			_, err := c.confirms(other.code, check.Task)
			require.ErrorContains(t, err, other.says)
			require.True(t, c.open(other.code))
		}
		plain := c.given(reports.Tip, 5, frontDesk)
		_, err = c.closes(plain, "rumour")
		require.ErrorIs(t, err, errUsage)
		require.ErrorContains(t, err, "recruitment, task")
		err = (&deskCloseCmd{desked: desked{storage: c.at}, Case: plain, Confirmed: "task"}).Run(t.Context(), c.typed(nil))
		require.ErrorIs(t, err, errUsage)
		require.True(t, c.open(plain))

		// Who cannot read the case confirms nothing.
		other := counter{t: t, at: c.at, r: c.r, file: filepath.Join(t.TempDir(), "stranger.key")}
		_, err = member{Identity: other.file}.create(other.typed(nil), c.at)
		require.NoError(t, err)
		_, err = other.closes(plain, "task")
		require.ErrorIs(t, err, reports.ErrNotYours)
		require.True(t, c.open(plain))
		out, err = c.closes(plain, "")
		require.NoError(t, err)
		require.Empty(t, out)
		require.False(t, c.open(plain))
	})
}

// An offer in several messages is known in one piece and in each that says enough.
func TestConfirmedTipOfSeveralMessages(t *testing.T) {
	h, err := loaded()
	require.NoError(t, err)
	c := newCounter(t, dbtest.SQLite(t))
	const school = "Dear parents, the school closes earlier on Friday because of the summer party. Please bring cake, salad or drinks, and " +
		"collect your children in the yard at noon. The buses go an hour earlier than on other days. We thank you all for your help."
	n, err := c.confirms(c.given(reports.Tip, 1, frontDesk, "hello dear", school), check.Recruitment)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	for _, text := range []string{frontDesk, school, frontDesk + "\nhello dear\n" + school} {
		require.Equal(t, check.Trafficking, c.said(h.checker, text).Outcome)
	}
}

// The help names every kind a tip can be confirmed as.
func TestConfirmedKinds(t *testing.T) {
	field, ok := reflect.TypeFor[deskCloseCmd]().FieldByName("Confirmed")
	require.True(t, ok)
	for _, k := range known.Kinds() {
		require.Contains(t, field.Tag.Get("help"), string(k))
	}
}

// The words of a tip that was made in a talk are found where they are looked for.
func TestATipOfATalkIsConfirmed(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.say(frontDesk)
	p.say("/report")
	p.tap(".go.tip")
	p.tap(".tf_offer.take")
	p.tap(".tf_offer.keep")
	for !strings.Contains(buttonsOf(p.Last()), ".ff_do.send") {
		p.tap(".skip")
	}
	p.tap(".ff_do.send")
	cases := g.cases()
	require.Len(t, cases, 1)
	require.Equal(t, reports.Tip, cases[0].Kind)
	o, err := g.rooms.desk.Read(context.Background(), cases[0].Code, g.reader.Key())
	require.NoError(t, err)
	n, err := confirm(context.Background(), g.rooms, g.house.checker, o, check.Fee)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	m := &memory{d: g.d, house: g.house, at: -1}
	require.NoError(t, m.look(context.Background()))
	require.Equal(t, check.Scam, g.house.with.Judge(check.Case{Texts: []string{frontDesk}}).Outcome)
	require.NoError(t, g.house.remember(nil))
}
