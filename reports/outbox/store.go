package outbox

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/vault"
)

// leaseAstray is further ahead than a lease ends on any two clocks that agree.
const leaseAstray = 10 * time.Minute

// letterLife is how long a dead letter is kept; by then its key is nearly gone.
const letterLife = 48 * time.Hour

// The codes of dead letters that no carrier gave. Others are the messenger's.
const (
	codeUnreadable = -1 // the day key is gone, or the body is not what was sealed
	codeUnsure     = -2 // its answer was lost too often
)

// Seal makes the body of an item of this lane. It opens in this lane only.
func Seal(v *vault.Vault, now time.Time, lane string, plain []byte) ([]byte, error) {
	return v.Seal(now, "outbox "+lane, plain)
}

// Put queues an item whose body is sealed, to leave after delay. An item put
// with a delay holds nothing back until it is due. Into a slot that is taken it
// goes in the place of what is there: should that be under way just now, the new
// one leaves after it. Whoever puts into the lane of a chat holds the row of
// its session, so that the order of turns is the order of the lane.
func Put(ctx context.Context, tx *db.Tx, it Item, delay time.Duration) error {
	due, expires := it.Due, it.Expires
	if due.IsZero() {
		due = tx.Now
	}
	due = due.Add(delay)
	if expires.IsZero() {
		switch it.Class {
		case Cover, Delete:
			expires = tx.Now.Add(coverLife)
		case Danger:
			expires = tx.Now.Add(dangerLife)
		}
	}
	// The claim of what stood in the slot is cleared: whoever carries it
	// deletes nothing when done. Until then claimed_until keeps the lane busy.
	_, err := tx.Exec(ctx, `
		INSERT INTO outbox (lane, seq, class, kind, grp, slot, body, due_at, expires_at)
		VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM outbox WHERE lane = ?), ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (lane, slot) DO UPDATE SET
			class = excluded.class, kind = excluded.kind, grp = excluded.grp, body = excluded.body,
			due_at = excluded.due_at, expires_at = excluded.expires_at,
			claimed_by = '', attempts = 0, unsure = 0, again = 0`,
		it.Lane, it.Lane, int64(it.Class), it.Kind, flag(it.Group), orNull(it.Slot), it.Body, db.Ms(due), msOrZero(expires))
	if err != nil {
		return fmt.Errorf("put outbox item: %w", err)
	}
	return nil
}

// Withdraw removes what is undelivered of one class in a lane. What is under way
// at this moment is not tried again.
func Withdraw(ctx context.Context, tx *db.Tx, lane string, class Class) error {
	now := db.Ms(tx.Now)
	if _, err := tx.Exec(ctx, `DELETE FROM outbox WHERE lane = ? AND class = ? AND claimed_until < ?`, lane, int64(class), now); err != nil {
		return fmt.Errorf("withdraw outbox items: %w", err)
	}
	// Its row stays until it has landed, so that a cover knows to follow it.
	if _, err := tx.Exec(ctx, `UPDATE outbox SET expires_at = ? WHERE lane = ? AND class = ?`, now, lane, int64(class)); err != nil {
		return fmt.Errorf("withdraw outbox items: %w", err)
	}
	return nil
}

// Forget removes everything of a lane, dead letters too.
func Forget(ctx context.Context, tx *db.Tx, lane string) error {
	for _, q := range []string{`DELETE FROM outbox WHERE lane = ?`, `DELETE FROM dead_letters WHERE lane = ?`} {
		if _, err := tx.Exec(ctx, q, lane); err != nil {
			return fmt.Errorf("forget outbox lane: %w", err)
		}
	}
	return nil
}

// Close removes what a destination that is closed to us will never get. Covers
// and deletes stay: it may open again.
func Close(ctx context.Context, tx *db.Tx, lane string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM outbox WHERE lane = ? AND class > ?`, lane, int64(Delete)); err != nil {
		return fmt.Errorf("close outbox lane: %w", err)
	}
	return nil
}

// Wake makes what waits for a closed destination due now.
func Wake(ctx context.Context, tx *db.Tx, lane string) error {
	now := db.Ms(tx.Now)
	if _, err := tx.Exec(ctx, `UPDATE outbox SET due_at = ? WHERE lane = ? AND class <= ? AND due_at > ?`, now, lane, int64(Delete), now); err != nil {
		return fmt.Errorf("wake outbox lane: %w", err)
	}
	return nil
}

// Purge removes dead letters and traces that are too old to be of use.
func Purge(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM dead_letters WHERE at < ?`, db.Ms(tx.Now.Add(-letterLife))); err != nil {
		return fmt.Errorf("purge dead letters: %w", err)
	}
	// What could be tidied is tidied or marked by then; a mark is kept until told.
	_, err := tx.Exec(ctx, `DELETE FROM tidy WHERE left_behind = 0 AND until < ? OR left_behind = 1 AND until < ?`,
		db.Ms(tx.Now.Add(tidyUntil-tidyGone)), db.Ms(tx.Now))
	if err != nil {
		return fmt.Errorf("purge traces: %w", err)
	}
	return nil
}

