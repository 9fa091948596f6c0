package server

import (
	"context"
	"errors"

	"myna/account"
	"myna/account/signup"
	"myna/admin"
	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xep/registration"
	"myna/xmpp"
)

func buildRegistration(p *parts) (hook.Module, error) {
	options := p.options.(*config.Options[signup.Config])
	p.signUp = signup.New(signup.Options{Config: options, Accounts: p.accounts, Store: p.store, Grant: p.grantInvited, SetLost: p.setLost, Hosts: func() []string { return p.cfg.Hosts }, Logger: p.log})
	if err := p.signUp.Refresh(p.ctx); err != nil {
		return nil, err
	}
	home, err := xmpp.ParseJID(p.cfg.Hosts[0])
	if err == nil {
		err = p.signUp.Recall(p.ctx, home)
	}
	if err != nil {
		return nil, err
	}
	p.accounts.OnChange(func(e account.Event) {
		switch e.Kind {
		case account.Deleted: // and with it the invitations that it has sent
			p.invitesChanged()
			p.signUp.EndResets(p.ctx, e.Account.JID)
		case account.Disabled, account.PasswordChanged, account.RoleChanged: // who has made the link may have no rights over it now
			p.signUp.EndResets(p.ctx, e.Account.JID)
		}
	})
	p.starters = append(p.starters, p.signUp.Run)
	return registration.New(registration.Options{
		Config: options, Accounts: p.own(), SignUp: p.signUp, Logger: p.log,
		Page: func(domain string) string { return publicURL(p.cfg, domain) + "/register" },
	}), nil
}

// setLost sets the password of somebody who has lost it, by the rights of the server, as administrators do.
func (p *parts) setLost(ctx context.Context, who xmpp.JID, password, link, door string) error {
	actor := admin.Actor{Name: "reset link " + link, Role: storage.ServerAdmin, Door: door}
	_, err := p.admin.SetPassword(ctx, actor, admin.SetPassword{Address: who.String(), Password: password})
	return err
}

// resetPage is the page on which somebody with a link sets a new password, "" where there is no listener for it.
func (p *parts) resetPage(domain, token string) string {
	l := &p.cfg.Listen
	if len(l.HTTP)+len(l.HTTPS) == 0 && l.PublicURL == "" {
		return ""
	}
	return publicURL(p.cfg, domain) + "/reset/" + token
}

// invitesChanged has the doors know which domains have invitations.
func (p *parts) invitesChanged() {
	if err := p.signUp.Refresh(p.ctx); err != nil {
		p.log.Error("invitations not read", "err", err)
	}
}

// grantInvited makes a new account and its inviter each other's contacts (XEP-0401 § 5.5), where they are not colleagues, and
// adds it to the aliases of the invitation. It may be called again.
func (p *parts) grantInvited(ctx context.Context, to storage.Invited) error {
	var errs []error
	if by, ok := p.accounts.Account(to.Inviter); ok && !to.Inviter.IsZero() {
		errs = append(errs, p.befriend(to.Account, by.JID, by.Name), p.befriend(by.JID, to.Account, ""))
	}
	who := admin.Actor{Name: "invitation " + to.Invite, Role: storage.ServerAdmin, Door: "invitation"}
	for _, alias := range to.Groups {
		_, err := p.admin.AddTargets(ctx, who, admin.AliasTargets{Address: alias, Targets: []string{to.Account.String()}})
		var refused *admin.Error
		if errors.As(err, &refused) { // the alias has gone, or is full
			p.log.Warn("account not added to the alias of its invitation", "account", to.Account.String(), "alias", alias, "err", err)
			err = nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// befriend gives an account a contact with a subscription in both directions, and tells its clients (RFC 6121 § 2.1.6). The
// name is one that the server knows: what strangers call themselves stays out of others' lists (XEP-0379 § 5.4).
func (p *parts) befriend(owner, contact xmpp.JID, name string) error {
	if to, from := p.contacts.Subscribed(owner, contact); to && from {
		return nil
	}
	return p.contacts.Put(owner, storage.RosterItem{JID: contact, Name: name, To: true, From: true})
}

// invitePage is the page of an invitation, "" where there is no listener for it.
func (p *parts) invitePage(domain, token string) string {
	l := &p.cfg.Listen
	if len(l.HTTP)+len(l.HTTPS) == 0 && l.PublicURL == "" {
		return ""
	}
	return publicURL(p.cfg, domain) + "/invite/" + token
}
