package bot

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

const (
	// lateAfter is when an update of a danger talk is too old to be answered: it
	// is filed and covered instead.
	lateAfter = 2 * time.Minute
	// unopened is when everybody behind the most urgent case was called, by the
	// paces of the priority table and the hour that clear times are rounded by.
	unopened = 2 * time.Hour
	// idleCover is how long a danger talk waits for the next tap.
	idleCover = 3 * time.Minute
)

// prepared is a turn of a report whose parts are sealed already. Sealing, and
// looking into a mailbox, take time and are done outside of the transaction; it
// counts only while the session is still the one it was made for.
type prepared struct {
	rev    int64
	turn   flows.Turn
	says   []said
	pop    string
	sealed *reports.Sealed
	open   *reports.Open // the case a way back led to
}

// errPrepare ends a transaction whose turn must be prepared first.
var errPrepare = errors.New("a report must be sealed first")

// random is sixteen random digits, of which an order number may be made.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		for b[i] >= 250 { // so that every digit is as likely
			_, _ = rand.Read(b[i : i+1])
		}
		b[i] = '0' + b[i]%10
	}
	return string(b[:])
}

// inDanger says whether a danger talk is on: then nothing of it may be sent anew,
// and nothing of it may stay.
func inDanger(s flows.Session) bool {
	return s.Report != nil && s.Report.Kind == flows.Compound && s.Report.Live
}

// adding says whether files may still be added to a report that was sent. Its case
// is then kept in hand, without its private half.
func adding(s flows.Session) bool { return s.Draft != nil && s.Draft.Filed }

// informed adds to an input what only the house knows.
func (s session) informed(in flows.Input, tap bool, now time.Time) flows.Input {
	in.Now = now.Unix()
	switch {
	case tap: // of a tap little is known: it came after the card was shown
		in.Late = in.Late || s.At != 0 && inDanger(s.Session) && now.Sub(time.UnixMilli(s.At)) > idleCover
	case in.Sent != 0:
		in.Late = now.Sub(time.Unix(in.Sent, 0)) > lateAfter
	}
	return in
}

