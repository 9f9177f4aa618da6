package telegramtest

import "time"

type faultKind int

const (
	none faultKind = iota
	tooMany
	stillHeld
	badGateway
	serverError
	dropBefore
	dropAfter
	hangBefore
	hangAfter
	blocked
)

// Fault is what befalls one call.
type Fault struct {
	kind  faultKind
	retry int
	wait  time.Duration
}

// OK lets a call through; it fills places in a plan.
func OK() Fault { return Fault{} }

// TooMany answers 429 and keeps answering it for this chat until the seconds
// have passed on the server's clock.
func TooMany(seconds int) Fault { return Fault{kind: tooMany, retry: seconds} }

// BadGateway answers 502 with a page; nothing was done.
func BadGateway() Fault { return Fault{kind: badGateway} }

// ServerError answers the Bot API's own 500; nothing was done.
func ServerError() Fault { return Fault{kind: serverError} }

// DropBefore hangs up before anything was done.
func DropBefore() Fault { return Fault{kind: dropBefore} }

// DropAfter does what was asked and hangs up without an answer.
func DropAfter() Fault { return Fault{kind: dropAfter} }

// HangBefore does nothing and answers nothing for d.
func HangBefore(d time.Duration) Fault { return Fault{kind: hangBefore, wait: d} }

// HangAfter does what was asked and answers nothing for d.
func HangAfter(d time.Duration) Fault { return Fault{kind: hangAfter, wait: d} }

// Blocked answers 403 as if the person had blocked the bot.
func Blocked() Fault { return Fault{kind: blocked} }

// Fail plans what befalls the next calls of a method, one after the other;
// "*" is any method but getUpdates.
func (s *Server) Fail(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plan[method] = append(s.plan[method], faults...)
}

// Chaos asks f what befalls each call the plan does not name; nil ends it. f
// runs under the server's lock and must not ask the server anything.
func (s *Server) Chaos(f func(Call) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chaos = f
}

// Repeat asks f, once an update is confirmed, how many times it comes again
// all the same; nil ends it.
func (s *Server) Repeat(f func(update int64) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repeats = f
}

// fault decides what befalls a call.
func (s *Server) fault(c Call) Fault {
	if until, ok := s.held[c.Chat]; ok && c.Chat != 0 {
		if left := until.Sub(s.now()); left > 0 {
			s.refused = append(s.refused, Refusal{Method: c.Method, Code: 429, Description: "called before retry_after had passed"})
			return Fault{kind: stillHeld, retry: max(seconds(left), 1)}
		}
		delete(s.held, c.Chat)
	}
	var f Fault
	switch {
	case len(s.plan[c.Method]) > 0:
		f, s.plan[c.Method] = s.plan[c.Method][0], s.plan[c.Method][1:]
	case c.Method != "getUpdates" && len(s.plan["*"]) > 0:
		f, s.plan["*"] = s.plan["*"][0], s.plan["*"][1:]
	case s.chaos != nil:
		f = s.chaos(c)
	}
	if f.kind == tooMany && c.Chat != 0 {
		s.held[c.Chat] = s.now().Add(time.Duration(f.retry) * time.Second)
	}
	return f
}
