package telegramtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// event is one update that waits to be taken.
type event struct {
	id   int64
	chat int64
	raw  json.RawMessage
	left int // how often it still comes again after it was confirmed
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// emit makes an update of one kind, unless nobody asked for that kind.
func (s *Server) emit(kind string, chat int64, payload any) {
	if s.allowed != nil && !s.allowed[kind] {
		return
	}
	s.nextUpdate++
	e := &event{id: s.nextUpdate, chat: chat, raw: toJSON(map[string]any{"update_id": s.nextUpdate, kind: payload})}
	if s.repeats != nil {
		e.left = s.repeats(e.id)
	}
	s.queue = append(s.queue, e)
	s.dispatch()
	s.changed.Broadcast()
}

// Deliver puts a hand-made update in the queue: raw without its update_id.
func (s *Server) Deliver(chat int64, update map[string]any) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextUpdate++
	update["update_id"] = s.nextUpdate
	s.queue = append(s.queue, &event{id: s.nextUpdate, chat: chat, raw: toJSON(update)})
	s.dispatch()
	s.changed.Broadcast()
	return s.nextUpdate
}

// Pending is how many updates are not confirmed yet.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// Held says whether somebody's getUpdates waits for something to happen.
func (s *Server) Held() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.polling != nil
}

// Skip makes update ids begin anew, as they do after a quiet week.
func (s *Server) Skip(to int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextUpdate = to
}

// poll is a getUpdates that waits. A later one ends it.
type poll struct{ ended bool }

func kindsOf(raw string) (map[string]bool, *failure) {
	var list []string
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil, bad("can't parse allowed_updates JSON object")
	}
	if len(list) == 0 {
		return nil, nil
	}
	out := map[string]bool{}
	for _, k := range list {
		out[k] = true
	}
	return out, nil
}

func (s *Server) getUpdates(r *http.Request, p params) (any, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook != nil {
		return nil, &failure{code: 409, text: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
	}
	limit, timeout := 100, p.int("timeout")
	if p.values["limit"] != "" {
		limit = min(max(p.int("limit"), 1), 100)
	}
	if raw := p.values["allowed_updates"]; raw != "" {
		allowed, f := kindsOf(raw)
		if f != nil {
			return nil, f
		}
		s.allowed = allowed
	}
	if s.polling != nil {
		s.polling.ended = true
		s.changed.Broadcast()
	}
	mine := &poll{}
	s.polling = mine

	if offset, _ := strconv.ParseInt(p.values["offset"], 10, 64); offset > 0 {
		s.confirm(offset)
	}
	until := time.Now().Add(time.Duration(timeout) * time.Second)
	timer := time.AfterFunc(time.Until(until), s.wake)
	defer timer.Stop()
	stop := s.leave(r)
	defer stop()
	for {
		switch {
		case mine.ended:
			return nil, &failure{code: 409, text: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}
		case s.hook != nil:
			s.polling = nil
			return nil, &failure{code: 409, text: "Conflict: terminated by setWebhook request"}
		case s.closed || r.Context().Err() != nil:
			s.polling = nil
			return []json.RawMessage{}, nil
		case len(s.queue) > 0 || len(s.again) > 0 || !time.Now().Before(until):
			s.polling = nil
			out := []json.RawMessage{}
			for _, e := range s.again {
				out = append(out, e.raw)
			}
			s.again = nil
			for _, e := range s.queue[:min(limit, len(s.queue))] {
				out = append(out, e.raw)
			}
			return out, nil
		}
		s.changed.Wait()
	}
}

// confirm forgets updates below the offset; a planned repeat comes again.
// An offset beyond everything that was ever handed out confirms nothing.
func (s *Server) confirm(offset int64) {
	if offset > s.nextUpdate+1 {
		return
	}
	var kept []*event
	for _, e := range s.queue {
		if e.id >= offset {
			kept = append(kept, e)
			continue
		}
		if e.left > 0 {
			e.left--
			s.again = append(s.again, e)
		}
	}
	s.queue = kept
	s.changed.Broadcast()
}

// webhook is where updates are brought.
type webhook struct {
	url, secret string
	most        int
	client      *http.Client
	stop        chan struct{}
	lastError   string
}

var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

func (s *Server) setWebhook(p params) (any, *failure) {
	address := p.values["url"]
	if address == "" {
		return s.deleteWebhook(p)
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return nil, bad("bad webhook: invalid URL")
	case u.Scheme != "https":
		return nil, bad("bad webhook: An HTTPS URL must be provided for webhook")
	case u.Port() != "" && !word("443 80 88 8443", u.Port()) && s.Reach == nil:
		return nil, bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	}
	secret := p.values["secret_token"]
	if secret != "" && !secretShape.MatchString(secret) {
		return nil, bad("secret token contains unallowed characters")
	}
	most := 40
	if p.values["max_connections"] != "" {
		if most = p.int("max_connections"); most < 1 || most > 100 {
			return nil, bad("max_connections must be between 1 and 100")
		}
	}
	if raw := p.values["allowed_updates"]; raw != "" {
		allowed, f := kindsOf(raw)
		if f != nil {
			return nil, f
		}
		s.allowed = allowed
	}
	s.dropPending(p)
	s.unhook()
	s.hook = &webhook{url: address, secret: secret, most: most, stop: make(chan struct{}),
		client: &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: most}}}
	s.dispatch()
	return true, nil
}

