package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
)

// timerIdle covers a danger talk that nobody goes on with.
const timerIdle = "idle"

// timerAfter forgets which case a covered talk belonged to.
const timerAfter = "after"

// timerOrder forgets an order number that was kept to be shown again, orderLife
// after it was made.
const (
	timerOrder = "order"
	orderLife  = 24 * time.Hour
)

// timerAlbum forgets the files of an album that came.
const (
	timerAlbum = "album"
	albumLife  = 2 * time.Minute
)

// afterLife is how long that is known: long enough for what waited at the
// messenger while the bot was down.
const afterLife = 10 * time.Minute

const (
	tick       = time.Second      // how often timers are looked at
	tidyEvery  = 30 * time.Second // how often the purge looks
	renewEvery = 4 * time.Hour    // how often timers get the key of the day
	mostDue    = 200              // timers or traces in one go
)

// chores are what this bot's courier does beside carrying.
func (b *Bot) chores() []outbox.Chore {
	return []outbox.Chore{
		// First what is overdue after a restart.
		{Name: "cover", Every: tick, Do: func(ctx context.Context) error {
			if err := b.leapt(ctx); err != nil {
				return err
			}
			return b.coverIdle(ctx)
		}},
		{Name: "tidy", Every: tidyEvery, Do: b.Tidy},
		{Name: "purge", Every: purgeEvery, Do: b.Purge},
		{Name: "remind", Every: remindEvery, Do: b.remindDue},
		{Name: "drafts", Every: remindEvery, Do: b.dropDrafts},
		{Name: "renew", Every: renewEvery, Do: func(ctx context.Context) error {
			return b.d.Tx(ctx, func(tx *db.Tx) error { return outbox.Renew(ctx, tx, b.v) })
		}},
		{Name: "contacts", Every: purgeEvery, Do: b.lapse},
	}
}

// leapt looks after what is open when the clock jumped by days: every talk is
// covered, what must not stay is taken up, and the timers get the key of the day.
// Only then do the keys turn that all of this was sealed with.
func (b *Bot) leapt(ctx context.Context) error {
	if !b.v.Leapt(b.d.Now()) {
		return nil
	}
	err := b.v.Leap(b.d.Now(), func() error {
		if err := b.coverIdle(ctx); err != nil {
			return err
		}
		if err := b.Tidy(ctx); err != nil {
			return err
		}
		return b.d.Tx(ctx, func(tx *db.Tx) error { return outbox.Renew(ctx, tx, b.v) })
	})
	if err != nil {
		return fmt.Errorf("look after a leap of the clock: %w", err)
	}
	return nil
}

