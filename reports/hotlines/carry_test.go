package hotlines

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/outbox"
)

func notice(to string, change func(n *Notice)) outbox.Item {
	n := Notice{Case: "K7Q2-9F", Rev: 4, Priority: 0, Kind: "compound", Lang: "my", Link: "https://desk.example.org/case/K7Q2-9F", To: to}
	if change != nil {
		change(&n)
	}
	body, err := json.Marshal(n)
	if err != nil {
		panic(err)
	}
	return outbox.Item{Kind: KindWebhook, Class: outbox.Staff, Body: body}
}

func TestWebhook(t *testing.T) {
	secret := []byte("a secret of the installation")
	var got *http.Request
	var body []byte
	answer, header := http.StatusOK, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		if header != "" {
			w.Header().Set("Retry-After", header)
		}
		if answer == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(answer)
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	defer server.Close()
	to := server.URL + "/notice?token=hidden"
	hook := NewWebhook(func(to string) []byte { return WebhookKey(secret, to) })
	hook.now = func() time.Time { return time.Unix(1_800_000_000, 0) }

	sent, err := hook.Carry(t.Context(), notice(to, nil))
	require.NoError(t, err)
	require.Zero(t, sent)
	require.Equal(t, http.MethodPost, got.Method)
	require.Equal(t, "K7Q2-9F-4", got.Header.Get("Idempotency-Key"))
	require.Equal(t, "1800000000", got.Header.Get(TimestampHeader))
	require.Equal(t, SignWebhook(WebhookKey(secret, to), "1800000000", body), got.Header.Get(SignatureHeader))
	require.NotEqual(t, WebhookKey(secret, to), WebhookKey(secret, to+"x"), "no receiver can sign for another")
	require.JSONEq(t, `{"case":"K7Q2-9F","rev":4,"priority":0,"kind":"compound","lang":"my","link":"https://desk.example.org/case/K7Q2-9F"}`, string(body))

	// The same case and revision carry the same key; a new revision another.
	_, err = hook.Carry(t.Context(), notice(to, nil))
	require.NoError(t, err)
	require.Equal(t, "K7Q2-9F-4", got.Header.Get("Idempotency-Key"))
	_, err = hook.Carry(t.Context(), notice(to, func(n *Notice) { n.Rev = 5 }))
	require.NoError(t, err)
	require.Equal(t, "K7Q2-9F-5", got.Header.Get("Idempotency-Key"))

	for _, c := range []struct {
		status int
		after  string
		want   error
	}{
		{429, "17", outbox.Later{Slow: true, After: 17 * time.Second}},
		{429, "", outbox.Later{Slow: true}},
		{429, "999999", outbox.Later{Slow: true, After: time.Hour}},
		{429, "-5", outbox.Later{Slow: true}},
		{503, time.Unix(1_800_000_060, 0).UTC().Format(http.TimeFormat), outbox.Later{After: time.Minute}},
		{500, "", outbox.Later{}},
		{502, "", outbox.Later{}},
		{408, "", outbox.Later{}},
		{400, "", outbox.Refused{Code: 400}},
		{401, "", outbox.Refused{Code: 401}},
		{404, "", outbox.Refused{Code: 404}},
		{410, "", outbox.Refused{Code: 410}},
		{302, "", outbox.Refused{Code: 302}},
	} {
		answer, header = c.status, c.after
		_, err := hook.Carry(t.Context(), notice(to, nil))
		switch want := c.want.(type) {
		case outbox.Later:
			var later outbox.Later
			require.ErrorAs(t, err, &later, "%d", c.status)
			require.Equal(t, want.Slow, later.Slow)
			require.Equal(t, want.After, later.After)
			require.False(t, later.Unsure, "the receiver knows its key: a repeat does no harm")
		case outbox.Refused:
			var refused outbox.Refused
			require.ErrorAs(t, err, &refused, "%d", c.status)
			require.Equal(t, want.Code, refused.Code)
		}
		require.NotContains(t, err.Error(), "hidden")
	}
	require.NotEqual(t, "/elsewhere", got.URL.Path, "no redirect is followed")
}

