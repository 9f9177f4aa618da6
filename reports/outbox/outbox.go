// Package outbox holds what must leave the house: messages, edits and deletes
// wait in a table until a carrier has delivered them, in order and at a pace.
//
// The map of the room:
//
//   - outbox.go: what an item is, who carries it, and what a carrier may answer
//   - store.go: the table: Put, Withdraw, Forget, Wake, and what the courier reads and settles
//   - courier.go: the Courier, which claims, carries and settles, one process at a time
//   - timer.go: what must happen at a time
//   - tidy.go: messages that must not stay, and the purge
//   - pace.go: how fast a messenger lets us speak
//
// A lane is a destination; within a lane items leave in the order of their
// class and then of their putting, one at a time. Covers and deletes pass
// everything else. A slot holds one item of its lane: a later one replaces it.
// Everything arrives at least once; only danger items are dropped when late.
package outbox

import (
	"context"
	"fmt"
	"time"
)

// Class is the urgency of an item; the lowest leaves first.
type Class int

// The classes, in the order in which they leave. A Cover rewrites a card into
// something harmless, a Delete takes messages away: both pass whatever is under
// way in their lane, wait when the destination is closed to us, and live 46
// hours. A Danger item lives 60 seconds and is then dropped, not sent late.
const (
	Cover Class = iota
	Delete
	Danger
	Check
	Staff
	Notice
)

// The lives of items that do not name their own. The others wait until they
// are delivered or until the day key that sealed them is gone.
const (
	coverLife  = 46 * time.Hour
	dangerLife = 60 * time.Second
)

// Item is one thing to deliver.
type Item struct {
	Lane  string // HMAC of the destination; order holds inside it
	Seq   int64  // place in the lane, given by Put
	Class Class
	Kind  string // names the carrier
	Group bool   // the destination is a group, which has a slower pace
	Slot  string // "" or the name of the place where the latest item wins
	// Body is sealed (see Seal) in the table and open when a Carrier and Done get it.
	Body    []byte
	Due     time.Time
	Expires time.Time // zero: Put chooses by class
	Tries   int       // how often it was tried before
}

// Sent is what a carrier knows after a delivery.
type Sent struct {
	Message int   // id of the message, 0 when there is none
	Left    []int // ids of messages that could not be deleted any more
}

// Carrier delivers items of one kind. It answers nil when the item arrived, had
// arrived before, or has nothing left to do; a Later when it should be tried
// again; Gone when the destination is closed to us; Refused when it can never be
// delivered. Any other error counts as Later. It is called from several
// goroutines, but for one lane only one at a time, covers and deletes apart.
type Carrier interface {
	Carry(ctx context.Context, it Item) (Sent, error)
}

// Later says: try this item again.
type Later struct {
	After time.Duration // zero: the courier chooses, one second doubling to five minutes
	// Slow is set when the messenger asked us to slow down; the lane waits
	// After, and when several lanes are told so, everything does.
	Slow bool
	// Unsure is set when it may have arrived: an answer was lost.
	Unsure bool
	Err    error
}

// Error says why.
func (l Later) Error() string { return fmt.Sprintf("try again later: %v", l.Err) }

// Unwrap answers the cause.
func (l Later) Unwrap() error { return l.Err }

// Gone says: this destination is closed to us. Its items are dropped, but for
// covers and deletes, which keep waiting.
type Gone struct{ Err error }

// Error says why.
func (g Gone) Error() string { return fmt.Sprintf("destination is gone: %v", g.Err) }

// Unwrap answers the cause.
func (g Gone) Unwrap() error { return g.Err }

// Refused says: this item can never be delivered. It becomes a dead letter, and
// its lane goes on. Code is all that is kept of the reason.
type Refused struct {
	Code int
	Err  error
}

// Error says why.
func (r Refused) Error() string { return fmt.Sprintf("item is refused (%d): %v", r.Code, r.Err) }

// Unwrap answers the cause.
func (r Refused) Unwrap() error { return r.Err }
