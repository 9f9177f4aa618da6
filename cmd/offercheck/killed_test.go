package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports/db"
)

// runOut makes what a killed process had leased and claimed run out, as if its
// time had passed.
func runOut(t testing.TB, dsn string) {
	t.Helper()
	d, err := db.Open(context.Background(), dsn)
	require.NoError(t, err)
	defer d.Close()
	require.NoError(t, d.Tx(context.Background(), func(tx *db.Tx) error {
		for _, q := range []string{`UPDATE leases SET expires_at = 0`, `UPDATE outbox SET claimed_until = 0 WHERE claimed_until > 0`} {
			if _, err := tx.Exec(context.Background(), q); err != nil {
				return err
			}
		}
		return nil
	}))
}

// death is a moment at which a process is killed: at the n-th call of a method
// in its life, before or after Telegram did what was asked, or a little later.
type death struct {
	method string
	n      int
	after  bool
	late   time.Duration
}

func (d death) String() string {
	when := "before"
	if d.after {
		when = "after"
	}
	return fmt.Sprintf("%s %s %d, %v later", when, d.method, d.n, d.late)
}

// deaths are all the steps between which a life may end, and some random moments.
func deaths(rnd *rand.Rand, steps map[string]int, random int) []death {
	var out []death
	for method, most := range steps {
		for n := range most {
			out = append(out, death{method: method, n: n}, death{method: method, n: n, after: true})
		}
	}
	slices.SortFunc(out, func(a, b death) int { return strings.Compare(a.String(), b.String()) })
	for range random {
		d := death{method: []string{"getUpdates", "sendMessage"}[rnd.IntN(2)], n: rnd.IntN(4), after: true}
		d.late = time.Duration(rnd.IntN(30_000)) * time.Microsecond
		out = append(out, d)
	}
	rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// reaper kills the process at its moment. It is asked at every call, under the
// server's lock.
type reaper struct {
	mu    sync.Mutex
	p     *process
	at    death
	calls map[string]int
}

func (r *reaper) look(c telegramtest.Call) telegramtest.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.calls[c.Method]
	r.calls[c.Method]++
	switch {
	case r.p == nil || c.Method != r.at.method || n != r.at.n:
		return telegramtest.OK()
	case r.at.late > 0:
		time.AfterFunc(r.at.late, r.p.kill)
		return telegramtest.OK()
	}
	r.p.kill()
	if r.at.after {
		return telegramtest.OK() // done, but nobody hears of it
	}
	return telegramtest.DropBefore()
}

// Killed at every step and at random moments, on both engines: no update is lost
// or doubled, in each chat at most one message for each death comes twice, no
// conversation is broken.
func TestKilled(t *testing.T) {
	t.Parallel()
	killed(t, 1, map[string]int{"getUpdates": 1, "sendMessage": 2, "answerCallbackQuery": 1}, 1)
}

func killed(t *testing.T, seed uint64, steps map[string]int, random int) {
	engines(t, func(t *testing.T, env []string, after func()) {
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 0))
		s := telegramtest.New(t)
		people := errands(t, s, 8)
		for _, e := range people {
			e.Send("HR keeps the passport.")
		}
		kills, updates := 0, 0
		var births []time.Time
		next := func() { // one after the other, so that nobody has to wait for the pace
			people[updates%len(people)].next()
			updates++
		}
		var p *process
		for _, at := range deaths(rnd, steps, random) {
			r := &reaper{at: at, calls: map[string]int{}}
			s.Chaos(r.look)
			r.mu.Lock() // no call is missed while it starts
			births = append(births, s.Now())
			p = begin(t, s, nil, env...)
			r.p = p
			r.mu.Unlock()
			for range 3 {
				next()
			}
			if at.method == "answerCallbackQuery" {
				people[0].Press(1, "0000.go.lines")
			}
			began := time.Now()
			for alive := true; alive; {
				select {
				case <-p.end:
					alive = false
				case <-time.After(250 * time.Millisecond): // a call that never comes by itself
					next()
					require.Less(t, time.Since(began), patience, "%s: it lives on\n%s", at, p.log)
				}
			}
			require.Equal(t, syscall.SIGKILL, p.cmd.ProcessState.Sys().(syscall.WaitStatus).Signal(), "%s: it ended by itself\n%s", at, p.log)
			kills++
			t.Logf("%s: %v", at, time.Since(began).Round(time.Millisecond))
			require.NotContains(t, p.log.String(), "panic", at)
			s.Chaos(nil)
			after()
		}
		births = append(births, s.Now())
		p = serving(t, s, env...)
		twice := settled(t, s, people, p)
		for _, e := range people {
			_, again := e.complete(t)
			last := 0 // the death that the repeat before this one is for
			for _, at := range again {
				life := sort.Search(len(births), func(i int) bool { return births[i].After(at) })
				// What a killed process had on the wire may arrive in the next life.
				last = max(last+1, life-2)
				require.Less(t, last, life, "more than one message of one chat came twice for one death")
			}
		}
		t.Logf("%d deaths, %d updates, %d messages twice", kills, updates, twice)

		// The conversation from before the first death goes on.
		for _, e := range people {
			n := e.Received()
			e.Send("/cancel")
			// What answers a tap from before the last death may still come first.
			for said := ""; said != e.said("stopped"); said = e.Last().Text {
				n++
				require.True(t, e.Await(n, patience), "the last word is %q", said)
			}
		}
		p.stop()
		require.Empty(t, s.Bugs())
		require.Empty(t, s.Unanswered())
	})
}
