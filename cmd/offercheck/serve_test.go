package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/db/dbtest"
)

// errand is somebody who sends commands whose answers are known, one message
// each, so that what is lost, doubled or out of order shows.
type errand struct {
	*telegramtest.Person
	words *locales.Words
	want  []string
}

// asks are the commands, so that no two neighbours have the same answer.
var asks = []struct{ command, key string }{
	{"/privacy", "privacy"}, {"/help", "help"}, {"/nosuch", "unknown_command"}, {"/language", "language_pick"}, {"/delete", "delete_ask"}, {"/report", "report"},
}

func errands(t testing.TB, s *telegramtest.Server, n int) []*errand {
	t.Helper()
	words, err := locales.Load()
	require.NoError(t, err)
	out := make([]*errand, n)
	for i := range out {
		out[i] = &errand{Person: s.Person("en"), words: words}
	}
	return out
}

func (e *errand) said(key string) string { return e.words.Plain("en", key, nil) }

// next sends the next command.
func (e *errand) next() {
	a := asks[len(e.want)%len(asks)]
	e.want = append(e.want, strings.TrimSpace(e.said(a.key)))
	e.Send(a.command)
}

// complete says whether the answers are all there, and when some of them came
// once more. What is not an answer to one of the commands is passed over.
func (e *errand) complete(t testing.TB) (all bool, again []time.Time) {
	known := map[string]bool{}
	for _, a := range asks {
		known[strings.TrimSpace(e.said(a.key))] = true
	}
	at := 0
	for _, m := range e.FromBot() {
		text := strings.TrimSpace(m.Text)
		switch {
		case !known[text]:
		case at < len(e.want) && text == e.want[at]:
			at++
		case at > 0 && text == e.want[at-1]:
			again = append(again, m.Sent)
		default:
			require.Fail(t, "an answer out of its order", "after %d of %d:\n%s", at, len(e.want), telegramtest.Transcript(e.Screen()))
		}
	}
	return at == len(e.want), again
}

// settled waits until every answer is there, and answers how many came twice.
func settled(t testing.TB, s *telegramtest.Server, people []*errand, p *process) (twice int) {
	t.Helper()
	done := s.Wait(2*patience, func() bool {
		if s.Pending() > 0 {
			return false
		}
		for _, e := range people {
			if all, _ := e.complete(t); !all {
				return false
			}
		}
		return true
	})
	if !done {
		for _, e := range people {
			if all, _ := e.complete(t); !all {
				require.Fail(t, "somebody waits in vain", "%d updates are not confirmed\n%s\n%s", s.Pending(), telegramtest.Transcript(e.Screen()), p.log)
			}
		}
		require.Zero(t, s.Pending(), p.log)
	}
	for _, e := range people {
		_, again := e.complete(t)
		twice += len(again)
	}
	return twice
}

func get(t testing.TB, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, string(body)
}

// lastPort is the newest port that freePort gave out.
var lastPort = func() *atomic.Int32 {
	var n atomic.Int32
	n.Store(10_000 + rand.Int32N(5_000))
	return &n
}()

