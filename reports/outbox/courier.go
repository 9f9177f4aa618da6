package outbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/vault"
)

const (
	leaseName  = "courier"
	leaseLife  = 15 * time.Second // well above how far the clocks of replicas differ
	leaseRenew = 5 * time.Second

	poll      = 200 * time.Millisecond // for what another replica put
	carryTime = 25 * time.Second       // for one delivery
	claimLife = 35 * time.Second       // more than a delivery and its settling
	grace     = 6 * time.Second        // for what is under way when the process stops

	workers       = 16
	urgentWorkers = 4    // more, for covers and deletes only
	lookAt        = 1000 // heads in one round

	closedWait = 15 * time.Minute // between tries of a cover in a chat that is closed to us
	maxUnsure  = 5                // lost answers, before an item is given up
	maxBackoff = 5 * time.Minute
)

// Courier carries what is due. Of all processes on one database only the holder
// of a lease carries, because the pace belongs to the bot; that nothing is
// carried by two rests on the claims of the rows, not on the lease.
type Courier struct {
	// Done is called in the transaction that removes a delivered item, so that
	// what it writes (the id of the message) is there exactly when the item is
	// not. It may be called more than once for a delivery.
	Done func(ctx context.Context, tx *db.Tx, it Item, sent Sent) error
	// Gone is called in the transaction that closes a lane.
	Gone func(ctx context.Context, tx *db.Tx, lane string) error
	// Count hears of every try: sent, later, slow, unsure, gone, refused, late. It
	// is called from several goroutines.
	Count func(it Item, outcome string)
	// Chores are done by the process that carries, in turn with carrying.
	Chores []Chore
	// Log gets what an operator must know; never a body, a lane or a reason in words.
	Log *slog.Logger

	d        *db.DB
	v        *vault.Vault
	carriers map[string]Carrier
	pace     *Pace
	holder   string
	nudge    chan struct{}

	mu     sync.Mutex
	busy   int // deliveries under way
	urgent int // of them covers and deletes
	flying sync.WaitGroup
}

// Chore is housekeeping that one process does for all, every so often.
type Chore struct {
	Name  string
	Every time.Duration
	Do    func(ctx context.Context) error
}

// NewCourier makes a courier for the kinds that carriers names. pace may be
// nil, for a messenger without limits. Set the fields before Run.
func NewCourier(d *db.DB, v *vault.Vault, carriers map[string]Carrier, pace *Pace) *Courier {
	c := &Courier{d: d, v: v, carriers: carriers, pace: pace, holder: rand.Text(), nudge: make(chan struct{}, 1),
		Log: slog.New(slog.DiscardHandler)}
	if d.Single() {
		// There is no other process, so whoever held the lease is this one,
		// before it was started again: no need to wait for the lease to run out.
		c.holder = "single"
	}
	return c
}

// Nudge says that something was put. It never blocks.
func (c *Courier) Nudge() {
	select {
	case c.nudge <- struct{}{}:
	default:
	}
}

// Run carries until ctx ends, then gives what is under way a few seconds to
// land, and answers nil. Database trouble is waited out.
func (c *Courier) Run(ctx context.Context) error {
	flights, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var mine bool
	var leased, renew time.Time
	last := make(map[string]time.Time, len(c.Chores))
	for ctx.Err() == nil {
		now := c.d.Now()
		if !mine || !now.Before(renew) || renew.Sub(now) > leaseRenew { // or the clock was set back
			got, err := c.lease(ctx, mine)
			switch {
			case err != nil:
				c.trouble(ctx, "take lease", err)
				mine = mine && now.Before(leased)
			case got:
				mine, leased, renew = true, now.Add(leaseLife), now.Add(leaseRenew)
			default:
				mine = false
			}
		}
		if !mine {
			c.rest(ctx, time.Second, false)
			continue
		}
		began := time.Now()
		_, _, wait, err := c.round(ctx, flights)
		took := time.Since(began)
		if err != nil {
			c.trouble(ctx, "carry", err)
			c.rest(ctx, time.Second, false)
			continue
		}
		for _, chore := range c.Chores {
			// A clock that was set back must not make a chore wait for a time that was wrong.
			if past := now.Sub(last[chore.Name]); past >= 0 && past < chore.Every {
				continue
			}
			last[chore.Name] = now
			if err := chore.Do(ctx); err != nil {
				c.trouble(ctx, chore.Name, err)
			}
		}
		// Behind a long queue a round takes its time, and on SQLite it has the
		// database to itself: so others get as much of it.
		c.rest(ctx, took, false)
		c.rest(ctx, wait, true)
	}
	late := time.AfterFunc(grace, stop)
	defer late.Stop()
	c.flying.Wait()
	if mine && !c.d.Single() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := c.d.Tx(end, func(tx *db.Tx) error { return Release(end, tx, leaseName, c.holder) }); err != nil {
			c.trouble(end, "release lease", err)
		}
	}
	return nil
}

