package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

// Draft is what one turn adds to a report, in plain. Nothing of it outlives Seal.
type Draft struct {
	Kind    string
	Lang    string
	Facts   hotlines.Facts    // what routing and priority read
	Words   hotlines.Words    // what was heard in typed words, which only raises
	Taps    map[string]string // the same as taps, kept in clear until End
	Answers []any             // each is sealed as one part
	Values  []Value           // for tokens
	Chat    int64             // of the reporter: for limits, and for nothing else in a compound report
	Ways    []Way             // a way back that was just set
	Route   []byte            // the route back of a safe contact, sealed for the house before it is sealed to the case
	Agreed  int64             // when that was agreed
	Begin   bool              // a case of its own
	End     bool
	Erase   bool
}

// Value is something a report names that others may name too.
type Value struct{ Kind, Value string }

// Way is one way into the mailbox of a case: the secret of four pictures or of
// an order number. Behind the Watched one nothing is ever shown.
type Way struct {
	Secret  string
	Watched bool
}

// answer is what a sealed part of kind "answer" holds.
type answer struct {
	Schema int    `json:"schema"`
	At     int64  `json:"at"` // milliseconds, exact: it is sealed
	Lang   string `json:"lang"`
	Rule   string `json:"rule,omitempty"` // of the priority table, when this answer changed it
	Answer any    `json:"answer"`
}

// The kinds of parts.
const (
	partAnswer = "answer"
	partFile   = "file"
	partNote   = "note"
	partRoute  = "route"
)

// inside is what a sealed part says of itself: the table must not know whether a
// safe contact was agreed.
type inside struct {
	Kind string `json:"kind"`
	Body []byte `json:"body"`
}

// sealed seals a part to a case.
func sealed(public, kind string, plain []byte) ([]byte, error) {
	whole, err := json.Marshal(inside{kind, plain})
	if err != nil {
		return nil, fmt.Errorf("write part: %w", err)
	}
	body, err := vault.SealPart(public, whole)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", kind, err)
	}
	return body, nil
}

// Sealed is a draft that is ready to be filed: nothing in it can be read
// without a member's key.
type Sealed struct {
	draft   Draft // without its answers
	open    Open
	begin   bool
	parts   [][]byte
	wraps   map[string][]byte
	tokens  [][]byte
	boxes   []mailbox
	rule    string
	version int
	route   hotlines.Routing
	tell    []hotlines.Recipient
}

// Agreed is when the route back in the draft was agreed, 0 without one.
func (s Sealed) Agreed() int64 { return s.draft.Agreed }

type mailbox struct {
	id, public string
	body       []byte // whether it is the watched one, sealed to itself
}

// boxed is the sealed body of a mailbox.
type boxed struct {
	Watched bool `json:"watched"`
}

// low is the priority of what comes too often from one account: seen, not first.
const low = 4

// The most reports one account makes.
const (
	mostDanger = 3  // an hour; more are taken, with low priority
	mostLoss   = 3  // a day
	mostTips   = 10 // a day
)

