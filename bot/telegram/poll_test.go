package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
)

// recorder commits updates as the bot does: each id once, in memory.
type recorder struct {
	mu     sync.Mutex
	seen   map[int64]int
	texts  map[int64][]string
	reply  bot.Reply
	before func(u bot.Update) error // runs before the commit
}

func record() *recorder {
	return &recorder{seen: map[int64]int{}, texts: map[int64][]string{}}
}

func (r *recorder) Handle(_ context.Context, u bot.Update) (bot.Reply, error) {
	r.mu.Lock()
	before := r.before
	r.mu.Unlock()
	if before != nil {
		if err := before(u); err != nil {
			return bot.Reply{}, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[u.ID]++
	if r.seen[u.ID] == 1 {
		r.texts[u.Chat] = append(r.texts[u.Chat], u.In.Text)
	}
	return r.reply, nil
}

// first sets what runs before the commit from now on.
func (r *recorder) first(do func(u bot.Update) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = do
}

func (r *recorder) of(chat int64) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.texts[chat]...)
}

// polling runs Poll until the returned function is called.
func polling(t *testing.T, c *Client, h Handler) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out := make(chan error, 1)
	go func() { out <- c.Poll(ctx, h) }()
	stop = sync.OnceValue(func() error { cancel(); return <-out })
	t.Cleanup(func() { _ = stop() })
	return stop
}

func TestPollHandsOverEverythingInOrder(t *testing.T) {
	s := telegramtest.New(t)
	r := record()
	people := []*telegramtest.Person{s.Person("en"), s.Person("th"), s.Person("my")}
	var want []string
	for i := range 120 { // more than one batch
		want = append(want, fmt.Sprint(i))
		for _, p := range people {
			p.Send(fmt.Sprint(i))
		}
	}
	stop := polling(t, client(t, s), r)
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	require.NoError(t, stop())
	for _, p := range people {
		require.Equal(t, want, r.of(p.ID))
	}
	require.Empty(t, s.Bugs())
}

func TestPollOffsetWaitsForTheCommit(t *testing.T) {
	s := telegramtest.New(t)
	r := record()
	slow, quick := s.Person("en"), s.Person("en")
	release := make(chan struct{})
	r.before = func(u bot.Update) error {
		if u.Chat == slow.ID {
			<-release
		}
		return nil
	}
	slow.Send("slow")
	quick.Send("quick")
	stop := polling(t, client(t, s), r)
	require.True(t, s.Wait(patient, func() bool { return len(r.of(quick.ID)) == 1 }))
	// New messages of others come in while one is under way, and nothing is
	// confirmed behind its back.
	quick.Send("quick again")
	require.True(t, s.Wait(patient, func() bool { return len(r.of(quick.ID)) == 2 }))
	require.Equal(t, 3, s.Pending())
	close(release)
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	require.NoError(t, stop())
	require.Equal(t, []string{"slow"}, r.of(slow.ID))
}

func TestPollBringsBackWhatACrashLeft(t *testing.T) {
	s := telegramtest.New(t)
	p := s.Person("en")
	crash := record()
	stuck := make(chan struct{})
	crash.before = func(u bot.Update) error {
		if u.In.Text == "second" {
			close(stuck)
			select {} // the process dies here
		}
		return nil
	}
	first := client(t, s)
	go func() { _ = first.Poll(context.Background(), crash) }()
	p.Send("first")
	p.Send("second")
	p.Send("third")
	<-stuck
	first.http.CloseIdleConnections()

	r := record()
	crash.mu.Lock()
	r.seen, r.texts = maps.Clone(crash.seen), maps.Clone(crash.texts) // the database outlives the process
	crash.mu.Unlock()
	second := client(t, s)
	stop := polling(t, second, r)
	require.True(t, s.Wait(patient, func() bool { return len(r.of(p.ID)) == 3 }))
	require.Equal(t, []string{"first", "second", "third"}, r.of(p.ID))
	_ = stop
}

func TestPollRepeatsUntilTheDatabaseTakesIt(t *testing.T) {
	s := telegramtest.New(t)
	p := s.Person("en")
	r := record()
	fails := 3
	r.before = func(u bot.Update) error {
		if u.In.Text == "one" && fails > 0 {
			fails--
			return errors.New("database is locked")
		}
		return nil
	}
	p.Send("one")
	p.Send("two")
	stop := polling(t, client(t, s), r)
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	require.NoError(t, stop())
	require.Equal(t, []string{"one", "two"}, r.of(p.ID))
}

