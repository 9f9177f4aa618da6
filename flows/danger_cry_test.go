package flows

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const cry = "please, I cannot leave"

// cried is a chat right after a cry, its card there.
func cried(t testing.TB, who string) (*chat, Turn) {
	c := newChat()
	c.book, c.found = doorBook(who), house
	turn := c.send(Input{Text: cry})
	require.True(t, c.session.live())
	require.NotZero(t, c.session.Report.Card)
	return c, turn
}

// sealed are the words a turn seals.
func sealed(t Turn) []string {
	var out []string
	if t.Report != nil {
		for _, e := range t.Report.Entries {
			out = append(out, e.Values...)
		}
	}
	return out
}

// danger.md 3.6: read late, a cry is sealed and filed as a case that has ended,
// taken away, and nothing is sent.
func TestACryReadLateIsACase(t *testing.T) {
	b := doorBook("")
	s := Session{Lang: "en", Answers: Answers{{Step: "q_pay", Values: []string{"deposit"}}}}
	turn := b.Turn(s, Input{Text: cry, Message: 5, Late: true})
	require.Empty(t, turn.Say)
	require.Equal(t, []int{5}, turn.Wipe)
	require.True(t, turn.Report.Begin && turn.Report.End)
	require.Equal(t, Compound, turn.Report.Kind)
	require.Equal(t, cry, turn.Report.Words)
	require.Equal(t, []Entry{{Part: "1", Step: stepWords, Values: []string{cry}}}, turn.Report.Entries, "and nothing of a check")
	require.True(t, turn.Session.Quiet)
	require.Nil(t, turn.Session.Report)
	require.NotContains(t, stored(t, turn.Session), "leave")

	turn = b.Turn(Session{}, Input{Text: cry, Message: 5, Late: true, Files: []File{{Kind: "photo", ID: "f"}, {Kind: "sticker", ID: "s"}}})
	require.Equal(t, []File{{Kind: "photo", ID: "f"}}, turn.Report.Files)
	require.Empty(t, turn.Wipe, "it goes when the picture is sealed")

	// Where nobody takes it, it waits for the next time the door opens.
	for name, turn := range map[string]Turn{
		"nobody":  doorBook("nobody").Turn(Session{}, Input{Text: cry, Message: 5, Late: true}),
		"refused": b.Turn(Session{}, Input{Text: cry, Message: 5, Late: true, Refused: NoOffice}),
	} {
		require.Nil(t, turn.Report, name)
		require.Equal(t, []int{5}, turn.Wipe, name)
		require.Equal(t, cry, turn.Session.Report.Opening, name)
		turn = b.Turn(turn.Session, Input{Tap: &Tap{Step: stepGo, Value: "help", Message: 7}})
		require.Equal(t, []string{cry}, sealed(turn), name)
		require.True(t, turn.Report.Begin && !turn.Report.End, name)
	}
}

// The same in several messages, read late: all go, nothing is shown.
func TestACryInPiecesReadLateIsACase(t *testing.T) {
	b := doorBook("")
	s := Session{Lang: "en", Texts: []string{"I cannot"}, From: []int{1}, Last: 100}
	s.Texts[0] = "I: cannot leave" // as a checker that reads both as one
	turn := b.Turn(s, Input{Text: "the gate is locked", Message: 2, Sent: 101, Late: true})
	require.Empty(t, turn.Say)
	require.Equal(t, []int{1, 2}, turn.Wipe)
	require.Equal(t, []string{"I: cannot leave\nthe gate is locked"}, sealed(turn))
	require.NotContains(t, stored(t, turn.Session), "gate")
}

