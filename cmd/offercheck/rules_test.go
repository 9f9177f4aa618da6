package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
)

// The numbered rules of a danger talk, each by name.

const cry = "help me they locked us in the building in Myawaddy and took my passport, I cannot leave"

// Rule 1: danger words are never sent, only edited into a message whose id is
// stored; after free text a start card is sent first.
func TestRule1DangerWordsAreOnlyEditedIn(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p, by := g.prisoner("en"), g.prisoner("en")
	words := telltales(t, g, "en")
	before := w.count()
	p.say(cry)
	by.tap(".go.help")
	for _, q := range []*prisoner{p, by} {
		for _, data := range fourTaps() {
			q.tap(data)
		}
		q.tap(".dg_leave.exit")
	}
	sent, edited := 0, 0
	for _, c := range w.since(before) {
		switch c.method {
		case "sendMessage":
			sent++
			require.Equal(t, p.startCard(), plain(t, c.values.Get("text")))
		case "editMessageText":
			require.NotZero(t, c.message())
			for _, word := range words {
				if strings.Contains(plain(t, c.values.Get("text")), word) {
					edited++
					break
				}
			}
		}
	}
	require.Equal(t, 1, sent, "after free text, and only then")
	require.Greater(t, edited, 8)
}

func TestRule1ADoubledStartCardIsHarmless(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	words := telltales(t, g, "en")
	g.s.Fail("sendMessage", telegramtest.DropAfter())
	p.say(cry)
	require.Len(t, p.FromBot(), 3, "the first one, and one that was sent twice")
	told := 0
	for _, m := range p.FromBot() {
		for _, word := range words {
			if strings.Contains(m.Text, word) {
				told++
				break
			}
		}
	}
	require.Equal(t, 1, told, "only one of them became the card")
	p.tap(".dg_phone.yes")
	p.tap(".dg_leave.exit")
	p.onlyTheStartCard()
	require.Len(t, g.cases(), 1)
}

// Rule 2: the id of a message is in the session and the purge table as soon as
// its row is gone from the outbox, so whoever dies between loses nothing.
func TestRule2TheMessagesIdIsWrittenWithTheRowsRemoval(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p := g.prisoner("en")
	x, err := sqlx.Open("sqlite", filepath.Join(g.dir, "bot.db"))
	require.NoError(t, err)
	defer x.Close()
	var looks atomic.Int32
	lane := g.rooms.v.Chat(p.Chat)
	w.set(func(c said) (int, string) {
		if c.chat != p.Chat || c.method != "editMessageText" {
			return 0, ""
		}
		var traces, queued int
		if x.Get(&traces, `SELECT count(*) FROM tidy WHERE lane = ?`, lane) == nil &&
			x.Get(&queued, `SELECT count(*) FROM outbox WHERE lane = ? AND class = ?`, lane, int64(outbox.Check)) == nil &&
			traces >= 1 && queued == 0 {
			looks.Add(1)
		}
		return 0, ""
	})
	p.say(cry)
	require.Positive(t, looks.Load(), "when the danger words leave, the start card's id is known and to be purged")
	w.set(nil)
	// The answer to the sending was lost with the process: the row is still there.
	q := g.prisoner("en")
	var dead sync.Once
	died := make(chan struct{})
	w.set(func(c said) (int, string) {
		if c.method == "sendMessage" && c.chat == q.Chat {
			dead.Do(func() { g.stop(); close(died) })
			return 502, "Bad Gateway"
		}
		return 0, ""
	})
	q.Send(cry)
	<-died
	g.halt()
	require.Equal(t, 1, g.rows(`SELECT count(*) FROM outbox WHERE lane = ? AND class = ?`, g.rooms.v.Chat(q.Chat), int64(outbox.Danger))+
		g.rows(`SELECT count(*) FROM outbox WHERE lane = ? AND class = ?`, g.rooms.v.Chat(q.Chat), int64(outbox.Check)))
	w.set(nil)
	g.start()
	require.True(t, g.s.Wait(patience, func() bool { return len(q.FromBot()) == 2 && q.Last().Edits > 0 }), telegramtest.Transcript(q.Screen()))
}