func TestPollSurvivesPanics(t *testing.T) {
	s := telegramtest.New(t)
	p := s.Person("en")
	r := record()
	r.before = func(u bot.Update) error {
		if u.In.Text == "poison" {
			panic("poison " + u.In.Text)
		}
		return nil
	}
	p.Send("poison")
	p.Send("after")
	var log bytes.Buffer
	c, err := New(s.Token, s.URL, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	stop := polling(t, c, r)
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	require.NoError(t, stop())
	require.Equal(t, []string{"after"}, r.of(p.ID))
	require.Contains(t, log.String(), "given up")
	require.NotContains(t, log.String(), "poison")
}

func TestPollThroughFaultsAndRepeats(t *testing.T) {
	s := telegramtest.New(t)
	s.Repeat(func(id int64) int { return int(id % 2) })
	s.Fail("getUpdates", telegramtest.BadGateway(), telegramtest.DropAfter(), telegramtest.OK(), telegramtest.TooMany(1), telegramtest.DropBefore())
	s.Fail("getMe", telegramtest.DropBefore())
	p := s.Person("en")
	r := record()
	stop := polling(t, client(t, s), r)
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprint(i))
		p.Send(fmt.Sprint(i))
	}
	require.True(t, s.Wait(patient, func() bool { return len(r.of(p.ID)) == len(want) && s.Pending() == 0 }))
	require.NoError(t, stop())
	require.Equal(t, want, r.of(p.ID))
}

func TestPollWhenIdsBeginAnew(t *testing.T) {
	s := telegramtest.New(t)
	p := s.Person("en")
	r := record()
	stop := polling(t, client(t, s), r)
	p.Send("old")
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	s.Skip(1000)
	p.Send("new")
	require.True(t, s.Wait(patient, func() bool { return len(r.of(p.ID)) == 2 }))
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	require.NoError(t, stop())
}

func TestPollTakesAWebhookAway(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	require.NoError(t, c.SetWebhook(t.Context(), "https://example.org/hook", "secret"))
	p := s.Person("en")
	p.Send("kept")
	r := record()
	stop := polling(t, c, r)
	require.True(t, s.Wait(patient, func() bool { return len(r.of(p.ID)) == 1 }))
	require.NoError(t, stop())
	require.Empty(t, s.Bugs())
}

