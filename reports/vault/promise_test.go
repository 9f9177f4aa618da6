package vault_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/vault"
)

func kept(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return b
}

// keptVault is a vault with the keys in testdata.
func keptVault(t testing.TB) *vault.Vault {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/keys")))
	return open(t, dir, noon)
}

// keptCase is the case in testdata, the same in every process.
func keptCase(t testing.TB) vault.CaseKey {
	t.Helper()
	ids, err := age.ParseIdentities(bytes.NewReader(kept(t, "member-hybrid.txt")))
	require.NoError(t, err)
	k, err := vault.Unwrap(kept(t, "wrap-hybrid.age"), ids[0])
	require.NoError(t, err)
	return k
}

// What was sealed and named by an earlier version opens and is found for ever.
// The files were read once by a reading of the package comment in another
// language, without age.
func TestWhatWasSealedBeforeOpens(t *testing.T) {
	v := keptVault(t)
	id, err := vault.Unlock(kept(t, "identity.age"), "correct horse battery staple")
	require.NoError(t, err)
	require.Equal(t, "age1tk9ewqww36dpcfl776dhtfdh4w9tu4yhe84efy97lqjwkq2h0vtq3n97wf", id.Reader())
	require.Equal(t, "age1gr6mt0d7p9xvsf4t3rudryfc264hx2c6d8aydxwgfwgpnnswtc3sjckp5h", id.SignIn())
	answer, err := id.Answer("https://desk.example", kept(t, "challenge.age"))
	require.NoError(t, err)
	require.Equal(t, "810e2f7a55731762d04eeccb2e7abcf780d7b40f3e0ffc13fae2365a541eb3c9", hex.EncodeToString(answer[:]))

	k, err := vault.Unwrap(kept(t, "wrap.age"), id.Key())
	require.NoError(t, err)
	require.Equal(t, "age1tkh389l973c2hy459vl6uleqw9pxyrstl0u5u08vsuj4z5l8j9zsu7y9vk", k.Public())
	require.Equal(t, k.Public(), keptCase(t).Public())
	plain, err := k.OpenPart(kept(t, "part.age"))
	require.NoError(t, err)
	require.Equal(t, "the words of a person", string(plain))
	var file bytes.Buffer
	require.NoError(t, k.OpenChunks(from([][]byte{kept(t, "file-0.age")}), &file))
	require.Equal(t, "the bytes of a file", file.String())
	held, err := v.Held(noon, "C1", kept(t, "held.bin"))
	require.NoError(t, err)
	require.Equal(t, k.Public(), held.Public())

	m := mailbox(t, v, "1234 5678 9012 3456")
	require.Equal(t, "jEnSlxDrHvyu8Dt49uzWp3ai", m.ID)
	require.Equal(t, "age19jmre562a28mgft4mvl3yda6afpcm7tg5rra7d4ykjav94gyp3qq8eu6af", m.Public())
	plain, err = m.Open(kept(t, "letter.age"))
	require.NoError(t, err)
	require.Equal(t, "a letter", string(plain))
	p := mailbox(t, v, vault.Pictures(42, []int{3, 11, 7, 1}))
	require.Equal(t, "wbcjCdu-3AsrIGUmY2kCDcg8", p.ID)
	require.Equal(t, "age1zue42kyjf0pkchz7ps0clkv9lyhvjvc6h407lnf6mrjr5hl2r5ms24e0l0", p.Public())

	plain, err = v.Open(noon, "test", kept(t, "record.bin"))
	require.NoError(t, err)
	require.Equal(t, "a record", string(plain))
	plain, err = v.OpenRoute("C1", kept(t, "route.bin"))
	require.NoError(t, err)
	require.Equal(t, "a way back", string(plain))
	require.Equal(t, "87981aa1fe17d091ed88fffc", hex.EncodeToString(v.Index("h1", "wallet", "0xabc")))
	require.Equal(t, []string{"vZPhS59i1pG49coBIOq8S-rY"}, v.Reporters(noon, 42))
	require.Equal(t, "RQtdeFR3JbA037GKFJVMLuAd", v.Chat(42))
	require.Equal(t, "6uweVkqQcNuwSPbdjpknTEBO", v.Lane("mail", "x"))
	require.Equal(t, "619785a26533-6afaf95b931b-b3832fa59732-3bce4b35b29c", v.Fingerprint())
}

// The private half of a mailbox is written as age reads it, whatever its bytes.
func TestAnyMailboxHasAKeyThatAgeReads(t *testing.T) {
	v := keptVault(t)
	for range 3 {
		m := mailbox(t, v, vault.NewOrder())
		require.NoError(t, vault.ParseRecipient(m.Public()))
		plain, err := m.Open(sealPart(t, m.Public(), []byte("words")))
		require.NoError(t, err)
		require.Equal(t, "words", string(plain))
		require.True(t, strings.HasPrefix(m.Public(), "age1"))
	}
}
