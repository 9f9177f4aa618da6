package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

// Kind is the kind of the outbox items whose body is an Out.
const Kind = "telegram"

// What is said into a slot waits a little for what may replace it: several
// messages sent together get one answer, and so does an album, whose parts
// come slower. A tap gets its answer at once.
const (
	albumDelay   = 1500 * time.Millisecond
	messageDelay = 500 * time.Millisecond
)

// deleteBatch is how many messages one call deletes.
const deleteBatch = 100

// purgeEvery is how often what nobody needs any more is removed.
const purgeEvery = 10 * time.Minute

// Bot handles updates. It is safe for concurrent use, and several on one
// database share the work; those of one chat must come one after the other.
type Bot struct {
	// Count hears of every turn that was committed, for counting only.
	Count func(flows.Turn)
	// Log gets failures by their reference, never what they were about.
	Log *slog.Logger
	// Read, when set, reads a picture or a document outside of the transaction:
	// it answers the file with its Text, or with the reason why there is none.
	// lang is the language of the chat. It must end soon when ctx does; its
	// error means that the file could not be had.
	Read func(ctx context.Context, lang string, f flows.File) (flows.File, error)
	// Desk takes reports; nil when none are taken.
	Desk *reports.Desk
	// Hear says what typed words of a report are about, for its priority only.
	Hear func(text string) hotlines.Words
	// Fetch opens a file of a report. lost says that it can never be had.
	Fetch func(ctx context.Context, id string) (body io.ReadCloser, lost bool, err error)

	d      *db.DB
	v      *vault.Vault
	turn   func(flows.Session, flows.Input) flows.Turn
	render func(lang, nonce string, s flows.Say) Out
	pop    func(lang string, s flows.Say) string
	packet func(lang string, s flows.Say, out *Out) error
	inline func(lang, query string) []InlineResult
	match  func(prefs ...string) string
	nudge  func()

	startCard func() flows.Say

	readers chan struct{} // held by those who read
}

// New makes a bot on a migrated database. It fails when the keys are not those
// of the database.
func New(ctx context.Context, d *db.DB, v *vault.Vault, book *flows.Book, words *locales.Words) (*Bot, error) {
	b, err := start(ctx, d, v)
	if err != nil {
		return nil, err
	}
	b.turn, b.startCard = book.Turn, book.Start
	b.match = words.Match
	b.render = func(lang, nonce string, s flows.Say) Out { return Render(words, lang, nonce, s) }
	b.pop = func(lang string, s flows.Say) string { return RenderPop(words, lang, s) }
	b.packet = func(lang string, s flows.Say, out *Out) error {
		file, err := RenderPacket(words, lang, *s.Packet)
		out.File, out.Text = &file, fit(words, lang, s.Parts, mostCaption)
		return err
	}
	b.inline = func(lang, query string) []InlineResult {
		return []InlineResult{InlineResultOf(words, lang, book.Inline(query))}
	}
	return b, nil
}

func start(ctx context.Context, d *db.DB, v *vault.Vault) (*Bot, error) {
	err := d.Tx(ctx, func(tx *db.Tx) error { return sameKeys(ctx, tx, d.Single(), v.Fingerprint()) })
	if err != nil {
		return nil, fmt.Errorf("start bot: %w", err)
	}
	return &Bot{d: d, v: v, Log: slog.New(slog.DiscardHandler), nudge: func() {}, readers: make(chan struct{}, readAtOnce)}, nil
}

// Courier makes the courier of this bot's messages: what it delivers is noted
// in the sessions, and it does the housekeeping. Call it before Handle.
func (b *Bot) Courier(carriers map[string]outbox.Carrier, pace *outbox.Pace) *outbox.Courier {
	c := outbox.NewCourier(b.d, b.v, carriers, pace)
	c.Done = b.done
	c.Gone = func(ctx context.Context, tx *db.Tx, lane string) error { return b.left(ctx, tx, lane, true) }
	c.Chores = b.chores()
	c.Log = b.Log
	b.nudge = c.Nudge
	b.v.Wary() // from here on there is somebody to look after a leap of the clock
	return c
}

