package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// post is a messenger that takes everything, in memory.
type post struct {
	mu  sync.Mutex
	got []Out
	err func(it outbox.Item, out Out) error
	id  int
}

func (p *post) Carry(_ context.Context, it outbox.Item) (outbox.Sent, error) {
	var out Out
	if err := json.Unmarshal(it.Body, &out); err != nil {
		return outbox.Sent{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		if err := p.err(it, out); err != nil {
			return outbox.Sent{}, err
		}
	}
	p.got = append(p.got, out)
	if out.Text == "" {
		return outbox.Sent{}, nil
	}
	if out.Edit != 0 {
		return outbox.Sent{Message: out.Edit}, nil
	}
	p.id++
	return outbox.Sent{Message: 1000 + p.id}, nil
}

func (p *post) texts() (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.got {
		out = append(out, o.Text)
	}
	return out
}

// plainly says a message by its first key and its text.
func plainly(_, nonce string, s flows.Say) Out {
	var parts []string
	for _, p := range s.Parts {
		text, _ := p.Args["text"].(string)
		if ref, ok := p.Args["ref"].(string); ok {
			text = ref
		}
		parts = append(parts, strings.TrimSpace(string(p.Key)+" "+text))
	}
	out := Out{Text: strings.Join(parts, "\n"), Edit: s.Edit}
	for range s.Rows {
		out.Rows = append(out.Rows, []Button{{Text: "ok", Data: nonce}})
	}
	return out
}

func say(key flows.Key, text string) flows.Say {
	return flows.Say{Parts: []flows.Part{{Key: key, Args: map[string]any{"text": text}}}}
}

// echo keeps what is written and says it back.
func echo(s flows.Session, in flows.Input) flows.Turn {
	s.Lang = "en"
	s.Texts = append(slices.Clone(s.Texts), in.Text)
	return flows.Turn{Session: s, Say: []flows.Say{say("echo", in.Text)}}
}

// desk is a bot with a clock that stands until it is moved.
type desk struct {
	*Bot
	t       *testing.T
	post    *post
	courier *outbox.Courier
	now     time.Time
	last    int64
}

func each(t *testing.T, fn func(x *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(newDesk(t, d)) })
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	x := &desk{t: t, post: &post{}, now: noon}
	v, err := vault.Open(t.TempDir(), noon)
	require.NoError(t, err)
	x.Bot, err = start(context.Background(), d.WithClock(func() time.Time { return x.now }), v)
	require.NoError(t, err)
	x.turn, x.render = echo, plainly
	x.pop = func(_ string, s flows.Say) string { return "pop " + plainly("", "", s).Text }
	x.match = func(...string) string { return "en" }
	x.courier = x.Courier(map[string]outbox.Carrier{Kind: x.post}, nil)
	return x
}

// hear hands over an update of chat 7 under a new id.
func (x *desk) hear(u Update) Reply {
	x.t.Helper()
	x.last++
	u.ID = x.last
	if u.Chat == 0 {
		u.Chat = 7
	}
	r, err := x.Handle(context.Background(), u)
	require.NoError(x.t, err)
	return r
}

func (x *desk) write(text string) Reply {
	x.t.Helper()
	return x.hear(Update{In: flows.Input{Text: text}})
}

func (x *desk) flush() []string {
	x.t.Helper()
	require.NoError(x.t, x.courier.Flush(context.Background()))
	got := x.post.texts()
	x.post.got = nil
	return got
}

func (x *desk) tx(fn func(ctx context.Context, tx *db.Tx) error) {
	x.t.Helper()
	require.NoError(x.t, x.d.Tx(context.Background(), func(tx *db.Tx) error { return fn(context.Background(), tx) }))
}

func (x *desk) count(table string) (n int) {
	x.t.Helper()
	x.tx(func(ctx context.Context, tx *db.Tx) error { return tx.Get(ctx, &n, `SELECT count(*) FROM `+table) })
	return n
}

