package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/outbox"
)

// Route is a safe contact as it was agreed, sealed by the house for itself and
// then to the case: who reads the case can hand it back, but neither read nor
// change it.
type Route struct {
	Chat     int64  `json:"chat"`
	From     string `json:"from"` // hh:mm by the place's clock
	To       string `json:"to"`
	Country  string `json:"country"`
	Sentence int    `json:"sentence"`
	Lang     string `json:"lang"`
	Agreed   int64  `json:"agreed"` // milliseconds
}

const (
	// contactLife is how long an agreement holds without any contact.
	contactLife = 14 * 24 * time.Hour
	// noticeLife is how long a notice may wait: later it is not sent at all.
	noticeLife = 10 * time.Minute
)

// Why a notice is not sent. The server obeys only what stands in the route.
var (
	ErrNoContact = errors.New("no contact was agreed for this case that still holds")
	ErrNotNow    = errors.New("the agreed hours are not now")
	ErrToday     = errors.New("one notice a day is sent, and today's was")
)

// Notify sends the one sentence that was agreed, silently, when that may be done
// now: inside the window by the place's clock, at most once a day, not after
// fourteen days without contact.
func (b *Bot) Notify(ctx context.Context, code string, sealed []byte) error {
	plain, err := b.Desk.OpenRoute(code, sealed)
	if err != nil {
		return ErrNoContact
	}
	var r Route
	if json.Unmarshal(plain, &r) != nil || r.Chat == 0 {
		return ErrNoContact
	}
	if err := b.leapt(ctx); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	err = b.d.Tx(ctx, func(tx *db.Tx) error {
		lane := b.v.Chat(r.Chat)
		// Only the latest agreement counts, and none outlives its case.
		at, ok, err := outbox.Timed(ctx, tx, b.v, timerContact, lane)
		if err != nil {
			return err
		}
		if !ok || string(at.Body) != strconv.FormatInt(r.Agreed, 10) || tx.Now.Sub(time.UnixMilli(r.Agreed)) > contactLife {
			return ErrNoContact
		}
		if there, err := b.Desk.There(ctx, tx, code); err != nil {
			return err
		} else if !there {
			return ErrNoContact
		}
		if s, ok, err := lockKnown(ctx, tx, b.v, lane); err != nil {
			return err
		} else if ok && inDanger(s.Session) {
			return ErrNotNow // the person is there; nothing new is sent into a talk
		}
		if !r.open(tx.Now) {
			return ErrNotNow
		}
		first, err := b.Desk.OnceADay(ctx, tx, "notice "+code)
		if err != nil {
			return err
		}
		if !first {
			return ErrToday
		}
		all := flows.Sentences()
		if r.Sentence < 1 || r.Sentence > len(all) {
			return ErrNoContact
		}
		var out Out
		func() {
			defer catch(&err)
			out = b.render(r.Lang, "", flows.Say{Parts: []flows.Part{{Key: all[r.Sentence-1]}}})
		}()
		if err != nil || out.Text == "" {
			return ErrNoContact // then there are no words for it
		}
		out.Chat, out.Silent = r.Chat, true
		return put(ctx, tx, b.v, b.v.Chat(r.Chat), out, outbox.Item{Class: outbox.Notice, Expires: tx.Now.Add(noticeLife)}, 0)
	})
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	b.nudge()
	return nil
}

// timerContact holds which agreement of a chat counts, until it lapses.
const timerContact = "contact"

// agree notes an agreement as the one that counts.
func (b *Bot) agree(ctx context.Context, tx *db.Tx, lane string, agreed int64) error {
	return outbox.SetTimer(ctx, tx, b.v, outbox.Timer{Name: timerContact, Lane: lane, At: tx.Now.Add(contactLife), Body: []byte(strconv.FormatInt(agreed, 10))})
}

// lapse forgets the agreements whose time is over.
func (b *Bot) lapse(ctx context.Context) error {
	return b.d.Tx(ctx, func(tx *db.Tx) error {
		due, err := outbox.Due(ctx, tx, b.v, timerContact, mostDue)
		if err != nil {
			return err
		}
		for _, t := range due {
			if err := outbox.StopTimer(ctx, tx, t.Name, t.Lane); err != nil {
				return err
			}
		}
		return nil
	})
}

// open says whether it is within the window now.
func (r Route) open(now time.Time) bool {
	clock, _ := hotlines.Clock(r.Country)
	at := now.In(clock).Format("15:04")
	if len(r.From) != 5 || len(r.To) != 5 || r.From == r.To {
		return false
	}
	if r.From < r.To {
		return r.From <= at && at < r.To
	}
	return at >= r.From || at < r.To // over midnight
}