// Rule 3: a cover passes what is under way in its lane, and goes out once more
// after it, for nobody knows which of the two arrived last.
func TestRule3ACoverPassesAndGoesOutOnceMore(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p := g.prisoner("en")
	p.tap(".go.help")
	card := p.Last().ID
	held, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.set(func(c said) (int, string) {
		if p.writesDanger(c) {
			once.Do(func() { close(held); <-free }) // it is on its way, and slow
		}
		return 0, ""
	})
	nonce := strings.TrimSuffix(p.button(".dg_phone.yes"), ".dg_phone.yes")
	p.Press(card, nonce+".dg_phone.yes")
	<-held
	before := w.count()
	p.Press(card, nonce+".dg_leave.exit") // an old button by now, and the way out all the same
	p.covered(card)
	require.Positive(t, covering(p, w.since(before)), "it does not wait for the slow one")
	close(free)
	require.True(t, g.s.Wait(patience, func() bool {
		for _, m := range p.FromBot() {
			if m.ID == card {
				return m.Edits >= 4 && strings.TrimSpace(m.Text) == p.startCard()
			}
		}
		return false
	}), "the slow one arrived last and stayed:\n%s", telegramtest.Transcript(p.Screen()))
	g.quiet()
	p.onlyTheStartCard()
}

func covering(p *prisoner, calls []said) (n int) {
	for _, c := range calls {
		if p.covers(c) {
			n++
		}
	}
	return n
}

// button is the data of the newest button that ends so.
func (p *prisoner) button(end string) string {
	p.g.t.Helper()
	list := p.FromBot()
	for i := len(list) - 1; i >= 0; i-- {
		for _, b := range list[i].Buttons() {
			if strings.HasSuffix(b.Data, end) {
				return b.Data
			}
		}
	}
	require.Fail(p.g.t, "no button "+end, telegramtest.Transcript(p.Screen()))
	return ""
}

// ends are the ways in which a talk ends.
func ends() map[string]func(p *prisoner) {
	return map[string]func(p *prisoner){
		"exit":  func(p *prisoner) { p.Press(p.Last().ID, p.button(".dg_leave.exit")) },
		"x":     func(p *prisoner) { p.Send("x") },
		"/exit": func(p *prisoner) { p.Send("/exit") },
		"idle":  func(p *prisoner) { p.g.s.Advance(3*time.Minute + time.Second) },
		"block": func(p *prisoner) { p.Block(); p.g.quietFor(p); p.Unblock() },
		"stop":  func(p *prisoner) { p.Send("/start") },
	}
}

// quietFor waits until the bot took everything that was done.
func (g *gate) quietFor(*prisoner) {
	g.t.Helper()
	require.True(g.t, g.s.Wait(patience, func() bool { return g.s.Pending() == 0 }))
}

// Rule 3: while the whole token is held, covers leave all the same, one a second,
// and nothing else does.
func TestRule3AHoldOnTheTokenLeavesRoomForCovers(t *testing.T) {
	g := newGate(t)
	g.halt()
	g.pace = outbox.NewPace()
	w := newWire(t, g) // begins the next life
	var open []*prisoner
	var cards []int
	for range 3 {
		p, _ := g.report("en")
		open, cards = append(open, p), append(cards, p.Last().ID)
	}
	other := g.prisoner("th")
	received := other.Received()
	var mu sync.Mutex
	var left []time.Time
	w.set(func(c said) (int, string) {
		for _, p := range open {
			if p.covers(c) {
				mu.Lock()
				left = append(left, g.s.Now())
				mu.Unlock()
			}
		}
		return 0, ""
	})
	for lane := range 3 { // as after three answers of "too many requests" from three chats
		g.pace.Hold(g.s.Now(), outbox.Item{Lane: fmt.Sprint("lane ", lane)}, time.Hour)
	}
	const idle = 3*time.Minute + 5*time.Second
	began := g.s.Now().Add(idle)
	g.s.Advance(idle)
	other.Send("We need drivers for our bakery in town, call our office")
	for i, p := range open {
		p.covered(cards[i])
		p.onlyTheStartCard()
	}
	require.Equal(t, received, other.Received(), "an answer waits")
	mu.Lock()
	defer mu.Unlock()
	require.GreaterOrEqual(t, len(left), 3)
	// A call may be long on its way, but none comes before it was let go: so it is the
	// beginning that is counted from, and not the one before.
	slices.SortFunc(left, time.Time.Compare)
	for i := range left {
		require.GreaterOrEqual(t, left[i].Sub(began), time.Duration(i)*time.Second-time.Millisecond, "one a second")
	}
}

