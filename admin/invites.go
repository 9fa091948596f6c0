package admin

import (
	"context"
	"errors"
	"slices"
	"time"

	"myna/account/signup"
	"myna/storage"
	"myna/xmpp"
)

const (
	maxUses       = 10_000              // of an invitation
	maxGroups     = 100                 // of an invitation
	keepInvites   = 30 * 24 * time.Hour // after they have expired, for the list
	inviteSortKey = "2006-01-02T15:04:05.000000Z"
)

// Invite is an invitation, without its token.
type Invite struct {
	ID      string    `json:"id"`
	Domain  string    `json:"domain"`
	Account string    `json:"account,omitempty"` // the address that it is for, which is kept; empty: the person chooses
	Inviter string    `json:"inviter,omitempty"` // becomes a contact of the account, and the other way round
	Contact bool      `json:"contact,omitempty"` // who has an account elsewhere may use it to become a contact of the inviter
	Groups  []string  `json:"groups,omitempty"`  // aliases that the account becomes a target of
	Note    string    `json:"note,omitempty"`
	By      string    `json:"by"` // who made it
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Most    int       `json:"uses_allowed"`
	Uses    int       `json:"uses"`
	State   string    `json:"state"` // "open", "used", "expired"
}

// Key is what lists of invitations are in the order of.
func (i Invite) Key() string { return i.Created.UTC().Format(inviteSortKey) + " " + i.ID }

func (a *Admin) viewInvite(i *storage.Invite) Invite {
	v := Invite{ID: i.ID, Domain: i.Domain, Account: i.Kept().String(), Inviter: i.Inviter.String(), Contact: i.Contact, Groups: i.Groups,
		Note: i.Note, By: i.By, Created: i.Created, Expires: i.Expires, Most: i.Most, Uses: i.Uses, State: "open"}
	switch {
	case i.Uses >= i.Most:
		v.State = "used"
	case !a.Now().Before(i.Expires):
		v.State = "expired"
	}
	return v
}

// CreateInvite asks for an invitation. What is not given of Days and Uses is what the domain's options say, and 1.
type CreateInvite struct {
	Domain  string   `json:"domain,omitempty"`  // not needed with Account or Inviter
	Account string   `json:"account,omitempty"` // the address that the account is to have
	Inviter string   `json:"inviter,omitempty"` // an account that becomes a contact
	Contact bool     `json:"contact,omitempty"` // it may be used by a subscription to the inviter, too
	Groups  []string `json:"groups,omitempty"`  // aliases
	Note    string   `json:"note,omitempty"`    // for whom it is
	Days    int      `json:"days,omitempty"`
	Uses    int      `json:"uses,omitempty"`
}

// CreatedInvite is a new invitation with what is sent to the person. None of it is told again.
type CreatedInvite struct {
	Invite
	Token string `json:"token"`
	URI   string `json:"uri"`            // for clients (XEP-0401 § 5)
	Page  string `json:"page,omitempty"` // for browsers
}

// CreateInvite makes an invitation. People who are no administrators invite to become their contacts, where the domain lets them.
func (a *Admin) CreateInvite(ctx context.Context, who Actor, r CreateInvite) (CreatedInvite, error) {
	var none CreatedInvite
	i, err := a.invite(ctx, who, &r)
	if err != nil {
		return none, err
	}
	options := a.SignUp.Config.Of(i.Domain)
	if options.Invitations == signup.Nobody {
		return none, refuse(Conflict, "invites-off", "nobody is invited to %s: modules.registration.invitations is nobody", i.Domain)
	}
	if who.Role == storage.User {
		if err := a.own(ctx, who, i, options.InvitationsPerUser); err != nil {
			return none, err
		}
	}
	if r.Days == 0 {
		r.Days = options.InvitationDays
	}
	token, id, hash := signup.NewToken()
	i.ID, i.Hash, i.By, i.Created, i.Uses = id, hash, who.Name, a.now(), 0
	i.Expires = i.Created.AddDate(0, 0, r.Days)
	out := CreatedInvite{Invite: a.viewInvite(i), Token: token, URI: signup.URI(i, token)}
	if a.InvitePage != nil {
		out.Page = a.InvitePage(i.Domain, token)
	}
	domain, err := xmpp.ParseJID(i.Domain)
	if err != nil {
		return none, err
	}
	line, err := a.line(who, "invite.create", domain, nil, out.Invite)
	if err != nil {
		return none, err
	}
	most := a.Bounds(i.Domain).Invites
	err = a.Store.CreateInvite(ctx, *i, most, i.Created.Add(-keepInvites), line)
	switch {
	case errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrReserved) && i.Local == "":
		return none, refuse(Conflict, "invites-full", "there are %d invitations to %s already; revoke some that are not needed", most, i.Domain)
	case err != nil:
		return none, stored(err, "invite account", i.Kept().String())
	}
	return out, stored(a.SignUp.Refresh(context.WithoutCancel(ctx)), "read invitations", "")
}

