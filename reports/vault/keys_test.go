package vault_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/reports/vault"
)

// turned is the first moment of a limit key.
var turned = time.Unix(680*30*86400, 0).UTC()

func TestALimitKeyLives31Days(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, turned)
	file := func() string {
		text, err := os.ReadFile(filepath.Join(dir, "limit.key"))
		require.NoError(t, err)
		return strings.Split(string(text), "\n")[3]
	}
	key := file()
	first := v.Reporter(turned, 42)
	require.Equal(t, []string{first}, v.Reporters(turned, 42))
	for d := range 70 {
		now := turned.Add(time.Duration(d)*day + 23*time.Hour)
		names := v.Reporters(now, 42)
		require.Equal(t, names[0], v.Reporter(now, 42))
		require.Equal(t, d < 31, slices.Contains(names, first), "day %d", d)
		require.Equal(t, d < 30, names[0] == first, "day %d", d)
		require.Len(t, names, map[bool]int{true: 2, false: 1}[d == 30 || d == 60], "day %d", d)
		require.Equal(t, d < 31, holds(t, dir, []byte(key)), "its key is nowhere after its last day")
		require.Equal(t, names, open(t, dir, now).Reporters(now, 42), "a start in between changes nothing")
		require.NoError(t, v.Reach(now))
	}
}

// Who counts a person's reports over the turn of a key finds all of one day.
func TestADaysLimitHoldsOverTheTurn(t *testing.T) {
	v := open(t, t.TempDir(), turned.Add(-5*day))
	rapid.Check(t, func(r *rapid.T) {
		then := turned.Add(time.Duration(rapid.IntRange(-1440, 3*1440).Draw(r, "then")) * time.Minute)
		later := then.Add(time.Duration(rapid.IntRange(0, 1440).Draw(r, "later")) * time.Minute)
		v := open(t, t.TempDir(), then)
		require.Contains(t, v.Reporters(later, 42), v.Reporter(then, 42))
	})
	require.NotEqual(t, v.Reporter(turned, 42), v.Reporter(turned, 43))
	require.NotEqual(t, v.Reporter(turned, 42), v.Chat(42))
}

func TestReplicasNameAReporterAlike(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	va := open(t, a, noon)
	require.NoError(t, os.CopyFS(b, os.DirFS(a)))
	vb := open(t, b, noon)
	for d := range 200 {
		now := noon.Add(time.Duration(d) * day)
		require.Equal(t, va.Reporters(now, 42), vb.Reporters(now, 42))
		require.NoError(t, va.Reach(now))
		require.NoError(t, vb.Reach(now))
		require.Equal(t, va.Fingerprint(), vb.Fingerprint())
	}
}

func TestALimitKeyAndAWrongClock(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	names := v.Reporters(noon, 42)
	require.Equal(t, names, v.Reporters(noon.AddDate(9, 0, 0), 42), "a leap is not believed")
	require.Equal(t, names, v.Reporters(noon.Add(-400*day), 42))
	require.ErrorContains(t, v.Reach(noon.AddDate(9, 0, 0)), "clock")
	require.Equal(t, names, v.Reporters(noon, 42))

	// A clock that was far ahead at a start: who gives up the day keys is told of
	// the other file too.
	_ = open(t, dir, noon.AddDate(1, 0, 0))
	require.NoError(t, os.Remove(filepath.Join(dir, "day.key")))
	_, err := vault.Open(dir, noon)
	require.ErrorContains(t, err, "limit.key are ahead")
	require.NoError(t, os.Remove(filepath.Join(dir, "limit.key")))
	_ = open(t, dir, noon)
}

// Trouble with the limit key holds up no report.
func TestALimitKeyThatIsGone(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	name := v.Reporter(noon, 42)
	require.NoError(t, os.Remove(filepath.Join(dir, "limit.key")))
	later := noon.Add(29 * day)
	require.ErrorContains(t, v.Reach(later), "limit.key")
	sealed := seal(t, v, later, "words")
	_, err := v.Open(later, "test", sealed)
	require.NoError(t, err)
	require.Equal(t, name, v.Reporter(later, 42))
	before := v.Fingerprint()
	w := open(t, dir, later)
	require.NotEqual(t, before, w.Fingerprint())
	require.Equal(t, strings.Split(before, "-")[:3], strings.Split(w.Fingerprint(), "-")[:3])
}

