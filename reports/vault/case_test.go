package vault_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/reports/vault"
)

func newCase(t testing.TB) vault.CaseKey {
	t.Helper()
	k, err := vault.NewCaseKey()
	require.NoError(t, err)
	return k
}

func sealPart(t testing.TB, public string, plain []byte) []byte {
	t.Helper()
	sealed, err := vault.SealPart(public, plain)
	require.NoError(t, err)
	return sealed
}

func TestAPartOpensAsItWas(t *testing.T) {
	k := newCase(t)
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(r, "plain")
		got, err := k.OpenPart(sealPart(t, k.Public(), plain))
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, got))
	})
}

func TestAWrapForEveryKindOfMember(t *testing.T) {
	k := newCase(t)
	x, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	pq, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	sealed := sealPart(t, k.Public(), []byte("words"))
	for _, m := range []struct {
		public string
		id     age.Identity
	}{{x.Recipient().String(), x}, {pq.Recipient().String(), pq}} {
		require.NoError(t, vault.ParseRecipient(m.public))
		wrap, err := k.Wrap(m.public)
		require.NoError(t, err)
		again, err := vault.Unwrap(wrap, m.id)
		require.NoError(t, err)
		require.Equal(t, k.Public(), again.Public())
		plain, err := again.OpenPart(sealed)
		require.NoError(t, err)
		require.Equal(t, "words", string(plain))
	}
}

// What a part looks like inside its seal is promised: it is read in browsers too.
func TestThePartInsideItsSeal(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	for _, c := range []struct{ plain, padded int }{
		{0, 1 << 10}, {1, 1 << 10}, {1019, 1 << 10}, {1020, 2 << 10}, {2043, 2 << 10}, {2044, 4 << 10},
		{5000, 8 << 10}, {100_000, 128 << 10}, {vault.MaxPart, 2 << 20},
	} {
		plain := bytes.Repeat([]byte{'a'}, c.plain)
		sealed := sealPart(t, id.Recipient().String(), plain)
		r, err := age.Decrypt(bytes.NewReader(sealed), id)
		require.NoError(t, err)
		padded, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Len(t, padded, c.padded)
		require.Equal(t, byte(1), padded[0])
		require.Equal(t, uint32(c.plain), binary.BigEndian.Uint32(padded[1:]))
		require.True(t, bytes.Equal(plain, padded[5:5+c.plain]))
		require.Equal(t, make([]byte, c.padded-5-c.plain), padded[5+c.plain:])
	}
	_, err = vault.SealPart(id.Recipient().String(), make([]byte, vault.MaxPart+1))
	require.ErrorIs(t, err, vault.ErrTooBig)
}

// The length of what is stored says the size class and nothing more.
func TestALengthSaysOnlyItsClass(t *testing.T) {
	k := newCase(t)
	lengths := map[int]bool{}
	for n := 0; n <= 4000; n += 37 {
		lengths[len(sealPart(t, k.Public(), make([]byte, n)))] = true
	}
	require.Len(t, lengths, 3)
}

func TestAPartThatIsNotAsSealed(t *testing.T) {
	k := newCase(t)
	sealed := sealPart(t, k.Public(), []byte("words"))
	_, err := newCase(t).OpenPart(sealed)
	require.ErrorIs(t, err, vault.ErrNotYours)
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		_, err := k.OpenPart(bad)
		require.Error(t, err, "byte %d", i)
		require.True(t, errors.Is(err, vault.ErrForged) || errors.Is(err, vault.ErrNotYours), "byte %d: %v", i, err)
	}
	for i := range sealed {
		_, err := k.OpenPart(sealed[:i])
		require.ErrorIs(t, err, vault.ErrForged, "cut at %d", i)
	}
	_, err = k.OpenPart(append(bytes.Clone(sealed), 0))
	require.ErrorIs(t, err, vault.ErrForged)

	// Sealed rightly, but not as SealPart pads.
	to, err := age.ParseX25519Recipient(k.Public())
	require.NoError(t, err)
	part := func(kind byte, length uint32, size int, tail byte) []byte {
		b := make([]byte, max(size, 5))
		b[0], b[len(b)-1] = kind, tail
		binary.BigEndian.PutUint32(b[1:], length)
		return b[:size]
	}
	for name, padded := range map[string][]byte{
		"nothing":            {},
		"half a header":      part(1, 0, 4, 0),
		"another kind":       part(2, 3, 1024, 0),
		"longer than it is":  part(1, 1020, 1024, 0),
		"as long as can be":  part(1, 1<<32-1, 1024, 0),
		"not padded":         part(1, 3, 8, 0),
		"padded too far":     part(1, 3, 2048, 0),
		"something in the 0": part(1, 3, 1024, 1),
	} {
		var b bytes.Buffer
		w, err := age.Encrypt(&b, to)
		require.NoError(t, err)
		_, err = w.Write(padded)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		_, err = k.OpenPart(b.Bytes())
		require.ErrorIs(t, err, vault.ErrForged, name)
	}
}

