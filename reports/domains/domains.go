// Package domains knows since when domains are registered, as far as a public
// register said so. An answer takes what is known at once; what is not known is
// asked for afterwards, one domain at a time, for the next answer.
//
// The map of the room:
//
//   - domains.go: Ages, what is known and what is to be asked for
//   - rdap.go: Register, who is asked
//   - store.go: what is kept, by keyed hash
package domains

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/offercheck/offercheck/reports/db"
)

const (
	// kept is how many days what a register said is believed.
	kept = 30
	// silent is how many days a register that said nothing is not asked again.
	silent = 1
	// mostKnown is how many domains are held in memory, mostWanted how many wait
	// to be asked for: beyond it they are left to the next time.
	mostKnown  = 10_000
	mostWanted = 64
)

// nobody is the day of a domain of which no register says when it began.
const nobody = -1

// Later is answered by a register that wants to be left alone for a while.
type Later struct{ After time.Duration }

// Error says so.
func (l Later) Error() string { return "the register wants to be asked later" }

// Ages are the ages of domains. They are safe for concurrent use.
type Ages struct {
	// Pause is between two questions, Failing after one that failed.
	Pause, Failing time.Duration

	d      *db.DB
	name   func(domain string) string
	ask    func(ctx context.Context, domain string) (time.Time, error)
	wanted chan string

	mu      sync.Mutex
	known   map[string]row
	waiting map[string]bool // wanted, by token
}

// ErrUnknown is answered by a register that does not say when a domain began.
var ErrUnknown = errors.New("the register does not say")

// New answers ages that are kept in d. name is a keyed hash of a domain, for that
// is all that is kept of it; ask asks a register since when a domain is there, and
// answers ErrUnknown or Later when it does not say.
func New(d *db.DB, name func(domain string) string, ask func(ctx context.Context, domain string) (time.Time, error)) *Ages {
	return &Ages{
		Pause: time.Second, Failing: time.Minute, d: d, name: name, ask: ask,
		wanted: make(chan string, mostWanted), known: map[string]row{}, waiting: map[string]bool{},
	}
}

// Registered is the name under which a host was registered; ok is false for an
// address of numbers and for hosts under a name whose owner lets others use it.
func Registered(host string) (domain string, ok bool) {
	host, err := idna.New(idna.MapForLookup(), idna.VerifyDNSLength(true)).ToASCII(strings.TrimSuffix(host, "."))
	if err != nil || net.ParseIP(host) != nil {
		return "", false
	}
	if _, public := publicsuffix.PublicSuffix(host); !public {
		return "", false
	}
	domain, err = publicsuffix.EffectiveTLDPlusOne(host)
	return domain, err == nil
}

func dayOf(t time.Time) int64 { return t.Unix() / int64(24*time.Hour/time.Second) }

// fresh says whether what is known of a domain still holds.
func (r row) fresh(today int64) bool {
	if r.Born == nobody {
		return today-r.Day < silent
	}
	return today-r.Day < kept
}

// Age answers how old a registered domain is, from what is known already; ok is
// false when nothing is.
func (a *Ages) Age(domain string) (age time.Duration, ok bool) {
	token := a.name(domain)
	a.mu.Lock()
	r, there := a.known[token]
	a.mu.Unlock()
	today := dayOf(a.d.Now())
	if !there || r.Born == nobody || !r.fresh(today) {
		return 0, false
	}
	return time.Duration(max(0, today-r.Born)) * 24 * time.Hour, true
}

// Want has a domain asked for, unless it is known. It never waits.
func (a *Ages) Want(domain string) {
	token := a.name(domain)
	today := dayOf(a.d.Now())
	a.mu.Lock()
	defer a.mu.Unlock()
	if r, there := a.known[token]; there && r.fresh(today) || a.waiting[token] {
		return
	}
	select {
	case a.wanted <- domain:
		a.waiting[token] = true
	default:
	}
}

// Run asks for what is wanted until ctx ends. told hears of each question that
// failed, without what was asked.
func (a *Ages) Run(ctx context.Context, told func(error)) error {
	if err := a.load(ctx); err != nil && ctx.Err() == nil {
		told(err)
	}
	for {
		var domain string
		select {
		case <-ctx.Done():
			return nil
		case domain = <-a.wanted:
		}
		wait := a.Pause
		err := a.look(ctx, domain)
		a.mu.Lock()
		delete(a.waiting, a.name(domain))
		a.mu.Unlock()
		var later Later
		switch {
		case errors.As(err, &later):
			wait = max(wait, min(later.After, time.Hour))
		case err != nil:
			wait = a.Failing
		}
		if err != nil && ctx.Err() == nil {
			told(err)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// load takes up what was kept and lets go of what is too old.
func (a *Ages) load(ctx context.Context) error {
	var rows []row
	err := a.d.Tx(ctx, func(tx *db.Tx) (err error) {
		since := dayOf(tx.Now) - kept + 1
		if err := forget(ctx, tx, since); err != nil {
			return err
		}
		rows, err = latest(ctx, tx, since, mostKnown)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		a.remember(r)
	}
	return nil
}

func (a *Ages) remember(r row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, there := a.known[r.Token]; !there && len(a.known) >= mostKnown {
		for token := range a.known { // any: it is asked for again
			delete(a.known, token)
			break
		}
	}
	a.known[r.Token] = r
}

// look finds out about a domain: another process may have done so already.
func (a *Ages) look(ctx context.Context, domain string) error {
	today, token := dayOf(a.d.Now()), a.name(domain)
	var rows []row
	err := a.d.Tx(ctx, func(tx *db.Tx) (err error) { rows, err = find(ctx, tx, token, today-kept+1); return err })
	if err != nil {
		return err
	}
	if len(rows) > 0 && rows[0].fresh(today) {
		a.remember(rows[0])
		return nil
	}
	born, err := a.ask(ctx, domain)
	r := row{Token: token, Born: nobody, Day: today}
	switch {
	case err == nil && dayOf(born) <= today+1: // a day that is to come is none
		r.Born = dayOf(born)
	case err == nil:
	case !errors.Is(err, ErrUnknown):
		return err
	}
	a.remember(r)
	return a.d.Tx(ctx, func(tx *db.Tx) error {
		if err := forget(ctx, tx, today-kept+1); err != nil {
			return err
		}
		return save(ctx, tx, r)
	})
}
