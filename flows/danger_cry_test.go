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