// What comes late into a talk without a case begins one, with the words that
// opened the door.
func TestALateWordBeginsTheCaseOfItsTalk(t *testing.T) {
	c, _ := cried(t, "nobody")
	c.book, c.late = doorBook(""), true // somebody takes it by now
	turn := c.send(Input{Text: "the gate is locked"})
	require.Equal(t, []string{cry, "the gate is locked"}, sealed(turn))
	require.True(t, turn.Report.Begin)
	require.Len(t, turn.Say, 1)
	require.True(t, turn.Say[0].Cover)
	require.Len(t, turn.Wipe, 1)
	require.NotContains(t, stored(t, turn.Session), "leave")

	c, _ = cried(t, "nobody")
	c.book, c.late = doorBook(""), true
	turn = c.send(Input{Files: []File{{Kind: "photo", ID: "f"}}})
	require.Equal(t, []string{cry}, sealed(turn))
	require.Len(t, turn.Report.Files, 1)

	c = newChat() // opened by a tap, nothing answered yet
	c.book = doorBook("")
	c.tap(t, Input{Command: "start"}, "go.help")
	c.late = true
	turn = c.send(Input{Text: "the gate is locked"})
	require.Equal(t, []string{"the gate is locked"}, sealed(turn))
	require.True(t, turn.Report.Begin)

	c, _ = cried(t, "nobody")
	c.late = true
	turn = c.send(Input{Text: "the gate is locked"})
	require.Nil(t, turn.Report)
	require.Equal(t, cry+"\nthe gate is locked", turn.Session.Report.Opening)
}

// danger.md 2: the words that open the door are the first answer, a case before
// anything is tapped; they stand in no session.
func TestACryIsACaseBeforeTheFirstTap(t *testing.T) {
	c, turn := cried(t, "")
	require.True(t, turn.Report.Begin)
	require.Equal(t, []Entry{{Part: "1", Step: stepWords, Values: []string{cry}}}, turn.Report.Entries)
	require.Equal(t, cry, turn.Report.Words)
	require.Equal(t, "dg_device dg_erase dg_phone", keysOf(turn.Say[0]))
	require.NotContains(t, stored(t, c.session), "leave")
	left := c.book.Cover(c.session)
	require.True(t, left.Report.End)
	turn = c.tap(t, Input{}, "dg_phone.yes")
	require.Equal(t, []Entry{{Part: "2", Step: stepPhone, Values: []string{"yes"}}}, turn.Report.Entries)
	require.False(t, turn.Report.Begin)

	// A picture it was written under is kept.
	turn = doorBook("").Turn(Session{}, Input{Text: cry, Message: 5, Files: []File{{Kind: "photo", ID: "f", Text: "a gate"}}})
	require.Equal(t, []File{{Kind: "photo", ID: "f"}}, turn.Report.Files)
	require.Empty(t, turn.Wipe, "it goes when the picture is sealed")

	// Its first card leads back into an earlier case, too.
	c, _ = cried(t, "")
	require.Equal(t, "dg_order", keysOf(c.tap(t, Input{}, "dg_back.open").Say[0]))
	require.Contains(t, keysOf(c.tap(t, Input{}, "dg_back.pics").Say[0]), "dg_pics_back")
	require.True(t, c.session.live())

	// Where nobody takes it, it waits.
	c, turn = cried(t, "nobody")
	require.Nil(t, turn.Report)
	require.Equal(t, cry, c.session.Report.Opening)
	c.book = doorBook("")
	require.Equal(t, []string{cry, "yes"}, sealed(c.tap(t, Input{}, "dg_phone.yes")))
	require.NotContains(t, stored(t, c.session), "leave")
}

// What was sent in the moment before a cry stands beside it and goes with it,
// sealed; what is older stays.
func TestWhatStandsBesideACryGoesWithIt(t *testing.T) {
	for _, late := range []bool{false, true} {
		for _, at := range []int64{100, 100 + together, 101 + together} {
			s := Session{Lang: "en", Texts: []string{"block nine, by the river", "the blue gate"}, From: []int{3, 4}, Last: 100}
			turn := doorBook("").Turn(s, Input{Text: cry, Message: 5, Sent: at, Late: late})
			want, words := []int{3, 4, 5}, "block nine, by the river\nthe blue gate\n"+cry
			if at > 100+together {
				want, words = []int{5}, cry
			}
			require.Equal(t, want, turn.Wipe)
			require.Equal(t, []string{words}, sealed(turn))
			require.False(t, len(want) > 1 && slices.Contains(turn.Session.Texts, "the blue gate"))
		}
	}
	// A message that becomes a cry by an edit is not told twice.
	s := Session{Lang: "en", Texts: []string{"please"}, From: []int{3}, Last: 100}
	turn := doorBook("").Turn(s, Input{Text: cry, Edited: true, Message: 3, Sent: 100})
	require.Equal(t, []int{3}, turn.Wipe)
	require.Equal(t, []string{cry}, sealed(turn))
}

