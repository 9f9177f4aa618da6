package outbox

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What Telegram bears, with some room: 30 messages a second for a bot, one a
// second for a chat, 20 a minute for a group. It says that these are not exact,
// so they are a courtesy; what it answers is the law.
const (
	tokenRate, tokenBurst = rate.Limit(25), 5
	laneRate, laneBurst   = rate.Limit(1), 3
	groupRate, groupBurst = rate.Limit(18.0 / 60), 2
	// When everything is held, or the lane is, covers and deletes still leave,
	// one a second.
	urgentRate = rate.Limit(1)

	// When this many lanes are told to slow down within this time, it is the
	// bot that is too fast and not one chat.
	slowLanes  = 3
	slowWithin = 5 * time.Second
	// A lane unused for so long has all its tokens back.
	forgetLane = 10 * time.Minute
)

// Pace is how fast a messenger lets us speak. It is safe for concurrent use.
type Pace struct {
	mu     sync.Mutex
	token  *rate.Limiter
	urgent *rate.Limiter
	held   time.Time // everything waits until then
	lanes  map[string]*lanePace
	slow   map[string]time.Time // lanes told to slow down, and when
	swept  time.Time
}

type lanePace struct {
	limit *rate.Limiter
	held  time.Time
	used  time.Time
}

// NewPace is Telegram's pace.
func NewPace() *Pace {
	return &Pace{
		token:  rate.NewLimiter(tokenRate, tokenBurst),
		urgent: rate.NewLimiter(urgentRate, 1),
		lanes:  map[string]*lanePace{},
		slow:   map[string]time.Time{},
	}
}

// Take answers 0 when the item may leave now, and counts it; otherwise how long
// to wait before asking again.
func (p *Pace) Take(now time.Time, it Item) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tidy(now)
	l := p.lane(now, it)
	if it.Class <= Delete {
		if now.Before(p.held) || now.Before(l.held) {
			return take(now, p.urgent)
		}
		return take(now, p.token)
	}
	if wait := max(p.held.Sub(now), l.held.Sub(now)); wait > 0 {
		return wait
	}
	return take(now, p.token, l.limit)
}

// take takes a token of each or of none.
func take(now time.Time, limits ...*rate.Limiter) time.Duration {
	var wait time.Duration
	for _, l := range limits {
		if lack := 1 - l.TokensAt(now); lack > 0 {
			wait = max(wait, time.Duration(lack/float64(l.Limit())*float64(time.Second)), time.Millisecond)
		}
	}
	if wait == 0 {
		for _, l := range limits {
			l.AllowN(now, 1)
		}
	}
	return wait
}

// Hold stops a lane for d, and everything when several lanes are held at once.
func (p *Pace) Hold(now time.Time, it Item, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := now.Add(d)
	if l := p.lane(now, it); until.After(l.held) {
		l.held = until
	}
	p.slow[it.Lane] = now
	n := 0
	for lane, at := range p.slow {
		if now.Sub(at) > slowWithin {
			delete(p.slow, lane)
			continue
		}
		n++
	}
	if n >= slowLanes && until.After(p.held) {
		p.held = until
	}
}

func (p *Pace) lane(now time.Time, it Item) *lanePace {
	l, ok := p.lanes[it.Lane]
	if !ok {
		l = &lanePace{limit: rate.NewLimiter(laneRate, laneBurst)}
		if it.Group {
			l.limit = rate.NewLimiter(groupRate, groupBurst)
		}
		p.lanes[it.Lane] = l
	}
	l.used = now
	return l
}

// tidy forgets lanes that have been silent.
func (p *Pace) tidy(now time.Time) {
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	for name, l := range p.lanes {
		if now.Sub(l.used) > forgetLane && now.After(l.held) {
			delete(p.lanes, name)
		}
	}
}