// invite checks a request.
func (a *Admin) invite(ctx context.Context, who Actor, r *CreateInvite) (*storage.Invite, error) {
	i := &storage.Invite{Contact: r.Contact, Note: r.Note, Most: max(r.Uses, 1)}
	if err := plainText("note", r.Note, 256); err != nil {
		return nil, err
	}
	switch {
	case r.Days < 0 || r.Days > signup.MaxDays:
		return nil, refuse(Invalid, "invite-days", "an invitation is good for 1 to %d days", signup.MaxDays)
	case r.Uses < 0 || r.Uses > maxUses:
		return nil, refuse(Invalid, "invite-uses", "an invitation has 1 to %d uses", maxUses)
	case len(r.Groups) > maxGroups:
		return nil, refuse(Invalid, "invite-groups", "%d groups are too many; %d are possible", len(r.Groups), maxGroups)
	case r.Account != "" && i.Most > 1:
		return nil, refuse(Invalid, "invite-once", "an invitation for one address is used once")
	case r.Contact && r.Inviter == "":
		return nil, refuse(Invalid, "inviter-missing", "an inviter is needed, who becomes the contact")
	}
	if who.Role == storage.User {
		return i, a.mayInvite(ctx, who, r, i)
	}
	if err := a.inviteAddresses(ctx, who, r, i); err != nil {
		return nil, err
	}
	if err := a.domain(who, i.Domain); err != nil {
		return nil, err
	}
	if err := a.served(i.Domain); err != nil {
		return nil, err
	}
	for _, g := range r.Groups {
		al, err := a.alias(ctx, who, g, false)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(i.Groups, al.JID.String()) {
			i.Groups = append(i.Groups, al.JID.String())
		}
	}
	return i, nil
}

// inviteAddresses reads the addresses of an administrator's request.
func (a *Admin) inviteAddresses(ctx context.Context, who Actor, r *CreateInvite, i *storage.Invite) (err error) {
	if r.Account != "" {
		j, err := a.address(who, r.Account)
		if err != nil {
			return err
		}
		i.Domain, i.Local = j.Domain(), j.Local()
	}
	if r.Inviter != "" {
		if i.Inviter, err = a.address(who, r.Inviter); err != nil {
			return err
		}
		if err := a.known(ctx, who, "inviter", i.Inviter, false); err != nil {
			return err
		}
		if i.Domain == "" && r.Domain == "" {
			i.Domain = i.Inviter.Domain()
		}
	}
	if r.Domain != "" {
		domain, err := a.listed(who, r.Domain)
		if err != nil {
			return err
		}
		if i.Domain != "" && i.Domain != domain {
			return refuse(Invalid, "invite-other-domain", "%s is not of %s", i.Kept(), domain)
		}
		i.Domain = domain
	}
	switch {
	case i.Domain == "" && who.Role == storage.DomainAdmin:
		i.Domain = who.Domain
	case i.Domain == "":
		return refuse(Invalid, "invite-domain-missing", "a domain is needed that the person is invited to, such as %s", a.example())
	}
	if i.Contact && i.Inviter.Domain() != i.Domain {
		return refuse(Invalid, "inviter-no-account", "who becomes a contact by an invitation to %s has an account there; %s has not", i.Domain, i.Inviter)
	}
	return nil
}

