package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
)

const patient = 2 * time.Minute // the most a test waits for what should take no time

func client(t *testing.T, s *telegramtest.Server) *Client {
	t.Helper()
	c, err := New(s.Token, s.URL, nil)
	require.NoError(t, err)
	return c
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for _, c := range []struct{ token, api, says string }{
		{"", "", "TELEGRAM_BOT_TOKEN"},
		{"nonsense", "", "TELEGRAM_BOT_TOKEN"},
		{"12:ab/../c", "", "TELEGRAM_BOT_TOKEN"},
		{"12:abc", "localhost:80", "TELEGRAM_API_URL"},
		{"12:abc", "http://", "TELEGRAM_API_URL"},
		{"12:abc", "ftp://x.example", "TELEGRAM_API_URL"},
		{"12:abc", "http://x.example/?a=b", "TELEGRAM_API_URL"},
	} {
		_, err := New(c.token, c.api, nil)
		require.ErrorContains(t, err, c.says)
		require.NotContains(t, err.Error(), "\n")
		if c.token != "" {
			require.NotContains(t, err.Error(), c.token)
		}
	}
}

func TestCallGoesBelowTheGivenAddress(t *testing.T) {
	var path string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		_, _ = io.WriteString(w, `{"ok":true,"result":{"id":1}}`)
	}))
	defer api.Close()
	c, err := New("12:abc", api.URL+"/a%20b/", nil)
	require.NoError(t, err)
	_, err = c.Me(t.Context())
	require.NoError(t, err)
	require.Equal(t, "/a b/bot12:abc/getMe", path)
}

func TestTokenNeverLeaves(t *testing.T) {
	s := telegramtest.New(t)
	_, secret, _ := strings.Cut(s.Token, ":")
	clean := func(t *testing.T, what string) {
		t.Helper()
		require.NotEmpty(t, what)
		require.NotContains(t, what, secret)
	}
	all := func(t *testing.T, err error) {
		t.Helper()
		require.Error(t, err)
		for e := err; e != nil; e = errors.Unwrap(e) {
			clean(t, fmt.Sprintf("%v %+v %#v", e, e, e))
		}
	}

	t.Run("the client itself", func(t *testing.T) {
		c := client(t, s)
		clean(t, fmt.Sprintf("%v %+v %#v %s", c, c, c, c))
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "client", c)
		clean(t, log.String())
	})
	t.Run("nobody listens", func(t *testing.T) {
		// A port that no server is ever given: a free one might be another's by now.
		c, err := New(s.Token, "http://127.0.0.1:1", nil)
		require.NoError(t, err)
		err = c.Call(t.Context(), "getMe", nil, nil)
		all(t, err)
		require.Equal(t, later, classify(err))
		_, err = c.Open(t.Context(), "x")
		all(t, err)
	})
	t.Run("no such host", func(t *testing.T) {
		c, err := New(s.Token, "http://no-such-host.invalid", nil)
		require.NoError(t, err)
		err = c.Call(t.Context(), "getMe", nil, nil)
		all(t, err)
		require.Equal(t, later, classify(err))
	})
	t.Run("every fault", func(t *testing.T) {
		for _, f := range []telegramtest.Fault{telegramtest.BadGateway(), telegramtest.ServerError(),
			telegramtest.DropBefore(), telegramtest.DropAfter(), telegramtest.TooMany(1), telegramtest.Blocked()} {
			s.Fail("getMe", f)
			all(t, client(t, s).Call(t.Context(), "getMe", nil, nil))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		s.Fail("getMe", telegramtest.HangAfter(time.Minute))
		err := client(t, s).Call(ctx, "getMe", nil, nil)
		all(t, err)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("an answer that repeats the token", func(t *testing.T) {
		echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			_, _ = fmt.Fprintf(w, `{"ok":false,"error_code":400,"description":"Bad Request: %s is %s for 123456789"}`, r.URL.Path, s.Token)
		}))
		defer echo.Close()
		c, err := New(s.Token, echo.URL, nil)
		require.NoError(t, err)
		err = c.Call(t.Context(), "getMe", nil, nil)
		all(t, err)
		require.NotContains(t, err.Error(), "123456789")
	})
	t.Run("a redirect", func(t *testing.T) {
		var asked bool
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
		defer other.Close()
		from := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}))
		defer from.Close()
		c, err := New(s.Token, from.URL, nil)
		require.NoError(t, err)
		all(t, c.Call(t.Context(), "getMe", nil, nil))
		require.False(t, asked)
	})
	t.Run("words of a message", func(t *testing.T) {
		p := s.Person("en")
		p.Send("hi")
		err := client(t, s).Call(t.Context(), "sendMessage", struct {
			Chat  int64  `json:"chat_id"`
			Text  string `json:"text"`
			Parse string `json:"parse_mode"`
		}{p.ID, "<lily>call me", "HTML"}, nil)
		all(t, err)
		require.NotContains(t, err.Error(), "lily")
	})
}

