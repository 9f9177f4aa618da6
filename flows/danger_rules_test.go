package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// held is a chat in a danger talk after the four taps.
func held(t testing.TB) *chat {
	c := newChat()
	c.book, c.found = doorBook(""), house
	c.tap(t, Input{Command: "start"}, "go.help", "dg_phone.yes", "dg_who.self", "dg_what.held", "dg_where.mm")
	require.True(t, c.session.live())
	return c
}

// tap does an input, if any, and taps the latest buttons of these steps and values.
func (c *chat) tap(t testing.TB, in Input, buttons ...string) Turn {
	var turn Turn
	if in.Command != "" || in.Text != "" {
		turn = c.send(in)
	}
	for _, b := range buttons {
		step, value, _ := strings.Cut(b, ".")
		i := len(c.buttons) - 1
		for ; i >= 0 && (c.buttons[i].Step != step || c.buttons[i].Value != value); i-- {
		}
		require.GreaterOrEqual(t, i, 0, "no button %s was ever shown", b)
		tap := c.buttons[i]
		turn = c.send(Input{Tap: &tap})
	}
	return turn
}

func stored(t require.TestingT, s Session) string {
	b, err := json.Marshal(s)
	require.NoError(t, err)
	return string(b)
}

// danger.md 2: a private step leaves that it was answered and which part holds
// it, and nothing else; the same for what was typed and for a way back.
func TestPrivateAnswersStayOutOfTheSession(t *testing.T) {
	c := held(t)
	c.tap(t, Input{}, "dg_way.skip")
	planted := []string{"zq-block-nine", "zq-debt-0815", "zq_recruiter", "zq-story", "16.68912"}
	filed := ""
	see := func(turn Turn) {
		t.Helper()
		out := stored(t, c.session)
		for _, p := range planted {
			require.NotContains(t, out, p)
		}
		b, err := json.Marshal(turn.Report)
		require.NoError(t, err)
		filed += string(b)
	}
	for n := 0; ; n++ {
		require.Less(t, n, 60, "the talk has an end")
		kept, next := c.session.Report.formNext(c.session.Answers)
		if next == nil {
			break
		}
		i := slices.IndexFunc(cards(false), func(k card) bool { return k.ID == next.ID })
		k := cards(false)[i]
		switch {
		case k.ID == "dg_place":
			see(c.send(Input{Files: []File{{Kind: "location", Text: planted[4]}}}))
			see(c.tap(t, Input{}, "dg_nation.back"))
			see(c.send(Input{Text: planted[0]}))
		case k.ID == "dg_debt":
			see(c.send(Input{Text: planted[1]}))
		case k.ID == "dg_hirer":
			see(c.send(Input{Text: "@" + planted[2]}))
		case k.ID == stepWords:
			see(c.send(Input{Text: planted[3]}))
			see(c.tap(t, Input{}, k.ID+".skip"))
		case k.ID == stepReach:
			see(c.tap(t, Input{}, "dg_reach.yes", "dg_reach.yes-mm-18_21", "dg_reach.yes-mm-18_21-4"))
		case k.files != nil:
			see(c.send(Input{Files: []File{{Kind: "photo", ID: "zq-file"}}}))
			see(c.tap(t, Input{}, k.ID+".skip"))
		case k.Many:
			for _, o := range k.Options {
				see(c.tap(t, Input{}, k.ID+"."+o))
			}
			see(c.tap(t, Input{}, k.ID+".skip"))
		default:
			see(c.tap(t, Input{}, k.ID+"."+k.Options[0]))
		}
		require.True(t, c.session.live(), k.ID)
		require.Greater(t, len(c.session.Answers), len(kept)-1)
	}
	for _, p := range planted {
		require.Contains(t, filed, p, "sealed, though")
	}
	for _, a := range c.session.Answers {
		i := slices.IndexFunc(cards(false), func(k card) bool { return k.ID == a.Step })
		if k := cards(false)[i]; k.Private {
			require.Empty(t, a.Values, a.Step)
			require.True(t, a.Part != "" || a.Skipped, a.Step)
		}
	}
	require.NotContains(t, stored(t, c.session), "18_21")

	// Those it was agreed with and the file stand in what is sealed alone.
	require.Contains(t, filed, `"Sentence":4`)
	require.Contains(t, filed, "zq-file")
	list := c.tap(t, Input{}, "dg_view.list")
	for _, p := range list.Say[0].Parts[1:] {
		require.Equal(t, Key("item"), p.Key, "which questions were answered, never the answers")
		require.IsType(t, Key(""), p.Args["text"])
	}
}