// State is how the outbox stands, for health and metrics.
type State struct {
	Waiting int64         // items
	Oldest  time.Duration // how long the oldest of them is due
	Dead    int64         // dead letters
}

// Look counts what waits.
func Look(ctx context.Context, tx *db.Tx) (State, error) {
	var r struct {
		N      int64 `db:"n"`
		Oldest int64 `db:"oldest"`
		Dead   int64 `db:"dead"`
	}
	now := db.Ms(tx.Now)
	err := tx.Get(ctx, &r, `SELECT count(*) AS n, coalesce(min(due_at), 0) AS oldest,
		(SELECT count(*) FROM dead_letters) AS dead FROM outbox`)
	if err != nil {
		return State{}, fmt.Errorf("look at outbox: %w", err)
	}
	s := State{Waiting: r.N, Dead: r.Dead}
	if r.N > 0 && r.Oldest < now {
		s.Oldest = time.Duration(now-r.Oldest) * time.Millisecond
	}
	return s, nil
}

// row is an item as it stands in the table, and the claim on it.
type row struct {
	Lane    string         `db:"lane"`
	Seq     int64          `db:"seq"`
	Class   int64          `db:"class"`
	Kind    string         `db:"kind"`
	Grp     int64          `db:"grp"`
	Slot    sql.NullString `db:"slot"`
	Body    []byte         `db:"body"`
	Due     int64          `db:"due_at"`
	Expires int64          `db:"expires_at"`
	Tries   int64          `db:"attempts"`

	by    string // the claim
	until int64
}

func (r row) item() Item {
	it := Item{Lane: r.Lane, Seq: r.Seq, Class: Class(r.Class), Kind: r.Kind, Group: r.Grp != 0, Slot: r.Slot.String,
		Body: r.Body, Due: time.UnixMilli(r.Due).UTC(), Tries: max(0, int(r.Tries)-1)}
	if r.Expires != 0 {
		it.Expires = time.UnixMilli(r.Expires).UTC()
	}
	return it
}

// sweep drops what came too late, and answers what it was.
func sweep(ctx context.Context, tx *db.Tx) (late []row, err error) {
	now := db.Ms(tx.Now)
	err = tx.Select(ctx, &late, `DELETE FROM outbox WHERE expires_at > 0 AND expires_at <= ? AND claimed_until < ?
		RETURNING class, kind`, now, now)
	if err != nil {
		return nil, fmt.Errorf("drop late outbox items: %w", err)
	}
	return late, nil
}

// heads answers what may leave now: of each lane the lowest (class, seq) among
// those that are due or were tried, when nothing of the lane is under way. A
// cover leaves beside anything but a cover, a delete beside anything but those
// two; only a cover that leaves for the second time waits for all.
func heads(ctx context.Context, tx *db.Tx, limit int) ([]row, error) {
	var rows []row
	now := db.Ms(tx.Now)
	// Going from lane to lane by the index costs a step a lane; looking at every
	// item would cost a step an item, and after an outage there are many.
	err := tx.Select(ctx, &rows, `
		WITH RECURSIVE lanes (lane) AS (
			SELECT min(lane) FROM outbox
			UNION ALL
			SELECT (SELECT min(n.lane) FROM outbox n WHERE n.lane > lanes.lane) FROM lanes WHERE lanes.lane IS NOT NULL
		), heads (lane, seq) AS (
			SELECT lanes.lane, (
				SELECT b.seq FROM outbox b
				WHERE b.lane = lanes.lane AND (b.due_at <= ? OR b.attempts > 0) AND (b.expires_at = 0 OR b.expires_at > ?)
				ORDER BY b.class, b.seq LIMIT 1)
			FROM lanes WHERE lanes.lane IS NOT NULL
		)
		SELECT o.lane, o.seq, o.class, o.kind, o.grp, o.due_at
		FROM heads JOIN outbox o ON o.lane = heads.lane AND o.seq = heads.seq
		WHERE o.due_at <= ? AND o.claimed_until < ? AND NOT EXISTS (
			SELECT 1 FROM outbox f
			WHERE f.lane = o.lane AND f.claimed_until > 0 AND f.claimed_until >= ? AND f.seq <> o.seq
				AND (o.class > ? OR f.class <= o.class OR o.again = 2))
		ORDER BY o.class, o.due_at, o.lane LIMIT ?`,
		now, now, now, now, now, int64(Delete), limit)
	if err != nil {
		return nil, fmt.Errorf("find outbox heads: %w", err)
	}
	return rows, nil
}

