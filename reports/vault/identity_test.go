package vault_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/vault"
)

const passphrase = "otter kettle moss ladder"

// locked is a file as Lock makes it, with text inside and less work to try a
// passphrase.
func locked(t testing.TB, text, passphrase string) []byte {
	t.Helper()
	to, err := age.NewScryptRecipient(passphrase)
	require.NoError(t, err)
	to.SetWorkFactor(2)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	require.NoError(t, err)
	_, err = io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func identityText(t testing.TB) (text string, reader, signIn *age.X25519Identity) {
	t.Helper()
	reader, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	signIn, err = age.GenerateX25519Identity()
	require.NoError(t, err)
	return "# offercheck identity 1\n# to read cases\n" + reader.String() + "\n# to sign in\n" + signIn.String() + "\n", reader, signIn
}

func TestAnIdentityUnlocksWithItsPassphrase(t *testing.T) {
	id, err := vault.NewIdentity()
	require.NoError(t, err)
	require.NotEqual(t, id.Reader(), id.SignIn())
	require.NoError(t, vault.ParseRecipient(id.Reader()))
	require.NoError(t, vault.ParseRecipient(id.SignIn()))
	file, err := id.Lock(passphrase)
	require.NoError(t, err)
	require.NotContains(t, strings.ToUpper(string(file)), "SECRET")
	require.Contains(t, string(file[:200]), " 18\n", "as hard to try as promised")

	again, err := vault.Unlock(file, "  "+passphrase+"\n")
	require.NoError(t, err)
	require.Equal(t, id.Reader(), again.Reader())
	require.Equal(t, id.SignIn(), again.SignIn())
	k := newCase(t)
	wrap, err := k.Wrap(id.Reader())
	require.NoError(t, err)
	opened, err := vault.Unwrap(wrap, again.Key())
	require.NoError(t, err)
	require.Equal(t, k.Public(), opened.Public())

	_, err = vault.Unlock(file, passphrase+"s")
	require.ErrorIs(t, err, vault.ErrPassphrase)
}

// The words inside are promised: a browser reads them, and so does age itself, so
// a hotline can open its cases without this program.
func TestTheIdentityInsideItsFile(t *testing.T) {
	text, reader, signIn := identityText(t)
	file := locked(t, text, passphrase)
	id, err := vault.Unlock(file, passphrase)
	require.NoError(t, err)
	require.Equal(t, reader.Recipient().String(), id.Reader())
	require.Equal(t, signIn.Recipient().String(), id.SignIn())
	ids, err := age.ParseIdentities(strings.NewReader(text))
	require.NoError(t, err)
	require.Len(t, ids, 2)

	var b bytes.Buffer
	w := armor.NewWriter(&b)
	_, err = w.Write(file)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, around := range []string{"", "\r\n", "  \n"} {
		id, err = vault.Unlock([]byte(around+b.String()+around), passphrase)
		require.NoError(t, err)
		require.Equal(t, reader.Recipient().String(), id.Reader())
	}
}

func TestAPassphraseIsTheSameOnEveryKeyboard(t *testing.T) {
	text, _, _ := identityText(t)
	const composed, decomposed = "café đường phố rộng", "cafe\u0301 đu\u031bo\u031b\u0300ng phô\u0301 rô\u0323ng"
	for _, typed := range []string{composed, decomposed, " " + composed + "\u00a0"} {
		_, err := vault.Unlock(locked(t, text, composed), typed)
		require.NoError(t, err, "%q", typed)
	}
	_, err := vault.Unlock(locked(t, text, composed), "cafe duong pho rong")
	require.ErrorIs(t, err, vault.ErrPassphrase)
}

func TestAWeakPassphraseIsRefused(t *testing.T) {
	id, err := vault.NewIdentity()
	require.NoError(t, err)
	for _, c := range []struct{ passphrase, says string }{
		{"", "too short"},
		{"password", "too short"},
		{"            ", "too short"},
		{"eleven char", "too short"},
		{"    short     ", "too short"},
		{"aaaaaaaaaaaaaaaa", "too easy to guess"},
		{"121212121212121212", "too easy to guess"},
	} {
		_, err := id.Lock(c.passphrase)
		require.ErrorContains(t, err, c.says, "%q", c.passphrase)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestAFileThatIsNoIdentity(t *testing.T) {
	text, reader, signIn := identityText(t)
	lines := strings.SplitAfter(text, "\n")
	good := locked(t, text, passphrase)
	toReader, err := newCase(t).Wrap(reader.Recipient().String())
	require.NoError(t, err)
	changed := bytes.Clone(good)
	changed[len(changed)-1] ^= 1
	for name, file := range map[string][]byte{
		"nothing":           {},
		"words":             []byte("my identity"),
		"in the clear":      []byte(text),
		"a wrap":            toReader,
		"cut":               good[:len(good)-3],
		"changed":           changed,
		"longer":            append(bytes.Clone(good), 'x'),
		"armor of nothing":  []byte(armor.Header + "\n" + armor.Footer + "\n"),
		"armor cut":         []byte(armor.Header + "\nYWdl"),
		"other words":       locked(t, "words", passphrase),
		"no words":          locked(t, "", passphrase),
		"of the next kind":  locked(t, strings.Replace(text, "identity 1", "identity 2", 1), passphrase),
		"one key":           locked(t, strings.Join(lines[:3], ""), passphrase),
		"keys exchanged":    locked(t, lines[0]+lines[3]+lines[4]+lines[1]+lines[2], passphrase),
		"a public key":      locked(t, strings.Replace(text, reader.String(), reader.Recipient().String(), 1), passphrase),
		"a sign-in key cut": locked(t, strings.Replace(text, signIn.String(), signIn.String()[:30], 1), passphrase),
		"a line more":       locked(t, text+"\n", passphrase),
		"a key cut":         locked(t, strings.Replace(text, reader.String(), reader.String()[:30], 1), passphrase),
		"too hard a puzzle": bytes.Replace(good, []byte(" 2\n"), []byte(" 21\n"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			id, err := vault.Unlock(file, passphrase)
			require.ErrorIs(t, err, vault.ErrForged)
			require.NotContains(t, err.Error(), "SECRET")
			require.Empty(t, id.Reader())
		})
	}
	_, err = vault.Unlock(good, "")
	require.ErrorIs(t, err, vault.ErrPassphrase)
}

func TestSigningIn(t *testing.T) {
	id, err := vault.NewIdentity()
	require.NoError(t, err)
	other, err := vault.NewIdentity()
	require.NoError(t, err)
	const origin = "https://desk.example"
	challenge, want, err := vault.Challenge(id.SignIn(), origin)
	require.NoError(t, err)
	got, err := id.Answer(origin, challenge)
	require.NoError(t, err)
	require.Equal(t, want, got)
	again, wantAgain, err := vault.Challenge(id.SignIn(), origin)
	require.NoError(t, err)
	require.NotEqual(t, want, wantAgain, "an answer is good once")
	require.NotEqual(t, challenge, again)

	_, err = id.Answer("https://desk.example.evil", challenge)
	require.ErrorIs(t, err, vault.ErrForged)
	_, err = id.Answer("https://desk", challenge)
	require.ErrorIs(t, err, vault.ErrForged)
	_, err = other.Answer(origin, challenge)
	require.ErrorIs(t, err, vault.ErrNotYours)
	for _, none := range []string{"", origin + "\n"} {
		_, _, err = vault.Challenge(id.SignIn(), none)
		require.ErrorContains(t, err, "no origin")
	}
	for _, nobody := range []string{"age1nobody", zeroRecipient} {
		_, _, err = vault.Challenge(nobody, origin)
		require.Error(t, err)
	}
}

// A server that asks for something else to be opened learns nothing: not of a
// case, whose wraps are made to the other key, and not of any other text.
func TestSigningInOpensNothingElse(t *testing.T) {
	id, err := vault.NewIdentity()
	require.NoError(t, err)
	const origin = "https://desk.example"
	seal := func(public, text string) []byte {
		to, err := age.ParseX25519Recipient(public)
		require.NoError(t, err)
		var b bytes.Buffer
		w, err := age.Encrypt(&b, to)
		require.NoError(t, err)
		_, err = io.WriteString(w, text)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	chance := strings.Repeat("\x07", 32)
	exact := "offercheck sign-in v1\n" + origin + "\n" + chance
	answer, err := id.Answer(origin, seal(id.SignIn(), exact))
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256([]byte(exact)), answer)

	k := newCase(t)
	wrap, err := k.Wrap(id.Reader())
	require.NoError(t, err)
	_, err = id.Answer(origin, wrap)
	require.ErrorIs(t, err, vault.ErrNotYours)
	wrap, err = k.Wrap(id.SignIn())
	require.NoError(t, err)
	for name, c := range map[string][]byte{
		"a wrap to the wrong key": wrap,
		"a part":                  sealPart(t, id.SignIn(), []byte(exact)),
		"to the reading key":      seal(id.Reader(), exact),
		"longer":                  seal(id.SignIn(), exact+"x"),
		"shorter":                 seal(id.SignIn(), exact[:len(exact)-1]),
		"the next version":        seal(id.SignIn(), strings.Replace(exact, "v1", "v2", 1)),
		"another page":            seal(id.SignIn(), strings.Replace(exact, "desk.", "task.", 1)),
		"nothing":                 {},
	} {
		answer, err := id.Answer(origin, c)
		require.Error(t, err, name)
		require.Zero(t, answer)
	}
}

func FuzzUnlock(f *testing.F) {
	text := "# offercheck identity 1\n# to read cases\n" + fuzzKey + "\n# to sign in\n" + fuzzKey + "\n"
	id, err := age.ParseX25519Identity(fuzzKey)
	require.NoError(f, err)
	f.Add(locked(f, text, passphrase))
	f.Add(locked(f, "words", passphrase))
	f.Add([]byte(armor.Header + "\n"))
	f.Add([]byte("age-encryption.org/v1\n-> scrypt "))
	f.Fuzz(func(t *testing.T, file []byte) {
		if got, err := vault.Unlock(file, passphrase); err == nil {
			require.Equal(t, id.Recipient().String(), got.Reader(), "only what was locked opens")
		}
	})
}

const fuzzKey = "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K"
