package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/hotlines"
)

// report is somebody whose report is made, with no way back yet.
func (g *gate) report(lang string) (*prisoner, string) {
	g.t.Helper()
	before := len(g.cases())
	p := g.prisoner(lang)
	p.tap(".go.help")
	for _, data := range fourTaps() {
		p.tap(data)
	}
	all := g.cases()
	require.Len(g.t, all, before+1)
	newest := all[0]
	for _, c := range all {
		if !g.known[c.Code] {
			newest = c
		}
		g.known[c.Code] = true
	}
	return p, newest.Code
}

// pictures taps four pictures by their places.
func (p *prisoner) pictures(step, before string, places ...int) {
	for i := range places {
		so := before
		for _, n := range places[:i+1] {
			so += fmt.Sprint("-", n)
		}
		p.tap("." + step + "." + strings.TrimPrefix(so, "-"))
	}
}

// until skips questions until one is asked.
func (p *prisoner) until(question string) {
	p.g.t.Helper()
	for range 60 {
		for _, b := range p.Last().Buttons() {
			if strings.Contains(b.Data, "."+question+".") {
				return
			}
		}
		p.tap(".skip")
	}
	require.Fail(p.g.t, "never asked: "+question)
}

// until moves the clock on to an hour of a place's day.
func (g *gate) until(country string, hour int) {
	clock, ok := hotlines.Clock(country)
	require.True(g.t, ok)
	for g.s.Now().In(clock).Hour() != hour {
		g.s.Advance(10 * time.Minute)
	}
	g.quiet()
}

// writer is a bot that only writes, as a command beside the server.
func (g *gate) writer() *bot.Bot {
	b, err := bot.New(context.Background(), g.d, g.rooms.v, g.house.book, g.house.words)
	require.NoError(g.t, err)
	b.Desk = g.rooms.desk
	return b
}

func (g *gate) reply(code, text string) {
	g.t.Helper()
	reached, err := g.rooms.desk.Reply(context.Background(), code, text)
	require.NoError(g.t, err)
	require.True(g.t, reached)
}

// comeBack opens the door again and goes to where a way back is asked.
func (p *prisoner) comeBack(how string) {
	p.tap(".go.help")
	p.tap(".dg_back.open")
	p.tap(".dg_back." + how)
}

// TestPicturesLeadBackAndTheSecondOrderShowsNothing walks the way back by
// pictures, the order that means "I am being watched", and a wrong one.
func TestPicturesLeadBackAndTheSecondOrderShowsNothing(t *testing.T) {
	g := newGate(t)
	p, code := g.report("en")
	p.tap(".dg_way.pictures")
	p.pictures("dg_way", "p", 1, 2, 3, 4)
	p.pictures("dg_way", "p-1-2-3-4", 9, 8, 7, 6)
	p.tap(".dg_leave.exit")
	p.onlyTheStartCard()
	g.reply(code, "come to the market at nine")

	screen := func(places ...int) string {
		p.comeBack("pics")
		p.pictures("dg_pics", "", places...)
		p.onlyTheCard()
		text := p.Last().Text
		var labels []string
		for _, b := range p.Last().Buttons() {
			labels = append(labels, b.Text)
		}
		return text + "\n" + strings.Join(labels, "|")
	}
	watched := screen(9, 8, 7, 6)
	p.tap(".dg_leave.exit")
	wrong := screen(5, 6, 7, 8)
	p.tap(".dg_leave.exit")
	require.Equal(t, wrong, watched, "the second order looks like a wrong one, to the byte")
	require.NotContains(t, watched, "market")
	require.Contains(t, g.read(code), "watched", "the hotline is told")

	right := screen(1, 2, 3, 4)
	require.NotEqual(t, wrong, right)
	require.NotContains(t, right, "market", "the answer itself never stands on the card")
	letter := p.tap(".dg_letter.1-2-3-4_1_1")
	require.Contains(t, letter.Pop(), "come to the market at nine")
	require.True(t, letter.Alert())
	p.onlyTheCard()

	// Something is added to the same case.
	p.tap(".dg_back.add")
	p.until("dg_words")
	p.say("we are eleven people in the third house")
	p.onlyTheCard()
	p.tap(".dg_leave.exit")
	p.onlyTheStartCard()
	require.Len(t, g.cases(), 1)
	require.Contains(t, g.read(code), "eleven people")
}

