package vault

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"unicode"

	"filippo.io/age"
	"golang.org/x/crypto/argon2"
)

// What deriving a mailbox costs whoever does it, and whoever tries secrets. At
// most derivations are under way at once: each takes its memory for itself.
const (
	argonTime   = 3
	argonMemory = 64 << 10 // KiB
	argonLanes  = 1
	derivations = 2
)

// Mailbox is what a secret opens: the letters that were sealed to it. Only the
// person knows the secret; neither it nor the mailbox's private half is kept.
type Mailbox struct {
	// ID finds the mailbox in the database and says nothing of its secret.
	ID string
	id *age.X25519Identity
}

// Mailbox derives the mailbox of a secret, an order number or the pictures of a
// chat, in a quarter of a second and 64 MiB. It waits while two others are
// being derived, until ctx ends.
func (v *Vault) Mailbox(ctx context.Context, secret string) (Mailbox, error) {
	m, err := v.mailbox(ctx, secret)
	if err != nil {
		return Mailbox{}, fmt.Errorf("derive mailbox: %w", err)
	}
	return m, nil
}

func (v *Vault) mailbox(ctx context.Context, secret string) (Mailbox, error) {
	if secret == "" {
		return Mailbox{}, errors.New("there is no secret")
	}
	if digits := strings.ReplaceAll(secret, " ", ""); len(digits) == orderDigits && allDigits(digits) {
		secret = "order " + digits
	}
	if err := ctx.Err(); err != nil {
		return Mailbox{}, err
	}
	select {
	case v.derive <- struct{}{}:
	case <-ctx.Done():
		return Mailbox{}, ctx.Err()
	}
	root := argon2.IDKey([]byte("offercheck mailbox 1\x00"+secret), v.salt[:], argonTime, argonMemory, argonLanes, 32)
	<-v.derive
	name, err := hkdf.Key(sha256.New, root, nil, "offercheck mailbox id", 18)
	if err != nil {
		return Mailbox{}, err
	}
	key, err := hkdf.Key(sha256.New, root, nil, "offercheck mailbox key", 32)
	if err != nil {
		return Mailbox{}, err
	}
	id, err := age.ParseX25519Identity(bech32(secretPrefix, key))
	if err != nil {
		return Mailbox{}, errNoKey // age's own error may quote what it read
	}
	return Mailbox{ID: base64.RawURLEncoding.EncodeToString(name), id: id}, nil
}

// Public is the half to which letters are sealed, with SealPart.
func (m Mailbox) Public() string {
	if m.id == nil {
		return ""
	}
	return m.id.Recipient().String()
}

// String is the mailbox's name: its key must not be printed by mistake.
func (m Mailbox) String() string { return m.ID }

// GoString is the same.
func (m Mailbox) GoString() string { return "vault.Mailbox(" + m.ID + ")" }

// Open opens a letter sealed to the mailbox. It answers ErrNotYours or ErrForged
// when it cannot.
func (m Mailbox) Open(letter []byte) ([]byte, error) {
	if m.id == nil {
		return nil, fmt.Errorf("open letter: %w", errNoKey)
	}
	plain, err := openPart(m.id, letter)
	if err != nil {
		return nil, fmt.Errorf("open letter: %w", err)
	}
	return plain, nil
}

// bech32 writes a key in the letters that age reads keys in (BIP 173).
func bech32(prefix string, key []byte) string {
	const letters = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	var fives []byte
	bits, have := uint32(0), 0
	for _, b := range key {
		bits, have = bits<<8|uint32(b), have+8
		for have >= 5 {
			have -= 5
			fives = append(fives, byte(bits>>have)&31)
		}
	}
	if have > 0 {
		fives = append(fives, byte(bits<<(5-have))&31)
	}
	sum := uint32(1)
	add := func(v byte) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	low := strings.ToLower(prefix)
	for i := range len(low) {
		add(low[i] >> 5)
	}
	add(0)
	for i := range len(low) {
		add(low[i] & 31)
	}
	for _, v := range fives {
		add(v)
	}
	for range 6 {
		add(0)
	}
	sum ^= 1
	out := []byte(prefix + "1")
	for _, v := range fives {
		out = append(out, letters[v])
	}
	for i := range 6 {
		out = append(out, letters[sum>>(5*(5-i))&31])
	}
	return string(out)
}