// formNext is where the answers of a talk stand.
func (r *Report) formNext(a Answers) (Answers, *Step) {
	f, _ := r.form()
	return f.Route(a)
}

// danger.md 5: pictures and number are in no session; the number until it was
// written down, a day at most, and never after the cover.
func TestWayBackStaysOutOfTheSession(t *testing.T) {
	c := held(t)
	c.tap(t, Input{}, "dg_way.pictures", "dg_way.p-7", "dg_way.p-7-11", "dg_way.p-7-11-9", "dg_way.p-7-11-9-8",
		"dg_way.p-7-11-9-8-8", "dg_way.p-7-11-9-8-8-9", "dg_way.p-7-11-9-8-8-9-11")
	require.NotContains(t, stored(t, c.session), "7-11")
	turn := c.tap(t, Input{}, "dg_way.p-7-11-9-8-8-9-11-7")
	require.Equal(t, &Way{Pictures: []int{7, 11, 9, 8}, Duress: []int{8, 9, 11, 7}}, turn.Report.Way)
	require.NotContains(t, stored(t, c.session), "11")

	c = held(t)
	turn = c.tap(t, Input{}, "dg_way.number")
	require.Equal(t, "1111222233334444", turn.Report.Way.Order)
	shown := c.tap(t, Input{}, "dg_order.show")
	require.Equal(t, "1111 2222 3333 4444", shown.Say[0].Parts[0].Args["number"])
	c.clock += orderKept + 1
	turn = c.tap(t, Input{}, "dg_order.show")
	require.NotContains(t, fmt.Sprint(turn.Say), "1111")
	require.NotContains(t, stored(t, c.session), "1111")

	c = held(t)
	c.tap(t, Input{}, "dg_way.number", "dg_order.have")
	require.NotContains(t, stored(t, c.session), "1111")
	c = held(t)
	c.tap(t, Input{}, "dg_way.number", "dg_leave.exit")
	require.NotContains(t, stored(t, c.session), "1111")
}

// danger.md 5: the second order, a wrong one and too many tries are the same
// turn, and nothing is kept that would tell them apart.
func TestWatchedLooksLikeWrong(t *testing.T) {
	var turns []Turn
	for _, last := range []string{"4-3-2-1", "5-3-2-1", "12-11-10-9"} {
		c := newChat()
		c.book, c.found = doorBook(""), house
		c.tap(t, Input{Command: "start"}, "go.help", "dg_back.open", "dg_back.pics")
		turn := c.send(Input{Tap: &Tap{Nonce: c.session.Nonce, Step: stepPics, Value: last, Message: c.session.Report.Card}})
		require.Equal(t, Key("dg_nothing"), turn.Say[0].Parts[0].Key)
		turns = append(turns, turn)
	}
	require.Equal(t, turns[0], turns[1])
	require.Equal(t, turns[0], turns[2])
}

// danger.md 4: after the cover nothing of the talk is in the session, and the
// cover is the start card as everybody gets it.
func TestCoverIsTheStartCard(t *testing.T) {
	for name, in := range map[string]Input{
		"the last button": {Tap: &Tap{Step: stepLeave, Value: Exit}},
		"exit":            {Command: "exit", Message: 99}, "x": {Text: "x", Message: 99}, "X": {Text: " X ", Message: 99},
		"0": {Text: "0", Message: 99}, "a word": {Text: "exit", Message: 99}, "idle": {},
	} {
		c := held(t)
		if in.Tap != nil {
			in.Tap.Nonce, in.Tap.Message = c.session.Nonce, c.session.Report.Card
		}
		card := c.session.Report.Card
		turn := c.book.Turn(c.session, in)
		if name == "idle" {
			turn = c.book.Cover(c.session)
		}
		require.Len(t, turn.Say, 1, name)
		cover := turn.Say[0]
		require.True(t, cover.Cover && cover.Silent && cover.Edit == card && !cover.Danger, name)
		cover.Cover, cover.Silent, cover.Edit = false, false, 0
		require.Equal(t, c.book.Start(), cover, name)
		require.True(t, turn.Report.End, name)
		for _, r := range cover.Rows {
			for _, b := range r {
				require.True(t, Anytime(b.Step), "%s: its buttons need no nonce", name)
			}
		}
		want := Session{Lang: "en", Nonce: turn.Session.Nonce, Shown: c.session.Shown, Quiet: true}
		require.Equal(t, want, turn.Session, name)
		require.NotEqual(t, c.session.Nonce, turn.Session.Nonce, name)
		if in.Message != 0 {
			require.Equal(t, []int{99}, turn.Wipe, name)
		}
	}
}

