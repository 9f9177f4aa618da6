package vault_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/vault"
)

const carried = "four words that differ"

// Another replica reads and writes what the first one does, today and on any day.
func TestKeysForAReplica(t *testing.T) {
	now := turned.Add(5 * day)
	first := open(t, t.TempDir(), now)
	file, err := first.ForReplica(now, carried)
	require.NoError(t, err)
	require.True(t, vault.Locked(file))
	dir := filepath.Join(t.TempDir(), "keys")
	require.ErrorIs(t, vault.ImportReplica(dir, file, "another passphrase", now), vault.ErrPassphrase)
	require.NoDirExists(t, dir)
	require.ErrorIs(t, vault.ImportReplica(dir, file, carried, now.Add(61*time.Minute)), vault.ErrOld)
	require.ErrorIs(t, vault.ImportReplica(dir, file, carried, now.Add(-61*time.Minute)), vault.ErrOld)
	require.NoDirExists(t, dir)
	require.NoError(t, vault.ImportReplica(dir, file, carried, now.Add(59*time.Minute)))
	info, err := os.Stat(filepath.Join(dir, "day.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	second := open(t, dir, now)
	require.Equal(t, first.Fingerprint(), second.Fingerprint())
	for _, at := range []time.Time{now, now.Add(day), now.Add(9 * day)} {
		sealed, err := first.Seal(at, "x", []byte("words"))
		require.NoError(t, err)
		plain, err := second.Open(at, "x", sealed)
		require.NoError(t, err)
		require.Equal(t, "words", string(plain))
	}
	require.Equal(t, first.Reporter(now, 42), second.Reporter(now, 42))

	// Again is the same; what is there stays, and other keys are not written over.
	require.NoError(t, vault.ImportReplica(t.TempDir(), file, carried, now))
	other := t.TempDir()
	kept := open(t, other, now).Fingerprint()
	require.ErrorIs(t, vault.ImportReplica(other, file, carried, now), vault.ErrOtherKeys)
	require.Equal(t, kept, open(t, other, now).Fingerprint())

	// A weak passphrase is refused.
	_, err = first.ForReplica(now, "short")
	require.ErrorContains(t, err, "too short")
}

// An import that broke off is ended by the next one.
func TestAnImportThatBrokeOff(t *testing.T) {
	now := turned.Add(5 * day)
	first := open(t, t.TempDir(), now)
	file, err := first.ForReplica(now, carried)
	require.NoError(t, err)
	whole := t.TempDir()
	require.NoError(t, vault.ImportReplica(whole, file, carried, now))
	part := t.TempDir()
	for _, name := range []string{"chat.key", "index.key", "day.key"} {
		b, err := os.ReadFile(filepath.Join(whole, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(part, name), b, 0o600))
	}
	require.NoError(t, vault.ImportReplica(part, file, carried, now))
	require.Equal(t, first.Fingerprint(), open(t, part, now).Fingerprint())
}

// A backup opens what is to last and nothing of the days, whoever holds it and
// however it is opened.
func TestKeysForABackup(t *testing.T) {
	now := turned.Add(5 * day)
	id, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	stranger, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	from := t.TempDir()
	first := open(t, from, now)
	sealed, err := first.Seal(now, "x", []byte("words"))
	require.NoError(t, err)
	file, err := first.ForBackup(now, id.Recipient().String())
	require.NoError(t, err)
	require.False(t, vault.Locked(file))

	r, err := age.Decrypt(bytes.NewReader(file), id)
	require.NoError(t, err)
	var plain bytes.Buffer
	_, err = plain.ReadFrom(r)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(from, "day.key"))
	require.NoError(t, err)
	live := strings.Split(string(text), "\n")[3]
	require.Len(t, live, 64)
	raw, err := hex.DecodeString(live)
	require.NoError(t, err)
	for _, secret := range [][]byte{raw, []byte(live), []byte(hex.EncodeToString([]byte(live))), []byte("day.key")} {
		require.NotContains(t, plain.String(), string(secret), "no day key is in a backup")
	}

	dir := t.TempDir()
	key := func(ids ...*age.X25519Identity) *strings.Reader {
		out := "# a key file\n"
		for _, i := range ids {
			out += i.String() + "\n"
		}
		return strings.NewReader(out)
	}
	require.ErrorIs(t, vault.ImportBackup(dir, file, key(stranger), now), vault.ErrNotYours)
	err = vault.ImportBackup(dir, file, strings.NewReader("AGE-SECRET-KEY-1NONSENSE"), now)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "NONSENSE")
	require.NoError(t, vault.ImportBackup(dir, file, key(stranger, id), now.Add(20*day)), "a backup may be old")
	second := open(t, dir, now.Add(20*day))
	require.Equal(t, first.Chat(42), second.Chat(42))
	require.Equal(t, first.Index("a", "b", "c"), second.Index("a", "b", "c"))
	route, err := second.OpenRoute("code", first.SealRoute("code", []byte("there")))
	require.NoError(t, err)
	require.Equal(t, "there", string(route))
	a, b := strings.Split(first.Fingerprint(), "-"), strings.Split(second.Fingerprint(), "-")
	require.Equal(t, []string{a[0], a[2], a[3]}, []string{b[0], b[2], b[3]})
	require.NotEqual(t, a[1], b[1], "the keys of the days are new")
	_, err = second.Open(now.Add(20*day), "x", sealed)
	require.Error(t, err)

	// Over keys that are there it does nothing.
	require.NoError(t, vault.ImportBackup(from, file, key(id), now), "they are the same")
	require.Equal(t, first.Fingerprint(), open(t, from, now).Fingerprint(), "the keys of the days stay")
	days := t.TempDir()
	open(t, days, now)
	for _, name := range []string{"chat.key", "index.key", "route.key", "mailbox.salt", "limit.key"} {
		require.NoError(t, os.Remove(filepath.Join(days, name)))
	}
	require.ErrorIs(t, vault.ImportBackup(days, file, key(id), now), vault.ErrOtherKeys)
	_, err = first.ForBackup(now, "age1nonsense")
	require.Error(t, err)
}

