package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/vault"
)

// deskCmd is for the people of a hotline: who reads, and reading in a terminal.
type deskCmd struct {
	Init   deskInitCmd   `cmd:"" help:"Say which hotlines hold keys here, and enrol a first member."`
	Invite deskInviteCmd `cmd:"" help:"Make an enrolment link that works once."`
	Enrol  deskEnrolCmd  `cmd:"" help:"Use an enrolment link, with an identity made on this machine."`
	Revoke deskRevokeCmd `cmd:"" help:"End a member: what was sealed to them is deleted at once."`
	List   deskListCmd   `cmd:"" help:"List the open cases, the most urgent first."`
	Open   deskOpenCmd   `cmd:"" help:"Read a case in this terminal."`
	Reply  deskReplyCmd  `cmd:"" help:"Put an answer into the mailbox of a case; it is read from standard input."`
	Notify deskNotifyCmd `cmd:"" help:"Send the agreed harmless sentence, if a safe contact was agreed and its hours are now."`
	Hold   deskHoldCmd   `cmd:"" help:"Keep a case beyond its time, or end that."`
	Close  deskCloseCmd  `cmd:"" help:"Close a case; its time to be kept begins. With --confirmed texts like the offer of a tip are warned of."`
}

// desked opens the desk of an installation.
type desked struct {
	storage
	DeskURL string `help:"Where members open the desk: https, or localhost." env:"DESK_URL" placeholder:"URL"`
	Escrow  string `help:"Offline recipient that can read every case." env:"ESCROW_RECIPIENT" placeholder:"age1…"`
}

// rooms are what the desk needs, opened.
type rooms struct {
	d         *db.DB
	v         *vault.Vault
	directory *hotlines.Directory
	desk      *reports.Desk
}

func (c desked) enter(ctx context.Context) (*rooms, error) {
	d, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.rooms(d)
	if err != nil {
		d.Close()
		return nil, err
	}
	return r, nil
}

func (c desked) rooms(d *db.DB) (*rooms, error) {
	v, err := vault.Open(c.keys(), d.Now())
	if err != nil {
		return nil, err
	}
	directory, err := hotlines.Load()
	if err != nil {
		return nil, fmt.Errorf("load directory: %w", err)
	}
	desk := reports.New(d, v, directory)
	if desk.Link, err = deskLink(c.DeskURL); err != nil {
		return nil, err
	}
	if c.Escrow != "" {
		if err := vault.ParseRecipient(c.Escrow); err != nil {
			return nil, fmt.Errorf("%w: ESCROW_RECIPIENT: %w", errUsage, err)
		}
		desk.Escrow = c.Escrow
	}
	return &rooms{d, v, directory, desk}, nil
}

func (r *rooms) Close() { _ = r.d.Close() }

// in does something in the opened rooms.
func (c desked) in(ctx context.Context, do func(r *rooms) error) error {
	r, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	return do(r)
}

// deskLink checks DESK_URL: browsers decrypt only over https or on this machine.
func deskLink(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	local := err == nil && u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !local {
		return "", fmt.Errorf("%w: DESK_URL must be https, or http on localhost: browsers decrypt nowhere else", errUsage)
	}
	return s, nil
}

// member is who reads: an identity in a file, under a passphrase.
type member struct {
	Identity   string `help:"File of your identity." type:"path" placeholder:"FILE" required:""`
	Passphrase string `help:"File with the passphrase; else the first line of standard input." type:"existingfile" placeholder:"FILE"`
}

func (m member) unlock(s streams, in *bufio.Reader) (vault.Identity, error) {
	file, err := os.ReadFile(m.Identity)
	if err != nil {
		return vault.Identity{}, fmt.Errorf("%w: read identity: %w", errUsage, err)
	}
	pass, err := m.passphrase(s, in)
	if err != nil {
		return vault.Identity{}, err
	}
	id, err := vault.Unlock(file, pass)
	if err != nil {
		return vault.Identity{}, fmt.Errorf("open identity: %w", err)
	}
	return id, nil
}