// danger.md 4: what is not the live card's own button meets a bot that knows
// nothing: the card is covered, and the rest is the turn of a chat where nothing
// was ever said.
func TestAnythingElseMeetsABotThatKnowsNothing(t *testing.T) {
	c := held(t)
	own := Tap{Nonce: c.session.Nonce, Step: stepWay, Value: Skip, Message: c.session.Report.Card}
	with := func(change func(*Tap)) Input { tap := own; change(&tap); return Input{Tap: &tap} }
	for name, in := range map[string]Input{
		"an older card":      with(func(t *Tap) { t.Nonce = nonceAfter("0000", 0) }),
		"another message":    with(func(t *Tap) { t.Message++ }),
		"another question":   with(func(t *Tap) { t.Step, t.Value = "dg_age", "adult" }),
		"no such value":      with(func(t *Tap) { t.Value = "p-13" }),
		"a forged step":      with(func(t *Tap) { t.Step = "dg_nonsense" }),
		"a result's button":  with(func(t *Tap) { t.Step, t.Value = stepResult, "useful" }),
		"the language":       with(func(t *Tap) { t.Step, t.Value = stepLang, "th" }),
		"public lines":       with(func(t *Tap) { t.Step, t.Value = stepLines, "th" }),
		"/start":             {Command: "start", Message: 50},
		"/delete":            {Command: "delete", Message: 50},
		"hi":                 {Text: "hi", Message: 50},
		"an offer":           {Text: "hr keeps the passport, tourist visa", Message: 50},
		"a forwarded call":   {Text: "please help, I cannot leave", Forwarded: true, Message: 50},
		"a screenshot":       {Files: []File{{Kind: "photo", ID: "f", Text: "I cannot leave"}}, Message: 50},
		"a sticker":          {Files: []File{{Kind: "sticker"}}, Message: 50},
		"a contact card":     {Text: "+66 81 234 5678", Files: []File{{Kind: "contact"}}, Message: 50},
		"an edit":            {Edited: true, Text: "mum is well", Message: 1},
		"an unread voice":    {Files: []File{{Kind: "voice", ID: "f"}}, Message: 50},
		"numbers of no case": {Text: "1234 5678 1234 5678", Message: 50},
	} {
		t.Run(name, func(t *testing.T) {
			turn := c.book.Turn(c.session, in)
			require.True(t, turn.Say[0].Cover)
			require.True(t, turn.Report != nil && turn.Report.End)
			require.False(t, turn.Session.live())
			require.Empty(t, turn.Wipe, "nothing is deleted")
			plain := c.book.Turn(Session{Lang: "en", Nonce: c.session.Nonce, Shown: c.session.Shown, Quiet: true}, in)
			require.Equal(t, plain.Say, turn.Say[1:])
			plain.Session.Nonce = turn.Session.Nonce
			require.Equal(t, plain.Session, turn.Session)
			for _, s := range turn.Say {
				require.True(t, s.Silent)
				require.False(t, s.Danger)
			}
		})
	}
}

// danger.md 3.6: read late, it is sealed and filed, its message deleted, the
// card covered; nothing is sent, and what else comes of that time neither.
func TestLateIsFiledAndCovered(t *testing.T) {
	c := held(t)
	c.late = true
	turn := c.send(Input{Text: "the gate is locked at night"})
	require.Equal(t, "the gate is locked at night", turn.Report.Entries[0].Values[0])
	require.Len(t, turn.Say, 1)
	require.True(t, turn.Say[0].Cover)
	require.Len(t, turn.Wipe, 1)
	for _, in := range []Input{{Text: "and by day"}, {Text: "hi"}, {Command: "start"}, {Text: "top up", Forwarded: true}, {Tap: &Tap{Nonce: c.session.Nonce, Step: stepWay, Value: Skip, Message: c.session.Report.Card}}} {
		require.Empty(t, c.send(in).Say, "%+v", in)
	}
	c.late = false
	turn = c.send(Input{Text: "hi"})
	require.True(t, turn.Report.End)
	require.Len(t, turn.Say, 1, "it is covered already")
	require.Equal(t, Key("start"), turn.Say[0].Parts[0].Key)

	c = held(t) // a tap that waited is an answer; the next question is not shown
	c.late = true
	turn = c.tap(t, Input{}, "dg_way.number")
	require.Len(t, turn.Say, 1)
	require.True(t, turn.Say[0].Cover)

	c = newChat() // the door does not open late
	c.book, c.late = doorBook(""), true
	turn = c.send(Input{Text: "please, I cannot leave"})
	require.Empty(t, turn.Say)
	require.Len(t, turn.Wipe, 1)
}

