// Package vault holds the keys that make what is stored unreadable without
// them, and seals to the keys of those who may read: every case has a key pair of
// its own, and its private half exists only as wraps for a hotline's members.
//
// The map of the room:
//
//   - vault.go: opening KEY_DIR; Seal and Open; Chat; Fingerprint
//   - day.go: the ratchet of keys that turn with the days
//   - keys.go: the keys that last, the limit key, index tokens, the reply route
//   - case.go: a case's key, its wraps, its parts, the key held while one talks
//   - chunks.go: a file of a case, piece by piece
//   - identity.go: a member's two keys, their passphrase, signing in
//   - mailbox.go: what a person's secret opens; order numbers
//   - export.go: the keys for another replica, and for a backup
//   - file.go: how a key file is written so that a crash leaves a whole one
//
// The day keys are a ratchet, K(d+1) = HKDF(K(d)): the key of a day leads to
// those of later days and to none before it. Today's and the two before are
// kept, older ones are destroyed, and what they sealed is gone for good, in
// every backup too. The limit key is one as well: a key is written with for 30
// days, read for one more, and destroyed. The others last: index.key, route.key,
// mailbox.salt and chat.key, made once. Keys leave KEY_DIR sealed or not at all, so a
// database alone opens nothing, and replicas must have a copy of the same folder.
//
// What is sealed to cases, members and mailboxes is in age files (X25519; a wrap
// may be to a hybrid key too, which protects the wrap and not what is sealed to
// the case). Whoever has a public half can seal to it: a seal says that nobody
// read a thing, not who made it. Reading back answers ErrForged, ErrNotYours or
// ErrExpired and gives nothing else away; no error repeats what it was given.
//
// Promised for ever, all numbers big-endian:
//
//   - a sealed record begins with the byte 1 and its day (4 bytes), and is
//     XChaCha20-Poly1305 with these and its purpose as associated data
//   - a part is an age file; inside: the byte 1, the length (4 bytes), the part,
//     zeros up to the next of 1, 2, 4, 8 … KiB in all
//   - a file is one age file for each 256 KiB; inside: the byte 2, 16 random bytes
//     that are the same for all of the file, the number from 0 (4), 1 for the last
//     or 0, the length (4), the file's size up to here (8), the bytes, and for the
//     last zeros up to the next of 1, 2, 4 … 256 KiB. Who reads refuses every chunk
//     that is not the next, and a file without its last
//   - a wrap is an age file; inside: "# offercheck case key 1" and the private half,
//     each on its line
//   - an identity is an age file with a passphrase (NFKC, spaces around it taken
//     away; scrypt, 2^18), also armored; inside, each on its line: "# offercheck
//     identity 1", "# to read cases", a private half, "# to sign in", another.
//     So wraps and identities are key files to age itself, and a hotline can
//     open its cases without this program
//   - a challenge is an age file to the sign-in key; inside: "offercheck sign-in
//     v1", the page's origin, each with a line end, and 32 random bytes. The answer
//     is the SHA-256 of all that
//   - a mailbox is Argon2id (3 rounds, 64 MiB, 1 lane, mailbox.salt) of "offercheck
//     mailbox 1", a zero byte and "order " with 16 digits or the pictures' secret;
//     HKDF-SHA-256 of it for "offercheck mailbox id" (18 bytes, base64url) and
//     "offercheck mailbox key" (the X25519 private half)
//   - exported keys are an age file, to a passphrase as an identity is, or to an age
//     recipient; inside: "offercheck keys 1", "replica" or "backup" and the time in
//     seconds, and for each file of KEY_DIR its name and its bytes in hexadecimal,
//     each on its line. Only those for a replica hold day.key
//   - an index token is HMAC-SHA-256, cut to 12 bytes, under the hotline's key
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
	// wary: a leap of the clock waits for Leap. leaping: it is being looked after.
	wary, leaping bool
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