// freePort is an address nobody listens on, nor will before the program does: it
// lies below the ports that the kernel gives to whoever does not care, and is
// given out once.
func freePort(t testing.TB) string {
	t.Helper()
	for range 5_000 {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", lastPort.Add(1)))
		if err != nil { // somebody's
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	require.Fail(t, "no port is free")
	return ""
}

// Nothing but a token is set: the data lie in the folder the program runs in.
func TestServeWithATokenOnly(t *testing.T) {
	t.Parallel()
	s := telegramtest.New(t)
	desk := freePort(t)
	p := serving(t, s, "DESK_ADDR="+desk)
	who := s.Person("en")
	who.Send(lure)
	require.True(t, who.Await(1, patience), p.log)
	require.Contains(t, who.Last().Text, "Do not travel")
	tap := who.TapLabel("Useful")
	require.True(t, tap.Await(patience))
	require.NotEmpty(t, tap.Pop())
	require.True(t, s.Wait(patience, func() bool { return len(s.Commands("en")) > 0 }))
	require.Equal(t, s.Commands("en"), s.Commands(""))

	for _, path := range []string{"/healthz", "/readyz"} {
		code, body := get(t, "http://"+p.addr()+path)
		require.Equal(t, 200, code)
		require.Equal(t, "ok\n", body)
	}
	code, _ := get(t, "http://"+p.addr()+"/metrics")
	require.Equal(t, 404, code, "the metrics are not for the street")
	code, body := get(t, "http://"+desk+"/metrics")
	require.Equal(t, 200, code)
	require.Contains(t, body, `offercheck_checks_total{kind="recruitment",outcome="trafficking"} 1`)
	require.Contains(t, body, "offercheck_outbox_waiting 0")

	require.True(t, s.Wait(patience, func() bool { return s.Pending() == 0 }))
	require.Less(t, p.stop(), 10*time.Second)
	require.FileExists(t, filepath.Join(p.cmd.Dir, "data", "bot.db"))
	info, err := os.Stat(filepath.Join(p.cmd.Dir, "data", "keys"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	require.Empty(t, s.Bugs())
	require.Empty(t, s.Unanswered())
}

// Stopped in the middle of its work, again and again, it loses nothing and says
// nothing twice.
func TestServeStopsWithNothingLost(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, env []string, after func()) {
		s := telegramtest.New(t)
		people := errands(t, s, 8)
		var p *process
		for round := range 2 {
			p = serving(t, s, env...)
			for range 2 {
				for _, e := range people {
					e.next()
				}
			}
			sent := len(s.Calls("sendMessage"))
			require.True(t, s.Wait(patience, func() bool { return len(s.Calls("sendMessage")) > sent+2*round }))
			require.Less(t, p.stop(), 10*time.Second)
			after()
		}
		p = serving(t, s, env...)
		require.Zero(t, settled(t, s, people, p), "said twice")
		require.Less(t, p.stop(), 10*time.Second)
		require.Empty(t, s.Bugs())
	})
}

// engines runs fn on SQLite and on PostgreSQL, with the settings that choose
// the engine. after is to be called between two lives of the program: what the
// one before had leased and claimed has run out then.
func engines(t *testing.T, fn func(t *testing.T, env []string, after func())) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, []string{"DATA_DIR=" + t.TempDir()}, func() {})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := dbtest.Postgres(t)
		fn(t, []string{"DATA_DIR=" + t.TempDir(), "DATABASE_URL=" + dsn}, func() { runOut(t, dsn) })
	})
}

// webhook makes the server bring updates to the process named last.
func webhook(s *telegramtest.Server) (env []string, to func(p *process)) {
	var addr atomic.Value
	addr.Store("127.0.0.1:1")
	s.Reach = func(string) string { return "http://" + addr.Load().(string) + "/hook" }
	return []string{"WEBHOOK_URL=https://bot.example.org/hook", "WEBHOOK_SECRET=a-secret_1"}, func(p *process) { addr.Store(p.addr()) }
}

func TestServeByWebhook(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, env []string, after func()) {
		s := telegramtest.New(t)
		hook, to := webhook(s)
		env = append(env, hook...)
		people := errands(t, s, 6)
		for _, e := range people {
			e.next() // before anybody listens
		}
		p := serving(t, s, env...)
		to(p)
		for range 2 {
			for _, e := range people {
				e.next()
			}
		}
		sent := len(s.Calls("sendMessage"))
		require.True(t, s.Wait(patience, func() bool { return len(s.Calls("sendMessage")) > sent+3 }), p.log)
		require.Less(t, p.stop(), 10*time.Second)
		after()
		p = serving(t, s, env...)
		to(p)
		require.Zero(t, settled(t, s, people, p), "said twice")

		for _, secret := range []string{"", "a-secret_2", "a-secret_1 "} {
			req, err := http.NewRequest(http.MethodPost, "http://"+p.addr()+"/hook", strings.NewReader(`{"update_id":1}`))
			require.NoError(t, err)
			req.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			if secret != "a-secret_1 " { // the blank is not part of a header's value
				require.Equal(t, 403, resp.StatusCode, secret)
			}
		}
		require.Less(t, p.stop(), 10*time.Second)
		require.Empty(t, s.Calls("getUpdates"))
		require.Empty(t, s.Bugs())
	})
}