// dropPending notes it as a bug: what people wrote meanwhile would be lost.
func (s *Server) dropPending(p params) {
	if p.bool("drop_pending_updates") {
		s.refused = append(s.refused, Refusal{Method: "deleteWebhook", Code: 200, Description: "pending updates were dropped", Bug: true})
		s.queue = nil
	}
}

func (s *Server) deleteWebhook(p params) (any, *failure) {
	s.dropPending(p)
	s.unhook()
	return true, nil
}

func (s *Server) unhook() {
	if s.hook != nil {
		close(s.hook.stop)
		s.hook = nil
	}
}

func (s *Server) getWebhookInfo(params) (any, *failure) {
	out := map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": len(s.queue)}
	if s.hook != nil {
		out["url"], out["max_connections"] = s.hook.url, s.hook.most
		if s.hook.lastError != "" {
			out["last_error_message"] = s.hook.lastError
		}
	}
	return out, nil
}

// dispatch brings waiting updates to the webhook: one chat in order, chats
// side by side. A delivery that fails holds its chat and comes again.
func (s *Server) dispatch() {
	h := s.hook
	if h == nil || s.closed {
		return
	}
	for _, e := range s.queue {
		if s.inHand[e.chat] || len(s.inHand) >= h.most {
			continue
		}
		s.inHand[e.chat] = true
		go s.bring(h, e)
	}
}

func (s *Server) bring(h *webhook, e *event) {
	wait := 20 * time.Millisecond
	for {
		ok := s.push(h, e)
		s.mu.Lock()
		if ok && e.left > 0 {
			e.left--
			s.mu.Unlock()
			continue
		}
		if ok {
			for i, q := range s.queue {
				if q == e {
					s.queue = append(s.queue[:i:i], s.queue[i+1:]...)
					break
				}
			}
		}
		over := ok || s.closed || s.hook != h
		if over {
			delete(s.inHand, e.chat)
			s.dispatch()
			s.changed.Broadcast()
		}
		s.mu.Unlock()
		if over {
			return
		}
		select {
		case <-h.stop:
		case <-time.After(wait):
		}
		wait = min(2*wait, 500*time.Millisecond)
	}
}

// push makes one delivery and answers whether the bot said 2xx.
func (s *Server) push(h *webhook, e *event) bool {
	address := h.url
	if s.Reach != nil {
		address = s.Reach(address)
	}
	fail := func(why string) bool {
		s.mu.Lock()
		h.lastError = why
		s.mu.Unlock()
		return false
	}
	req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(e.raw))
	if err != nil {
		return fail("wrong address")
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return fail("connection failed")
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fail("wrong response: " + resp.Status)
	}
	s.reply(resp.Header.Get("Content-Type"), body)
	return true
}

// reply does the one call a webhook's answer may hold.
func (s *Server) reply(kind string, body []byte) {
	if !strings.HasPrefix(kind, "application/json") || len(body) == 0 {
		return
	}
	req, err := http.NewRequest(http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	p, f := read(req)
	name := p.values["method"]
	if f != nil || name == "" {
		return
	}
	delete(p.values, "method")
	if _, f := s.do(name, p); f != nil {
		s.refuse(name, f, p)
	}
}