// session reads what is kept about chat 7.
func (x *desk) session() (s session) {
	x.t.Helper()
	boom := errors.New("only looking")
	err := x.d.Tx(context.Background(), func(tx *db.Tx) (err error) {
		if s, err = lock(context.Background(), tx, x.v, 7); err != nil {
			return err
		}
		return boom
	})
	require.ErrorIs(x.t, err, boom)
	return s
}

func TestATurnIsOneTransaction(t *testing.T) {
	each(t, func(x *desk) {
		counted := 0
		x.Count = func(flows.Turn) { counted++ }
		x.write("one")
		require.Equal(t, []string{"one"}, x.session().Session.Texts)
		require.Equal(t, 1, x.count("outbox"))
		require.Equal(t, []string{"echo one"}, x.flush())
		require.Equal(t, []int{1001}, x.session().Session.Shown, "the id of the message is known")

		x.last--
		x.write("one")
		require.Empty(t, x.flush(), "the same update again changes nothing")
		require.Equal(t, []string{"one"}, x.session().Session.Texts)
		require.Equal(t, 1, counted)

		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := x.Handle(gone, Update{ID: 99, Chat: 7, In: flows.Input{Text: "two"}})
		require.Error(t, err)
		require.Equal(t, []string{"one"}, x.session().Session.Texts)
		x.last = 98
		x.write("two")
		require.Equal(t, []string{"one", "two"}, x.session().Session.Texts, "what failed comes again")
	})
}

func TestWhatATurnCanAskFor(t *testing.T) {
	each(t, func(x *desk) {
		var next flows.Turn
		x.turn = func(flows.Session, flows.Input) flows.Turn { return next }

		next = flows.Turn{Session: flows.Session{Nonce: "n1"}, Say: []flows.Say{
			{Parts: []flows.Part{{Key: "card"}}, Rows: [][]flows.Button{{{Key: "ok", Step: "go", Value: "x"}}}},
			{Parts: []flows.Part{{Key: "rewritten"}}, Edit: 55},
			{Parts: []flows.Part{{Key: "secret"}}, Pop: true},
			{},
		}}
		r := x.hear(Update{Tap: "t1", In: flows.Input{Tap: &flows.Tap{}}})
		require.Equal(t, Reply{Pop: "pop secret"}, r)
		require.NoError(t, x.courier.Flush(context.Background()))
		require.Equal(t, []Out{
			{Chat: 7, Text: "card", Rows: [][]Button{{{Text: "ok", Data: "n1"}}}},
			{Chat: 7, Text: "rewritten", Edit: 55},
		}, x.post.got)
		require.Equal(t, []int{1001, 55}, x.session().Session.Shown)
		x.post.got = nil

		many := make([]int, 250)
		for i := range many {
			many[i] = i + 1
		}
		next = flows.Turn{Wipe: many, Say: []flows.Say{say("neutral", "")}}
		x.write("exit")
		require.NoError(t, x.courier.Flush(context.Background()))
		require.Len(t, x.post.got, 4)
		require.Equal(t, many[:100], x.post.got[0].Delete)
		require.Equal(t, many[200:], x.post.got[2].Delete)
		require.Equal(t, "neutral", x.post.got[3].Text, "deletes pass what is said")
	})
}

func TestDeletedMessagesAreNoLongerShown(t *testing.T) {
	each(t, func(x *desk) {
		x.turn = func(s flows.Session, in flows.Input) flows.Turn {
			if in.Text == "wipe" {
				return flows.Turn{Session: s, Wipe: s.Shown}
			}
			return echo(s, in)
		}
		for range 3 {
			x.write("words")
		}
		x.flush()
		require.Equal(t, []int{1001, 1002, 1003}, x.session().Session.Shown)
		x.write("wipe")
		x.flush()
		require.Empty(t, x.session().Session.Shown)
	})
}

func TestMessagesSentTogetherGetOneAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		in    flows.Input
		after time.Duration
	}{
		"album":    {flows.Input{Album: "a"}, albumDelay},
		"messages": {flows.Input{}, messageDelay},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(x *desk) {
				x.turn = func(s flows.Session, in flows.Input) flows.Turn {
					s.Texts = append(slices.Clone(s.Texts), in.Text)
					one := say("got", fmt.Sprint(len(s.Texts)))
					one.Slot = "files"
					return flows.Turn{Session: s, Say: []flows.Say{one}}
				}
				for range 5 {
					x.hear(Update{In: c.in})
					x.now = x.now.Add(c.after / 2)
					require.Empty(t, x.flush())
				}
				x.now = x.now.Add(c.after / 2)
				require.Equal(t, []string{"got 5"}, x.flush())
				x.hear(Update{Tap: "t", In: flows.Input{Tap: &flows.Tap{}}})
				require.Equal(t, []string{"got 6"}, x.flush(), "a tap is answered at once")
			})
		})
	}
}

func TestAGroup(t *testing.T) {
	each(t, func(x *desk) {
		x.hear(Update{Group: true, Topic: 3, In: flows.Input{Text: "called", Message: 12, Group: true, Called: true}})
		require.NoError(t, x.courier.Flush(context.Background()))
		require.Equal(t, []Out{{Chat: 7, Topic: 3, Reply: 12, Text: "echo called"}}, x.post.got)

		x.turn = func(s flows.Session, _ flows.Input) flows.Turn { return flows.Turn{Session: s} }
		before := x.session().rev
		for range 3 {
			x.hear(Update{Group: true, In: flows.Input{Text: "talk", Group: true}})
		}
		require.Equal(t, before, x.session().rev, "their own talk leaves no trace")
	})
}

func TestAChatThatClosesAndOpensAgain(t *testing.T) {
	closed, open := true, false
	each(t, func(x *desk) {
		x.write("one")
		x.post.err = func(outbox.Item, Out) error { return outbox.Gone{Err: errors.New("blocked")} }
		require.Empty(t, x.flush())
		require.True(t, x.session().gone)
		require.Zero(t, x.count("outbox"))

		x.post.err = nil
		x.write("two")
		require.False(t, x.session().gone)
		require.Equal(t, []string{"echo two"}, x.flush())
		require.Equal(t, []string{"one", "two"}, x.session().Session.Texts, "the conversation is still there")

		x.write("three")
		x.hear(Update{Left: &closed})
		require.True(t, x.session().gone)
		require.Empty(t, x.flush())
		x.hear(Update{Left: &open})
		require.False(t, x.session().gone)
		x.hear(Update{Chat: 8, Left: &closed})
		require.Equal(t, 1, x.count("sessions"), "who never wrote is not noted")
	})
}

func TestForget(t *testing.T) {
	each(t, func(x *desk) {
		x.write("one")
		x.flush()
		x.write("two")
		x.hear(Update{Chat: 8, In: flows.Input{Text: "other"}})
		x.turn = func(s flows.Session, _ flows.Input) flows.Turn {
			return flows.Turn{Session: flows.Session{Lang: "en"}, Forget: true, Wipe: s.Shown, Say: []flows.Say{say("forgotten", "")}}
		}
		x.write("delete")
		require.Equal(t, 1, x.count("sessions"))
		require.ElementsMatch(t, []string{"", "forgotten", "echo other"}, x.flush(), "what waited is gone, the messages are deleted")
		require.Equal(t, 1, x.count("sessions"), "and the delivery does not bring it back")
		x.turn = echo
		x.write("three")
		require.Equal(t, []string{"three"}, x.session().Session.Texts)
	})
}

