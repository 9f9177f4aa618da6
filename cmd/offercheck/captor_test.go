package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/telegram"
	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

// gate is a bot whose danger door is open in every language, a hotline with one
// member behind it, and a messenger that shows what a captor sees. Its clock is
// the messenger's, and can be moved.
type gate struct {
	t      *testing.T
	s      *telegramtest.Server
	d      *db.DB
	rooms  *rooms
	house  *house
	reader vault.Identity
	dir    string
	known  map[string]bool // cases seen
	pace   *outbox.Pace    // nil: the fake messenger needs no courtesy
	bare   bool            // no desk behind it

	stop    context.CancelFunc
	running sync.WaitGroup
}

// loaded is what takes long to load and is the same for every gate.
var loaded = sync.OnceValues(func() (*house, error) { return furnish("") })

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{t: t, s: telegramtest.New(t), dir: t.TempDir(), known: map[string]bool{}}
	h, err := loaded()
	require.NoError(t, err)
	own := *h
	g.house = &own
	ctx := context.Background()
	opened, err := db.Open(ctx, filepath.Join(g.dir, "bot.db"))
	require.NoError(t, err)
	require.NoError(t, opened.Migrate(ctx))
	g.d = opened.WithClock(g.s.Now)
	g.rooms, err = desked{storage: storage{DataDir: g.dir}, DeskURL: "https://desk.example/"}.rooms(g.d)
	require.NoError(t, err)
	require.NoError(t, g.rooms.desk.Init(ctx, fmt.Sprintf(oneHotline, "Harbour line")))
	g.reader, err = vault.NewIdentity()
	require.NoError(t, err)
	link, err := g.rooms.desk.Invite(ctx, "first")
	require.NoError(t, err)
	_, err = g.rooms.desk.Enrol(ctx, link, g.reader.Reader(), g.reader.SignIn(), nil)
	require.NoError(t, err)
	require.NoError(t, g.rooms.desk.SetDoor(ctx, reports.Door{Languages: sixLanguages}))
	g.start()
	t.Cleanup(func() {
		g.halt()
		_ = g.d.Close()
	})
	return g
}

// start begins a life of the bot, halt ends it; what is between two calls of the
// messenger is lost, as with a process that dies.
func (g *gate) start() {
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	if g.bare {
		g.house.with.Door, g.house.with.Office = nil, nil
		g.house.book = flows.New(g.house.with)
	} else {
		office, err := newOffice(ctx, g.rooms.desk, g.rooms.directory)
		require.NoError(g.t, err)
		g.house.staffed(office)
	}
	b, err := bot.New(ctx, g.d, g.rooms.v, g.house.book, g.house.words)
	require.NoError(g.t, err)
	client, err := telegram.New(g.s.Token, g.s.URL, nil)
	require.NoError(g.t, err)
	if b.Hear, b.Fetch = g.house.hear, client.Fetch; !g.bare {
		b.Desk = g.rooms.desk
	}
	b.Read = func(_ context.Context, _ string, f flows.File) (flows.File, error) {
		f.Unread = flows.UnreadPoor
		return f, nil
	}
	courier := b.Courier(map[string]outbox.Carrier{bot.Kind: client, bot.KindEvidence: b}, g.pace)
	g.running.Go(func() { _ = courier.Run(ctx) })
	g.running.Go(func() { _ = client.Poll(ctx, b) })
}

func (g *gate) halt() {
	if g.stop != nil {
		g.stop()
		g.running.Wait()
		g.stop = nil
	}
}

// passes lets time go by while the bot is halted, as it goes by for one that runs:
// hour by hour, and the keys are turned when their day comes. All of it at once
// would be a leap of the clock whenever midnight comes twice in it.
func (g *gate) passes(d time.Duration) {
	g.t.Helper()
	for ; d > 0; d -= time.Hour {
		g.s.Advance(min(d, time.Hour))
		require.NoError(g.t, g.rooms.v.Reach(g.s.Now()))
		require.NoError(g.t, g.d.Tx(context.Background(), func(tx *db.Tx) error { return outbox.Renew(context.Background(), tx, g.rooms.v) }))
	}
}

// quiet waits until everything done is handled and everything due has left.
func (g *gate) quiet() {
	g.t.Helper()
	require.True(g.t, g.s.Wait(patience, func() bool {
		if g.s.Pending() > 0 {
			return false
		}
		n := 1
		err := g.d.Tx(context.Background(), func(tx *db.Tx) error {
			return tx.Get(context.Background(), &n, `SELECT count(*) FROM outbox WHERE due_at <= ?`, db.Ms(tx.Now)+2000)
		})
		return err == nil && n == 0
	}), "never quiet")
}

