package hotlines

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// releaseKey is the public half of the key that signs the directory of a release,
// as `offercheck hotlines key` prints it. It is empty until whoever releases this
// program sets it: the directory is then unsigned, and `hotlines check` says so.
const releaseKey = ""

// SealSuffix names the signature beside its directory.
const SealSuffix = ".sig"

// quarter is how long lines may be relied on after they were checked.
const quarter = 92 * 24 * time.Hour

const (
	sealHead   = "offercheck directory v1"
	secretHead = "offercheck directory signing key v1"
)

// seal is what a signature says of a directory.
type seal struct {
	Key     string // public half, base64
	Expires time.Time
}

// Signed says whether the directory bears a signature that holds.
func (d *Directory) Signed() bool { return d.seal.Key != "" }

// Key is the public half of the key that signed it, "" for none.
func (d *Directory) Key() string { return d.seal.Key }

// Expires is the day on which the directory should no longer be relied on without
// looking: as its signature says, else a quarter of a year after it was checked.
func (d *Directory) Expires() time.Time {
	if d.Signed() {
		return d.seal.Expires
	}
	t, err := time.Parse(time.DateOnly, d.Checked)
	if err != nil {
		return time.Time{}
	}
	return t.Add(quarter)
}

// Expired says whether that day has come. An expired directory is shown all the
// same, with its date and "check before you rely on it".
func (d *Directory) Expired(now time.Time) bool { return !now.Before(d.Expires()) }

// NewKey makes a signing key: the text of its file, which must stay offline, and
// the public half.
func NewKey() (file []byte, public string, err error) {
	pub, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("make key: %w", err)
	}
	public = base64.StdEncoding.EncodeToString(pub)
	return fmt.Appendf(nil, "%s\npublic %s\nsecret %s\n", secretHead, public, base64.StdEncoding.EncodeToString(secret.Seed())), public, nil
}

// Sign signs a directory with the text of a key file. expires is the day from
// which it must be looked at again.
func Sign(directory, keyFile []byte, expires time.Time) ([]byte, error) {
	fields, err := readFields(keyFile, secretHead)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	seed, err := base64.StdEncoding.DecodeString(fields["secret"])
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("read key: it is not one")
	}
	if _, err := Read(directory, nil, ""); err != nil {
		return nil, err
	}
	secret := ed25519.NewKeyFromSeed(seed)
	public := base64.StdEncoding.EncodeToString(secret.Public().(ed25519.PublicKey))
	said := sealed(directory, public, expires.UTC().Format(time.DateOnly))
	return fmt.Appendf(said, "signature %s\n", base64.StdEncoding.EncodeToString(ed25519.Sign(secret, said))), nil
}

// sealed are the bytes that are signed; the signature's file begins with them.
func sealed(directory []byte, public, expires string) []byte {
	h := sha256.Sum256(directory)
	return fmt.Appendf(nil, "%s\nkey %s\nexpires %s\nsha256 %s\n", sealHead, public, expires, hex.EncodeToString(h[:]))
}

func openSeal(directory, signature []byte, trusted string) (seal, error) {
	fields, err := readFields(signature, sealHead)
	if err != nil {
		return seal{}, fmt.Errorf("read signature: %w", err)
	}
	public, err := base64.StdEncoding.DecodeString(fields["key"])
	if err != nil || len(public) != ed25519.PublicKeySize {
		return seal{}, errors.New("read signature: its key is not one")
	}
	if trusted == "" {
		return seal{}, errors.New("check signature: no key is trusted here; name the one you trust")
	}
	if fields["key"] != trusted {
		return seal{}, errors.New("check signature: another key made it")
	}
	mark, err := base64.StdEncoding.DecodeString(fields["signature"])
	if err != nil {
		return seal{}, errors.New("read signature: it is not one")
	}
	expires, err := time.Parse(time.DateOnly, fields["expires"])
	if err != nil {
		return seal{}, errors.New("read signature: the day it expires is not one")
	}
	if !ed25519.Verify(public, sealed(directory, fields["key"], fields["expires"]), mark) {
		return seal{}, errors.New("check signature: it does not hold; the directory or its signature was changed")
	}
	return seal{Key: fields["key"], Expires: expires}, nil
}

func readFields(text []byte, head string) (map[string]string, error) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if string(first) != head {
		return nil, fmt.Errorf("its first line is not %q", head)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(rest)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			out[name] = value
		}
	}
	return out, nil
}
