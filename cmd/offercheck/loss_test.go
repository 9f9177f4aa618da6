package main

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports"
)

// writes walks a loss up to the summary.
func (p *prisoner) writes() {
	p.say("/report")
	p.tap(".go.loss")
	p.tap(".lf_country.th")
	p.tap(".lf_paying.yes")
	p.tap(".lf_last.hour")
	p.tap(".lf_kind.invest")
	p.tap(".lf_way_1.bank")
	p.say("20/11/2024 14:30")
	p.say("๑,๕๐๐ บาท")
	p.say("=SUM(A1) Bank <b>")
	p.say("123-4-56789-0")
	p.tap(".lf_more_1.yes")
	p.tap(".lf_way_2.crypto")
	p.say("21/11/2024")
	p.say("300 USDT")
	p.tap(".lf_chain_2.tron")
	p.say("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t")
	p.tap(".end")
}

func (p *prisoner) holds(text string) bool {
	return slices.ContainsFunc(p.FromBot(), func(m telegramtest.Message) bool { return strings.Contains(m.Text, text) })
}

// A loss in every language, over the real messenger's rules: the lines of the
// country before any question, one sealed case, evidence that leaves the chat, the
// person's own papers, which can be deleted.
func TestLossInEveryLanguage(t *testing.T) {
	g := newGate(t)
	for i, lang := range sixLanguages {
		t.Run(lang, func(t *testing.T) {
			p := g.prisoner(lang)
			p.writes()
			require.True(t, p.holds("1441"), "the line of the country, verbatim, before the form")
			require.Len(t, g.cases(), i, "nothing is filed before it is sent")
			p.tap(".ff_do.send")
			require.Len(t, g.cases(), i+1)
			c := g.cases()[slices.IndexFunc(g.cases(), func(c reports.Case) bool { return !g.known[c.Code] })]
			g.known[c.Code] = true
			require.Equal(t, "loss", c.Kind)
			require.Equal(t, "TH", c.Country)
			require.True(t, p.holds("Harbour line"), "who reads it")
			text := g.read(c.Code)
			for _, want := range []string{`1500 THB`, `300 USDT`, `lf_kind`, `invest`, `2024-11-20T14:30+07:00`, `TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t`, `1234567890`} {
				require.Contains(t, text, want)
			}

			shot := p.Photo([]byte("a picture"), "")
			g.quiet()
			require.True(t, g.s.Wait(patience, func() bool {
				return !slices.ContainsFunc(p.Screen(), func(m telegramtest.Message) bool { return m.ID == shot })
			}), "evidence is sealed and leaves the chat")
			p.say("I forgot: they call him Ben")
			require.Contains(t, g.read(c.Code), "they call him Ben")
			require.Len(t, g.cases(), i+1, "what is added belongs to the same case")

			p.tap(".ff_do.bank")
			require.Contains(t, p.Last().Text, "1234567890")
			require.Contains(t, p.Last().Text, g.house.words.Plain(lang, "pk_l_account", nil))
			p.tap(".ff_do.page")
			page := p.Last()
			require.True(t, strings.HasSuffix(page.File, ".html"), page.File)
			require.Contains(t, string(page.Data), "=SUM(A1) Bank &lt;b&gt;")
			require.Contains(t, string(page.Data), g.house.words.Plain("en", "pk_title", nil))
			require.Contains(t, string(page.Data), g.house.words.Plain(lang, "pk_title", nil))
			require.Contains(t, string(page.Data), g.house.words.Plain("en", "lf_kind_invest", nil))
			require.NotContains(t, string(page.Data), "<script")
			p.tap(".ff_do.table")
			table := p.Last()
			rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(table.Data, []byte("\ufeff")))).ReadAll()
			require.NoError(t, err)
			require.Len(t, rows, 3)
			require.Contains(t, rows[1], "'=SUM(A1) Bank <b>", "no spreadsheet takes it for a formula")
			p.tap(".ff_gone.this")
			require.False(t, slices.ContainsFunc(p.Screen(), func(m telegramtest.Message) bool { return m.ID == table.ID }))

			p.tap(".ff_do.done")
			p.say("/report")
			require.False(t, slices.ContainsFunc(p.Last().Buttons(), func(b telegramtest.Button) bool { return strings.HasSuffix(b.Data, ".go.resume") }))
		})
	}
	require.Empty(t, g.s.Bugs())
}

