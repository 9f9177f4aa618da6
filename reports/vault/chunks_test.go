package vault_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/reports/vault"
)

// some is a file of n bytes.
func some(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = r.Read(b)
	return b
}

func sealChunks(t testing.TB, public string, plain []byte) (chunks [][]byte) {
	t.Helper()
	size, err := vault.SealChunks(public, bytes.NewReader(plain), 1<<40, func(n int, sealed []byte) error {
		require.Len(t, chunks, n)
		chunks = append(chunks, sealed)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, int64(len(plain)), size)
	return chunks
}

func from(chunks [][]byte) func(int) ([]byte, error) {
	return func(n int) ([]byte, error) {
		if n >= len(chunks) {
			return nil, io.EOF
		}
		return chunks[n], nil
	}
}

func TestAFileOpensAsItWas(t *testing.T) {
	k := newCase(t)
	for _, c := range []struct{ size, chunks int }{
		{0, 1},
		{1, 1},
		{vault.ChunkSize - 1, 1},
		{vault.ChunkSize, 1},
		{vault.ChunkSize + 1, 2},
		{2 * vault.ChunkSize, 2},
		{3*vault.ChunkSize + 77, 4},
	} {
		plain := some(c.size)
		chunks := sealChunks(t, k.Public(), plain)
		require.Len(t, chunks, c.chunks)
		var out bytes.Buffer
		require.NoError(t, k.OpenChunks(from(chunks), &out))
		require.True(t, bytes.Equal(plain, out.Bytes()), "%d bytes", c.size)
	}
}

// However the bytes arrive, and however small the steps.
func TestAFileInAnySteps(t *testing.T) {
	k := newCase(t)
	rapid.Check(t, func(r *rapid.T) {
		plain := some(rapid.IntRange(0, 3*vault.ChunkSize).Draw(r, "size"))
		read := rapid.SampledFrom([]func(io.Reader) io.Reader{
			iotest.DataErrReader, iotest.HalfReader, func(r io.Reader) io.Reader { return io.MultiReader(io.LimitReader(r, 1000), r) },
		}).Draw(r, "reader")(bytes.NewReader(plain))
		limit := int64(rapid.IntRange(0, 3*vault.ChunkSize).Draw(r, "limit"))
		var chunks [][]byte
		size, err := vault.SealChunks(k.Public(), read, limit, func(n int, sealed []byte) error {
			chunks = append(chunks, sealed)
			return nil
		})
		require.LessOrEqual(t, int64(len(chunks)), limit/vault.ChunkSize+1)
		if int64(len(plain)) > limit {
			require.ErrorIs(t, err, vault.ErrTooBig)
			require.Zero(t, size)
			require.Error(t, k.OpenChunks(from(chunks), io.Discard), "what was handed out before is no file")
			return
		}
		require.NoError(t, err)
		require.Equal(t, int64(len(plain)), size)
		var out bytes.Buffer
		require.NoError(t, k.OpenChunks(from(chunks), &out))
		require.True(t, bytes.Equal(plain, out.Bytes()))
	})
}

func TestAFileUpToItsLimit(t *testing.T) {
	k := newCase(t)
	const limit = 20 << 20
	for size, fits := range map[int64]bool{limit: true, limit + 1: false, 21 << 20: false} {
		got, err := vault.SealChunks(k.Public(), io.LimitReader(zeros{}, size), limit, func(int, []byte) error { return nil })
		if fits {
			require.NoError(t, err)
			require.Equal(t, size, got)
		} else {
			require.ErrorIs(t, err, vault.ErrTooBig)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestAFileThatIsNotAsSealed(t *testing.T) {
	k := newCase(t)
	a := sealChunks(t, k.Public(), some(3*vault.ChunkSize+9))
	b := sealChunks(t, k.Public(), some(3*vault.ChunkSize+9))
	same := sealChunks(t, k.Public(), some(3*vault.ChunkSize+9))
	short := sealChunks(t, k.Public(), some(9))
	part := sealPart(t, k.Public(), []byte("words"))
	changed := bytes.Clone(a[2])
	changed[len(changed)/2] ^= 1
	for name, chunks := range map[string][][]byte{
		"no chunk":                      {},
		"the last is missing":           a[:3],
		"only the first":                a[:1],
		"only the last":                 a[3:],
		"the first is missing":          a[1:],
		"one in the middle is missing":  {a[0], a[2], a[3]},
		"out of order":                  {a[0], a[2], a[1], a[3]},
		"one twice":                     {a[0], a[1], a[1], a[2], a[3]},
		"backwards":                     {a[3], a[2], a[1], a[0]},
		"one of another file":           {a[0], b[1], a[2], a[3]},
		"one of the same file, again":   {a[0], same[1], a[2], a[3]},
		"the end of another file":       {a[0], a[1], a[2], b[3]},
		"the beginning of another file": {b[0], a[1], a[2], a[3]},
		"ended by a short file":         {a[0], short[0]},
		"one changed":                   {a[0], a[1], changed, a[3]},
		"one cut":                       {a[0], a[1], a[2][:len(a[2])-1], a[3]},
		"one longer":                    {a[0], a[1], append(bytes.Clone(a[2]), 0), a[3]},
		"one empty":                     {a[0], {}, a[2], a[3]},
		"a part":                        {part},
		"a part in the middle":          {a[0], part, a[2], a[3]},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, k.OpenChunks(from(chunks), io.Discard), vault.ErrForged)
		})
	}
	_, err := k.OpenPart(short[0])
	require.ErrorIs(t, err, vault.ErrForged, "a file is no part")
	require.ErrorIs(t, newCase(t).OpenChunks(from(a), io.Discard), vault.ErrNotYours)
	require.NoError(t, k.OpenChunks(from(slices.Concat(a, b)), io.Discard), "what stands after the last is not asked for")
}

func TestEveryByteOfAChunkCounts(t *testing.T) {
	k := newCase(t)
	a := sealChunks(t, k.Public(), some(100))
	for i := range a[0] {
		bad := bytes.Clone(a[0])
		bad[i] ^= 1
		require.Error(t, k.OpenChunks(from([][]byte{bad}), io.Discard), "byte %d", i)
	}
}

// Somebody with the public half can seal what he likes, but nothing that does
// not hang together.
func TestAChunkOutOfShape(t *testing.T) {
	k := newCase(t)
	chunks := sealChunks(t, k.Public(), some(vault.ChunkSize+700))
	wrap, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	w, err := k.Wrap(wrap.Recipient().String())
	require.NoError(t, err)
	r, err := age.Decrypt(bytes.NewReader(w), wrap)
	require.NoError(t, err)
	ids, err := age.ParseIdentities(r)
	require.NoError(t, err)
	inside := func(n int) []byte {
		r, err := age.Decrypt(bytes.NewReader(chunks[n]), ids[0])
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		return b
	}
	first, last := inside(0), inside(1)
	require.Len(t, first, 34+vault.ChunkSize)
	require.Len(t, last, 34+1024)
	require.Equal(t, []byte{2}, last[:1])
	require.Equal(t, first[1:17], last[1:17])
	require.Equal(t, []byte{0, 0, 0, 0, 0, 0, 4, 0, 0}, first[17:26])
	require.Equal(t, []byte{0, 0, 0, 1, 1, 0, 0, 2, 188}, last[17:26])
	require.Equal(t, []byte{0, 0, 0, 0, 0, 4, 2, 188}, last[26:34])

	to, err := age.ParseX25519Recipient(k.Public())
	require.NoError(t, err)
	again := func(b []byte) []byte {
		var out bytes.Buffer
		w, err := age.Encrypt(&out, to)
		require.NoError(t, err)
		_, err = w.Write(b)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return out.Bytes()
	}
	require.NoError(t, k.OpenChunks(from([][]byte{again(first), again(last)}), io.Discard))
	change := func(b []byte, at int, to byte) []byte {
		b = bytes.Clone(b)
		b[at] = to
		return b
	}
	for name, c := range map[string][][]byte{
		"kind":               {change(first, 0, 1), last},
		"file":               {first, change(last, 1, last[1]^1)},
		"number":             {first, change(last, 20, 2)},
		"a huge number":      {first, change(last, 17, 0x80)},
		"last of three":      {first, change(last, 21, 2)},
		"not the last":       {first, change(last, 21, 0), last},
		"shorter":            {first, change(last, 25, 187)},
		"longer":             {first, change(last, 25, 189)},
		"far too long":       {first, change(last, 22, 0xff)},
		"size":               {first, change(last, 33, 187)},
		"size far too big":   {first, change(last, 26, 0xff)},
		"first size":         {change(first, 31, 3), last},
		"not zeros":          {first, change(last, len(last)-1, 1)},
		"padded too far":     {first, append(bytes.Clone(last), make([]byte, 1024)...)},
		"not padded":         {first, last[:34+700]},
		"no header":          {first, last[:33]},
		"nothing":            {first, nil},
		"nothing at all":     {nil},
		"first of the short": {last},
	} {
		t.Run(name, func(t *testing.T) {
			var sealed [][]byte
			for _, b := range c {
				sealed = append(sealed, again(b))
			}
			require.ErrorIs(t, k.OpenChunks(from(sealed), io.Discard), vault.ErrForged)
		})
	}
}

func TestTroubleOnTheWayIsNotAnEndOfTheFile(t *testing.T) {
	k := newCase(t)
	broken := errors.New("the line broke")
	plain := some(vault.ChunkSize + 1000)
	for _, trouble := range []error{broken, io.ErrUnexpectedEOF} {
		for _, at := range []int{0, 10, vault.ChunkSize, vault.ChunkSize + 1, len(plain)} {
			r := io.MultiReader(bytes.NewReader(plain[:at]), iotest.ErrReader(trouble))
			_, err := vault.SealChunks(k.Public(), r, 1<<20, func(int, []byte) error { return nil })
			require.ErrorIs(t, err, trouble, "after %d", at)
		}
	}
	_, err := vault.SealChunks(k.Public(), bytes.NewReader(plain), 1<<20, func(int, []byte) error { return broken })
	require.ErrorIs(t, err, broken)
	_, err = vault.SealChunks("age1nobody", bytes.NewReader(plain), 1<<20, func(int, []byte) error { return nil })
	require.Error(t, err)

	chunks := sealChunks(t, k.Public(), plain)
	err = k.OpenChunks(func(n int) ([]byte, error) {
		if n == 1 {
			return nil, broken
		}
		return chunks[n], nil
	}, io.Discard)
	require.ErrorIs(t, err, broken)
	require.ErrorIs(t, k.OpenChunks(from(chunks), brokenWriter{broken}), broken)
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func FuzzOpenChunks(f *testing.F) {
	k := keptCase(f)
	f.Add(kept(f, "file-0.age"), []byte{})
	f.Add(kept(f, "file-0.age"), kept(f, "part.age"))
	f.Add([]byte("age-encryption.org/v1\n"), kept(f, "file-0.age"))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var out bytes.Buffer
		if err := k.OpenChunks(from([][]byte{first, second}), &out); err == nil {
			require.Equal(t, "the bytes of a file", out.String(), "only what was sealed opens")
		}
	})
}

func BenchmarkSealChunks(b *testing.B) {
	k := newCase(b)
	const size = 4 << 20
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		_, err := vault.SealChunks(k.Public(), io.LimitReader(zeros{}, size), size, func(int, []byte) error { return nil })
		require.NoError(b, err)
	}
}