// claim takes one item for a while, unless somebody else has it. It notes
// whether a cover leaves beside something else, because then it must leave again.
func claim(ctx context.Context, tx *db.Tx, lane string, seq int64, life time.Duration) (row, bool, error) {
	now := db.Ms(tx.Now)
	r := row{Lane: lane, Seq: seq}
	by, until := rand.Text(), db.Ms(tx.Now.Add(life))
	err := tx.Get(ctx, &r, `
		UPDATE outbox SET claimed_until = ?, claimed_by = ?, attempts = attempts + 1,
			again = CASE WHEN class = ? AND EXISTS (
				SELECT 1 FROM outbox f WHERE f.lane = outbox.lane AND f.class > ? AND f.claimed_until >= ?) THEN 1 ELSE 0 END
		WHERE lane = ? AND seq = ? AND claimed_until < ? AND due_at <= ?
		RETURNING class, kind, grp, slot, body, due_at, expires_at, attempts`,
		until, by, int64(Cover), int64(Delete), now, lane, seq, now, now)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, false, nil
	}
	if err != nil {
		return row{}, false, fmt.Errorf("claim outbox item: %w", err)
	}
	r.by, r.until = by, until
	return r, true, nil
}

// delivered removes an item that arrived, or keeps a cover that must leave again.
func delivered(ctx context.Context, tx *db.Tx, r row) error {
	n, err := tx.Exec(ctx, `DELETE FROM outbox WHERE lane = ? AND seq = ? AND claimed_by = ? AND again = 0`, r.Lane, r.Seq, r.by)
	if err == nil && n == 0 {
		n, err = tx.Exec(ctx, `UPDATE outbox SET claimed_until = 0, claimed_by = '', attempts = 0, due_at = ?, again = 2
			WHERE lane = ? AND seq = ? AND claimed_by = ?`, db.Ms(tx.Now), r.Lane, r.Seq, r.by)
	}
	return landed(ctx, tx, r, n, err)
}

// postponed gives an item back, to be tried again.
func postponed(ctx context.Context, tx *db.Tx, r row, after time.Duration, tries int64, unsure bool) error {
	n, err := tx.Exec(ctx, `UPDATE outbox SET claimed_until = 0, claimed_by = '', due_at = ?, attempts = ?, unsure = unsure + ?
		WHERE lane = ? AND seq = ? AND claimed_by = ?`,
		db.Ms(tx.Now.Add(after)), tries, flag(unsure), r.Lane, r.Seq, r.by)
	return landed(ctx, tx, r, n, err)
}

