package storage

import (
	"context"
	"fmt"
	"time"

	"myna/xmpp"
)

// ErrReserved is a conflict with an invitation that keeps the address for somebody.
var ErrReserved = fmt.Errorf("kept by an invitation: %w", ErrConflict)

// Invite is an invitation: whoever has its token may make an account.
type Invite struct {
	ID      string
	Hash    []byte   // SHA-256 of its token
	Domain  string   // of the account
	Local   string   // the account's localpart, which is kept for it; "" where the person chooses
	Inviter xmpp.JID // becomes a contact of the account, and the other way round; zero: nobody does
	Contact bool     // a subscription to Inviter may redeem it, too (XEP-0379)
	Groups  []string // aliases that the account becomes a target of
	Note    string   // for whom or what it is
	By      string   // who made it
	Created time.Time
	Expires time.Time
	Most    int // uses
	Uses    int
}

// Kept is the address that the invitation keeps, zero where it keeps none.
func (i *Invite) Kept() xmpp.JID {
	if i.Local == "" {
		return xmpp.JID{}
	}
	j, err := xmpp.NewJID(i.Local, i.Domain, "")
	if err != nil {
		return xmpp.JID{}
	}
	return j
}

// Usable tells whether it can be redeemed at a time.
func (i *Invite) Usable(now time.Time) bool { return i.Uses < i.Most && now.Before(i.Expires) }

// Invited is what an account that was made by an invitation is still to get.
type Invited struct {
	Account xmpp.JID
	Invite  string // its ID
	Inviter xmpp.JID
	Groups  []string
}

// Invites keeps invitations. An address that one keeps, from its creation until it expires or is used up, cannot become an
// account or alias by other means: CreateAccount, CreateAccounts and PutAlias fail with ErrReserved.
type Invites interface {
	// CreateInvite adds an invitation with a line of the audit log, and removes those that expired before a time. It fails with
	// ErrConflict where there are so many of the domain already that can be used, with ErrReserved where another one keeps the
	// address, with ErrConflict where it is an account or alias.
	CreateInvite(ctx context.Context, i Invite, most int, before time.Time, line Audit) error
	// Invite returns one.
	Invite(ctx context.Context, id string) (Invite, error)
	// Invites lists those of a domain, the newest first; "" lists all.
	Invites(ctx context.Context, domain string) ([]Invite, error)
	// DeleteInvite removes one.
	DeleteInvite(ctx context.Context, id string) error
	// UseInvite counts a use that makes no account; ErrNotFound where there is no invitation or it is used up.
	UseInvite(ctx context.Context, id string) error
	// InvitesUntil tells for each domain when the last invitation expires that is not used up.
	InvitesUntil(ctx context.Context) (map[string]time.Time, error)
	// CreateInvited adds an account as CreateAccounts does and counts the use of an invitation, both or none; ErrNotFound as for
	// UseInvite. Whether the invitation has expired is not looked at (XEP-0445 § 4). From then on Granting has the account.
	CreateInvited(ctx context.Context, id string, a Account, creds []Credential, lines ...Audit) error
	// Granting lists the accounts that have not got yet what their invitation promises.
	Granting(context.Context) ([]Invited, error)
	// Granted notes that an account has got it.
	Granted(ctx context.Context, account xmpp.JID) error
}