const (
	orderDigits = 16
	orderGroup  = 4
)

// NewOrder makes an order number: 16 random digits in four groups. There is no
// check digit among them, for it would take from their strength.
func NewOrder() string {
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(orderDigits), nil))
	if err != nil {
		panic("vault: the source of chance failed: " + err.Error())
	}
	return grouped(fmt.Sprintf("%0*d", orderDigits, n))
}

func grouped(digits string) string {
	var groups []string
	for i := 0; i < len(digits); i += orderGroup {
		groups = append(groups, digits[i:min(i+orderGroup, len(digits))])
	}
	return strings.Join(groups, " ")
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// OrderDigits finds an order number in what a person typed and answers it as
// NewOrder writes it: in the digits of any script, in groups or not, with spaces,
// dashes, dots and line ends between them, with words around it. Of several it
// takes the first. A number with a digit too few or too many is none. Where more
// digits stand beside it, a date or an amount, it is found as four groups of
// four, or as one of sixteen, when only one can be meant.
func OrderDigits(text string) (string, bool) {
	var groups [][]byte // digits with nothing between them, in one run with little between them
	open := false       // the last group goes on
	digits, gap := 0, 0
	runes := []rune(text)
	for i := 0; i <= len(runes); i++ {
		if i < len(runes) {
			r := runes[i]
			if d, ok := digitAt(runes, i); ok {
				if !open {
					groups, open = append(groups, nil), true
				}
				groups[len(groups)-1] = append(groups[len(groups)-1], byte('0'+d))
				digits++
				gap = 0
				continue
			}
			if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) {
				continue // unseen, or the frame of a digit in a box
			}
			if unicode.IsSpace(r) {
				open = false // a dash or a dot binds closer: 22.11.2026 is one group
			}
			if gap++; gap <= widest && between(r) {
				continue
			}
		}
		if found, ok := orderIn(groups, digits); ok {
			return found, true
		}
		groups, open, digits = groups[:0], false, 0
	}
	return "", false
}

// widest is how many signs may stand between two digits of one number.
const widest = 4

func between(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune(".,·•_/|'’−", r)
}

// orderIn finds the order number in one run of groups.
func orderIn(groups [][]byte, digits int) (found string, ok bool) {
	if digits == orderDigits {
		return grouped(string(bytes.Join(groups, nil))), true
	}
	if digits < orderDigits {
		return "", false
	}
	const inOrder = orderDigits / orderGroup
	fours := 0 // groups of four that end here, one after another
	for i, g := range groups {
		if fours++; len(g) != orderGroup {
			fours = 0
		}
		var here string
		switch {
		case len(g) == orderDigits:
			here = grouped(string(g))
		case fours >= inOrder:
			here = grouped(string(bytes.Join(groups[i+1-inOrder:i+1], nil)))
		default:
			continue
		}
		if ok {
			return "", false // which one is meant cannot be told
		}
		found, ok = here, true
	}
	return found, ok
}

// digitAt reads a decimal digit of any script. The Myanmar letter wa is often
// typed for the zero it looks like.
func digitAt(runes []rune, i int) (int, bool) {
	r := runes[i]
	if r >= '0' && r <= '9' {
		return int(r - '0'), true
	}
	const wa = 'ဝ'
	if r == wa {
		left, right := i, i
		for left >= 0 && runes[left] == wa && i-left < orderDigits {
			left--
		}
		for right < len(runes) && runes[right] == wa && right-i < orderDigits {
			right++
		}
		return 0, left >= 0 && myanmarDigit(runes[left]) || right < len(runes) && myanmarDigit(runes[right])
	}
	// The digits of a script stand in rows of ten, from zero.
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return int(r-rune(row.Lo)) % 10, true
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return int(r-rune(row.Lo)) % 10, true
		}
	}
	return 0, false
}

func myanmarDigit(r rune) bool { return r >= '၀' && r <= '၉' }

// Pictures is the secret of a chat's pictures in the order they were tapped,
// each by its place among the twelve. It has the strength of a PIN.
func Pictures(chat int64, order []int) string {
	b := fmt.Appendf(nil, "pictures %d:", chat)
	for _, n := range order {
		b = fmt.Appendf(b, " %d", n)
	}
	return string(b)
}
