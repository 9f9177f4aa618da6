package bot

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

const (
	// seenFor is how long an update is known: the messenger brings one again
	// for a day at most.
	seenFor = 48 * time.Hour
	// idleFor is how long a conversation is kept after its last turn. Its key
	// is destroyed within the day after.
	idleFor = 48 * time.Hour
	// mostShown is how many messages of ours a session remembers.
	mostShown = 200
)

// kept is what the sealed body of a session holds.
type kept struct {
	Chat    int64         `json:"chat"`
	At      int64         `json:"at"`            // exact, in milliseconds; the column knows the minute
	Bad     int           `json:"bad,omitempty"` // updates in a row that failed
	Session flows.Session `json:"session"`

	// Case is the report somebody is just writing.
	Case *reports.Open `json:"case,omitempty"`
	// After is the report of a talk that was covered because its time ran out, or of
	// a cry that was read late, for a few minutes: what was written before that, or
	// is of its album, and is read only now belongs to it.
	After *after `json:"after,omitempty"`

	Reading int64  `json:"reading,omitempty"` // the update whose files are being read
	Notice  int    `json:"notice,omitempty"`  // the message that says so
	Album   string `json:"album,omitempty"`   // the album it was said of
}

type after struct {
	Case  reports.Open `json:"case"`
	Until int64        `json:"until"`           // when the time ran out, in milliseconds
	Album string       `json:"album,omitempty"` // only what belongs to it, whenever it comes
}

// session is the row of a chat, locked until the transaction ends.
type session struct {
	key  string // HMAC of the chat id, and its lane
	rev  int64
	gone bool
	kept
}

// seen notes an update and tells whether it is new.
func seen(ctx context.Context, tx *db.Tx, id int64) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO updates (id, seen_at) VALUES (?, ?) ON CONFLICT DO NOTHING`, id, db.Minute(tx.Now))
	if err != nil {
		return false, fmt.Errorf("note update: %w", err)
	}
	return n == 1, nil
}

// noted tells whether an update is known, and notes nothing.
func noted(ctx context.Context, tx *db.Tx, id int64) (bool, error) {
	var n int
	if err := tx.Get(ctx, &n, `SELECT count(*) FROM updates WHERE id = ?`, id); err != nil {
		return false, fmt.Errorf("look for update: %w", err)
	}
	return n > 0, nil
}

// lock loads the session of a chat and holds its row. A body that cannot be
// read, because its key is gone, begins anew.
func lock(ctx context.Context, tx *db.Tx, v *vault.Vault, chat int64) (session, error) {
	s := session{key: v.Chat(chat)}
	var row struct {
		Rev  int64  `db:"rev"`
		Gone int64  `db:"gone"`
		Body []byte `db:"body"`
	}
	err := tx.Get(ctx, &row, `
		INSERT INTO sessions (chat, touched_at) VALUES (?, ?)
		ON CONFLICT (chat) DO UPDATE SET touched_at = excluded.touched_at
		RETURNING rev, gone, body`, s.key, db.Minute(tx.Now))
	if err != nil {
		return s, fmt.Errorf("lock session: %w", err)
	}
	s.rev, s.gone = row.Rev, row.Gone != 0
	if s.kept, err = openBody(v, tx.Now, s.key, row.Body); err != nil {
		return s, err
	}
	s.Chat = chat
	return s, nil
}

// openBody answers an empty body for one that is not there or not readable any
// more, and an error only for a vault that does not work.
func openBody(v *vault.Vault, now time.Time, key string, sealed []byte) (kept, error) {
	if sealed == nil {
		return kept{}, nil
	}
	plain, err := v.Open(now, "session "+key, sealed)
	if errors.Is(err, vault.ErrExpired) || errors.Is(err, vault.ErrForged) {
		return kept{}, nil
	}
	if err != nil {
		return kept{}, fmt.Errorf("read session: %w", err)
	}
	var k kept
	if json.Unmarshal(plain, &k) != nil {
		return kept{}, nil
	}
	return k, nil
}

// save writes a session that is locked.
func (s session) save(ctx context.Context, tx *db.Tx, v *vault.Vault) error {
	plain, err := json.Marshal(s.kept)
	if err != nil {
		return fmt.Errorf("write session: %w", err)
	}
	sealed, err := v.Seal(tx.Now, "session "+s.key, plain)
	if err != nil {
		return fmt.Errorf("write session: %w", err)
	}
	n, err := tx.Exec(ctx, `UPDATE sessions SET rev = rev + 1, body = ?, gone = ? WHERE chat = ? AND rev = ?`,
		sealed, bit(s.gone), s.key, s.rev)
	if err == nil && n != 1 {
		err = errors.New("it changed under its lock")
	}
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// forget removes a chat's session and everything that waits for it.
func forget(ctx context.Context, tx *db.Tx, key string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE chat = ?`, key); err != nil {
		return fmt.Errorf("forget session: %w", err)
	}
	return outbox.Forget(ctx, tx, key)
}