// Purge removes what nobody needs any more, from the disk too: updates after 48
// hours, conversations idle for as long, day keys that became too old.
func (b *Bot) Purge(ctx context.Context) error {
	if err := b.leapt(ctx); err != nil {
		return err
	}
	if err := b.v.Reach(b.d.Now()); err != nil {
		return err
	}
	if err := b.d.Tx(ctx, func(tx *db.Tx) error { return purge(ctx, tx) }); err != nil {
		return err
	}
	if b.Desk != nil {
		if err := b.Desk.Keep(ctx); err != nil {
			return err
		}
	}
	return b.d.Scrub(ctx)
}

// Handle turns one update into one transaction: seen, session, turn, outbox.
// Files are read before it, see read.go. When it answers nil everything the update caused is on the disk, and the
// messenger may be told so. It may be called again with the same update and
// then changes nothing. An error is trouble with the database or the keys:
// nothing is written, and the update must come again. An update that makes the
// bot itself fail is not brought again: the person gets an apology.
func (b *Bot) Handle(ctx context.Context, u Update) (Reply, error) {
	if u.Inline != "" {
		return b.answer(u), nil
	}
	if err := b.leapt(ctx); err != nil {
		return Reply{}, err
	}
	if b.Read != nil {
		u.In.Files = marked(u.In.Files)
	}
	if b.reads(u) {
		read, known, err := b.read(ctx, u)
		if err != nil {
			return Reply{}, fmt.Errorf("handle update: %w", err)
		}
		if known {
			return Reply{}, nil
		}
		u = read
	}
	u.In.Random = random()
	var reply Reply
	var turn *flows.Turn
	var err error
	for ready := (*prepared)(nil); ; {
		var at session
		var t flows.Turn
		var says []said
		var pop string
		err = b.d.Tx(ctx, func(tx *db.Tx) (err error) {
			reply, turn = Reply{}, nil
			first, err := seen(ctx, tx, u.ID)
			if err != nil || !first {
				return err
			}
			if u.Left != nil {
				return b.left(ctx, tx, b.v.Chat(u.Chat), *u.Left)
			}
			if at, err = lock(ctx, tx, b.v, u.Chat); err != nil {
				return err
			}
			if at.gone { // whoever writes to us can be written to
				at.gone = false
				if err := outbox.Wake(ctx, tx, at.key); err != nil {
					return err
				}
			}
			u.In = at.informed(u.In, u.Tap != "", tx.Now)
			if ready != nil && ready.rev == at.rev {
				t, says, pop = ready.turn, ready.says, ready.pop
			} else {
				ready = nil
				var late bool
				if t, late = at.belated(u); !late {
					if t, says, pop, err = b.think(at.Session, u); err != nil {
						return err
					}
				}
				if b.Desk != nil && (t.Report != nil || t.Ask != nil) {
					return errPrepare
				}
			}
			reply.Pop, turn = pop, &t
			if reply.Cover, err = b.commit(ctx, tx, at, u, t, says, ready); err != nil {
				return err
			}
			return nil
		})
		if errors.Is(err, reports.ErrTooMany) || errors.Is(err, reports.ErrGone) {
			u.In.Refused = flows.TooMany
			if errors.Is(err, reports.ErrGone) {
				u.In.Refused = flows.NoOffice
			}
			ready, err = b.refused(at, u)
			if err == nil {
				continue
			}
		}
		if !errors.Is(err, errPrepare) {
			break
		}
		if ready, err = b.prepare(ctx, at, u, t, says, pop); err != nil {
			break
		}
	}
	var bad poison
	if errors.As(err, &bad) {
		return Reply{}, b.apologise(ctx, u, bad)
	}
	if err != nil {
		return Reply{}, fmt.Errorf("handle update: %w", err)
	}
	b.nudge()
	if turn != nil && b.Count != nil {
		b.Count(*turn)
	}
	return reply, nil
}

// said is a message in words, and where it goes.
type said struct {
	out   Out
	slot  string
	class outbox.Class
}