// prisoner is somebody whose phone a captor looks at after everything they do.
type prisoner struct {
	*telegramtest.Person
	g      *gate
	phone  *telegramtest.Device
	second *telegramtest.Device
	loud   int      // notifications before the door opened
	old    []string // every button seen, as message id and data
	lang   string
}

func (g *gate) prisoner(lang string) *prisoner {
	p := &prisoner{Person: g.s.Person(lang), g: g, lang: lang}
	p.phone, p.second = p.Phone(), p.Device()
	p.Send("/start")
	g.quiet()
	p.loud = len(p.phone.Notifications())
	p.note()
	return p
}

func (p *prisoner) note() {
	for _, m := range p.FromBot() {
		for _, b := range m.Buttons() {
			if x := fmt.Sprint(m.ID, " ", b.Data); b.Data != "" && !slices.Contains(p.old, x) {
				p.old = append(p.old, x)
			}
		}
	}
}

// tap presses the button of the newest message whose data ends so.
func (p *prisoner) tap(end string) *telegramtest.Tap {
	p.g.t.Helper()
	list := p.FromBot()
	for i := len(list) - 1; i >= 0; i-- {
		for _, b := range list[i].Buttons() {
			if b.Data != "" && strings.HasSuffix(b.Data, end) {
				t := p.Press(list[i].ID, b.Data)
				p.g.quiet()
				p.note()
				return t
			}
		}
	}
	require.Fail(p.g.t, "no button "+end, telegramtest.Transcript(p.Screen()))
	return nil
}

func (p *prisoner) say(text string) {
	p.Send(text)
	p.g.quiet()
	p.note()
}

// startCard is the card as everybody has it.
func (p *prisoner) startCard() string {
	return strings.TrimSpace(p.g.house.words.Plain(p.lang, "start", nil))
}

// onlyTheCard is what both devices must show during the talk: one message, and
// not the start card.
func (p *prisoner) onlyTheCard() {
	p.g.t.Helper()
	for _, d := range []*telegramtest.Device{p.phone, p.second} {
		screen := d.Screen()
		mine := slices.DeleteFunc(slices.Clone(screen), func(m telegramtest.Message) bool { return m.Bot || m.Text == "/start" })
		require.Empty(p.g.t, mine, "the person's own words stay:\n%s", telegramtest.Transcript(screen))
		bots := slices.DeleteFunc(slices.Clone(screen), func(m telegramtest.Message) bool { return !m.Bot })
		require.Len(p.g.t, bots, 1, telegramtest.Transcript(screen))
		require.NotEqual(p.g.t, p.startCard(), strings.TrimSpace(bots[0].Text))
		require.Len(p.g.t, d.Notifications(), p.loud, "a notification after the door opened")
	}
}

// onlyTheStartCard is what must be left after each exit.
func (p *prisoner) onlyTheStartCard() {
	p.g.t.Helper()
	for _, d := range []*telegramtest.Device{p.phone, p.second} {
		screen := d.Screen()
		for _, m := range screen {
			if m.Bot {
				require.Equal(p.g.t, p.startCard(), strings.TrimSpace(m.Text), telegramtest.Transcript(screen))
			} else {
				require.Equal(p.g.t, "/start", m.Text, telegramtest.Transcript(screen))
			}
		}
		require.Len(p.g.t, d.Notifications(), p.loud, "a notification after the door opened")
	}
}

// fourTaps are a report.
func fourTaps() []string {
	return []string{".dg_phone.yes", ".dg_who.self", ".dg_what.held", ".dg_where.mm"}
}

func (g *gate) cases() []reports.Case {
	g.t.Helper()
	all, err := g.rooms.desk.Queue(context.Background(), "", 100)
	require.NoError(g.t, err)
	return all
}

func (g *gate) read(code string) string {
	g.t.Helper()
	o, err := g.rooms.desk.Read(context.Background(), code, g.reader.Key())
	require.NoError(g.t, err)
	var out []string
	for _, p := range o.Parts {
		out = append(out, string(p.Body))
	}
	return strings.Join(out, "\n")
}

// TestFourTapsAreAReportInEveryLanguage walks the door by its button, four taps and
// the way out, and looks at both devices at every step.
func TestFourTapsAreAReportInEveryLanguage(t *testing.T) {
	g := newGate(t)
	for i, lang := range sixLanguages {
		t.Run(lang, func(t *testing.T) {
			p := g.prisoner(lang)
			p.tap(".go.help")
			p.onlyTheCard()
			for _, data := range fourTaps() {
				p.tap(data)
				p.onlyTheCard()
			}
			require.Len(t, g.cases(), i+1)
			p.tap(".dg_leave.exit")
			p.onlyTheStartCard()
		})
	}
	for _, c := range g.cases() {
		text := g.read(c.Code)
		for _, want := range []string{`"dg_phone"`, `"self"`, `"held"`, `"mm"`} {
			require.Contains(t, text, want)
		}
	}
}

