// Package telegramtest is a Bot API for tests: one strict server that refuses
// what Telegram refuses, loses what a network loses, and shows each chat as a
// client would show it.
//
// The server listens on a plain local address, so the bot under test may be
// another process, killed and started again while the server keeps the chats.
package telegramtest

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Token is the token every server accepts until it is told another.
const Token = "4242424242:AAF-fake_token_for_tests_0123456789abc"

// Server is one Bot API with one bot. All its methods may be called from
// several goroutines.
type Server struct {
	URL      string // the value of TELEGRAM_API_URL
	Token    string
	ID       int64
	Username string
	// ReadsGroups is off while privacy mode hides the groups' messages.
	ReadsGroups bool
	// Reach translates the public address of a webhook to one the test
	// listens on; nil leaves it.
	Reach func(address string) string

	http    *httptest.Server
	methods map[string]method

	mu      sync.Mutex
	changed *sync.Cond
	closed  bool
	began   time.Time
	shift   time.Duration

	chats   map[int64]*chat
	nextID  int64 // of people and groups
	nextMsg int
	taps    []*Tap
	queries []*Query
	files   map[string]*file

	queue      []*event
	again      []*event
	nextUpdate int64
	allowed    map[string]bool
	repeats    func(update int64) int
	polling    *poll
	hook       *webhook
	inHand     map[int64]bool // chats whose update a webhook has in hand

	commands map[string][]Command
	plan     map[string][]Fault
	chaos    func(Call) Fault
	held     map[int64]time.Time
	calls    []Call
	refused  []Refusal
}

// Call is one call the server took, in order.
type Call struct {
	Method string
	Chat   int64
	N      int // how many of this method came before
	Params map[string]string
	Code   int // 200, the refusal's code, or 0 when a fault cut it off
	At     time.Time
}

// Refusal is a call that Telegram would have refused, or a parameter it would
// have passed over in silence. Bug says that a right bot never makes it; the
// others happen to the best: a message was deleted, a person blocked the bot.
type Refusal struct {
	Method      string
	Code        int
	Description string
	Bug         bool
	Params      map[string]string
}

func (r Refusal) String() string {
	return fmt.Sprintf("%s: %d %s", r.Method, r.Code, r.Description)
}

// Command is one registered command.
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	s := Start()
	t.Cleanup(s.Close)
	return s
}

// Start starts a server on a free local port; Close ends it.
func Start() *Server {
	s := &Server{
		Token: Token, ID: 4242424242, Username: "offers_test_bot",
		began: time.Now(), nextID: 1000, nextMsg: 10, nextUpdate: 700000000,
		chats: map[int64]*chat{}, files: map[string]*file{}, commands: map[string][]Command{},
		plan: map[string][]Fault{}, held: map[int64]time.Time{}, inHand: map[int64]bool{},
		methods: methods(),
	}
	s.changed = sync.NewCond(&s.mu)
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	return s
}

// Close ends the server at once, open calls and all.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.changed.Broadcast()
	s.mu.Unlock()
	s.http.CloseClientConnections()
	s.http.Close()
}

// Now is the server's clock. It runs, and Advance sets it forward.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Server) now() time.Time { return time.Now().Add(s.shift) }

// Advance sets the clock forward.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift += d
	s.changed.Broadcast()
}

// Wait waits until cond holds, looking whenever something happened, and
// answers whether it did within d. cond may ask the server anything.
func (s *Server) Wait(d time.Duration, cond func() bool) bool {
	deadline := time.Now().Add(d)
	timer := time.AfterFunc(d, func() {
		s.mu.Lock()
		s.changed.Broadcast()
		s.mu.Unlock()
	})
	defer timer.Stop()
	for {
		if cond() {
			return true
		}
		s.mu.Lock()
		if time.Now().After(deadline) || s.closed {
			s.mu.Unlock()
			return cond()
		}
		// A change between cond and here is caught by the short nap.
		nap := time.AfterFunc(10*time.Millisecond, s.wake)
		s.changed.Wait()
		s.mu.Unlock()
		nap.Stop()
	}
}

func (s *Server) wake() {
	s.mu.Lock()
	s.changed.Broadcast()
	s.mu.Unlock()
}

// Calls are the calls taken so far, of one method or, for "", of all.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		if method == "" || strings.EqualFold(c.Method, method) {
			out = append(out, c)
		}
	}
	return out
}

// Refused are all refusals so far.
func (s *Server) Refused() []Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Refusal(nil), s.refused...)
}

// Bugs are the refusals a right bot never earns.
func (s *Server) Bugs() []Refusal {
	var out []Refusal
	for _, r := range s.Refused() {
		if r.Bug {
			out = append(out, r)
		}
	}
	return out
}

// Commands are the commands registered for a language code, "" for the rest.
func (s *Server) Commands(lang string) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Command(nil), s.commands[lang]...)
}

// Languages are the codes for which commands are registered.
func (s *Server) Languages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for l := range s.commands {
		out = append(out, l)
	}
	return out
}

// failure is a refusal on its way out.
type failure struct {
	code    int
	text    string
	retry   int
	migrate int64
	bug     bool
}

func bad(format string, args ...any) *failure {
	return &failure{code: 400, text: "Bad Request: " + fmt.Sprintf(format, args...), bug: true}
}

// fate is a refusal that may happen to a right bot.
func fate(code int, text string) *failure { return &failure{code: code, text: text} }

type response struct {
	OK          bool        `json:"ok"`
	Result      any         `json:"result,omitempty"`
	Code        int         `json:"error_code,omitempty"`
	Description string      `json:"description,omitempty"`
	Parameters  *parameters `json:"parameters,omitempty"`
}

