package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/vault"
)

// bench is an outbox with a clock that stands until it is moved.
type bench struct {
	t   *testing.T
	d   *db.DB
	v   *vault.Vault
	mu  sync.Mutex
	now time.Time
}

func each(t *testing.T, fn func(b *bench)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &bench{t: t, now: start}
		b.d = d.WithClock(b.clock)
		v, err := vault.Open(t.TempDir(), start)
		require.NoError(t, err)
		b.v = v
		fn(b)
	})
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func (b *bench) tx(fn func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	require.NoError(b.t, b.d.Tx(context.Background(), func(tx *db.Tx) error { return fn(context.Background(), tx) }))
}

func (b *bench) put(it Item, words string, delay time.Duration) {
	b.t.Helper()
	it.Kind = "test"
	body, err := Seal(b.v, b.clock(), it.Lane, []byte(words))
	require.NoError(b.t, err)
	it.Body = body
	b.tx(func(ctx context.Context, tx *db.Tx) error { return Put(ctx, tx, it, delay) })
}

func (b *bench) rows() (n int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error { return tx.Get(ctx, &n, `SELECT count(*) FROM outbox`) })
	return n
}

func (b *bench) letters() (codes []int) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error {
		codes = nil
		return tx.Select(ctx, &codes, `SELECT code FROM dead_letters ORDER BY id`)
	})
	return codes
}

// carrier writes down what it gets and does what is asked of it.
type carrier struct {
	mu   sync.Mutex
	got  []string
	carr func(ctx context.Context, it Item) (Sent, error)
}

func (c *carrier) Carry(ctx context.Context, it Item) (Sent, error) {
	var sent Sent
	var err error
	if c.carr != nil {
		sent, err = c.carr(ctx, it)
	}
	if err == nil {
		c.mu.Lock()
		c.got = append(c.got, string(it.Body))
		c.mu.Unlock()
	}
	return sent, err
}

func (c *carrier) list() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

func (b *bench) courier(c *carrier, pace *Pace) *Courier {
	return NewCourier(b.d, b.v, map[string]Carrier{"test": c}, pace)
}

func (b *bench) flush(c *Courier) {
	b.t.Helper()
	require.NoError(b.t, c.Flush(context.Background()))
}

func TestOrderInALane(t *testing.T) {
	each(t, func(b *bench) {
		for i := range 20 {
			for _, lane := range []string{"a", "b", "c"} {
				b.put(Item{Lane: lane, Class: Check}, fmt.Sprintf("%s%02d", lane, i), 0)
			}
		}
		c := &carrier{}
		tries := 0
		c.carr = func(_ context.Context, it Item) (Sent, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			tries++
			if tries%3 == 0 { // every third stumbles and is due again at once
				b.pass(time.Millisecond)
				return Sent{}, Later{After: time.Nanosecond, Slow: true}
			}
			return Sent{}, nil
		}
		courier := b.courier(c, nil)
		for b.rows() > 0 {
			b.flush(courier)
			b.pass(10 * time.Millisecond)
		}
		got := c.list()
		require.Len(t, got, 60, "each once")
		for _, lane := range []string{"a", "b", "c"} {
			var of []string
			for _, s := range got {
				if s[:1] == lane {
					of = append(of, s)
				}
			}
			require.Len(t, of, 20)
			require.True(t, slices.IsSorted(of), "%v", of)
		}
	})
}

func TestTheLowestClassLeavesFirst(t *testing.T) {
	each(t, func(b *bench) {
		for _, c := range []Class{Notice, Staff, Check, Danger, Delete, Cover, Check} {
			b.put(Item{Lane: "a", Class: c}, fmt.Sprint(int(c)), 0)
		}
		c := &carrier{}
		b.flush(b.courier(c, nil))
		require.Equal(t, []string{"0", "1", "2", "3", "3", "4", "5"}, c.list())
	})
}

// inFlight carries one item until told how it ends.
func (b *bench) inFlight(lane string) (r row) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error {
		all, err := heads(ctx, tx, 10)
		if err != nil {
			return err
		}
		for _, h := range all {
			if h.Lane == lane {
				got, ok, err := claim(ctx, tx, h.Lane, h.Seq, claimLife)
				require.True(b.t, ok)
				r = got
				return err
			}
		}
		return fmt.Errorf("nothing may leave in lane %s", lane)
	})
	return r
}