// danger.md 8: with nobody who takes it no report is taken, and nothing sealed.
func TestNothingIsTakenWhenNobodyReadsIt(t *testing.T) {
	c := newChat()
	c.book = doorBook("nobody")
	for _, b := range []string{"go.help", "dg_phone.yes", "dg_who.self", "dg_what.hurt", "dg_where.kh", "dg_line.0", "dg_mean.none_1", "dg_leave.exit"} {
		var in Input
		if b == "go.help" {
			in.Command = "start"
		}
		require.Nil(t, c.tap(t, in, b).Report, b)
	}
	// A report that is refused when it comes to it is none either.
	c.book = doorBook("")
	c.tap(t, Input{}, "go.help")
	tap := Tap{Nonce: c.session.Nonce, Step: stepPhone, Value: "yes", Message: c.session.Report.Card}
	turn := c.book.Turn(c.session, Input{Tap: &tap, Refused: NoOffice})
	require.Nil(t, turn.Report)
	require.False(t, turn.Session.Report.Filed)
	require.Equal(t, Key("dg_who"), turn.Say[0].Parts[0].Key)
}

// danger.md 4: the door does not open on others' words, in groups, for pictures,
// or where it is shut; and what opened it is kept until the first tap only.
func TestDoor(t *testing.T) {
	const call = "please help, I cannot leave"
	open, shut := doorBook(""), testBook()
	opened := func(b *Book, s Session, in Input) bool { return b.Turn(s, in).Session.live() }
	require.True(t, opened(open, Session{}, Input{Text: call}))
	require.True(t, opened(open, Session{}, Input{Text: call, Edited: true, Message: 3}))
	require.True(t, opened(open, Session{Lang: "en", Texts: []string{"top up"}, From: []int{1}}, Input{Text: call}))
	require.True(t, opened(open, Session{Lang: "en", Flow: flowQuestions}, Input{Text: call}))
	require.True(t, opened(open, Session{}, Input{Tap: &Tap{Step: stepGo, Value: "help", Message: 7}}))
	for name, in := range map[string]Input{
		"forwarded": {Text: call, Forwarded: true}, "a picture": {Files: []File{{Kind: "photo", Text: call}}},
		"a group": {Text: call, Group: true, Called: true}, "a tap that waited": {Tap: &Tap{Step: stepGo, Value: "help", Message: 7}, Late: true},
	} {
		require.False(t, opened(open, Session{}, in), name)
	}
	require.False(t, opened(shut, Session{}, Input{Text: call}))
	require.False(t, opened(open, Session{Lang: "my"}, Input{Text: call}))
	require.Len(t, shut.Start().Rows, 2, "no door, no button")
	require.Len(t, open.Start().Rows, 3)

	nobody := doorBook("nobody")
	turn := nobody.Turn(Session{}, Input{Text: call, Message: 5})
	require.Equal(t, []int{5}, turn.Wipe)
	require.True(t, turn.Say[0].Danger && turn.Say[0].Silent && turn.Say[0].Edit == 0)
	require.Equal(t, call, turn.Session.Report.Opening)
	left := nobody.Cover(turn.Session)
	require.NotContains(t, stored(t, left.Session), "cannot")
	require.Nil(t, left.Report, "there was no case yet")

	// Somebody writes it in pieces: together they are heard, and all are taken away.
	s := Session{}
	says := func(text string, id int, forwarded bool) Turn {
		turn := open.Turn(s, Input{Text: text, Message: id, Sent: 100, Forwarded: forwarded})
		s = turn.Session
		return turn
	}
	says("they took my papers, I cannot", 1, false)
	s.Texts[0] = "please: cannot leave" // as a checker that reads both as one
	require.Equal(t, []int{1, 2}, says("and it is far", 2, false).Wipe)
	require.True(t, s.live())
	s = Session{}
	says("cannot leave", 1, true)
	require.Empty(t, says("what is this message about?", 2, false).Wipe, "others' words stay")
	require.False(t, s.live())
}