func (m member) passphrase(s streams, in *bufio.Reader) (string, error) {
	if m.Passphrase != "" {
		text, err := os.ReadFile(m.Passphrase)
		if err != nil {
			return "", fmt.Errorf("%w: read passphrase: %w", errUsage, err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		return strings.TrimRight(line, "\r"), nil
	}
	fmt.Fprint(s.err, "Passphrase: ")
	line, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// create makes an identity and writes it, locked, where neither the database nor
// the server's keys are.
func (m member) create(s streams, st storage) (id vault.Identity, err error) {
	for _, dir := range []string{st.DataDir, st.keys()} {
		if inside(dir, m.Identity) {
			return id, fmt.Errorf("%w: keep the identity outside of DATA_DIR and KEY_DIR: who takes the server must not take it too", errUsage)
		}
	}
	pass, err := m.passphrase(s, bufio.NewReader(s.in))
	if err != nil {
		return id, err
	}
	if id, err = vault.NewIdentity(); err != nil {
		return id, err
	}
	locked, err := id.Lock(pass)
	if err != nil {
		return id, fmt.Errorf("%w: %w", errUsage, err)
	}
	f, err := os.OpenFile(m.Identity, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return id, fmt.Errorf("%w: write identity: %w", errUsage, err)
	}
	_, err = f.Write(locked)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return id, fmt.Errorf("write identity: %w", err)
	}
	return id, nil
}

func inside(dir, file string) bool {
	d, err1 := filepath.Abs(dir)
	f, err2 := filepath.Abs(file)
	rel, err3 := filepath.Rel(d, f)
	return err1 == nil && err2 == nil && err3 == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

type deskInitCmd struct {
	desked
	Hotlines   string `help:"File that says which hotlines hold keys here; see hotlines example." type:"existingfile" placeholder:"FILE"`
	Name       string `help:"Name of the one hotline, instead of a file." placeholder:"NAME"`
	Identity   string `help:"Make an identity for the first member and write it here." type:"path" placeholder:"FILE"`
	Passphrase string `help:"File with its passphrase; else the first line of standard input." type:"existingfile" placeholder:"FILE"`
}

// oneHotline is the operator's file of an installation with a single hotline.
const oneHotline = "[[recipient]]\nid = \"first\"\nname = %q\nrole = \"hotline\"\nhours = [\"always\"]\n"

func (c *deskInitCmd) Run(ctx context.Context, s streams) error {
	var text string
	switch {
	case c.Hotlines != "":
		b, err := os.ReadFile(c.Hotlines)
		if err != nil {
			return fmt.Errorf("%w: read hotlines: %w", errUsage, err)
		}
		text = string(b)
	case c.Name != "":
		text = fmt.Sprintf(oneHotline, c.Name)
	default:
		return fmt.Errorf("%w: give --name NAME for one hotline, or --hotlines FILE", errUsage)
	}
	r, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.desk.Init(ctx, text); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	t, _, members, err := r.desk.Staff(ctx)
	if err != nil {
		return err
	}
	for _, h := range t.Recipients {
		fmt.Fprintf(s.out, "%s: %s, %d members\n", h.ID, h.Name, len(members[h.ID]))
	}
	if len(t.Recipients) == 0 {
		return fmt.Errorf("%w: the file names no hotline", errUsage)
	}
	first := t.Recipients[0].ID
	link, err := r.desk.Invite(ctx, first)
	if err != nil {
		return err
	}
	if c.Identity == "" {
		return c.tell(s, first, link)
	}
	m := member{c.Identity, c.Passphrase}
	id, err := m.create(s, c.storage)
	if err != nil {
		return err
	}
	joined, err := r.desk.Enrol(ctx, link, id.Reader(), id.SignIn(), nil)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s reads for %s. The identity is in %s; without it and its passphrase no case can be read.\n", joined.ID, first, c.Identity)
	return err
}

// tell says where an enrolment link leads, once.
func (c desked) tell(s streams, hotline, link string) error {
	where := "offercheck desk enrol --link " + link + " --identity FILE"
	if c.DeskURL != "" {
		where = strings.TrimRight(c.DeskURL, "/") + "/enrol#" + link + "\nor: " + where
	}
	_, err := fmt.Fprintf(s.out, "A member of %s enrols once, within three days, with\n%s\n", hotline, where)
	return err
}

type deskInviteCmd struct {
	desked
	Hotline string `arg:"" help:"Id of the hotline."`
}

func (c *deskInviteCmd) Run(ctx context.Context, s streams) error {
	return c.in(ctx, func(r *rooms) error {
		link, err := r.desk.Invite(ctx, c.Hotline)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return c.tell(s, c.Hotline, link)
	})
}

type deskEnrolCmd struct {
	desked
	member
	Link string `help:"The enrolment link's secret." required:"" placeholder:"SECRET"`
}

func (c *deskEnrolCmd) Run(ctx context.Context, s streams) error {
	return c.in(ctx, func(r *rooms) error {
		id, err := c.create(s, c.storage)
		if err != nil {
			return err
		}
		m, err := r.desk.Enrol(ctx, c.Link, id.Reader(), id.SignIn(), nil)
		if err != nil {
			_ = os.Remove(c.Identity) // it reads nothing
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		_, err = fmt.Fprintf(s.out, "%s reads for %s from now on.\n", m.ID, m.Hotline)
		return err
	})
}

type deskRevokeCmd struct {
	desked
	Member string `arg:"" help:"Id of the member."`
}

func (c *deskRevokeCmd) Run(ctx context.Context, s streams) error {
	return c.in(ctx, func(r *rooms) error {
		if err := r.desk.Revoke(ctx, c.Member); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		_, err := fmt.Fprintf(s.out, "%s reads nothing any more.\n", c.Member)
		return err
	})
}

type deskListCmd struct {
	desked
	Hotline string `help:"Only the cases of this hotline." placeholder:"ID"`
}

// mostListed is how many cases a list shows.
const mostListed = 200

func (c *deskListCmd) Run(ctx context.Context, s streams) error {
	return c.in(ctx, func(r *rooms) error {
		all, err := r.desk.Queue(ctx, c.Hotline, mostListed)
		if err != nil {
			return err
		}
		for _, x := range all {
			_, err := fmt.Fprintf(s.out, "%s  P%d  %-8s  %-9s  %-3s %-3s  %s  %s\n", x.Code, x.Priority, x.Kind, x.State, x.Country, x.Lang,
				time.UnixMilli(x.Opened).UTC().Format("2006-01-02 15h"), x.Hotline)
			if err != nil {
				return err
			}
		}
		if len(all) == 0 {
			fmt.Fprintln(s.out, "No case is open.")
		}
		return nil
	})
}

type deskOpenCmd struct {
	desked
	member
	Case string `arg:"" help:"Number of the case."`
	JSON bool   `help:"As JSON, one part a line."`
	Save string `help:"Folder to write the files of the case to. They are as they came: open them on a machine that may be lost." type:"path" placeholder:"DIR"`
}

func (c *deskOpenCmd) Run(ctx context.Context, s streams) error {
	r, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	id, err := c.unlock(s, bufio.NewReader(s.in))
	if err != nil {
		return err
	}
	o, err := r.desk.Read(ctx, strings.ToUpper(c.Case), id.Key())
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(s.out)
		for _, p := range o.Parts {
			if err := e.Encode(map[string]any{"kind": p.Kind, "part": p.Body}); err != nil {
				return fmt.Errorf("write case: %w", err)
			}
		}
	} else {
		fmt.Fprintf(s.out, "%s  P%d (%s)  %s  %s  %s  %s\n", o.Code, o.Priority, o.Rule(), o.Kind, o.State, o.Country, o.Lang)
		if o.Related > 0 {
			fmt.Fprintf(s.out, "related cases: %d\n", o.Related)
		}
		for _, p := range o.Parts {
			fmt.Fprintln(s.out, described(p))
		}
	}
	if c.Save == "" {
		return nil
	}
	if err := os.MkdirAll(c.Save, 0o700); err != nil {
		return fmt.Errorf("save files: %w", err)
	}
	for i, f := range o.Files() {
		out, err := os.OpenFile(filepath.Join(c.Save, fmt.Sprintf("%s-%d", o.Code, i+1)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("save file: %w", err)
		}
		if err := errors.Join(r.desk.Fetch(ctx, o, f.File, out), out.Close()); err != nil {
			return fmt.Errorf("save file: %w", err)
		}
	}
	return nil
}

type deskReplyCmd struct {
	desked
	member
	Case string `arg:"" help:"Number of the case."`
}

// mostReply is the longest answer: it is read in pop-ups, page by page.
const mostReply = 2000

func (c *deskReplyCmd) Run(ctx context.Context, s streams) error {
	r, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	in := bufio.NewReader(s.in)
	id, err := c.unlock(s, in)
	if err != nil {
		return err
	}
	code := strings.ToUpper(c.Case)
	if _, err := r.desk.Read(ctx, code, id.Key()); err != nil { // only who can read a case answers it
		return err
	}
	text, err := io.ReadAll(io.LimitReader(in, 4*mostReply+1))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	words := strings.TrimSpace(string(text))
	if words == "" || len([]rune(words)) > mostReply {
		return fmt.Errorf("%w: an answer has 1 to %d letters", errUsage, mostReply)
	}
	reached, err := r.desk.Reply(ctx, code, words)
	if err != nil {
		return err
	}
	if !reached {
		return fmt.Errorf("the case has no mailbox: whoever wrote it set no way back")
	}
	_, err = fmt.Fprintln(s.out, "The answer waits in the mailbox of the case.")
	return err
}

type deskNotifyCmd struct {
	desked
	member
	Case string `arg:"" help:"Number of the case."`
}

func (c *deskNotifyCmd) Run(ctx context.Context, s streams) error {
	r, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	id, err := c.unlock(s, bufio.NewReader(s.in))
	if err != nil {
		return err
	}
	code := strings.ToUpper(c.Case)
	o, err := r.desk.Read(ctx, code, id.Key())
	if err != nil {
		return err
	}
	route, ok := o.Route()
	if !ok {
		return fmt.Errorf("no safe contact was agreed: the person comes back by themselves")
	}
	h, err := furnish("")
	if err != nil {
		return err
	}
	b, err := bot.New(ctx, r.d, r.v, h.book, h.words)
	if err != nil {
		return err
	}
	b.Desk = r.desk
	if err := b.Notify(ctx, code, route); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "The agreed sentence is on its way; in ten minutes it is given up.")
	return err
}

type deskHoldCmd struct {
	desked
	Case   string `arg:"" help:"Number of the case."`
	Reason string `help:"Why; it is sealed to the case." required:""`
	End    bool   `help:"End the hold."`
}

func (c *deskHoldCmd) Run(ctx context.Context, s streams) error {
	return c.in(ctx, func(r *rooms) error {
		return r.desk.Hold(ctx, strings.ToUpper(c.Case), c.Reason, !c.End)
	})
}
