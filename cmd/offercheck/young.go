package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/domains"
	"github.com/offercheck/offercheck/reports/vault"
)

const (
	// youngSign says that a website is new; it is looked up, no word shows it.
	youngSign = "CRY-15"
	// youngAge is until when a domain is young.
	youngAge = 90 * 24 * time.Hour
	// mostAges is how many domains of a message are looked at.
	mostAges = 3
)

// newAges makes what knows the ages of domains; nil when the operator did not
// allow it. register is "iana" or the https address of one register.
func newAges(register string, d *db.DB, v *vault.Vault, client *http.Client) (*domains.Ages, error) {
	if register == "" {
		return nil, nil
	}
	base := register
	if register == "iana" {
		base = ""
	}
	r, err := domains.NewRegister(base, domains.IANA, client)
	if err != nil {
		return nil, fmt.Errorf("%w: RDAP: %w", errUsage, err)
	}
	name := func(domain string) string { return hex.EncodeToString(v.Index("domains", "domain", domain)) }
	return domains.New(d, name, r.Born), nil
}

// named is a registered domain and where it stands in the texts.
type named struct {
	domain string
	span   [2]int
}

// domainsIn are the registered domains of a verdict's links.
func domainsIn(v check.Verdict) []named {
	var out []named
	for _, e := range v.Entities {
		if !e.Valid || e.Type != "domain" {
			continue
		}
		domain, ok := domains.Registered(e.Value)
		if ok && !slices.ContainsFunc(out, func(n named) bool { return n.domain == domain }) && len(out) < mostAges {
			out = append(out, named{domain, e.Span})
		}
	}
	return out
}

// aged makes a judge that also knows what is known of the age of domains. It asks
// nobody: whatever is judged, an answer waits for nothing.
func aged(judge func(check.Case) check.Verdict, age func(domain string) (time.Duration, bool)) func(check.Case) check.Verdict {
	return func(c check.Case) check.Verdict {
		v := judge(c)
		if v.Outcome == check.Danger {
			return v
		}
		if _, said := c.Facts[youngSign]; said {
			return v
		}
		for _, n := range domainsIn(v) {
			old, ok := age(n.domain)
			if !ok || old >= youngAge {
				continue
			}
			c.Facts = maps.Clone(c.Facts)
			if c.Facts == nil {
				c.Facts = map[string]bool{}
			}
			c.Facts[youngSign] = true
			v = judge(c)
			for i := range v.Signs {
				if f := &v.Signs[i]; f.ID == youngSign && len(f.Quotes) == 0 { // it is not from an answer
					f.Asked, f.Quotes, f.Spans = false, []string{strings.Join(c.Texts, "\n")[n.span[0]:n.span[1]]}, [][2]int{n.span}
				}
			}
			return v
		}
		return v
	}
}

// afterChecks has the domains of messages that were checked asked for, once the
// answer is written down. Reports, and whoever may be in danger, are left out.
func afterChecks(want func(domain string)) func(flows.Turn) {
	return func(t flows.Turn) {
		if t.Verdict == nil || t.Verdict.Outcome == check.Danger || t.Report != nil || t.Session.Report != nil {
			return
		}
		for _, n := range domainsIn(*t.Verdict) {
			want(n.domain)
		}
	}
}

// runAges keeps asking until ctx ends.
func runAges(ctx context.Context, a *domains.Ages, told func(error)) error {
	if a == nil {
		return nil
	}
	return a.Run(ctx, told)
}
