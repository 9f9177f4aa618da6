package vault_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/reports/vault"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func open(t testing.TB, dir string, now time.Time) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, now)
	require.NoError(t, err)
	return v
}

func seal(t testing.TB, v *vault.Vault, now time.Time, plain string) []byte {
	t.Helper()
	sealed, err := v.Seal(now, "test", []byte(plain))
	require.NoError(t, err)
	return sealed
}

func TestFirstStartMakesKeysClosedToOthers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "keys")
	v := open(t, dir, noon)
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	}
	require.Equal(t, []string{"chat.key", "day.key", "index.key", "limit.key", "mailbox.salt", "route.key"}, names, "and no draft is left")

	sealed := seal(t, v, noon, "words")
	require.NoError(t, os.Chmod(filepath.Join(dir, "day.key"), 0o644))
	require.NoError(t, os.Chmod(dir, 0o755))
	w := open(t, dir, noon)
	plain, err := w.Open(noon, "test", sealed)
	require.NoError(t, err)
	require.Equal(t, "words", string(plain))
	require.Equal(t, v.Fingerprint(), w.Fingerprint())
	info, err = os.Stat(filepath.Join(dir, "day.key"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), "rights given by mistake are taken back")
}

func TestAKeyLivesTwoDaysAfterItsOwn(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		opens bool
	}{
		{"same moment", 0, true},
		{"end of the day", 11 * time.Hour, true},
		{"yesterday's", day, true},
		{"the day before yesterday's", 2 * day, true},
		{"until midnight", 2*day + 11*time.Hour + 59*time.Minute, true},
		{"then no more", 2*day + 12*time.Hour, false},
		{"four days ago", 4 * day, false},
		{"three weeks ago", 21 * day, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			v := open(t, dir, noon)
			sealed := seal(t, v, noon, "words")
			before, err := os.ReadFile(filepath.Join(dir, "day.key"))
			require.NoError(t, err)

			for _, w := range []*vault.Vault{v, open(t, dir, noon.Add(c.after)), open(t, dir, noon.Add(c.after))} {
				plain, err := w.Open(noon.Add(c.after), "test", sealed)
				if c.opens {
					require.NoError(t, err)
					require.Equal(t, "words", string(plain))
				} else {
					require.ErrorIs(t, err, vault.ErrExpired)
				}
			}
			after, err := os.ReadFile(filepath.Join(dir, "day.key"))
			require.NoError(t, err)
			key := func(file []byte) string { return strings.Split(string(file), "\n")[3] }
			require.Equal(t, c.opens, key(before) == key(after), "a key too old is nowhere in the folder")
			if !c.opens {
				require.False(t, holds(t, dir, []byte(key(before))))
			}
		})
	}
}

func holds(t *testing.T, dir string, secret []byte) bool {
	t.Helper()
	found := false
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		found = found || bytes.Contains(text, secret)
		return err
	}))
	return found
}

// The old file is written over before it is let go: whoever holds it open, or
// finds its blocks, finds zeros.
func TestTheOldKeyFileIsWrittenOver(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	old, err := os.Open(filepath.Join(dir, "day.key"))
	require.NoError(t, err)
	defer old.Close()
	require.NoError(t, v.Reach(noon.Add(3*day)))
	buf := make([]byte, 4096)
	n, err := old.Read(buf)
	require.NoError(t, err)
	require.NotZero(t, n)
	require.Equal(t, make([]byte, n), buf[:n])
}

func TestAClockThatGoesBack(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	tomorrow := seal(t, v, noon.Add(day), "tomorrow")
	today := seal(t, v, noon, "today, when the clock is right again")
	for _, sealed := range [][]byte{tomorrow, today} {
		_, err := v.Open(noon, "test", sealed)
		require.NoError(t, err)
		_, err = open(t, dir, noon).Open(noon.Add(-day), "test", sealed)
		require.NoError(t, err, "even a start with the clock behind reads them")
	}
	// Nothing is destroyed later than it should be because of it.
	_, err := v.Open(noon.Add(4*day), "test", today)
	require.ErrorIs(t, err, vault.ErrExpired)
}

func TestAClockThatLeaps(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, noon)
	sealed := seal(t, v, noon, "words")
	_, err := v.Seal(noon.AddDate(9, 0, 0), "test", nil)
	require.ErrorContains(t, err, "clock")
	_, err = v.Open(noon.AddDate(9, 0, 0), "test", sealed)
	require.ErrorContains(t, err, "clock")
	plain, err := v.Open(noon, "test", sealed)
	require.NoError(t, err, "no key was destroyed for it")
	require.Equal(t, "words", string(plain))

	// A long pause is believed at a start, and the past after it is not.
	later := open(t, dir, noon.AddDate(1, 0, 0))
	_, err = later.Open(noon.AddDate(1, 0, 0), "test", sealed)
	require.ErrorIs(t, err, vault.ErrExpired)
	_, err = vault.Open(dir, noon)
	require.ErrorContains(t, err, "ahead of this machine's clock")
	_, err = v.Seal(noon.Add(day), "test", nil)
	require.NoError(t, err, "who runs beside it follows")
	require.Equal(t, later.Fingerprint(), v.Fingerprint())
}