// mayInvite checks the request of somebody who is no administrator: it is an invitation to become a contact of theirs.
func (a *Admin) mayInvite(ctx context.Context, who Actor, r *CreateInvite, i *storage.Invite) error {
	me, err := xmpp.ParseJID(who.Name)
	if err != nil {
		return refuse(Forbidden, "admins-only", "this is for administrators; ask one")
	}
	rec, err := a.Store.Account(ctx, me)
	if err != nil || rec.Disabled || !a.SignUp.MayInvite(&rec) {
		return refuse(Forbidden, "invites-by-admins", "people are invited by administrators here; ask one")
	}
	if r.Account != "" || len(r.Groups) > 0 || i.Most != 1 || !r.Contact || r.Inviter != who.Name || r.Domain != "" && r.Domain != me.Domain() ||
		r.Days > a.SignUp.Config.Of(me.Domain()).InvitationDays {
		return refuse(Forbidden, "invites-one-at-a-time", "you can invite people to become your contacts, one at a time; more is for administrators")
	}
	i.Inviter, i.Domain = me, me.Domain()
	return nil
}

// own checks that somebody has not too many invitations out.
func (a *Admin) own(ctx context.Context, who Actor, i *storage.Invite, most int) error {
	list, err := a.Store.Invites(ctx, i.Domain)
	if err != nil {
		return stored(err, "list invitations", i.Domain)
	}
	n := 0
	for _, old := range list {
		if old.By == who.Name && old.Usable(a.Now()) {
			n++
		}
	}
	if n >= most {
		return refuse(Conflict, "invites-out", "you have %d invitations out; wait until they are used or expire", n)
	}
	return nil
}

// ListInvites asks for invitations, the oldest first.
type ListInvites struct {
	Domain string `json:"domain,omitempty"`
	Page
}

// ListInvites lists invitations: those of the domains that the actor administers, or the own.
func (a *Admin) ListInvites(ctx context.Context, who Actor, r ListInvites) ([]Invite, error) {
	domain := who.Domain
	if who.Role != storage.User {
		var err error
		if domain, err = a.listed(who, r.Domain); err != nil {
			return nil, err
		}
	}
	rows, err := a.Store.Invites(ctx, domain)
	if err != nil {
		return nil, stored(err, "list invitations", domain)
	}
	list := []Invite{}
	for n := range rows {
		if who.Role != storage.User || rows[n].By == who.Name {
			list = append(list, a.viewInvite(&rows[n]))
		}
	}
	return cut(r.Page, list, func(i Invite) (string, string) {
		return i.Key(), i.Account + "\n" + i.Inviter + "\n" + i.Note + "\n" + i.By
	}), nil
}

// RevokeInvite asks to revoke an invitation.
type RevokeInvite struct {
	ID string `json:"id"`
}

// RevokeInvite revokes an invitation: from now on nobody gets an account by it. It returns it as it was.
func (a *Admin) RevokeInvite(ctx context.Context, who Actor, r RevokeInvite) (Invite, error) {
	i, err := a.Store.Invite(ctx, r.ID)
	if err == nil && a.domain(who, i.Domain) != nil && (who.Role != storage.User || i.By != who.Name) {
		err = storage.ErrNotFound // nobody learns of invitations of others
	}
	if err == nil {
		err = a.Store.DeleteInvite(ctx, r.ID)
	}
	if err != nil {
		return Invite{}, stored(err, "revoke invitation", r.ID)
	}
	view := a.viewInvite(&i)
	domain, err := xmpp.ParseJID(i.Domain)
	if err != nil {
		return view, err
	}
	a.audit(ctx, who, "invite.revoke", domain, view, nil)
	return view, stored(a.SignUp.Refresh(context.WithoutCancel(ctx)), "read invitations", "")
}