// A body that cannot be read is worse than none: the person begins anew.
func TestASessionLivesAsLongAsItsKey(t *testing.T) {
	for _, c := range []struct {
		days int
		want []string
	}{{0, []string{"one", "two"}}, {1, []string{"one", "two"}}, {2, []string{"one", "two"}}, {3, []string{"two"}}, {4, []string{"two"}}} {
		t.Run(fmt.Sprint(c.days), func(t *testing.T) {
			each(t, func(x *desk) {
				x.write("one")
				x.now = x.now.AddDate(0, 0, c.days)
				x.write("two")
				require.Equal(t, c.want, x.session().Session.Texts)
				x.now = noon // a clock set back
				x.write("three")
				require.Equal(t, append(c.want, "three"), x.session().Session.Texts)
			})
		})
	}
}

func TestPurge(t *testing.T) {
	each(t, func(x *desk) {
		x.write("one")
		x.flush()
		x.now = x.now.Add(47 * time.Hour)
		x.hear(Update{Chat: 8, In: flows.Input{Text: "other"}})
		require.NoError(t, x.Purge(context.Background()))
		require.Equal(t, 2, x.count("sessions"))
		require.Equal(t, 2, x.count("updates"))
		x.now = x.now.Add(time.Hour + time.Minute)
		require.NoError(t, x.Purge(context.Background()))
		require.Equal(t, 1, x.count("sessions"))
		require.Equal(t, 1, x.count("updates"))
	})
}

func TestAPoisonUpdateIsApologisedFor(t *testing.T) {
	const words = "their words"
	for name, c := range map[string]struct {
		turn   func(flows.Session, flows.Input) flows.Turn
		render func(lang, nonce string, s flows.Say) Out
		silent bool
	}{
		"a panic in the turn": {turn: func(flows.Session, flows.Input) flows.Turn { panic(words) }},
		"an index out of range": {turn: func(s flows.Session, _ flows.Input) flows.Turn {
			return flows.Turn{Say: make([]flows.Say, len(s.Texts)-9)}
		}},
		"a panic in the words": {render: func(lang, nonce string, s flows.Say) Out {
			if s.Parts[0].Key == "echo" {
				panic(errors.New(words))
			}
			return plainly(lang, nonce, s)
		}},
		"no words at all": {render: func(string, string, flows.Say) Out { panic(words) }, silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(x *desk) {
				var log strings.Builder
				x.Log = slog.New(slog.NewTextHandler(&log, nil))
				x.write("one")
				x.flush()
				if c.turn != nil {
					x.turn = c.turn
				}
				if c.render != nil {
					x.render = c.render
				}
				x.write("bad")
				got := x.flush()
				if c.silent {
					require.Empty(t, got)
				} else {
					require.Len(t, got, 1)
					require.Regexp(t, `^sorry [A-Z2-7]{6}$`, got[0])
					require.Contains(t, log.String(), strings.Fields(got[0])[1], "the reference leads to the log")
				}
				require.NotContains(t, log.String(), words)
				require.Contains(t, log.String(), "bot.(*Bot).think")
				require.Equal(t, []string{"one"}, x.session().Session.Texts, "the conversation is as it was")
				x.last--
				x.write("bad")
				require.Empty(t, x.flush(), "it is not brought again")

				x.write("bad again")
				require.Empty(t, x.session().Session.Texts, "twice in a row begins anew")
				require.Equal(t, "en", x.session().Session.Lang)
				x.flush()
				x.turn, x.render = echo, plainly
				x.write("good")
				require.Equal(t, []string{"echo good"}, x.flush())
				require.Zero(t, x.session().Bad)

				if c.turn != nil {
					x.turn = c.turn
					x.hear(Update{Group: true, In: flows.Input{Group: true}})
					require.Empty(t, x.flush(), "a group that did not call hears nothing")
				}
			})
		})
	}
}

