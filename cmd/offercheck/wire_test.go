package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports/db"
)

// said is one call of the bot as it left, before the messenger did anything.
type said struct {
	method string
	chat   int64
	values url.Values
}

func (s said) message() int {
	n, _ := strconv.Atoi(s.values.Get("message_id"))
	return n
}

// deletes says whether a call takes a message away.
func (s said) deletes(id int) bool {
	switch s.method {
	case "deleteMessage":
		return s.message() == id
	case "deleteMessages":
		return strings.Contains(strings.NewReplacer("[", ",", "]", ",", " ", "").Replace(s.values.Get("message_ids")), fmt.Sprintf(",%d,", id))
	}
	return false
}

// wire stands between the bot and its messenger. It sees every call, and may
// answer in the messenger's place or keep a call on its way.
type wire struct {
	mu    sync.Mutex
	calls []said
	// answer, when it is set, may answer a call itself: code 0 lets it through. It
	// may take its time, and ask anybody anything.
	answer func(said) (code int, description string)
}

func (w *wire) set(answer func(said) (code int, description string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// since are the calls after the first n.
func (w *wire) since(n int) []said {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]said(nil), w.calls[n:]...)
}

func (w *wire) count() int { return len(w.since(0)) }

// newWire puts a wire between a gate and its messenger.
func newWire(t *testing.T, g *gate) *wire {
	t.Helper()
	w := &wire{}
	to, err := url.Parse(g.s.URL)
	require.NoError(t, err)
	through := httputil.NewSingleHostReverseProxy(to)
	through.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, _ error) { rw.WriteHeader(http.StatusBadGateway) }
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		c := said{method: r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]}
		c.values, _ = url.ParseQuery(string(body))
		c.chat, _ = strconv.ParseInt(c.values.Get("chat_id"), 10, 64)
		w.mu.Lock()
		w.calls = append(w.calls, c)
		answer := w.answer
		w.mu.Unlock()
		if answer != nil {
			if code, description := answer(c); code != 0 {
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(code)
				fmt.Fprintf(rw, `{"ok":false,"error_code":%d,"description":%q}`, code, description)
				return
			}
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		through.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		g.halt()
		front.CloseClientConnections()
		front.Close()
	})
	g.halt()
	g.s.URL = front.URL
	g.start()
	return w
}

// plain is a text of the bot as it is read.
func plain(t *testing.T, html string) string {
	t.Helper()
	text, err := telegramtest.Plain(html)
	require.NoError(t, err)
	return strings.TrimSpace(text)
}

// covers says whether a call writes the start card.
func (p *prisoner) covers(c said) bool {
	text, err := telegramtest.Plain(c.values.Get("text"))
	return err == nil && c.method == "editMessageText" && c.chat == p.Chat && strings.TrimSpace(text) == p.startCard()
}

// writesDanger says whether a call writes anything else into a card.
func (p *prisoner) writesDanger(c said) bool {
	return c.method == "editMessageText" && c.chat == p.Chat && !p.covers(c)
}

// rows counts rows of the gate's database.
func (g *gate) rows(q string, args ...any) (n int) {
	g.t.Helper()
	require.NoError(g.t, g.d.Tx(context.Background(), func(tx *db.Tx) error { return tx.Get(context.Background(), &n, q, args...) }))
	return n
}

// covered waits until the card is the start card again.
func (p *prisoner) covered(id int) {
	p.g.t.Helper()
	require.True(p.g.t, p.g.s.Wait(patience, func() bool {
		for _, m := range p.FromBot() {
			if m.ID == id {
				return strings.TrimSpace(m.Text) == p.startCard()
			}
		}
		return false
	}), "not covered:\n%s", telegramtest.Transcript(p.Screen()))
}

// gone waits until a message is on no screen.
func (p *prisoner) gone(id int) {
	p.g.t.Helper()
	require.True(p.g.t, p.g.s.Wait(patience, func() bool { return !onScreen(p, id) }), "it stays:\n%s", telegramtest.Transcript(p.Screen()))
}