// think takes the turn and puts it into words. It touches nothing; whatever
// goes wrong in it is the update's fault.
func (b *Bot) think(s flows.Session, u Update) (t flows.Turn, says []said, pop string, err error) {
	defer catch(&err)
	t = b.turn(s, u.In)
	lang := b.lang(t.Session, u)
	for _, say := range t.Say {
		if say.Pop && u.Tap != "" {
			pop = b.pop(lang, say)
			continue
		}
		out := b.render(lang, t.Session.Nonce, say)
		if out.Text == "" || say.Cover && out.Edit == 0 {
			continue // a cover of a card that is not there yet: it never will be
		}
		if say.Packet != nil {
			if err := b.packet(lang, say, &out); err != nil {
				return t, nil, "", err
			}
		}
		out = b.address(u, out)
		class := outbox.Check
		switch {
		case say.Cover:
			class = outbox.Cover
		case say.Danger && out.Edit != 0:
			class = outbox.Danger
		case say.Danger: // never sent, only written into a start card that is there
			card := out
			out = b.address(u, b.render(lang, "", b.startCard()))
			out.Silent, out.Protect, out.Then = true, true, &card
		}
		says = append(says, said{out, say.Slot, class})
	}
	return t, says, pop, nil
}

func (b *Bot) lang(s flows.Session, u Update) string {
	if s.Lang != "" || b.match == nil {
		return s.Lang
	}
	return b.match(u.In.Lang)
}

// address says where a message goes.
func (b *Bot) address(u Update, out Out) Out {
	out.Chat = u.Chat
	if u.Group {
		out.Topic = u.Topic
		if out.Edit == 0 {
			out.Reply = u.In.Message
		}
	}
	return out
}

// commit writes what follows from a turn, and answers the cover it queued, for
// whoever can deliver it sooner.
func (b *Bot) commit(ctx context.Context, tx *db.Tx, s session, u Update, t flows.Turn, says []said, p *prepared) (cover *Out, err error) {
	if quiet := len(says)+len(t.Wipe) == 0 && !t.Forget && p == nil; quiet && s.Bad == 0 && s.Reading == 0 && s.rev > 0 && reflect.DeepEqual(s.Session, t.Session) {
		return nil, nil // the talk of a group that is not with us
	}
	if b.Desk != nil || inDanger(s.Session) || inDanger(t.Session) {
		if err := b.file(ctx, tx, &s, u, t, p); err != nil {
			return nil, err
		}
	}
	if t.Forget {
		if err := forget(ctx, tx, s.key); err != nil {
			return nil, err
		}
		if s.Session.Quiet { // that no sound is made here is all that is kept
			again, err := lock(ctx, tx, b.v, u.Chat)
			if err != nil {
				return nil, err
			}
			again.Session, again.At = flows.Session{Lang: s.Session.Lang, Nonce: s.Session.Nonce, Quiet: true}, db.Ms(tx.Now)
			if err := again.save(ctx, tx, b.v); err != nil {
				return nil, err
			}
		}
	} else {
		if err := s.done(ctx, tx, b, u); err != nil {
			return nil, err
		}
		s.Session, s.Bad, s.At = t.Session, 0, db.Ms(tx.Now)
		if s.Session.Album != nil {
			if err := b.setTimer(ctx, tx, timerAlbum, s.key, u.Chat, tx.Now.Add(albumLife)); err != nil {
				return nil, err
			}
		}
		if err := s.save(ctx, tx, b.v); err != nil {
			return nil, err
		}
	}
	if err := b.remind(ctx, tx, s, u, t); err != nil {
		return nil, err
	}
	for wipe := t.Wipe; len(wipe) > 0; {
		n := min(len(wipe), deleteBatch)
		out := Out{Chat: u.Chat, Delete: wipe[:n]}
		wipe = wipe[n:]
		if err := put(ctx, tx, b.v, s.key, out, outbox.Item{Class: outbox.Delete, Group: u.Group}, 0); err != nil {
			return nil, err
		}
	}
	for _, say := range says {
		it := outbox.Item{Class: say.class, Group: u.Group, Slot: say.slot}
		if say.class == outbox.Cover {
			it.Slot, cover = slotCover, &say.out
		}
		if err := put(ctx, tx, b.v, s.key, say.out, it, b.delay(u, say.slot)); err != nil {
			return nil, err
		}
	}
	return cover, nil
}