// What somebody sends right after a cry joins its case: sealed, taken away, and
// the card stays. What comes later, or is not the person's own, does not.
func TestASecondMessageJoinsTheCry(t *testing.T) {
	c, _ := cried(t, "")
	card, nonce := c.session.Report.Card, c.session.Nonce
	joins := func(in Input) Turn {
		t.Helper()
		turn := c.send(in)
		require.Empty(t, turn.Say, "the card stays as it is")
		require.True(t, c.session.live())
		require.Equal(t, nonce, c.session.Nonce, "its buttons count")
		require.Equal(t, card, c.session.Report.Card)
		require.False(t, turn.Report != nil && turn.Report.Begin, "one case")
		return turn
	}
	turn := joins(Input{Text: "block nine, by the river"})
	require.Equal(t, []string{"block nine, by the river"}, sealed(turn))
	require.Equal(t, "block nine, by the river", turn.Report.Words)
	require.Len(t, turn.Wipe, 1)
	turn = joins(Input{Text: "this is the gate", Files: []File{{Kind: "photo", ID: "f", Text: "NINE"}}})
	require.Equal(t, []string{"this is the gate"}, sealed(turn))
	require.Equal(t, []File{{Kind: "photo", ID: "f"}}, turn.Report.Files)
	require.Empty(t, turn.Wipe, "it goes when the picture is sealed")
	require.Len(t, joins(Input{Files: []File{{Kind: "voice", ID: "v"}}}).Report.Files, 1)
	require.Equal(t, []string{"16.68912, 98.50893"}, sealed(joins(Input{Files: []File{{Kind: "location", ID: "l", Text: "16.68912, 98.50893"}}})))
	require.Len(t, joins(Input{Text: "hi"}).Wipe, 1, "a greeting is no way out")
	require.Len(t, joins(Input{Files: []File{{Kind: "sticker", ID: "s"}}}).Wipe, 1)
	require.Equal(t, longestOpening, len([]rune(sealed(joins(Input{Text: string(slices.Repeat([]rune{'ข'}, longestOpening+9))}))[0])))
	require.NotContains(t, stored(t, c.session), "block")
	c.tap(t, Input{}, "dg_phone.yes")
	require.True(t, c.session.live())

	leaves := func(name string, prepare func(*chat), in Input) {
		t.Helper()
		c, _ := cried(t, "")
		prepare(c)
		turn := c.send(in)
		require.False(t, c.session.live(), name)
		require.True(t, turn.Say[0].Cover, name)
	}
	leaves("later", func(c *chat) { c.clock += together + 1 }, Input{Text: "block nine"})
	leaves("after a tap", func(c *chat) { c.tap(t, Input{}, "dg_phone.yes") }, Input{Text: "block nine"})
	leaves("forwarded", func(*chat) {}, Input{Text: "block nine", Forwarded: true})
	leaves("a command", func(*chat) {}, Input{Command: "start"})
	leaves("the way out", func(*chat) {}, Input{Text: "x"})

	c = newChat() // a door that was tapped has no words to be joined
	c.book = doorBook("")
	c.tap(t, Input{Command: "start"}, "go.help")
	c.send(Input{Text: "block nine"})
	require.False(t, c.session.live())

	// Before the messenger has named the card it is the same.
	b := doorBook("")
	turn = b.Turn(Session{}, Input{Text: cry, Message: 5, Sent: 100})
	turn = b.Turn(turn.Session, Input{Text: "block nine", Message: 6, Sent: 101})
	require.Empty(t, turn.Say)
	require.Equal(t, []string{"block nine"}, sealed(turn))
	require.True(t, turn.Session.live())

	// Without anybody who takes it the words wait with the others.
	c, _ = cried(t, "nobody")
	turn = c.send(Input{Text: "block nine"})
	require.Nil(t, turn.Report)
	require.Len(t, turn.Wipe, 1)
	require.Equal(t, cry+"\nblock nine", c.session.Report.Opening)
}