// prepare seals what a turn adds to a report and answers what a mailbox holds.
func (b *Bot) prepare(ctx context.Context, s session, u Update, t flows.Turn, says []said, pop string) (*prepared, error) {
	p := &prepared{rev: s.rev, turn: t, says: says, pop: pop, open: s.Case}
	if s.After != nil {
		p.open = &s.After.Case
	}
	if t.Ask != nil {
		found, open, err := b.visit(ctx, u, b.lang(s.Session, u), *t.Ask)
		if err != nil {
			return nil, err
		}
		u.In.Found = &found
		if open != nil {
			p.open = open
		}
		if p.turn, p.says, p.pop, err = b.think(s.Session, u); err != nil {
			return nil, err
		}
	}
	if p.turn.Report == nil {
		return p, nil
	}
	if p.turn.Report.Kind == flows.Compound && t.Ask == nil && !inDanger(s.Session) && s.After == nil {
		p.open = nil // what is in hand is another report: a tip, a loss
	}
	draft, err := b.draft(p.turn, u)
	if err != nil {
		return nil, err
	}
	sealed, err := b.Desk.Seal(ctx, p.open, draft)
	if errors.Is(err, reports.ErrNoRecipient) {
		u.In.Refused = flows.NoOffice
		if p.turn, p.says, p.pop, err = b.think(s.Session, u); err != nil {
			return nil, err
		}
		p.turn.Report = nil // whatever it said, nobody takes it
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.sealed = &sealed
	return p, nil
}

// belated is the turn for what was written in a danger talk whose time ran out
// before it was read: it is sealed to the case of that talk and taken away, and
// nothing is sent. Anything later ends the memory of that case.
func (s *session) belated(u Update) (flows.Turn, bool) {
	if s.After == nil || u.Group {
		return flows.Turn{}, false
	}
	of := u.In.Sent != 0 && u.In.Sent*1000 <= s.After.Until
	if s.After.Album != "" {
		of = u.In.Album == s.After.Album
	}
	if u.Tap != "" || !of {
		s.After = nil
		return flows.Turn{}, false
	}
	if u.In.Command != "" || u.In.Forwarded {
		return flows.Turn{Session: s.Session, Wipe: []int{u.In.Message}}, true
	}
	t := flows.Turn{Session: s.Session, Wipe: []int{u.In.Message}, Report: &flows.Filing{Kind: flows.Compound, End: true, Words: u.In.Text}}
	t.Session.Quiet = true
	if u.In.Text != "" {
		t.Report.Entries = []flows.Entry{{Part: "late" + strconv.FormatInt(u.ID, 36), Step: "dg_words", Values: []string{u.In.Text}}}
	}
	if t.Report.Files = u.In.Files; len(u.In.Files) > 0 {
		t.Wipe = nil // when it is sealed
	}
	return t, true
}

// draft puts what a turn adds into the words of the desk. Whatever goes wrong in
// hearing them is the update's fault, as in think.
func (b *Bot) draft(t flows.Turn, u Update) (d reports.Draft, err error) {
	defer catch(&err)
	f := t.Report
	d = reports.Draft{
		Kind: f.Kind, Lang: t.Session.Lang, Taps: f.Taps, Facts: facts(*f, t.Session.Lang, b.d.Now()), Chat: u.Chat,
		Begin: f.Begin, End: f.End, Erase: f.Erase,
	}
	if f.Words != "" && b.Hear != nil {
		d.Words = b.Hear(f.Words)
	}
	for _, e := range f.Entries {
		d.Answers = append(d.Answers, e)
	}
	for _, v := range f.Values {
		d.Values = append(d.Values, reports.Value(v))
	}
	if w := f.Way; w != nil {
		if w.Order != "" {
			d.Ways = append(d.Ways, reports.Way{Secret: orderSecret(w.Order)})
		} else {
			d.Ways = append(d.Ways, reports.Way{Secret: vault.Pictures(u.Chat, w.Pictures)}, reports.Way{Secret: vault.Pictures(u.Chat, w.Duress), Watched: true})
		}
	}
	if c := f.Contact; c != nil {
		chat, agreed := u.Chat, db.Ms(b.d.Now())
		if c.From == "" { // what was agreed is taken back
			chat = 0
		}
		route, err := json.Marshal(Route{Chat: chat, From: c.From, To: c.To, Country: c.Country, Sentence: c.Sentence, Lang: t.Session.Lang, Agreed: agreed})
		if err != nil {
			return d, fmt.Errorf("write route: %w", err)
		}
		d.Route = route
		d.Agreed = agreed
	}
	return d, nil
}

// orderSecret is the secret of an order number.
func orderSecret(digits string) string { return "order " + digits }

// visit looks into a mailbox. The case is answered so that it can be added to.
func (b *Bot) visit(ctx context.Context, u Update, lang string, ask flows.Ask) (flows.Found, *reports.Open, error) {
	secret := vault.Pictures(u.Chat, ask.Pictures)
	if ask.Order != "" {
		secret = orderSecret(ask.Order)
	}
	v, err := b.Desk.Visit(ctx, u.Chat, secret)
	if err != nil {
		return flows.Found{}, nil, fmt.Errorf("visit mailbox: %w", err)
	}
	found := flows.Found{OK: v.OK && !v.Watched, Watched: v.Watched, Slow: v.Slow}
	if !found.OK {
		return found, nil, nil
	}
	found.Status, found.Letters, found.Kind = flows.Key("dg_status_"+string(v.State)), v.Letters, v.Kind
	if text := v.Says[lang]; text != "" { // what the hotline says itself is read like a letter, behind a button
		found.Letters = append([]string{text}, found.Letters...)
	}
	if v.State == reports.Received && v.Priority == 0 && b.d.Now().Sub(v.Opened) > unopened {
		found.Status = flows.StatusUnopened // every escalation ran out: that is told, with the public line
	}
	if !v.Ends.IsZero() {
		found.Ends = v.Ends.Unix()
	}
	err = b.d.Tx(ctx, func(tx *db.Tx) (err error) {
		found.Left, err = outbox.Left(ctx, tx, b.v.Chat(u.Chat), true)
		return err
	})
	if err != nil {
		return found, nil, err
	}
	return found, &reports.Open{Code: v.Code, Public: v.Public, Hotline: v.Hotline, Priority: v.Priority}, nil
}

// file writes what was sealed, and what the talk needs beside it: timers, and
// the traces to be taken away.
func (b *Bot) file(ctx context.Context, tx *db.Tx, s *session, u Update, t flows.Turn, p *prepared) error {
	was, is := inDanger(s.Session), inDanger(t.Session)
	late := s.After != nil && t.Report != nil && !was && !is
	if !was && is {
		// What is still to be said of a check would make a sound, and what was in
		// hand is another report.
		if err := outbox.Withdraw(ctx, tx, s.key, outbox.Check); err != nil {
			return err
		}
		s.Case, s.After = nil, nil
	}
	hand := s.Case
	if p != nil {
		s.Case = p.open
	}
	if p != nil && p.sealed != nil {
		open, err := b.Desk.File(ctx, tx, *p.sealed)
		if err != nil {
			return err
		}
		if p.open != nil && p.open.Code != open.Code && inDanger(s.Session) { // the talk goes on in a case of its own
			if err := b.Desk.Ended(ctx, tx, p.open.Code); err != nil {
				return err
			}
		}
		s.Case = &open
		if t.Report.Contact != nil {
			if err := b.agree(ctx, tx, s.key, p.sealed.Agreed()); err != nil {
				return err
			}
		}
		if t.Report.Erase {
			if err := outbox.StopTimer(ctx, tx, timerContact, s.key); err != nil {
				return err
			}
		}
		for i, f := range t.Report.Files {
			if err := b.evidence(ctx, tx, s.key, u, open, f, i); err != nil {
				return err
			}
		}
		if (t.Report.End || t.Report.Erase) && !adding(t.Session) {
			s.Case = nil
		}
		if t.Report.Kind == flows.Compound && !was && !is { // what came late is not what is in hand
			s.Case = hand
			if u.In.Album != "" && !late { // the rest of its album is on its way
				s.After = &after{Case: open, Album: u.In.Album}
				s.After.Case.Held = nil
				if err := b.setTimer(ctx, tx, timerAfter, s.key, u.Chat, tx.Now.Add(afterLife)); err != nil {
					return err
				}
			}
		}
	}
	if !is {
		// A talk that is over is not a link between a chat and a case.
		r := t.Session.Report
		if was || (r == nil || r.Opening == "") && !adding(t.Session) {
			s.Case = nil
		}
	}
	if was || is || late {
		if u.In.Tap == nil && u.In.Message != 0 && !u.Group {
			if err := b.remember(ctx, tx, s.key, u.Chat, u.In.Message, false, u.In.Sent); err != nil {
				return err
			}
		}
	}
	if is && t.Session.Report.Card != 0 {
		if err := b.remember(ctx, tx, s.key, u.Chat, t.Session.Report.Card, true, 0); err != nil {
			return err
		}
	}
	if err := b.keepOrder(ctx, tx, s.key, u.Chat, t.Session); err != nil {
		return err
	}
	switch {
	case is:
		return b.setTimer(ctx, tx, timerIdle, s.key, u.Chat, tx.Now.Add(idleCover))
	case was:
		if err := outbox.Withdraw(ctx, tx, s.key, outbox.Danger); err != nil {
			return err
		}
		return outbox.StopTimer(ctx, tx, timerIdle, s.key)
	}
	return nil
}

// keepOrder lets go, in time, of an order number that can still be shown again.
func (b *Bot) keepOrder(ctx context.Context, tx *db.Tx, lane string, chat int64, s flows.Session) error {
	if s.Report == nil || s.Report.Kept == "" {
		return nil
	}
	return b.setTimer(ctx, tx, timerOrder, lane, chat, time.Unix(s.Report.Till, 0))
}

func (b *Bot) remember(ctx context.Context, tx *db.Tx, lane string, chat int64, message int, own bool, sent int64) error {
	t := outbox.Trace{Lane: lane, Chat: chat, Message: message, Own: own}
	if sent != 0 {
		t.At = sent * 1000
	}
	return outbox.Remember(ctx, tx, b.v, t)
}

// covered is a talk that ends by itself: nobody tapped for a while, the chat was
// closed to us, or an update in it could not be handled.
func (b *Bot) covered(ctx context.Context, tx *db.Tx, s *session, group bool) error {
	if !inDanger(s.Session) {
		return nil
	}
	card, case_ := s.Session.Report.Card, s.Case
	var t flows.Turn
	var out Out
	err := func() (err error) {
		defer catch(&err)
		t = b.turn(s.Session, flows.Input{Command: "exit", Now: tx.Now.Unix()})
		return nil
	}()
	if err != nil || inDanger(t.Session) { // then without its help
		t.Session = flows.Session{Lang: s.Session.Lang, Country: s.Session.Country, Nonce: s.Session.Nonce, Shown: s.Session.Shown, Quiet: true}
	}
	s.Session, s.Case = t.Session, nil
	if err := b.keepOrder(ctx, tx, s.key, s.Chat, s.Session); err != nil {
		return err
	}
	if case_ != nil {
		if err := b.Desk.Ended(ctx, tx, case_.Code); err != nil {
			return err
		}
	}
	if err := outbox.Withdraw(ctx, tx, s.key, outbox.Danger); err != nil {
		return err
	}
	if err := outbox.StopTimer(ctx, tx, timerIdle, s.key); err != nil {
		return err
	}
	if card == 0 {
		return nil
	}
	if out, err = b.cover(s.Session.Lang, s.Chat, card); err != nil {
		return err
	}
	return put(ctx, tx, b.v, s.key, out, outbox.Item{Class: outbox.Cover, Group: group, Slot: slotCover}, 0)
}

// slotCover: of several covers of one chat the last is enough.
const slotCover = "cover"

// cover is the start card, written over a card of ours.
func (b *Bot) cover(lang string, chat int64, card int) (out Out, err error) {
	defer catch(&err)
	out = b.render(lang, "", b.startCard())
	out.Chat, out.Edit = chat, card
	return out, nil
}

// evidence is a file of a report that waits to be fetched and sealed.
type evidence struct {
	Chat    int64  `json:"chat"`
	Message int    `json:"message"`
	ID      string `json:"id"`
	Code    string `json:"code"`
	Key     string `json:"key"` // names the file within the case
	Kind    string `json:"kind"`
	MIME    string `json:"mime,omitempty"`
}

// KindEvidence is the kind of the outbox items that fetch a file and seal it.
const KindEvidence = "evidence"

// evidenceLife is how long a file's id is kept: then the file is given up and its
// message taken away all the same.
const evidenceLife = time.Hour

// evidence queues the fetching of a file. Its message goes when it is sealed,
// and at the latest when its time is over.
func (b *Bot) evidence(ctx context.Context, tx *db.Tx, lane string, u Update, open reports.Open, f flows.File, i int) error {
	if f.ID == "" {
		return nil
	}
	message := u.In.Message
	if f.Message != 0 { // another part of its album
		message = f.Message
		if err := b.remember(ctx, tx, lane, u.Chat, message, false, u.In.Sent); err != nil {
			return err
		}
	}
	key := "f" + strconv.FormatInt(u.ID, 36) + "-" + strconv.Itoa(i)
	plain, err := json.Marshal(evidence{Chat: u.Chat, Message: message, ID: f.ID, Code: open.Code, Key: b.v.Lane("file", key), Kind: f.Kind, MIME: f.MIME})
	if err != nil {
		return fmt.Errorf("write evidence: %w", err)
	}
	own := b.v.Lane(KindEvidence, open.Code)
	// No time of it is one of the chat's too.
	it := outbox.Item{Lane: own, Class: outbox.Staff, Kind: KindEvidence, Due: tx.Now.Truncate(time.Minute), Expires: tx.Now.Add(evidenceLife).Truncate(time.Minute)}
	if it.Body, err = outbox.Seal(b.v, tx.Now, own, plain); err != nil {
		return fmt.Errorf("seal evidence: %w", err)
	}
	if err := outbox.Put(ctx, tx, it, 0); err != nil {
		return err
	}
	gone := tx.Now.Add(evidenceLife + time.Duration(1+mathrand.IntN(5))*time.Minute).Truncate(time.Minute)
	return put(ctx, tx, b.v, lane, Out{Chat: u.Chat, Delete: []int{message}}, outbox.Item{Class: outbox.Delete, Group: u.Group, Due: gone}, 0)
}

// Carry fetches one file and seals it, piece by piece: it never lies on the disk
// in the clear, and never whole in memory. It keeps the contract of
// outbox.Carrier.
func (b *Bot) Carry(ctx context.Context, it outbox.Item) (outbox.Sent, error) {
	var e evidence
	if err := json.Unmarshal(it.Body, &e); err != nil {
		return outbox.Sent{}, outbox.Refused{Err: errors.New("the body is no evidence")}
	}
	body, lost, err := b.Fetch(ctx, e.ID)
	if lost { // too large, or gone: the message goes, and the reader is told
		if err := b.Desk.Missed(ctx, e.Code); err != nil {
			return outbox.Sent{}, outbox.Later{Err: err}
		}
		return outbox.Sent{}, nil
	}
	if err != nil {
		return outbox.Sent{}, outbox.Later{Err: err}
	}
	defer body.Close()
	err = b.Desk.KeepFile(ctx, e.Code, e.Key, e.Kind, e.MIME, mostFile, body)
	switch {
	case errors.Is(err, reports.ErrFull), errors.Is(err, vault.ErrTooBig):
		if err := b.Desk.Missed(ctx, e.Code); err != nil {
			return outbox.Sent{}, outbox.Later{Err: err}
		}
		return outbox.Sent{}, nil
	case err == nil, errors.Is(err, reports.ErrGone):
		return outbox.Sent{}, nil
	}
	return outbox.Sent{}, outbox.Later{Err: err}
}

// mostFile is the largest file a report takes.
const mostFile = 20 << 20

// sealedFile takes the message of a file away once the file is sealed.
func (b *Bot) sealedFile(ctx context.Context, tx *db.Tx, it outbox.Item) error {
	var e evidence
	if json.Unmarshal(it.Body, &e) != nil || e.Message == 0 {
		return nil
	}
	return put(ctx, tx, b.v, b.v.Chat(e.Chat), Out{Chat: e.Chat, Delete: []int{e.Message}}, outbox.Item{Class: outbox.Delete}, 0)
}

// refused is a turn whose report was not taken when it came to it.
func (b *Bot) refused(s session, u Update) (*prepared, error) {
	p := &prepared{rev: s.rev, open: s.Case}
	var err error
	if p.turn, p.says, p.pop, err = b.think(s.Session, u); err != nil {
		return nil, err
	}
	p.turn.Report = nil
	return p, nil
}

// lastWords seals what an update said that the bot choked on, when its chat is in
// a danger talk with a case: nothing of it may be lost, and nothing may stay.
func (b *Bot) lastWords(ctx context.Context, u Update) (*reports.Sealed, error) {
	if b.Desk == nil || u.Group {
		return nil, nil
	}
	var s session
	var ok bool
	err := b.d.Tx(ctx, func(tx *db.Tx) (err error) {
		s, ok, err = lockKnown(ctx, tx, b.v, b.v.Chat(u.Chat))
		return err
	})
	if err != nil || !ok || !inDanger(s.Session) || s.Case == nil || u.In.Text == "" {
		return nil, err
	}
	open := *s.Case
	open.Held = nil // the route stays as it is
	sealed, err := b.Desk.Seal(ctx, &open, reports.Draft{
		Kind: flows.Compound, Lang: s.Session.Lang, Chat: u.Chat, End: true, Facts: Facts(flows.Compound, nil),
		Answers: []any{flows.Entry{Part: "unread", Step: "unread", Values: []string{u.In.Text}}},
	})
	if err != nil {
		return nil, fmt.Errorf("seal last words: %w", err)
	}
	return &sealed, nil
}

// poisoned ends a danger talk in which an update could not be handled: the raw
// words are sealed, the person's message goes, the card is covered.
func (b *Bot) poisoned(ctx context.Context, tx *db.Tx, s *session, u Update, words *reports.Sealed) error {
	if words != nil {
		if _, err := b.Desk.File(ctx, tx, *words); err != nil && !errors.Is(err, reports.ErrGone) {
			return err
		}
	}
	if u.Tap == "" && u.In.Message != 0 {
		if err := b.remember(ctx, tx, s.key, u.Chat, u.In.Message, false, u.In.Sent); err != nil {
			return err
		}
		if err := put(ctx, tx, b.v, s.key, Out{Chat: u.Chat, Delete: []int{u.In.Message}}, outbox.Item{Class: outbox.Delete, Group: u.Group}, 0); err != nil {
			return err
		}
	}
	return b.covered(ctx, tx, s, u.Group)
}