func TestWebhookOutOfReach(t *testing.T) {
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-release
	}))
	defer silent.Close()
	defer close(release)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }))
	defer broken.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	hook := NewWebhook(func(string) []byte { return []byte("k") })
	hook.client.Timeout = 50 * time.Millisecond
	for name, at := range map[string]string{"silent": silent.URL, "broken": broken.URL, "gone": gone.URL} {
		_, err := hook.Carry(t.Context(), notice(at+"/hidden", nil))
		var later outbox.Later
		require.ErrorAs(t, err, &later, name)
		require.NotContains(t, err.Error(), "hidden")
	}
	_, err := NewWebhook(func(string) []byte { return nil }).Carry(t.Context(), notice("https://a.example/", nil))
	var later outbox.Later
	require.ErrorAs(t, err, &later, "without a key nothing is sent")
}

// A notice holds codes and a link, and nothing else can be put into it.
func TestNoticeHoldsNothingElse(t *testing.T) {
	hook := NewWebhook(func(string) []byte { return []byte("k") })
	post, err := NewMail("smtp://localhost:1", "bot@example.org", nil)
	require.NoError(t, err)
	bad := map[string]outbox.Item{
		"not a notice":           {Body: []byte("hello")},
		"a sentence for a case":  notice("https://a.example/", func(n *Notice) { n.Case = "help me" }),
		"a line end":             notice("https://a.example/", func(n *Notice) { n.Kind = "loss\r\nBcc: x@example.org" }),
		"a long field":           notice("https://a.example/", func(n *Notice) { n.Lang = strings.Repeat("a", 41) }),
		"no case":                notice("https://a.example/", func(n *Notice) { n.Case = "" }),
		"a priority of none":     notice("https://a.example/", func(n *Notice) { n.Priority = 9 }),
		"a link without TLS":     notice("https://a.example/", func(n *Notice) { n.Link = "http://desk.example.org/" }),
		"a link with a line":     notice("https://a.example/", func(n *Notice) { n.Link = "https://desk.example.org/ a" }),
		"no address":             notice("", nil),
		"an address without TLS": notice("http://a.example/", nil),
		"an address with a name": notice("https://user:word@a.example/", nil),
	}
	for name, it := range bad {
		var refused outbox.Refused
		_, err := hook.Carry(t.Context(), it)
		require.ErrorAs(t, err, &refused, name)
		_, err = post.Carry(t.Context(), it)
		require.ErrorAs(t, err, &refused, name)
		require.NotContains(t, err.Error(), "help")
	}
}

// smtpServer speaks as much SMTP as a carrier needs.
type smtpServer struct {
	addr  string
	roots *x509.CertPool
	cert  tls.Certificate
	plain bool              // offers no STARTTLS
	say   map[string]string // an answer of its own to a command

	mu      sync.Mutex
	letters []string
	secure  []bool
}

func newSMTP(t *testing.T, plain, implicit bool, say map[string]string) *smtpServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	made := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.org"}, DNSNames: []string{"mail.example.org", "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, made, made, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	s := &smtpServer{roots: x509.NewCertPool(), cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, plain: plain, say: say}
	s.roots.AddCert(leaf)
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listen.Close() })
	s.addr = listen.Addr().String()
	go func() {
		for {
			conn, err := listen.Accept()
			if err != nil {
				return
			}
			if implicit {
				conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}})
			}
			go s.talk(conn, implicit)
		}
	}()
	return s
}

func (s *smtpServer) talk(conn net.Conn, secure bool) {
	defer func() { conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(lines ...string) {
		for _, l := range lines {
			_, _ = io.WriteString(conn, l+"\r\n")
		}
	}
	say("220 ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.TrimRight(strings.SplitN(line, " ", 2)[0], "\r\n"))
		if own, ok := s.say[verb]; ok {
			say(own)
			continue
		}
		switch verb {
		case "EHLO":
			if secure || s.plain {
				say("250-here", "250 AUTH PLAIN")
			} else {
				say("250-here", "250-AUTH PLAIN", "250 STARTTLS")
			}
		case "STARTTLS":
			say("220 go")
			conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}})
			in, secure = bufio.NewReader(conn), true
		case "DATA":
			say("354 go")
			var letter strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil || l == ".\r\n" {
					break
				}
				letter.WriteString(l)
			}
			s.mu.Lock()
			s.letters, s.secure = append(s.letters, letter.String()), append(s.secure, secure)
			s.mu.Unlock()
			say("250 kept")
		case "AUTH":
			say("235 good")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// mailTo makes a carrier that thinks the server is at host.