// A draft goes a day after the last answer, whether anybody comes or not; a case
// files are added to is let go of after an hour.
func TestDraftsAreDropped(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.writes()
	lane := g.rooms.v.Chat(p.Chat)
	require.Equal(t, 1, g.rows(`SELECT count(*) FROM timers WHERE name = 'draft' AND lane = ?`, lane))
	p.tap(".ff_do.send")
	g.s.Advance(61 * time.Minute)
	before := g.read(g.cases()[0].Code)
	p.say("mum is well and the cat is fine too")
	require.Equal(t, before, g.read(g.cases()[0].Code), "nothing is added after an hour")
	require.Len(t, g.cases(), 1)
	g.s.Advance(25 * time.Hour)
	p.say("/report")
	require.False(t, slices.ContainsFunc(p.Last().Buttons(), func(b telegramtest.Button) bool { return strings.HasSuffix(b.Data, ".go.resume") }))
}

// Reminders come silently on their days, and end with one tap, with /delete and
// when a danger talk begins.
func TestReminders(t *testing.T) {
	g := newGate(t)
	timers := func(p *prisoner) int {
		return g.rows(`SELECT count(*) FROM timers WHERE name = 'remind' AND lane = ?`, g.rooms.v.Chat(p.Chat))
	}
	asked := func() *prisoner {
		p := g.prisoner("en")
		p.writes()
		p.tap(".ff_do.send")
		p.tap(".ff_do.remind")
		require.Equal(t, 1, timers(p))
		return p
	}
	hears, calm, wipes, held := asked(), asked(), asked(), asked()
	calm.tap(".ff_calm.off")
	require.Zero(t, timers(calm))
	wipes.say("/delete")
	wipes.tap(".delete.yes")
	require.Zero(t, timers(wipes))
	held.tap(".go.help") // on an older start card
	require.Zero(t, timers(held))

	due := func(key string) string { return g.house.words.Plain("en", key, nil) }
	loud := len(hears.phone.Notifications())
	g.halt()
	for day := range 8 { // each day the key of the day before yesterday is destroyed
		g.passes(24*time.Hour + time.Minute)
		if day == 0 {
			g.start()
			require.True(t, g.s.Wait(patience, func() bool { return hears.holds(due("due_th")) }))
			g.quiet()
			g.halt()
		}
	}
	require.Equal(t, 1, timers(hears))
	g.start()
	require.True(t, g.s.Wait(patience, func() bool { return hears.holds(due("due_recovery")) }))
	g.quiet()
	require.True(t, hears.holds(due("due_th")))
	require.True(t, hears.holds(due("due_recovery")))
	require.Len(t, hears.phone.Notifications(), loud, "without a sound")
	require.Zero(t, timers(hears))
	for _, p := range []*prisoner{calm, wipes, held} {
		require.False(t, p.holds(due("due_th")))
	}
}

// Somebody comes back with the number of a report and reads the answer; taking it
// back shreds the case.
func TestLossWayBack(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.say("/report")
	p.tap(".go.loss")
	p.tap(".lf_country.th")
	has := func(end string) bool {
		return slices.ContainsFunc(p.Last().Buttons(), func(b telegramtest.Button) bool { return strings.HasSuffix(b.Data, end) })
	}
	for n := 0; !has(".ff_number.yes"); n++ {
		require.Less(t, n, 60)
		p.tap(".skip")
	}
	p.tap(".ff_number.yes")
	p.tap(".ff_do.send")
	require.Len(t, g.cases(), 1)
	number := regexp.MustCompile(`\d{4} \d{4} \d{4} \d{4}`).FindString(p.Last().Text)
	require.NotEmpty(t, number)
	p.tap(".ff_do.done")

	other := g.prisoner("en") // from any account
	try := func(digits string) {
		other.say("/report")
		other.tap(".go.number")
		other.say(digits)
	}
	try("1234 5678 1234 5678")
	require.Contains(t, other.Last().Text, g.house.words.Plain("en", "ff_number_wrong", nil))
	try(number)
	require.Contains(t, other.Last().Text, g.house.words.Plain("en", "ff_no_letter", nil))
	other.tap(".ff_do.erase_old")
	require.Len(t, g.cases(), 1)
	other.tap(".ff_do.erase_now")
	require.Empty(t, g.cases())
	try(number)
	require.Contains(t, other.Last().Text, g.house.words.Plain("en", "ff_number_wrong", nil))
}