// TestWordsOpenTheDoorAndGo: danger words are never sent, only written into a
// start card that is there; the person's words are sealed and taken away.
func TestWordsOpenTheDoorAndGo(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.say("help me they locked us in the building in Myawaddy and took my passport, I cannot leave")
	screen := p.phone.Screen()
	for _, m := range screen {
		require.NotContains(t, m.Text, "Myawaddy", telegramtest.Transcript(screen))
	}
	require.Len(t, p.phone.Notifications(), p.loud, "a notification after the door opened")
	p.tap(".dg_phone.yes")
	require.Len(t, g.cases(), 1)
	require.Contains(t, g.read(g.cases()[0].Code), "took my passport")
	p.tap(".dg_leave.exit")
	p.onlyTheStartCard()
}

// TestNoIsAnInstantCover: the phone is not safe, so the card goes at once and the
// answer is a case all the same.
func TestNoIsAnInstantCover(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.tap(".go.help")
	p.tap(".dg_phone.no")
	p.onlyTheStartCard()
	require.Len(t, g.cases(), 1)
}

// TestIdleTalksAreCovered within ten seconds of the third minute, also by a bot
// that was down meanwhile.
func TestIdleTalksAreCovered(t *testing.T) {
	for _, down := range []bool{false, true} {
		t.Run(fmt.Sprint("down ", down), func(t *testing.T) {
			g := newGate(t)
			p := g.prisoner("en")
			p.tap(".go.help")
			p.tap(".dg_phone.yes")
			if down {
				g.halt()
			}
			g.s.Advance(2*time.Minute + 50*time.Second)
			if !down {
				p.onlyTheCard()
			}
			g.s.Advance(20 * time.Second)
			if down {
				g.start()
			}
			require.True(t, g.s.Wait(patience, func() bool { return strings.TrimSpace(p.Last().Text) == p.startCard() }),
				telegramtest.Transcript(p.Screen()))
			p.onlyTheStartCard()
			require.Len(t, g.cases(), 1, "what was sealed stays a case")
		})
	}
}

// TestLinesWhereNoReportIsTaken: in a language whose door is closed, and in an
// installation without any hotline, a cry is met with public lines on the same
// card: covered as every card, and nothing kept.
func TestLinesWhereNoReportIsTaken(t *testing.T) {
	for _, desk := range []bool{true, false} {
		t.Run(fmt.Sprint("a desk ", desk), func(t *testing.T) {
			g := newGate(t)
			g.halt()
			require.NoError(t, g.rooms.desk.SetDoor(context.Background(), reports.Door{Languages: []string{"en"}}))
			if !desk {
				g.bare = true
			}
			g.start()
			for _, lang := range []string{"id", "vi", "my"} {
				p := g.prisoner(lang)
				cry := map[string]string{
					"id": "Saya disekap di Myawaddy, paspor saya diambil, tidak boleh keluar", "vi": "Tôi bị nhốt ở Myawaddy, họ giữ hộ chiếu, không cho ra ngoài",
					"my": "မြဝတီမှာ ပိတ်လှောင်ခံထားရတယ်၊ ပတ်စပို့ သိမ်းထားတယ်၊ ထွက်ခွင့်မပေးဘူး",
				}[lang]
				said := p.Send(cry)
				g.quiet()
				p.gone(said)
				p.Remove(p.FromBot()[0].ID) // the start card of before
				p.onlyTheCard()
				require.Contains(t, p.Last().Text, strings.TrimSpace(g.house.words.Plain(lang, "dg_lists_only", nil)), "the truth")
				p.tap(".dg_where.mm")
				p.onlyTheCard()
				p.tap(".dg_nation." + map[string]string{"id": "id", "vi": "vn", "my": "cn"}[lang])
				p.onlyTheCard()
				require.Contains(t, p.tap(".dg_line.0").Pop(), "+", "a number, in a pop-up")
				require.NotEmpty(t, p.tap(".dg_mean.care_3").Pop())
				p.onlyTheCard()
				card := p.Last().ID
				g.s.Advance(3*time.Minute + 5*time.Second)
				p.covered(card)
				g.quiet()
				require.Empty(t, g.cases())
				require.Len(t, p.phone.Notifications(), p.loud)
				p.say("hi")
				require.Equal(t, p.startCard(), strings.TrimSpace(p.Last().Text))
				require.Len(t, p.phone.Notifications(), p.loud)
			}
			require.Empty(t, g.s.Bugs())
		})
	}
}