func TestAWrapOpensForItsMemberOnly(t *testing.T) {
	k := newCase(t)
	a, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	b, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	wrap, err := k.Wrap(a.Recipient().String())
	require.NoError(t, err)
	_, err = vault.Unwrap(wrap, b)
	require.ErrorIs(t, err, vault.ErrNotYours)
	for i := range wrap {
		bad := bytes.Clone(wrap)
		bad[i] ^= 1
		_, err := vault.Unwrap(bad, a)
		require.Error(t, err, "byte %d", i)
	}
	// A part is no wrap, whoever sealed it.
	_, err = vault.Unwrap(sealPart(t, a.Recipient().String(), []byte("AGE-SECRET-KEY-1")), a)
	require.ErrorIs(t, err, vault.ErrForged)
	// What is in a wrap is a key file as age itself reads it.
	r, err := age.Decrypt(bytes.NewReader(wrap), a)
	require.NoError(t, err)
	ids, err := age.ParseIdentities(r)
	require.NoError(t, err)
	require.Len(t, ids, 1)
	require.Equal(t, k.Public(), ids[0].(*age.X25519Identity).Recipient().String())
}

func TestARecipientMistyped(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	pq, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	for name, c := range map[string]struct{ s, says string }{
		"nothing":            {"", "not a whole public key"},
		"words":              {"the hotline", "not a whole public key"},
		"cut":                {x.Recipient().String()[:40], "not a whole public key"},
		"a letter changed":   {strings.Replace(x.Recipient().String(), x.Recipient().String()[20:21], "b", 1), "not a whole public key"},
		"two lines":          {x.Recipient().String() + "\n", "not a whole public key"},
		"hybrid cut":         {pq.Recipient().String()[:200], "not a whole public key"},
		"a secret":           {x.String(), "secret half"},
		"a hybrid secret":    {pq.String(), "secret half"},
		"a secret in little": {strings.ToLower(x.String()), "secret half"},
		"ssh":                {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", "kind of key"},
		"plugin":             {"age1yubikey1qwertyuiop", "kind of key"},
		"a point of nothing": {zeroRecipient, "not a whole public key"},
	} {
		t.Run(name, func(t *testing.T) {
			err := vault.ParseRecipient(c.s)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "\n")
			if len(c.s) > 20 {
				require.NotContains(t, err.Error(), c.s[:20])
			}
			_, err = newCase(t).Wrap(c.s)
			require.Error(t, err)
			_, err = vault.SealPart(c.s, nil)
			require.Error(t, err)
		})
	}
	_, err = vault.SealPart(pq.Recipient().String(), nil)
	require.Error(t, err, "parts are sealed to cases, not to members")
}

// The public key of no secret: what is sealed to it anybody could open.
const zeroRecipient = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z"

func TestAKeyPrintsAsItsPublicHalf(t *testing.T) {
	k := newCase(t)
	id, err := vault.NewIdentity()
	require.NoError(t, err)
	m, err := open(t, t.TempDir(), noon).Mailbox(context.Background(), "1234 5678 9012 3456")
	require.NoError(t, err)
	for _, x := range []any{k, &k, id, &id, m, &m, []any{k, id, m}, struct{ K vault.CaseKey }{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			require.NotContains(t, strings.ToUpper(fmt.Sprintf(verb, x)), "SECRET-KEY", verb)
		}
		text, err := json.Marshal(x)
		require.NoError(t, err)
		require.NotContains(t, strings.ToUpper(string(text)), "SECRET-KEY")
	}
	require.Equal(t, k.Public(), fmt.Sprint(k))
	require.Equal(t, m.ID, fmt.Sprint(m))
	require.Contains(t, fmt.Sprintf("%#v%#v%#v", k, id, m), k.Public())
}