// byTheClock does what is due of a name, which nobody sets further ahead than
// most, to each session it is set for. do says whether it changed anything.
func (b *Bot) byTheClock(ctx context.Context, name string, most time.Duration, do func(tx *db.Tx, s *session) (bool, error)) error {
	n, more := 0, false
	err := b.d.Tx(ctx, func(tx *db.Tx) error {
		n = 0
		due, err := outbox.Due(ctx, tx, b.v, name, mostDue)
		if err != nil {
			return err
		}
		astray, err := outbox.Astray(ctx, tx, b.v, name, most+time.Minute, mostDue)
		if err != nil {
			return err
		}
		more = len(due) == mostDue
		for _, t := range append(due, astray...) {
			if err := outbox.StopTimer(ctx, tx, t.Name, t.Lane); err != nil {
				return err
			}
			var chat int64
			if json.Unmarshal(t.Body, &chat) != nil || chat == 0 {
				continue
			}
			s, err := lock(ctx, tx, b.v, chat)
			if err != nil {
				return err
			}
			changed, err := do(tx, &s)
			if err != nil {
				return err
			}
			if changed {
				n++
				if err := s.save(ctx, tx, b.v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("do what is due (%s): %w", name, err)
	}
	if n > 0 {
		b.nudge()
	}
	if more {
		return b.byTheClock(ctx, name, most, do)
	}
	return nil
}

// setTimer sets a timer for a chat.
func (b *Bot) setTimer(ctx context.Context, tx *db.Tx, name, lane string, chat int64, at time.Time) error {
	body, err := json.Marshal(chat)
	if err != nil {
		return fmt.Errorf("write timer: %w", err)
	}
	return outbox.SetTimer(ctx, tx, b.v, outbox.Timer{Name: name, Lane: lane, At: at, Body: body})
}

// coverIdle covers the danger talks whose time is up.
func (b *Bot) coverIdle(ctx context.Context) error {
	err := b.byTheClock(ctx, timerIdle, idleCover, func(tx *db.Tx, s *session) (bool, error) {
		if !inDanger(s.Session) {
			return false, nil
		}
		open, until := s.Case, s.At+idleCover.Milliseconds()
		if err := b.covered(ctx, tx, s, false); err != nil {
			return false, err
		}
		if open == nil {
			return true, nil
		}
		s.After = &after{Case: *open, Until: until}
		s.After.Case.Held = nil
		return true, b.setTimer(ctx, tx, timerAfter, s.key, s.Chat, tx.Now.Add(afterLife))
	})
	if err != nil {
		return err
	}
	err = b.byTheClock(ctx, timerAfter, afterLife, func(_ *db.Tx, s *session) (bool, error) {
		was := s.After != nil
		s.After = nil
		return was, nil
	})
	if err != nil {
		return err
	}
	err = b.byTheClock(ctx, timerAlbum, albumLife, func(_ *db.Tx, s *session) (bool, error) {
		was := s.Session.Album != nil
		s.Session.Album = nil
		return was, nil
	})
	if err != nil {
		return err
	}
	return b.byTheClock(ctx, timerOrder, orderLife, func(_ *db.Tx, s *session) (bool, error) {
		r := s.Session.Report
		if r == nil || r.Kept == "" {
			return false, nil
		}
		if r.Kept, r.Till = "", 0; !r.Live && r.Opening == "" {
			s.Session.Report = nil
		}
		return true, nil
	})
}

// Tidy takes away the messages whose time has come, the overdue first. What a
// messenger will not delete any more is rewritten when it is ours.
func (b *Bot) Tidy(ctx context.Context) error {
	if err := b.leapt(ctx); err != nil {
		return err
	}
	for more := true; more; { // all of it: what is too late goes soon after
		var err error
		if more, err = b.tidySome(ctx); err != nil {
			return fmt.Errorf("tidy: %w", err)
		}
		b.nudge()
	}
	return nil
}

func (b *Bot) tidySome(ctx context.Context) (more bool, err error) {
	err = b.d.Tx(ctx, func(tx *db.Tx) error {
		due, late, err := outbox.Overdue(ctx, tx, b.v, mostDue)
		if err != nil {
			return err
		}
		more = len(due)+len(late) > 0
		chats := map[string][]outbox.Trace{}
		for _, t := range due {
			chats[t.Lane] = append(chats[t.Lane], t)
		}
		for _, lane := range slices.Sorted(maps.Keys(chats)) {
			all := chats[lane]
			s, _, err := lockKnown(ctx, tx, b.v, lane) // a session is not made, nor kept longer, by this
			if err != nil {
				return err
			}
			var ids []int
			for _, t := range all {
				if inDanger(s.Session) && s.Session.Report.Card == t.Message {
					continue // it is in use; it comes again soon
				}
				ids = append(ids, t.Message)
			}
			for batch := range slices.Chunk(ids, deleteBatch) {
				out := Out{Chat: all[0].Chat, Delete: batch}
				// The purge comes again before this is given up: the latest is enough.
				it := outbox.Item{Class: outbox.Delete, Slot: fmt.Sprintf("tidy %d", batch[0])}
				if err := put(ctx, tx, b.v, lane, out, it, 0); err != nil {
					return err
				}
			}
		}
		for _, t := range late {
			if err := b.rewrite(ctx, tx, t.Lane, t.Chat, t.Message, t.Own); err != nil {
				return err
			}
		}
		return nil
	})
	return more, err
}

// rewrite makes the start card of a message of ours that cannot be deleted.
func (b *Bot) rewrite(ctx context.Context, tx *db.Tx, lane string, chat int64, message int, own bool) error {
	if !own {
		return nil
	}
	s, _, err := lockKnown(ctx, tx, b.v, lane)
	if err != nil {
		return err
	}
	if inDanger(s.Session) && s.Session.Report.Card == message {
		return nil
	}
	out, err := b.cover(b.lang(s.Session, Update{}), chat, message)
	if err != nil || out.Text == "" {
		return nil // then there are no words for it
	}
	return put(ctx, tx, b.v, lane, out, outbox.Item{Class: outbox.Cover}, 0)
}

// tidied notes what a delete did: what is gone is forgotten, what stays is
// rewritten when it is ours, and else counted, so that the person can be told.
func (b *Bot) tidied(ctx context.Context, tx *db.Tx, lane string, out Out, left []int) error {
	gone := slices.DeleteFunc(slices.Clone(out.Delete), func(id int) bool { return slices.Contains(left, id) })
	if err := outbox.Removed(ctx, tx, b.v, out.Chat, gone); err != nil {
		return err
	}
	own, err := outbox.Undying(ctx, tx, b.v, out.Chat, left)
	if err != nil {
		return err
	}
	for _, id := range own {
		if err := b.rewrite(ctx, tx, lane, out.Chat, id, true); err != nil {
			return err
		}
	}
	return nil
}
