package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// Error is a call that did not succeed. It carries no token and none of the
// words, names or ids the call was about, so it may be logged.
type Error struct {
	Method      string
	Code        int // of the Bot API, or the HTTP status when there was none
	Description string
	RetryAfter  time.Duration
	MigrateTo   int64 // the group lives on under this id; never printed
	// Sent is true when the whole request left this machine, so that without
	// an answer nobody knows whether it was done.
	Sent bool

	answered bool  // the Bot API itself said no
	cause    error // only a context's error
}

// Error says what failed, in one line.
func (e *Error) Error() string {
	s := "telegram " + e.Method
	if e.Code != 0 {
		s += fmt.Sprintf(" (%d)", e.Code)
	}
	if e.Description != "" {
		s += ": " + e.Description
	}
	return s
}

// Unwrap answers the context's error when the call was cut short by one.
func (e *Error) Unwrap() error { return e.cause }

// failure makes an Error of whatever the library returned. The original is
// dropped on purpose: a url.Error prints the address, and with it the token.
func (c *Client) failure(method string, err error, line *wire) error {
	out := &Error{Method: method, Sent: line.wrote.Load()}
	var api *tgbotapi.Error
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	var transport *url.Error
	switch {
	case errors.As(err, &api):
		out.answered = true
		out.Code = api.Code
		out.Description = c.scrub(api.Message)
		out.RetryAfter = time.Duration(api.RetryAfter) * time.Second
		out.MigrateTo = api.MigrateToChatID
		if out.Code == 0 { // UploadFiles loses the code
			out.Code = line.status
			if out.RetryAfter > 0 {
				out.Code = http.StatusTooManyRequests
			}
		}
	case errors.As(err, &syntax), errors.As(err, &shape):
		out.Code = line.status
		out.Description = "the answer is not the Bot API's"
	case errors.Is(err, context.Canceled):
		out.cause = context.Canceled
		out.Description = "stopped"
	case errors.Is(err, context.DeadlineExceeded):
		out.cause = context.DeadlineExceeded
		out.Description = "no answer in time"
	default:
		if errors.As(err, &transport) {
			err = transport.Err
		}
		out.Description = c.scrub(err.Error())
		if line.status != 0 { // the answer broke off
			out.Description = "the answer broke off"
			if line.status != http.StatusOK {
				out.Code = line.status
			}
		}
	}
	return out
}

var (
	quoted  = regexp.MustCompile(`"[^"]*"|'[^' ]*://[^']*'|URL '[^']*'`)
	numbers = regexp.MustCompile(`-?\d{5,}`)
	address = regexp.MustCompile(`(?i)https?://\S+|\b\d{1,3}(\.\d{1,3}){3}(:\d+)?`)
)

// scrub takes the token, quoted words, addresses and long numbers out of text
// that somebody else wrote.
func (c *Client) scrub(s string) string {
	if c.token != "" {
		_, secret, _ := strings.Cut(c.token, ":")
		for _, t := range []string{c.token, url.QueryEscape(c.token), url.PathEscape(c.token), secret} {
			s = strings.ReplaceAll(s, t, "<token>")
		}
	}
	s = quoted.ReplaceAllString(s, "…")
	s = address.ReplaceAllString(s, "<address>")
	s = numbers.ReplaceAllString(s, "<id>")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// outcome is the one thing to know about a call that was made.
type outcome int

const (
	done      outcome = iota // it is so, or is already so
	later                    // not done, try again
	unknown                  // perhaps done
	gone                     // this chat is closed to us
	goneCard                 // the message to rewrite or answer is no more
	undying                  // the message to delete cannot be deleted
	refused                  // never: the call itself is wrong
	forbidden                // the token is wrong
	conflict                 // somebody else reads the updates
	moved                    // the group has another id now
)

// classify is the table of what each failure means.
func classify(err error) outcome {
	if err == nil {
		return done
	}
	var e *Error
	if !errors.As(err, &e) {
		return later
	}
	says := func(parts ...string) bool {
		d := strings.ToLower(e.Description)
		for _, p := range parts {
			if strings.Contains(d, p) {
				return true
			}
		}
		return false
	}
	switch {
	case e.RetryAfter > 0 || e.Code == http.StatusTooManyRequests:
		return later
	case !e.answered && e.Code >= 500:
		return later // a gateway's page: the Bot API never saw it
	case !e.answered && e.Code >= 300:
		return later // not the Bot API at all
	case !e.answered && e.Sent:
		return unknown
	case !e.answered:
		return later
	case e.Code >= 500:
		return later
	case e.MigrateTo != 0:
		return moved
	case e.Code == http.StatusUnauthorized, e.Code == http.StatusNotFound:
		return forbidden
	case e.Code == http.StatusConflict:
		return conflict
	case e.Code == http.StatusForbidden:
		return gone
	case says("message is not modified"):
		return done
	case says("message to delete not found"):
		return done
	case says("message can't be deleted", "message_delete_forbidden"):
		return undying
	case says("message to edit not found", "message can't be edited", "message_id_invalid"):
		return goneCard
	case says("chat not found", "user not found", "peer_id_invalid", "user is deactivated",
		"not enough rights to send", "chat_write_forbidden", "topic_closed", "topic closed",
		"message thread not found", "have no rights to send", "need administrator rights"):
		return gone
	}
	return refused
}