// What is no export, or one for something else, is not imported, and its words
// are in no error.
func TestWhatIsNoExportIsRefused(t *testing.T) {
	now := turned.Add(5 * day)
	id, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	first := open(t, t.TempDir(), now)
	good, err := first.ForBackup(now, id.Recipient().String())
	require.NoError(t, err)
	r, err := age.Decrypt(bytes.NewReader(good), id)
	require.NoError(t, err)
	var whole bytes.Buffer
	_, err = whole.ReadFrom(r)
	require.NoError(t, err)
	lines := strings.SplitAfter(whole.String(), "\n")
	for name, plain := range map[string]string{
		"empty":    "",
		"cut off":  whole.String()[:whole.Len()-2],
		"a line":   strings.Join(append(append([]string{}, lines[:3]...), lines[4:]...), ""),
		"two more": whole.String() + lines[3],
		"a path":   strings.Replace(whole.String(), "index.key ", "../index.key ", 1),
		"a letter": strings.Replace(whole.String(), "index.key ", "index.key z", 1),
		"replica":  strings.Replace(whole.String(), "backup ", "replica ", 1),
		"a key":    strings.Replace(whole.String(), "index.key ", "index.key 61", 1),
	} {
		var file bytes.Buffer
		w, err := age.Encrypt(&file, id.Recipient())
		require.NoError(t, err)
		_, err = w.Write([]byte(plain))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		dir := filepath.Join(t.TempDir(), "keys")
		err = vault.ImportBackup(dir, file.Bytes(), strings.NewReader(id.String()), now)
		require.ErrorIs(t, err, vault.ErrForged, name)
		require.NoDirExists(t, dir, name)
	}
	require.ErrorIs(t, vault.ImportBackup(t.TempDir(), []byte("nothing"), strings.NewReader(id.String()), now), vault.ErrForged)
	require.ErrorIs(t, vault.ImportReplica(t.TempDir(), []byte("nothing"), carried, now), vault.ErrForged)
}

func TestDestroy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("a secret"), 0o600))
	held, err := os.Open(path)
	require.NoError(t, err)
	defer held.Close()
	require.NoError(t, vault.Destroy(path))
	require.NoFileExists(t, path)
	b := make([]byte, 8)
	_, err = held.Read(b)
	require.NoError(t, err)
	require.Equal(t, make([]byte, 8), b)
	require.Error(t, vault.Destroy(path))
}
