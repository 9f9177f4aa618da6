package vault

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/text/unicode/norm"
)

// ErrPassphrase: the passphrase is not the one of this identity.
var ErrPassphrase = errors.New("the passphrase is wrong")

const (
	// scryptWork is how hard a passphrase is to try, as a power of two: about a
	// second and 256 MiB. Files that ask for more are not opened.
	scryptWork    = 18
	minPassphrase = 12 // letters
	minDifferent  = 5  // letters among them

	identityTitle = "# offercheck identity 1"
	readTitle     = "# to read cases"
	signInTitle   = "# to sign in"
)

var (
	errShort  = fmt.Errorf("the passphrase is too short: take at least %d letters, four or five words are easy to remember", minPassphrase)
	errSimple = errors.New("the passphrase is too easy to guess: take four or five words that do not belong together")
)

// Identity is what a member holds: one key to read cases and another to sign in,
// so that nothing sent for signing in can ever be a case to be opened. It prints
// as its public halves.
type Identity struct {
	reader, signIn *age.X25519Identity
}

// NewIdentity makes the two keys of a new member.
func NewIdentity() (Identity, error) {
	reader, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, fmt.Errorf("make identity: %w", err)
	}
	signIn, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, fmt.Errorf("make identity: %w", err)
	}
	return Identity{reader: reader, signIn: signIn}, nil
}

// Reader is the public half to which cases are wrapped for this member.
func (i Identity) Reader() string { return public(i.reader) }

// SignIn is the public half to which a challenge is sealed.
func (i Identity) SignIn() string { return public(i.signIn) }

func public(id *age.X25519Identity) string {
	if id == nil {
		return ""
	}
	return id.Recipient().String()
}

// Key is the private half that reads: it opens this member's wraps.
func (i Identity) Key() age.Identity { return i.reader }

// String is the public half: an identity may be printed by mistake.
func (i Identity) String() string { return i.Reader() }

// GoString is the public half too.
func (i Identity) GoString() string { return "vault.Identity(" + i.Reader() + ")" }

// Lock wraps the identity by a passphrase, into an age file. The error is a
// sentence for who chose the passphrase.
func (i Identity) Lock(passphrase string) ([]byte, error) {
	if i.reader == nil || i.signIn == nil {
		return nil, fmt.Errorf("lock identity: %w", errNoKey)
	}
	text := strings.Join([]string{identityTitle, readTitle, i.reader.String(), signInTitle, i.signIn.String(), ""}, "\n")
	return lockBy(passphrase, []byte(text))
}

// lockBy seals to a passphrase, if it is none that is easy to guess.
func lockBy(passphrase string, plain []byte) ([]byte, error) {
	passphrase = typed(passphrase)
	if utf8.RuneCountInString(passphrase) < minPassphrase {
		return nil, errShort
	}
	different := map[rune]bool{}
	for _, r := range passphrase {
		different[r] = true
	}
	if len(different) < minDifferent {
		return nil, errSimple
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", errUnsealable)
	}
	to.SetWorkFactor(scryptWork)
	file, err := encrypt(plain, to)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return file, nil
}

// Unlock opens what Lock made, also when it was saved as text (armored). It
// answers ErrPassphrase, or ErrForged for what is no whole identity.
func Unlock(file []byte, passphrase string) (Identity, error) {
	i, err := unlock(file, passphrase)
	if err != nil {
		return Identity{}, fmt.Errorf("unlock identity: %w", err)
	}
	return i, nil
}

func unlock(file []byte, passphrase string) (Identity, error) {
	text, err := unlockBy(passphrase, file)
	if err != nil {
		return Identity{}, err
	}
	defer clear(text)
	return parseIdentity(string(text))
}

// unlockBy opens what lockBy sealed. It answers ErrPassphrase or ErrForged.
func unlockBy(passphrase string, file []byte) ([]byte, error) {
	passphrase = typed(passphrase)
	if passphrase == "" {
		return nil, ErrPassphrase
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, ErrPassphrase
	}
	id.SetMaxWorkFactor(scryptWork)
	if text := bytes.TrimSpace(file); bytes.HasPrefix(text, []byte(armor.Header)) {
		if file, err = io.ReadAll(armor.NewReader(bytes.NewReader(text))); err != nil {
			return nil, ErrForged
		}
	}
	r, err := age.Decrypt(bytes.NewReader(file), id)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) && len(other.StanzaTypes) == 1 && other.StanzaTypes[0] == "scrypt" {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, ErrForged
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, ErrForged
	}
	return text, nil
}

func parseIdentity(text string) (i Identity, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] != identityTitle || lines[1] != readTitle || lines[3] != signInTitle || lines[5] != "" {
		return i, ErrForged
	}
	if i.reader, err = age.ParseX25519Identity(lines[2]); err != nil {
		return Identity{}, ErrForged
	}
	if i.signIn, err = age.ParseX25519Identity(lines[4]); err != nil {
		return Identity{}, ErrForged
	}
	return i, nil
}

// typed is a passphrase as it is used: the same letters are the same bytes on
// every keyboard.
func typed(passphrase string) string { return strings.TrimSpace(norm.NFKC.String(passphrase)) }

// Answer answers a sign-in challenge for the page at origin: the SHA-256 of its
// words. It refuses every other text, so a server cannot have something else
// opened by it.
func (i Identity) Answer(origin string, challenge []byte) ([32]byte, error) {
	if i.signIn == nil {
		return [32]byte{}, fmt.Errorf("answer challenge: %w", errNoKey)
	}
	plain, err := decrypt(challenge, i.signIn)
	if err != nil {
		return [32]byte{}, fmt.Errorf("answer challenge: %w", err)
	}
	chance, ok := bytes.CutPrefix(plain, []byte(challengeTitle+origin+"\n"))
	if !ok || origin == "" || strings.Contains(origin, "\n") || len(chance) != challengeSize {
		return [32]byte{}, fmt.Errorf("answer challenge: %w", ErrForged)
	}
	return sha256.Sum256(plain), nil
}

const (
	challengeTitle = "offercheck sign-in v1\n"
	challengeSize  = 32
)

// Challenge makes what a member must open to sign in to the page at origin, and
// the answer that shows it was opened.
func Challenge(signIn, origin string) (challenge []byte, answer [32]byte, err error) {
	to, err := recipient(signIn)
	if err != nil {
		return nil, answer, fmt.Errorf("make challenge: %w", err)
	}
	if origin == "" || strings.Contains(origin, "\n") {
		return nil, answer, errors.New("make challenge: the page has no origin")
	}
	chance := make([]byte, challengeSize)
	_, _ = rand.Read(chance)
	plain := append([]byte(challengeTitle+origin+"\n"), chance...)
	if challenge, err = encrypt(plain, to); err != nil {
		return nil, answer, fmt.Errorf("make challenge: %w", err)
	}
	return challenge, sha256.Sum256(plain), nil
}
