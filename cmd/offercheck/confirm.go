package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/known"
	"github.com/offercheck/offercheck/reports/vault"
)

type deskCloseCmd struct {
	desked
	Case       string `arg:"" help:"Number of the case."`
	Confirmed  string `help:"The tip is right, and its offer is of this kind: recruitment, task, fee, investment, romance, impersonation, recovery, loan, gambling, mule, phishing or other. A fingerprint of the offer is kept, no word of it, so that texts like it are warned of. It takes your identity." placeholder:"KIND"`
	Identity   string `help:"File of your identity." type:"path" placeholder:"FILE"`
	Passphrase string `help:"File with the passphrase; else the first line of standard input." type:"existingfile" placeholder:"FILE"`
}

func (c *deskCloseCmd) Run(ctx context.Context, s streams) error {
	code := strings.ToUpper(c.Case)
	if c.Confirmed == "" {
		return c.in(ctx, func(r *rooms) error { return r.desk.Close(ctx, code) })
	}
	if !slices.Contains(known.Kinds(), check.Kind(c.Confirmed)) {
		return fmt.Errorf("%w: --confirmed is one of %s", errUsage, confirmedKinds())
	}
	if c.Identity == "" {
		return fmt.Errorf("%w: --confirmed needs --identity FILE: the offer is read here, by who can read the case", errUsage)
	}
	checker, err := loadChecker("")
	if err != nil {
		return err
	}
	r, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	id, err := member{c.Identity, c.Passphrase}.unlock(s, bufio.NewReader(s.in))
	if err != nil {
		return err
	}
	o, err := r.desk.Read(ctx, code, id.Key())
	if err != nil {
		return err
	}
	n, err := confirm(ctx, r, checker, o, check.Kind(c.Confirmed))
	if err != nil {
		return err
	}
	batch := tipBatch(r.v, code)
	_, err = fmt.Fprintf(s.out, "Closed. %d of its texts are compared with from now on, as %s; `offercheck known undo %s` takes them out again.\n", n, batch, batch)
	return err
}

func confirmedKinds() string {
	var names []string
	for _, k := range known.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// confirm closes a tip as right and gives fingerprints of the offer in it to what
// texts are compared with. It answers how many there are.
func confirm(ctx context.Context, r *rooms, checker *check.Checker, o reports.Opened, kind check.Kind) (int, error) {
	if o.Kind != reports.Tip {
		return 0, reports.ErrNotATip
	}
	offers := offersOf(o)
	if len(offers) == 0 {
		return 0, errors.New("the tip holds no words of an offer, so there is nothing to compare with; close it without --confirmed")
	}
	var texts []known.Text
	for _, offer := range offers {
		t, ok, err := known.Of(checker, offer, kind, "")
		if err != nil {
			return 0, err
		}
		if ok && !slices.ContainsFunc(texts, func(x known.Text) bool { return x.Print == t.Print }) {
			texts = append(texts, t)
		}
	}
	if len(texts) == 0 {
		return 0, errors.New("the offer is too short to be told from others; close the tip without --confirmed")
	}
	err := r.desk.Confirm(ctx, o.Code, func(tx *db.Tx, reporter string) error {
		source := sourceToken(r.v, "case "+o.Code)
		if reporter != "" { // whoever warns thrice is one
			source = sourceToken(r.v, "reporter "+reporter)
		}
		for i := range texts {
			texts[i].Source = source
		}
		_, err := known.Add(ctx, tx, tipBatch(r.v, o.Code), texts)
		return err
	})
	return len(texts), err
}

// tipBatch names what came of a tip. It does not say which tip to who has no keys.
func tipBatch(v *vault.Vault, code string) string {
	return "tip-" + sourceToken(v, "batch "+strings.ToUpper(code))[:12]
}

// offerStep is where a tip asks for the words of an offer.
const offerStep = "tf_offer"

// offersOf are the messages of an offer as the tip holds them: each alone, and
// when there are several all together, for they may be one offer in pieces.
func offersOf(o reports.Opened) []string {
	var out []string
	for _, p := range o.Parts {
		var a struct{ Answer flows.Entry }
		if json.Unmarshal(p.Body, &a) == nil && a.Answer.Step == offerStep {
			out = append(out, a.Answer.Values...)
		}
	}
	if len(out) > 1 {
		out = append(out, strings.Join(out, "\n"))
	}
	return out
}
