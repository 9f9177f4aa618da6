package known

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports/db"
)

// Add takes in texts that came with a batch, and answers how many were new to
// it. A text without a source counts as the batch's own.
func Add(ctx context.Context, tx *db.Tx, batch string, texts []Text) (int, error) {
	if batch == "" {
		return 0, errors.New("add known texts: the batch has no name")
	}
	added := int64(0)
	for _, t := range texts {
		source := t.Source
		if source == "" {
			source = batch
		}
		n, err := tx.Exec(ctx, `
			INSERT INTO known_texts (print, kind, source, batch, script, day) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (print, kind, source, batch) DO NOTHING`,
			fmt.Sprintf("%016x", uint64(t.Print)), string(t.Kind), source, batch, t.Script, tx.Now.Unix()/int64(24*time.Hour/time.Second))
		if err != nil {
			return 0, fmt.Errorf("add known text: %w", err)
		}
		added += n
	}
	return int(added), changed(ctx, tx, added)
}

// Forget takes out all that came with a batch or from a source, and answers how
// many texts that were.
func Forget(ctx context.Context, tx *db.Tx, batchOrSource string) (int, error) {
	n, err := tx.Exec(ctx, `DELETE FROM known_texts WHERE batch = ? OR source = ?`, batchOrSource, batchOrSource)
	if err != nil {
		return 0, fmt.Errorf("forget known texts: %w", err)
	}
	return int(n), changed(ctx, tx, n)
}

func changed(ctx context.Context, tx *db.Tx, rows int64) error {
	if rows == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `INSERT INTO known_changes (id, n) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = known_changes.n + 1`); err != nil {
		return fmt.Errorf("count changes of known texts: %w", err)
	}
	return nil
}

// Changes answers a number that is another one after every change.
func Changes(ctx context.Context, tx *db.Tx) (n int64, err error) {
	err = tx.Get(ctx, &n, `SELECT n FROM known_changes WHERE id = 1`)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read changes of known texts: %w", err)
	}
	return n, nil
}

// All answers every text there is.
func All(ctx context.Context, tx *db.Tx) ([]Text, error) {
	var rows []struct {
		Print, Kind, Script, Source string
	}
	if err := tx.Select(ctx, &rows, `SELECT print, kind, script, source FROM known_texts`); err != nil {
		return nil, fmt.Errorf("read known texts: %w", err)
	}
	texts := make([]Text, 0, len(rows))
	for _, r := range rows {
		print, err := strconv.ParseUint(r.Print, 16, 64)
		if err != nil {
			return nil, errors.New("read known texts: a fingerprint cannot be read")
		}
		texts = append(texts, Text{Print: check.Fingerprint(print), Kind: check.Kind(r.Kind), Script: r.Script, Source: r.Source})
	}
	return texts, nil
}

// Batch is what came together.
type Batch struct {
	Name    string
	Day     time.Time // of its first text
	Texts   int
	Sources int
}

// Batches answers what there is, the newest last.
func Batches(ctx context.Context, tx *db.Tx) ([]Batch, error) {
	var rows []struct {
		Batch               string
		Day, Texts, Sources int64
	}
	err := tx.Select(ctx, &rows, `
		SELECT batch, min(day) AS day, count(DISTINCT print) AS texts, count(DISTINCT source) AS sources
		FROM known_texts GROUP BY batch ORDER BY day, batch`)
	if err != nil {
		return nil, fmt.Errorf("list known texts: %w", err)
	}
	out := make([]Batch, len(rows))
	for i, r := range rows {
		out[i] = Batch{Name: r.Batch, Day: time.Unix(r.Day*int64(24*time.Hour/time.Second), 0).UTC(), Texts: int(r.Texts), Sources: int(r.Sources)}
	}
	return out, nil
}
