package hotlines

import (
	"encoding/json"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
)

// The kinds of outbox items this room carries.
const (
	KindWebhook = "webhook"
	KindMail    = "mail"
)

// Notice says that a case waits, and nothing of what is in it. It is the body of
// an outbox item. To is the https address or the mail address it goes to; it is
// not part of what is sent.
type Notice struct {
	Case     string `json:"case"`
	Rev      int64  `json:"rev"`
	Priority int    `json:"priority"`
	Kind     string `json:"kind"`
	Lang     string `json:"lang"`
	Link     string `json:"link"`
	To       string `json:"to,omitempty"`
}

// Key is the same for the same case and revision, however often it is carried.
func (n Notice) Key() string { return n.Case + "-" + strconv.FormatInt(n.Rev, 10) }

// readNotice reads an item's body. Whatever could carry more than a notice may is
// refused: no field holds a line end, a space or a sentence.
func readNotice(body []byte) (Notice, error) {
	var n Notice
	if err := json.Unmarshal(body, &n); err != nil {
		return Notice{}, fmt.Errorf("read notice: it is not one")
	}
	for _, field := range []string{n.Case, n.Kind, n.Lang} {
		if field == "" || len(field) > 40 || strings.Trim(field, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return Notice{}, fmt.Errorf("read notice: a field is not a code")
		}
	}
	if n.Priority < 0 || n.Priority > Lowest {
		return Notice{}, fmt.Errorf("read notice: there is no such priority")
	}
	if err := webhookAddress(n.Link); err != nil || strings.ContainsAny(n.Link, "\r\n\t ") || len(n.Link) > 500 {
		return Notice{}, fmt.Errorf("read notice: its link is not one to a desk")
	}
	return n, nil
}

// webhookAddress answers an error unless s is an https address; plain http only to
// this machine.
func webhookAddress(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil {
		return fmt.Errorf("the address is not one")
	}
	if u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("the address must begin with https://")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func mailAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, "\r\n")
}
