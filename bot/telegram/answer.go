package telegram

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/offercheck/offercheck/bot"
)

// Handler handles one update. It may be called again with the same update and
// must then change nothing. Its error is database trouble, and means: not
// committed, bring it again.
type Handler interface {
	Handle(ctx context.Context, u bot.Update) (bot.Reply, error)
}

const (
	// patience is how long a tap waits for its pop-up before it is answered
	// empty; the same button shows the pop-up again.
	patience = 4 * time.Second
	popSize  = 200
	// answered taps are remembered as long as Telegram may bring them again
	// while a person still sees the button spin.
	memory      = 10 * time.Minute
	inlineLimit = 50
)

// serve hands one update to the handler and gives the answers that are not
// the outbox's: exactly one to a tap, one to an inline query.
func (c *Client) serve(ctx context.Context, h Handler, u bot.Update) error {
	switch {
	case u.Tap != "" && u.Chat == 0:
		// A button under a message sent through inline mode: none is ours.
		c.answerTap(ctx, u.Tap, "")
		return nil
	case u.Tap != "":
		if u.Waited && u.In.Tap != nil && u.In.Tap.Step == "go" && u.In.Tap.Value == "help" {
			u.In.Late = c.tooOld(ctx, u.Tap)
		}
		// The clock runs on when the database fails or the handler panics: the
		// button must not spin until the update has come again.
		rest := context.WithoutCancel(ctx)
		late := time.AfterFunc(patience, func() { c.answerTap(rest, u.Tap, "") })
		reply, err := h.Handle(ctx, u)
		if err != nil {
			return err
		}
		c.coverNow(ctx, reply.Cover)
		late.Stop()
		c.answerTap(ctx, u.Tap, reply.Pop)
		return nil
	case u.Inline != "":
		reply, err := h.Handle(ctx, u)
		if err != nil { // never stored, so never brought again: an empty list now
			reply = bot.Reply{}
		}
		c.answerInline(ctx, u.Inline, reply.Inline)
		return nil
	}
	reply, err := h.Handle(ctx, u)
	if err == nil {
		c.coverNow(ctx, reply.Cover)
	}
	return err
}

// coverTime is how long the first try of a cover may take: the tap that asked
// for it waits for its answer meanwhile.
const coverTime = 2 * time.Second

// coverNow tries a queued cover at once. Whether it succeeds or not, the outbox
// does it again, so nothing is told of a failure.
func (c *Client) coverNow(ctx context.Context, out *bot.Out) {
	if out == nil || out.Edit == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, coverTime)
	defer cancel()
	if err := c.rewrite(ctx, *out); err != nil {
		c.log.Debug("a cover is left to the outbox")
	}
}

// unheard is how long nothing may be heard of Telegram before what it brings may
// have waited there.
const unheard = 2 * time.Minute

// gap notes that Telegram was heard, and says whether that was not so for long.
func (c *Client) gap() bool {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.heard
	c.heard = now
	return now.Sub(was) > unheard
}

// tooOld answers a tap that leads to the danger card empty, before it is handled,
// and says whether Telegram takes no answer to it any more: by now somebody else
// may hold the phone.
func (c *Client) tooOld(ctx context.Context, id string) bool {
	if !c.first(id) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := c.Call(ctx, "answerCallbackQuery", struct {
		ID string `json:"callback_query_id"`
	}{id}, nil)
	var e *Error
	return errors.As(err, &e) && e.Code == 400 && strings.Contains(strings.ToLower(e.Description), "too old")
}

// answerTap answers a tap once in the life of the process. A tap that cannot
// be answered any more is left; nothing but a spinning button depends on it.
func (c *Client) answerTap(ctx context.Context, id, pop string) {
	if !c.first(id) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	params := struct {
		ID    string `json:"callback_query_id"`
		Text  string `json:"text,omitempty"`
		Alert bool   `json:"show_alert,omitempty"`
	}{ID: id, Text: fitPop(pop)}
	params.Alert = params.Text != ""
	// A lost answer leaves the button spinning, so it is given again, but only
	// within the seconds in which Telegram takes it.
	for wait := 200 * time.Millisecond; wait < 2*time.Second; wait *= 2 {
		err := c.Call(ctx, "answerCallbackQuery", params, nil)
		switch classify(err) {
		case later, unknown:
		default:
			return
		}
		if !pause(ctx, wait) {
			return
		}
	}
}

// first says whether this process sees the tap for the first time.
func (c *Client) first(id string) bool {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.replied[id]; ok {
		return false
	}
	if len(c.replied) >= 1024 {
		for k, t := range c.replied {
			if now.Sub(t) > memory {
				delete(c.replied, k)
			}
		}
	}
	c.replied[id] = now
	return true
}

// fitPop keeps a pop-up within Telegram's limit, cutting between words where
// the script has any.
func fitPop(s string) string {
	s = strings.TrimSpace(s)
	if len(utf16.Encode([]rune(s))) <= popSize {
		return s
	}
	units, end, space := 1, 0, 0 // one unit for the ellipsis
	for i, r := range s {
		units += max(utf16.RuneLen(r), 1)
		if units > popSize {
			break
		}
		end = i + len(string(r))
		if unicode.IsSpace(r) {
			space = i
		}
	}
	if space > end/2 {
		end = space
	}
	return strings.TrimSpace(s[:end]) + "…"
}

type inlineArticle struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Content     struct {
		Text    string     `json:"message_text"`
		Parse   string     `json:"parse_mode"`
		Preview previewOff `json:"link_preview_options"`
	} `json:"input_message_content"`
}

func (c *Client) answerInline(ctx context.Context, id string, results []bot.InlineResult) {
	articles := make([]inlineArticle, 0, len(results))
	for _, r := range results[:min(len(results), inlineLimit)] {
		a := inlineArticle{Type: "article", ID: r.ID, Title: r.Title, Description: r.Description}
		a.Content.Text, a.Content.Parse, a.Content.Preview = r.Text, "HTML", previewOff{true}
		articles = append(articles, a)
	}
	err := c.Call(ctx, "answerInlineQuery", struct {
		ID       string          `json:"inline_query_id"`
		Results  []inlineArticle `json:"results"`
		Cache    int             `json:"cache_time"`
		Personal bool            `json:"is_personal"`
	}{id, articles, 0, true}, nil)
	if classify(err) == refused {
		c.log.Debug("an inline query was not answered", "why", err)
	}
}

// pause waits, and answers false when the context ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
