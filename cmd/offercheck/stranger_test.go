package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
)

// deeds are what a stranger does who took the phone out of a hand.
func deeds(t *testing.T) map[string]func(p *prisoner) {
	var shot bytes.Buffer
	require.NoError(t, png.Encode(&shot, image.NewGray(image.Rect(0, 0, 300, 200))))
	return map[string]func(p *prisoner){
		"start":         func(p *prisoner) { p.Send("/start") },
		"help":          func(p *prisoner) { p.Send("/help") },
		"hi":            func(p *prisoner) { p.Send("hi") },
		"an offer":      func(p *prisoner) { p.Send("We need drivers for our bakery in town, call our office") },
		"a screenshot":  func(p *prisoner) { p.Photo(shot.Bytes(), "") },
		"old buttons":   func(p *prisoner) { p.pressAll() },
		"an odd order":  func(p *prisoner) { p.Send("1234 5678 9012 3456") },
		"cancel":        func(p *prisoner) { p.Send("/cancel") },
		"a deep link":   func(p *prisoner) { p.Send("/start report") },
		"an edit of it": func(p *prisoner) { p.Edit(p.Send("good morning"), "good evening") },
	}
}

// pressAll presses every button that was ever on the screen, but those that are
// there now on the live card: a stranger who presses these is the person, as far
// as anybody can know.
func (p *prisoner) pressAll() { p.pressEach(func(*telegramtest.Tap) {}) }

// pressEach is pressAll with something to be done before the next one is pressed.
func (p *prisoner) pressEach(then func(*telegramtest.Tap)) {
	now := map[string]bool{}
	for _, m := range p.FromBot() {
		for _, b := range m.Buttons() {
			now[fmt.Sprint(m.ID, " ", b.Data)] = true
		}
	}
	for _, x := range slices.Clone(p.old) {
		if now[x] || strings.HasSuffix(x, ".go.help") {
			continue
		}
		id, data, _ := strings.Cut(x, " ")
		n, _ := strconv.Atoi(id)
		then(p.Press(n, data))
	}
}

// telltale is a text of the danger talk: every message of its keys.
func telltales(t *testing.T, g *gate, lang string) []string {
	t.Helper()
	var out []string
	for _, key := range g.house.book.Keys() {
		if s := string(key); strings.HasPrefix(s, "dg_") || strings.HasPrefix(s, "dgp_") {
			if text := strings.TrimSpace(g.house.words.Plain(lang, s, nil)); len([]rune(text)) > 12 {
				line, _, _ := strings.Cut(text, "\n")
				out = append(out, line)
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// TestAStrangerMeetsABotThatKnowsNothing: at every step of the talk and after its
// end, whatever somebody else does is answered as to everybody, without a sound,
// and nothing of the talk is on any screen.
func TestAStrangerMeetsABotThatKnowsNothing(t *testing.T) {
	g := newGate(t)
	words := telltales(t, g, "en")
	steps := append([]string{".go.help"}, fourTaps()...)
	for n := 1; n <= len(steps)+1; n++ {
		for name, do := range deeds(t) {
			t.Run(fmt.Sprint(n, " ", name), func(t *testing.T) {
				p := g.prisoner("en")
				for _, data := range steps[:min(n, len(steps))] {
					p.tap(data)
				}
				if n > len(steps) {
					p.tap(".dg_leave.exit")
				}
				do(p)
				g.quiet()
				p.note()
				p.clean(t, words)
				if name == "old buttons" && n > len(steps) { // and a day later
					g.s.Advance(20 * time.Minute)
					p.pressAll()
					g.quiet()
					p.clean(t, words)
				}
			})
		}
	}
}

// clean is what a screen must be for a captor: no word of the talk, no sound.
func (p *prisoner) clean(t *testing.T, words []string) {
	t.Helper()
	for _, d := range []*telegramtest.Device{p.phone, p.second} {
		screen := d.Screen()
		for _, m := range screen {
			for _, w := range words {
				require.NotContains(t, m.Text, w, telegramtest.Transcript(screen))
			}
		}
		require.Len(t, d.Notifications(), p.loud, "a notification after the door opened:\n%s", telegramtest.Transcript(screen))
	}
}

// TestStrangersAnswersAreThoseOfEverybody compares, word for word, with somebody
// who never opened the door.
func TestStrangersAnswersAreThoseOfEverybody(t *testing.T) {
	g := newGate(t)
	for name, do := range deeds(t) {
		if name == "old buttons" {
			continue // nobody else has them
		}
		t.Run(name, func(t *testing.T) {
			p, other := g.prisoner("en"), g.prisoner("en")
			for _, data := range append([]string{".go.help"}, fourTaps()...) {
				p.tap(data)
			}
			p.tap(".dg_leave.exit")
			do(p)
			do(other)
			g.quiet()
			texts := func(x *prisoner) (out []string) {
				for _, m := range x.FromBot() {
					out = append(out, m.Text)
				}
				return out
			}
			require.Equal(t, texts(other), texts(p))
		})
	}
}

// TestDangerUnderFaults walks the talk while calls fail: refused, lost before and
// after they arrived, slowed down.
func TestDangerUnderFaults(t *testing.T) {
	g := newGate(t)
	words := telltales(t, g, "en")
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := g.prisoner("en")
			g.s.Chaos(chaos(rand.New(rand.NewPCG(seed, 7))))
			defer g.s.Chaos(nil)
			p.tap(".go.help")
			for _, data := range fourTaps() {
				p.tap(data)
			}
			p.tap(".dg_leave.exit")
			require.True(t, g.s.Wait(patience, func() bool { return strings.TrimSpace(p.Last().Text) == p.startCard() }))
			p.clean(t, words)
			p.onlyTheStartCard()
		})
	}
}

// TestAnOutageOfThirtyHours: what was done meanwhile is filed and taken away, the
// card is covered, and nothing is sent. The messenger drops what it kept for
// longer than a day; the purge runs first.
func TestAnOutageOfThirtyHours(t *testing.T) {
	g := newGate(t)
	words := telltales(t, g, "en")
	p := g.prisoner("en")
	p.tap(".go.help")
	for _, data := range fourTaps() {
		p.tap(data)
	}
	g.halt()
	late := p.Send("they took us to the other house with the green gate")
	g.s.Advance(30 * time.Hour)
	g.start()
	g.quiet()
	require.True(t, g.s.Wait(patience, func() bool { return !onScreen(p, late) }), "the person's words stay:\n%s", telegramtest.Transcript(p.Screen()))
	p.clean(t, words)
	require.Len(t, p.phone.Notifications(), p.loud)
}

func onScreen(p *prisoner, id int) bool {
	return slices.ContainsFunc(p.Screen(), func(m telegramtest.Message) bool { return m.ID == id })
}

// TestThePurgeTakesTheCardAwayInTime: twenty hours after the talk even the start
// card that was the danger card goes, with its mark of having been edited.
func TestThePurgeTakesTheCardAwayInTime(t *testing.T) {
	g := newGate(t)
	p := g.prisoner("en")
	p.tap(".go.help")
	for _, data := range fourTaps() {
		p.tap(data)
	}
	p.tap(".dg_leave.exit")
	card := p.Last().ID
	g.s.Advance(19 * time.Hour)
	g.quiet()
	require.True(t, onScreen(p, card))
	g.s.Advance(90 * time.Minute)
	require.True(t, g.s.Wait(2*patience, func() bool { return !onScreen(p, card) }), telegramtest.Transcript(p.Screen()))
	require.Len(t, p.phone.Notifications(), p.loud)
}