// From whatever stands in a stored session the talk stands somewhere.
func TestDangerStandsSomewhere(t *testing.T) {
	b := doorBook("")
	var ids []string
	values := []string{"", "x\x00", "yes", "no", "self", "someone", "held", "mm", "afraid", "out", "p-1"}
	for _, c := range cards(false) {
		ids = append(ids, c.ID)
		values = append(values, c.Options...)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := Session{
			Lang: rapid.SampledFrom([]string{"", "en", "th", "my"}).Draw(t, "lang"),
			Flow: rapid.SampledFrom([]string{flowDanger, flowOrder, flowMail, flowQuestions, flowMore, "gone"}).Draw(t, "flow"), Nonce: "0007",
			Report: &Report{
				Kind: Compound, Live: true, Card: rapid.IntRange(0, 9).Draw(t, "card"), Parts: rapid.IntRange(0, 99).Draw(t, "parts"),
				Filed: rapid.Bool().Draw(t, "filed"), Gap: rapid.Bool().Draw(t, "gap"), Again: rapid.Bool().Draw(t, "again"),
				Order: rapid.SampledFrom([]string{"", "1111222233334444", "12"}).Draw(t, "order"), Until: rapid.Int64Range(0, 9).Draw(t, "until"),
				Opening: rapid.SampledFrom([]string{"", "I cannot leave"}).Draw(t, "opening"), Way: rapid.Bool().Draw(t, "way"),
			},
			Answers: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Answer {
				return Answer{
					Step:   rapid.SampledFrom(append(ids, "gone")).Draw(t, "step"),
					Values: rapid.SliceOfN(rapid.SampledFrom(values), 0, 2).Draw(t, "values"), Part: rapid.SampledFrom([]string{"", "3", wayPart}).Draw(t, "part"),
					Skipped: rapid.Bool().Draw(t, "skipped"), Again: rapid.Bool().Draw(t, "again"), Open: rapid.Bool().Draw(t, "open"),
				}
			}), 0, 40).Draw(t, "answers"),
		}
		in := Input{Now: 5, Random: "9999888877776666", Late: rapid.Bool().Draw(t, "late"), Message: 50}
		switch rapid.IntRange(0, 3).Draw(t, "does") {
		case 0:
			in.Text = rapid.SampledFrom([]string{"hi", "x", "0", "I cannot leave", "block 4", "1111222233334444"}).Draw(t, "text")
		case 1:
			in.Files = []File{{Kind: rapid.SampledFrom([]string{"photo", "location", "sticker", "voice"}).Draw(t, "file"), Text: "1 2"}}
		default:
			in.Tap = &Tap{
				Nonce: "0007", Message: s.Report.Card, Step: rapid.SampledFrom(append(ids, stepMean, stepLine, stepReader, stepOrder, stepView,
					stepErase, stepBack, stepPics, stepDigits, stepLetter, stepLeave)).Draw(t, "step"),
				Value: rapid.SampledFrom(append(values, Back, Skip, Exit, "list", "erase", "undo", "open", "pics", "digits", "add", "show", "have",
					"1-2-3-4", "1-2-3-4_1_1", "mail_1-2-3-4", "0", "u1", "what_1", "p-1-2-3-4", "yes-mm-18_21-3", "number", "pictures")).Draw(t, "value"),
			}
		}
		if rapid.Bool().Draw(t, "found") {
			f := house(Ask{Order: "1111222233334444"})
			in.Found = &f
		}
		before := stored(t, s)
		turn := b.Turn(s, in)
		require.Equal(t, before, stored(t, s), "the session it was given stays as it is")
		switch {
		case turn.Ask != nil, in.Late, in.Found != nil && len(turn.Say) == 0:
		case turn.Session.live():
			for _, x := range turn.Say {
				require.True(t, x.Danger || x.Pop, "%+v", x)
			}
		default:
			require.True(t, s.Report.Gap || s.Report.Card == 0 || turn.Say[0].Cover)
		}
		for _, x := range turn.Say {
			require.True(t, x.Silent)
			if x.Danger {
				last := x.Rows[len(x.Rows)-1]
				require.Equal(t, []Button{{Key: "dg_leave", Step: stepLeave, Value: Exit}}, last, "the way out stands last")
			}
		}
		if f := turn.Report; f != nil {
			for _, e := range f.Entries {
				require.NotEmpty(t, e.Part)
				require.NotEmpty(t, e.Step)
			}
		}
	})
}

