package terminal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/outbox"
)

// House is the whole bot at a terminal, with its database, its outbox and its
// reports: one chat, that of whoever sits there.
type House struct {
	Bot    *bot.Bot
	Words  *locales.Words
	Lang   string // to begin with
	Prompt string
	// Now is the clock of the house.
	Now func() time.Time

	courier *outbox.Courier
	talk    *talk

	mu    sync.Mutex
	shown map[int]bot.Out // what stands in the chat, by its number
	next  int
}

// self is the chat of who sits at the terminal.
const self = 1

// slotWait is a little more than what is said into a slot waits for what may
// replace it.
const slotWait = 600 * time.Millisecond

// Run reads lines until in ends or ctx is done, as Chat.Run does. What the
// messenger would show is printed; a message that is rewritten or taken away is
// said to be.
func (h *House) Run(ctx context.Context, in io.Reader, out io.Writer) error {
	h.shown = map[int]bot.Out{}
	h.courier = h.Bot.Courier(map[string]outbox.Carrier{bot.Kind: h, bot.KindEvidence: h.Bot}, nil)
	h.talk = &talk{Chat: Chat{Words: h.Words, Prompt: h.Prompt}, out: bufio.NewWriter(out), session: flows.Session{Lang: h.Words.Match(h.Lang)}}
	h.talk.do = func(_ string, in flows.Input) { h.do(ctx, in) }
	return h.talk.run(ctx, in)
}

// do hands over one update and delivers what follows.
func (h *House) do(ctx context.Context, in flows.Input) {
	t := h.talk
	if t.err != nil {
		return
	}
	u := bot.Update{ID: h.Now().UnixMicro(), Chat: self, Sender: self, In: in}
	u.In.Lang, u.In.Sent = t.session.Lang, h.Now().Unix()
	if in.Tap != nil {
		u.Tap = "tap"
	} else {
		h.mu.Lock()
		h.next++
		u.In.Message = h.next
		h.shown[h.next] = bot.Out{Text: in.Text}
		h.mu.Unlock()
	}
	reply, err := h.Bot.Handle(ctx, u)
	if err == nil && reply.Pop != "" {
		t.print(t.Words.Plain(t.session.Lang, "terminal_pop", map[string]any{"text": reply.Pop}) + "\n\n")
	}
	for range 2 {
		if err == nil {
			err = h.courier.Flush(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(slotWait):
		}
	}
	if err != nil && ctx.Err() == nil && t.err == nil {
		t.err = err
	}
}

// Carry prints a message, as outbox.Carrier wants it.
func (h *House) Carry(_ context.Context, it outbox.Item) (outbox.Sent, error) {
	var out bot.Out
	if err := json.Unmarshal(it.Body, &out); err != nil {
		return outbox.Sent{}, outbox.Refused{Err: errors.New("the body is no message")}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.talk
	for _, id := range out.Delete {
		if was, ok := h.shown[id]; ok {
			delete(h.shown, id)
			line, _, _ := strings.Cut(locales.Strip(was.Text), "\n")
			t.print(fmt.Sprintf("✂ [%d] %s\n\n", id, line))
		}
	}
	if out.Text == "" {
		return outbox.Sent{}, nil
	}
	id := out.Edit
	switch _, there := h.shown[id]; {
	case id == 0:
		h.next++
		id = h.next
	case !there:
		return outbox.Sent{}, nil
	default:
		t.print(fmt.Sprintf("✎ [%d]\n", id))
	}
	h.shown[id] = out
	t.print(locales.Strip(out.Text) + "\n\n")
	t.buttons = nil
	for _, row := range out.Rows {
		for _, b := range row {
			if b.URL != "" {
				t.print("     " + b.Text + ": " + b.URL + "\n")
				continue
			}
			part := strings.SplitN(b.Data, ".", 3)
			if len(part) != 3 {
				continue
			}
			t.buttons = append(t.buttons, flows.Tap{Nonce: part[0], Step: part[1], Value: part[2], Message: id})
			t.print(fmt.Sprintf("%4d  %s\n", len(t.buttons), b.Text))
		}
	}
	t.print("\n")
	return outbox.Sent{Message: id}, nil
}