func TestIndexTokens(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	token := v.Index("h1", "wallet", "0xabc")
	require.Len(t, token, 12)
	require.Equal(t, token, open(t, dir, noon.AddDate(1, 0, 0)).Index("h1", "wallet", "0xabc"), "as long as the case is kept")
	for name, other := range map[string][]byte{
		"another hotline":      v.Index("h2", "wallet", "0xabc"),
		"another kind":         v.Index("h1", "handle", "0xabc"),
		"another value":        v.Index("h1", "wallet", "0xabd"),
		"the line elsewhere":   v.Index("h1", "wallet0", "xabc"),
		"the line elsewhere 2": v.Index("h1w", "allet", "0xabc"),
		"another installation": open(t, t.TempDir(), noon).Index("h1", "wallet", "0xabc"),
	} {
		require.NotEqual(t, token, other, name)
	}
}

func TestARouteIsForTheServerAlone(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	copied := t.TempDir()
	require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(r, "plain")
		code := rapid.String().Draw(r, "code")
		sealed := v.SealRoute(code, plain)
		require.Zero(t, (len(sealed)-1-24-16)%256)
		got, err := v.OpenRoute(code, sealed)
		require.NoError(t, err)
		require.True(t, bytes.Equal(plain, got))
		bad := bytes.Clone(sealed)
		bad[rapid.IntRange(0, len(bad)-1).Draw(r, "at")] ^= byte(rapid.IntRange(1, 255).Draw(r, "with"))
		_, err = v.OpenRoute(code, bad)
		require.ErrorIs(t, err, vault.ErrForged)
		_, err = v.OpenRoute(code, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(r, "cut")])
		require.ErrorIs(t, err, vault.ErrForged)
		_, err = v.OpenRoute(code+"2", sealed)
		require.ErrorIs(t, err, vault.ErrForged)
	})
	route := []byte(`{"chat":123456789,"from":"18:00","to":"20:00"}`)
	sealed := v.SealRoute("C1", route)
	require.Len(t, v.SealRoute("C1", route[:20]), len(sealed), "its length says nothing")
	require.NotEqual(t, sealed, v.SealRoute("C1", route))
	got, err := open(t, copied, noon.AddDate(0, 2, 0)).OpenRoute("C1", sealed)
	require.NoError(t, err, "for a replica too, and as long as the case lives")
	require.Equal(t, route, got)
	_, err = open(t, t.TempDir(), noon).OpenRoute("C1", sealed)
	require.ErrorIs(t, err, vault.ErrForged)
	require.NotContains(t, err.Error(), "C1")
	_, err = v.OpenRoute("C1", seal(t, v, noon, "words"))
	require.ErrorIs(t, err, vault.ErrForged)
	_, err = v.Open(noon, "route", sealed)
	require.Error(t, err)
}

// A folder from before these keys existed gets them, and stays what it was.
func TestAnOlderFolderGetsTheNewKeys(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	sealed := seal(t, v, noon, "words")
	for _, name := range []string{"index.key", "route.key", "mailbox.salt", "limit.key"} {
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
	}
	w := open(t, dir, noon)
	plain, err := w.Open(noon, "test", sealed)
	require.NoError(t, err)
	require.Equal(t, "words", string(plain))
	was, is := strings.Split(v.Fingerprint(), "-"), strings.Split(w.Fingerprint(), "-")
	require.Len(t, is, 4)
	require.Equal(t, was[:2], is[:2], "what a database already knows is the same")
	require.NotEqual(t, was[2], is[2])
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 6)
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	}
	require.Equal(t, w.Fingerprint(), open(t, dir, noon).Fingerprint())
}

