package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/offercheck/offercheck/bot"
)

const (
	pollTime  = 50 * time.Second // how long Telegram holds an empty answer
	pollBatch = 100
	atOnce    = 64              // chats handled at the same time; most wait for files to be read, and hold nobody else up
	graceTime = 6 * time.Second // for what is under way when the process stops
	poisoned  = 3               // panics after which an update is given up
	firstWait = 250 * time.Millisecond
)

// errPanic is a handler that panicked; what it said is not kept.
var errPanic = errors.New("panic while handling an update")

// Poll reads updates until ctx ends, handing each chat's updates to h in
// order and different chats side by side. The offset moves only past updates
// that h has committed, so a crash brings the others again. It answers nil
// when ctx ended, and an error with one line for the operator when the token
// is not accepted.
func (c *Client) Poll(ctx context.Context, h Handler) error {
	// What is under way when the process is told to stop may still finish.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(graceTime, cancel) })
	defer stop()

	me, err := c.begin(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	p := &poller{client: c, handler: h, me: me, lanes: map[int64][]*job{}, open: map[int64]*job{},
		slots: make(chan struct{}, atOnce), moved: make(chan struct{}, 1)}
	p.stopping = ctx.Err
	err = p.run(ctx, work)
	p.busy.Wait()
	if ctx.Err() != nil {
		p.confirm(work)
		return nil
	}
	return err
}

// begin learns who the bot is and makes sure that polling is allowed. A
// webhook is removed, what waits for it is kept.
func (c *Client) begin(ctx context.Context) (Me, error) {
	var me Me
	err := c.insist(ctx, "reach Telegram", func() (err error) {
		me, err = c.Me(ctx)
		return err
	})
	if err != nil {
		return Me{}, err
	}
	return me, c.insist(ctx, "prepare polling", func() error {
		return c.Call(ctx, "deleteWebhook", struct {
			Drop bool `json:"drop_pending_updates"`
		}{false}, nil)
	})
}

// insist repeats a call until it succeeds, ctx ends, or the token is refused.
// The operator is told once.
func (c *Client) insist(ctx context.Context, what string, call func() error) error {
	told := false
	for wait := firstWait; ; wait = min(2*wait, time.Minute) {
		err := call()
		switch classify(err) {
		case done:
			return nil
		case forbidden:
			return errToken
		case refused, gone:
			return fmt.Errorf("%s: %w", what, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !told {
			told = true
			c.log.Warn("cannot "+what+", trying again", "why", err)
		}
		if !pause(ctx, max(wait, retryAfter(err))) {
			return ctx.Err()
		}
	}
}

// errToken is what the operator reads when the token is wrong.
var errToken = errors.New("telegram does not accept this token: check TELEGRAM_BOT_TOKEN (and TELEGRAM_API_URL, if it is set)")

func retryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// job is one update between its arrival and its commit.
type job struct {
	update bot.Update
	done   bool
}

// poller is one run of Poll.
type poller struct {
	client  *Client
	handler Handler
	me      Me

	mu    sync.Mutex
	lanes map[int64][]*job // chats with something to do; the first is in hand
	open  map[int64]*job   // every update at or above the offset that was seen
	next  int64            // one past the newest update of the last batch

	slots    chan struct{}
	moved    chan struct{} // nudged when a job is done
	busy     sync.WaitGroup
	stopping func() error // not nil when no more updates should be begun
}

func (p *poller) run(ctx, work context.Context) error {
	wait, told := firstWait, ""
	tell := func(line string, err error) {
		if told != line {
			told = line
			p.client.log.Log(ctx, slog.LevelError, line, "why", err)
		}
	}
	for ctx.Err() == nil {
		offset, pending := p.offset()
		// While something is under way the same updates would come again at
		// once, so nothing is held open then.
		hold := int(pollTime / time.Second)
		if pending {
			hold = 0
		}
		batch, err := p.fetch(ctx, offset, hold)
		switch o := classify(err); {
		case err == nil:
			if told != "" {
				p.client.log.Info("updates are coming in again")
			}
			wait, told = firstWait, ""
			p.take(work, batch, p.client.gap())
			p.settle(ctx)
			continue
		case ctx.Err() != nil:
			return nil
		case o == forbidden:
			return errToken
		case o == conflict:
			tell(conflictLine(err), err)
			wait = max(wait, time.Second)
		case o == refused, o == gone:
			return fmt.Errorf("read updates: %w", err)
		default:
			tell("cannot read updates from Telegram, trying again", err)
		}
		if !pause(ctx, max(wait, retryAfter(err))) {
			return nil
		}
		wait = min(2*wait, time.Minute)
	}
	return nil
}

func conflictLine(err error) string {
	if strings.Contains(strings.ToLower(err.Error()), "webhook") {
		return "another installation has set a webhook for this token: stop it, or set WEBHOOK_URL here"
	}
	return "another program is reading this bot's updates: run only one with this token, or use a webhook"
}

func (p *poller) fetch(ctx context.Context, offset int64, hold int) ([]json.RawMessage, error) {
	var batch []json.RawMessage
	err := p.client.Call(ctx, "getUpdates", struct {
		Offset  int64    `json:"offset,omitempty"`
		Limit   int      `json:"limit"`
		Timeout int      `json:"timeout"`
		Allowed []string `json:"allowed_updates"`
	}{offset, pollBatch, hold, kinds}, &batch)
	return batch, err
}

// offset is the lowest update that is not committed; pending says whether
// there is one.
func (p *poller) offset() (offset int64, pending bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	offset = p.next
	for id, j := range p.open {
		if !j.done && (!pending || id < offset) {
			offset, pending = id, true
		}
	}
	for id, j := range p.open {
		if j.done && id < offset {
			delete(p.open, id)
		}
	}
	return offset, pending
}

// take queues what is new in a batch.
func (p *poller) take(work context.Context, batch []json.RawMessage, waited bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, raw := range batch {
		var head struct {
			ID int64 `json:"update_id"`
		}
		if json.Unmarshal(raw, &head) != nil || head.ID == 0 {
			p.client.log.Error("an update without an id was passed over")
			continue
		}
		// Ids begin anew after a quiet week, so the newest batch decides.
		if i == 0 && len(p.open) == 0 || head.ID >= p.next {
			p.next = head.ID + 1
		}
		if p.open[head.ID] != nil {
			continue
		}
		j := &job{}
		p.open[head.ID] = j
		u, ok, err := Decode(raw, p.me)
		if err != nil {
			p.client.log.Error("an update could not be read and was passed over", "why", err)
		}
		if !ok {
			j.done = true
			continue
		}
		u.Waited = waited
		j.update = u
		lane := u.Chat
		p.lanes[lane] = append(p.lanes[lane], j)
		if len(p.lanes[lane]) == 1 {
			p.busy.Add(1)
			go p.drain(work, lane)
		}
	}
}

// drain handles one chat's updates in order until none is left.
func (p *poller) drain(ctx context.Context, lane int64) {
	defer p.busy.Done()
	for {
		p.mu.Lock()
		j := p.lanes[lane][0]
		p.mu.Unlock()

		p.slots <- struct{}{}
		ok := p.client.commit(ctx, p.handler, j.update)
		<-p.slots

		p.mu.Lock()
		if ok {
			j.done, j.update = true, bot.Update{}
		}
		p.lanes[lane] = p.lanes[lane][1:]
		// What is not begun when the process stops comes again.
		empty := len(p.lanes[lane]) == 0 || !ok || p.stopping() != nil
		if empty {
			delete(p.lanes, lane)
		}
		p.mu.Unlock()
		select {
		case p.moved <- struct{}{}:
		default:
		}
		if empty {
			return
		}
	}
}

// commit brings an update to the handler until it is committed. It answers
// false when ctx ended first.
func (c *Client) commit(ctx context.Context, h Handler, u bot.Update) bool {
	panics, told := 0, false
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := c.guarded(ctx, h, u)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if errors.Is(err, errPanic) {
			if panics++; panics == poisoned {
				c.giveUp(ctx, u)
				return true
			}
		} else if !told {
			told = true
			c.log.Error("the database does not take updates, trying again")
		}
		if !pause(ctx, wait) {
			return false
		}
	}
}

// giveUp leaves an update that only makes the bot panic: it would hold its
// chat for ever. The handler has its own net; this one is under it.
func (c *Client) giveUp(ctx context.Context, u bot.Update) {
	c.log.Error("an update was given up after it made the bot panic three times")
	if u.Tap != "" {
		c.answerTap(ctx, u.Tap, "")
	}
}

// guarded serves one update and turns a panic into an error that says nothing
// of what it was about.
func (c *Client) guarded(ctx context.Context, h Handler, u bot.Update) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	return c.serve(ctx, h, u)
}

// settle waits until nothing is under way, or a moment: while something is,
// Telegram would bring it again with every question.
func (p *poller) settle(ctx context.Context) {
	t := time.NewTimer(250 * time.Millisecond)
	defer t.Stop()
	for {
		if _, pending := p.offset(); !pending {
			return
		}
		select {
		case <-p.moved:
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// confirm tells Telegram what is committed, so that a clean stop brings
// nothing again.
func (p *poller) confirm(work context.Context) {
	offset, _ := p.offset()
	if offset == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(work, 2*time.Second)
	defer cancel()
	var none []json.RawMessage
	_ = p.client.Call(ctx, "getUpdates", struct {
		Offset  int64    `json:"offset"`
		Limit   int      `json:"limit"`
		Timeout int      `json:"timeout"`
		Allowed []string `json:"allowed_updates"`
	}{offset, 1, 0, kinds}, &none)
}