// TestANumberLeadsBackFromAnyAccount: it is shown in a pop-up, can be shown again
// until the person has it, and is typed or tapped in from another account.
func TestANumberLeadsBackFromAnyAccount(t *testing.T) {
	g := newGate(t)
	p, code := g.report("en")
	p.tap(".dg_way.number")
	first := p.tap(".dg_order.show").Pop()
	require.Equal(t, first, p.tap(".dg_order.show").Pop())
	var number string
	for _, f := range strings.Fields(first) {
		if len(f) == 4 && strings.Trim(f, "0123456789") == "" {
			number += f
		}
	}
	require.Len(t, number, 16, first)
	p.tap(".dg_order.have")
	p.tap(".dg_leave.exit")
	p.onlyTheStartCard()
	g.reply(code, "we have your message")

	other := g.prisoner("th")
	other.comeBack("digits")
	other.say(number[:4] + " " + number[4:8] + "-" + number[8:12] + " " + number[12:])
	other.onlyTheCard()
	require.Contains(t, other.tap("_1_1").Pop(), "we have your message")

	// Erased: nothing of it is left, and the number leads nowhere.
	other.tap(".dg_view.erase_" + number)
	other.tap(".dg_erase.yes")
	g.quiet()
	require.Empty(t, g.cases())
	again := g.prisoner("en")
	again.comeBack("digits")
	again.say(number)
	again.onlyTheCard()
	require.NotContains(t, telegramtest.Transcript(again.FromBot()), "✉")
}

// TestAThousandWrongNumbers are slowed by account and lock nobody out.
func TestAThousandWrongNumbers(t *testing.T) {
	g := newGate(t)
	p, code := g.report("en")
	p.tap(".dg_way.pictures")
	p.pictures("dg_way", "p", 1, 2, 3, 4)
	p.pictures("dg_way", "p-1-2-3-4", 9, 8, 7, 6)
	p.tap(".dg_leave.exit")
	g.reply(code, "an answer")
	thief := g.prisoner("en")
	thief.comeBack("digits")
	for i := range 12 { // the long form is a walk of hours: each costs a third of a second of Argon2id
		thief.say(fmt.Sprintf("%016d", 7919*i+1))
		thief.tap(".dg_back.open")
		thief.tap(".dg_back.digits")
		thief.onlyTheCard()
	}
	p.comeBack("pics")
	p.pictures("dg_pics", "", 1, 2, 3, 4)
	require.Contains(t, p.tap("_1_1").Pop(), "an answer", "others' tries hold nobody up")
}

// agrees says when and with which sentence the person may be written to.
func (p *prisoner) agrees() {
	p.g.t.Helper()
	p.tap(".dg_way.skip")
	p.until("dg_reach")
	p.tap(".dg_reach.yes")
	p.tap(".dg_reach.yes-mm-18_21")
	p.tap(".dg_reach.yes-mm-18_21-2")
}

// TestASafeContactIsTheAgreedSentenceAndNothingElse: in its window, once a day,
// silently, and never after fourteen days.
func TestASafeContactIsTheAgreedSentenceAndNothingElse(t *testing.T) {
	g := newGate(t)
	p, code := g.report("en")
	p.agrees()
	p.tap(".dg_leave.exit")
	p.onlyTheStartCard()

	b := g.writer()
	notify := func() error {
		o, err := g.rooms.desk.Read(context.Background(), code, g.reader.Key())
		require.NoError(t, err)
		route, ok := o.Route()
		require.True(t, ok)
		require.NotContains(t, string(route), fmt.Sprint(p.Chat), "readers of the case cannot read it")
		return b.Notify(context.Background(), code, route)
	}
	g.until("MM", 12)
	require.ErrorIs(t, notify(), bot.ErrNotNow)
	g.until("MM", 19)
	require.NoError(t, notify())
	require.ErrorIs(t, notify(), bot.ErrToday)
	g.quiet()
	sentence := strings.TrimSpace(g.house.words.Plain("en", "dg_hello_2", nil))
	require.True(t, g.s.Wait(patience, func() bool { return strings.TrimSpace(p.Last().Text) == sentence }), telegramtest.Transcript(p.Screen()))
	require.Len(t, p.phone.Notifications(), p.loud, "it makes no sound")
	g.s.Advance(15 * 24 * time.Hour)
	require.ErrorIs(t, notify(), bot.ErrNoContact)
}

