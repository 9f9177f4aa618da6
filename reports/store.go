package reports

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/offercheck/offercheck/reports/db"
)

// staff is who can read, as one transaction saw it.
type staff struct {
	operator string              // the operator's file: which hotlines there are, and rows of the routing table
	readers  map[string][]Member // active members by hotline
}

// The settings of this room.
const (
	operatorSetting = "hotlines" // the operator's file
	doorSetting     = "door"     // the danger door
)

// loadStaff reads the hotlines that hold keys and their active members.
func loadStaff(ctx context.Context, tx *db.Tx) (staff, error) {
	s := staff{readers: map[string][]Member{}}
	var err error
	if s.operator, err = setting(ctx, tx, operatorSetting); err != nil {
		return s, err
	}
	var members []Member
	if err := tx.Select(ctx, &members, `SELECT id, hotline, state, reader, signer FROM members WHERE state = 'active' ORDER BY id`); err != nil {
		return s, fmt.Errorf("read members: %w", err)
	}
	for _, m := range members {
		s.readers[m.Hotline] = append(s.readers[m.Hotline], m)
	}
	return s, nil
}

// setting is what the operator set, "" for nothing.
func setting(ctx context.Context, tx *db.Tx, name string) (value string, err error) {
	if err := tx.Get(ctx, &value, `SELECT coalesce(max(value), '') FROM settings WHERE name = ?`, name); err != nil {
		return "", fmt.Errorf("read setting: %w", err)
	}
	return value, nil
}

func saveSetting(ctx context.Context, tx *db.Tx, name, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("save setting: %w", err)
	}
	return nil
}

func saveMember(ctx context.Context, tx *db.Tx, m Member, inviteHash string, until time.Time, wrapped []byte) error {
	at := int64(0)
	if !until.IsZero() {
		at = db.Ms(until)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO members (id, hotline, state, reader, signer, invite, invite_at, wrapped) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, reader = excluded.reader, signer = excluded.signer,
			invite = excluded.invite, invite_at = excluded.invite_at, wrapped = excluded.wrapped`,
		m.ID, m.Hotline, m.State, m.Reader, m.Signer, inviteHash, at, wrapped)
	if err != nil {
		return fmt.Errorf("save member: %w", err)
	}
	return nil
}

// invited finds the member a one-time link belongs to; none when it ended or
// was used.
func invited(ctx context.Context, tx *db.Tx, hash string) (Member, bool, error) {
	var m Member
	err := tx.Get(ctx, &m, `SELECT id, hotline, state, reader, signer FROM members
		WHERE invite = ? AND state = 'invited' AND invite_at > ?`, hash, db.Ms(tx.Now))
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("find invitation: %w", err)
	}
	return m, true, nil
}

// revoke takes a member's wraps away at once.
func revoke(ctx context.Context, tx *db.Tx, id string) error {
	n, err := tx.Exec(ctx, `UPDATE members SET state = 'revoked', invite = '', wrapped = NULL WHERE id = ?`, id)
	if err == nil && n == 0 {
		return fmt.Errorf("revoke member: there is no member %s", id)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM wraps WHERE member = ?`, id)
	}
	if err != nil {
		return fmt.Errorf("revoke member: %w", err)
	}
	return nil
}

