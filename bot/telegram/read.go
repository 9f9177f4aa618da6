package telegram

import (
	"context"
	"errors"

	"github.com/offercheck/offercheck/bot/media"
	"github.com/offercheck/offercheck/flows"
)

// Reading makes r read what people attach to messages: fetched, read, and let
// go. A file that Telegram does not hand out is answered as one that could not
// be read; the only error is that of ctx.
func (c *Client) Reading(r *media.Reader) func(ctx context.Context, lang string, f flows.File) (flows.File, error) {
	return func(ctx context.Context, lang string, f flows.File) (flows.File, error) {
		if f.Size > downloadLimit {
			f.Unread = flows.UnreadLarge
			return f, nil
		}
		for try := 0; ; try++ {
			t, err := c.readOnce(ctx, r, lang, f)
			switch {
			case err == nil:
				f.Text, f.Unread = t.Text, t.Unread
				return f, nil
			case ctx.Err() != nil:
				return f, ctx.Err()
			case errors.Is(err, ErrTooLarge):
				f.Unread = flows.UnreadLarge
				return f, nil
			case errors.Is(err, ErrNoFile) || try > 0:
				f.Unread = flows.UnreadBroken
				return f, nil
			}
			if !pause(ctx, max(firstWait, retryAfter(err))) {
				return f, ctx.Err()
			}
		}
	}
}

func (c *Client) readOnce(ctx context.Context, r *media.Reader, lang string, f flows.File) (media.Text, error) {
	body, err := c.Open(ctx, f.ID)
	if err != nil {
		return media.Text{}, err
	}
	defer body.Close()
	return r.Read(ctx, body, f.Name, f.MIME, lang)
}
