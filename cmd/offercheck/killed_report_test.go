package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
)

// The program itself is killed while somebody makes a report: the case has every
// part once, the words are gone from the chat, the card is covered.
func TestAReportWhileTheProgramIsKilled(t *testing.T) {
	t.Parallel()
	reportKilled(t, 1, 4)
}

func reportKilled(t *testing.T, seed uint64, most int) {
	var steps []death
	for _, method := range []string{"editMessageText", "answerCallbackQuery", "deleteMessage", "getUpdates"} {
		for n := range 2 {
			steps = append(steps, death{method: method, n: n}, death{method: method, n: n, after: true})
		}
	}
	first := steps[int(seed)%len(steps)]
	rand.New(rand.NewPCG(seed, 5)).Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	// Not every call is made in every life: what is not reached is passed over.
	if most < len(steps) {
		steps = append([]death{{method: "editMessageText", n: 1, after: true}, {method: "deleteMessage"}}, steps[:most-2]...)
	} else {
		steps = append([]death{first}, slices.DeleteFunc(steps, func(x death) bool { return x == first })...)
	}
	engines(t, func(t *testing.T, env []string, after func()) {
		s := telegramtest.New(t)
		r, reader := installed(t, env)
		k := teller{Person: s.Person("en"), t: t, s: s, p: &process{log: &lines{news: make(chan struct{}, 1)}}, lossy: true}
		var over atomic.Bool
		var kills atomic.Int32
		var alive atomic.Pointer[process]
		last := make(chan struct{})
		go func() { // whoever keeps it running
			defer close(last)
			for i := 0; !over.Load(); i++ {
				w := &reaper{calls: map[string]int{}}
				if i < len(steps) {
					w.at = steps[i]
					s.Chaos(w.look)
				} else {
					s.Chaos(nil)
				}
				w.mu.Lock()
				p := begin(t, s, nil, env...)
				w.p = p
				w.mu.Unlock()
				alive.Store(p)
				<-p.end
				if !over.Load() {
					kills.Add(1)
				}
				after()
			}
		}()
		k.Send("/start")
		k.shows(".go.help")
		begun := time.Now()
		k.tap(append(append([]string{".go.help"}, fourTaps()...), ".dg_way.skip")...)
		k.shows(".dg_place.skip")
		k.types("the blue gate")
		k.skipTo(".dg_debt.no")
		k.types("four thousand to boss Lin")
		k.tap(".dg_leave.exit")
		start := strings.TrimSpace(k.Last().Text)
		require.Contains(t, start, "Hello", telegramtest.Transcript(k.Screen()))
		require.True(t, s.Wait(patience, func() bool { return s.Pending() == 0 }))
		over.Store(true)
		for done := false; !done; {
			alive.Load().kill()
			select {
			case <-last:
				done = true
			case <-time.After(50 * time.Millisecond): // it was just being started again
			}
		}
		t.Logf("%d deaths in %v, the first at %v", kills.Load(), time.Since(begun).Round(time.Second), steps[0])
		require.Positive(t, kills.Load())

		all, err := r.desk.Queue(t.Context(), "", 10)
		require.NoError(t, err)
		require.Len(t, all, 1, "one case")
		opened, err := r.desk.Read(t.Context(), all[0].Code, reader.Key())
		require.NoError(t, err)
		seen := map[string]int{}
		for _, p := range opened.Parts {
			for _, what := range []string{`"dg_phone"`, `"dg_who"`, `"dg_what"`, `"dg_where"`, "blue gate", "boss Lin"} {
				if strings.Contains(string(p.Body), what) {
					seen[what]++
				}
			}
		}
		require.Equal(t, map[string]int{`"dg_phone"`: 1, `"dg_who"`: 1, `"dg_what"`: 1, `"dg_where"`: 1, "blue gate": 1, "boss Lin": 1}, seen, fmt.Sprint(steps))
		require.Empty(t, s.Bugs())
	})
}