// buried turns an item into a dead letter.
func buried(ctx context.Context, tx *db.Tx, r row, code int) error {
	var sealed []byte
	err := tx.Get(ctx, &sealed, `DELETE FROM outbox WHERE lane = ? AND seq = ? AND claimed_by = ? RETURNING body`, r.Lane, r.Seq, r.by)
	if errors.Is(err, sql.ErrNoRows) {
		return landed(ctx, tx, r, 0, nil)
	}
	if err != nil {
		return landed(ctx, tx, r, 0, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO dead_letters (id, lane, class, kind, code, body, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		rand.Text(), r.Lane, r.Class, r.Kind, code, sealed, db.Minute(tx.Now))
	return landed(ctx, tx, r, 1, err)
}

// dropped removes an item that nobody wants any more.
func dropped(ctx context.Context, tx *db.Tx, r row) error {
	n, err := tx.Exec(ctx, `DELETE FROM outbox WHERE lane = ? AND seq = ? AND claimed_by = ?`, r.Lane, r.Seq, r.by)
	return landed(ctx, tx, r, n, err)
}

// landed ends a settling. When the item was replaced in its slot meanwhile,
// its claim was cleared, and the lane is free for the new one only now.
func landed(ctx context.Context, tx *db.Tx, r row, n int64, err error) error {
	if err == nil && n == 0 {
		_, err = tx.Exec(ctx, `UPDATE outbox SET claimed_until = 0 WHERE lane = ? AND seq = ? AND claimed_by = '' AND claimed_until = ?`,
			r.Lane, r.Seq, r.until)
	}
	if err != nil {
		return fmt.Errorf("settle outbox item: %w", err)
	}
	return nil
}

// lostTries is how often the answer to a delivery was lost.
func lostTries(ctx context.Context, tx *db.Tx, r row) (n int64, err error) {
	err = tx.Get(ctx, &n, `SELECT unsure FROM outbox WHERE lane = ? AND seq = ? AND claimed_by = ?`, r.Lane, r.Seq, r.by)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read outbox item: %w", err)
	}
	return n, nil
}

// Lease takes or renews a name for holder and tells whether it is the holder's
// now. It belongs to somebody else only after it ran out, or when it runs longer
// than anybody takes it: then it was taken while a clock was wrong.
func Lease(ctx context.Context, tx *db.Tx, name, holder string, life time.Duration) (bool, error) {
	n, err := tx.Exec(ctx, `
		INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
		WHERE leases.holder = excluded.holder OR leases.expires_at < ? OR leases.expires_at > ?`,
		name, holder, db.Ms(tx.Now.Add(life)), db.Ms(tx.Now), db.Ms(tx.Now.Add(leaseAstray)))
	if err != nil {
		return false, fmt.Errorf("take lease: %w", err)
	}
	return n == 1, nil
}

// Release gives a lease back, so that another need not wait for it.
func Release(ctx context.Context, tx *db.Tx, name, holder string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM leases WHERE name = ? AND holder = ?`, name, holder); err != nil {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// Carried tells whether a process is carrying at present.
func Carried(ctx context.Context, tx *db.Tx) (bool, error) {
	var n int
	if err := tx.Get(ctx, &n, `SELECT count(*) FROM leases WHERE name = ? AND expires_at >= ?`, leaseName, db.Ms(tx.Now)); err != nil {
		return false, fmt.Errorf("read lease: %w", err)
	}
	return n > 0, nil
}

// unclaim frees what a process that is no more had under way.
func unclaim(ctx context.Context, tx *db.Tx) error {
	if _, err := tx.Exec(ctx, `UPDATE outbox SET claimed_until = 0, claimed_by = '' WHERE claimed_until > 0`); err != nil {
		return fmt.Errorf("free outbox items: %w", err)
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func msOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Ms(t)
}

type timerRow struct {
	Name string `db:"name"`
	Lane string `db:"lane"`
	Due  int64  `db:"due_at"`
	Body []byte `db:"body"`
}

func setTimer(ctx context.Context, tx *db.Tx, name, lane string, due int64, body []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO timers (name, lane, due_at, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (name, lane) DO UPDATE SET due_at = excluded.due_at, body = excluded.body`, name, lane, due, body)
	if err != nil {
		return fmt.Errorf("set timer: %w", err)
	}
	return nil
}

func timerBody(ctx context.Context, tx *db.Tx, name, lane string) (body []byte, ok bool, err error) {
	err = tx.Get(ctx, &body, `SELECT body FROM timers WHERE name = ? AND lane = ?`, name, lane)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read timer: %w", err)
	}
	return body, true, nil
}

func dropTimer(ctx context.Context, tx *db.Tx, name, lane string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM timers WHERE name = ? AND lane = ?`, name, lane); err != nil {
		return fmt.Errorf("stop timer: %w", err)
	}
	return nil
}

// dueTimers answers a page of the timers whose minute has come, after one of them.
func dueTimers(ctx context.Context, tx *db.Tx, name string, after timerRow, limit int) (out []timerRow, err error) {
	err = tx.Select(ctx, &out, `SELECT name, lane, due_at, body FROM timers
		WHERE name = ? AND due_at <= ? AND (due_at > ? OR due_at = ? AND lane > ?) ORDER BY due_at, lane LIMIT ?`,
		name, db.Ms(tx.Now), after.Due, after.Due, after.Lane, limit)
	if err != nil {
		return nil, fmt.Errorf("find due timers: %w", err)
	}
	return out, nil
}

func astrayTimers(ctx context.Context, tx *db.Tx, name string, beyond int64, limit int) (out []timerRow, err error) {
	err = tx.Select(ctx, &out, `SELECT name, lane, due_at, body FROM timers WHERE name = ? AND due_at > ? ORDER BY due_at, lane LIMIT ?`,
		name, beyond, limit)
	if err != nil {
		return nil, fmt.Errorf("find timers far ahead: %w", err)
	}
	return out, nil
}

func allTimers(ctx context.Context, tx *db.Tx) (out []timerRow, err error) {
	if err := tx.Select(ctx, &out, `SELECT name, lane, due_at, body FROM timers ORDER BY name, lane`); err != nil {
		return nil, fmt.Errorf("read timers: %w", err)
	}
	return out, nil
}

func insertTrace(ctx context.Context, tx *db.Tx, id, lane string, due, until int64, body []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO tidy (id, lane, due_at, until, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		id, lane, due, until, body)
	if err != nil {
		return fmt.Errorf("insert trace: %w", err)
	}
	return nil
}

func dropTrace(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM tidy WHERE id = ?`, id); err != nil {
		return fmt.Errorf("drop trace: %w", err)
	}
	return nil
}

