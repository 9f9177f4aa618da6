package media

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"

	"github.com/offercheck/offercheck/flows"
)

// The limits of a mail.
const (
	mostMailParts   = 100
	mostAttachments = 4 // that are read
)

// post is one mail being read.
type post struct {
	r           *Reader
	b           strings.Builder
	lang        string
	parts       int
	attachments int
	poor        bool // something of it could not be read
}

// mail reads a mail: who it says it is from, its subject, its text, the
// addresses behind links, and what is attached. A mail is read even when an
// attachment is not, but is then silent about what it did not see.
func (r *Reader) mail(ctx context.Context, f file) (string, error) {
	m, err := mail.ReadMessage(bytes.NewReader(f.data))
	if err != nil {
		return "", errBroken
	}
	p := &post{r: r, lang: f.lang}
	for _, name := range []string{"From", "Reply-To", "Subject"} {
		if v := headerText(m.Header.Get(name)); v != "" {
			p.b.WriteString(v + "\n")
		}
	}
	err = p.part(ctx, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body, f.depth)
	if err != nil && (p.b.Len() == 0 || errors.Is(err, errLocked)) {
		return "", err
	}
	if err != nil || p.poor {
		return p.b.String(), errPoor
	}
	return p.b.String(), nil
}

func headerText(v string) string {
	d := mime.WordDecoder{CharsetReader: charsetReader}
	if s, err := d.DecodeHeader(v); err == nil {
		v = s
	}
	return strings.Join(strings.Fields(v), " ")
}

// part reads one part of a mail, and the parts in it.
func (p *post) part(ctx context.Context, kindOf, encoding, name string, body io.Reader, depth int) error {
	if p.parts++; p.parts > mostMailParts || depth > mostDepth+4 {
		return errLarge
	}
	kind, params, err := mime.ParseMediaType(kindOf)
	if err != nil {
		kind, params = "text/plain", map[string]string{}
	}
	if name == "" {
		name = headerText(params["name"])
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, &alphabet{r: body})
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	if strings.HasPrefix(kind, "multipart/") {
		if params["boundary"] == "" {
			return errBroken
		}
		return p.multipart(ctx, kind, multipart.NewReader(body, params["boundary"]), depth)
	}
	data, err := io.ReadAll(io.LimitReader(body, Most))
	if err != nil && len(data) == 0 {
		return errBroken
	}
	switch {
	case kind == "text/html":
		p.add(markup(decoded(file{data: data, lang: p.lang, charset: params["charset"]})))
		return nil
	case strings.HasPrefix(kind, "text/") && !strings.HasSuffix(kind, "calendar"):
		p.add(decoded(file{data: data, lang: p.lang, charset: params["charset"]}))
		return nil
	case strings.HasPrefix(kind, "application/pgp"), strings.HasSuffix(kind, "-signature"):
		return nil
	}
	if p.attachments++; p.attachments > mostAttachments || depth >= mostDepth {
		p.poor = true
		return nil
	}
	f := file{data: data, name: name, mime: kind, lang: p.lang, depth: depth + 1}
	t, err := p.r.read(ctx, f)
	if err != nil {
		return err
	}
	p.add(t.Text)
	// A logo without words is no reason to doubt the mail.
	p.poor = p.poor || t.Unread != "" && (t.Unread != flows.UnreadPoor || !strings.HasPrefix(kind, "image/"))
	return nil
}

func (p *post) multipart(ctx context.Context, kind string, m *multipart.Reader, depth int) error {
	for {
		part, err := m.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errBroken
		}
		// Both forms of an alternative are read: what only one of them says is
		// what somebody wanted to hide from filters.
		err = p.part(ctx, part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part.FileName(), part, depth+1)
		if err != nil {
			return err
		}
	}
}

// add adds text that is not there yet.
func (p *post) add(s string) {
	for l := range strings.Lines(s) {
		l = strings.TrimSpace(l)
		if l == "" || p.b.Len() > mostText {
			continue
		}
		p.b.WriteString(l + "\n")
	}
}

// alphabet lets only the letters of base64 through.
type alphabet struct{ r io.Reader }

func (a *alphabet) Read(p []byte) (int, error) {
	for {
		n, err := a.r.Read(p)
		k := 0
		for _, c := range p[:n] {
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' {
				p[k] = c
				k++
			}
		}
		if k > 0 || err != nil {
			return k, err
		}
	}
}