type parameters struct {
	Retry   int   `json:"retry_after,omitempty"`
	Migrate int64 `json:"migrate_to_chat_id,omitempty"`
}

// ServeHTTP takes the Bot API's calls and file downloads.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path, ok := strings.CutPrefix(r.URL.Path, "/file/bot"); ok {
		s.serveFile(w, path)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/bot")
	token, method, found := strings.Cut(rest, "/")
	if !ok || !found || method == "" || strings.Contains(method, "/") {
		answer(w, nil, &failure{code: 404, text: "Not Found"})
		return
	}
	s.mu.Lock()
	right := token == s.Token
	s.mu.Unlock()
	if !right {
		answer(w, nil, &failure{code: 401, text: "Unauthorized"})
		return
	}
	p, f := read(r)
	if f != nil {
		answer(w, nil, f)
		return
	}
	s.take(w, r, method, p)
}

func (s *Server) take(w http.ResponseWriter, r *http.Request, method string, p params) {
	s.mu.Lock()
	n := 0
	for _, c := range s.calls {
		if c.Method == method {
			n++
		}
	}
	call := Call{Method: method, Chat: p.chat(), N: n, Params: p.values, At: s.now()}
	at := len(s.calls)
	s.calls = append(s.calls, call)
	fault := s.fault(call)
	s.mu.Unlock()

	settle := func(code int) {
		s.mu.Lock()
		s.calls[at].Code = code
		s.changed.Broadcast()
		s.mu.Unlock()
	}
	switch fault.kind {
	case dropBefore:
		hangUp(w)
		return
	case hangBefore:
		s.hang(r, fault.wait)
		hangUp(w)
		return
	case badGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"))
		settle(http.StatusBadGateway)
		return
	case serverError:
		settle(500)
		answer(w, nil, &failure{code: 500, text: "Internal Server Error"})
		return
	case tooMany, stillHeld:
		settle(429)
		answer(w, nil, &failure{code: 429, text: fmt.Sprintf("Too Many Requests: retry after %d", fault.retry), retry: fault.retry})
		return
	case blocked:
		settle(403)
		answer(w, nil, fate(403, "Forbidden: bot was blocked by the user"))
		return
	}

	var result any
	var f *failure
	if strings.EqualFold(method, "getUpdates") {
		result, f = s.getUpdates(r, p)
	} else {
		result, f = s.do(method, p)
	}
	if f != nil {
		s.refuse(method, f, p)
		if fault.kind == none {
			settle(f.code)
		}
	} else if fault.kind == none {
		settle(200)
	}
	switch fault.kind {
	case dropAfter:
		hangUp(w)
		return
	case hangAfter:
		s.hang(r, fault.wait)
		hangUp(w)
		return
	}
	answer(w, result, f)
}

func (s *Server) refuse(method string, f *failure, p params) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, Refusal{method, f.code, f.text, f.bug, p.values})
	s.changed.Broadcast()
}

func answer(w http.ResponseWriter, result any, f *failure) {
	w.Header().Set("Content-Type", "application/json")
	if f == nil {
		_ = json.NewEncoder(w).Encode(response{OK: true, Result: result})
		return
	}
	out := response{Code: f.code, Description: f.text}
	if f.retry > 0 || f.migrate != 0 {
		out.Parameters = &parameters{f.retry, f.migrate}
	}
	w.WriteHeader(f.code)
	_ = json.NewEncoder(w).Encode(out)
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

// hang keeps a call waiting until its caller leaves, the server ends, or d
// has passed on the wall clock.
func (s *Server) hang(r *http.Request, d time.Duration) {
	until := time.Now().Add(d)
	stop := s.leave(r)
	defer stop()
	timer := time.AfterFunc(d, s.wake)
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed && r.Context().Err() == nil && time.Now().Before(until) {
		s.changed.Wait()
	}
}

// leave wakes the waiting when a caller hangs up.
func (s *Server) leave(r *http.Request) func() {
	done := make(chan struct{})
	go func() {
		select {
		case <-r.Context().Done():
			s.wake()
		case <-done:
		}
	}()
	return func() { close(done) }
}

// read takes the parameters of a call, however they came.
func read(r *http.Request) (params, *failure) {
	p := params{values: map[string]string{}, files: map[string]*file{}}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		var all map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&all); err != nil {
			return p, bad("can't parse JSON")
		}
		for k, v := range all {
			var text string
			if json.Unmarshal(v, &text) != nil {
				text = string(v)
			}
			p.values[k] = text
		}
	case "multipart/form-data":
		if err := r.ParseMultipartForm(64 << 20); err != nil {
			return p, bad("can't parse the form")
		}
		for k, v := range r.MultipartForm.Value {
			p.values[k] = v[0]
		}
		for k, v := range r.MultipartForm.File {
			f, err := v[0].Open()
			if err != nil {
				return p, bad("can't read the file")
			}
			data, err := io.ReadAll(f)
			_ = f.Close()
			if err != nil {
				return p, bad("can't read the file")
			}
			p.files[k] = &file{name: v[0].Filename, data: data}
		}
	default:
		if err := r.ParseForm(); err != nil {
			return p, bad("can't parse the form")
		}
		for k, v := range r.Form {
			p.values[k] = v[0]
		}
	}
	return p, nil
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// Revoke gives the bot another token; the old one is not accepted any more.
func (s *Server) Revoke(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Token = token
	if s.polling != nil {
		s.polling.ended = true
	}
	s.changed.Broadcast()
}