func (b *bench) ready(lane string) (classes []Class) {
	b.t.Helper()
	b.tx(func(ctx context.Context, tx *db.Tx) error {
		classes = nil
		all, err := heads(ctx, tx, 10)
		for _, h := range all {
			if h.Lane == lane {
				classes = append(classes, Class(h.Class))
			}
		}
		return err
	})
	return classes
}

func TestWhatPassesAnItemUnderWay(t *testing.T) {
	for _, c := range []struct {
		under, then Class
		passes      bool
	}{
		{Check, Check, false}, {Check, Danger, false}, {Danger, Check, false}, {Notice, Check, false},
		{Check, Delete, true}, {Danger, Delete, true}, {Check, Cover, true}, {Danger, Cover, true},
		{Delete, Cover, true}, {Delete, Delete, false}, {Cover, Cover, false}, {Cover, Delete, false}, {Cover, Check, false},
	} {
		t.Run(fmt.Sprintf("%d then %d", c.under, c.then), func(t *testing.T) {
			each(t, func(b *bench) {
				b.put(Item{Lane: "a", Class: c.under}, "under way", 0)
				b.inFlight("a")
				b.put(Item{Lane: "a", Class: c.then}, "then", 0)
				if c.passes {
					require.Equal(t, []Class{c.then}, b.ready("a"))
				} else {
					require.Empty(t, b.ready("a"))
				}
			})
		})
	}
}

// A card was being rewritten into something that must not be seen when the
// cover went out: nobody knows which of the two arrived last.
func TestACoverLeavesAgainAfterWhatWasUnderWay(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		courier := b.courier(c, nil)
		b.put(Item{Lane: "a", Class: Danger}, "danger", 0)
		flight := b.inFlight("a")
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Withdraw(ctx, tx, "a", Danger) })
		b.put(Item{Lane: "a", Class: Cover}, "cover", 0)
		b.put(Item{Lane: "a", Class: Check}, "check", 0)
		b.flush(courier)
		require.Equal(t, []string{"cover"}, c.list())
		require.Empty(t, b.ready("a"), "the second cover waits for the flight")
		b.tx(func(ctx context.Context, tx *db.Tx) error { return delivered(ctx, tx, flight) })
		b.flush(courier)
		require.Equal(t, []string{"cover", "cover", "check"}, c.list())
		require.Zero(t, b.rows())
	})
}

func TestACoverWithNothingUnderWayLeavesOnce(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		b.put(Item{Lane: "a", Class: Danger}, "danger", 0)
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Withdraw(ctx, tx, "a", Danger) })
		b.put(Item{Lane: "a", Class: Cover}, "cover", 0)
		b.flush(b.courier(c, nil))
		require.Equal(t, []string{"cover"}, c.list(), "and the danger item never")
		require.Zero(t, b.rows())
	})
}

func TestAWithdrawnItemUnderWayIsNotTriedAgain(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		b.put(Item{Lane: "a", Class: Danger}, "danger", 0)
		flight := b.inFlight("a")
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Withdraw(ctx, tx, "a", Danger) })
		b.tx(func(ctx context.Context, tx *db.Tx) error {
			return postponed(ctx, tx, flight, time.Second, 1, false)
		})
		b.pass(2 * time.Second)
		b.flush(b.courier(c, nil))
		require.Empty(t, c.list())
		require.Zero(t, b.rows())
	})
}

func TestSlotKeepsTheLatest(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		courier := b.courier(c, nil)
		for i := range 5 {
			b.put(Item{Lane: "a", Class: Check, Slot: "files"}, fmt.Sprintf("%d files", i+1), 1500*time.Millisecond)
			b.put(Item{Lane: "b", Class: Check, Slot: "files"}, "other lane", 1500*time.Millisecond)
			b.flush(courier)
			b.pass(time.Second)
		}
		b.put(Item{Lane: "a", Class: Check}, "an answer meanwhile", 0)
		b.flush(courier)
		require.Equal(t, []string{"an answer meanwhile"}, c.list(), "what is not due holds nothing back")
		b.pass(time.Second)
		b.flush(courier)
		require.ElementsMatch(t, []string{"an answer meanwhile", "5 files", "other lane"}, c.list())
	})
}