func TestServeTellsTheOperator(t *testing.T) {
	t.Parallel()
	const pass = "hunter2hunter2"
	s := telegramtest.New(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("no folder"), 0o600))
	noise := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(noise, "bot.db"), []byte(strings.Repeat("noise", 2000)), 0o600))
	for name, c := range map[string]struct {
		env    []string
		status int
		says   string
	}{
		"no token":                    {[]string{"TELEGRAM_BOT_TOKEN="}, 2, "TELEGRAM_BOT_TOKEN is not set"},
		"no token's shape":            {[]string{"TELEGRAM_BOT_TOKEN=" + pass}, 1, "TELEGRAM_BOT_TOKEN"},
		"a wrong token":               {[]string{"TELEGRAM_BOT_TOKEN=4242424242:" + pass}, 1, "does not accept this token"},
		"a wrong token, by webhook":   {[]string{"TELEGRAM_BOT_TOKEN=4242424242:" + pass, "WEBHOOK_URL=https://bot.example.org", "WEBHOOK_SECRET=x"}, 1, "does not accept this token"},
		"no address of Telegram":      {[]string{"TELEGRAM_API_URL=ftp://" + pass}, 1, "TELEGRAM_API_URL"},
		"a database out of reach":     {[]string{"DATABASE_URL=postgres://me:" + pass + "@127.0.0.1:1/x"}, 1, "cannot be reached"},
		"a database nobody knows":     {[]string{"DATABASE_URL=postgres://me:" + pass + "@nowhere.invalid/x"}, 1, "DATABASE_URL"},
		"no database's address":       {[]string{"DATABASE_URL=mysql://me:" + pass + "@localhost/x"}, 1, "DATABASE_URL"},
		"garbage for a database":      {[]string{"DATABASE_URL=%zz" + pass + "://["}, 1, "DATABASE_URL"},
		"a port that is no number":    {[]string{"DATABASE_URL=postgres://me:" + pass + "@localhost:port/x"}, 1, "DATABASE_URL"},
		"data under a file":           {[]string{"DATA_DIR=" + file + "/data"}, 1, "DATA_DIR"},
		"data where nobody may write": {[]string{"DATA_DIR=/proc/offercheck"}, 1, "DATA_DIR"},
		"data that are noise":         {[]string{"DATA_DIR=" + noise}, 1, "is not a SQLite database"},
		"keys under a file":           {[]string{"KEY_DIR=" + file + "/keys"}, 1, "KEY_DIR"},
		"a port in use":               {[]string{"LISTEN_ADDR=" + taken.Addr().String()}, 1, "LISTEN_ADDR " + taken.Addr().String()},
		"the other port in use":       {[]string{"DESK_ADDR=" + taken.Addr().String()}, 1, "DESK_ADDR " + taken.Addr().String()},
		"no port at all":              {[]string{"LISTEN_ADDR=nowhere"}, 1, "LISTEN_ADDR"},
		"a webhook without a secret":  {[]string{"WEBHOOK_URL=https://bot.example.org"}, 2, "WEBHOOK_SECRET"},
		"a webhook's bad secret":      {[]string{"WEBHOOK_URL=https://bot.example.org", "WEBHOOK_SECRET=" + pass + " !"}, 1, "WEBHOOK_SECRET"},
		"a webhook without https":     {[]string{"WEBHOOK_URL=http://bot.example.org", "WEBHOOK_SECRET=x"}, 1, "WEBHOOK_URL"},
		"keys of another":             {[]string{"DATABASE_URL=" + otherKeys(t, s), "KEY_DIR=" + t.TempDir()}, 1, "key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := begin(t, s, nil, append([]string{"DATA_DIR=" + t.TempDir()}, c.env...)...)
			select {
			case <-p.end:
			case <-time.After(patience):
				require.Fail(t, "it does not end", p.log)
			}
			require.Equal(t, c.status, p.cmd.ProcessState.ExitCode(), p.log)
			var said []string
			for l := range strings.Lines(p.log.String()) {
				if strings.HasPrefix(l, "offercheck: ") {
					said = append(said, l)
				} else {
					require.NotContains(t, l, "level=ERROR")
				}
			}
			require.Len(t, said, 1, p.log)
			require.Contains(t, said[0], c.says)
			require.Less(t, len(said[0]), 300)
			require.NotContains(t, p.log.String(), pass)
			require.NotContains(t, p.log.String(), s.Token)
			require.NotContains(t, p.log.String(), "goroutine ")
		})
	}
}

// otherKeys is a database that was served with keys of its own.
func otherKeys(t *testing.T, s *telegramtest.Server) string {
	dir := t.TempDir()
	p := serving(t, s, "DATA_DIR="+dir)
	p.stop()
	return filepath.Join(dir, "bot.db")
}

// Telegram out of reach is no reason to end, and the operator is told once.
func TestServeWaitsForTelegram(t *testing.T) {
	t.Parallel()
	s := telegramtest.New(t)
	s.Fail("getMe", telegramtest.BadGateway(), telegramtest.DropBefore(), telegramtest.ServerError())
	p := serving(t, s, "DATA_DIR="+t.TempDir())
	e := errands(t, s, 1)
	e[0].next()
	require.Zero(t, settled(t, s, e, p))
	require.LessOrEqual(t, strings.Count(p.log.String(), "level=WARN"), 2, p.log)
	p.stop()
}
