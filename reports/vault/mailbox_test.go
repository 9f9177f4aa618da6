package vault_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/reports/vault"
)

func mailbox(t testing.TB, v *vault.Vault, secret string) vault.Mailbox {
	t.Helper()
	m, err := v.Mailbox(context.Background(), secret)
	require.NoError(t, err)
	return m
}

func TestAMailboxOpensWithItsSecretOnly(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	copied := t.TempDir()
	require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
	replica, stranger := open(t, copied, noon), open(t, t.TempDir(), noon)

	const order = "1234 5678 9012 3456"
	m := mailbox(t, v, order)
	letter := sealPart(t, m.Public(), []byte("we are here"))
	for name, again := range map[string]vault.Mailbox{
		"again":          mailbox(t, v, order),
		"without groups": mailbox(t, v, "1234567890123456"),
		"a replica":      mailbox(t, replica, order),
		"days later":     mailbox(t, open(t, copied, noon.Add(20*day)), order),
	} {
		require.Equal(t, m.ID, again.ID, name)
		require.Equal(t, m.Public(), again.Public(), name)
		plain, err := again.Open(letter)
		require.NoError(t, err, name)
		require.Equal(t, "we are here", string(plain), name)
	}
	seen := map[string]bool{m.ID: true}
	for name, other := range map[string]vault.Mailbox{
		"one digit off":        mailbox(t, v, "1234 5678 9012 3457"),
		"another installation": mailbox(t, stranger, order),
		"pictures":             mailbox(t, v, vault.Pictures(42, []int{1, 2, 3, 4})),
		"another order":        mailbox(t, v, vault.Pictures(42, []int{1, 2, 4, 3})),
		"another chat":         mailbox(t, v, vault.Pictures(43, []int{1, 2, 3, 4})),
	} {
		require.False(t, seen[other.ID], name)
		seen[other.ID] = true
		_, err := other.Open(letter)
		require.ErrorIs(t, err, vault.ErrNotYours, name)
	}
	_, err := m.Open(letter[:len(letter)-1])
	require.ErrorIs(t, err, vault.ErrForged)
	require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_-]{24}$`), m.ID)
	_, err = v.Mailbox(context.Background(), "")
	require.ErrorContains(t, err, "no secret")
}

// With two under way a third waits, and stops waiting when nobody does any more.
func TestMailboxesAreDerivedTwoAtATime(t *testing.T) {
	v := open(t, t.TempDir(), noon)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := v.Mailbox(ctx, vault.NewOrder())
	require.ErrorIs(t, err, context.Canceled)

	const many = 8
	ctx, cancel = context.WithCancel(context.Background())
	done := make(chan error, many)
	for range many {
		go func() {
			_, err := v.Mailbox(ctx, vault.NewOrder())
			done <- err
		}()
	}
	require.NoError(t, <-done)
	cancel()
	stopped := 0
	for range many - 1 {
		if err := <-done; err != nil {
			require.ErrorIs(t, err, context.Canceled)
			stopped++
		}
	}
	require.GreaterOrEqual(t, stopped, many-1-4, "those who waited do not go on")
	_ = mailbox(t, v, vault.NewOrder())
}

func TestPicturesInAnotherOrderAreAnotherSecret(t *testing.T) {
	seen := map[string]bool{}
	for a := range 12 {
		for b := range 12 {
			for c := range 12 {
				for d := range 12 {
					for _, chat := range []int64{1, -1} {
						s := vault.Pictures(chat, []int{a, b, c, d})
						require.False(t, seen[s])
						seen[s] = true
					}
				}
			}
		}
	}
	require.NotEqual(t, vault.Pictures(1, []int{11, 1}), vault.Pictures(1, []int{1, 11}))
	require.NotEqual(t, vault.Pictures(1, []int{1, 2}), vault.Pictures(1, []int{12}))
}

var orderForm = regexp.MustCompile(`^\d{4} \d{4} \d{4} \d{4}$`)

func TestAnOrderNumberIsFound(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		order := vault.NewOrder()
		require.Regexp(t, orderForm, order)
		require.False(t, seen[order])
		seen[order] = true
		got, ok := vault.OrderDigits(order)
		require.True(t, ok)
		require.Equal(t, order, got)
	}
	const want = "1234 5678 9012 3456"
	for _, text := range []string{
		"1234 5678 9012 3456",
		"1234567890123456",
		"1234-5678-9012-3456",
		"1234–5678—9012‑3456",
		"1234.5678.9012.3456",
		"1234 - 5678 - 9012 - 3456",
		"1234\u00a05678\u20099012\u30003456",
		"1234\n5678\n9012\n3456\n",
		"1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6",
		"12 34 56 78 90 12 34 56",
		"\u200e1234\u200b5678\ufeff90123456\u200f",
		"my order number is 1234 5678 9012 3456, thank you",
		"order no.1234567890123456.",
		"№1234 5678 9012 3456",
		"订单号1234567890123456",
		"call +855 12 345 678 about 1234 5678 9012 3456",
		"22.11.2026 1234 5678 9012 3456",
		"1234 5678 9012 3456 22.11.2026",
		"1234567890123456 2026",
		"42\n1234 5678 9012 3456",
		"1234 5678 9012 345 no: 1234 5678 9012 3456",
		"1234 5678 9012 3456 or 9999 8888 7777 6666",
		"๑๒๓๔ ๕๖๗๘ ๙๐๑๒ ๓๔๕๖",
		"၁၂၃၄ ၅၆၇၈ ၉၀၁၂ ၃၄၅၆",
		"၁၂၃၄ ၅၆၇၈ ၉ဝ၁၂ ၃၄၅၆",
		"၁၂၃၄-၅၆၇၈-၉၀12-3456",
		"1️⃣2️⃣3️⃣4️⃣ 5️⃣6️⃣7️⃣8️⃣ 9️⃣0️⃣1️⃣2️⃣ 3️⃣4️⃣5️⃣6️⃣",
		"１２３４　５６７８　９０１２　３４５６",
		"១២៣៤ ៥៦៧៨ ៩០១២ ៣៤៥៦",
		"໑໒໓໔ ໕໖໗໘ ໙໐໑໒ ໓໔໕໖",
		"١٢٣٤ ٥٦٧٨ ٩٠١٢ ٣٤٥٦",
		"۱۲۳۴۵۶۷۸۹۰۱۲۳۴۵۶",
		"१२३४ ५६७८ ९०१२ ३४५६",
		"১২৩৪ ৫৬৭৮ ৯০১২ ৩৪৫৬",
		"𝟏𝟐𝟑𝟒 𝟓𝟔𝟕𝟖 𝟗𝟎𝟏𝟐 𝟑𝟒𝟓𝟔",
		"𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿𝟶𝟷𝟸𝟹𝟺𝟻𝟼",
	} {
		got, ok := vault.OrderDigits(text)
		require.True(t, ok, "%q", text)
		require.Equal(t, want, got, "%q", text)
	}
	got, ok := vault.OrderDigits("၁ဝဝဝ ၂ဝဝ၃ ဝဝ၄ဝ ၅၆၇၈")
	require.True(t, ok)
	require.Equal(t, "1000 2003 0040 5678", got)
	got, ok = vault.OrderDigits("0000000000000000")
	require.True(t, ok)
	require.Equal(t, "0000 0000 0000 0000", got)
}

func TestNoOrderNumber(t *testing.T) {
	for _, text := range []string{
		"",
		"hello",
		"1234 5678 9012 345",
		"1234 5678 9012 34567",
		"12345678901234567",
		"123456789012345",
		"1234 5678",
		"1234 5678 9012",
		"1234 5678 9012 3456 7890",
		"1234 5678 abc 9012 3456",
		"1234 5678 (then) 9012 3456",
		"1234 5678, and 9012 3456",
		"+855 12 345 678",
		"0x12ab34cd",
		"1234567890123456 6543210987654321",
		"ဝဝဝဝဝဝဝဝဝဝဝဝဝဝဝဝ",
		"1234" + strings.Repeat(" ", 5) + "567890123456",
	} {
		got, ok := vault.OrderDigits(text)
		require.False(t, ok, "%q gives %q", text, got)
		require.Empty(t, got)
	}
}

// Every script whose digits Unicode knows, in any groups, with anything usual
// between.
func TestAnOrderNumberInAnyScript(t *testing.T) {
	var zeros []rune
	for _, row := range unicode.Nd.R16 {
		require.Equal(t, uint16(1), row.Stride)
		require.Zero(t, (row.Hi-row.Lo+1)%10, "digits stand in rows of ten")
		for r := row.Lo; r < row.Hi; r += 10 {
			zeros = append(zeros, rune(r))
		}
	}
	for _, row := range unicode.Nd.R32 {
		require.Zero(t, (row.Hi-row.Lo+1)%10, "digits stand in rows of ten")
		for r := row.Lo; r < row.Hi; r += 10 {
			zeros = append(zeros, rune(r))
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		order := vault.NewOrder()
		zero := rapid.SampledFrom(zeros).Draw(r, "script")
		var b strings.Builder
		b.WriteString(rapid.SampledFrom([]string{"", "my number: ", "n°", "番号", "12 apples "}).Draw(r, "before"))
		for i, d := range strings.ReplaceAll(order, " ", "") {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "-", " – ", "\n", "\u00a0", "\u200b", "."}).Draw(r, "between"))
			}
			b.WriteRune(zero + d - '0')
		}
		b.WriteString(rapid.SampledFrom([]string{"", ".", " thanks", " (paid 50)"}).Draw(r, "after"))
		got, ok := vault.OrderDigits(b.String())
		require.True(t, ok, "%q", b.String())
		require.Equal(t, order, got)
	})
}

func FuzzOrderDigits(f *testing.F) {
	for _, s := range []string{"1234 5678 9012 3456", "๑๒๓๔", "ဝ၁", "\xff", "1234567890123456 2026", strings.Repeat("1 ", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := vault.OrderDigits(text)
		require.Equal(t, ok, got != "")
		if !ok {
			return
		}
		require.Regexp(t, orderForm, got)
		again, ok := vault.OrderDigits(got)
		require.True(t, ok)
		require.Equal(t, got, again)
	})
}

func TestAVeryLongTextIsReadQuickly(t *testing.T) {
	for _, s := range []string{"1", "ဝ", "1 ", "1234 ", "\u200b", " ", "၁ဝ"} {
		begun := time.Now()
		_, ok := vault.OrderDigits(strings.Repeat(s, 100_000))
		require.False(t, ok)
		require.Less(t, time.Since(begun), 20*time.Second)
	}
}

func BenchmarkMailbox(b *testing.B) {
	v := open(b, b.TempDir(), noon)
	b.ReportAllocs()
	for b.Loop() {
		_ = mailbox(b, v, "1234 5678 9012 3456")
	}
}
