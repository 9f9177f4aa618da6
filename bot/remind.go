package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
)

const (
	// timerRemind says what somebody asked to be reminded of.
	timerRemind = "remind"
	// timerDraft lets go of a report that was left, and of the case of one that
	// was sent.
	timerDraft = "draft"
)

const (
	remindEvery = 20 * time.Second
	// draftKept is how long a draft is kept after its last answer.
	draftKept = 24 * time.Hour
)

// reminders is the sealed body of a timer: what is still to be said, and to whom.
type reminders struct {
	Chat int64      `json:"chat"`
	Lang string     `json:"lang"`
	Due  []reminder `json:"due"`
}

type reminder struct {
	Key flows.Key `json:"key"`
	At  int64     `json:"at"` // Unix seconds
}

// remind sets and ends the timers that follow from a turn. Who is, or was, in a
// danger talk is never written to.
func (b *Bot) remind(ctx context.Context, tx *db.Tx, s session, u Update, t flows.Turn) error {
	if u.Group {
		return nil
	}
	if t.Forget || inDanger(t.Session) || t.Session.Quiet {
		if err := outbox.StopTimer(ctx, tx, timerRemind, s.key); err != nil {
			return err
		}
		return outbox.StopTimer(ctx, tx, timerDraft, s.key)
	}
	if t.Remind != nil && len(t.Remind.Due) == 0 {
		if err := outbox.StopTimer(ctx, tx, timerRemind, s.key); err != nil {
			return err
		}
	}
	if t.Remind != nil && len(t.Remind.Due) > 0 {
		r := reminders{Chat: u.Chat, Lang: t.Session.Lang}
		for _, d := range t.Remind.Due {
			r.Due = append(r.Due, reminder{d.Key, tx.Now.Unix() + d.After})
		}
		if err := b.setReminders(ctx, tx, s.key, r); err != nil {
			return err
		}
	}
	d := t.Session.Draft
	if d == nil || d.At == 0 {
		return nil
	}
	at := time.Unix(d.At, 0).Add(draftKept)
	if until := time.Unix(d.Until, 0); d.Filed && s.Case != nil {
		at = until
	}
	return b.setDraft(ctx, tx, s.key, u.Chat, at)
}

func (b *Bot) setDraft(ctx context.Context, tx *db.Tx, lane string, chat int64, at time.Time) error {
	body, err := json.Marshal(chat)
	if err != nil {
		return fmt.Errorf("write timer: %w", err)
	}
	return outbox.SetTimer(ctx, tx, b.v, outbox.Timer{Name: timerDraft, Lane: lane, At: at, Body: body})
}

// setReminders sets the timer of a chat to what is said next.
func (b *Bot) setReminders(ctx context.Context, tx *db.Tx, lane string, r reminders) error {
	slices.SortStableFunc(r.Due, func(a, b reminder) int { return int(a.At - b.At) })
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write timer: %w", err)
	}
	return outbox.SetTimer(ctx, tx, b.v, outbox.Timer{Name: timerRemind, Lane: lane, At: time.Unix(r.Due[0].At, 0), Body: body})
}

// remindDue says what is due, one ordinary message each, without a sound.
func (b *Bot) remindDue(ctx context.Context) error {
	err := b.d.Tx(ctx, func(tx *db.Tx) error {
		due, err := outbox.Due(ctx, tx, b.v, timerRemind, mostDue)
		if err != nil {
			return err
		}
		for _, t := range due {
			if err := b.reminded(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("remind: %w", err)
	}
	b.nudge()
	return nil
}

func (b *Bot) reminded(ctx context.Context, tx *db.Tx, t outbox.Timer) error {
	var r reminders
	if json.Unmarshal(t.Body, &r) != nil || r.Chat == 0 {
		return outbox.StopTimer(ctx, tx, t.Name, t.Lane)
	}
	s, ok, err := lockKnown(ctx, tx, b.v, t.Lane)
	if err != nil {
		return err
	}
	if ok && (s.Session.Quiet || inDanger(s.Session)) {
		return outbox.StopTimer(ctx, tx, t.Name, t.Lane)
	}
	lang := r.Lang
	if ok && s.Session.Lang != "" {
		lang = s.Session.Lang
	}
	n := 0
	for n < len(r.Due) && r.Due[n].At <= tx.Now.Unix() {
		out, err := b.reminder(lang, r.Due[n].Key)
		if err == nil && out.Text != "" {
			out.Chat = r.Chat
			if err := put(ctx, tx, b.v, t.Lane, out, outbox.Item{Class: outbox.Check, Slot: string(r.Due[n].Key)}, 0); err != nil {
				return err
			}
		}
		n++
	}
	if r.Due = r.Due[n:]; len(r.Due) == 0 {
		return outbox.StopTimer(ctx, tx, t.Name, t.Lane)
	}
	return b.setReminders(ctx, tx, t.Lane, r)
}

func (b *Bot) reminder(lang string, key flows.Key) (out Out, err error) {
	defer catch(&err)
	out = b.render(lang, "", flows.Reminder(key))
	out.Silent = true
	return out, nil
}

// dropDrafts lets go of the answers whose time is over, and of the cases files
// were still added to.
func (b *Bot) dropDrafts(ctx context.Context) error {
	err := b.d.Tx(ctx, func(tx *db.Tx) error {
		due, err := outbox.Due(ctx, tx, b.v, timerDraft, mostDue)
		if err != nil {
			return err
		}
		for _, t := range due {
			if err := b.dropDraft(ctx, tx, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("drop drafts: %w", err)
	}
	return nil
}

func (b *Bot) dropDraft(ctx context.Context, tx *db.Tx, t outbox.Timer) error {
	if err := outbox.StopTimer(ctx, tx, t.Name, t.Lane); err != nil {
		return err
	}
	var chat int64
	s, ok, err := lockKnown(ctx, tx, b.v, t.Lane)
	if err != nil || !ok || s.Session.Draft == nil || json.Unmarshal(t.Body, &chat) != nil || chat == 0 {
		return err
	}
	d := s.Session.Draft
	switch end := time.Unix(d.At, 0).Add(draftKept); {
	case !tx.Now.Before(end):
		if s.Session.Flow == d.Kind {
			s.Session.Flow = ""
		}
		s.Session.Draft = nil
		if !inDanger(s.Session) {
			s.Case = nil
		}
	case d.Filed && !d.Open(tx.Now.Unix()):
		s.Case = nil
		if err := b.setDraft(ctx, tx, t.Lane, chat, end); err != nil {
			return err
		}
	case d.Filed:
		return b.setDraft(ctx, tx, t.Lane, chat, time.Unix(d.Until, 0))
	default:
		return b.setDraft(ctx, tx, t.Lane, chat, end)
	}
	return s.save(ctx, tx, b.v)
}
