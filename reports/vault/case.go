package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
)

// ErrNotYours: it is sealed, but to another key than the one it is opened with.
var ErrNotYours = errors.New("it is sealed to another key")

// ErrTooBig: more than can be sealed in one piece, or than was allowed.
var ErrTooBig = errors.New("it is too big")

// MaxPart is the longest part that is sealed in one piece.
const MaxPart = 1 << 20

const (
	wrapTitle    = "# offercheck case key 1\n"
	secretPrefix = "AGE-SECRET-KEY-"

	partKind   = 1
	partHeader = 1 + 4   // kind, length
	smallest   = 1 << 10 // the least a sealed thing is padded to
)

// CaseKey is the key pair of one case. Everything that belongs to the case is
// sealed to its public half, by whoever has that; its private half leaves the
// process only as wraps, or under the day key. It prints as its public half.
type CaseKey struct {
	id     *age.X25519Identity
	public string
}

// NewCaseKey makes the key pair of a new case.
func NewCaseKey() (CaseKey, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return CaseKey{}, fmt.Errorf("make case key: %w", err)
	}
	return caseKey(id), nil
}

func caseKey(id *age.X25519Identity) CaseKey {
	return CaseKey{id: id, public: id.Recipient().String()}
}

// Public is the public half, "age1…".
func (k CaseKey) Public() string { return k.public }

// String is the public half: a key may be printed by mistake.
func (k CaseKey) String() string { return k.public }

// GoString is the public half too.
func (k CaseKey) GoString() string { return "vault.CaseKey(" + k.public + ")" }

var errNoKey = errors.New("there is no key")

func (k CaseKey) secret() ([]byte, error) {
	if k.id == nil {
		return nil, errNoKey
	}
	return []byte(wrapTitle + k.id.String() + "\n"), nil
}

func parseCaseKey(text []byte) (CaseKey, error) {
	secret, ok := bytes.CutPrefix(text, []byte(wrapTitle))
	if !ok {
		return CaseKey{}, ErrForged
	}
	id, err := age.ParseX25519Identity(strings.TrimSuffix(string(secret), "\n"))
	if err != nil {
		return CaseKey{}, ErrForged
	}
	return caseKey(id), nil
}

// Wrap seals the private half to one member's recipient string. Every wrap is a
// file of its own, so members may have keys of different kinds, and taking away
// a wrap takes nothing from the others.
func (k CaseKey) Wrap(member string) ([]byte, error) {
	secret, err := k.secret()
	if err != nil {
		return nil, fmt.Errorf("wrap case key: %w", err)
	}
	to, err := recipient(member)
	if err != nil {
		return nil, fmt.Errorf("wrap case key: %w", err)
	}
	out, err := encrypt(secret, to)
	if err != nil {
		return nil, fmt.Errorf("wrap case key: %w", err)
	}
	return out, nil
}

// Unwrap opens a wrap with the key of the member it was made for. It answers
// ErrNotYours or ErrForged when it cannot.
func Unwrap(wrap []byte, id age.Identity) (CaseKey, error) {
	text, err := decrypt(wrap, id)
	if err != nil {
		return CaseKey{}, fmt.Errorf("unwrap case key: %w", err)
	}
	k, err := parseCaseKey(text)
	if err != nil {
		return CaseKey{}, fmt.Errorf("unwrap case key: %w", err)
	}
	return k, nil
}

const heldPurpose = "case key"

// Hold seals the private half under the day key, bound to the case's code, for
// the while in which the conversation lasts. Whoever ends the conversation must
// delete it; it opens for two days at most.
func (v *Vault) Hold(now time.Time, code string, k CaseKey) ([]byte, error) {
	secret, err := k.secret()
	if err != nil {
		return nil, fmt.Errorf("hold case key: %w", err)
	}
	held, err := v.seal(now, heldPurpose+"\x00"+code, secret)
	if err != nil {
		return nil, fmt.Errorf("hold case key: %w", err)
	}
	return held, nil
}

// Held opens what Hold made for the case of that code. It answers ErrExpired or
// ErrForged when it cannot.
func (v *Vault) Held(now time.Time, code string, held []byte) (CaseKey, error) {
	text, err := v.unseal(now, heldPurpose+"\x00"+code, held)
	if err != nil {
		return CaseKey{}, fmt.Errorf("open held case key: %w", err)
	}
	k, err := parseCaseKey(text)
	if err != nil {
		return CaseKey{}, fmt.Errorf("open held case key: %w", err)
	}
	return k, nil
}