func TestClassify(t *testing.T) {
	said := func(code int, what string) *Error {
		return &Error{Code: code, Description: what, Sent: true, answered: true}
	}
	for _, c := range []struct {
		name string
		err  error
		want outcome
	}{
		{"ok", nil, done},
		{"an earlier try arrived", said(400, "Bad Request: message is not modified: specified new message content…"), done},
		{"already deleted", said(400, "Bad Request: message to delete not found"), done},
		{"too fast", &Error{Code: 429, RetryAfter: time.Second, answered: true, Sent: true}, later},
		{"too fast, code lost by an upload", &Error{RetryAfter: time.Second, answered: true, Sent: true}, later},
		{"server error", said(500, "Internal Server Error"), later},
		{"gateway's page", &Error{Code: 502, Sent: true}, later},
		{"not the Bot API", &Error{Code: 404, Sent: true}, later},
		{"refused before it was written", &Error{}, later},
		{"broken off after it was written", &Error{Sent: true}, unknown},
		{"no answer in time", &Error{Sent: true, cause: context.DeadlineExceeded}, unknown},
		{"blocked", said(403, "Forbidden: bot was blocked by the user"), gone},
		{"deactivated", said(403, "Forbidden: user is deactivated"), gone},
		{"kicked", said(403, "Forbidden: bot was kicked from the supergroup chat"), gone},
		{"no such chat", said(400, "Bad Request: chat not found"), gone},
		{"may not write", said(400, "Bad Request: not enough rights to send text messages to the chat"), gone},
		{"cannot delete", said(400, "Bad Request: message can't be deleted for everyone"), undying},
		{"card is gone", said(400, "Bad Request: message to edit not found"), goneCard},
		{"group has moved", &Error{Code: 400, MigrateTo: -100, answered: true}, moved},
		{"wrong token", said(401, "Unauthorized"), forbidden},
		{"no token at all", said(404, "Not Found"), forbidden},
		{"two readers", said(409, "Conflict: terminated by other getUpdates request"), conflict},
		{"our bug", said(400, "Bad Request: can't parse entities: Unsupported start tag … at byte offset 3"), refused},
		{"our bug too", said(400, "Bad Request: message is too long"), refused},
		{"something else", errors.New("x"), later},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, classify(c.err)) })
	}
}

func TestOpen(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	p := s.Person("en")

	fetch := func(id string) ([]byte, error) {
		r, err := c.Open(t.Context(), id)
		if err != nil {
			return nil, err
		}
		defer func() { require.NoError(t, r.Close()) }()
		return io.ReadAll(r)
	}
	p.Document("a.txt", "text/plain", []byte("hello"), 0, "")
	got, err := fetch("file1")
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))

	t.Run("too large by its announcement", func(t *testing.T) {
		p.Document("b", "", []byte("x"), 21<<20, "")
		_, err := fetch("file2")
		require.ErrorIs(t, err, ErrTooLarge)
	})
	t.Run("no such file", func(t *testing.T) {
		_, err := fetch("nothing")
		require.ErrorIs(t, err, ErrNoFile)
	})
	t.Run("a gateway's page", func(t *testing.T) {
		s.Fail("file", telegramtest.BadGateway())
		_, err := fetch("file1")
		require.Error(t, err)
		require.Equal(t, later, classify(err))
	})
	t.Run("larger than announced", func(t *testing.T) {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/file/") {
				_, _ = io.WriteString(w, `{"ok":true,"result":{"file_id":"x","file_path":"p/x y.bin","file_size":3}}`)
				return
			}
			require.Equal(t, "/file/bot12:abc/p/x y.bin", r.URL.Path)
			for range 21 {
				_, _ = w.Write(make([]byte, 1<<20))
			}
		}))
		defer api.Close()
		c, err := New("12:abc", api.URL, nil)
		require.NoError(t, err)
		r, err := c.Open(t.Context(), "x")
		require.NoError(t, err)
		defer func() { _ = r.Close() }()
		n, err := io.Copy(io.Discard, r)
		require.ErrorIs(t, err, ErrTooLarge)
		require.LessOrEqual(t, n, int64(20<<20))
	})
	t.Run("a path that climbs", func(t *testing.T) {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"ok":true,"result":{"file_path":"../../etc/passwd"}}`)
		}))
		defer api.Close()
		c, err := New("12:abc", api.URL, nil)
		require.NoError(t, err)
		_, err = c.Open(t.Context(), "x")
		require.ErrorIs(t, err, ErrNoFile)
	})
}

func TestRegisterCommands(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	menu := func(lang string) Menu {
		return Menu{lang, []Command{{"check", "in " + lang}, {"help", "x"}}}
	}
	require.NoError(t, c.RegisterCommands(t.Context(), []Menu{menu("en"), menu("zh-Hans"), menu("zh-Hant"), menu("fil"), menu("my"), menu("ceb")}))
	require.ElementsMatch(t, []string{"", "en", "zh", "tl", "my"}, s.Languages())
	require.Equal(t, "in en", s.Commands("")[0].Description)
	require.Equal(t, "in zh-Hans", s.Commands("zh")[0].Description)
	require.Equal(t, "in fil", s.Commands("tl")[0].Description)
	require.Empty(t, s.Bugs())
}

func TestAdmin(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	boss, other := s.Person("en"), s.Person("en")
	g := s.Group("Jobs", boss)
	other.In(g)
	yes, err := c.Admin(t.Context(), g.ID, boss.ID)
	require.NoError(t, err)
	require.True(t, yes)
	yes, err = c.Admin(t.Context(), g.ID, other.ID)
	require.NoError(t, err)
	require.False(t, yes)
}