// Rule 4: whatever ends a talk takes back every danger item that was not
// delivered, in the transaction that queues the cover.
func TestRule4EveryEndTakesBackWhatWasNotDelivered(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	for name, end := range ends() {
		t.Run(name, func(t *testing.T) {
			p := g.prisoner("en")
			p.tap(".go.help")
			card := p.Last().ID
			lane := g.rooms.v.Chat(p.Chat)
			var ended atomic.Bool
			var late, waiting atomic.Int32
			w.set(func(c said) (int, string) {
				switch {
				case p.writesDanger(c) && ended.Load():
					late.Add(1)
				case p.writesDanger(c):
					return 502, "Bad Gateway"
				case p.covers(c):
					ended.Store(true)
					waiting.Add(int32(g.rows(`SELECT count(*) FROM outbox WHERE lane = ? AND class = ? AND expires_at > ?`,
						lane, int64(outbox.Danger), g.s.Now().UnixMilli())))
				}
				return 0, ""
			})
			p.Press(card, p.button(".dg_phone.yes"))
			// Tried three times and not under way: the next try is seconds off. What is under way at the end is followed by the cover instead.
			require.True(t, g.s.Wait(patience, func() bool {
				return g.rows(`SELECT count(*) FROM outbox WHERE lane = ? AND class = ? AND attempts > 2 AND claimed_until < ?`,
					lane, int64(outbox.Danger), g.s.Now().UnixMilli()) == 1
			}), "it waits")
			end(p)
			p.covered(card)
			g.quiet()
			require.Zero(t, waiting.Load(), "taken back before the cover left")
			require.Zero(t, late.Load(), "and nothing of it after")
			require.Zero(t, g.rows(`SELECT count(*) FROM outbox WHERE lane = ? AND class = ?`, lane, int64(outbox.Danger)))
			w.set(nil)
			p.clean(t, telltales(t, g, "en"))
		})
	}
}

// Rule 4: who took the tap tries the cover itself, before the outbox and before
// the tap is answered.
func TestRule4TheCoverIsTriedAtOnce(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p := g.prisoner("en")
	p.tap(".go.help")
	p.tap(".dg_phone.yes")
	before := w.count()
	p.tap(".dg_leave.exit")
	order := ""
	for _, c := range w.since(before) {
		switch {
		case p.covers(c):
			order += "c"
		case c.method == "answerCallbackQuery":
			order += "a"
		}
	}
	require.Less(t, strings.Index(order, "c"), strings.Index(order, "a"), order)
	require.GreaterOrEqual(t, strings.Count(order, "c"), 1)
}

// Rule 5: a danger item that cannot be delivered within a minute is dropped.
func TestRule5DangerWordsAreNeverLate(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p := g.prisoner("en")
	p.tap(".go.help")
	var closed atomic.Bool
	closed.Store(true)
	var late atomic.Int32
	w.set(func(c said) (int, string) {
		switch {
		case p.writesDanger(c) && closed.Load():
			return 502, "Bad Gateway"
		case p.writesDanger(c):
			late.Add(1)
		}
		return 0, ""
	})
	p.Press(p.Last().ID, p.button(".dg_phone.yes"))
	lane := g.rooms.v.Chat(p.Chat)
	danger := func() int {
		return g.rows(`SELECT count(*) FROM outbox WHERE lane = ? AND class = ?`, lane, int64(outbox.Danger))
	}
	require.True(t, g.s.Wait(patience, func() bool { return danger() == 1 }))
	g.s.Advance(time.Minute)
	require.True(t, g.s.Wait(patience, func() bool { return danger() == 0 }))
	closed.Store(false)
	g.quiet()
	require.Zero(t, late.Load())
}