func TestNoKeyOpensNothing(t *testing.T) {
	var k vault.CaseKey
	_, err := k.Wrap(newCase(t).Public())
	require.ErrorContains(t, err, "no key")
	_, err = k.OpenPart(nil)
	require.ErrorContains(t, err, "no key")
	require.ErrorContains(t, k.OpenChunks(func(int) ([]byte, error) { return nil, io.EOF }, io.Discard), "no key")
	_, err = open(t, t.TempDir(), noon).Hold(noon, "C1", k)
	require.ErrorContains(t, err, "no key")
	_, err = vault.Mailbox{}.Open(nil)
	require.ErrorContains(t, err, "no key")
	require.Empty(t, vault.Mailbox{}.Public())
	_, err = vault.Identity{}.Lock("five words that are long")
	require.ErrorContains(t, err, "no key")
	_, err = vault.Identity{}.Answer("https://desk.example", nil)
	require.ErrorContains(t, err, "no key")
	require.Empty(t, vault.Identity{}.Reader())
}

func TestAHeldKeyGoesWithItsDay(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	k := newCase(t)
	sealed := sealPart(t, k.Public(), []byte("words"))
	held, err := v.Hold(noon, "C1", k)
	require.NoError(t, err)
	copied := t.TempDir()
	require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
	replica := open(t, copied, noon)
	for _, w := range []*vault.Vault{v, replica} {
		again, err := w.Held(noon.Add(time.Hour), "C1", held)
		require.NoError(t, err)
		plain, err := again.OpenPart(sealed)
		require.NoError(t, err)
		require.Equal(t, "words", string(plain))
		_, err = w.Held(noon, "C2", held)
		require.ErrorIs(t, err, vault.ErrForged, "the key of one case is not that of another")
		require.NotContains(t, err.Error(), "C2")
		_, err = w.Open(noon, "case key", held)
		require.ErrorIs(t, err, vault.ErrForged)
	}
	for i := range held {
		bad := bytes.Clone(held)
		bad[i] ^= 0x40
		_, err := v.Held(noon, "C1", bad)
		require.Error(t, err)
	}
	for _, w := range []*vault.Vault{v, replica, open(t, dir, noon.Add(3*day))} {
		_, err = w.Held(noon.Add(3*day), "C1", held)
		require.ErrorIs(t, err, vault.ErrExpired)
	}
	_, err = v.Hold(noon.AddDate(9, 0, 0), "C1", k)
	require.ErrorContains(t, err, "clock")
}

func FuzzOpenPart(f *testing.F) {
	k := keptCase(f)
	f.Add(kept(f, "part.age"))
	f.Add(kept(f, "file-0.age"))
	f.Add([]byte("age-encryption.org/v1\n-> X25519 "))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := k.OpenPart(sealed); err == nil {
			require.Equal(t, "the words of a person", string(plain), "only what was sealed opens")
		}
	})
}

func BenchmarkWraps(b *testing.B) {
	k := newCase(b)
	for _, c := range []struct {
		name    string
		members int
		hybrid  bool
	}{{"one", 1, false}, {"three", 3, false}, {"three hybrid", 3, true}} {
		b.Run(c.name, func(b *testing.B) {
			var members []string
			for range c.members {
				if c.hybrid {
					id, err := age.GenerateHybridIdentity()
					require.NoError(b, err)
					members = append(members, id.Recipient().String())
					continue
				}
				id, err := age.GenerateX25519Identity()
				require.NoError(b, err)
				members = append(members, id.Recipient().String())
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, m := range members {
					_, err := k.Wrap(m)
					require.NoError(b, err)
				}
			}
		})
	}
}

func BenchmarkSealPart(b *testing.B) {
	k := newCase(b)
	plain := bytes.Repeat([]byte("word "), 300)
	b.ReportAllocs()
	for b.Loop() {
		_, err := vault.SealPart(k.Public(), plain)
		require.NoError(b, err)
	}
}

// A new case: its key, its first part, wraps for three members, the key held.
func BenchmarkNewCaseForThree(b *testing.B) {
	v := open(b, b.TempDir(), noon)
	var members []string
	for range 3 {
		id, err := vault.NewIdentity()
		require.NoError(b, err)
		members = append(members, id.Reader())
	}
	plain := bytes.Repeat([]byte("word "), 300)
	for b.Loop() {
		k, err := vault.NewCaseKey()
		require.NoError(b, err)
		_, err = vault.SealPart(k.Public(), plain)
		require.NoError(b, err)
		for _, m := range members {
			_, err := k.Wrap(m)
			require.NoError(b, err)
		}
		_, err = v.Hold(noon, "C1", k)
		require.NoError(b, err)
	}
}
