// Package reports keeps what people report: it seals every answer to the key of
// its case, routes the case to a hotline that holds keys here, keeps the way
// back of whoever wrote it, and lets it go when its time is over.
//
// The map of the room:
//
//   - case.go: what a case is, in clear and in hand
//   - file.go: Seal and File, by which a turn becomes part of a case
//   - members.go: the hotlines that hold keys here and their members
//   - mailbox.go: the way back, letters, erasing
//   - read.go: what a member reads, with a key of their own
//   - evidence.go: files, sealed piece by piece
//   - keep.go: how long a case is kept, and what remains
//   - store.go: the tables, and all SQL of this room
//
// In clear stand only the columns named in the schema; no name, account or text
// of a reporter. Whoever takes the disk without the day keys finds no report,
// no reply and no chat.
package reports

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/vault"
)

// The kinds of cases.
const (
	Compound = "compound"
	Loss     = "loss"
	Tip      = "tip"
)

// State is how a case stands, as its reporter may be told.
type State string

// The states of a case.
const (
	Received State = "received"
	Reading  State = "reading" // a member opened it
	Waiting  State = "waiting" // an answer waits in its mailbox
	Passed   State = "passed"  // passed on to another hotline
	Closed   State = "closed"
)

// schema is the version of what the sealed parts hold.
const schema = 1

// Case is the clear side of a case.
type Case struct {
	Code     string `db:"code"`
	Rev      int64  `db:"rev"`
	Kind     string `db:"kind"`
	Priority int    `db:"priority"` // 0 is the most urgent
	Hotline  string `db:"hotline"`
	Country  string `db:"country"`
	Lang     string `db:"lang"`
	State    State  `db:"state"`
	Opened   int64  `db:"opened_at"` // rounded down to the hour, in milliseconds
	Touched  int64  `db:"touched_at"`
	Hold     int64  `db:"hold"`
	Public   string `db:"public"`
}

// Open is a case somebody is just writing. Its keeper seals it with the day key:
// Held is the private half, so that a changed route can add a wrap, and goes
// with the end of the talk.
type Open struct {
	Code     string   `json:"code"`
	Public   string   `json:"public"`
	Held     []byte   `json:"held,omitempty"`
	Hotline  string   `json:"hotline"`
	Priority int      `json:"priority"`
	Wrapped  []string `json:"wrapped,omitempty"` // members that have a wrap
}

// What filing can answer.
var (
	// ErrNoRecipient: nobody here holds a key for this report, so none is taken.
	ErrNoRecipient = errors.New("no hotline here takes this report")
	// ErrGone: the case was erased or its time is over.
	ErrGone = errors.New("the case is gone")
	// ErrMoved: somebody else changed the case meanwhile.
	ErrMoved = errors.New("the case was changed meanwhile")
)

// Desk files cases and keeps them. It is safe for concurrent use.
type Desk struct {
	// Escrow is an offline recipient that gets a wrap of every case, "" for none.
	Escrow string
	// Link is where a member opens the desk, for notices.
	Link string

	d         *db.DB
	v         *vault.Vault
	directory *hotlines.Directory

	mu    sync.Mutex
	table *hotlines.Table
	text  string // of the operator's file the table was made of
}

// New makes a desk on a migrated database, with the directory of public lines.
func New(d *db.DB, v *vault.Vault, directory *hotlines.Directory) *Desk {
	return &Desk{d: d, v: v, directory: directory}
}

// tableOf is the routing table of an operator's file.
func (k *Desk) tableOf(text string) (*hotlines.Table, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.table != nil && k.text == text {
		return k.table, nil
	}
	o, err := hotlines.ReadOperator(text)
	if err != nil {
		return nil, err
	}
	t, err := hotlines.NewTable(k.directory, o)
	if err != nil {
		return nil, err
	}
	k.table, k.text = t, text
	return t, nil
}

// newCode is a case number: eight letters and digits that are not mistaken for
// one another.
func newCode() string {
	code := rand.Text()[:8] // base32: no 0, 1, 8, 9
	return code[:4] + "-" + code[4:]
}

// hour is a clear time of a case: rounded down to the hour.
func hour(t time.Time) int64 { return db.Ms(t.Truncate(time.Hour)) }

func tombstoneOf(code string) string {
	h := sha256.Sum256([]byte("offercheck tombstone\x00" + code))
	return hex.EncodeToString(h[:12])
}
