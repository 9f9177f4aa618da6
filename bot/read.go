package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

const (
	// readTime is how long the files of one update may be waited for.
	readTime = 15 * time.Second
	// readAtOnce is how many updates have their files read at the same time.
	readAtOnce = 2
	// readAlbumDelay is how long the answer to a part of an album waits for the
	// next part, which is being read.
	readAlbumDelay = 4 * time.Second
)

// The slots of a notice and of what takes it away.
const (
	slotNotice  = "reading"
	slotNoticed = "reading_done"
)

// toRead are the kinds of files that may hold an offer in writing.
var toRead = []string{"photo", "document"}

// never are the kinds that hold no writing, or none that is looked for.
var never = []string{"voice", "video", "other"}

// marked says of files that are never read that they are not.
func marked(files []flows.File) []flows.File {
	out := slices.Clone(files)
	for i, f := range out {
		if slices.Contains(never, f.Kind) {
			out[i].Unread = flows.UnreadKind
		}
	}
	return out
}

// reads says whether an update has files to be read before it is handled. In a
// group only those it was asked about.
func (b *Bot) reads(u Update) bool {
	return b.Read != nil && u.Left == nil && (!u.Group || u.In.Called) &&
		slices.ContainsFunc(u.In.Files, func(f flows.File) bool { return slices.Contains(toRead, f.Kind) })
}

// read reads the files of an update, outside of any transaction. First it says
// so, in a transaction of its own that does not count as handling: a process
// that dies here is given the update again, and reads again. known is set when
// the update was handled before.
func (b *Bot) read(ctx context.Context, u Update) (out Update, known bool, err error) {
	var lang string
	var danger bool
	err = b.d.Tx(ctx, func(tx *db.Tx) (err error) {
		danger = false
		if known, err = noted(ctx, tx, u.ID); err != nil || known {
			return err
		}
		s, err := lock(ctx, tx, b.v, u.Chat)
		if err != nil {
			return err
		}
		if danger = inDanger(s.Session) || s.After != nil; danger {
			return nil // it is evidence, not an offer, and nothing is said
		}
		lang = b.lang(s.Session, u)
		if s.Reading == u.ID {
			return nil // said before a crash
		}
		album := u.In.Album != "" && s.Album == u.In.Album
		s.Reading, s.Album, s.At = u.ID, u.In.Album, db.Ms(tx.Now)
		if !album {
			s.Notice = 0
			if err := b.notice(ctx, tx, s.key, lang, u); err != nil {
				return err
			}
		}
		return s.save(ctx, tx, b.v)
	})
	if err != nil || known || danger {
		return u, known, err
	}
	b.nudge()
	u.In.Files, err = b.files(ctx, lang, u.In.Files)
	return u, false, err
}

// notice says that something is being read.
func (b *Bot) notice(ctx context.Context, tx *db.Tx, key, lang string, u Update) error {
	var out Out
	var failed error
	func() {
		defer catch(&failed)
		out = b.address(u, b.render(lang, "", flows.Reading()))
	}()
	if failed != nil || out.Text == "" {
		return nil // then there are no words for it
	}
	out.Notice, out.Silent = true, true
	return put(ctx, tx, b.v, key, out, outbox.Item{Class: outbox.Check, Group: u.Group, Slot: slotNotice}, 0)
}

// files reads files one after the other. What takes too long was not read
// well; only the end of ctx is an error.
func (b *Bot) files(ctx context.Context, lang string, all []flows.File) ([]flows.File, error) {
	within, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	held := false
	select {
	case b.readers <- struct{}{}:
		held = true
		defer func() { <-b.readers }()
	case <-within.Done():
	}
	out := slices.Clone(all)
	for i, f := range out {
		if !slices.Contains(toRead, f.Kind) {
			continue
		}
		out[i].Unread = flows.UnreadPoor
		if !held || within.Err() != nil {
			continue
		}
		read, err := b.readOne(within, lang, f)
		if err == nil {
			out[i].Text, out[i].Unread = read.Text, read.Unread
		} else if within.Err() == nil {
			out[i].Unread = flows.UnreadBroken
		}
	}
	if ctx.Err() != nil {
		return all, fmt.Errorf("read files: %w", ctx.Err())
	}
	return out, nil
}

// readOne reads one file; a panic in it is a file that could not be read.
func (b *Bot) readOne(ctx context.Context, lang string, f flows.File) (out flows.File, err error) {
	func() {
		defer catch(&err)
		out, err = b.Read(ctx, lang, f)
	}()
	var bad poison
	if errors.As(err, &bad) {
		b.Log.Error("a file made its reader fail", "ref", reference(), "panic", bad.kind, "at", bad.at)
	}
	return out, err
}

// done notes that the files of an update are read, and takes the notice away
// with the answer. A notice that is still under way is taken away when it has
// arrived.
func (s *session) done(ctx context.Context, tx *db.Tx, b *Bot, u Update) error {
	if s.Reading == 0 {
		return nil
	}
	s.Reading = 0
	if s.Notice == 0 {
		return nil
	}
	wait := time.Duration(0)
	if u.In.Album != "" {
		wait = readAlbumDelay
	}
	return takeAway(ctx, tx, b.v, s.key, Out{Chat: u.Chat, Delete: []int{s.Notice}}, u.Group, wait)
}

func takeAway(ctx context.Context, tx *db.Tx, v *vault.Vault, key string, out Out, group bool, wait time.Duration) error {
	return put(ctx, tx, v, key, out, outbox.Item{Class: outbox.Delete, Group: group, Slot: slotNoticed}, wait)
}