func TestSlotReplacedWhileUnderWay(t *testing.T) {
	for name, settle := range map[string]func(ctx context.Context, tx *db.Tx, r row) error{
		"delivered": delivered,
		"later": func(ctx context.Context, tx *db.Tx, r row) error {
			return postponed(ctx, tx, r, time.Hour, 1, true)
		},
		"refused": func(ctx context.Context, tx *db.Tx, r row) error { return buried(ctx, tx, r, 400) },
		"dropped": dropped,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(b *bench) {
				c := &carrier{}
				courier := b.courier(c, nil)
				b.put(Item{Lane: "a", Class: Check, Slot: "card"}, "old", 0)
				flight := b.inFlight("a")
				b.put(Item{Lane: "a", Class: Check, Slot: "card"}, "new", 0)
				b.put(Item{Lane: "a", Class: Check}, "next", 0)
				b.flush(courier)
				require.Empty(t, c.list(), "the new one does not overtake the old one")
				b.tx(func(ctx context.Context, tx *db.Tx) error { return settle(ctx, tx, flight) })
				b.flush(courier)
				require.Equal(t, []string{"new", "next"}, c.list())
				require.Empty(t, b.letters())
				require.Zero(t, b.rows())
			})
		})
	}
	t.Run("never landed", func(t *testing.T) {
		each(t, func(b *bench) {
			c := &carrier{}
			b.put(Item{Lane: "a", Class: Check, Slot: "card"}, "old", 0)
			b.inFlight("a")
			b.put(Item{Lane: "a", Class: Check, Slot: "card"}, "new", 0)
			b.pass(claimLife + time.Second)
			b.flush(b.courier(c, nil))
			require.Equal(t, []string{"new"}, c.list())
		})
	})
}

func TestADangerItemIsDroppedWhenLate(t *testing.T) {
	each(t, func(b *bench) {
		var counted []string
		c := &carrier{}
		courier := b.courier(c, nil)
		courier.Count = func(it Item, outcome string) {
			c.mu.Lock()
			defer c.mu.Unlock()
			counted = append(counted, fmt.Sprint(it.Class, outcome))
		}
		b.put(Item{Lane: "a", Class: Danger}, "danger", 0)
		b.put(Item{Lane: "a", Class: Check}, "check", 0)
		b.put(Item{Lane: "b", Class: Cover}, "cover", 0)
		b.put(Item{Lane: "c", Class: Delete}, "delete", 0)
		b.pass(dangerLife)
		b.flush(courier)
		require.ElementsMatch(t, []string{"check", "cover", "delete"}, c.list())
		require.Contains(t, counted, fmt.Sprint(Danger, "late"))
		require.Zero(t, b.rows())

		b.put(Item{Lane: "a", Class: Danger}, "in time", 0)
		b.pass(dangerLife - time.Millisecond)
		b.flush(courier)
		require.Contains(t, c.list(), "in time")
	})
}

// The clock moves between the claim and the carrier.
func TestADangerItemIsDroppedAtTheLastMoment(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		courier := b.courier(c, nil)
		b.put(Item{Lane: "a", Class: Danger}, "danger", 0)
		flight := b.inFlight("a")
		b.pass(dangerLife)
		courier.fly(context.Background(), flight)
		require.Empty(t, c.list())
		require.Zero(t, b.rows())
	})
}