func insertCase(ctx context.Context, tx *db.Tx, s Sealed, reporter, taps string) error {
	o, f := s.open, s.draft.Facts
	_, err := tx.Exec(ctx, `
		INSERT INTO cases (code, rev, kind, schema, rules, priority, hotline, country, lang, state, opened_at, touched_at, taps, public, reporter)
		VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		o.Code, s.draft.Kind, schema, s.version, o.Priority, o.Hotline, f.Country, s.draft.Lang, string(Received),
		hour(tx.Now), hour(tx.Now), taps, o.Public, reporter)
	if err != nil {
		return fmt.Errorf("insert case: %w", err)
	}
	return nil
}

// touchCase writes what a later turn changed. It answers ErrGone for a case that
// is no more.
func touchCase(ctx context.Context, tx *db.Tx, s Sealed, taps string) error {
	o, f := s.open, s.draft.Facts
	n, err := tx.Exec(ctx, `
		UPDATE cases SET rev = rev + 1, touched_at = ?, priority = CASE WHEN priority > ? THEN ? ELSE priority END,
			hotline = ?, country = CASE WHEN ? = '' THEN country ELSE ? END, taps = ?,
			state = CASE WHEN state = ? THEN ? ELSE state END
		WHERE code = ?`,
		hour(tx.Now), o.Priority, o.Priority, o.Hotline, f.Country, f.Country, taps, string(Closed), string(Received), o.Code)
	if err != nil {
		return fmt.Errorf("update case: %w", err)
	}
	if n == 0 {
		return ErrGone
	}
	return nil
}

// blankTaps forgets the taps of a talk that ended by itself.
func blankTaps(ctx context.Context, tx *db.Tx, code string) error {
	if _, err := tx.Exec(ctx, `UPDATE cases SET taps = '' WHERE code = ?`, code); err != nil {
		return fmt.Errorf("blank taps: %w", err)
	}
	return nil
}

func insertParts(ctx context.Context, tx *db.Tx, code string, parts [][]byte) error {
	for _, p := range parts {
		_, err := tx.Exec(ctx, `
			INSERT INTO parts (code, n, size, body) VALUES (?, (SELECT coalesce(max(n), 0) + 1 FROM parts WHERE code = ?), ?, ?)`,
			code, code, sizeClass(p), p)
		if err != nil {
			return fmt.Errorf("insert part: %w", err)
		}
	}
	return nil
}

// insertWraps adds wraps, but none for a member who left meanwhile.
func insertWraps(ctx context.Context, tx *db.Tx, code string, wraps map[string][]byte) error {
	if len(wraps) == 0 {
		return nil
	}
	for _, member := range slices.Sorted(maps.Keys(wraps)) {
		_, err := tx.Exec(ctx, `INSERT INTO wraps (code, member, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, code, member, wraps[member])
		if err != nil {
			return fmt.Errorf("insert wrap: %w", err)
		}
	}
	_, err := tx.Exec(ctx, `DELETE FROM wraps WHERE code = ? AND member <> ? AND member NOT IN (SELECT id FROM members WHERE state = 'active')`,
		code, escrow)
	if err != nil {
		return fmt.Errorf("insert wrap: %w", err)
	}
	return nil
}