// Rule 5: covers wait while the chat is closed to us, for 46 hours.
func TestRule5CoversWaitWhileTheChatIsClosed(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p := g.prisoner("en")
	p.tap(".go.help")
	p.tap(".dg_phone.yes")
	card := p.Last().ID
	w.set(func(c said) (int, string) {
		if c.chat == p.Chat {
			return 403, "Forbidden: bot was blocked by the user"
		}
		return 0, ""
	})
	p.Send("x")
	g.quietFor(p)
	waits := func() bool {
		return g.rows(`SELECT count(*) FROM outbox WHERE lane = ? AND class = ?`, g.rooms.v.Chat(p.Chat), int64(outbox.Cover)) >= 1
	}
	for range 3 {
		require.True(t, waits())
		g.s.Advance(15 * time.Hour)
	}
	require.True(t, waits(), "after 45 hours")
	require.NotEqual(t, p.startCard(), strings.TrimSpace(p.Last().Text))
	w.set(nil)
	g.s.Advance(16 * time.Minute)
	p.covered(card)
}

// Rule 6: what is older than two minutes when it is read is sealed and filed, its
// message deleted, the card covered. Nothing is sent.
func TestRule6WhatIsOldIsFiledAndCovered(t *testing.T) {
	for _, pause := range []time.Duration{2*time.Minute + 20*time.Second, 9 * time.Minute} {
		t.Run(pause.String(), func(t *testing.T) {
			g := newGate(t)
			w := newWire(t, g)
			p := g.prisoner("en")
			p.tap(".go.help")
			for _, data := range fourTaps() {
				p.tap(data)
			}
			card := p.Last().ID
			g.halt()
			late := p.Send("they took our phones, this is a guard's, the gate is green")
			before := w.count()
			g.s.Advance(pause)
			g.start()
			p.gone(late)
			p.covered(card)
			g.quiet()
			for _, c := range w.since(before) {
				require.NotEqual(t, "sendMessage", c.method)
				require.False(t, p.writesDanger(c))
			}
			require.Len(t, g.cases(), 1)
			require.Contains(t, g.read(g.cases()[0].Code), "the gate is green")
			p.onlyTheStartCard()
		})
	}
}

// Rule 7: an update the bot chokes on is deleted and sealed raw into the case
// that is open, the card is covered, and there is no apology.
func TestRule7APoisonUpdateIsDeletedSealedAndCovered(t *testing.T) {
	g := newGate(t)
	g.halt()
	judge := g.house.with.Judge
	g.house.with.Judge = func(c check.Case) check.Verdict {
		for _, text := range c.Texts {
			if strings.Contains(text, "choke") {
				panic("words: " + text)
			}
		}
		return judge(c)
	}
	g.start()
	w := newWire(t, g)
	for _, filed := range []bool{true, false} {
		t.Run(fmt.Sprint("a case ", filed), func(t *testing.T) {
			p := g.prisoner("en")
			cases := len(g.cases())
			p.tap(".go.help")
			if filed {
				for _, data := range fourTaps() {
					p.tap(data)
				}
			}
			card := p.Last().ID
			before := w.count()
			bad := p.Send("choke on the heron at the river gate")
			p.gone(bad)
			p.covered(card)
			g.quiet()
			for _, c := range w.since(before) {
				require.NotEqual(t, "sendMessage", c.method, "no apology")
			}
			if filed {
				require.Len(t, g.cases(), cases+1)
				text := ""
				for _, c := range g.cases() {
					text += g.read(c.Code)
				}
				require.Contains(t, text, "choke on the heron")
			}
			p.onlyTheStartCard()
		})
	}
}

