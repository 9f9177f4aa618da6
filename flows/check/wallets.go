package check

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"strings"

	"golang.org/x/crypto/sha3"
)

const (
	base58Letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
)

// wallet takes a run of letters and digits for a crypto address. An address of
// certain shape whose checksum fails is kept, marked not valid: it is a typo or
// a trick, and worth saying.
func (s *scan) wallet(i, j int) bool {
	w := s.text[i:j]
	kind, valid, sure := walletKind(w)
	if kind == "" || !sure && !s.walletContext(i) {
		return false
	}
	s.out = append(s.out, Entity{Type: kind, Value: w, Valid: valid, Span: [2]int{i, j}})
	return true
}

// walletContext reports whether the words just before speak of a coin address;
// only for shapes that are not certain alone.
func (s *scan) walletContext(i int) bool {
	from := max(0, i-60)
	before := strings.ToLower(strings.ToValidUTF8(s.text[from:i], " "))
	for _, w := range []string{"sol", "wallet", "address", "spl", "phantom", "地址", "钱包", "ví", "dompet", "alamat", "กระเป๋า", "ที่อยู่", "လိပ်စာ", "ပိုက်ဆံအိတ်", "кошел", "адрес"} {
		if strings.Contains(before, w) {
			return true
		}
	}
	return false
}

// walletKind says what address w is, whether its checksum holds and whether the
// shape alone is proof enough.
func walletKind(w string) (kind string, valid, sure bool) {
	if len(w) < 26 || len(w) > 90 {
		return "", false, false
	}
	low := strings.HasPrefix(w, "bc1") || strings.HasPrefix(w, "BC1") || strings.HasPrefix(w, "Bc1")
	switch {
	case low && len(w) <= 74:
		return "btc", bech32Valid(w), true
	case len(w) == 42 && w[0] == '0' && (w[1] == 'x' || w[1] == 'X') && allHex(w[2:]):
		return "eth", ethValid(w), true
	}
	if !base58Only(w) {
		return "", false, false
	}
	switch {
	case w[0] == 'T' && len(w) == 34 && mixed(w):
		return "tron", base58Check(w, 0x41), true
	case (w[0] == '1' || w[0] == '3') && len(w) <= 35 && mixed(w):
		version := byte(0x00)
		if w[0] == '3' {
			version = 0x05
		}
		valid = base58Check(w, version)
		return "btc", valid, valid || len(w) >= 33
	case len(w) >= 32 && len(w) <= 44 && mixed(w):
		raw, ok := base58Decode(w)
		if ok && len(raw) == 32 {
			return "sol", true, len(w) >= 43
		}
	}
	return "", false, false
}

func base58Only(w string) bool {
	for i := 0; i < len(w); i++ {
		if strings.IndexByte(base58Letters, w[i]) < 0 {
			return false
		}
	}
	return true
}

// mixed reports whether w has capitals, small letters and digits, which words,
// numbers and identifiers of one kind do not.
func mixed(w string) bool {
	var up, down, digit bool
	for i := 0; i < len(w); i++ {
		switch c := w[i]; {
		case c >= '0' && c <= '9':
			digit = true
		case c >= 'a':
			down = true
		default:
			up = true
		}
	}
	return up && down && digit
}

func allHex(w string) bool {
	for i := 0; i < len(w); i++ {
		c := w[i] | 0x20
		if !(w[i] >= '0' && w[i] <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

func base58Decode(w string) ([]byte, bool) {
	n, radix, d := new(big.Int), big.NewInt(58), new(big.Int)
	zeros := 0
	for i := 0; i < len(w); i++ {
		k := strings.IndexByte(base58Letters, w[i])
		if k < 0 {
			return nil, false
		}
		if k == 0 && zeros == i {
			zeros++
		}
		n.Add(n.Mul(n, radix), d.SetInt64(int64(k)))
	}
	return append(make([]byte, zeros), n.Bytes()...), true
}

// base58Check holds for a 20-byte hash with this version byte and its double
// SHA-256 checksum.
func base58Check(w string, version byte) bool {
	raw, ok := base58Decode(w)
	if !ok || len(raw) != 25 || raw[0] != version {
		return false
	}
	once := sha256.Sum256(raw[:21])
	twice := sha256.Sum256(once[:])
	return bytes.Equal(twice[:4], raw[21:])
}

// bech32Valid holds for a witness address of Bitcoin: version 0 with the bech32
// checksum, versions 1 to 16 with the bech32m one.
func bech32Valid(w string) bool {
	lower, upper := strings.ToLower(w), strings.ToUpper(w)
	if w != lower && w != upper {
		return false
	}
	data := make([]byte, 0, 80)
	for i := 3; i < len(lower); i++ {
		k := strings.IndexByte(bech32Letters, lower[i])
		if k < 0 {
			return false
		}
		data = append(data, byte(k))
	}
	if len(data) < 8 || data[0] > 16 {
		return false
	}
	sum := uint32(1)
	step := func(v byte) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(v)
		for k, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>k&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, c := range "bc" {
		step(byte(c) >> 5)
	}
	step(0)
	for _, c := range "bc" {
		step(byte(c) & 31)
	}
	for _, v := range data {
		step(v)
	}
	want := uint32(0x2bc830a3)
	if data[0] == 0 {
		want = 1
	}
	if sum != want {
		return false
	}
	payload := data[1 : len(data)-6]
	bits := len(payload) * 5
	n, spare := bits/8, bits%8
	if n < 2 || n > 40 || spare > 4 || spare > 0 && payload[len(payload)-1]&(1<<spare-1) != 0 {
		return false
	}
	return data[0] != 0 || n == 20 || n == 32
}

// ethValid holds when the letters are all of one case, which carries no
// checksum, or are cased as EIP-55 asks.
func ethValid(w string) bool {
	hex := w[2:]
	lower := strings.ToLower(hex)
	if hex == lower || hex == strings.ToUpper(hex) {
		return true
	}
	h := sha3.NewLegacyKeccak256()
	h.Write([]byte(lower))
	sum := h.Sum(nil)
	for i := 0; i < len(hex); i++ {
		if lower[i] < 'a' {
			continue
		}
		nibble := sum[i/2] >> 4
		if i%2 == 1 {
			nibble = sum[i/2] & 15
		}
		if capital := hex[i] < 'a'; capital != (nibble >= 8) {
			return false
		}
	}
	return true
}