// Two replicas with a copy of the same keys read each other at every hour, also
// in the minutes when only one of them has the new day.
func TestReplicasReadEachOther(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := t.TempDir()
		va := open(t, a, noon)
		b := t.TempDir()
		require.NoError(t, os.CopyFS(b, os.DirFS(a)))
		vb := open(t, b, noon)
		require.Equal(t, va.Fingerprint(), vb.Fingerprint())
		now := noon
		for range rapid.IntRange(1, 6).Draw(r, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(r, "hours")) * time.Hour)
			skew := time.Duration(rapid.IntRange(-120, 120).Draw(r, "skew")) * time.Second
			one, other := va, vb
			if rapid.Bool().Draw(r, "other way") {
				one, other = vb, va
			}
			plain, err := other.Open(now, "test", seal(t, one, now.Add(skew), "words"))
			require.NoError(t, err)
			require.Equal(t, "words", string(plain))
		}
		require.Equal(t, va.Chat(-100123), vb.Chat(-100123))
		require.Equal(t, va.Fingerprint(), vb.Fingerprint())
	})
}

func TestTwoProcessesOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	vaults := make([]*vault.Vault, 8)
	for i := range vaults {
		all.Go(func() { vaults[i] = open(t, dir, noon) })
	}
	all.Wait()
	for d := range 5 {
		now := noon.Add(time.Duration(d) * day)
		sealed := make([][]byte, len(vaults))
		for i, v := range vaults {
			all.Go(func() { sealed[i] = seal(t, v, now, "words") })
		}
		all.Wait()
		for _, s := range sealed {
			for _, v := range vaults {
				_, err := v.Open(now, "test", s)
				require.NoError(t, err)
			}
		}
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 6)
}

func TestADraftLeftByACrashIsSwept(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, time.Now())
	draft := filepath.Join(dir, ".day.key-CRASHED")
	require.NoError(t, os.WriteFile(draft, []byte("an old key"), 0o600))
	require.NoError(t, v.Reach(time.Now().Add(day)))
	require.NoFileExists(t, draft)
}

func TestWhatIsChangedOrMisplacedDoesNotOpen(t *testing.T) {
	v := open(t, t.TempDir(), noon)
	sealed := seal(t, v, noon, "words")
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x40
		_, err := v.Open(noon, "test", bad)
		require.Error(t, err, "byte %d", i)
	}
	for i := range sealed {
		_, err := v.Open(noon, "test", sealed[:i])
		require.ErrorIs(t, err, vault.ErrForged)
	}
	_, err := v.Open(noon, "other purpose", sealed)
	require.ErrorIs(t, err, vault.ErrForged)
	_, err = open(t, t.TempDir(), noon).Open(noon, "test", sealed)
	require.ErrorIs(t, err, vault.ErrForged)
	require.NotEqual(t, sealed, seal(t, v, noon, "words"), "the same words look different each time")
}

func TestNames(t *testing.T) {
	v, w := open(t, t.TempDir(), noon), open(t, t.TempDir(), noon)
	seen := map[string]bool{}
	for _, id := range []int64{0, 1, -1, 42, -42, 1 << 40, -100_123_456_789} {
		name := v.Chat(id)
		require.Len(t, name, 24)
		require.False(t, seen[name])
		seen[name] = true
		require.Equal(t, name, v.Chat(id))
		require.NotEqual(t, name, w.Chat(id))
	}
	require.NotEqual(t, v.Lane("mail", "x"), v.Lane("https", "x"))
	require.NotEqual(t, v.Fingerprint(), w.Fingerprint())
}

func TestOpenSaysOneClearLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	damaged := func(name, text string) string {
		d := filepath.Join(dir, name)
		open(t, d, noon)
		require.NoError(t, os.WriteFile(filepath.Join(d, strings.Fields(name)[0]), []byte(text), 0o600))
		return d
	}
	chain := "offercheck day keys 1\n" + strings.Repeat("ab", 16) + "\n%\n" + strings.Repeat("cd", 32) + "\n"
	for name, c := range map[string]struct{ dir, says string }{
		"a file":            {file, "KEY_DIR"},
		"under a file":      {filepath.Join(file, "keys"), "KEY_DIR"},
		"no chat key":       {damaged("chat.key empty", ""), "chat.key is damaged"},
		"half a chat key":   {damaged("chat.key half", strings.Repeat("a", 30)), "chat.key is damaged"},
		"long chat key":     {damaged("chat.key long", strings.Repeat("a", 66)), "chat.key is damaged"},
		"no day keys":       {damaged("day.key empty", ""), "day.key is damaged"},
		"zeros":             {damaged("day.key zeros", "\x00\x00\x00"), "day.key is damaged"},
		"days out of order": {damaged("day.key order", strings.Replace(chain, "%", "9 8", 1)), "day.key is damaged"},
		"too many days":     {damaged("day.key many", strings.Replace(chain, "%", "5 8", 1)), "day.key is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := vault.Open(c.dir, noon)
			require.Nil(t, v)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "\n")
			require.NotContains(t, err.Error(), "cdcdcd")
		})
	}
}

func BenchmarkSealAndOpen(b *testing.B) {
	v := open(b, b.TempDir(), noon)
	plain := bytes.Repeat([]byte("word "), 400)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		sealed, err := v.Seal(noon, "test", plain)
		require.NoError(b, err)
		_, err = v.Open(noon, "test", sealed)
		require.NoError(b, err)
	}
}