func TestAnInlineQueryNeverTouchesTheStore(t *testing.T) {
	each(t, func(x *desk) {
		x.inline = func(lang, query string) []InlineResult { return []InlineResult{{ID: "1", Title: lang, Text: query}} }
		r := x.hear(Update{Inline: "q", In: flows.Input{Text: "words"}})
		require.Equal(t, []InlineResult{{ID: "1", Title: "en", Text: "words"}}, r.Inline)
		x.inline = func(string, string) []InlineResult { panic("words") }
		require.Empty(t, x.hear(Update{Inline: "q"}).Inline)
		for _, table := range []string{"updates", "sessions", "outbox"} {
			require.Zero(t, x.count(table))
		}
	})
}

func TestLongConversationsFit(t *testing.T) {
	each(t, func(x *desk) {
		words := strings.Repeat("\U0001F600\u4e00 <&\x00", 4096/6)
		x.turn = func(s flows.Session, in flows.Input) flows.Turn {
			t := echo(s, in)
			for len(t.Session.Texts) < 100 {
				t.Session.Texts = append(t.Session.Texts, in.Text)
			}
			return t
		}
		for range 3 {
			x.write(words)
		}
		require.Len(t, x.flush(), 3)
		require.Len(t, x.session().Session.Texts, 102)
		require.Equal(t, words, x.session().Session.Texts[101])
	})
}

func TestKeysMustBeThoseOfTheDatabase(t *testing.T) {
	each(t, func(x *desk) {
		ctx := context.Background()
		dir := t.TempDir()
		v, err := vault.Open(dir, noon)
		require.NoError(t, err)
		_, err = start(ctx, x.d, v)
		require.ErrorIs(t, err, errKeys)
		require.NotContains(t, err.Error(), "\n")
		_, err = start(ctx, x.d, x.v)
		require.NoError(t, err)
	})
	t.Run("day keys given up", func(t *testing.T) {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			ctx := context.Background()
			dir := t.TempDir()
			v, err := vault.Open(dir, noon)
			require.NoError(t, err)
			d = d.WithClock(func() time.Time { return noon })
			_, err = start(ctx, d, v)
			require.NoError(t, err)
			require.NoError(t, d.Tx(ctx, func(tx *db.Tx) error {
				_, err := outbox.Lease(ctx, tx, "courier", "another", time.Minute)
				return err
			}))
			require.NoError(t, os.Remove(filepath.Join(dir, "day.key")))
			v, err = vault.Open(dir, noon)
			require.NoError(t, err)
			_, err = start(ctx, d, v)
			if d.Single() {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, errKeys, "another process still has the old ones")
			_, err = start(ctx, d.WithClock(func() time.Time { return noon.Add(time.Hour) }), v)
			require.NoError(t, err)
		})
	})
}

// The real conversations in the real words, through the real rooms.
func TestTheConversationsThroughTheStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		words, err := locales.Load()
		require.NoError(t, err)
		book := flows.New(flows.With{
			Judge: func(c check.Case) check.Verdict {
				v := check.Verdict{Outcome: check.NoMatch, Kind: check.None, Language: "en"}
				if strings.Contains(strings.Join(c.Texts, " "), "top up") {
					v.Outcome, v.Kind = check.Scam, check.Task
				}
				return v
			},
			Greeting:  func(s string) bool { return s == "hi" },
			Languages: []flows.Language{{Code: "en", Name: "English"}},
			Match:     words.Match,
		})
		x := newDesk(t, d)
		real, err := New(context.Background(), x.d, x.v, book, words)
		require.NoError(t, err)
		x.Bot = real
		x.courier = x.Courier(map[string]outbox.Carrier{Kind: x.post}, nil)

		x.hear(Update{In: flows.Input{Command: "start", Message: 1, Lang: "en"}})
		require.NoError(t, x.courier.Flush(context.Background()))
		require.Len(t, x.post.got, 1)
		require.NotEmpty(t, x.post.got[0].Rows)
		first := x.post.got[0].Rows[0][0]
		x.post.got = nil

		x.hear(Update{In: flows.Input{Text: "top up first", Message: 2, Sent: x.now.Unix()}})
		x.hear(Update{In: flows.Input{Text: "and then work", Message: 3, Sent: x.now.Unix()}})
		x.now = x.now.Add(messageDelay)
		got := x.flush()
		require.Len(t, got, 1, "two messages sent together are one case")
		require.Contains(t, got[0], "task scam")
		require.Len(t, x.session().Session.Texts, 2)
		require.NotEmpty(t, x.session().Session.Shown)

		data := strings.Split(first.Data, ".")
		require.Len(t, data, 3)
		x.hear(Update{Tap: "t", In: flows.Input{Tap: &flows.Tap{Nonce: data[0], Step: data[1], Value: data[2], Message: 1001}}})
		require.NotEmpty(t, x.flush())
		require.Contains(t, x.hear(Update{Inline: "q", In: flows.Input{Text: "top up first"}}).Inline[0].Text, "task scam")
	})
}

