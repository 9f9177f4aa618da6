package vault

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// ChunkSize is how much of a file is sealed at a time.
const ChunkSize = 256 << 10

const (
	chunkKind   = 2
	chunkHeader = 1 + 16 + 4 + 1 + 4 + 8 // kind, file, number, last, length, size of the whole file
)

// chunk is what stands before the bytes of a chunk, inside the seal.
type chunk struct {
	file   [16]byte // random, the same in all chunks of a file
	number uint32
	last   bool
	length uint32
	size   uint64 // of the file up to the end of this chunk
}

func (c chunk) put(b []byte) {
	b[0] = chunkKind
	copy(b[1:17], c.file[:])
	binary.BigEndian.PutUint32(b[17:], c.number)
	b[21] = 0
	if c.last {
		b[21] = 1
	}
	binary.BigEndian.PutUint32(b[22:], c.length)
	binary.BigEndian.PutUint64(b[26:], c.size)
}

func readChunk(b []byte) (c chunk, ok bool) {
	if len(b) < chunkHeader || b[0] != chunkKind || b[21] > 1 {
		return c, false
	}
	copy(c.file[:], b[1:17])
	c.number = binary.BigEndian.Uint32(b[17:])
	c.last = b[21] == 1
	c.length = binary.BigEndian.Uint32(b[22:])
	c.size = binary.BigEndian.Uint64(b[26:])
	return c, true
}

// chunkClass is the size to which a chunk of n bytes is padded: only the last
// one is short, and its size class is all that is seen of the file's length.
func chunkClass(n int) int { return chunkHeader + class(n) }

// SealChunks reads a file and seals it to a case's public half, 256 KiB at a
// time, handing each sealed chunk to put with its number, from 0. It holds one
// chunk in memory. Nothing of the file's name or kind is in it. An empty file is
// one chunk. When the file is longer than limit, or reading or put fails, some
// chunks were handed out already and must be thrown away: the error is
// ErrTooBig, or the one of r or put.
func SealChunks(public string, r io.Reader, limit int64, put func(n int, sealed []byte) error) (size int64, err error) {
	size, err = sealChunks(public, r, limit, put)
	if err != nil {
		return 0, fmt.Errorf("seal file: %w", err)
	}
	return size, nil
}

func sealChunks(public string, r io.Reader, limit int64, put func(n int, sealed []byte) error) (size int64, err error) {
	to, err := age.ParseX25519Recipient(public)
	if err != nil {
		return 0, errNotCase
	}
	var c chunk
	_, _ = rand.Read(c.file[:])
	// One byte more than a chunk is read, to know whether it is the last.
	buf := make([]byte, chunkHeader+ChunkSize+1)
	defer clear(buf)
	data, carried := buf[chunkHeader:], 0
	for {
		n := carried
		for err = nil; n <= ChunkSize && err == nil; { // not io.ReadFull: it takes a cut connection for an end
			var more int
			more, err = r.Read(data[n:])
			n += more
		}
		switch {
		case n > ChunkSize:
			n, carried = ChunkSize, 1
		case err == io.EOF:
			c.last = true
		default:
			return 0, err
		}
		next := data[ChunkSize]
		if size += int64(n); size > limit || !c.last && size >= limit {
			return 0, ErrTooBig
		}
		c.length, c.size = uint32(n), uint64(size)
		c.put(buf)
		padded := buf[:chunkClass(n)]
		clear(padded[chunkHeader+n:])
		sealed, err := encrypt(padded, to)
		if err != nil {
			return 0, err
		}
		if err := put(int(c.number), sealed); err != nil {
			return 0, err
		}
		if c.last {
			return size, nil
		}
		data[0] = next
		c.number++
	}
}

// OpenChunks opens what SealChunks sealed to this case, asking next for each
// chunk by its number, until the last one, and writes the file to w. Chunks of
// another file, out of their order, changed, cut off or left out are ErrForged;
// next says with io.EOF that there is no such chunk. Only when the answer is nil
// is the file in w whole: until then it may be a beginning of it.
func (k CaseKey) OpenChunks(next func(n int) ([]byte, error), w io.Writer) error {
	if k.id == nil {
		return fmt.Errorf("open file: %w", errNoKey)
	}
	if err := openChunks(k.id, next, w); err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	return nil
}

func openChunks(id age.Identity, next func(n int) ([]byte, error), w io.Writer) error {
	var before chunk
	for n := 0; ; n++ {
		sealed, err := next(n)
		if errors.Is(err, io.EOF) {
			return ErrForged
		}
		if err != nil {
			return err
		}
		padded, err := decrypt(sealed, id)
		if err != nil {
			return err
		}
		c, ok := readChunk(padded)
		if n == 0 {
			before.file = c.file
		}
		if !ok || c.file != before.file || int64(c.number) != int64(n) || c.size != before.size+uint64(c.length) ||
			c.length > ChunkSize || !c.last && c.length != ChunkSize || len(padded) != chunkClass(int(c.length)) {
			return ErrForged
		}
		end := chunkHeader + int(c.length)
		if !zero(padded[end:]) {
			return ErrForged
		}
		if _, err := w.Write(padded[chunkHeader:end]); err != nil {
			return err
		}
		if c.last {
			return nil
		}
		before = c
	}
}