func insertTokens(ctx context.Context, tx *db.Tx, code, hotline string, tokens [][]byte) error {
	for _, t := range tokens {
		_, err := tx.Exec(ctx, `INSERT INTO tokens (token, hotline, code) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, t, hotline, code)
		if err != nil {
			return fmt.Errorf("insert token: %w", err)
		}
	}
	return nil
}

// replaceMailboxes gives a case the ways back just chosen and takes the ones it
// had, with the letters in them, away.
func replaceMailboxes(ctx context.Context, tx *db.Tx, code string, boxes []mailbox) error {
	if _, err := tx.Exec(ctx, `DELETE FROM mailboxes WHERE code = ?`, code); err != nil {
		return fmt.Errorf("replace mailboxes: %w", err)
	}
	for _, b := range boxes {
		_, err := tx.Exec(ctx, `INSERT INTO mailboxes (id, code, public, body) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET code = excluded.code, public = excluded.public, body = excluded.body`,
			b.id, code, b.public, b.body)
		if err != nil {
			return fmt.Errorf("insert mailbox: %w", err)
		}
	}
	return nil
}

// eraseCase removes a case with everything that belongs to it; a tombstone
// remains.
func eraseCase(ctx context.Context, tx *db.Tx, code, outcome string) error {
	var c struct {
		Kind   string `db:"kind"`
		Opened int64  `db:"opened_at"`
	}
	err := tx.Get(ctx, &c, `DELETE FROM cases WHERE code = ? RETURNING kind, opened_at`, code)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("erase case: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO tombstones (id, kind, month, outcome) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		tombstoneOf(code), c.Kind, time.UnixMilli(c.Opened).UTC().Format("2006-01"), outcome)
	if err != nil {
		return fmt.Errorf("leave tombstone: %w", err)
	}
	return nil
}

const caseColumns = `code, rev, kind, priority, hotline, country, lang, state, opened_at, touched_at, hold, public`

func caseByCode(ctx context.Context, tx *db.Tx, code string) (Case, error) {
	var c Case
	err := tx.Get(ctx, &c, `SELECT `+caseColumns+` FROM cases WHERE code = ?`, code)
	if errors.Is(err, sql.ErrNoRows) {
		return c, ErrGone
	}
	if err != nil {
		return c, fmt.Errorf("read case: %w", err)
	}
	return c, nil
}

// reporterOf is the name under which whoever made a case is counted.
func reporterOf(ctx context.Context, tx *db.Tx, code string) (reporter string, err error) {
	if err := tx.Get(ctx, &reporter, `SELECT reporter FROM cases WHERE code = ?`, code); err != nil {
		return "", fmt.Errorf("read case: %w", err)
	}
	return reporter, nil
}

func casesOf(ctx context.Context, tx *db.Tx, hotline string, limit int) ([]Case, error) {
	var out []Case
	err := tx.Select(ctx, &out, `SELECT `+caseColumns+` FROM cases WHERE (? = '' OR hotline = ?) AND state <> ?
		ORDER BY priority, opened_at, code LIMIT ?`, hotline, hotline, string(Closed), limit)
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	return out, nil
}

// reads says whether one of those who have a wrap still reads.
func (s staff) reads(wrapped []string) bool {
	for _, all := range s.readers {
		for _, m := range all {
			if slices.Contains(wrapped, m.ID) {
				return true
			}
		}
	}
	return slices.Contains(wrapped, escrow)
}

func setState(ctx context.Context, tx *db.Tx, code string, to State, from ...State) error {
	q, args := `UPDATE cases SET state = ?, rev = rev + 1, touched_at = ? WHERE code = ?`, []any{string(to), hour(tx.Now), code}
	for i, f := range from {
		q += map[bool]string{true: ` AND state IN (?`, false: `, ?`}[i == 0]
		args = append(args, string(f))
	}
	if len(from) > 0 {
		q += `)`
	}
	if _, err := tx.Exec(ctx, q, args...); err != nil {
		return fmt.Errorf("set state: %w", err)
	}
	return nil
}

func setHold(ctx context.Context, tx *db.Tx, code string, hold bool) error {
	n, err := tx.Exec(ctx, `UPDATE cases SET hold = ?, rev = rev + 1 WHERE code = ?`, map[bool]int64{true: 1}[hold], code)
	if err == nil && n == 0 {
		return ErrGone
	}
	if err != nil {
		return fmt.Errorf("hold case: %w", err)
	}
	return nil
}

func partsOf(ctx context.Context, tx *db.Tx, code string) ([]storedPart, error) {
	var out []storedPart
	if err := tx.Select(ctx, &out, `SELECT n, body FROM parts WHERE code = ? ORDER BY n`, code); err != nil {
		return nil, fmt.Errorf("read parts: %w", err)
	}
	return out, nil
}

func wrapsOf(ctx context.Context, tx *db.Tx, code string) ([][]byte, error) {
	var out [][]byte
	if err := tx.Select(ctx, &out, `SELECT body FROM wraps WHERE code = ? ORDER BY member`, code); err != nil {
		return nil, fmt.Errorf("read wraps: %w", err)
	}
	return out, nil
}

// storedPart is a part as it lies in the table.
type storedPart struct {
	N    int64  `db:"n"`
	Body []byte `db:"body"`
}

func mailboxByID(ctx context.Context, tx *db.Tx, id string) (box struct {
	Code string `db:"code"`
	Body []byte `db:"body"`
}, ok bool, err error) {
	err = tx.Get(ctx, &box, `SELECT code, body FROM mailboxes WHERE id = ?`, id)
	if errors.Is(err, sql.ErrNoRows) {
		return box, false, nil
	}
	if err != nil {
		return box, false, fmt.Errorf("find mailbox: %w", err)
	}
	return box, true, nil
}

// mailboxesOf are the mailboxes of a case.
func mailboxesOf(ctx context.Context, tx *db.Tx, code string) (boxes []struct {
	ID     string `db:"id"`
	Public string `db:"public"`
}, err error) {
	if err := tx.Select(ctx, &boxes, `SELECT id, public FROM mailboxes WHERE code = ?`, code); err != nil {
		return nil, fmt.Errorf("find mailboxes: %w", err)
	}
	return boxes, nil
}

func insertLetter(ctx context.Context, tx *db.Tx, box string, body []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO letters (id, mailbox, n, at, body)
		VALUES (?, ?, (SELECT coalesce(max(n), 0) + 1 FROM letters WHERE mailbox = ?), ?, ?)`, rand.Text(), box, box, hour(tx.Now), body)
	if err != nil {
		return fmt.Errorf("insert letter: %w", err)
	}
	return nil
}

// mostLetters is how many letters of a mailbox are read, the latest: a pop-up has
// five seconds.
const mostLetters = 60

func lettersOf(ctx context.Context, tx *db.Tx, box string) ([][]byte, error) {
	var out [][]byte
	err := tx.Select(ctx, &out, `SELECT body FROM (SELECT n, body FROM letters WHERE mailbox = ? ORDER BY n DESC LIMIT ?) AS latest ORDER BY n`, box, mostLetters)
	if err != nil {
		return nil, fmt.Errorf("read letters: %w", err)
	}
	return out, nil
}

// dayOf is the window of what is limited by the day.
func dayOf(t time.Time) int64 { return db.Ms(t.Truncate(24 * time.Hour)) }

// count adds one to what somebody tried in a window and answers how often it
// was tried.
func count(ctx context.Context, tx *db.Tx, who string, window int64) (int, error) {
	var n int
	err := tx.Get(ctx, &n, `INSERT INTO tries (who, day, n) VALUES (?, ?, 1)
		ON CONFLICT (who, day) DO UPDATE SET n = tries.n + 1 RETURNING n`, who, window)
	if err != nil {
		return 0, fmt.Errorf("count tries: %w", err)
	}
	return n, nil
}

// related counts the other cases of a hotline that name one of the same values.
func related(ctx context.Context, tx *db.Tx, hotline, code string, most int) (n int, err error) {
	err = tx.Get(ctx, &n, `SELECT count(*) FROM (SELECT DISTINCT o.code FROM tokens t
		JOIN tokens o ON o.token = t.token AND o.hotline = t.hotline AND o.code <> t.code
		WHERE t.code = ? AND t.hotline = ? LIMIT ?) AS linked`, code, hotline, most)
	if err != nil {
		return 0, fmt.Errorf("count related cases: %w", err)
	}
	return n, nil
}

func insertChunk(ctx context.Context, tx *db.Tx, code, file string, n int, body []byte) error {
	if _, err := caseByCode(ctx, tx, code); err != nil {
		return err // erased meanwhile
	}
	_, err := tx.Exec(ctx, `INSERT INTO chunks (code, file, n, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (code, file, n) DO UPDATE SET body = excluded.body`, code, file, n, body)
	if err != nil {
		return fmt.Errorf("insert chunk: %w", err)
	}
	return nil
}

func chunkOf(ctx context.Context, tx *db.Tx, code, file string, n int) (body []byte, err error) {
	err = tx.Get(ctx, &body, `SELECT body FROM chunks WHERE code = ? AND file = ? AND n = ?`, code, file, n)
	if err != nil {
		return nil, fmt.Errorf("read chunk: %w", err)
	}
	return body, nil
}

// filesOf counts the files of a case and their sealed bytes.
func filesOf(ctx context.Context, tx *db.Tx, code string) (files int, size int64, err error) {
	var r struct {
		Files int   `db:"files"`
		Size  int64 `db:"size"`
	}
	err = tx.Get(ctx, &r, `SELECT count(DISTINCT file) AS files, coalesce(sum(length(body)), 0) AS size FROM chunks WHERE code = ?`, code)
	if err != nil {
		return 0, 0, fmt.Errorf("count files: %w", err)
	}
	return r.Files, r.Size, nil
}

func dropFile(ctx context.Context, tx *db.Tx, code, file string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM chunks WHERE code = ? AND file = ?`, code, file); err != nil {
		return fmt.Errorf("drop file: %w", err)
	}
	return nil
}

// expired lists the cases whose time is over.
func expired(ctx context.Context, tx *db.Tx, kind string, before time.Time, closedOnly bool) ([]string, error) {
	q := `SELECT code FROM cases WHERE kind = ? AND hold = 0 AND touched_at < ?`
	args := []any{kind, db.Ms(before)}
	if closedOnly {
		q, args = q+` AND state = ?`, append(args, string(Closed))
	}
	var out []string
	if err := tx.Select(ctx, &out, q, args...); err != nil {
		return nil, fmt.Errorf("find expired cases: %w", err)
	}
	return out, nil
}

func forgetTries(ctx context.Context, tx *db.Tx, days, hours time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM tries WHERE day < ? OR who LIKE ? AND day < ?`, db.Ms(days), hourly+"%", db.Ms(hours)); err != nil {
		return fmt.Errorf("forget tries: %w", err)
	}
	return nil
}

// forgetTry takes back what a right way counted.
func forgetTry(ctx context.Context, tx *db.Tx, who string, window int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM tries WHERE who = ? AND day = ?`, who, window); err != nil {
		return fmt.Errorf("forget tries: %w", err)
	}
	return nil
}
