package server

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/account"
	"myna/admin"
	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xep/commands"
	"myna/xep/contactaddresses"
	"myna/xep/push"
	"myna/xep/search"
	"myna/xmpp"
	"myna/xmpp/ns"
)

func buildContact(p *parts) (hook.Module, error) {
	return contactaddresses.New(p.options.(*config.Options[contactaddresses.Config])), nil
}

func buildSearch(p *parts) (hook.Module, error) {
	return search.New(search.Options{
		Config:    p.options.(*config.Options[search.Config]),
		Directory: func(domain string) search.Directory { return p.accounts.Directory(domain) },
	}), nil
}

func buildPush(p *parts) (hook.Module, error) {
	m := push.New(push.Options{
		Config: p.options.(*config.Options[push.Config]), Docs: p.store, Router: p.router, Logger: p.log,
		Enabled: func(j xmpp.JID) bool {
			a, ok := p.accounts.Account(j)
			return ok && !a.Disabled
		},
		Wants: p.bookmarks.Wants,
	})
	p.push = m
	p.starters = append(p.starters, m.Run)
	p.accounts.OnChange(func(e account.Event) {
		if e.Kind == account.Deleted {
			m.Forget(e.Account.JID)
		}
	})
	return m, nil
}

func buildCommands(p *parts) (hook.Module, error) {
	key, err := secret(p.ctx, p.store, p.cfg.Hosts[0], "commands")
	if err != nil {
		return nil, err
	}
	own := p.own()
	return commands.New(commands.Options{
		Account: p.accounts.Account, Sessions: p.router.Sessions, SetPassword: own.SetPassword, MayInvite: p.signUp.MayInvite, Now: time.Now, Secret: key,
		Do: func(ctx context.Context, who commands.Actor, operation string, request any) (json.RawMessage, error) {
			return p.administer(ctx, admin.Actor{Name: who.Name, Role: who.Role, Domain: who.Domain, Door: "xmpp"}, operation, request)
		},
	}), nil
}

// administer carries out an operation for a client. Administration is built after the modules, and before any client
// can ask.
func (p *parts) administer(ctx context.Context, who admin.Actor, operation string, request any) (json.RawMessage, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	result, err := p.admin.Do(ctx, who, operation, body, func(admin.Progress) {})
	if err != nil {
		return nil, shown(err)
	}
	return json.Marshal(result)
}

// shown is the stanza error of an operation's error (XEP-0133 § 5); those that nobody may see stay as they are.
func shown(err error) error {
	var e *admin.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case admin.NotFound:
		return xmpp.Refuse(stanza.ItemNotFound, e.Text)
	case admin.Conflict, admin.Changed:
		return xmpp.Refuse(stanza.Conflict, e.Text)
	case admin.Invalid:
		return xmpp.Refuse(stanza.BadRequest, e.Text).WithApp(xmpp.El(ns.Commands, "bad-payload")) // XEP-0050 § 4.4
	case admin.Forbidden:
		return xmpp.Refuse(stanza.Forbidden, e.Text)
	}
	return err
}

// own is what people may do with their own account. There is one, as its pace is that of all doors.
func (p *parts) own() *ownAccount {
	if p.ownAccount == nil {
		p.ownAccount = &ownAccount{p: p, last: map[xmpp.JID]time.Time{}}
	}
	return p.ownAccount
}

// ownAccount does what people may do with their own account.
type ownAccount struct {
	p *parts

	mu   sync.Mutex
	last map[xmpp.JID]time.Time // when the password was changed last; guarded by mu
}

// Changing a password costs a moment of computing, so nobody does it all the time.
const (
	pace     = 5 * time.Second
	maxPaced = 10000
)

func (o *ownAccount) paced(j xmpp.JID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	if now.Sub(o.last[j]) < pace {
		return false
	}
	if len(o.last) >= maxPaced {
		clear(o.last)
	}
	o.last[j] = now
	return true
}

// SetPassword changes the password of who asks from a full address. The other sessions of the account stay: XEP-0077 § 3.3
// asks for no more, and who only wants another password has nothing to sign in anew for; who fears that somebody else is
// signed in ends those sessions by a command, or asks an administrator, whose change of a password ends all of them.
func (o *ownAccount) SetPassword(ctx context.Context, who xmpp.JID, password string) error {
	var weak *account.PasswordError
	if errors.As(o.p.accounts.Acceptable(who, password), &weak) {
		return xmpp.Refuse(stanza.NotAcceptable, "This password cannot be used: "+weak.Reason+".")
	}
	if !o.paced(who.Bare()) {
		return xmpp.Refuse(stanza.ResourceConstraint, "The password was changed a moment ago; wait a few seconds.")
	}
	if err := o.p.accounts.SetPassword(ctx, who, password); err != nil {
		return err
	}
	return o.audit(ctx, who, "account.password", `{"new":{"password":"changed"}}`)
}

// Close keeps the account of who asks from a full address from signing in.
func (o *ownAccount) Close(ctx context.Context, who xmpp.JID) error {
	if a, _ := o.p.accounts.Account(who); a.Role == storage.ServerAdmin {
		return xmpp.Refuse(stanza.NotAllowed, "You administer this server; another administrator can delete your account.")
	}
	if err := o.p.accounts.Disable(ctx, who); err != nil {
		return err
	}
	return o.audit(ctx, who, "account.disable", `{"new":{"disabled":true}}`)
}

// Delete removes a closed account with all that belongs to it. The person acts by the rights of the server: the actor
// is the client's full address.
func (o *ownAccount) Delete(ctx context.Context, who xmpp.JID) error {
	actor := admin.Actor{Name: who.String(), Role: storage.ServerAdmin, Door: "xmpp"}
	_, err := o.p.administer(ctx, actor, "account.delete", admin.Identified{Address: who.Bare().String()})
	return err
}

// audit writes what somebody did with the own account into the log of changes.
func (o *ownAccount) audit(ctx context.Context, who xmpp.JID, action, change string) error {
	err := o.p.store.AppendAudit(context.WithoutCancel(ctx), storage.Audit{
		At: time.Now(), Actor: who.Bare().String(), Door: "xmpp", Action: action, Object: who.Bare().String(), Change: change,
	})
	if err != nil { // the change is made: its missing line is the server's fault
		o.p.log.Error("change is missing in the audit log", "action", action, "object", who.Bare().String(), "err", err)
	}
	return nil
}