// Flush carries everything that is due, without a lease, and answers when
// nothing is: for a terminal, a demonstration and tests.
func (c *Courier) Flush(ctx context.Context) error {
	for {
		started, left, wait, err := c.round(ctx, ctx)
		if err != nil {
			return err
		}
		c.flying.Wait()
		if started+left == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
		if started == 0 { // the pace
			c.rest(ctx, wait, false)
		}
	}
}

func (c *Courier) lease(ctx context.Context, held bool) (got bool, err error) {
	err = c.d.Tx(ctx, func(tx *db.Tx) error {
		if got, err = Lease(ctx, tx, leaseName, c.holder, leaseLife); err != nil || !got || held || !c.d.Single() {
			return err
		}
		return unclaim(ctx, tx)
	})
	return got, err
}

// round starts what may leave now. It answers how many items it started, how
// many it left to their pace, and how long to rest before the next round.
func (c *Courier) round(ctx, flights context.Context) (started, left int, wait time.Duration, err error) {
	c.mu.Lock()
	free, freeUrgent := workers-(c.busy-c.urgent), workers+urgentWorkers-c.busy
	c.mu.Unlock()
	wait = poll
	if freeUrgent <= 0 {
		return 0, 0, wait, nil
	}
	var waiting, late []row
	err = c.d.Tx(ctx, func(tx *db.Tx) (err error) {
		if late, err = sweep(ctx, tx); err != nil {
			return err
		}
		waiting, err = heads(ctx, tx, lookAt)
		return err
	})
	if err != nil {
		return 0, 0, 0, err
	}
	if c.Count != nil {
		for _, r := range late {
			c.Count(r.item(), "late")
		}
	}
	now := c.d.Now()
	var chosen []row
	for _, r := range waiting {
		it := r.item()
		if it.Class > Delete && free <= 0 || freeUrgent <= 0 {
			continue
		}
		if c.pace != nil {
			if w := c.pace.Take(now, it); w > 0 {
				wait = min(wait, w)
				continue
			}
		}
		if it.Class > Delete {
			free--
		}
		freeUrgent--
		chosen = append(chosen, r)
	}
	left = len(waiting) - len(chosen)
	if len(chosen) == 0 {
		return 0, left, wait, nil
	}
	var claimed []row
	err = c.d.Tx(ctx, func(tx *db.Tx) error {
		claimed = claimed[:0]
		for _, r := range chosen {
			got, ok, err := claim(ctx, tx, r.Lane, r.Seq, claimLife)
			if err != nil {
				return err
			}
			if ok {
				claimed = append(claimed, got)
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, 0, err
	}
	for _, r := range claimed {
		urgent := int(flag(Class(r.Class) <= Delete))
		c.mu.Lock()
		c.busy++
		c.urgent += urgent
		c.mu.Unlock()
		c.flying.Go(func() {
			c.fly(flights, r)
			c.mu.Lock()
			c.busy--
			c.urgent -= urgent
			c.mu.Unlock()
			c.Nudge() // the lane is free for its next
		})
	}
	return len(claimed), left, wait, nil
}

// fly carries one claimed item and settles it.
func (c *Courier) fly(ctx context.Context, r row) {
	it := r.item()
	outcome, settle := c.deliver(ctx, r, it)
	if c.Count != nil {
		c.Count(it, outcome)
	}
	// What was carried is settled whatever happens, or it would be carried
	// again. When the claim runs out it is anybody's.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), claimLife-carryTime-time.Second)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := c.d.Tx(ctx, func(tx *db.Tx) error { return settle(ctx, tx) })
		if err == nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			c.trouble(ctx, "settle", err)
			return
		}
	}
}

type settling func(ctx context.Context, tx *db.Tx) error

// deliver carries an item and answers what came of it and what is to be written.
func (c *Courier) deliver(ctx context.Context, r row, it Item) (string, settling) {
	now := c.d.Now()
	if !it.Expires.IsZero() && !now.Before(it.Expires) {
		return "late", func(ctx context.Context, tx *db.Tx) error { return dropped(ctx, tx, r) }
	}
	plain, err := c.v.Open(now, "outbox "+it.Lane, it.Body)
	switch {
	case errors.Is(err, vault.ErrExpired), errors.Is(err, vault.ErrForged):
		c.Log.Error("an item cannot be read any more", "kind", it.Kind, "class", int(it.Class))
		return "refused", func(ctx context.Context, tx *db.Tx) error { return buried(ctx, tx, r, codeUnreadable) }
	case err != nil:
		return "later", c.again(r, Later{Err: err})
	}
	it.Body = plain
	sent, err := c.carry(ctx, it)

	var later Later
	var gone Gone
	var refused Refused
	switch {
	case err == nil:
		return "sent", func(ctx context.Context, tx *db.Tx) error {
			// First the session, then the outbox: the order in which a turn
			// takes them.
			if c.Done != nil {
				if err := c.Done(ctx, tx, it, sent); err != nil {
					return fmt.Errorf("note delivery: %w", err)
				}
			}
			return delivered(ctx, tx, r)
		}
	case errors.As(err, &gone):
		return "gone", func(ctx context.Context, tx *db.Tx) error {
			if c.Gone != nil {
				if err := c.Gone(ctx, tx, it.Lane); err != nil {
					return fmt.Errorf("note closed lane: %w", err)
				}
			}
			if it.Class <= Delete {
				// As if never tried: it holds nothing back meanwhile.
				if err := postponed(ctx, tx, r, closedWait, 0, false); err != nil {
					return err
				}
			}
			return Close(ctx, tx, it.Lane)
		}
	case errors.As(err, &refused):
		c.Log.Error("an item was refused for good", "kind", it.Kind, "class", int(it.Class), "code", refused.Code)
		return "refused", func(ctx context.Context, tx *db.Tx) error { return buried(ctx, tx, r, refused.Code) }
	case errors.As(err, &later):
	default:
		later = Later{Err: err}
	}
	switch {
	case later.Slow:
		if c.pace != nil {
			c.pace.Hold(c.d.Now(), it, later.After)
		}
		return "slow", c.again(r, later)
	case later.Unsure:
		return "unsure", c.again(r, later)
	}
	return "later", c.again(r, later)
}

// carry calls the carrier; a panic in it is as good as any error.
func (c *Courier) carry(ctx context.Context, it Item) (sent Sent, err error) {
	carrier, ok := c.carriers[it.Kind]
	if !ok {
		c.Log.Error("nobody carries this kind", "kind", it.Kind)
		return Sent{}, Later{After: time.Minute}
	}
	ctx, cancel := context.WithTimeout(ctx, carryTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			c.Log.Error("a carrier panicked", "kind", it.Kind, "type", fmt.Sprintf("%T", p))
			err = Later{Unsure: true, Err: errors.New("panic")}
		}
	}()
	return carrier.Carry(ctx, it)
}

// again gives an item back. An item whose answer was lost too often is given up:
// somebody gets it again and again. A cover or a delete does no harm twice.
func (c *Courier) again(r row, later Later) settling {
	after := later.After
	if after <= 0 {
		after = min(time.Second<<min(r.Tries-1, 20), maxBackoff)
	}
	return func(ctx context.Context, tx *db.Tx) error {
		if later.Unsure && Class(r.Class) > Delete {
			n, err := lostTries(ctx, tx, r)
			if err != nil {
				return err
			}
			if n+1 >= maxUnsure {
				return buried(ctx, tx, r, codeUnsure)
			}
		}
		return postponed(ctx, tx, r, after, r.Tries, later.Unsure)
	}
}

// rest waits for d, for a nudge when one may wake it, or for the end.
func (c *Courier) rest(ctx context.Context, d time.Duration, wake bool) {
	var nudge chan struct{}
	if wake {
		nudge = c.nudge
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-nudge:
	case <-ctx.Done():
	}
}

// trouble logs an error of the database, which holds no words of anybody.
func (c *Courier) trouble(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		c.Log.Error("outbox trouble", "what", what, "error", err)
	}
}