// Rule 7: an update whose fields are not what they should be is met as by a bot
// that knows nothing: no apology, no sound, and the talk is covered, not stuck.
func TestRule7AnUpdateThatCannotBeReadCovers(t *testing.T) {
	for name, fields := range map[string]map[string]any{
		"text is no text":     {"text": map[string]any{"a": 1}},
		"photo is no photo":   {"photo": "x", "caption": 7},
		"something new":       {"hologram": map[string]any{"file_id": "h", "inside": []any{1, "two"}}},
		"entities are broken": {"text": "hello there", "entities": "none"},
		"nothing at all":      {},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t)
			w := newWire(t, g)
			p, code := g.report("en")
			card := p.Last().ID
			before := w.count()
			p.Post(fields)
			p.covered(card)
			g.quiet()
			for _, c := range w.since(before) {
				require.False(t, p.writesDanger(c))
				require.NotContains(t, c.values.Get("text"), g.house.words.Plain("en", "sorry", map[string]any{"ref": ""})[:12])
			}
			require.Len(t, p.phone.Notifications(), p.loud)
			require.Contains(t, g.read(code), "held")
			q, _ := g.report("en") // and others are not held up
			q.onlyTheCard()
		})
	}
}

// Rule 8: a message that is gone already is deleted; a card that is gone is never
// sent anew.
func TestRule8WhatIsGoneIsGone(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p, _ := g.report("en")
	p.until("dg_debt")
	var words int
	free := make(chan struct{})
	w.set(func(c said) (int, string) {
		if c.chat == p.Chat && strings.HasPrefix(c.method, "delete") {
			<-free // the person is quicker
		}
		return 0, ""
	})
	words = p.Send("two thousand dollars to boss Lin")
	g.quietFor(p)
	p.Remove(words)
	close(free)
	g.quiet()
	w.set(nil)
	lane := g.rooms.v.Chat(p.Chat)
	require.True(t, g.s.Wait(patience, func() bool { return g.rows(`SELECT count(*) FROM tidy WHERE lane = ?`, lane) == 1 }), "only the card's trace is left")
	require.Zero(t, g.rows(`SELECT count(*) FROM dead_letters`))

	card, data := p.Last().ID, p.button(".skip")
	p.Remove(card)
	before := w.count()
	p.Press(card, data)
	g.quiet()
	for _, c := range w.since(before) {
		require.NotEqual(t, "sendMessage", c.method)
	}
	require.Empty(t, p.FromBot())
	require.Zero(t, g.rows(`SELECT count(*) FROM outbox WHERE lane = ?`, lane))
}

// Rule 9: no keyboards of the chat, no sound, protection for the danger card
// alone, and never a word in a group.
func TestRule9NothingRemainsSoundsOrIsSaidInAGroup(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	p := g.prisoner("en")
	require.NotContains(t, sendings(w, 0, p.Chat), "protect_content", "the ordinary start card is not protected")
	before := w.count()
	p.say(cry)
	for _, data := range fourTaps() {
		p.tap(data)
	}
	p.tap(".dg_leave.exit")
	p.say("hi")
	p.say("We need drivers for our bakery in town, call our office")
	for _, c := range w.since(before) {
		markup := c.values.Get("reply_markup")
		require.True(t, markup == "" || strings.HasPrefix(markup, `{"inline_keyboard":`), markup)
		if c.method == "sendMessage" {
			require.Equal(t, "true", c.values.Get("disable_notification"))
			if c.values.Get("protect_content") != "" {
				require.Equal(t, p.startCard(), plain(t, c.values.Get("text")), "nothing else is protected")
			}
		}
	}
	require.Contains(t, sendings(w, before, p.Chat), "protect_content", "the one that becomes the danger card is")
	require.Len(t, p.phone.Notifications(), p.loud)

	group := g.s.Group("Jobs", g.s.Person("en"))
	group.Promote()
	before = w.count()
	member := p.In(group)
	member.Send("@" + g.s.Username + " " + cry)
	member.Send("/check " + cry)
	member.Send("/check@" + g.s.Username + " " + cry)
	g.quiet()
	for _, c := range w.since(before) {
		require.NotEqual(t, group.ID, c.chat, "%s in a group", c.method)
	}
}

