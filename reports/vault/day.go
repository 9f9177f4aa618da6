package vault

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	dayFile = "day.key"
	// kept is how many days can be opened: today and the two before.
	kept = 3
	// ahead is how far another replica's clock may run before ours: a record of
	// tomorrow opens, without a key being destroyed for it.
	ahead = 1
	// leap is the furthest a running process believes its clock to jump. Keys
	// destroyed by a wrong clock never come back, so beyond it nothing is done.
	leap = 30
)

// ratchet says how a chain of keys turns with the days, and in which file it is.
type ratchet struct {
	file  string
	title string // first line of the file
	label string // of the step from a key to the next
	lost  string // what is given up with the file
	kept  uint32 // how many keys there may be at once
	slack uint32 // how far the file may be ahead of the clock
	// span is the oldest and the newest key of a day.
	span func(day uint32) (first, last uint32)
}

func dayKeys() ratchet {
	return ratchet{
		file:  dayFile,
		title: "offercheck day keys 1",
		label: "offercheck day key",
		lost:  "what was sealed in the last three days",
		kept:  kept,
		slack: kept,
		span:  func(day uint32) (first, last uint32) { return day - min(day, kept-1), day },
	}
}

// chain is the ratchet as it stands: the oldest key that is kept leads to all
// later ones. id is made with the chain, so that two chains can be told apart.
type chain struct {
	ratchet
	id     [16]byte
	first  uint32 // number of the oldest key; of the day keys it is the day
	last   uint32 // newest that was reached
	oldest [keySize]byte
}

// dayOf counts days in UTC since 1970.
func dayOf(now time.Time) uint32 {
	if s := now.Unix(); s > 0 {
		return uint32(s / 86400)
	}
	return 0
}

// next is one step of the ratchet, and there is no step back.
func (r ratchet) next(key [keySize]byte) (out [keySize]byte) {
	b, err := hkdf.Key(sha256.New, key[:], nil, r.label, keySize)
	if err != nil {
		panic("vault: the size of a key is fixed: " + err.Error())
	}
	copy(out[:], b)
	return out
}

// key answers a key that is kept, or that another replica may have reached
// before us.
func (c chain) key(number uint32) (k [keySize]byte, ok bool) {
	if number < c.first || number > c.last+ahead {
		return k, false
	}
	k = c.oldest
	for range number - c.first {
		k = c.next(k)
	}
	return k, true
}

// behind tells whether a key is to be made or destroyed on that day.
func (c chain) behind(day uint32) bool {
	first, last := c.span(day)
	return last > c.last || first > c.first
}

// reached answers the chain on a later day, with what is too old left behind.
func (c chain) reached(day uint32) chain {
	first, last := c.span(day)
	c.last = max(c.last, last)
	for c.first < first {
		c.oldest = c.next(c.oldest)
		c.first++
	}
	return c
}

func (c chain) text() []byte {
	return fmt.Appendf(nil, "%s\n%x\n%d %d\n%x\n", c.title, c.id, c.first, c.last, c.oldest)
}

// errDamaged: the file of a chain makes no sense.
var errDamaged = errors.New("is damaged")

// rereads is how often a file that makes no sense is read again.
const rereads = 20

// read reads the file again when it makes no sense: it may have been opened just
// before another process put a new one in its place and wrote zeros over the old.
func (r ratchet) read(dir string) (c chain, err error) {
	for range rereads {
		if c, err = r.readOnce(dir); !errors.Is(err, errDamaged) {
			return c, err
		}
	}
	return c, err
}

func (r ratchet) readOnce(dir string) (chain, error) {
	text, err := os.ReadFile(filepath.Join(dir, r.file))
	if err != nil {
		return chain{ratchet: r}, err
	}
	return r.parse(text)
}

func (r ratchet) parse(text []byte) (c chain, err error) {
	c.ratchet = r
	damaged := fmt.Errorf("%s %w: bring back the file as it was, or remove it, which gives up %s", r.file, errDamaged, r.lost)
	var id, oldest string
	if _, err := fmt.Sscanf(string(text), r.title+"\n%32s\n%d %d\n%64s\n", &id, &c.first, &c.last, &oldest); err != nil {
		return c, damaged
	}
	if !unhex(c.id[:], []byte(id)) || !unhex(c.oldest[:], []byte(oldest)) || c.first > c.last || c.last-c.first >= r.kept {
		return c, damaged
	}
	return c, nil
}