// TestEvidenceIsSealedThenTakenAway: fetched and sealed before its message is
// deleted, an album as well; a file too large is told and nothing is lost.
func TestEvidenceIsSealedThenTakenAway(t *testing.T) {
	g := newGate(t)
	p, code := g.report("en")
	p.until("dg_files")
	data := bytes.Repeat([]byte("picture"), 100_000)
	p.Photo(data, "")
	g.quiet()
	p.Album("", []byte("one"), []byte("two"))
	g.quiet()
	require.True(t, g.s.Wait(patience, func() bool { return len(p.Screen()) == 2 }), telegramtest.Transcript(p.Screen()))
	p.onlyTheCard()
	reading := strings.TrimSpace(g.house.words.Plain("en", string(flows.Reading().Parts[0].Key), nil))
	require.NotContains(t, strings.Join(p.phone.Ever(), "\n"), reading, "evidence is not read, and nothing new is sent")
	o, err := g.rooms.desk.Read(context.Background(), code, g.reader.Key())
	require.NoError(t, err)
	require.Len(t, o.Files(), 3)
	var got bytes.Buffer
	for _, f := range o.Files() {
		if f.Size == int64(len(data)) {
			require.NoError(t, g.rooms.desk.Fetch(context.Background(), o, f.File, &got))
		}
	}
	require.Equal(t, data, got.Bytes())
	p.Document("big.pdf", "application/pdf", []byte("x"), 21<<20, "")
	g.quiet()
	p.onlyTheCard()
	p.tap(".dg_leave.exit")
	p.onlyTheStartCard()
}

// TestABlockedBotCoversWhenItMay: blocked right after sending, nothing is sent
// meanwhile; when the person comes back the card is covered first.
func TestABlockedBotCoversWhenItMay(t *testing.T) {
	g := newGate(t)
	p, _ := g.report("en")
	p.Block()
	g.quiet()
	g.s.Advance(time.Minute)
	p.Unblock()
	require.True(t, g.s.Wait(patience, func() bool { return strings.TrimSpace(p.Last().Text) == p.startCard() }), telegramtest.Transcript(p.Screen()))
	p.onlyTheStartCard()
}

// TestWhatCountsAsAgreedIsTheLatest: an older agreement and one taken back send
// nothing.
func TestWhatCountsAsAgreedIsTheLatest(t *testing.T) {
	g := newGate(t)
	p, code := g.report("en")
	p.agrees()
	route := func() []byte {
		o, err := g.rooms.desk.Read(context.Background(), code, g.reader.Key())
		require.NoError(t, err)
		r, ok := o.Route()
		require.True(t, ok)
		return r
	}
	old := route()
	p.tap(".back")
	p.tap(".dg_reach.no")
	p.tap(".dg_leave.exit")
	b := g.writer()
	g.until("MM", 19)
	require.ErrorIs(t, b.Notify(context.Background(), code, old), bot.ErrNoContact)
	require.ErrorIs(t, b.Notify(context.Background(), code, route()), bot.ErrNoContact)
}

// TestNothingOfACheckSoundsOnceTheDoorIsOpen: an answer that still waits when the
// door is opened is not given any more.
func TestNothingOfACheckSoundsOnceTheDoorIsOpen(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.Send("We need drivers for our bakery in town, call our office")
	p.Press(p.Last().ID, p.data(".go.help"))
	g.quiet()
	require.Len(t, p.phone.Notifications(), p.loud)
}

// data is that of the newest button that ends so.
func (p *prisoner) data(end string) string {
	list := p.FromBot()
	for i := len(list) - 1; i >= 0; i-- {
		for _, b := range list[i].Buttons() {
			if strings.HasSuffix(b.Data, end) {
				return b.Data
			}
		}
	}
	require.Fail(p.g.t, "no button "+end)
	return ""
}

// TestTheLastReaderGoesInTheMiddleOfATalk: nobody is told that it was noted when
// nobody can read it.
func TestTheLastReaderGoesInTheMiddleOfATalk(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.tap(".go.help")
	p.tap(".dg_phone.yes")
	_, _, members, err := g.rooms.desk.Staff(context.Background())
	require.NoError(t, err)
	for _, m := range members["first"] {
		require.NoError(t, g.rooms.desk.Revoke(context.Background(), m.ID))
	}
	for _, data := range fourTaps()[1:] {
		p.tap(data)
	}
	p.onlyTheCard()
	require.NotContains(t, p.Last().Text, strings.TrimSpace(g.house.words.Plain("en", "dg_open", nil)))
}

// TestForgettingKeepsTheChatQuiet: after everything is deleted nothing makes a sound
// either.
func TestForgettingKeepsTheChatQuiet(t *testing.T) {
	g := newGate(t)
	p, _ := g.report("en")
	p.tap(".dg_leave.exit")
	p.say("/delete")
	p.tap(".delete.yes")
	p.say("hi")
	require.Len(t, p.phone.Notifications(), p.loud)
}