// sendings are the parameters of what was sent to a chat.
func sendings(w *wire, from int, chat int64) string {
	var out []string
	for _, c := range w.since(from) {
		if c.method == "sendMessage" && c.chat == chat {
			out = append(out, c.values.Encode())
		}
	}
	return strings.Join(out, "\n")
}

// Rule 10: an idle talk is covered within ten seconds of its third minute, and its
// timer says nothing of whose it is.
func TestRule10IdleTalksAreCoveredAndTheTimerIsSealed(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.tap(".go.help")
	p.tap(".dg_phone.yes")
	var body []byte
	var due int64
	require.NoError(t, g.d.Tx(context.Background(), func(tx *db.Tx) error {
		if err := tx.Get(context.Background(), &body, `SELECT body FROM timers WHERE name = 'idle'`); err != nil {
			return err
		}
		return tx.Get(context.Background(), &due, `SELECT due_at FROM timers WHERE name = 'idle'`)
	}))
	require.Zero(t, due%time.Minute.Milliseconds())
	for _, n := range numbers(p.Chat) {
		if len(n) > 3 {
			require.False(t, bytes.Contains(body, n))
		}
	}
	began := g.s.Now()
	g.s.Advance(2*time.Minute + 55*time.Second)
	g.quiet()
	p.onlyTheCard()
	p.covered(p.Last().ID)
	took := g.s.Now().Sub(began)
	require.InDelta(t, 3*time.Minute, took, float64(10*time.Second))
}

// Rule 11: every tap is answered exactly once, within five seconds: at once or
// with its text; the same button shows it again.
func TestRule11EveryTapIsAnsweredOnceAndShownAgain(t *testing.T) {
	g := newGate(t)
	p, _ := g.report("en")
	for range 40 { // every question to the end, a pop-up of each, some answers
		for _, b := range p.Last().Buttons() {
			if strings.Contains(b.Data, ".dg_mean.") {
				first := p.Press(p.Last().ID, b.Data)
				again := p.Press(p.Last().ID, b.Data)
				require.True(t, first.Await(patience) && again.Await(patience))
				require.NotEmpty(t, first.Pop())
				require.Equal(t, first.Pop(), again.Pop(), "the same button shows it again")
				break
			}
		}
		if !strings.Contains(buttonsOf(p.Last()), ".skip") {
			break
		}
		p.tap(".skip")
	}
	// One after the other, as a thumb does it: what is measured is how long each takes,
	// not how long it stands behind all the others.
	card, exit := p.Last().ID, p.button(".dg_leave.exit")
	p.pressEach(func(tap *telegramtest.Tap) { require.True(t, tap.Await(patience)) })
	p.Press(card, exit)
	g.quiet()
	require.Greater(t, len(g.s.Taps()), 40)
	for _, tap := range g.s.Taps() {
		require.True(t, tap.Await(patience))
		require.Equal(t, 1, tap.Answers(), tap.Data)
		require.Less(t, tap.Took(), 5*time.Second)
	}
}

func buttonsOf(m telegramtest.Message) string {
	var out []string
	for _, b := range m.Buttons() {
		out = append(out, b.Data)
	}
	return strings.Join(out, " ")
}

// Rule 11: when the commit takes longer than that the tap is answered empty, and
// the same button shows the text.
func TestRule11ASlowCommitLeavesNoButtonSpinning(t *testing.T) {
	g := newGate(t)
	p, _ := g.report("en")
	data := p.button(".dg_mean.way_1")
	free, held := make(chan struct{}), make(chan struct{})
	go func() { // the database is busy
		_ = g.d.Tx(context.Background(), func(*db.Tx) error { close(held); <-free; return nil })
	}()
	<-held
	slow := p.Press(p.Last().ID, data)
	require.True(t, slow.Await(patience))
	close(free)
	require.Empty(t, slow.Pop())
	require.Less(t, slow.Took(), 5*time.Second)
	g.quiet()
	require.Equal(t, 1, slow.Answers())
	again := p.Press(p.Last().ID, data)
	require.True(t, again.Await(patience))
	require.NotEmpty(t, again.Pop())
}
