package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// updateSize is the largest body a webhook takes; updates are far smaller.
const updateSize = 1 << 20

// checkSecret keeps to what setWebhook takes.
func checkSecret(secret string) error {
	if secret == "" {
		return errors.New("a webhook needs WEBHOOK_SECRET: without it anybody could send the bot updates")
	}
	if len(secret) > 256 {
		return errors.New("WEBHOOK_SECRET must have at most 256 characters")
	}
	for _, r := range secret {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-') {
			return errors.New("WEBHOOK_SECRET may hold only A-Z, a-z, 0-9, _ and -")
		}
	}
	return nil
}

// SetWebhook tells Telegram to bring updates to address, signed with secret.
// What waited before is kept. It repeats until it succeeds, ctx ends, or
// Telegram refuses for good.
func (c *Client) SetWebhook(ctx context.Context, address, secret string) error {
	if err := checkSecret(secret); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return errors.New("WEBHOOK_URL must be an https address that Telegram can reach")
	}
	err = c.insist(ctx, "reach Telegram", func() error {
		_, err := c.Me(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return c.insist(ctx, "set the webhook", func() error {
		return c.Call(ctx, "setWebhook", struct {
			URL     string   `json:"url"`
			Secret  string   `json:"secret_token"`
			Most    int      `json:"max_connections"`
			Allowed []string `json:"allowed_updates"`
		}{address, secret, 40, kinds}, nil)
	})
}

// Webhook answers the handler of the address given to SetWebhook. It answers
// 200 only after h committed the update, 500 only for database trouble, so that
// Telegram brings the update again, and 403 to whoever does not know the secret.
func (c *Client) Webhook(secret string, h Handler) (http.Handler, error) {
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	want := sha256.Sum256([]byte(secret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("X-Telegram-Bot-Api-Secret-Token")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "only POST", http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, updateSize))
		if err != nil {
			var big *http.MaxBytesError
			if errors.As(err, &big) {
				http.Error(w, "too large", http.StatusRequestEntityTooLarge)
				return
			}
			http.Error(w, "incomplete", http.StatusBadRequest)
			return
		}
		if err := c.receive(r.Context(), h, body); err != nil {
			c.log.Error("the database does not take updates; Telegram will bring them again")
			http.Error(w, "try again", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusOK)
	}), nil
}

// receive handles one update that a webhook brought. Only database trouble is
// an error: an update that cannot be read would hold its chat for ever.
func (c *Client) receive(ctx context.Context, h Handler, body []byte) error {
	me, err := c.Me(ctx)
	if err != nil {
		return fmt.Errorf("learn who the bot is: %w", err)
	}
	u, ok, err := Decode(body, me)
	if err != nil {
		c.log.Error("an update could not be read and was passed over", "why", err)
	}
	if !ok {
		return nil
	}
	u.Waited = c.gap()
	// Telegram may hang up; what was begun is finished all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 50*time.Second)
	defer cancel()
	for range poisoned {
		if err = c.guarded(ctx, h, u); !errors.Is(err, errPanic) {
			return err
		}
	}
	c.giveUp(ctx, u)
	return nil
}
