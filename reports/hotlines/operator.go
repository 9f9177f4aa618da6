package hotlines

import (
	"fmt"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Operator is what the operator of an installation says of its hotlines: who holds
// keys here, and rows of the routing table that stand before those of the build.
type Operator struct {
	Recipients []Recipient
	Routes     []Row
}

// operatorFile is the form of the operator's file.
type operatorFile struct {
	Recipient []recipientRow `toml:"recipient"`
	Route     []Row          `toml:"route"`
}

type recipientRow struct {
	ID            string        `toml:"id"`
	Name          string        `toml:"name"`
	Role          string        `toml:"role"`
	Home          string        `toml:"home"`
	Kinds         []string      `toml:"kinds"`
	Countries     []string      `toml:"countries"`
	Nationalities []string      `toml:"nationalities"`
	Languages     []string      `toml:"languages"`
	Zone          string        `toml:"zone"`
	Hours         []string      `toml:"hours"`
	Usual         time.Duration `toml:"usual"`
	Fallback      []string      `toml:"fallback"`
	Webhook       string        `toml:"webhook"`
	Mail          string        `toml:"mail"`
	// Says is what it says in a mailbox, by language and state.
	Says map[string]map[string]string `toml:"says"`
}

// OperatorExample is a file of an operator, with every key explained.
const OperatorExample = `# The hotlines that hold keys with this installation, and how reports find them.
# ` + "`offercheck hotlines table --recipients FILE`" + ` shows what comes of it.

[[recipient]]
id = "harbour"                     # one word, stays for ever
name = "Harbour hotline"           # as people are told it
role = "hotline"                   # hotline, ngo, embassy, police; all but hotline get a report only with consent
# home = "TH"                      # country it belongs to; needed for an embassy and the police
kinds = ["compound", "loss", "tip"]
countries = ["KH", "MM", "LA", "TH"]   # where the person is; leave out for everywhere
# nationalities = ["PH"]           # leave out for all
languages = ["en", "th", "zh"]
hours = ["always"]                 # or ["mon-fri 08:00-20:00", "sat 22:00-06:00", "closed 2026-12-25"]
# zone = "Asia/Bangkok"            # needed with hours
usual = "20m"                      # the usual time until a person answers
fallback = ["lantern"]             # who comes next when nobody opens a report
# webhook = "https://desk.example.org/notice"
# mail = "duty@example.org"
# [recipient.says.en]              # what people read in their mailbox, by language and state, in your own words
# received = "We have it. We look three times a day."
# reading = "Somebody is reading it."      # also waiting, passed, closed

[[recipient]]
id = "lantern"
name = "Lantern desk"
languages = ["en", "id"]
zone = "Asia/Jakarta"
hours = ["mon-fri 08:00-20:00", "sat 09:00-12:00"]

# Rows of your own stand before those of the program; the first that holds counts.
[[route]]
id = "indonesians"
kind = ["compound"]
nationality = ["ID"]
recipients = ["lantern", "harbour"]
`

// ReadOperator reads an operator's file. Whether its ids fit together is found by
// NewTable.
func ReadOperator(text string) (Operator, error) {
	var file operatorFile
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return Operator{}, fmt.Errorf("read recipients: %w", err)
	}
	if odd := meta.Undecoded(); len(odd) > 0 {
		return Operator{}, fmt.Errorf("read recipients: unknown key %s", odd[0])
	}
	out := Operator{Routes: file.Route}
	for _, r := range file.Recipient {
		hours := Hours{}
		if len(r.Hours) > 0 {
			if hours, err = ParseHours(r.Zone, r.Hours...); err != nil {
				return Operator{}, fmt.Errorf("recipient %s: %w", r.ID, err)
			}
		}
		one := Recipient{
			ID: r.ID, Name: r.Name, Role: r.Role, Home: r.Home, Kinds: r.Kinds, Countries: r.Countries, Nationalities: r.Nationalities,
			Languages: r.Languages, Hours: hours, Usual: r.Usual, Fallback: r.Fallback,
			Says: r.Says,
		}
		if r.Webhook != "" {
			if err := webhookAddress(r.Webhook); err != nil {
				return Operator{}, fmt.Errorf("recipient %s: %w", r.ID, err)
			}
			one.Via = append(one.Via, Via{KindWebhook, r.Webhook})
		}
		if r.Mail != "" {
			if !mailAddress(r.Mail) {
				return Operator{}, fmt.Errorf("recipient %s: its mail address is not one", r.ID)
			}
			one.Via = append(one.Via, Via{KindMail, r.Mail})
		}
		if r.Usual < 0 {
			return Operator{}, fmt.Errorf("recipient %s: the usual time is below zero", r.ID)
		}
		if err := one.check(); err != nil {
			return Operator{}, err
		}
		out.Recipients = append(out.Recipients, one)
	}
	for _, row := range out.Routes {
		if strings.TrimSpace(row.ID) == "" {
			return Operator{}, fmt.Errorf("read recipients: a route needs an id")
		}
		if err := row.check(); err != nil {
			return Operator{}, err
		}
	}
	return out, nil
}
