package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/hotlines"
)

// doctorCmd looks whether an installation is fit for what it promises.
type doctorCmd struct {
	desked
	Danger   bool              `help:"Look whether reports from people in danger can be taken, and open that door when nothing is missing."`
	Close    bool              `help:"Close the danger door."`
	Persona  string            `help:"File with the bot's name, about text and description, as they stand on Telegram." type:"path" env:"PERSONA_FILE" placeholder:"FILE"`
	Alarm    string            `help:"Where an alarm of the purge goes: an e-mail address or an https address." env:"ALARM_TO" placeholder:"ADDRESS"`
	Reviewed map[string]string `help:"Language=reviewer: a native speaker you name has reviewed its danger texts. May be repeated." placeholder:"LANG=NAME"`
}

// seed are the countries people are held in or taken through, for which a route
// must lead to somebody who is awake.
func seed() []string { return []string{"KH", "MM", "LA", "TH", "PH", "MY", "VN", "AE", "PE"} }

// persona is what people see of the bot on Telegram. It names neither this
// project nor anything the shoulder test forbids.
type persona struct {
	Name        string `toml:"name"`
	About       string `toml:"about"`
	Description string `toml:"description"`
}

var errSick = errors.New("something is missing; see above")

func (c *doctorCmd) Run(ctx context.Context, s streams) error {
	r, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	if c.Close {
		if err := r.desk.SetDoor(ctx, reports.Door{}); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, "The danger door is closed: the bot is a checker.")
		return err
	}
	ill, advice := c.look(ctx, r)
	var languages []string
	if c.Danger {
		more, open, err := c.danger(ctx, r)
		if err != nil {
			return err
		}
		ill, languages = append(ill, more...), open
	}
	for _, line := range advice {
		fmt.Fprintln(s.out, "advice:", line)
	}
	for _, line := range ill {
		fmt.Fprintln(s.out, "missing:", line)
	}
	if len(ill) > 0 {
		if c.Danger {
			if err := r.desk.SetDoor(ctx, reports.Door{}); err != nil {
				return err
			}
			fmt.Fprintln(s.out, "The danger door stays closed: the bot is a checker.")
		}
		return errSick
	}
	if !c.Danger {
		_, err = fmt.Fprintln(s.out, "Nothing is missing.")
		return err
	}
	if err := r.desk.SetDoor(ctx, reports.Door{Languages: languages, Reviewed: c.Reviewed}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "The danger door is open in %s; in other languages people are shown public lines.\n", strings.Join(languages, ", "))
	return err
}

// look answers what any installation should have.
func (c *doctorCmd) look(ctx context.Context, r *rooms) (ill, advice []string) {
	if err := r.d.Ping(ctx); err != nil {
		ill = append(ill, "the database does not answer")
	}
	info, err := os.Stat(c.keys())
	switch {
	case err != nil:
		ill = append(ill, "KEY_DIR is not there")
	case info.Mode().Perm()&0o077 != 0:
		ill = append(ill, "KEY_DIR can be read by others: chmod 700")
	case inside(c.DataDir, c.keys()):
		advice = append(advice, "KEY_DIR lies in DATA_DIR: on another disk, or as systemd credentials, the keys are not taken with the data")
	}
	now := r.d.Now()
	switch {
	case !r.directory.Signed():
		advice = append(advice, "the directory of public lines is not signed: see hotlines sign")
	case r.directory.Expired(now):
		advice = append(advice, fmt.Sprintf("the directory of public lines ended on %s: it is shown with that date; check it and sign it again", r.directory.Expires().Format("2006-01-02")))
	}
	return ill, advice
}

// danger answers what is missing before people in danger may be asked, and the
// languages in which they can be.
func (c *doctorCmd) danger(ctx context.Context, r *rooms) (ill, languages []string, err error) {
	table, operator, members, err := r.desk.Staff(ctx)
	if err != nil {
		return nil, nil, err
	}
	readers := 0
	reads := hotlines.Operator{}
	for _, h := range table.Recipients {
		readers += len(members[h.ID])
		if len(members[h.ID]) > 0 {
			h.Fallback = slices.DeleteFunc(slices.Clone(h.Fallback), func(id string) bool { return len(members[id]) == 0 })
			reads.Recipients = append(reads.Recipients, h)
		}
	}
	if readers < 2 && c.Escrow == "" {
		ill = append(ill, "two members who can read, or an offline escrow (ESCROW_RECIPIENT): one lost passphrase must not lose every case")
	}
	// The routes are looked at as they are with those who can read.
	said, err := hotlines.ReadOperator(operator)
	if err != nil {
		return nil, nil, fmt.Errorf("read hotlines: %w", err)
	}
	for _, row := range said.Routes {
		named := len(row.Recipients) > 0
		row.Recipients = slices.DeleteFunc(slices.Clone(row.Recipients), func(id string) bool { return len(members[id]) == 0 })
		if !named || len(row.Recipients) > 0 {
			reads.Routes = append(reads.Routes, row)
		}
	}
	if t, err := hotlines.NewTable(r.directory, reads); err != nil {
		ill = append(ill, err.Error())
	} else {
		ill = append(ill, t.Lacks(reports.Compound, seed()...)...)
	}
	for _, h := range reads.Recipients {
		if !h.Hours.Always() && len(h.Hours.Lines()) == 0 {
			ill = append(ill, fmt.Sprintf("%s: when is somebody awake? Give its hours", h.ID))
		}
		if h.Usual == 0 {
			ill = append(ill, fmt.Sprintf("%s: how long until a person answers? Give usual", h.ID))
		}
		if len(h.Via) == 0 {
			ill = append(ill, fmt.Sprintf("%s: how is it told that a case waits? Give webhook or mail", h.ID))
		}
	}
	if c.DeskURL == "" {
		ill = append(ill, "DESK_URL: where members open cases")
	}
	if c.Alarm == "" {
		ill = append(ill, "ALARM_TO: who is told when messages could not be taken away in time")
	}
	if line := c.face(); line != "" {
		ill = append(ill, line)
	}
	words, err := locales.Load()
	if err != nil {
		return nil, nil, fmt.Errorf("load languages: %w", err)
	}
	var known []string
	for _, l := range words.Languages() {
		known = append(known, l.Code)
		if l.Reviewed || c.Reviewed[l.Code] != "" {
			languages = append(languages, l.Code)
		}
	}
	for code := range c.Reviewed {
		if !slices.Contains(known, code) {
			ill = append(ill, fmt.Sprintf("--reviewed %s: there is no such language", code))
		}
	}
	if len(languages) == 0 {
		ill = append(ill, "no language's danger texts were reviewed by a native speaker: have one read them, then give --reviewed LANG=NAME")
	}
	return ill, languages, nil
}

// face looks at the persona: what a captor sees in the list of chats.
func (c *doctorCmd) face() string {
	const hint = "a persona file (PERSONA_FILE) with name, about and description as they stand on Telegram"
	if c.Persona == "" {
		return hint
	}
	var p persona
	if _, err := toml.DecodeFile(filepath.Clean(c.Persona), &p); err != nil {
		return "the persona file cannot be read: " + oneLine(err)
	}
	if p.Name == "" || p.About == "" || p.Description == "" {
		return hint
	}
	all := strings.ToLower(p.Name + "\n" + p.About + "\n" + p.Description)
	for _, word := range []string{"offercheck", "rescue", "traffick", "captive", "victim", "hotline", "police", "escape", "slave"} {
		if strings.Contains(all, word) {
			return fmt.Sprintf("the persona says %q: whoever looks over a shoulder reads it", word)
		}
	}
	return ""
}