// All parts of an album whose caption is a cry are kept, whenever they are read
// while the talk is on.
func TestAnAlbumUnderACryIsKept(t *testing.T) {
	c := newChat()
	c.book = doorBook("")
	photo := func(id string) []File { return []File{{Kind: "photo", ID: id}} }
	turn := c.send(Input{Text: cry, Album: "a", Files: photo("f1")})
	require.True(t, turn.Report.Begin)
	require.Equal(t, photo("f1"), turn.Report.Files)
	turn = c.send(Input{Album: "a", Files: photo("f2")})
	require.Equal(t, photo("f2"), turn.Report.Files)
	require.Empty(t, turn.Say)
	c.tap(t, Input{}, "dg_phone.yes")
	c.clock += together + 1
	turn = c.send(Input{Album: "a", Files: photo("f3")})
	require.Equal(t, photo("f3"), turn.Report.Files)
	require.True(t, c.session.live())
	c.send(Input{Album: "b", Files: photo("f4")})
	require.False(t, c.session.live())
}

// danger.md 10: in a danger talk words of somebody who no longer wants to live
// bring whom to call first, and then the card goes on: wherever the talk stands.
func TestDespairNeverEndsADangerTalk(t *testing.T) {
	const dying = "I want to die"
	book := func() *Book {
		w := testWith()
		w.Despair = func(text string) bool { return text == dying || text == cry+" "+dying }
		w.Door, w.Office = func(string) bool { return true }, doorBook("").office
		return New(w)
	}
	for name, at := range map[string]func(*chat){
		"the first card":  func(c *chat) { c.tap(t, Input{Command: "start"}, "go.help") },
		"after a cry":     func(c *chat) { c.send(Input{Text: cry}) },
		"a question":      func(c *chat) { c.tap(t, Input{Command: "start"}, "go.help", "dg_phone.yes", "dg_who.self") },
		"words asked":     func(c *chat) { c.tap(t, Input{}, "dg_way.skip") },
		"the way back":    func(c *chat) { c.tap(t, Input{Command: "start"}, "go.help", "dg_back.open") },
		"digits":          func(c *chat) { c.tap(t, Input{Command: "start"}, "go.help", "dg_back.open", "dg_back.digits") },
		"an order number": func(c *chat) { c.tap(t, Input{}, "dg_way.number") },
		"pictures":        func(c *chat) { c.tap(t, Input{}, "dg_way.pictures", "dg_way.p-7") },
		"its mailbox": func(c *chat) {
			c.tap(t, Input{Command: "start"}, "go.help", "dg_back.open")
			c.send(Input{Text: "1111222233334444"})
		},
		"under a picture": func(c *chat) { c.tap(t, Input{}, "dg_way.skip"); c.session.Answers = skipTo("dg_files") },
		"the end": func(c *chat) {
			c.session.Answers = skipTo("")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChat()
			switch name {
			case "words asked", "an order number", "pictures", "under a picture", "the end":
				c = held(t)
			}
			c.book, c.found = book(), house
			at(c)
			require.True(t, c.session.live())
			in := Input{Text: dying}
			if name == "under a picture" {
				in.Files = []File{{Kind: "photo", ID: "f"}}
			}
			turn := c.send(in)
			require.True(t, c.session.live())
			require.Len(t, turn.Say, 1)
			require.Equal(t, Key("dg_warm"), turn.Say[0].Parts[0].Key)
			require.NotContains(t, stored(t, c.session), dying)
			turn = c.tap(t, Input{}, "dg_line.c0")
			require.Equal(t, "dgp_talk_none", keysOf(turn.Say[0]))
			turn = c.tap(t, Input{}, "dg_view.back")
			require.True(t, c.session.live(), "and the card goes on")
			require.True(t, turn.Say[0].Danger)
			require.NotEqual(t, Key("dg_warm"), turn.Say[0].Parts[0].Key)
		})
	}

	// A card that such a cry opens says first what stands on every first card.
	b := book()
	turn := b.Turn(Session{}, Input{Text: cry + " " + dying, Message: 5, Sent: 100})
	require.Equal(t, "dg_warm dg_device dg_erase", keysOf(turn.Say[0]))
	require.Equal(t, []string{cry + " " + dying}, sealed(turn))

	// While the card is not there yet, it comes with the next one.
	c := newChat()
	c.book = b
	c.session = b.Turn(Session{}, Input{Text: cry, Message: 5, Sent: c.clock}).Session
	require.Empty(t, c.send(Input{Text: dying}).Say)
	turn = c.send(Input{Tap: &Tap{Nonce: c.session.Nonce, Step: stepPhone, Value: "yes", Message: 7}})
	require.Equal(t, "dg_warm", keysOf(turn.Say[0]))
	require.Equal(t, "dg_who", keysOf(c.tap(t, Input{}, "dg_view.back").Say[0]))
}

