package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/offercheck/offercheck/reports/hotlines"
)

type hotlinesCmd struct {
	List    hotlinesListCmd    `cmd:"" help:"List public lines, each with its source and cautions."`
	Check   hotlinesCheckCmd   `cmd:"" help:"Look the directory through: numbers, duplicates, age, lines no list shows, signature and expiry."`
	Table   hotlinesTableCmd   `cmd:"" help:"Print routing, priority and coverage as documentation."`
	Example hotlinesExampleCmd `cmd:"" help:"Print a file of recipients to begin with."`
	Key     hotlinesKeyCmd     `cmd:"" help:"Make a key that signs directories. Keep it offline."`
	Sign    hotlinesSignCmd    `cmd:"" help:"Sign a directory."`
}

// book is the directory a command works on.
type book struct {
	Directory string `help:"Directory file; its signature is looked for beside it, as FILE.sig. Without it the one of this build." type:"existingfile" placeholder:"FILE"`
	Trust     string `help:"Public half of the key whose signature is trusted, as hotlines key printed it, or a file that holds it." placeholder:"KEY"`
}

func (b book) read() (*hotlines.Directory, error) {
	if b.Directory == "" {
		return hotlines.Load()
	}
	data, err := os.ReadFile(b.Directory)
	if err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	signature, err := os.ReadFile(b.Directory + hotlines.SealSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read signature: %w", err)
	}
	trust := b.Trust
	if held, err := os.ReadFile(trust); err == nil {
		trust = strings.TrimSpace(string(held))
	}
	return hotlines.Read(data, signature, trust)
}

type hotlinesListCmd struct {
	book
	Country     string `help:"Only lines of this country, such as KH; INT for world-wide ones." placeholder:"CODE"`
	Kind        string `help:"Only lines of this kind, such as trafficking or scam_loss." placeholder:"KIND"`
	Nationality string `help:"For somebody of this nationality who is held in --country, in the order they are shown." placeholder:"CODE"`
	JSON        bool   `help:"Print JSON, one line each."`
}

func (c *hotlinesListCmd) Run(s streams) error {
	d, err := c.read()
	if err != nil {
		return err
	}
	country, nationality := strings.ToUpper(c.Country), strings.ToUpper(c.Nationality)
	if c.Kind != "" && !slices.Contains(d.Kinds(), c.Kind) {
		return fmt.Errorf("%w: --kind must be one of %s", errUsage, strings.Join(d.Kinds(), ", "))
	}
	lines := d.All
	switch {
	case nationality != "" && country == "":
		return fmt.Errorf("%w: --nationality needs --country", errUsage)
	case nationality != "":
		lines = d.Held(country, nationality)
	case country != "":
		lines = d.Lines(country)
	}
	n := 0
	for _, l := range lines {
		if c.Kind != "" && !slices.Contains(l.Kinds, hotlines.Kind(c.Kind)) {
			continue
		}
		n++
		if c.JSON {
			text, err := json.Marshal(l)
			if err != nil {
				return fmt.Errorf("write line: %w", err)
			}
			fmt.Fprintf(s.out, "%s\n", text)
			continue
		}
		writeLine(s.out, l)
	}
	if c.JSON {
		return nil
	}
	if n == 0 {
		fmt.Fprintln(s.out, "none confirmed")
	}
	if d.Expired(time.Now()) {
		fmt.Fprintf(s.out, "Checked on %s and expired on %s: check before you rely on it.\n", d.Checked, d.Expires().Format(time.DateOnly))
	} else {
		fmt.Fprintf(s.out, "Checked on %s; none was test-called.\n", d.Checked)
	}
	return nil
}

