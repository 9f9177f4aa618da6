// Package vault holds the keys that make what is stored unreadable without
// them: the day keys, under which everything short-lived is sealed, and the
// chat key, which turns a chat id into the name of its session and its lane.
//
// The map of the room:
//
//   - vault.go: opening KEY_DIR; Seal and Open; Chat; Fingerprint
//   - day.go: the ratchet of day keys
//   - file.go: how a key file is written so that a crash leaves a whole one
//
// The day keys are a ratchet, K(d+1) = HKDF(K(d)): the key of a day leads to
// those of later days and to none before it. Today's and the two before are
// kept, older ones are destroyed, and what they sealed is gone for good, in
// every backup too. Keys never leave KEY_DIR, so a database alone opens nothing.
//
// Promised for ever: a sealed record begins with the byte 1 and its day, and is
// XChaCha20-Poly1305 with its purpose as associated data.
package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// What Open answers when it cannot.
var (
	// ErrExpired: the record's day key is destroyed, or not yet made.
	ErrExpired = errors.New("its day key is gone")
	// ErrForged: the record was made with other keys, for another purpose, or was changed.
	ErrForged = errors.New("it is not what was sealed")
)

const (
	version = 1
	header  = 1 + 4 // version, day
	keySize = chacha20poly1305.KeySize
)

// Vault is an open KEY_DIR. It is safe for concurrent use.
type Vault struct {
	dir  string
	chat [keySize]byte

	index  [keySize]byte
	route  [keySize]byte
	salt   [keySize]byte
	derive chan struct{} // one place for each mailbox being derived

	mu     sync.Mutex
	days   chain
	limits chain
}

// Open reads the keys of dir, or makes them when there are none: dir for this
// user only (0700), its files too (0600), all of it on the disk before Open
// answers. now is the time, as everywhere here. The error is one line for the
// operator.
func Open(dir string, now time.Time) (*Vault, error) {
	v := &Vault{dir: dir, derive: make(chan struct{}, derivations)}
	if err := v.open(now); err != nil {
		return nil, fmt.Errorf("open keys (KEY_DIR): %w", err)
	}
	return v, nil
}

func (v *Vault) open(now time.Time) error {
	if err := os.MkdirAll(v.dir, 0o700); err != nil {
		return err
	}
	if err := closeToOthers(v.dir, 0o700); err != nil {
		return err
	}
	if err := writable(v.dir); err != nil {
		return fmt.Errorf("this user must be able to write there: %w", err)
	}
	if err := v.openLasting(now); err != nil {
		return err
	}
	var err error
	if v.days, err = dayKeys().open(v.dir, now); err != nil {
		return err
	}
	v.limits, err = limitKeys().open(v.dir, now)
	return err
}

// Chat is the name under which everything of a chat is kept. Without the chat
// key it says nothing of the chat.
func (v *Vault) Chat(id int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(id))
	return base64.RawURLEncoding.EncodeToString(v.mac("chat", b[:])[:18])
}

// Lane is the name of a destination that is not a chat.
func (v *Vault) Lane(kind, destination string) string {
	return base64.RawURLEncoding.EncodeToString(v.mac("lane "+kind, []byte(destination))[:18])
}

func (v *Vault) mac(purpose string, of ...[]byte) []byte { return hmacOf(v.chat[:], purpose, of...) }

// Fingerprint is the same for vaults that read each other's records, and for no
// others. Its parts stand between dashes: the chat key, the day keys, the keys
// that last, the limit key. It betrays nothing of any. What stands before the
// first dash, and the third part where a database knows one, never changes; the
// day keys and the limit key may be given up and made anew.
func (v *Vault) Fingerprint() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	part := func(purpose string, of ...[]byte) string {
		return hex.EncodeToString(v.mac(purpose, of...)[:6])
	}
	return strings.Join([]string{
		part("fingerprint"),
		part("fingerprint", v.days.id[:]),
		part("fingerprint of lasting keys", v.index[:], v.route[:], v.salt[:]),
		part("fingerprint of limit keys", v.limits.id[:]),
	}, "-")
}

// Seal encrypts plain under the key of the day of now. Only Open with the same
// purpose reads it again, and only for two days after.
func (v *Vault) Seal(now time.Time, purpose string, plain []byte) ([]byte, error) {
	sealed, err := v.seal(now, purpose, plain)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return sealed, nil
}

func (v *Vault) seal(now time.Time, purpose string, plain []byte) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.reach(&v.days, now); err != nil {
		return nil, err
	}
	day := v.days.last
	key, _ := v.days.key(day)
	out := make([]byte, header+chacha20poly1305.NonceSizeX, header+chacha20poly1305.NonceSizeX+len(plain)+chacha20poly1305.Overhead)
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], day)
	nonce := out[header:]
	_, _ = rand.Read(nonce)
	return lock(key).Seal(out, nonce, plain, extra(out, purpose)), nil
}

// Open decrypts what Seal made. It answers ErrExpired or ErrForged when it
// cannot.
func (v *Vault) Open(now time.Time, purpose string, sealed []byte) ([]byte, error) {
	plain, err := v.unseal(now, purpose, sealed)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, err)
	}
	return plain, nil
}

func (v *Vault) unseal(now time.Time, purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < header+chacha20poly1305.NonceSizeX+chacha20poly1305.Overhead || sealed[0] != version {
		return nil, ErrForged
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.reach(&v.days, now); err != nil {
		return nil, err
	}
	key, ok := v.days.key(binary.BigEndian.Uint32(sealed[1:]))
	if !ok {
		return nil, ErrExpired
	}
	nonce := sealed[header : header+chacha20poly1305.NonceSizeX]
	plain, err := lock(key).Open(nil, nonce, sealed[header+len(nonce):], extra(sealed, purpose))
	if err != nil {
		return nil, ErrForged
	}
	return plain, nil
}

func lock(key [keySize]byte) cipher.AEAD {
	a, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic("vault: the size of a key is fixed: " + err.Error())
	}
	return a
}

// extra binds a record to its version, its day and its purpose.
func extra(record []byte, purpose string) []byte {
	return append(append([]byte{}, record[:header]...), purpose...)
}