// skipTo are answers after which a question is at hand, or the end of all.
func skipTo(id string) Answers {
	var out Answers
	for _, c := range cards(false) {
		switch {
		case c.ID == id:
			return out
		case c.ID == stepPhone, c.ID == stepWho, c.ID == stepWhat, c.ID == stepWhere:
			value := map[string]string{stepPhone: "yes", stepWho: ForSelf, stepWhat: "held", stepWhere: "mm"}[c.ID]
			out = append(out, Answer{Step: c.ID, Values: []string{value}})
		default:
			out = append(out, Answer{Step: c.ID, Skipped: true})
		}
	}
	return out
}

// An order number that is typed while its card stands, in any grouping and the
// digits of any script, is taken away and kept nowhere; the card stays.
func TestATypedOrderNumberGoesAndTheCardStays(t *testing.T) {
	for _, late := range []bool{false, true} {
		for _, typed := range []string{"1111222233334444", "1111 2222 3333 4444", "11-11 22/22\n33.33, 4444", "၁၁၁၁ ၂၂၂၂ ၃၃၃၃ ၄၄၄၄"} {
			c := held(t)
			c.tap(t, Input{}, "dg_way.number")
			c.late = late
			turn := c.send(Input{Text: typed})
			require.Len(t, turn.Wipe, 1)
			require.Nil(t, turn.Report, "it is sealed nowhere")
			require.True(t, c.session.live())
			if late {
				require.True(t, turn.Say[0].Cover)
				continue
			}
			require.Empty(t, turn.Say)
			c.tap(t, Input{}, "dg_order.have")
			require.True(t, c.session.live())
			require.NotContains(t, stored(t, c.session), "1111")
		}
	}
	c := held(t)
	c.tap(t, Input{}, "dg_way.number")
	c.send(Input{Text: "1111 2222 3333 4445"})
	require.False(t, c.session.live(), "another number meets a bot that knows nothing")
}

// A button that is tapped twice counts once, and the card stays; nobody else's
// old button does anything but end the talk.
func TestADoubleTapCountsOnce(t *testing.T) {
	c := held(t)
	button := func(step, value string) Input {
		return Input{Tap: &Tap{Nonce: c.session.Nonce, Step: step, Value: value, Message: c.session.Report.Card}}
	}
	for _, b := range [][2]string{{stepWay, "pictures"}, {stepWay, "p-7"}, {stepWay, Skip}, {"dg_place", Back}, {stepWay, "number"}, {stepOrder, "have"}, {"dg_place", Skip}, {"dg_nation", "mm"}} {
		in := button(b[0], b[1])
		first := c.send(in)
		require.True(t, first.Session.live(), b)
		before := c.session
		for range 2 {
			c.clock++
			turn := c.send(in)
			require.Empty(t, turn.Say, "%v: nothing is said", b)
			require.Nil(t, turn.Report, b)
			require.Equal(t, before, c.session, "%v: the card stays", b)
		}
	}
	out := stored(t, c.session)
	require.NotContains(t, out, "p-7")

	in := button("dg_age", "adult")
	c.send(in)
	before := c.session
	for name, change := range map[string]func(*Input){
		"later":             func(*Input) { c.clock += twiceWithin + 1 },
		"another answer":    func(in *Input) { in.Tap.Value = "under18" },
		"another question":  func(in *Input) { in.Tap.Step, in.Tap.Value = "dg_nation", "mm" },
		"another message":   func(in *Input) { in.Tap.Message++ },
		"an older card":     func(in *Input) { in.Tap.Nonce = "0000" },
		"a clock that lies": func(*Input) { c.clock -= 9 },
	} {
		c.session = before
		tap, clock := *in.Tap, c.clock
		again := Input{Tap: &tap}
		change(&again)
		turn := c.send(again)
		c.clock = clock
		require.False(t, turn.Session.live(), name)
		require.True(t, turn.Say[0].Cover, name)
	}

	c = newChat() // the door itself, and the next button quickly after
	c.book = doorBook("")
	c.tap(t, Input{Command: "start"}, "go.help")
	require.Empty(t, c.tap(t, Input{}, "go.help").Say)
	c.tap(t, Input{}, "dg_phone.yes")
	require.True(t, c.session.live())
}