func TestPollTellsTheOperator(t *testing.T) {
	t.Run("wrong token", func(t *testing.T) {
		s := telegramtest.New(t)
		c, err := New("1:wrong_token", s.URL, nil)
		require.NoError(t, err)
		err = c.Poll(t.Context(), record())
		require.ErrorContains(t, err, "TELEGRAM_BOT_TOKEN")
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, err.Error(), "wrong_token")
	})
	t.Run("token taken back while polling", func(t *testing.T) {
		s := telegramtest.New(t)
		s.Fail("getUpdates", telegramtest.OK())
		c := client(t, s)
		p := s.Person("en")
		r := record()
		out := make(chan error, 1)
		go func() { out <- c.Poll(t.Context(), r) }()
		p.Send("x")
		require.True(t, s.Wait(patient, func() bool { return len(r.of(p.ID)) == 1 }))
		s.Revoke("4242424242:another")
		require.ErrorContains(t, <-out, "TELEGRAM_BOT_TOKEN")
	})
	t.Run("another reader", func(t *testing.T) {
		s := telegramtest.New(t)
		var log lockedBuffer
		c, err := New(s.Token, s.URL, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		r := record()
		stop := polling(t, c, r)
		require.True(t, s.Wait(patient, s.Held))
		rival := client(t, s)
		require.NoError(t, rival.Call(t.Context(), "getUpdates", nil, nil))
		require.True(t, s.Wait(patient, func() bool { return strings.Contains(log.String(), "only one") }))
		require.NoError(t, stop())
		require.Equal(t, 1, strings.Count(log.String(), "another program"))
	})
	t.Run("a webhook from elsewhere", func(t *testing.T) {
		s := telegramtest.New(t)
		var log lockedBuffer
		c, err := New(s.Token, s.URL, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		stop := polling(t, c, record())
		require.True(t, s.Wait(patient, s.Held))
		require.NoError(t, client(t, s).SetWebhook(t.Context(), "https://example.org/", "x"))
		require.True(t, s.Wait(patient, func() bool { return strings.Contains(log.String(), "WEBHOOK_URL") }))
		require.NoError(t, stop())
	})
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestEveryTapIsAnsweredOnce(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	p := s.Person("en")
	hello := p.Send("hi")
	r := record()
	failed := false
	r.before = func(u bot.Update) error {
		if u.In.Tap == nil {
			return nil
		}
		switch u.In.Tap.Value {
		case "panic":
			panic("x")
		case "busy":
			if !failed {
				failed = true
				return errors.New("database is locked")
			}
		}
		return nil
	}
	stop := polling(t, c, r)
	press := func(data string) *telegramtest.Tap {
		tap := p.Press(hello, data)
		require.True(t, tap.Await(patient))
		return tap
	}
	require.Empty(t, press("ab12.s.plain").Pop())
	r.mu.Lock()
	r.reply = bot.Reply{Pop: strings.Repeat("long words ", 40)}
	r.mu.Unlock()
	tap := press("ab12.s.pop")
	require.LessOrEqual(t, telegramtest.Units(tap.Pop()), 200)
	require.True(t, tap.Alert())
	require.NotEmpty(t, press("ab12.s.busy").Pop())
	press("not data at all")
	press("ab12.s.panic")
	s.Fail("answerCallbackQuery", telegramtest.DropBefore())
	press("ab12.s.dropped")
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	require.NoError(t, stop())
	require.Empty(t, s.Unanswered())
	require.Empty(t, s.Twice())
	require.Empty(t, s.Bugs())
}

func TestFitPop(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("word ", 100), strings.Repeat("ก", 300), strings.Repeat("😀", 150), "x" + strings.Repeat(" ", 300)} {
		got := fitPop(text)
		require.LessOrEqual(t, telegramtest.Units(got), 200)
		require.NotContains(t, got, "\ufffd")
	}
	require.Equal(t, strings.TrimSpace(strings.Repeat("word ", 39))+"…", fitPop(strings.Repeat("word ", 100)))
}

func TestInlineQueries(t *testing.T) {
	s := telegramtest.New(t)
	p := s.Person("en")
	r := record()
	r.reply = bot.Reply{Inline: []bot.InlineResult{{ID: "1", Title: "Caution", Description: "d", Text: "<b>Caution</b>"}}}
	stop := polling(t, client(t, s), r)
	got, ok := p.Ask("free flight").Await(patient)
	require.True(t, ok)
	require.Equal(t, []telegramtest.Result{{ID: "1", Title: "Caution", Description: "d", Text: "Caution"}}, got)
	r.first(func(bot.Update) error { return errors.New("database is locked") })
	got, ok = p.Ask("x").Await(patient)
	require.True(t, ok)
	require.Empty(t, got)
	require.NoError(t, stop())
	require.Empty(t, s.Bugs())
}

func TestWebhook(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	for _, secret := range []string{"", "with space", strings.Repeat("x", 257), "ünïcode"} {
		_, err := c.Webhook(secret, record())
		require.ErrorContains(t, err, "WEBHOOK_SECRET")
		require.ErrorContains(t, c.SetWebhook(t.Context(), "https://example.org/", secret), "WEBHOOK_SECRET")
	}
	for _, address := range []string{"", "http://example.org/", "example.org", "https://"} {
		require.ErrorContains(t, c.SetWebhook(t.Context(), address, "s"), "WEBHOOK_URL")
	}

	r := record()
	h, err := c.Webhook("secret-1", r)
	require.NoError(t, err)
	post := func(secret, body string) int {
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		if secret != "" {
			req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		return w.Code
	}
	good := private(`"text":"hi"`)
	require.Equal(t, 403, post("", good))
	require.Equal(t, 403, post("secret-2", good))
	require.Equal(t, 413, post("secret-1", strings.Repeat("x", updateSize+1)))
	require.Equal(t, 403, post("x", strings.Repeat("x", updateSize+1)))
	require.Empty(t, r.seen)
	require.Equal(t, 200, post("secret-1", "no JSON"))
	require.Equal(t, 200, post("secret-1", private(`"pinned_message":{}`)))
	require.Empty(t, r.seen)
	require.Equal(t, 200, post("secret-1", good))
	require.Equal(t, []string{"hi"}, r.of(9))

	w := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("X-Telegram-Bot-Api-Secret-Token", "secret-1")
	h.ServeHTTP(w, req)
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)

	r.before = func(bot.Update) error { return errors.New("database is locked") }
	require.Equal(t, 500, post("secret-1", good))
	r.before = func(bot.Update) error { panic("poison") }
	require.Equal(t, 200, post("secret-1", good))
}

func TestWebhookEndToEnd(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	r := record()
	var failed atomic.Int32 // two chats are handled at once
	r.before = func(u bot.Update) error {
		if u.In.Text == "0" && failed.Add(1) <= 2 {
			return errors.New("database is locked")
		}
		return nil
	}
	h, err := c.Webhook("secret", r)
	require.NoError(t, err)
	web := httptest.NewServer(h)
	defer web.Close()
	s.Reach = func(string) string { return web.URL }
	s.Repeat(func(id int64) int { return int(id % 3) })
	require.NoError(t, c.SetWebhook(t.Context(), "https://bot.example.org/hook", "secret"))
	require.Equal(t, "40", s.Calls("setWebhook")[0].Params["max_connections"])

	people := []*telegramtest.Person{s.Person("en"), s.Person("vi")}
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprint(i))
		for _, p := range people {
			p.Send(fmt.Sprint(i))
		}
	}
	tap := people[0].Press(1, "ab12.s.x")
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	for _, p := range people {
		require.Equal(t, want, r.of(p.ID)[:20])
	}
	require.Equal(t, 1, tap.Answers())
	require.Empty(t, s.Bugs())
	resp, err := http.Post(web.URL, "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 403, resp.StatusCode)
}