func TestAClosedDestination(t *testing.T) {
	each(t, func(b *bench) {
		closed := true
		c := &carrier{}
		c.carr = func(_ context.Context, it Item) (Sent, error) {
			if closed && it.Lane == "a" {
				return Sent{}, Gone{errors.New("blocked")}
			}
			return Sent{}, nil
		}
		courier := b.courier(c, nil)
		var gone []string
		courier.Gone = func(_ context.Context, _ *db.Tx, lane string) error { gone = append(gone, lane); return nil }
		b.put(Item{Lane: "a", Class: Cover}, "cover", 0)
		b.put(Item{Lane: "a", Class: Delete}, "delete", 0)
		b.put(Item{Lane: "a", Class: Check}, "check", 0)
		b.put(Item{Lane: "a", Class: Notice}, "notice", 0)
		b.put(Item{Lane: "b", Class: Check}, "other", 0)
		b.flush(courier)
		require.Equal(t, []string{"other"}, c.list())
		require.Equal(t, 2, b.rows(), "cover and delete wait")
		require.Contains(t, gone, "a")

		b.pass(45 * time.Hour)
		b.flush(courier)
		require.Equal(t, 2, b.rows(), "and go on waiting")

		closed = false
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Wake(ctx, tx, "a") })
		b.put(Item{Lane: "a", Class: Check}, "back", 0)
		b.flush(courier)
		require.Equal(t, []string{"other", "cover", "delete", "back"}, c.list())
		require.Zero(t, b.rows())
	})
	t.Run("for good", func(t *testing.T) {
		each(t, func(b *bench) {
			c := &carrier{carr: func(context.Context, Item) (Sent, error) { return Sent{}, Gone{errors.New("blocked")} }}
			courier := b.courier(c, nil)
			b.put(Item{Lane: "a", Class: Cover}, "cover", 0)
			for range 47 {
				b.flush(courier)
				b.pass(time.Hour)
			}
			b.flush(courier)
			require.Zero(t, b.rows())
		})
	})
}

func TestWhatIsRefusedDoesNotHoldItsLane(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{carr: func(_ context.Context, it Item) (Sent, error) {
			if string(it.Body) == "bad" {
				return Sent{}, fmt.Errorf("carry: %w", Refused{Code: 400, Err: errors.New("can't parse")})
			}
			return Sent{}, nil
		}}
		b.put(Item{Lane: "a", Class: Check}, "bad", 0)
		b.put(Item{Lane: "a", Class: Check}, "good", 0)
		b.flush(b.courier(c, nil))
		require.Equal(t, []string{"good"}, c.list())
		require.Equal(t, []int{400}, b.letters())
		var s State
		b.tx(func(ctx context.Context, tx *db.Tx) (err error) { s, err = Look(ctx, tx); return err })
		require.Equal(t, State{Dead: 1}, s)

		b.pass(letterLife + time.Minute)
		b.tx(Purge)
		require.Empty(t, b.letters())
	})
}

func TestRetries(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		after   []time.Duration // of each try after the first
		letters []int
	}{
		"plain error":        {errors.New("x"), []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, nil},
		"told when":          {Later{After: 7 * time.Second, Slow: true}, []time.Duration{7 * time.Second, 7 * time.Second}, nil},
		"up to five minutes": {Later{}, []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9, 128e9, 256e9, 300e9, 300e9}, nil},
		"answers lost":       {Later{Unsure: true}, []time.Duration{1e9, 2e9, 4e9, 8e9}, []int{codeUnsure}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(b *bench) {
				tries := 0
				carr := &carrier{carr: func(_ context.Context, it Item) (Sent, error) {
					require.Equal(t, tries, it.Tries)
					tries++
					return Sent{}, c.err
				}}
				courier := b.courier(carr, nil)
				b.put(Item{Lane: "a", Class: Check}, "words", 0)
				b.put(Item{Lane: "a", Class: Check}, "behind", 0)
				b.flush(courier)
				for i, after := range c.after {
					b.pass(after - time.Millisecond)
					b.flush(courier)
					require.Equal(t, i+1, tries, "not before its time, and nothing behind it either")
					b.pass(time.Millisecond)
					if c.letters == nil || i+1 < len(c.after) {
						b.flush(courier)
						require.Equal(t, i+2, tries)
					}
				}
				if c.letters != nil {
					b.put(Item{Lane: "b", Class: Check}, "later", time.Hour)
					b.tx(func(ctx context.Context, tx *db.Tx) error {
						_, err := tx.Exec(ctx, `DELETE FROM outbox WHERE seq = 2`)
						return err
					})
					b.flush(courier)
					require.Equal(t, c.letters, b.letters())
				}
			})
		})
	}
	t.Run("a delete is tried for as long as it lives", func(t *testing.T) {
		each(t, func(b *bench) {
			tries := 0
			courier := b.courier(&carrier{carr: func(context.Context, Item) (Sent, error) { tries++; return Sent{}, Later{Unsure: true} }}, nil)
			b.put(Item{Lane: "a", Class: Delete}, "delete", 0)
			for range 46 {
				b.flush(courier)
				b.pass(time.Hour)
			}
			b.flush(courier)
			require.Equal(t, 46, tries)
			require.Zero(t, b.rows())
			require.Empty(t, b.letters())
		})
	})
}

