package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/vault"
)

// mostTries is how many wrong ways one account may try in a day. Then it is
// answered as if nothing was found, the right way too; nobody else is held up.
const mostTries = 5

// Visit is what a way back leads to. Nothing found, too many tries and the
// watched order look alike to who asks; the fields are for the house.
type Visit struct {
	OK      bool
	Watched bool
	Slow    bool
	Code    string
	Kind    string
	Public  string // of the case, for adding to it
	Hotline string
	State   State

	Priority int
	Letters  []string
	Ends     time.Time         // when the case goes, zero when that is not near
	Opened   time.Time         // rounded down to the hour
	Says     map[string]string // what the hotline says of this state in its own words, by language
}

// letter is what a sealed letter holds.
type letter struct {
	At   int64  `json:"at"`
	Text string `json:"text"`
}

// note is what a sealed note of the house holds.
type note struct {
	At   int64  `json:"at"`
	Note string `json:"note"` // visited, watched, hold, hold ended, reply
	Text string `json:"text,omitempty"`
}

// Visit looks where the secret of a way back leads. account is who asks, by the
// day's tries only. The work is the same whatever is found.
func (k *Desk) Visit(ctx context.Context, account int64, secret string) (v Visit, err error) {
	who := k.v.Lane("way", strconv.FormatInt(account, 10))
	var tried int
	if err := k.d.Tx(ctx, func(tx *db.Tx) (err error) { tried, err = count(ctx, tx, who, dayOf(tx.Now)); return err }); err != nil {
		return v, fmt.Errorf("visit mailbox: %w", err)
	}
	box, err := k.v.Mailbox(ctx, secret)
	if err != nil {
		return v, fmt.Errorf("visit mailbox: %w", err)
	}
	var sealed [][]byte
	err = k.d.Tx(ctx, func(tx *db.Tx) error {
		v = Visit{}
		at, ok, err := mailboxByID(ctx, tx, box.ID)
		if err != nil {
			return err
		}
		if sealed, err = lettersOf(ctx, tx, box.ID); err != nil {
			return err
		}
		if tried > mostTries {
			v.Slow = true
			return nil
		}
		if !ok {
			return nil
		}
		c, err := caseByCode(ctx, tx, at.Code)
		if err != nil {
			return err
		}
		var is boxed
		if plain, err := box.Open(at.Body); err != nil || json.Unmarshal(plain, &is) != nil {
			return vault.ErrForged
		}
		v = Visit{OK: true, Watched: is.Watched, Code: c.Code, Kind: c.Kind, Public: c.Public, Hotline: c.Hotline, State: c.State, Priority: c.Priority, Opened: time.UnixMilli(c.Opened).UTC(), Ends: c.ends(tx.Now)}
		if v.Says, err = k.says(ctx, tx, c); err != nil {
			return err
		}
		// Both orders leave a note, so that both take as long.
		what := "visited"
		if v.Watched {
			what = "watched"
		}
		if err := k.leaveNote(ctx, tx, c, note{At: db.Ms(tx.Now), Note: what}); err != nil || v.Watched {
			return err
		}
		if err := forgetTry(ctx, tx, who, dayOf(tx.Now)); err != nil {
			return err
		}
		if len(sealed) > 0 {
			return setState(ctx, tx, c.Code, Reading, Waiting)
		}
		return nil
	})
	if err != nil {
		return v, fmt.Errorf("visit mailbox: %w", err)
	}
	if !v.OK || v.Watched {
		return v, nil
	}
	for _, s := range sealed {
		plain, err := box.Open(s)
		if err != nil {
			return v, fmt.Errorf("open letter: %w", err)
		}
		var l letter
		if err := json.Unmarshal(plain, &l); err != nil {
			return v, fmt.Errorf("open letter: %w", err)
		}
		v.Letters = append(v.Letters, l.Text)
	}
	return v, nil
}

// says is what a case's hotline wrote for its state.
func (k *Desk) says(ctx context.Context, tx *db.Tx, c Case) (map[string]string, error) {
	text, err := setting(ctx, tx, operatorSetting)
	if err != nil {
		return nil, err
	}
	t, err := k.tableOf(text)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	if r := t.Recipient(c.Hotline); r != nil {
		for lang, texts := range r.Says {
			out[lang] = texts[string(c.State)]
		}
	}
	return out, nil
}

// leaveNote seals a note of the house to a case.
func (k *Desk) leaveNote(ctx context.Context, tx *db.Tx, c Case, n note) error {
	plain, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("write note: %w", err)
	}
	body, err := sealed(c.Public, partNote, plain)
	if err != nil {
		return err
	}
	return insertParts(ctx, tx, c.Code, [][]byte{body})
}

// Reply puts a letter into the mailboxes of a case, sealed to each, and a copy
// into the case. Behind the watched order it is never shown. It answers false when the case has no mailbox: whoever wrote it
// set no way back, so no answer can reach them there.
func (k *Desk) Reply(ctx context.Context, code, text string) (bool, error) {
	var reached bool
	err := k.d.Tx(ctx, func(tx *db.Tx) error {
		c, err := caseByCode(ctx, tx, code)
		if err != nil {
			return err
		}
		boxes, err := mailboxesOf(ctx, tx, code)
		if err != nil {
			return err
		}
		reached = len(boxes) > 0
		if !reached {
			return nil
		}
		plain, err := json.Marshal(letter{At: db.Ms(tx.Now), Text: text})
		if err != nil {
			return fmt.Errorf("write letter: %w", err)
		}
		for _, b := range boxes {
			body, err := vault.SealPart(b.Public, plain)
			if err != nil {
				return fmt.Errorf("seal letter: %w", err)
			}
			if err := insertLetter(ctx, tx, b.ID, body); err != nil {
				return err
			}
		}
		if err := k.leaveNote(ctx, tx, c, note{At: db.Ms(tx.Now), Note: "reply", Text: text}); err != nil {
			return err
		}
		return setState(ctx, tx, code, Waiting)
	})
	if err != nil {
		return false, fmt.Errorf("reply to case: %w", err)
	}
	return reached, nil
}

// OnceADay says whether something is done for the first time today.
func (k *Desk) OnceADay(ctx context.Context, tx *db.Tx, what string) (bool, error) {
	n, err := count(ctx, tx, k.v.Lane("daily", what), dayOf(tx.Now))
	return n == 1, err
}