// TestATapThatWaitedDoesNotOpenTheDoor: the bot was down when the button was tapped;
// by now somebody else may hold the phone.
func TestATapThatWaitedDoesNotOpenTheDoor(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	g.halt()
	p.Press(p.Last().ID, p.data(".go.help"))
	g.s.Advance(40 * time.Minute)
	g.start()
	g.quiet()
	p.onlyTheStartCard()
	p.tap(".go.help") // and one made now does
	p.onlyTheCard()
}

// TestAnAgreementEndsWithItsCase: erased by the person in the talk, or by the number
// from another account, nobody is written to any more.
func TestAnAgreementEndsWithItsCase(t *testing.T) {
	for _, by := range []string{"the talk", "another account"} {
		t.Run(by, func(t *testing.T) {
			g := newGate(t)
			p, code := g.report("en")
			number := ""
			if by == "another account" {
				p.tap(".dg_way.number")
				for _, f := range strings.Fields(p.tap(".dg_order.show").Pop()) {
					if len(f) == 4 && strings.Trim(f, "0123456789") == "" {
						number += f
					}
				}
				p.tap(".dg_order.have")
			} else {
				p.tap(".dg_way.skip")
			}
			p.until("dg_reach")
			p.tap(".dg_reach.yes")
			p.tap(".dg_reach.yes-mm-18_21")
			p.tap(".dg_reach.yes-mm-18_21-2")
			o, err := g.rooms.desk.Read(context.Background(), code, g.reader.Key())
			require.NoError(t, err)
			route, ok := o.Route()
			require.True(t, ok)
			if number == "" {
				p.until("dg_view")
				p.tap(".dg_view.erase")
				p.tap(".dg_erase.yes")
				require.Zero(t, g.rows(`SELECT count(*) FROM timers WHERE name = 'contact'`), "not even that one was agreed")
			} else {
				p.tap(".dg_leave.exit")
				other := g.prisoner("th")
				other.comeBack("digits")
				other.say(number)
				other.tap(".dg_view.erase_" + number)
				other.tap(".dg_erase.yes")
			}
			p.onlyTheStartCard()
			require.Empty(t, g.cases())
			g.until("MM", 19)
			require.ErrorIs(t, g.writer().Notify(context.Background(), code, route), bot.ErrNoContact)
			g.quiet()
			p.onlyTheStartCard()
		})
	}
}

// TestATipInHandNeverBecomesADangerCase: whoever sent a tip, or is writing one, and
// then cries for help has two cases, and neither knows of the other.
func TestATipInHandNeverBecomesADangerCase(t *testing.T) {
	for _, sent := range []bool{true, false} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprint("sent ", sent, " late ", late), func(t *testing.T) {
				g := newGate(t)
				p := g.prisoner("en")
				p.say("/report")
				p.tap(".go.tip")
				p.say("They hire translators for a casino, write to @boss_lily")
				tip := ""
				if sent {
					for range 3 {
						p.tap(".skip")
					}
					p.tap(".end")
					p.tap(".ff_do.send")
					require.Len(t, g.cases(), 1)
					tip = g.cases()[0].Code
				}
				if late {
					g.halt()
					p.Send(cry)
					g.s.Advance(9 * time.Minute)
					g.start()
					g.quiet()
				} else {
					p.say(cry)
					p.tap(".dg_phone.yes")
					p.tap(".dg_leave.exit")
				}
				all := g.cases()
				require.Len(t, all, map[bool]int{true: 2, false: 1}[sent])
				for _, c := range all {
					text := g.read(c.Code)
					if c.Code == tip {
						require.Equal(t, "tip", c.Kind)
						require.Contains(t, text, "boss_lily")
						require.NotContains(t, text, "Myawaddy")
						continue
					}
					require.Equal(t, "compound", c.Kind)
					require.Contains(t, text, "Myawaddy")
					require.NotContains(t, text, "boss_lily")
				}
				require.Zero(t, g.rows(`SELECT count(*) FROM timers WHERE name = 'remind'`))
				if sent && late { // and what is added to the tip stays the tip's
					p.Photo([]byte("their advert"), "")
					g.quiet()
					for _, c := range all {
						o, err := g.rooms.desk.Read(context.Background(), c.Code, g.reader.Key())
						require.NoError(t, err)
						require.Len(t, o.Files(), map[bool]int{true: 1}[c.Code == tip], c.Kind)
					}
				}
			})
		}
	}
}