// left notes that a chat is closed to us, or open again. A danger talk in it ends:
// its card is covered as soon as that can be done.
func (b *Bot) left(ctx context.Context, tx *db.Tx, key string, gone bool) error {
	s, ok, err := lockKnown(ctx, tx, b.v, key)
	if err != nil {
		return err
	}
	if ok && s.Chat != 0 && gone && inDanger(s.Session) {
		if err := b.covered(ctx, tx, &s, false); err != nil {
			return err
		}
		s.gone = true
		if err := s.save(ctx, tx, b.v); err != nil {
			return err
		}
	} else if _, err := tx.Exec(ctx, `UPDATE sessions SET gone = ? WHERE chat = ?`, bit(gone), key); err != nil {
		return fmt.Errorf("note that chat is gone: %w", err)
	}
	if gone {
		return outbox.Close(ctx, tx, key)
	}
	if err := outbox.Hurry(ctx, tx, key); err != nil {
		return err
	}
	return outbox.Wake(ctx, tx, key)
}

// lockKnown loads and holds the session of a chat that is known by its name
// only; ok is false when there is none.
func lockKnown(ctx context.Context, tx *db.Tx, v *vault.Vault, key string) (s session, ok bool, err error) {
	s.key = key
	var row struct {
		Rev  int64  `db:"rev"`
		Gone int64  `db:"gone"`
		Body []byte `db:"body"`
	}
	// Writing the row locks it, in the same order as a turn does.
	err = tx.Get(ctx, &row, `UPDATE sessions SET gone = gone WHERE chat = ? RETURNING rev, gone, body`, key)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("lock session: %w", err)
	}
	s.rev, s.gone = row.Rev, row.Gone != 0
	s.kept, err = openBody(v, tx.Now, key, row.Body)
	return s, err == nil, err
}

// put queues one message for a chat.
func put(ctx context.Context, tx *db.Tx, v *vault.Vault, key string, out Out, it outbox.Item, delay time.Duration) error {
	plain, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	if it.Body, err = outbox.Seal(v, tx.Now, key, plain); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	it.Lane, it.Kind = key, Kind
	return outbox.Put(ctx, tx, it, delay)
}

// done writes down a delivery, in the transaction that removes its item.
func (b *Bot) done(ctx context.Context, tx *db.Tx, it outbox.Item, sent outbox.Sent) error {
	if it.Kind == KindEvidence {
		return b.sealedFile(ctx, tx, it)
	}
	return b.delivered(ctx, tx, it, sent)
}

