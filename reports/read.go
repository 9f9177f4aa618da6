package reports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/vault"
)

// Opened is a case as a member reads it.
type Opened struct {
	Case
	Parts   []OpenedPart
	Related int // other cases of this hotline that name one of the same values

	key vault.CaseKey
}

// Files are the files of an opened case. One that was sealed twice, around a
// crash, is one.
func (o Opened) Files() []File {
	var out []File
	for _, p := range o.Parts {
		var f File
		if p.Kind != partFile || json.Unmarshal(p.Body, &f) != nil || slices.ContainsFunc(out, func(x File) bool { return x.File == f.File }) {
			continue
		}
		out = append(out, f)
	}
	return out
}

// Rule is the row of the priority table that gave the case its priority.
func (o Opened) Rule() string {
	rule := ""
	for _, p := range o.Parts {
		var a answer
		if p.Kind == partAnswer && json.Unmarshal(p.Body, &a) == nil && a.Rule != "" {
			rule = a.Rule
		}
	}
	return rule
}

// Route is the last safe contact that was agreed, sealed for the house; ok is
// false when there is none.
func (o Opened) Route() (route []byte, ok bool) {
	for _, p := range o.Parts {
		if p.Kind == partRoute {
			route, ok = p.Body, true
		}
	}
	return route, ok
}

// OpenedPart is one opened part: an answer, a note of the house, a file's name
// and size, or the sealed route back.
type OpenedPart struct {
	Kind string
	Body []byte // JSON; of a route, bytes only the house can read
}

// ErrNotYours: this identity is not one the case is wrapped for.
var ErrNotYours = errors.New("this case is not sealed to you")

// mostRelated is where counting related cases ends: beyond it they are a
// campaign, not a link.
const mostRelated = 100

// Read opens a case with a member's own identity, in the process of whoever
// calls it, and notes that it is being read.
func (k *Desk) Read(ctx context.Context, code string, id age.Identity) (Opened, error) {
	var o Opened
	var wraps [][]byte
	var parts []storedPart
	err := k.d.Tx(ctx, func(tx *db.Tx) (err error) {
		if o.Case, err = caseByCode(ctx, tx, code); err != nil {
			return err
		}
		if wraps, err = wrapsOf(ctx, tx, code); err != nil {
			return err
		}
		if o.Related, err = related(ctx, tx, o.Hotline, code, mostRelated); err != nil {
			return err
		}
		parts, err = partsOf(ctx, tx, code)
		return err
	})
	if err != nil {
		return o, fmt.Errorf("read case: %w", err)
	}
	found := false
	for _, w := range wraps {
		if o.key, err = vault.Unwrap(w, id); err == nil {
			found = true
			break
		}
	}
	if !found {
		return Opened{}, ErrNotYours
	}
	for _, p := range parts {
		plain, err := o.key.OpenPart(p.Body)
		if err != nil {
			return o, fmt.Errorf("open part %d: %w", p.N, err)
		}
		var in inside
		if err := json.Unmarshal(plain, &in); err != nil {
			return o, fmt.Errorf("open part %d: %w", p.N, vault.ErrForged)
		}
		o.Parts = append(o.Parts, OpenedPart(in))
	}
	err = k.d.Tx(ctx, func(tx *db.Tx) error { return setState(ctx, tx, code, Reading, Received) })
	if err != nil {
		return o, fmt.Errorf("read case: %w", err)
	}
	return o, nil
}

// Fetch writes a file of an opened case to w, piece by piece.
func (k *Desk) Fetch(ctx context.Context, o Opened, file string, w io.Writer) error {
	err := o.key.OpenChunks(func(n int) (body []byte, err error) {
		err = k.d.Tx(ctx, func(tx *db.Tx) error { body, err = chunkOf(ctx, tx, o.Code, file, n); return err })
		return body, err
	}, w)
	if err != nil {
		return fmt.Errorf("read file: %w", err)
	}
	return nil
}

// Queue lists the open cases of a hotline, of all when hotline is "": the most
// urgent first, then the oldest.
func (k *Desk) Queue(ctx context.Context, hotline string, most int) (out []Case, err error) {
	err = k.d.Tx(ctx, func(tx *db.Tx) error { out, err = casesOf(ctx, tx, hotline, most); return err })
	return out, err
}

// Close ends a case, for instance as "helped" or "no answer"; its time to be
// kept begins now.
func (k *Desk) Close(ctx context.Context, code string) error {
	return k.d.Tx(ctx, func(tx *db.Tx) error {
		if _, err := caseByCode(ctx, tx, code); err != nil {
			return err
		}
		return setState(ctx, tx, code, Closed)
	})
}

// ErrNotATip: only a tip is confirmed. What somebody tells of themselves is
// never made into something others are compared with.
var ErrNotATip = errors.New("only a tip can be confirmed")

// Confirm closes a tip that is right. take is called in the same transaction with
// a name of whoever gave it: the same for all tips of an account while the limit
// key lives, "" when none is known. What take refuses leaves the case as it was.
func (k *Desk) Confirm(ctx context.Context, code string, take func(tx *db.Tx, reporter string) error) error {
	return k.d.Tx(ctx, func(tx *db.Tx) error {
		c, err := caseByCode(ctx, tx, code)
		if err != nil {
			return err
		}
		if c.Kind != Tip {
			return ErrNotATip
		}
		reporter, err := reporterOf(ctx, tx, code)
		if err != nil {
			return err
		}
		if err := take(tx, reporter); err != nil {
			return err
		}
		return setState(ctx, tx, code, Closed)
	})
}

// OpenRoute opens a route back that a reader of the case hands back.
func (k *Desk) OpenRoute(code string, route []byte) ([]byte, error) {
	return k.v.OpenRoute(code, route)
}

// There says whether a case is still there.
func (k *Desk) There(ctx context.Context, tx *db.Tx, code string) (bool, error) {
	_, err := caseByCode(ctx, tx, code)
	if errors.Is(err, ErrGone) {
		return false, nil
	}
	return err == nil, err
}
