package reports

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// Init keeps the operator's file: which hotlines hold keys here, and the rows of
// the routing table that stand before those of the build. It refuses what makes
// no table.
func (k *Desk) Init(ctx context.Context, operator string) error {
	if _, err := k.tableOf(operator); err != nil {
		return fmt.Errorf("read hotlines: %w", err)
	}
	return k.d.Tx(ctx, func(tx *db.Tx) error { return saveSetting(ctx, tx, operatorSetting, operator) })
}

// Staff is the routing as it stands, the operator's file it was made of, and the
// active members of each hotline: only a hotline with one gets cases.
func (k *Desk) Staff(ctx context.Context) (t *hotlines.Table, operator string, members map[string][]Member, err error) {
	var s staff
	if err = k.d.Tx(ctx, func(tx *db.Tx) (err error) { s, err = loadStaff(ctx, tx); return err }); err != nil {
		return nil, "", nil, err
	}
	if t, err = k.tableOf(s.operator); err != nil {
		return nil, "", nil, fmt.Errorf("read hotlines: %w", err)
	}
	return t, s.operator, s.readers, nil
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
		t, err := k.tableOf(s.operator)
		if err != nil {
			return err
		}
		if t.Recipient(hotline) == nil {
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

// Door is the state of the danger door: which languages it is open in, since
// when, and by whose word their texts were reviewed.
type Door struct {
	At        int64             `json:"at"`
	Languages []string          `json:"languages"`
	Reviewed  map[string]string `json:"reviewed,omitempty"` // language → reviewer, by the operator's word
}

// Door is the door as it was left; closed when it was never opened.
func (k *Desk) Door(ctx context.Context) (door Door, err error) {
	err = k.d.Tx(ctx, func(tx *db.Tx) error {
		text, err := setting(ctx, tx, doorSetting)
		if err != nil || text == "" {
			return err
		}
		return json.Unmarshal([]byte(text), &door)
	})
	if err != nil {
		return Door{}, fmt.Errorf("look at the danger door: %w", err)
	}
	return door, nil
}

// SetDoor opens the danger door in some languages, or closes it with none.
func (k *Desk) SetDoor(ctx context.Context, door Door) error {
	return k.d.Tx(ctx, func(tx *db.Tx) error {
		door.At = db.Ms(tx.Now)
		text, err := json.Marshal(door)
		if err != nil {
			return fmt.Errorf("write door: %w", err)
		}
		return saveSetting(ctx, tx, doorSetting, string(text))
	})
}