// delivered writes the ids of messages that arrived into the session of their
// chat, and takes out those that were deleted. A chat that was forgotten
// meanwhile stays forgotten.
func (b *Bot) delivered(ctx context.Context, tx *db.Tx, it outbox.Item, sent outbox.Sent) error {
	var out Out
	if it.Kind != Kind || json.Unmarshal(it.Body, &out) != nil {
		return nil
	}
	s, ok, err := lockKnown(ctx, tx, b.v, it.Lane)
	if err != nil {
		return err
	}
	if len(out.Delete) > 0 {
		if err := b.tidied(ctx, tx, it.Lane, out, sent.Left); err != nil {
			return err
		}
	}
	if it.Class == outbox.Notice && sent.Message != 0 { // a sentence that was agreed does not stay either
		if err := b.remember(ctx, tx, it.Lane, out.Chat, sent.Message, true, 0); err != nil {
			return err
		}
	}
	if !ok || s.Chat == 0 { // nothing readable is there to add to
		return nil
	}
	opened := s.gone
	s.gone = false
	shown := slices.DeleteFunc(slices.Clone(s.Session.Shown), func(id int) bool {
		return slices.Contains(out.Delete, id) && !slices.Contains(sent.Left, id)
	})
	if sent.Message != 0 && !slices.Contains(shown, sent.Message) {
		shown = append(shown, sent.Message)
	}
	shown = shown[max(0, len(shown)-mostShown):]
	changed := opened || !slices.Equal(shown, s.Session.Shown)
	switch {
	case out.Notice && s.Reading == 0: // it came after the answer was known
		if err := takeAway(ctx, tx, b.v, s.key, Out{Chat: s.Chat, Delete: []int{sent.Message}}, it.Group, 0); err != nil {
			return err
		}
	case out.Notice:
		s.Notice, changed = sent.Message, true
	case s.Notice != 0 && slices.Contains(out.Delete, s.Notice):
		s.Notice, changed = 0, true
	}
	s.Session.Shown = shown
	if sent.Message != 0 && out.Edit == 0 && !it.Group && s.Session.Quiet { // a message of ours in a chat that must stay clean
		if err := b.remember(ctx, tx, s.key, s.Chat, sent.Message, true, 0); err != nil {
			return err
		}
	}
	if out.Then != nil && sent.Message != 0 && inDanger(s.Session) {
		if s.Session.Report.Card == 0 {
			s.Session.Report.Card, changed = sent.Message, true
		}
		card := *out.Then
		card.Edit = s.Session.Report.Card
		if err := put(ctx, tx, b.v, s.key, card, outbox.Item{Class: outbox.Danger, Group: it.Group}, 0); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	return s.save(ctx, tx, b.v)
}

// purge removes what nobody needs any more.
func purge(ctx context.Context, tx *db.Tx) error {
	for _, q := range []struct {
		sql    string
		before time.Duration
	}{
		{`DELETE FROM updates WHERE seen_at < ?`, seenFor},
		{`DELETE FROM sessions WHERE touched_at < ?`, idleFor},
	} {
		if _, err := tx.Exec(ctx, q.sql, db.Ms(tx.Now.Add(-q.before))); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
	}
	return outbox.Purge(ctx, tx)
}

// errKeys stops a start with keys that do not belong to the database.
var errKeys = errors.New("the keys in KEY_DIR are not those of this database: bring back the KEY_DIR it was first started with " +
	"(replicas all have the same), or begin with an empty database")

// lasting is the part of a fingerprint that tells the lasting keys; a database of
// an earlier version knows none.
const lasting = 2

// sameKeys makes sure that everybody on this database has the same keys. Day keys
// that were given up may be new ones, but not while another process still has
// the old.
func sameKeys(ctx context.Context, tx *db.Tx, single bool, keys string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('keys', ?) ON CONFLICT DO NOTHING`, keys); err != nil {
		return fmt.Errorf("compare keys: %w", err)
	}
	var known string
	if err := tx.Get(ctx, &known, `SELECT value FROM settings WHERE name = 'keys'`); err != nil {
		return fmt.Errorf("compare keys: %w", err)
	}
	if known == keys {
		return nil
	}
	ours, theirs := strings.Split(keys, "-"), strings.Split(known, "-")
	if ours[0] != theirs[0] || len(theirs) > lasting && len(ours) > lasting && ours[lasting] != theirs[lasting] {
		return errKeys
	}
	if !single {
		if busy, err := outbox.Carried(ctx, tx); err != nil {
			return err
		} else if busy {
			return errKeys
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE settings SET value = ? WHERE name = 'keys'`, keys); err != nil {
		return fmt.Errorf("compare keys: %w", err)
	}
	return nil
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// reference is a short code that stands in the log and in an apology, and says
// nothing else.
func reference() string { return rand.Text()[:6] }
