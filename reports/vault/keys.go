package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// The files of keys that are made once.
const (
	chatFile  = "chat.key"
	indexFile = "index.key"
	routeFile = "route.key"
	saltFile  = "mailbox.salt"
	limitFile = "limit.key"
)

// openLasting reads the keys that are made once, or makes them. limit.key is
// made after all of them, so where it is they have been, and one that is missing
// was lost: a new one in its place would leave people before a closed mailbox
// without anybody noticing.
func (v *Vault) openLasting(now time.Time) error {
	_, err := os.Stat(filepath.Join(v.dir, limitFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	made := err == nil
	for _, k := range []struct {
		file string
		into *[keySize]byte
		made bool
	}{
		{chatFile, &v.chat, false}, // the database tells whether it is the right one
		{indexFile, &v.index, made},
		{routeFile, &v.route, made},
		{saltFile, &v.salt, made},
	} {
		if err := openKey(filepath.Join(v.dir, k.file), k.into, k.made); err != nil {
			return err
		}
		if err := sweep(filepath.Join(v.dir, k.file), now); err != nil {
			return err
		}
	}
	return nil
}

func openKey(path string, into *[keySize]byte, made bool) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if made {
			return fmt.Errorf("%s is missing: bring back the file as it was", filepath.Base(path))
		}
		var key [keySize]byte
		_, _ = rand.Read(key[:])
		if err := create(path, []byte(hex.EncodeToString(key[:])+"\n")); err != nil {
			return err
		}
		text, err = os.ReadFile(path) // perhaps another process was first
	}
	if err != nil {
		return err
	}
	if err := closeToOthers(path, 0o600); err != nil {
		return err
	}
	if !unhex(into[:], bytes.TrimSpace(text)) {
		return fmt.Errorf("%s is damaged: bring back the file as it was", filepath.Base(path))
	}
	return nil
}

// turn is how many days a limit key is written with. It is read for one more, so
// that a day's limit holds over the turn, and then destroyed: it lives 31 days.
const turn = 30

func limitKeys() ratchet {
	return ratchet{
		file:  limitFile,
		title: "offercheck limit key 1",
		label: "offercheck limit key",
		lost:  "the counts that hold back a flood, of the last 31 days",
		kept:  2,
		slack: 1,
		span:  func(day uint32) (first, last uint32) { return (day - min(day, 1)) / turn, day / turn },
	}
}

// Reporter names a chat in the rows of loss reports and tips, for limits and for
// nothing else. The name changes with the limit key. Whoever has that key finds
// the chat by trying all. When a key cannot be turned (Reach says why), the last
// one stays in use.
func (v *Vault) Reporter(now time.Time, chat int64) string {
	return v.Reporters(now, chat)[0]
}

// Reporters are all names a chat has with the limit keys that live, the one of
// Reporter first: rows under any of them are its own.
func (v *Vault) Reporters(now time.Time, chat int64) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	_ = v.reach(&v.limits, now)
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], uint64(chat))
	var names []string
	for n := v.limits.last; ; n-- {
		key, _ := v.limits.key(n)
		names = append(names, base64.RawURLEncoding.EncodeToString(hmacOf(key[:], "reporter", id[:])[:18]))
		if n == v.limits.first {
			return names
		}
	}
}

// indexSize is the length of an index token: long enough that a million of them
// have no two alike by chance, and a page of them is small.
const indexSize = 12

// Index is the token under which a value of a report can be found again: a
// wallet, a handle, a link, as the caller writes such values always. Each hotline
// has a key of its own, so the same value has another token at another hotline.
func (v *Vault) Index(hotline, kind, value string) []byte {
	key := hmacOf(v.index[:], "index", []byte(hotline))
	return hmacOf(key, "token", binary.BigEndian.AppendUint32(nil, uint32(len(kind))), []byte(kind), []byte(value))[:indexSize]
}

func hmacOf(key []byte, purpose string, of ...[]byte) []byte {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte("offercheck " + purpose + "\x00"))
	for _, b := range of {
		_, _ = m.Write(b)
	}
	return m.Sum(nil)
}

// routeStep is what a route is padded to a multiple of, so that its length says
// nothing of the chat or the hours in it.
const routeStep = 256

const routeHeader = 1 + chacha20poly1305.NonceSizeX

// SealRoute seals the way back to a person for the server itself, bound to the
// code of the case: readers of the case hand it back and can neither read nor
// change it, nor use it with another case.
func (v *Vault) SealRoute(code string, plain []byte) []byte {
	size := (4 + len(plain) + routeStep - 1) / routeStep * routeStep
	padded := make([]byte, size)
	defer clear(padded)
	binary.BigEndian.PutUint32(padded, uint32(len(plain)))
	copy(padded[4:], plain)
	out := make([]byte, routeHeader, routeHeader+size+chacha20poly1305.Overhead)
	out[0] = version
	_, _ = rand.Read(out[1:])
	return lock(v.route).Seal(out, out[1:routeHeader], padded, routeExtra(code))
}

// OpenRoute opens what SealRoute sealed for the case of that code, or answers
// ErrForged. Whether it is still to be followed stands in it.
func (v *Vault) OpenRoute(code string, sealed []byte) ([]byte, error) {
	if len(sealed) < routeHeader || sealed[0] != version {
		return nil, fmt.Errorf("open route: %w", ErrForged)
	}
	padded, err := lock(v.route).Open(nil, sealed[1:routeHeader], sealed[routeHeader:], routeExtra(code))
	if err != nil || len(padded) < 4 {
		return nil, fmt.Errorf("open route: %w", ErrForged)
	}
	n := binary.BigEndian.Uint32(padded)
	if int64(n) > int64(len(padded)-4) {
		return nil, fmt.Errorf("open route: %w", ErrForged)
	}
	return padded[4 : 4+n : 4+n], nil
}

func routeExtra(code string) []byte { return append([]byte{version}, "offercheck route\x00"+code...) }