func mailTo(t *testing.T, s *smtpServer, server string) *Mail {
	t.Helper()
	m, err := NewMail(server, "bot@example.org", s.roots)
	require.NoError(t, err)
	m.now = func() time.Time { return time.Unix(1_800_000_000, 0) }
	m.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.addr)
	}
	return m
}

func TestMail(t *testing.T) {
	for name, c := range map[string]struct {
		implicit bool
		server   string
	}{"STARTTLS": {false, "smtp://desk:word@mail.example.org"}, "TLS": {true, "smtps://desk:word@mail.example.org"}} {
		t.Run(name, func(t *testing.T) {
			s := newSMTP(t, false, c.implicit, nil)
			m := mailTo(t, s, c.server)
			for range 2 {
				_, err := m.Carry(t.Context(), notice("duty@example.net", nil))
				require.NoError(t, err)
			}
			require.Equal(t, []bool{true, true}, s.secure)
			require.Equal(t, s.letters[0], s.letters[1], "one letter, however often it is carried")
			require.Equal(t, "From: bot@example.org\r\nTo: duty@example.net\r\nSubject: Case K7Q2-9F, priority 0\r\nDate: Fri, 15 Jan 2027 08:00:00 +0000\r\nMessage-ID: <K7Q2-9F-4@example.org>\r\n"+
				"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
				"case: K7Q2-9F\r\npriority: 0\r\nkind: compound\r\nlanguage: my\r\n\r\nhttps://desk.example.org/case/K7Q2-9F\r\n", s.letters[0])
		})
	}
}

func TestMailNeedsTLS(t *testing.T) {
	s := newSMTP(t, true, false, nil)
	_, err := mailTo(t, s, "smtp://mail.example.org").Carry(t.Context(), notice("duty@example.net", nil))
	var later outbox.Later
	require.ErrorAs(t, err, &later)
	require.ErrorContains(t, err, "no TLS")
	require.Empty(t, s.letters)
	_, err = mailTo(t, s, "smtp://localhost").Carry(t.Context(), notice("duty@example.net", nil))
	require.NoError(t, err, "to this machine itself it may go without")
	require.Len(t, s.letters, 1)

	// A certificate nobody vouches for is no TLS.
	s = newSMTP(t, false, false, nil)
	m := mailTo(t, s, "smtp://mail.example.org")
	m.roots = x509.NewCertPool()
	_, err = m.Carry(t.Context(), notice("duty@example.net", nil))
	require.ErrorAs(t, err, &later)
	require.Empty(t, s.letters)
}

func TestMailAnswers(t *testing.T) {
	for _, c := range []struct {
		verb, says string
		code       int // refused with it; 0 is later
	}{
		{"RCPT", "550 no such person duty@example.net", 550},
		{"MAIL", "553 not you", 0},
		{"DATA", "554 no", 554},
		{"RCPT", "450 busy", 0},
		{"MAIL", "421 too many", 0},
		{"EHLO", "502 what", 0},
		{"AUTH", "535 wrong", 0},
	} {
		t.Run(c.verb+" "+c.says[:3], func(t *testing.T) {
			say := map[string]string{c.verb: c.says}
			if c.verb == "EHLO" {
				say["HELO"] = c.says
			}
			s := newSMTP(t, false, false, say)
			_, err := mailTo(t, s, "smtp://desk:word@mail.example.org").Carry(t.Context(), notice("duty@example.net", nil))
			require.NotContains(t, err.Error(), "duty")
			require.NotContains(t, err.Error(), "word")
			if c.code == 0 {
				var later outbox.Later
				require.ErrorAs(t, err, &later)
				return
			}
			var refused outbox.Refused
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.code, refused.Code)
		})
	}
}

func TestMailOutOfReach(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	m, err := NewMail("smtp://"+silent.Addr().String(), "bot@example.org", nil)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = m.Carry(ctx, notice("duty@example.net", nil))
	var later outbox.Later
	require.ErrorAs(t, err, &later)
	silent.Close()
	_, err = m.Carry(t.Context(), notice("duty@example.net", nil))
	require.ErrorAs(t, err, &later)
	for _, bad := range [][2]string{{"https://mail.example.org", "bot@example.org"}, {"smtp://", "bot@example.org"}, {"smtp://a", "bot"}, {"smtp://a", "Bot <bot@example.org>"}, {":", "bot@example.org"}} {
		_, err := NewMail(bad[0], bad[1], nil)
		require.Error(t, err, bad)
	}
}