// Seal makes a draft ready, outside of the transaction that files it. open is
// the case in hand, nil for none. It answers ErrNoRecipient when nobody here
// takes this report, and then nothing may be said to have been taken.
func (k *Desk) Seal(ctx context.Context, open *Open, dr Draft) (Sealed, error) {
	s := Sealed{draft: dr, wraps: map[string][]byte{}}
	s.draft.Answers = nil
	now := k.d.Now()
	if dr.Erase && open != nil {
		s.open = *open
		return s, nil
	}
	var staff staff
	if err := k.d.Tx(ctx, func(tx *db.Tx) (err error) { staff, err = loadStaff(ctx, tx); return err }); err != nil {
		return s, fmt.Errorf("seal report: %w", err)
	}
	var key vault.CaseKey
	switch {
	case open == nil || dr.Begin:
		var err error
		if key, err = vault.NewCaseKey(); err != nil {
			return s, fmt.Errorf("seal report: %w", err)
		}
		s.begin, s.open = true, Open{Code: newCode(), Public: key.Public()}
		if s.open.Held, err = k.v.Hold(now, s.open.Code, key); err != nil {
			return s, fmt.Errorf("seal report: %w", err)
		}
	default:
		s.open = *open
		s.open.Wrapped = slices.Clone(open.Wrapped)
		if len(open.Held) > 0 { // without it the route stays as it is
			var err error
			key, err = k.v.Held(now, open.Code, open.Held)
			if err != nil && !errors.Is(err, vault.ErrExpired) && !errors.Is(err, vault.ErrForged) {
				return s, fmt.Errorf("seal report: %w", err)
			}
		}
	}
	table, err := k.tableOf(staff.operator)
	if err != nil {
		return s, fmt.Errorf("seal report: %w", err)
	}
	if key.Public() != "" {
		if err := s.routed(k, table, staff, key); err != nil {
			return s, fmt.Errorf("seal report: %w", err)
		}
	}
	if raised := table.Raise(s.open.Priority, dr.Words); raised < s.open.Priority {
		s.open.Priority, s.rule = raised, "words"
	}
	for _, a := range dr.Answers {
		plain, err := json.Marshal(answer{Schema: schema, At: db.Ms(now), Lang: dr.Lang, Rule: s.rule, Answer: a})
		if err != nil {
			return s, fmt.Errorf("write answer: %w", err)
		}
		if err := s.add(partAnswer, plain); err != nil {
			return s, err
		}
	}
	if len(dr.Route) > 0 {
		if err := s.add(partRoute, k.v.SealRoute(s.open.Code, dr.Route)); err != nil {
			return s, err
		}
	}
	for _, v := range dr.Values {
		s.tokens = append(s.tokens, k.v.Index(s.open.Hotline, v.Kind, v.Value))
	}
	for _, w := range dr.Ways {
		m, err := k.v.Mailbox(ctx, w.Secret)
		if err != nil {
			return s, fmt.Errorf("seal report: %w", err)
		}
		plain, err := json.Marshal(boxed{w.Watched})
		if err != nil {
			return s, fmt.Errorf("write mailbox: %w", err)
		}
		body, err := vault.SealPart(m.Public(), plain)
		if err != nil {
			return s, fmt.Errorf("seal mailbox: %w", err)
		}
		s.boxes = append(s.boxes, mailbox{m.ID, m.Public(), body})
	}
	if dr.End {
		s.open.Held = nil
	}
	return s, nil
}

func (s *Sealed) add(kind string, plain []byte) error {
	body, err := sealed(s.open.Public, kind, plain)
	if err != nil {
		return err
	}
	s.parts = append(s.parts, body)
	return nil
}

// routed works the route out from what is known now and adds the wraps that are
// missing: for every member of the routed recipient and of those consented to,
// for the escrow, and, when it is most urgent, for the whole chain behind it.
func (s *Sealed) routed(k *Desk, table *hotlines.Table, staff staff, key vault.CaseKey) error {
	s.route = table.Route(s.draft.Facts)
	priority, rule := table.Priority(s.draft.Facts)
	s.version, s.rule = table.Priorities.Version, rule
	// Words and later answers only raise it.
	if s.begin || priority < s.open.Priority {
		s.open.Priority = priority
	} else {
		s.rule = ""
	}
	chain := append([]string{s.route.Primary}, s.route.Chain...)
	to := -1
	for i, id := range chain {
		if len(staff.readers[id]) > 0 {
			to = i
			break
		}
	}
	switch {
	case to < 0 && s.begin:
		return ErrNoRecipient
	case to < 0 && !staff.reads(s.open.Wrapped):
		return ErrNoRecipient // nobody is left who could read it
	case to < 0: // it stays with who has it
		return nil
	}
	if s.open.Hotline != chain[to] {
		s.open.Hotline = chain[to]
	}
	seals := slices.Clone(chain[to : to+1])
	if s.open.Priority == 0 {
		seals = slices.Clone(chain[to:])
	}
	seals = append(seals, s.route.CC...) // they were consented to
	for _, id := range seals {
		fresh := false
		for _, m := range staff.readers[id] {
			if slices.Contains(s.open.Wrapped, m.ID) {
				continue
			}
			wrap, err := key.Wrap(m.Reader)
			if err != nil {
				return err
			}
			s.wraps[m.ID], fresh = wrap, true
			s.open.Wrapped = append(s.open.Wrapped, m.ID)
		}
		if r := table.Recipient(id); r != nil && (fresh || id == s.open.Hotline) {
			s.tell = append(s.tell, *r)
		}
	}
	if k.Escrow != "" && !slices.Contains(s.open.Wrapped, escrow) {
		wrap, err := key.Wrap(k.Escrow)
		if err != nil {
			return err
		}
		s.wraps[escrow] = wrap
		s.open.Wrapped = append(s.open.Wrapped, escrow)
	}
	return nil
}

// escrow is the name under which the offline recipient's wraps stand.
const escrow = "escrow"