// danger.md 3.1 and 3.9: whatever is done, words of danger are edited into the
// one card, nothing makes a sound once the door was open, and every button's
// data fits.
func TestDangerWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChat()
		c.book, c.found = doorBook(rapid.SampledFrom([]string{"", "night", "nobody", "abroad"}).Draw(t, "house")), house
		c.send(Input{Command: "start"})
		opened := false
		for range rapid.IntRange(1, 40).Draw(t, "turns") {
			before := c.session
			in := drawInput(t, c)
			if live := c.session.live(); live && rapid.IntRange(0, 9).Draw(t, "own") > 1 {
				var own []Tap
				for _, b := range c.buttons {
					if b.Nonce == c.session.Nonce && b.Message == c.session.Report.Card && b.Step != stepLeave && b.Step != stepGo {
						own = append(own, b)
					}
				}
				if len(own) > 0 {
					tap := rapid.SampledFrom(own).Draw(t, "tap")
					in = Input{Tap: &tap}
				}
			} else if !live && rapid.Bool().Draw(t, "open") {
				in = Input{Tap: &Tap{Step: stepGo, Value: "help", Message: 2}}
			}
			c.late = rapid.IntRange(0, 19).Draw(t, "late") == 0
			turn := c.send(in)
			opened = opened || turn.Session.live()
			for _, s := range turn.Say {
				if opened && !in.Group && !turn.Forget {
					require.True(t, s.Silent, "%+v", s)
				}
				if s.Danger {
					require.True(t, turn.Session.live())
					require.True(t, s.Edit != 0 || (!before.live() || before.Report.Gap) && in.Tap == nil, "sent, not edited: %+v after %+v in %+v", s.Parts, in, before)
					require.False(t, c.late)
				} else if !s.Pop && before.live() && !in.Group {
					require.True(t, s.Cover || !turn.Session.live(), "%+v", s)
				}
				for _, r := range s.Rows {
					for _, b := range r {
						require.LessOrEqual(t, len(turn.Session.Nonce+"."+b.Step+"."+b.Value), 64)
						require.NotContains(t, b.Value, ".")
					}
				}
			}
			if turn.Forget {
				opened = false
			}
			if c.session.live() {
				require.Equal(t, before.live() && turn.Session.Nonce == before.Nonce, !redrawn(turn) && before.live(), "buttons count as long as the card stands")
			}
			if f := turn.Report; f != nil && f.Begin {
				over := !before.live() || before.Report.Gap // a cry after a talk that was covered is another one
				require.True(t, over || !before.Report.Filed, "a case begins once")
			}
		}
	})
}

// Every question but the first four can be skipped, all can be left and gone
// back from, on the same places of the card.
func TestEveryQuestionCanBeSkippedAndLeft(t *testing.T) {
	for _, what := range []string{"hurt", "moved", "held", "out", "afraid"} {
		for _, who := range []string{ForSelf, ForSomeone} {
			c := newChat()
			c.book = doorBook("")
			c.tap(t, Input{Command: "start"}, "go.help", "dg_phone.yes", "dg_who."+who, "dg_what."+what, "dg_where.th")
			asked := map[string]bool{}
			for {
				_, next := c.session.Report.formNext(c.session.Answers)
				if next == nil {
					break
				}
				require.False(t, asked[next.ID], next.ID)
				asked[next.ID] = true
				before := c.session
				c.tap(t, Input{}, next.ID+"."+Back)
				require.True(t, c.session.live(), "%s back", next.ID)
				c.session = before
				left := c.tap(t, Input{}, "dg_leave.exit")
				require.True(t, left.Say[0].Cover, "%s exit", next.ID)
				c.session = before
				c.tap(t, Input{}, next.ID+"."+Skip)
			}
			require.Equal(t, who == ForSomeone, asked["dg_last"])
			require.Equal(t, what == "afraid", asked["dg_trip"])
			require.Equal(t, what != "afraid", asked["dg_place"])
			require.NotNil(t, c.session.Report)
		}
	}
}