func TestWhatCannotBeReadAnyMore(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		b.put(Item{Lane: "a", Class: Check}, "old", 0)
		b.pass(3 * 24 * time.Hour)
		b.put(Item{Lane: "a", Class: Check}, "new", 0)
		b.flush(b.courier(c, nil))
		require.Equal(t, []string{"new"}, c.list())
		require.Equal(t, []int{codeUnreadable}, b.letters())
	})
}

func TestDoneIsWrittenWithTheRemoval(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{carr: func(context.Context, Item) (Sent, error) { return Sent{Message: 77, Left: []int{5}}, nil }}
		courier := b.courier(c, nil)
		fail := true
		courier.Done = func(ctx context.Context, tx *db.Tx, it Item, sent Sent) error {
			require.Equal(t, "words", string(it.Body))
			require.Equal(t, Sent{Message: 77, Left: []int{5}}, sent)
			var n int
			require.NoError(t, tx.Get(ctx, &n, `SELECT count(*) FROM outbox`))
			require.Equal(t, 1, n, "in the same transaction, before the row goes")
			if _, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('id', ?)`, fmt.Sprint(sent.Message)); err != nil {
				return err
			}
			if fail {
				fail = false
				return errors.New("database went away")
			}
			return nil
		}
		b.put(Item{Lane: "a", Class: Check}, "words", 0)
		b.flush(courier)
		require.Equal(t, []string{"words"}, c.list(), "a note that failed is written again, the message not sent again")
		require.Zero(t, b.rows())
		var id string
		b.tx(func(ctx context.Context, tx *db.Tx) error {
			return tx.Get(ctx, &id, `SELECT value FROM settings WHERE name = 'id'`)
		})
		require.Equal(t, "77", id)
	})
}

func TestForget(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		b.put(Item{Lane: "a", Class: Check}, "a", 0)
		flight := b.inFlight("a")
		b.tx(func(ctx context.Context, tx *db.Tx) error { return buried(ctx, tx, flight, 400) })
		b.put(Item{Lane: "a", Class: Cover}, "a", time.Hour)
		b.put(Item{Lane: "b", Class: Check}, "b", 0)
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Forget(ctx, tx, "a") })
		b.flush(b.courier(c, nil))
		require.Equal(t, []string{"b"}, c.list())
		require.Empty(t, b.letters())
		require.Zero(t, b.rows())
	})
}

func TestTheLeaseIsTakenOver(t *testing.T) {
	each(t, func(b *bench) {
		lease := func(holder string) (got bool) {
			b.tx(func(ctx context.Context, tx *db.Tx) (err error) {
				got, err = Lease(ctx, tx, "courier", holder, leaseLife)
				return err
			})
			return got
		}
		require.True(t, lease("one"))
		require.False(t, lease("two"))
		b.pass(leaseRenew)
		require.True(t, lease("one"))
		b.pass(leaseLife - time.Millisecond)
		require.False(t, lease("two"))
		b.pass(2 * time.Millisecond)
		require.True(t, lease("two"))
		require.False(t, lease("one"))
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Release(ctx, tx, "courier", "one") })
		require.False(t, lease("one"), "only the holder gives it back")
		b.tx(func(ctx context.Context, tx *db.Tx) error { return Release(ctx, tx, "courier", "two") })
		require.True(t, lease("one"))
	})
}

// Two couriers run; the one that carries stops, and the other goes on. Nothing
// is lost, nothing comes twice, and one lane keeps its order throughout.
func TestTheOtherCourierTakesOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &bench{t: t, d: d, now: time.Now()}
		v, err := vault.Open(t.TempDir(), b.now)
		require.NoError(t, err)
		b.v = v
		const items = 40
		all := make(chan string, 4*items)
		run := func(name string) (stop func(), first chan struct{}) {
			first = make(chan struct{})
			var once sync.Once
			c := &carrier{carr: func(_ context.Context, it Item) (Sent, error) {
				once.Do(func() { close(first) })
				all <- string(it.Body)
				return Sent{}, nil
			}}
			courier := b.courier(c, nil)
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- courier.Run(ctx) }()
			return func() {
				cancel()
				require.NoError(t, <-ended)
			}, first
		}
		for i := range items {
			b.put(Item{Lane: "a", Class: Check}, fmt.Sprintf("%02d", i), 0)
		}
		stop, first := run("one")
		<-first
		stop()
		stop, _ = run("two")
		var got []string
		for range items {
			got = append(got, <-all)
		}
		stop()
		require.True(t, slices.IsSorted(got), "%v", got)
		require.Empty(t, all)
		require.Zero(t, b.rows())
	})
}

// A process was killed with items under way.
func TestWhatAKilledProcessHadUnderWay(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		courier := b.courier(c, nil)
		b.put(Item{Lane: "a", Class: Check}, "words", 0)
		b.inFlight("a")
		b.flush(courier)
		require.Empty(t, c.list())
		if b.d.Single() {
			got, err := courier.lease(context.Background(), false)
			require.NoError(t, err)
			require.True(t, got, "a restart does not wait for its own lease")
		} else {
			b.pass(claimLife + time.Millisecond)
		}
		b.flush(courier)
		require.Equal(t, []string{"words"}, c.list())
	})
}

func TestACarrierThatPanics(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{carr: func(_ context.Context, it Item) (Sent, error) {
			if it.Tries == 0 {
				panic("words of a person")
			}
			return Sent{}, nil
		}}
		courier := b.courier(c, nil)
		b.put(Item{Lane: "a", Class: Check}, "words", 0)
		b.flush(courier)
		b.pass(time.Second)
		b.flush(courier)
		require.Equal(t, []string{"words"}, c.list())
	})
}

func TestAHeldLaneDoesNotHoldOthers(t *testing.T) {
	each(t, func(b *bench) {
		held := true
		c := &carrier{carr: func(_ context.Context, it Item) (Sent, error) {
			if it.Lane == "a" && held {
				return Sent{}, Later{After: 30 * time.Second, Slow: true}
			}
			return Sent{}, nil
		}}
		courier := b.courier(c, NewPace())
		b.put(Item{Lane: "a", Class: Check}, "a1", 0)
		b.put(Item{Lane: "a", Class: Check}, "a2", 0)
		b.put(Item{Lane: "b", Class: Check}, "b", 0)
		b.flush(courier)
		require.Equal(t, []string{"b"}, c.list())
		held = false
		b.pass(29 * time.Second)
		b.flush(courier)
		require.Equal(t, []string{"b"}, c.list())
		b.put(Item{Lane: "a", Class: Cover}, "cover", 0)
		b.flush(courier)
		require.Equal(t, []string{"b", "cover"}, c.list())
		b.pass(time.Second)
		b.flush(courier)
		require.Equal(t, []string{"b", "cover", "a1", "a2"}, c.list())
	})
}

func TestChoresAreDoneByWhoCarries(t *testing.T) {
	each(t, func(b *bench) {
		courier := b.courier(&carrier{}, nil)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		courier.Chores = []Chore{{Name: "sweep", Every: time.Minute, Do: func(context.Context) error { close(done); return nil }}}
		ended := make(chan error, 1)
		go func() { ended <- courier.Run(ctx) }()
		<-done
		cancel()
		require.NoError(t, <-ended)
	})
}

// Bodies lie sealed in the table, and open in their own lane only.
func TestABodyInAnotherLaneDoesNotOpen(t *testing.T) {
	each(t, func(b *bench) {
		c := &carrier{}
		b.put(Item{Lane: "a", Class: Check}, "words", 0)
		b.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE outbox SET lane = 'b'`)
			return err
		})
		b.flush(b.courier(c, nil))
		require.Empty(t, c.list())
		require.Equal(t, []int{codeUnreadable}, b.letters())
	})
}