// A key that lasts is never made anew behind the operator's back.
func TestALostKeyStopsTheStart(t *testing.T) {
	for _, name := range []string{"index.key", "route.key", "mailbox.salt"} {
		for how, spoil := range map[string]func(path string) error{
			"is missing": os.Remove,
			"is damaged": func(path string) error { return os.WriteFile(path, []byte("abcd\n"), 0o600) },
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				dir := t.TempDir()
				v := open(t, dir, noon)
				path := filepath.Join(dir, name)
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				require.NoError(t, spoil(path))
				_, err = vault.Open(dir, noon)
				require.ErrorContains(t, err, name+" "+how)
				require.NotContains(t, err.Error(), "\n")
				require.NoError(t, os.WriteFile(path, text, 0o644))
				require.Equal(t, v.Fingerprint(), open(t, dir, noon).Fingerprint())
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
			})
		}
	}
}

func TestEveryKeyIsInTheFingerprint(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	other := t.TempDir()
	_ = open(t, other, noon)
	seen := map[string]bool{v.Fingerprint(): true}
	for _, f := range files {
		mixed := t.TempDir()
		require.NoError(t, os.CopyFS(mixed, os.DirFS(dir)))
		text, err := os.ReadFile(filepath.Join(other, f.Name()))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(mixed, f.Name()), text, 0o600))
		print := open(t, mixed, noon).Fingerprint()
		require.False(t, seen[print], f.Name())
		seen[print] = true
	}
}

// Whatever is done, keys are written in KEY_DIR and nowhere else, and none of
// them is in what is handed out.
func TestKeysStayInTheirFolder(t *testing.T) {
	elsewhere := t.TempDir()
	for _, name := range []string{"TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, elsewhere)
	}
	parent := t.TempDir()
	t.Chdir(elsewhere)
	dir := filepath.Join(parent, "keys")
	v := open(t, dir, noon)
	ctx := context.Background()

	var out [][]byte
	keep := func(b []byte, err error) []byte {
		require.NoError(t, err)
		out = append(out, b)
		return b
	}
	said := func(s string) string { out = append(out, []byte(s)); return s }
	id, err := vault.NewIdentity()
	require.NoError(t, err)
	k := newCase(t)
	wrap := keep(k.Wrap(id.Reader()))
	held := keep(v.Hold(noon, "C1", k))
	keep(vault.SealPart(k.Public(), []byte("planted words")))
	out = append(out, sealChunks(t, k.Public(), []byte("planted words"))...)
	file := keep(id.Lock(passphrase))
	order := vault.NewOrder()
	m := mailbox(t, v, order)
	keep(vault.SealPart(said(m.Public()), []byte("planted words")))
	said(m.ID)
	keep(v.SealRoute("C1", []byte("planted words")), nil)
	keep(v.Seal(noon, "test", []byte("planted words")))
	keep(v.Index("h1", "handle", "planted words"), nil)
	said(v.Reporter(noon, 42) + v.Chat(42) + v.Fingerprint() + k.Public() + id.Reader() + id.SignIn())
	_, err = vault.Unwrap(wrap, id.Key())
	require.NoError(t, err)
	_, err = v.Held(noon, "C1", held)
	require.NoError(t, err)
	_, err = vault.Unlock(file, passphrase)
	require.NoError(t, err)
	_, err = v.Mailbox(ctx, order)
	require.NoError(t, err)

	left, err := os.ReadDir(elsewhere)
	require.NoError(t, err)
	require.Empty(t, left)
	beside, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Len(t, beside, 1)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 6)

	secrets := [][]byte{[]byte("planted words"), []byte(passphrase), []byte("SECRET-KEY"), []byte(order), []byte(strings.ReplaceAll(order, " ", ""))}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		for _, word := range strings.Fields(string(text)) {
			if key, err := hex.DecodeString(word); err == nil && len(key) >= 16 {
				secrets = append(secrets, key, []byte(word))
			}
		}
		require.NotContains(t, string(text), "SECRET-KEY")
	}
	require.Len(t, secrets, 5+2*(4+2*2), "four keys that last, two chains")
	for _, o := range out {
		for _, s := range secrets {
			require.False(t, bytes.Contains(o, s))
		}
	}
}