// danger.md 10: words of somebody who no longer wants to live get a warm
// sentence and whom to call first: no verdict, no form, no case.
func TestDespairComesFirst(t *testing.T) {
	w := testWith()
	w.Despair = func(text string) bool { return strings.Contains(text, "want to die") }
	w.Crisis = func(country string) []Line {
		if country == "TH" {
			return []Line{{Country: "TH", Name: "A crisis line", Kinds: []string{"mental_health"}, Numbers: []string{"1323"}}}
		}
		return nil
	}
	b := New(w)
	s := Session{Lang: "en", Texts: []string{"top up"}, From: []int{1}}
	turn := b.Turn(s, Input{Text: "top up again? I want to die", Message: 2})
	require.Nil(t, turn.Verdict)
	require.Equal(t, "crisis crisis_pick", keysOf(turn.Say[0]))
	require.Equal(t, []string{"top up"}, turn.Session.Texts)
	turn = b.Turn(turn.Session, Input{Tap: &Tap{Step: stepCrisis, Value: "th", Message: 3}})
	require.Equal(t, "crisis line_entry", keysOf(turn.Say[0]))
	turn = b.Turn(turn.Session, Input{Text: "I want to die", Message: 4})
	require.Equal(t, "crisis line_entry", keysOf(turn.Say[0]))
	turn = b.Turn(Session{Lang: "en", Country: "MM"}, Input{Text: "I want to die", Message: 4})
	require.Equal(t, "crisis crisis_none crisis_pick", keysOf(turn.Say[0]))
	require.Empty(t, b.Turn(Session{}, Input{Text: "I want to die", Group: true}).Say)

	// In a danger talk the sentence stands on the card and the line in a pop-up;
	// the words are sealed and taken away.
	c := held(t)
	w.Door, w.Office = func(string) bool { return true }, doorBook("").office
	c.book = New(w)
	turn = c.send(Input{Text: "I want to die"})
	require.Equal(t, "dg_warm", keysOf(turn.Say[0]))
	require.Equal(t, "I want to die", turn.Report.Words)
	require.Len(t, turn.Wipe, 1)
	require.Equal(t, "dgp_talk_none", keysOf(c.tap(t, Input{}, "dg_line.c0").Say[0]))
	require.Equal(t, Key("dg_open"), c.tap(t, Input{}, "dg_view.back").Say[0].Parts[0].Key)
	c.session.Country = "TH"
	c.session.Answers = c.session.Answers.Drop(stepWhere)
	c.send(Input{Text: "I want to die"})
	require.Equal(t, "dgp_line", keysOf(c.tap(t, Input{}, "dg_line.c0").Say[0]))

	turn = c.book.Turn(Session{}, Input{Text: "please, I cannot leave and I want to die", Message: 9})
	require.True(t, turn.Session.live())
	require.Equal(t, "dg_warm dg_device dg_erase", keysOf(turn.Say[0]), "before the first question, with what stands on every first card")
}

func keysOf(s Say) string {
	var keys []string
	for _, p := range s.Parts {
		keys = append(keys, string(p.Key))
	}
	return strings.Join(keys, " ")
}

// Every button of the danger talk is short enough to be read on a small phone.
func TestDangerButtonsAreShort(t *testing.T) {
	_, w := realBook(t)
	keys := []Key{
		"dg_about", "dg_have_order", "dg_mean", "dg_leave", "dg_skip", "dg_next", "dg_reader", "dg_lines", "dg_way_pictures", "dg_way_number",
		"dg_way_later", "dg_pics_again", "dg_order_show", "dg_order_have", "dg_order_pics", "dg_order_digits", "dg_retry", "dg_add", "dg_view",
		"dg_clear", "dg_clear_yes", "dg_clear_no", "dg_reach_no", "dg_reach_yes", "dg_talk",
	}
	for _, c := range cards(false) {
		for _, r := range optionRows(&c) {
			for _, b := range r {
				keys = append(keys, b.Key)
			}
		}
	}
	for _, l := range w.Languages() {
		for _, k := range keys {
			require.LessOrEqual(t, len([]rune(w.Plain(l.Code, string(k), nil))), 40, "%s %s", l.Code, k)
		}
	}
}
