package vault_test

import (
	"bytes"
	"testing"

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