// ErrTooMany: this account made too many reports of this kind today.
var ErrTooMany = errors.New("too many reports from one account")

// File writes a sealed draft and queues the notices it causes, in the caller's
// transaction, and answers the case in hand. With the update's id noted in the
// same transaction it happens once.
func (k *Desk) File(ctx context.Context, tx *db.Tx, s Sealed) (Open, error) {
	dr := s.draft
	if dr.Erase {
		return Open{}, eraseCase(ctx, tx, s.open.Code, "erased")
	}
	if s.begin {
		over, err := k.over(ctx, tx, dr)
		if err != nil {
			return s.open, err
		}
		if over && dr.Kind != Compound {
			return s.open, ErrTooMany
		}
		if over {
			s.open.Priority, s.rule = low, "repeated"
		}
		reporter := ""
		if dr.Kind != Compound {
			reporter = k.v.Reporter(tx.Now, dr.Chat)
		}
		if err := insertCase(ctx, tx, s, reporter, taps(dr)); err != nil {
			return s.open, err
		}
	} else if err := touchCase(ctx, tx, s, taps(dr)); err != nil {
		return s.open, err
	}
	if err := insertParts(ctx, tx, s.open.Code, s.parts); err != nil {
		return s.open, err
	}
	if err := insertWraps(ctx, tx, s.open.Code, s.wraps); err != nil {
		return s.open, err
	}
	if err := insertTokens(ctx, tx, s.open.Code, s.open.Hotline, s.tokens); err != nil {
		return s.open, err
	}
	if len(s.boxes) > 0 {
		if err := replaceMailboxes(ctx, tx, s.open.Code, s.boxes); err != nil {
			return s.open, err
		}
	}
	return s.open, k.notify(ctx, tx, s.open.Code, s.tell)
}

func taps(dr Draft) string {
	if dr.End || len(dr.Taps) == 0 {
		return ""
	}
	text, err := json.Marshal(dr.Taps)
	if err != nil {
		panic("reports: taps are strings: " + err.Error())
	}
	return string(text)
}

// over counts a report of an account and says whether it is one too many.
func (k *Desk) over(ctx context.Context, tx *db.Tx, dr Draft) (bool, error) {
	if dr.Chat == 0 {
		return false, nil
	}
	window, most := dayOf(tx.Now), mostTips
	switch dr.Kind {
	case Compound:
		window, most = hour(tx.Now), mostDanger
	case Loss:
		most = mostLoss
	}
	who := k.v.Reporter(tx.Now, dr.Chat) + " " + dr.Kind
	if dr.Kind == Compound { // nothing that also stands with a loss or a tip of the same account
		who = hourly + k.v.Lane("danger", strconv.FormatInt(dr.Chat, 10))
	}
	n, err := count(ctx, tx, who, window)
	return n > most, err
}

// hourly begins the names of what is counted by the hour and forgotten after two.
const hourly = "h "

// notify queues a notice for each recipient: the number of the case, how urgent
// it is, its kind and language, and nothing else. The next one of the same case
// takes the place of one that did not leave yet.
func (k *Desk) notify(ctx context.Context, tx *db.Tx, code string, to []hotlines.Recipient) error {
	if len(to) == 0 || k.Link == "" {
		return nil
	}
	c, err := caseByCode(ctx, tx, code)
	if err != nil {
		return err
	}
	for _, r := range to {
		for _, via := range r.Via {
			body, err := json.Marshal(hotlines.Notice{
				Case: c.Code, Rev: c.Rev, Priority: c.Priority, Kind: c.Kind, Lang: c.Lang, Link: k.Link, To: via.To,
			})
			if err != nil {
				return fmt.Errorf("write notice: %w", err)
			}
			lane := k.v.Lane("hotline "+via.Kind, r.ID)
			// Its time says no more than the minute: what waits for the chat has its own.
			it := outbox.Item{Lane: lane, Class: outbox.Staff, Kind: via.Kind, Slot: "case " + c.Code, Due: tx.Now.Truncate(time.Minute)}
			if it.Body, err = outbox.Seal(k.v, tx.Now, lane, body); err != nil {
				return fmt.Errorf("seal notice: %w", err)
			}
			if err := outbox.Put(ctx, tx, it, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// sizeClass is what the table says of a part's length.
func sizeClass(body []byte) int64 {
	for c := int64(1 << 10); ; c *= 2 {
		if int64(len(body)) <= c {
			return c
		}
	}
}
