package reports

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/vault"
)

// Member is somebody of a hotline who reads cases with a key of their own. Only
// the public halves are here.
type Member struct {
	ID      string `db:"id"`
	Hotline string `db:"hotline"`
	State   string `db:"state"` // invited, active, revoked
	Reader  string `db:"reader"`
	Signer  string `db:"signer"`
}

// The states of a member.
const (
	invitedState = "invited"
	activeState  = "active"
)

// inviteLife is how long an enrolment link works, once.
const inviteLife = 72 * time.Hour

// ErrInvite: the enrolment link was used, ended, or never was one.
var ErrInvite = errors.New("this enrolment link does not work any more: ask for a new one")

// Init adds hotlines that hold keys here, or changes what is known of them, and
// keeps the operator's own rows of the routing table. It refuses what makes no
// table.
func (k *Desk) Init(ctx context.Context, all []hotlines.Recipient, routes string) error {
	return k.d.Tx(ctx, func(tx *db.Tx) error {
		for _, r := range all {
			if err := saveRecipient(ctx, tx, r); err != nil {
				return err
			}
		}
		if err := saveRoutes(ctx, tx, routes); err != nil {
			return err
		}
		s, err := loadStaff(ctx, tx)
		if err != nil {
			return err
		}
		_, err = k.table(s.recipients, s.routes)
		return err
	})
}

// Table is the routing as it stands, and which of its hotlines have a member
// who can read: only those get cases.
func (k *Desk) Table(ctx context.Context) (t *hotlines.Table, reads map[string]bool, err error) {
	err = k.d.Tx(ctx, func(tx *db.Tx) error {
		s, err := loadStaff(ctx, tx)
		if err != nil {
			return err
		}
		reads = map[string]bool{}
		for id, members := range s.readers {
			reads[id] = len(members) > 0
		}
		t, err = k.table(s.recipients, s.routes)
		return err
	})
	return t, reads, err
}

// Staff lists the hotlines that hold keys here, and how many active members
// each has.
func (k *Desk) Staff(ctx context.Context) (all []hotlines.Recipient, members map[string][]Member, err error) {
	err = k.d.Tx(ctx, func(tx *db.Tx) error {
		s, err := loadStaff(ctx, tx)
		all, members = s.recipients, s.readers
		return err
	})
	return all, members, err
}

// Invite makes a place for a member and answers the secret of a link that works
// once. Only its hash is kept.
func (k *Desk) Invite(ctx context.Context, hotline string) (secret string, err error) {
	secret = rand.Text()
	m := Member{ID: newMember(), Hotline: hotline, State: invitedState}
	err = k.d.Tx(ctx, func(tx *db.Tx) error {
		s, err := loadStaff(ctx, tx)
		if err != nil {
			return err
		}
		if _, ok := s.recipient(hotline); !ok {
			return fmt.Errorf("invite member: there is no hotline %s", hotline)
		}
		return saveMember(ctx, tx, m, inviteHash(secret), tx.Now.Add(inviteLife), nil)
	})
	return secret, err
}

// Enrol makes an invited member active with the public halves of an identity
// they made themselves. wrapped is that identity under their passphrase, nil
// when they keep it. It answers ErrInvite for a link that does not work.
func (k *Desk) Enrol(ctx context.Context, secret, reader, signer string, wrapped []byte) (m Member, err error) {
	for _, r := range []string{reader, signer} {
		if err := vault.ParseRecipient(r); err != nil {
			return m, fmt.Errorf("enrol member: %w", err)
		}
	}
	err = k.d.Tx(ctx, func(tx *db.Tx) error {
		var ok bool
		if m, ok, err = invited(ctx, tx, inviteHash(secret)); err != nil {
			return err
		}
		if !ok {
			return ErrInvite
		}
		m.State, m.Reader, m.Signer = activeState, reader, signer
		return saveMember(ctx, tx, m, "", time.Time{}, wrapped)
	})
	return m, err
}

// Revoke ends a member: their wraps are deleted at once, and no new one is made.
func (k *Desk) Revoke(ctx context.Context, member string) error {
	return k.d.Tx(ctx, func(tx *db.Tx) error { return revoke(ctx, tx, member) })
}

func newMember() string { return "m" + rand.Text()[:10] }

func inviteHash(secret string) string {
	h := sha256.Sum256([]byte("offercheck invite\x00" + secret))
	return hex.EncodeToString(h[:])
}
