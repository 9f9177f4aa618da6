package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/vault"
)

// The most one case holds.
const (
	mostFiles     = 10
	mostFileBytes = 50 << 20
)

// ErrFull: the case holds as many files, or bytes, as it can.
var ErrFull = errors.New("the case holds as many files as it can")

// File is what is known of a file of a case; it is sealed.
type File struct {
	Schema int    `json:"schema"`
	At     int64  `json:"at"`
	File   string `json:"file"`
	Kind   string `json:"kind"` // photo, document, voice …
	MIME   string `json:"mime,omitempty"`
	Size   int64  `json:"size"`
}

// KeepFile seals what r reads to the case, piece by piece, each in a transaction of
// its own, so that a large file is never whole in memory nor on the disk in the
// clear. key names the file within the case: called again with the same key it
// writes the same rows, so a crash in the middle is mended by trying again. It
// answers ErrFull, ErrGone, or vault.ErrTooBig, and then nothing of the file
// remains.
func (k *Desk) KeepFile(ctx context.Context, code, key, kind, mime string, limit int64, r io.Reader) error {
	var public string
	room := limit
	err := k.d.Tx(ctx, func(tx *db.Tx) error {
		c, err := caseByCode(ctx, tx, code)
		if err != nil {
			return err
		}
		public = c.Public
		if err := dropFile(ctx, tx, code, key); err != nil {
			return err
		}
		files, size, err := filesOf(ctx, tx, code)
		if err != nil {
			return err
		}
		if files >= mostFiles || size >= mostFileBytes {
			return ErrFull
		}
		room = min(limit, mostFileBytes-size)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep file: %w", err)
	}
	size, err := vault.SealChunks(public, r, room, func(n int, sealed []byte) error {
		return k.d.Tx(ctx, func(tx *db.Tx) error { return insertChunk(ctx, tx, code, key, n, sealed) })
	})
	if err == nil {
		var plain []byte
		plain, err = json.Marshal(File{Schema: schema, At: db.Ms(k.d.Now()), File: key, Kind: kind, MIME: mime, Size: size})
		var body []byte
		if err == nil {
			body, err = sealed(public, partFile, plain)
		}
		if err == nil {
			err = k.d.Tx(ctx, func(tx *db.Tx) error {
				return insertParts(ctx, tx, code, [][]byte{body})
			})
		}
	}
	if err != nil {
		undo := context.WithoutCancel(ctx)
		_ = k.d.Tx(undo, func(tx *db.Tx) error { return dropFile(undo, tx, code, key) })
		return fmt.Errorf("keep file: %w", err)
	}
	return nil
}

// Missed tells the reader of a case that a file the person sent could not be
// kept.
func (k *Desk) Missed(ctx context.Context, code string) error {
	return k.d.Tx(ctx, func(tx *db.Tx) error {
		c, err := caseByCode(ctx, tx, code)
		if errors.Is(err, ErrGone) {
			return nil
		}
		if err != nil {
			return err
		}
		return k.leaveNote(ctx, tx, c, note{At: db.Ms(tx.Now), Note: "a file could not be kept"})
	})
}
