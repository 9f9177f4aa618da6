package main

import (
	"testing"
	"time"
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
