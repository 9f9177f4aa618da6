package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// play asks for items as soon as the pace lets them go, for a while, and
// answers when each left.
func play(p *Pace, it func(n int) Item, span time.Duration) (left []time.Duration) {
	for now := start; now.Sub(start) <= span; {
		wait := p.Take(now, it(len(left)))
		if wait == 0 {
			left = append(left, now.Sub(start))
			continue
		}
		now = now.Add(wait)
	}
	return left
}

// most counts how many fall into the fullest window.
func most(left []time.Duration, window time.Duration) int {
	n := 0
	for i := range left {
		in := 0
		for _, t := range left[i:] {
			if t-left[i] < window {
				in++
			}
		}
		n = max(n, in)
	}
	return n
}

func TestPaceStaysWithinTelegramsLimits(t *testing.T) {
	for _, c := range []struct {
		name           string
		item           func(n int) Item
		window         time.Duration
		limit, atLeast int
	}{
		{"a chat", func(int) Item { return Item{Lane: "a", Class: Check} }, 10 * time.Second, 13, 60},
		{"a group", func(int) Item { return Item{Lane: "g", Class: Check, Group: true} }, time.Minute, 20, 18},
		{"everybody", func(n int) Item { return Item{Lane: fmt.Sprint(n), Class: Check} }, time.Second, 30, 25 * 60},
		{"covers of one chat", func(int) Item { return Item{Lane: "a", Class: Cover} }, time.Second, 30, 25 * 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			left := play(NewPace(), c.item, time.Minute)
			require.LessOrEqual(t, most(left, c.window), c.limit)
			require.GreaterOrEqual(t, len(left), c.atLeast)
		})
	}
}

func TestPaceHold(t *testing.T) {
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	check := func(lane string) Item { return Item{Lane: lane, Class: Check} }
	p := NewPace()
	p.Hold(start, check("a"), 10*time.Second)
	require.Equal(t, 10*time.Second, p.Take(start, check("a")))
	require.Zero(t, p.Take(start, check("b")), "a lane held does not hold others")
	require.Zero(t, p.Take(start, Item{Lane: "a", Class: Cover}), "a cover leaves all the same")
	require.Equal(t, time.Second, p.Take(start, Item{Lane: "a", Class: Delete}), "but one a second")
	require.Zero(t, p.Take(at(10), check("a")))

	p.Hold(at(20), check("a"), 5*time.Second)
	p.Hold(at(21), check("b"), 7*time.Second)
	require.Zero(t, p.Take(at(21), check("c")))
	p.Hold(at(22), check("d"), 6*time.Second)
	require.Equal(t, 6*time.Second, p.Take(at(22), check("c")), "several lanes: it is the bot")
	require.Zero(t, p.Take(at(22), Item{Lane: "c", Class: Cover}))
	require.Equal(t, time.Second, p.Take(at(22), Item{Lane: "x", Class: Delete}))
	require.Zero(t, p.Take(at(28), check("c")))

	p.Hold(at(100), check("e"), time.Second)
	p.Hold(at(110), check("f"), time.Second)
	p.Hold(at(120), check("g"), time.Second)
	require.Zero(t, p.Take(at(120), check("h")), "one after another in a minute is each its own")
}

func TestPaceForgetsSilentLanes(t *testing.T) {
	p := NewPace()
	for i := range 1000 {
		p.Take(start.Add(time.Duration(i)*time.Second), Item{Lane: fmt.Sprint(i), Class: Check})
	}
	require.LessOrEqual(t, len(p.lanes), 700)
	p.Take(start.Add(time.Hour), Item{Lane: "last", Class: Check})
	require.Len(t, p.lanes, 1)
}