// What a tap at a private step said is not remembered to know it again.
func TestADoubleTapTellsNothingPrivate(t *testing.T) {
	for _, c := range cards(false) {
		if !c.Private {
			continue
		}
		for _, v := range append(slices.Clone(c.Options), "p-1-2", "yes-mm-18_21") {
			require.Equal(t, c.ID, tapped(&Tap{Step: c.ID, Value: v}))
		}
	}
	for _, step := range []string{stepBack, stepPics, stepDigits, stepLetter, stepView, stepErase, stepOrder, "dg_gone"} {
		require.Equal(t, step, tapped(&Tap{Step: step, Value: "1-2-3-4"}))
	}
	require.Equal(t, "dg_age.adult", tapped(&Tap{Step: "dg_age", Value: "adult"}))
}

// After they were sealed neither the words of a cry, nor what joined it, nor an
// order number stands in the session.
func TestNothingSealedStandsInTheSession(t *testing.T) {
	c, _ := cried(t, "")
	c.send(Input{Text: "zq-block"})
	c.send(Input{Text: "zq-caption", Files: []File{{Kind: "photo", ID: "zq-file", Name: "zq-name"}}})
	c.tap(t, Input{}, "dg_phone.yes", "dg_who.self", "dg_what.held", "dg_where.mm")
	c.send(Input{Text: "zq-again: I cannot leave"})
	c.tap(t, Input{}, "dg_way.number")
	require.Contains(t, stored(t, c.session), "1111222233334444", "until it was written down")
	c.send(Input{Text: "1111 2222 3333 4444"})
	c.tap(t, Input{}, "dg_order.have")
	c.send(Input{Text: "zq-place"})
	out := stored(t, c.session)
	require.True(t, c.session.live())
	for _, word := range []string{"leave", "zq-", "1111", "2222"} {
		require.NotContains(t, out, word)
	}
}

// What cannot be fetched of an album goes from the chat and takes nothing else of
// it along; when the cry is over nothing of the album is known.
func TestALargeFileOfAnAlbumLosesNoOther(t *testing.T) {
	for name, b := range map[string]*Book{"taken": doorBook(""), "lists": doorBook("lists")} {
		for _, late := range []bool{false, true} {
			lang := map[string]string{"taken": "en", "lists": "my"}[name]
			s := b.Turn(Session{Lang: lang}, Input{Album: "a", Message: 1, Sent: 100, Files: []File{{Kind: "photo", ID: "f1"}}}).Session
			s = b.Turn(s, Input{Album: "a", Message: 2, Sent: 100, Files: []File{{Kind: "video", ID: "f2", Size: mostFile + 1}}}).Session
			require.NotNil(t, s.Album)
			turn := b.Turn(s, Input{Album: "a", Message: 3, Sent: 100, Late: late, Text: cry, Files: []File{{Kind: "photo", ID: "f3"}}})
			require.Nil(t, turn.Session.Album, "%s %v", name, late)
			if name == "lists" {
				require.Nil(t, turn.Report)
				require.Equal(t, []int{1, 2, 3}, turn.Wipe)
				continue
			}
			require.Equal(t, []File{{Kind: "photo", ID: "f3"}, {Kind: "photo", ID: "f1", Message: 1}}, turn.Report.Files, "late %v", late)
			require.Equal(t, []int{2}, turn.Wipe, "late %v", late)
		}
	}
}