// Four handlers, each update three times and at once, a messenger that asks to
// slow down now and then, and, where there can be several, couriers that stop
// half-way: everything arrives, once, in the order it was written.
func TestExactlyOnce(t *testing.T) {
	const handlers, chats, each, times = 4, 8, 15, 3
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, err := vault.Open(t.TempDir(), time.Now())
		require.NoError(t, err)
		got := map[int64][]string{}
		total, half, done := 0, make(chan struct{}), make(chan struct{})
		p := &post{}
		p.err = func(_ outbox.Item, out Out) error {
			if rand.IntN(4) == 0 {
				return outbox.Later{After: time.Millisecond, Slow: true}
			}
			got[out.Chat] = append(got[out.Chat], out.Text)
			switch total++; total {
			case chats * each / 2:
				close(half)
			case chats * each:
				close(done)
			}
			return nil
		}
		bots := make([]*Bot, handlers)
		couriers := handlers
		if d.Single() {
			couriers = 1
		}
		var running sync.WaitGroup
		var stops []func()
		for i := range bots {
			b, err := start(context.Background(), d, v)
			require.NoError(t, err)
			b.turn, b.render = echo, plainly
			bots[i] = b
			if i >= couriers {
				continue
			}
			c := b.Courier(map[string]outbox.Carrier{Kind: p}, nil)
			ctx, stop := context.WithCancel(context.Background())
			stops = append(stops, stop)
			running.Go(func() { _ = c.Run(ctx) })
		}
		var writing sync.WaitGroup
		for chat := range int64(chats) {
			writing.Go(func() {
				for n := range int64(each) {
					u := Update{ID: 1 + chat*each + n, Chat: chat + 1, In: flows.Input{Text: fmt.Sprintf("%02d", n)}}
					var copies sync.WaitGroup
					for range times {
						copies.Go(func() {
							for {
								if _, err := bots[rand.IntN(handlers)].Handle(context.Background(), u); err == nil {
									return
								}
							}
						})
					}
					copies.Wait()
				}
			})
		}
		<-half
		for _, stop := range stops[:len(stops)-1] { // all but one, whichever carries
			stop()
		}
		writing.Wait()
		<-done
		stops[len(stops)-1]()
		running.Wait()

		require.Equal(t, chats*each, total)
		for chat := range int64(chats) {
			var want, kept []string
			for n := range each {
				want = append(want, fmt.Sprintf("echo %02d", n))
				kept = append(kept, fmt.Sprintf("%02d", n))
			}
			require.Equal(t, want, got[chat+1])
			require.NoError(t, d.Tx(context.Background(), func(tx *db.Tx) error {
				s, err := lock(context.Background(), tx, v, chat+1)
				require.Equal(t, kept, s.Session.Texts)
				require.Len(t, s.Session.Shown, each)
				return err
			}))
		}
		var left int
		require.NoError(t, d.Tx(context.Background(), func(tx *db.Tx) error {
			return tx.Get(context.Background(), &left, `SELECT count(*) FROM outbox`)
		}))
		require.Zero(t, left)
	})
}
