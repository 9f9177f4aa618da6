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

// chain is the ratchet as it stands: the oldest key that is kept leads to all
// later ones. id is made with the chain, so that two chains can be told apart.
type chain struct {
	id     [16]byte
	first  uint32 // day of the oldest key
	last   uint32 // newest day that was reached
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
func next(key [keySize]byte) (out [keySize]byte) {
	b, err := hkdf.Key(sha256.New, key[:], nil, "offercheck day key", keySize)
	if err != nil {
		panic("vault: the size of a key is fixed: " + err.Error())
	}
	copy(out[:], b)
	return out
}

// key answers the key of a day that is kept, or that another replica may have
// reached before us.
func (c chain) key(day uint32) (k [keySize]byte, ok bool) {
	if day < c.first || day > c.last+ahead {
		return k, false
	}
	k = c.oldest
	for range day - c.first {
		k = next(k)
	}
	return k, true
}

// reached answers the chain on a later day, with what is too old left behind.
func (c chain) reached(day uint32) chain {
	if day > c.last {
		c.last = day
	}
	for c.first+kept <= c.last {
		c.oldest = next(c.oldest)
		c.first++
	}
	return c
}

func (c chain) text() []byte {
	return fmt.Appendf(nil, "offercheck day keys 1\n%x\n%d %d\n%x\n", c.id, c.first, c.last, c.oldest)
}

var errDamaged = errors.New(dayFile + " is damaged: bring back the file as it was, or remove it, " +
	"which gives up what was sealed in the last three days")

// rereads is how often a file that makes no sense is read again.
const rereads = 20

// readChain reads the file again when it makes no sense: it may have been
// opened just before another process put a new one in its place and wrote zeros
// over the old.
func readChain(path string) (c chain, err error) {
	for range rereads {
		if c, err = readOnce(path); !errors.Is(err, errDamaged) {
			return c, err
		}
	}
	return c, err
}

func readOnce(path string) (c chain, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	var id, oldest string
	if _, err := fmt.Sscanf(string(text), "offercheck day keys 1\n%32s\n%d %d\n%64s\n", &id, &c.first, &c.last, &oldest); err != nil {
		return c, errDamaged
	}
	if !unhex(c.id[:], []byte(id)) || !unhex(c.oldest[:], []byte(oldest)) || c.first > c.last || c.last-c.first >= kept {
		return c, errDamaged
	}
	return c, nil
}

// openDays reads the chain, or begins one, and brings it to today.
func (v *Vault) openDays(now time.Time) error {
	path := filepath.Join(v.dir, dayFile)
	c, err := readChain(path)
	if errors.Is(err, fs.ErrNotExist) {
		_, _ = rand.Read(c.id[:])
		_, _ = rand.Read(c.oldest[:])
		c.last = dayOf(now)
		c.first = c.last
		if err := create(path, c.text()); err != nil {
			return err
		}
		c, err = readChain(path) // perhaps another process was first
	}
	if err != nil {
		return err
	}
	if err := closeToOthers(path, 0o600); err != nil {
		return err
	}
	today := dayOf(now)
	if c.last > today+kept {
		return fmt.Errorf("the keys are %d days ahead of this machine's clock: set the clock, or, when it is right, remove %s, "+
			"which gives up what was sealed in the last days", c.last-today, dayFile)
	}
	v.days = c
	if err := v.advance(today); err != nil {
		return err
	}
	return sweep(path, now)
}

// Reach brings the keys to the day of now and destroys those that became too
// old. Seal and Open do it too; a process that is idle must do it itself.
func (v *Vault) Reach(now time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.reach(now); err != nil {
		return fmt.Errorf("turn day keys: %w", err)
	}
	return nil
}

// reach does nothing when the clock went back: a day once reached stays reached.
func (v *Vault) reach(now time.Time) error {
	today := dayOf(now)
	if today <= v.days.last {
		return nil
	}
	if today-v.days.last > leap {
		return fmt.Errorf("the clock jumped %d days ahead, so no key is touched: set the clock or start again", today-v.days.last)
	}
	if err := v.advance(today); err != nil {
		return err
	}
	return sweep(filepath.Join(v.dir, dayFile), now)
}

// advance writes the chain of a later day over the file. The file is read again
// first: another process on the same folder may be further.
func (v *Vault) advance(today uint32) error {
	if today <= v.days.last {
		return nil
	}
	path := filepath.Join(v.dir, dayFile)
	there, err := readChain(path)
	if err != nil {
		return err
	}
	if there.id != v.days.id {
		return errors.New(dayFile + " was replaced while it was in use: start again")
	}
	if there.last < today {
		there = there.reached(today)
		if err := replace(path, there.text()); err != nil {
			if again, rerr := readChain(path); rerr != nil || again.last < today {
				return err
			}
		}
	}
	clear(v.days.oldest[:])
	v.days = there
	return nil
}
