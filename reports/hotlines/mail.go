package hotlines

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/offercheck/offercheck/reports/outbox"
)

const mailTime = 20 * time.Second

// Mail carries notices by e-mail, over TLS always but to this machine itself.
type Mail struct {
	addr, host string
	from       string
	user       *url.Userinfo
	implicit   bool // TLS from the first byte
	roots      *x509.CertPool
	now        func() time.Time
	dial       func(ctx context.Context, network, addr string) (net.Conn, error)
}

// NewMail makes a carrier from an address such as smtp://user:password@host:587
// (TLS by STARTTLS) or smtps://host:465, and the sender's mail address. roots may
// be nil for those of the system.
func NewMail(server, from string, roots *x509.CertPool) (*Mail, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("read mail server: it must be smtp://… or smtps://…")
	}
	if !mailAddress(from) {
		return nil, errors.New("read mail sender: it is not a mail address")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	m := &Mail{addr: net.JoinHostPort(u.Hostname(), port), host: u.Hostname(), from: from, user: u.User, implicit: u.Scheme == "smtps", roots: roots, now: time.Now}
	m.dial = (&net.Dialer{Timeout: mailTime}).DialContext
	return m, nil
}

// Carry sends a notice. Its Message-ID is the same for the same case and revision,
// so that one sent twice is one mail.
func (m *Mail) Carry(ctx context.Context, it outbox.Item) (outbox.Sent, error) {
	n, err := readNotice(it.Body)
	if err == nil && !mailAddress(n.To) {
		err = errors.New("the mail address is not one")
	}
	if err != nil {
		return outbox.Sent{}, outbox.Refused{Code: codeNoNotice, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	letter, err := m.send(ctx, n)
	var said *textproto.Error
	switch {
	case err == nil:
		return outbox.Sent{}, nil
	case errors.As(err, &said) && said.Code >= 500 && letter:
		// What the server says may repeat the address: only its number is kept.
		return outbox.Sent{}, outbox.Refused{Code: said.Code, Err: fmt.Errorf("mail refused: %d", said.Code)}
	case errors.As(err, &said): // also a wrong password or sender, which the operator will mend
		return outbox.Sent{}, outbox.Later{Slow: said.Code == 421, Err: fmt.Errorf("mail put off: %d", said.Code)}
	}
	return outbox.Sent{}, outbox.Later{Err: err}
}

// send answers whether an error is about this letter, not about the server or who
// signs in to it.
func (m *Mail) send(ctx context.Context, n Notice) (letter bool, err error) {
	conn, err := m.dial(ctx, "tcp", m.addr)
	if err != nil {
		return false, fmt.Errorf("reach mail server: %w", err)
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(end); err != nil {
			return false, fmt.Errorf("reach mail server: %w", err)
		}
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	secure := &tls.Config{ServerName: m.host, RootCAs: m.roots, MinVersion: tls.VersionTLS12}
	if m.implicit {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return false, fmt.Errorf("greet mail server: %w", err)
	}
	defer c.Close()
	_, domain, _ := strings.Cut(m.from, "@")
	if err := c.Hello(domain); err != nil {
		return false, fmt.Errorf("greet mail server: %w", err)
	}
	if !m.implicit {
		if ok, _ := c.Extension("STARTTLS"); ok {
			if err := c.StartTLS(secure); err != nil {
				return false, fmt.Errorf("begin TLS: %w", err)
			}
		} else if !loopback(m.host) {
			return false, errors.New("the mail server offers no TLS; nothing is sent without")
		}
	}
	if m.user != nil {
		password, _ := m.user.Password()
		if err := c.Auth(smtp.PlainAuth("", m.user.Username(), password, m.host)); err != nil {
			return false, fmt.Errorf("sign in to mail server: %w", err)
		}
	}
	if err := c.Mail(m.from); err != nil {
		return false, fmt.Errorf("send mail: %w", err)
	}
	if err := c.Rcpt(n.To); err != nil {
		return true, fmt.Errorf("send mail: %w", err)
	}
	w, err := c.Data()
	if err != nil {
		return true, fmt.Errorf("send mail: %w", err)
	}
	if _, err := w.Write(m.letter(n, domain)); err != nil {
		return true, fmt.Errorf("send mail: %w", err)
	}
	if err := w.Close(); err != nil {
		return true, fmt.Errorf("send mail: %w", err)
	}
	// It has arrived; a goodbye that fails changes nothing.
	_ = c.Quit()
	return true, nil
}

func (m *Mail) letter(n Notice, domain string) []byte {
	subject := fmt.Sprintf("Case %s, priority %d", n.Case, n.Priority)
	return fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s@%s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
		"case: %s\r\npriority: %d\r\nkind: %s\r\nlanguage: %s\r\n\r\n%s\r\n",
		m.from, n.To, mime.QEncoding.Encode("utf-8", subject), m.now().UTC().Format(time.RFC1123Z), n.Key(), domain,
		n.Case, n.Priority, n.Kind, n.Lang, n.Link)
}
