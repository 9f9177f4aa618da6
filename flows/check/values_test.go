package check

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWalletAlone(t *testing.T) {
	for _, c := range []struct {
		in, chain string
		valid     bool
	}{
		{"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "tron", true},
		{" TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t\n", "tron", true},
		{"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6s", "tron", false}, // one letter wrong
		{"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6", "", false},      // one missing
		{"0xdAC17F958D2ee523a2206206994597C13D831ec7", "eth", true},
		{"0xdAC17F958D2ee523a2206206994597C13D831eC7", "eth", false},
		{"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "btc", true},
		{"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp", "btc", false},
		{"my wallet", "", false},
		{"", "", false},
	} {
		chain, valid := ReadWallet(c.in)
		require.Equal(t, c.chain, chain, c.in)
		require.Equal(t, c.valid, valid, c.in)
	}
}

func TestTransaction(t *testing.T) {
	hash := "853793d552635f533aa982b92b35b00e63a1c14e526154563a56b8a5f4a1b2c3"
	for _, good := range []string{hash, "0x" + hash, "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW"} {
		_, ok := ReadTransaction(good)
		require.True(t, ok, good)
	}
	for _, bad := range []string{hash[1:], hash + "0", "g" + hash[1:], "", "tx"} {
		_, ok := ReadTransaction(bad)
		require.False(t, ok, bad)
	}
}

func TestAccount(t *testing.T) {
	for in, want := range map[string]string{
		"GB82 WEST 1234 5698 7654 32": "GB82WEST12345698765432",
		"de89-3704-0044-0532-0130-00": "DE89370400440532013000",
		"๑๒๓-๔-๕๖๗๘๙-๐":               "1234567890",
	} {
		got, _, ok := ReadAccount(in)
		require.True(t, ok, in)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"GB82WEST12345698765433", "1234", "my account", "", "GB82 WEST 1234 5698 7654 é2"} {
		_, _, ok := ReadAccount(bad)
		require.False(t, ok, bad)
	}
	_, iban, _ := ReadAccount("GB82WEST12345698765433")
	require.True(t, iban)
}

func TestPhoneAlone(t *testing.T) {
	for _, c := range []struct{ in, region, want string }{
		{"+66 81 234 5678", "", "+66812345678"},
		{"081 234 5678", "TH", "+66812345678"},
		{"66812345678", "", "+66812345678"},
		{"๐๘๑๒๓๔๕๖๗๘", "TH", "+66812345678"},
		{"Anna\n+84 91 234 56 78", "TH", "+84912345678"},
		{"0084912345678", "", "+84912345678"},
	} {
		got, ok := ReadPhone(c.in, c.region)
		require.True(t, ok, c.in)
		require.Equal(t, c.want, got)
	}
	for _, bad := range []string{"", "12345", "call me", "+0", "+999999999999999999"} {
		_, ok := ReadPhone(bad, "TH")
		require.False(t, ok, bad)
	}
}