// TestAnOrdinaryMessageAfterALateCry: both waited while the bot was down. The cry is
// a case and goes; what came after it is answered as by a bot that knows nothing,
// without a sound.
func TestAnOrdinaryMessageAfterALateCry(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	g.halt()
	said := p.Send(cry)
	offer := p.Send("We need drivers for our bakery in town, call our office")
	g.s.Advance(9 * time.Minute)
	g.start()
	p.gone(said)
	g.quiet()
	require.True(t, onScreen(p, offer), "an ordinary question stays")
	require.Len(t, g.cases(), 1)
	text := g.read(g.cases()[0].Code)
	require.Contains(t, text, "Myawaddy")
	require.NotContains(t, text, "bakery")
	ordinary := g.prisoner("en")
	ordinary.say("We need drivers for our bakery in town, call our office")
	require.Equal(t, ordinary.Last().Text, p.Last().Text, "as everybody's")
	require.Len(t, p.phone.Notifications(), p.loud)
	require.NotContains(t, strings.Join(p.phone.Ever(), "\n"), "telegram open")
	p.say("hi")
	require.Len(t, p.phone.Notifications(), p.loud)
}

// TestANumberNotWrittenDownIsShownAgain: for a day, by the pictures chosen besides
// and by nothing else; then the number stands nowhere any more.
func TestANumberNotWrittenDownIsShownAgain(t *testing.T) {
	for _, left := range []string{"exit", "idle"} {
		t.Run(left, func(t *testing.T) {
			g := newGate(t)
			p, _ := g.report("en")
			p.tap(".dg_way.number")
			first := p.tap(".dg_order.show").Pop()
			p.tap(".dg_way.pictures")
			p.pictures("dg_way", "p", 1, 2, 3, 4)
			p.pictures("dg_way", "p-1-2-3-4", 9, 8, 7, 6)
			p.onlyTheCard()
			card := p.Last().ID
			if left == "exit" {
				p.tap(".dg_leave.exit")
			} else {
				g.s.Advance(3*time.Minute + 5*time.Second)
			}
			p.covered(card)
			p.onlyTheStartCard()

			offers := func(order ...int) bool {
				p.comeBack("pics")
				p.pictures("dg_pics", "", order...)
				p.onlyTheCard()
				for _, b := range p.Last().Buttons() {
					if strings.HasSuffix(b.Data, ".dg_order.show") {
						return true
					}
				}
				return false
			}
			require.False(t, offers(9, 8, 7, 6), "nothing new")
			p.tap(".dg_leave.exit")
			require.True(t, offers(1, 2, 3, 4))
			require.Equal(t, first, p.tap(".dg_order.show").Pop())
			p.tap(".dg_leave.exit")
			p.onlyTheStartCard()
			require.Equal(t, 1, g.rows(`SELECT count(*) FROM timers WHERE name = 'order'`))
			g.s.Advance(24*time.Hour + time.Minute)
			require.True(t, g.s.Wait(patience, func() bool { return g.rows(`SELECT count(*) FROM timers WHERE name = 'order'`) == 0 }), "whether anybody comes or not")
			p.say("/start") // the card of yesterday was taken away
			require.False(t, offers(1, 2, 3, 4))
			p.tap(".dg_leave.exit")
		})
	}
}

// TestAnAlbumWhoseCryComesLater: the pictures that were read before the one with the
// words are evidence, too, and leave the chat once they are sealed; the files of an
// ordinary album are known for two minutes and no longer.
func TestAnAlbumWhoseCryComesLater(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprint("late ", late), func(t *testing.T) {
			g := newGate(t)
			p := g.prisoner("en")
			if late {
				g.halt()
			}
			ids := p.AlbumAt(2, cry, []byte("one"), []byte("two"), []byte("three"), []byte("four"))
			if late {
				g.s.Advance(9 * time.Minute)
				g.start()
			}
			g.quiet()
			for _, id := range ids {
				p.gone(id)
			}
			require.Len(t, g.cases(), 1)
			o, err := g.rooms.desk.Read(context.Background(), g.cases()[0].Code, g.reader.Key())
			require.NoError(t, err)
			require.Len(t, o.Files(), 4)
			got := map[string]bool{}
			for _, f := range o.Files() {
				var b bytes.Buffer
				require.NoError(t, g.rooms.desk.Fetch(context.Background(), o, f.File, &b))
				got[b.String()] = true
			}
			for _, want := range []string{"one", "two", "three", "four"} {
				require.True(t, got[want], want)
			}
			require.Len(t, p.phone.Notifications(), p.loud)

			q := g.prisoner("en")
			q.Album("", []byte("five"), []byte("six"))
			g.quiet()
			require.Positive(t, g.rows(`SELECT count(*) FROM timers WHERE name = 'album'`))
			g.s.Advance(2*time.Minute + 5*time.Second)
			require.True(t, g.s.Wait(patience, func() bool { return g.rows(`SELECT count(*) FROM timers WHERE name = 'album'`) == 0 }))
		})
	}
}