func traceBody(ctx context.Context, tx *db.Tx, id string) (body []byte, ok bool, err error) {
	err = tx.Get(ctx, &body, `SELECT body FROM tidy WHERE id = ?`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read trace: %w", err)
	}
	return body, true, nil
}

// markTrace keeps of a trace only that something stayed, and in which lane.
func markTrace(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE tidy SET left_behind = 1, body = ?, until = ? WHERE id = ?`,
		[]byte{}, db.Minute(tx.Now.Add(toldFor)), id)
	if err != nil {
		return fmt.Errorf("mark trace: %w", err)
	}
	return nil
}

func postponeTrace(ctx context.Context, tx *db.Tx, id string, due int64) error {
	if _, err := tx.Exec(ctx, `UPDATE tidy SET due_at = ?, tries = tries + 1 WHERE id = ?`, due, id); err != nil {
		return fmt.Errorf("postpone trace: %w", err)
	}
	return nil
}

func dueTraces(ctx context.Context, tx *db.Tx, limit int) (out []struct {
	ID    string `db:"id"`
	Lane  string `db:"lane"`
	Until int64  `db:"until"`
	Body  []byte `db:"body"`
}, err error) {
	// What is due further ahead than any trace can be was written while the clock was
	// wrong: taking it away now is early, and waiting would be too late.
	err = tx.Select(ctx, &out, `SELECT id, lane, until, body FROM tidy
		WHERE left_behind = 0 AND (due_at <= ? OR due_at > ?) ORDER BY due_at, id LIMIT ?`,
		db.Ms(tx.Now), db.Ms(tx.Now.Add(tidyAfter)), limit)
	if err != nil {
		return nil, fmt.Errorf("find due traces: %w", err)
	}
	return out, nil
}

func hurryTraces(ctx context.Context, tx *db.Tx, lane string) error {
	if _, err := tx.Exec(ctx, `UPDATE tidy SET due_at = ? WHERE lane = ? AND left_behind = 0`, db.Ms(tx.Now), lane); err != nil {
		return fmt.Errorf("hurry traces: %w", err)
	}
	return nil
}

func countMarked(ctx context.Context, tx *db.Tx, lane string) (n int, err error) {
	if err := tx.Get(ctx, &n, `SELECT count(*) FROM tidy WHERE lane = ? AND left_behind = 1`, lane); err != nil {
		return 0, fmt.Errorf("count left traces: %w", err)
	}
	return n, nil
}

func dropMarked(ctx context.Context, tx *db.Tx, lane string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM tidy WHERE lane = ? AND left_behind = 1`, lane); err != nil {
		return fmt.Errorf("forget left traces: %w", err)
	}
	return nil
}

func tidyState(ctx context.Context, tx *db.Tx) (waiting int64, oldest time.Duration, err error) {
	var r struct {
		N   int64 `db:"n"`
		Due int64 `db:"due"`
	}
	// until tells when it was written, whatever it was postponed to.
	err = tx.Get(ctx, &r, `SELECT count(*) AS n, coalesce(min(until), 0) AS due FROM tidy WHERE left_behind = 0 AND until <= ?`,
		db.Ms(tx.Now.Add(tidyUntil-tidyAfter)))
	if err != nil {
		return 0, 0, fmt.Errorf("look at traces: %w", err)
	}
	if r.N > 0 {
		oldest = tx.Now.Sub(time.UnixMilli(r.Due)) + tidyUntil
	}
	return r.N, oldest, nil
}