func (b *Bot) delay(u Update, slot string) time.Duration {
	switch {
	case slot == "" || u.Tap != "" || u.In.Command != "":
		return 0
	case u.In.Album != "" && b.reads(u):
		return readAlbumDelay
	case u.In.Album != "":
		return albumDelay
	}
	return messageDelay
}

// answer answers an inline query. Nothing of it is kept anywhere.
func (b *Bot) answer(u Update) (r Reply) {
	var err error
	func() {
		defer catch(&err)
		r.Inline = b.inline(b.match(u.In.Lang), u.In.Text)
	}()
	var bad poison
	if errors.As(err, &bad) {
		b.Log.Error("an inline query failed", "ref", reference(), "panic", bad.kind, "at", bad.at)
		return Reply{}
	}
	return r
}

// poison is a failure that the same update would cause again. It knows where it
// happened and nothing of what it was about.
type poison struct{ kind, at string }

// Error says that much.
func (p poison) Error() string { return "update fails: " + p.kind }

// catch makes a poison of a panic. What was panicked with may hold a person's
// words, so only its type is kept.
func catch(err *error) {
	p := recover()
	if p == nil {
		return
	}
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var at []string
	for {
		f, more := frames.Next()
		if name, ok := strings.CutPrefix(f.Function, "github.com/offercheck/offercheck/"); ok {
			at = append(at, fmt.Sprintf("%s:%d", name, f.Line))
		}
		if !more {
			break
		}
	}
	*err = poison{reflect.TypeOf(p).String(), strings.Join(at, " < ")}
}

// apologise records a poison update as seen and tells the person. The second
// one in a row begins the conversation anew: perhaps what was said before is
// what the bot chokes on.
func (b *Bot) apologise(ctx context.Context, u Update, bad poison) error {
	ref := reference()
	b.Log.Error("an update failed", "ref", ref, "panic", bad.kind, "at", bad.at)
	words, err := b.lastWords(ctx, u)
	if err != nil {
		return fmt.Errorf("apologise: %w", err)
	}
	err = b.d.Tx(ctx, func(tx *db.Tx) error {
		first, err := seen(ctx, tx, u.ID)
		if err != nil || !first {
			return err
		}
		s, err := lock(ctx, tx, b.v, u.Chat)
		if err != nil {
			return err
		}
		if inDanger(s.Session) { // no apology: what came is sealed and goes, the card is covered
			if err := b.poisoned(ctx, tx, &s, u, words); err != nil {
				return err
			}
			return s.save(ctx, tx, b.v)
		}
		if s.Bad++; s.Bad > 1 {
			s.Session = flows.Session{Lang: s.Session.Lang, Country: s.Session.Country, Nonce: s.Session.Nonce, Shown: s.Session.Shown, Quiet: s.Session.Quiet}
		}
		if err := s.done(ctx, tx, b, u); err != nil {
			return err
		}
		s.At = db.Ms(tx.Now)
		if err := s.save(ctx, tx, b.v); err != nil {
			return err
		}
		if u.Group && !u.In.Called {
			return nil
		}
		var out Out
		func() {
			defer catch(&err)
			say := flows.Say{Parts: []flows.Part{{Key: "sorry", Args: map[string]any{"ref": ref}}}}
			out = b.address(u, b.render(b.lang(s.Session, u), s.Session.Nonce, say))
		}()
		if err != nil || out.Text == "" { // then there are no words for it
			return nil
		}
		return put(ctx, tx, b.v, s.key, out, outbox.Item{Class: outbox.Check, Group: u.Group}, 0)
	})
	if err != nil {
		return fmt.Errorf("apologise: %w", err)
	}
	b.nudge()
	return nil
}