// open reads the chain, or begins one, and brings it to today.
func (r ratchet) open(dir string, now time.Time) (chain, error) {
	path := filepath.Join(dir, r.file)
	_, last := r.span(dayOf(now))
	c, err := r.read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		c.first, c.last = last, last
		_, _ = rand.Read(c.id[:])
		_, _ = rand.Read(c.oldest[:])
		if err := create(path, c.text()); err != nil {
			return c, err
		}
		c, err = r.read(dir) // perhaps another process was first
	}
	if err != nil {
		return c, err
	}
	if err := closeToOthers(path, 0o600); err != nil {
		return c, err
	}
	if c.last > last+r.slack {
		return c, fmt.Errorf("the keys in %s are ahead of this machine's clock: set the clock, or, when it is right, remove the file, "+
			"which gives up %s", r.file, r.lost)
	}
	return c, c.advance(dir, now)
}

// Reach brings the keys to the day of now and destroys those that became too
// old. Whoever uses a key does it too; a process that is idle must do it itself.
func (v *Vault) Reach(now time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	// The limit keys come first, for how far the day keys are tells of a leap;
	// trouble with them does not hold up the day keys.
	if err := errors.Join(v.reach(&v.limits, now), v.reach(&v.days, now)); err != nil {
		return fmt.Errorf("turn keys: %w", err)
	}
	return nil
}

// ErrLeap is answered by a wary vault after the clock jumped by two days or more:
// keys that are in use would go before anybody looked.
var ErrLeap = errors.New("the clock jumped ahead: what is open must be looked after first")

// Wary makes a leap of the clock wait for Leap.
func (v *Vault) Wary() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wary = true
}

// Leapt says whether turning the day keys to now would destroy some that were in
// use a moment ago.
func (v *Vault) Leapt(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.leaping && v.leapt(dayOf(now))
}

func (v *Vault) leapt(today uint32) bool {
	return today >= v.days.last+kept-1 && today-v.days.last <= leap
}

// Leap turns the day keys to now after a leap. While look is at work the keys of
// before and those of now are both there, so that what is open can be closed and
// what must last sealed again; the old ones go when it answers nil.
func (v *Vault) Leap(now time.Time, look func() error) error {
	v.mu.Lock()
	before := v.days.last
	v.leaping, v.days.last = true, max(before, dayOf(now))
	v.mu.Unlock()
	err := look()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.leaping, v.days.last = false, before
	if err != nil {
		return err
	}
	return v.days.advance(v.dir, now)
}

// reach does nothing when the clock went back: a day once reached stays reached.
func (v *Vault) reach(c *chain, now time.Time) error {
	today := dayOf(now)
	if !c.behind(today) || c == &v.days && v.leaping {
		return nil
	}
	if c == &v.days && v.wary && v.leapt(today) {
		return ErrLeap
	}
	if today > v.days.last && today-v.days.last > leap {
		return fmt.Errorf("the clock jumped %d days ahead, so no key is touched: set the clock or start again", today-v.days.last)
	}
	return c.advance(v.dir, now)
}

// advance writes the chain of a later day over the file. The file is read again
// first: another process on the same folder may be further.
func (c *chain) advance(dir string, now time.Time) error {
	today := dayOf(now)
	path := filepath.Join(dir, c.file)
	if c.behind(today) {
		there, err := c.read(dir)
		if err != nil {
			return err
		}
		if there.id != c.id {
			return errors.New(c.file + " was replaced while it was in use: start again")
		}
		if there.behind(today) {
			there = there.reached(today)
			if err := replace(path, there.text()); err != nil {
				if again, rerr := c.read(dir); rerr != nil || again.behind(today) {
					return err
				}
			}
		}
		clear(c.oldest[:])
		*c = there
	}
	return sweep(path, now)
}
