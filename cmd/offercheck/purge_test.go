package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
)

// refusing makes the messenger refuse to delete some messages, as it may.
type refusing struct {
	mu  sync.Mutex
	ids map[int]bool
	off bool
}

func (r *refusing) answer(c said) (int, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.ids {
		if !r.off && c.deletes(id) {
			return 400, "Bad Request: message can't be deleted"
		}
	}
	return 0, ""
}

func (r *refusing) add(id int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids[id] = true
}

// bakery is a harmless offer, which anybody may send.
const bakery = "We need drivers for our bakery in town, call our office"

func (g *gate) traces(p *prisoner) int {
	return g.rows(`SELECT count(*) FROM tidy WHERE lane = ?`, g.rooms.v.Chat(p.Chat))
}

// Rule 8: what the messenger refuses to delete is rewritten when it is ours, and
// else counted and told, once, to whoever comes back; the others of its batch go
// one by one.
func TestRule8WhatCannotBeDeletedIsRewrittenOrTold(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	no := &refusing{ids: map[int]bool{}}
	w.set(no.answer)
	p, _ := g.report("en")
	p.tap(".dg_way.pictures")
	p.pictures("dg_way", "p", 1, 2, 3, 4)
	p.pictures("dg_way", "p-1-2-3-4", 9, 8, 7, 6)
	p.until("dg_debt")
	card := p.Last().ID
	g.halt()
	stays := p.Send("three thousand to boss Lin")
	no.add(stays)
	no.add(card)
	g.start()
	g.quiet()
	require.True(t, onScreen(p, stays), "it was refused")
	p.tap(".dg_leave.exit")
	p.covered(card)
	p.say(bakery) // an answer of ours that must not stay either
	answer := p.Last().ID
	no.add(answer)
	require.NotEqual(t, p.startCard(), strings.TrimSpace(p.Last().Text))

	g.s.Advance(20*time.Hour + 2*time.Minute)
	p.covered(answer)
	g.quiet()
	require.True(t, g.s.Wait(patience, func() bool { return g.traces(p) == 1 }), "the one that is to be told")
	batches, singles := 0, 0
	for _, c := range w.since(0) {
		if c.method == "deleteMessages" && c.deletes(card) && c.deletes(answer) {
			batches++
		}
		if c.method == "deleteMessage" && (c.message() == card || c.message() == answer) {
			singles++
		}
	}
	require.Positive(t, batches)
	require.GreaterOrEqual(t, singles, 2, "a batch that fails is repeated one by one")

	told := func() string {
		p.comeBack("pics")
		p.pictures("dg_pics", "", 1, 2, 3, 4)
		text := p.Last().Text
		p.tap(".dg_leave.exit")
		return text
	}
	first, again := told(), told()
	require.NotEqual(t, first, again, "it is told, and once")
	require.Greater(t, len(first), len(again))
}

// What was to be taken away while the bot was down goes first when it is back.
func TestThePurgeAfterThirtyHoursOfNothing(t *testing.T) {
	g := newGate(t)
	w := newWire(t, g)
	var talks []*prisoner
	for range 6 {
		p := g.prisoner("en")
		p.tap(".go.help")
		for _, data := range fourTaps() {
			p.tap(data)
		}
		talks = append(talks, p)
	}
	for _, p := range talks[:3] {
		p.tap(".dg_leave.exit")
	}
	g.halt()
	g.s.Advance(30 * time.Hour)
	before := w.count()
	g.start()
	for _, p := range talks {
		require.True(t, g.s.Wait(patience, func() bool { return len(p.FromBot()) == 0 }), telegramtest.Transcript(p.Screen()))
		require.Len(t, p.phone.Notifications(), p.loud)
		require.True(t, g.s.Wait(patience, func() bool { return g.traces(p) == 0 }))
	}
	for _, c := range w.since(before) {
		require.NotEqual(t, "sendMessage", c.method)
	}
	require.Len(t, g.cases(), 6)
}

// Down for 47 hours: too late to try, so ours become the start card.
func TestThePurgeAfterTheHourAtWhichNothingGoes(t *testing.T) {
	g := newGate(t)
	g.s.Advance(24*time.Hour - time.Duration(g.s.Now().UTC().Hour())*time.Hour) // shortly after midnight, so that keys live
	g.quiet()
	p, _ := g.report("en")
	p.tap(".dg_leave.exit")
	p.say(bakery)
	answer := p.Last().ID
	require.NotEqual(t, p.startCard(), strings.TrimSpace(p.Last().Text))
	g.halt()
	g.s.Advance(46*time.Hour + 30*time.Minute)
	g.start()
	p.covered(answer)
	g.quiet()
	require.True(t, g.s.Wait(patience, func() bool { return g.traces(p) == 0 }))
}

// A clock that jumps forward covers and takes away earlier; when it goes back
// nothing waits for a time that was wrong.
func TestThePurgeWithAClockThatJumps(t *testing.T) {
	g := newGate(t)
	p, _ := g.report("en")
	card := p.Last().ID
	g.s.Advance(21 * time.Hour)
	p.gone(card)

	q, _ := g.report("en")
	open := q.Last().ID
	g.halt() // as a machine does that was started with a wrong clock
	g.s.Advance(3 * 24 * time.Hour)
	g.start()
	q.covered(open) // before the key of its day goes
	q.onlyTheStartCard()
	r, code := g.report("en")
	g.halt()
	g.s.Advance(-4 * 24 * time.Hour)
	g.start()
	r.covered(r.Last().ID)
	r.onlyTheStartCard()
	require.Contains(t, g.read(code), "held")
	s, code := g.report("en") // and it goes on
	s.onlyTheCard()
	s.tap(".dg_leave.exit")
	s.onlyTheStartCard()
	require.Contains(t, g.read(code), "held")
	q.onlyTheStartCard()
}

// The purge comes before anything else after a start, whatever else waits: more
// traces than are looked at in one go are all taken up before old rows are given
// up, so that none is forgotten.
func TestThePurgeForgetsNobodyAfterALongOutage(t *testing.T) {
	g := newGate(t)
	g.halt()
	ctx := context.Background()
	const chats, each = 5, 90
	require.NoError(t, g.d.Tx(ctx, func(tx *db.Tx) error {
		for c := range int64(chats) {
			for m := range each {
				if err := trace(ctx, tx, g, 5_000_000+c, 100+m); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	g.s.Advance(72*time.Hour - time.Duration(g.s.Now().UTC().Hour()+1)*time.Hour)
	b := g.writer()
	require.NoError(t, b.Tidy(ctx))
	require.NoError(t, b.Purge(ctx))
	left := 0
	for c := range int64(chats) {
		left += g.rows(`SELECT count(*) FROM tidy WHERE left_behind = 1 AND lane = ?`, g.rooms.v.Chat(5_000_000+c))
	}
	require.Equal(t, chats*each, left, "each can be told")
}

// trace notes a message of a person that must not stay.
func trace(ctx context.Context, tx *db.Tx, g *gate, chat int64, message int) error {
	return outbox.Remember(ctx, tx, g.rooms.v, outbox.Trace{Lane: g.rooms.v.Chat(chat), Chat: chat, Message: message})
}
