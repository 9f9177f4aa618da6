package hotlines

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/offercheck/offercheck/reports/outbox"
)

// The headers of a webhook. SignatureHeader holds "v1=" and the hex HMAC-SHA256,
// under the key agreed with the receiver, of the timestamp, a full stop and the
// body. A receiver checks it, refuses timestamps more than five minutes off, and
// takes the same Idempotency-Key once.
const (
	TimestampHeader = "Offercheck-Timestamp"
	SignatureHeader = "Offercheck-Signature"
)

const (
	webhookTime  = 10 * time.Second
	answerLimit  = 4 << 10
	codeNoNotice = 1 // the dead letter's code when an item is no notice
)

// Webhook carries notices over https. It follows no redirect and reads no answer
// but its status.
type Webhook struct {
	key    func(to string) []byte
	now    func() time.Time
	client *http.Client
}

// NewWebhook makes a carrier that signs with the key agreed for an address; without
// one it does not send.
func NewWebhook(key func(to string) []byte) *Webhook {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	transport.ResponseHeaderTimeout = webhookTime
	transport.MaxResponseHeaderBytes = 16 << 10
	return &Webhook{key, time.Now, &http.Client{
		Timeout:       webhookTime,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// WebhookKey makes the key for an address out of one secret of the installation,
// so that no receiver can sign for another.
func WebhookKey(secret []byte, to string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("offercheck webhook v1 " + to))
	return h.Sum(nil)
}

// SignWebhook is the value of SignatureHeader.
func SignWebhook(key []byte, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(timestamp + "."))
	h.Write(body)
	return "v1=" + hex.EncodeToString(h.Sum(nil))
}

// Carry sends a notice. A lost answer is a Later: the receiver knows a notice it
// has by its key.
func (w *Webhook) Carry(ctx context.Context, it outbox.Item) (outbox.Sent, error) {
	n, err := readNotice(it.Body)
	if err != nil {
		return outbox.Sent{}, outbox.Refused{Code: codeNoNotice, Err: err}
	}
	to := n.To
	if err := webhookAddress(to); err != nil {
		return outbox.Sent{}, outbox.Refused{Code: codeNoNotice, Err: err}
	}
	key := w.key(to)
	if len(key) == 0 {
		return outbox.Sent{}, outbox.Later{After: time.Minute, Err: errors.New("no key is agreed with this address")}
	}
	n.To = ""
	body, err := json.Marshal(n)
	if err != nil {
		return outbox.Sent{}, outbox.Refused{Code: codeNoNotice, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return outbox.Sent{}, outbox.Refused{Code: codeNoNotice, Err: errors.New("the address is not one")}
	}
	stamp := strconv.FormatInt(w.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "offercheck")
	req.Header.Set("Idempotency-Key", n.Key())
	req.Header.Set(TimestampHeader, stamp)
	req.Header.Set(SignatureHeader, SignWebhook(key, stamp, body))
	res, err := w.client.Do(req)
	if err != nil {
		// The address may hold a secret of the receiver: only the cause is kept.
		var in *url.Error
		if errors.As(err, &in) {
			err = in.Err
		}
		return outbox.Sent{}, outbox.Later{Err: fmt.Errorf("post notice: %w", err)}
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, answerLimit)) // so that the connection can be used again
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return outbox.Sent{}, nil
	case code == http.StatusTooManyRequests:
		return outbox.Sent{}, outbox.Later{Slow: true, After: retryAfter(res.Header.Get("Retry-After"), w.now()), Err: errors.New(statusOf(code))}
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return outbox.Sent{}, outbox.Later{After: retryAfter(res.Header.Get("Retry-After"), w.now()), Err: errors.New(statusOf(code))}
	default: // also a redirect: a notice goes where the operator said, or nowhere
		return outbox.Sent{}, outbox.Refused{Code: code, Err: errors.New(statusOf(code))}
	}
}

func statusOf(code int) string {
	return strings.TrimSpace(strconv.Itoa(code) + " " + http.StatusText(code))
}

// retryAfter reads how long the receiver asks us to wait, at most an hour; zero
// when it says nothing that can be read.
func retryAfter(s string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if n, err := strconv.Atoi(s); err == nil {
		wait = time.Duration(min(n, 3600)) * time.Second
	} else if t, err := http.ParseTime(s); err == nil {
		wait = t.Sub(now)
	}
	return min(max(wait, 0), time.Hour)
}