func writeLine(w io.Writer, l hotlines.Line) {
	fmt.Fprintf(w, "%s  %s\n", l.ID, l.Name)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "    %-10s %s\n", name, value)
		}
	}
	var kinds, numbers []string
	for _, k := range l.Kinds {
		kinds = append(kinds, string(k))
	}
	for _, n := range l.Numbers {
		numbers = append(numbers, n.Show+map[string]string{"call": "", "short": " (inside the country)", "whatsapp": " (WhatsApp)", "sms": " (SMS)"}[n.Way])
	}
	row("for", strings.Join(kinds, ", "))
	row("number", strings.Join(numbers, ", "))
	row("page", strings.Join(l.Web, ", "))
	row("mail", strings.Join(l.Email, ", "))
	row("chat", strings.Join(slices.Concat(l.Telegram, l.LINE), ", "))
	row("serves", l.Serves)
	row("hours", l.Hours)
	row("cost", l.Cost)
	row("abroad", map[string]string{"yes": "can be called from abroad", "no": "cannot be called from abroad"}[l.FromAbroad])
	row("caution", l.Caution)
	row("note", l.Note)
	row("source", strings.TrimSuffix(l.Source.Publisher+", "+l.Source.Date, ", ")+" ("+l.Confidence+", checked "+l.Checked+")")
}

type hotlinesCheckCmd struct {
	book
}

func (c *hotlinesCheckCmd) Run(s streams) error {
	d, err := c.read()
	if err != nil {
		return err
	}
	problems := 0
	for _, f := range d.Inspect(time.Now()) {
		mark := "note"
		if f.Problem {
			mark = "problem"
			problems++
		}
		fmt.Fprintf(s.out, "%s: %s\n", mark, f)
	}
	if d.Signed() {
		fmt.Fprintf(s.out, "signed by %s\n", d.Key())
	}
	fmt.Fprintf(s.out, "%d lines in %d countries, checked on %s, to be checked again by %s\n", len(d.All), len(d.Countries()), d.Checked, d.Expires().Format(time.DateOnly))
	if problems > 0 {
		return fmt.Errorf("check directory: %d problems", problems)
	}
	return nil
}

type hotlinesTableCmd struct {
	book
	Recipients string `help:"File of recipients and own routes; hotlines example prints one." type:"existingfile" placeholder:"FILE"`
}

func (c *hotlinesTableCmd) Run(s streams) error {
	d, err := c.read()
	if err != nil {
		return err
	}
	var o hotlines.Operator
	if c.Recipients != "" {
		text, err := os.ReadFile(c.Recipients)
		if err != nil {
			return fmt.Errorf("read recipients: %w", err)
		}
		if o, err = hotlines.ReadOperator(string(text)); err != nil {
			return err
		}
	}
	t, err := hotlines.NewTable(d, o)
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, t.Document())
	return err
}

type hotlinesExampleCmd struct{}

func (c *hotlinesExampleCmd) Run(s streams) error {
	_, err := io.WriteString(s.out, hotlines.OperatorExample)
	return err
}

type hotlinesKeyCmd struct {
	File string `arg:"" help:"New file for the key."`
}

func (c *hotlinesKeyCmd) Run(s streams) error {
	file, public, err := hotlines.NewKey()
	if err != nil {
		return err
	}
	// A key that is there is never written over: with it would go whatever it signed.
	out, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	_, err = out.Write(file)
	if e := out.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	fmt.Fprintln(s.out, public)
	return nil
}

type hotlinesSignCmd struct {
	Directory string    `arg:"" help:"Directory file." type:"existingfile"`
	Key       string    `help:"Key file made by hotlines key." required:"" type:"existingfile" placeholder:"FILE"`
	Until     time.Time `help:"Day from which it must be checked again; a quarter of a year after it was checked if not given." format:"2006-01-02" placeholder:"2027-02-21"`
}

func (c *hotlinesSignCmd) Run(s streams) error {
	data, err := os.ReadFile(c.Directory)
	if err != nil {
		return fmt.Errorf("read directory: %w", err)
	}
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	d, err := hotlines.Read(data, nil, "")
	if err != nil {
		return err
	}
	// What is wrong is mended before it is signed; what is only old is the signer's
	// to judge, and is told.
	now := time.Now()
	for _, f := range d.Inspect(now) {
		if f.Problem && !f.Age {
			return fmt.Errorf("sign directory: %s", f)
		}
	}
	until := c.Until
	if until.IsZero() {
		until = d.Expires()
	}
	if !until.After(now) {
		return fmt.Errorf("sign directory: %s is past; give --until once it is checked", until.Format(time.DateOnly))
	}
	signature, err := hotlines.Sign(data, key, until)
	if err != nil {
		return err
	}
	if err := replace(c.Directory+hotlines.SealSuffix, signature); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s written, good until %s\n", c.Directory+hotlines.SealSuffix, until.Format(time.DateOnly))
	return err
}
