package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A running bot whose clock was wrong and is set back goes on covering and tidying.
func TestAClockSetBackUnderARunningBot(t *testing.T) {
	g := newGate(t)
	p, _ := g.report("en")
	card := p.Last().ID
	g.s.Advance(24 * time.Hour)
	p.gone(card) // every chore was done at a time that is not
	g.s.Advance(-24 * time.Hour)
	q, _ := g.report("en")
	card = q.Last().ID
	g.s.Advance(3*time.Minute + 5*time.Second)
	q.covered(card)
	g.s.Advance(20 * time.Hour)
	q.gone(card)
}

// A clock that jumps by days under a running bot: every talk that is on is covered
// before the key it is sealed with goes, however many there are, and whatever
// comes first.
func TestALeapOfTheClockCoversWhatIsOpen(t *testing.T) {
	for _, first := range []string{"nothing", "a stranger's word", "a tap"} {
		t.Run(first, func(t *testing.T) {
			g := newGate(t)
			var open []*prisoner
			var cards []int
			for range 3 {
				p, _ := g.report("en")
				open, cards = append(open, p), append(cards, p.Last().ID)
			}
			other := g.prisoner("th")
			g.s.Advance(4 * 24 * time.Hour)
			switch first {
			case "a stranger's word":
				other.say("hi")
			case "a tap":
				open[1].Press(cards[1], open[1].button(".dg_way.skip"))
			}
			for i, p := range open {
				p.covered(cards[i])
			}
			g.quiet()
			for _, p := range open {
				p.onlyTheStartCard()
			}
			require.Len(t, g.cases(), 3)
			for _, c := range g.cases() {
				require.Contains(t, g.read(c.Code), "held")
			}
			q, _ := g.report("en") // and it goes on
			q.onlyTheCard()
		})
	}
}
