package domains

import (
	"context"
	"fmt"

	"github.com/offercheck/offercheck/reports/db"
)

// row is what is kept of a domain.
type row struct {
	Token string `db:"token"`
	Born  int64  `db:"born"`
	Day   int64  `db:"day"`
}

func save(ctx context.Context, tx *db.Tx, r row) error {
	_, err := tx.Exec(ctx, `INSERT INTO domains (token, born, day) VALUES (?, ?, ?)
		ON CONFLICT (token) DO UPDATE SET born = excluded.born, day = excluded.day`, r.Token, r.Born, r.Day)
	if err != nil {
		return fmt.Errorf("keep domain: %w", err)
	}
	return nil
}

// find answers what is known of a domain since a day.
func find(ctx context.Context, tx *db.Tx, token string, since int64) ([]row, error) {
	var out []row
	if err := tx.Select(ctx, &out, `SELECT token, born, day FROM domains WHERE token = ? AND day >= ?`, token, since); err != nil {
		return nil, fmt.Errorf("find domain: %w", err)
	}
	return out, nil
}

// latest answers the rows since a day, the newest first.
func latest(ctx context.Context, tx *db.Tx, since int64, most int) ([]row, error) {
	var out []row
	if err := tx.Select(ctx, &out, `SELECT token, born, day FROM domains WHERE day >= ? ORDER BY day DESC, token LIMIT ?`, since, most); err != nil {
		return nil, fmt.Errorf("read domains: %w", err)
	}
	return out, nil
}

func forget(ctx context.Context, tx *db.Tx, before int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM domains WHERE day < ?`, before); err != nil {
		return fmt.Errorf("forget domains: %w", err)
	}
	return nil
}
