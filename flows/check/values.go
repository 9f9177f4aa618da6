package check

import (
	"math/big"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ReadWallet says which chain an address that stands alone belongs to, and whether
// its checksum holds. The chain is "" when it does not even look like one.
func ReadWallet(s string) (chain string, valid bool) {
	chain, valid, _ = walletKind(strings.TrimSpace(s))
	return chain, valid
}

// ReadTransaction says whether s has the form of a transaction hash: 64 hex digits, or
// a Solana signature. Hex is answered in lower case.
func ReadTransaction(s string) (string, bool) {
	s = strings.TrimSpace(s)
	hex := strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")
	if len(hex) == 64 && allHex(hex) {
		return strings.ToLower(s), true
	}
	if len(s) >= 86 && len(s) <= 88 && base58Only(s) {
		raw, ok := base58Decode(s)
		return s, ok && len(raw) == 64
	}
	return "", false
}

// ReadAccount reads the number of an account: an IBAN with its check digits, or five
// to twenty digits, which nobody can check. iban says which it is; an IBAN whose
// digits do not agree is not ok.
func ReadAccount(s string) (value string, iban, ok bool) {
	v := strings.ToUpper(strings.Map(func(r rune) rune {
		if d := digitOf(r); d >= 0 {
			return rune('0' + d)
		}
		if strings.ContainsRune(" -.\u00a0", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s)))
	digits := strings.Trim(v, "0123456789") == ""
	if digits {
		return v, false, len(v) >= 5 && len(v) <= 20
	}
	if len(v) < 15 || len(v) > 34 || !alpha(v[0]) || !alpha(v[1]) || !digit(v[2]) || !digit(v[3]) {
		return "", false, false
	}
	var number strings.Builder
	for _, c := range []byte(v[4:] + v[:4]) {
		switch {
		case digit(c):
			number.WriteByte(c)
		case alpha(c):
			number.WriteString(big.NewInt(int64(c-'A') + 10).String())
		default:
			return "", true, false
		}
	}
	n, _ := new(big.Int).SetString(number.String(), 10)
	return v, true, new(big.Int).Mod(n, big.NewInt(97)).Int64() == 1
}

// ReadPhone reads the first phone number in s, one without a country as a number of
// region (ISO 3166-1 alpha-2), and writes it as E.164.
func ReadPhone(s, region string) (string, bool) {
	for _, line := range strings.Split(s, "\n") {
		var num strings.Builder
		for _, r := range line {
			if d := digitOf(r); d >= 0 {
				num.WriteByte(byte('0' + d))
			} else if r == '+' && num.Len() == 0 {
				num.WriteByte('+')
			}
		}
		raw := num.String()
		if strings.HasPrefix(raw, "00") {
			raw = "+" + raw[2:]
		}
		for _, try := range []string{raw, "+" + raw} { // people leave the plus out
			n, err := phonenumbers.Parse(try, region)
			if err == nil && phonenumbers.IsValidNumber(n) {
				return phonenumbers.Format(n, phonenumbers.E164), true
			}
		}
	}
	return "", false
}