// SealPart pads a part, so that its length says only a size class (1, 2, 4, 8 …
// KiB), and seals it to a public half: of a case, or of a mailbox.
func SealPart(public string, plain []byte) ([]byte, error) {
	if len(plain) > MaxPart {
		return nil, fmt.Errorf("seal part: %w", ErrTooBig)
	}
	to, err := age.ParseX25519Recipient(public)
	if err != nil {
		return nil, fmt.Errorf("seal part: %w", errNotCase)
	}
	padded := make([]byte, class(partHeader+len(plain)))
	defer clear(padded)
	padded[0] = partKind
	binary.BigEndian.PutUint32(padded[1:], uint32(len(plain)))
	copy(padded[partHeader:], plain)
	out, err := encrypt(padded, to)
	if err != nil {
		return nil, fmt.Errorf("seal part: %w", err)
	}
	return out, nil
}

var errNotCase = errors.New("the public half is not one of a case or a mailbox")

// OpenPart opens what SealPart sealed to this case. It answers ErrNotYours or
// ErrForged when it cannot.
func (k CaseKey) OpenPart(sealed []byte) ([]byte, error) {
	if k.id == nil {
		return nil, fmt.Errorf("open part: %w", errNoKey)
	}
	plain, err := openPart(k.id, sealed)
	if err != nil {
		return nil, fmt.Errorf("open part: %w", err)
	}
	return plain, nil
}

func openPart(id age.Identity, sealed []byte) ([]byte, error) {
	padded, err := decrypt(sealed, id)
	if err != nil {
		return nil, err
	}
	if len(padded) < partHeader || padded[0] != partKind {
		return nil, ErrForged
	}
	n := binary.BigEndian.Uint32(padded[1:])
	return unpad(padded, partHeader, uint64(n))
}

// class is the size to which a plain of n bytes is padded.
func class(n int) int {
	size := smallest
	for size < n {
		size *= 2
	}
	return size
}

// unpad answers the n bytes behind the header, when the rest is what padding
// makes of them and nothing else.
func unpad(padded []byte, header int, n uint64) ([]byte, error) {
	if n > uint64(len(padded)-header) || class(header+int(n)) != len(padded) {
		return nil, ErrForged
	}
	end := header + int(n)
	if !zero(padded[end:]) {
		return nil, ErrForged
	}
	return padded[header:end:end], nil
}

func zero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// ParseRecipient answers nil for a recipient string to which a wrap can be made:
// "age1…", plain or hybrid. The error is one line for who typed it and does not
// repeat it, for it may be a secret typed by mistake.
func ParseRecipient(s string) error {
	to, err := recipient(s)
	if err != nil {
		return err
	}
	if _, err := encrypt(nil, to); err != nil {
		return errBadRecipient
	}
	return nil
}

var (
	errSecret       = errors.New("this is the secret half of a key: keep it to yourself and give the public one, which begins with age1")
	errOtherKind    = errors.New("this kind of key is not supported: make one with `offercheck desk init` or age-keygen")
	errBadRecipient = errors.New("this is not a whole public key: copy it again, from age1 to its last letter")
)

func recipient(s string) (age.Recipient, error) {
	var to age.Recipient
	var err error
	switch {
	case strings.HasPrefix(strings.ToUpper(s), secretPrefix):
		return nil, errSecret
	case strings.HasPrefix(s, "age1pq1"):
		to, err = age.ParseHybridRecipient(s)
	case strings.HasPrefix(s, "age1") && strings.LastIndexByte(s, '1') != len("age"), strings.HasPrefix(s, "ssh-"):
		return nil, errOtherKind // age1<plugin>1…
	default:
		to, err = age.ParseX25519Recipient(s)
	}
	if err != nil {
		return nil, errBadRecipient
	}
	return to, nil
}

func encrypt(plain []byte, to age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(plain) + 2048)
	w, err := age.Encrypt(&out, to)
	if err != nil {
		return nil, errUnsealable
	}
	if _, err := w.Write(plain); err != nil {
		return nil, errUnsealable
	}
	if err := w.Close(); err != nil {
		return nil, errUnsealable
	}
	return out.Bytes(), nil
}

// errUnsealable stands for age's own errors: theirs may quote what they read.
var errUnsealable = errors.New("nothing can be sealed to this key")

func decrypt(sealed []byte, id age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), id)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrNotYours
	}
	if err != nil {
		return nil, ErrForged
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, ErrForged
	}
	return plain, nil
}
