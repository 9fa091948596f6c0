package server

import (
	"context"
	"time"

	"myna/config"
	"myna/hook"
	"myna/xep/remoteroster"
	"myna/xmpp"
)

func buildRemoteRoster(p *parts) (hook.Module, error) {
	p.managers = remoteroster.New(remoteroster.Options{
		Config: p.options.(*config.Options[remoteroster.Config]), Docs: p.store, Router: p.router, SharesPresence: p.contacts.SharesPresence,
		Apart: p.apart, Created: func(j xmpp.JID) time.Time { a, _ := p.accounts.Account(j); return a.Created }, Each: p.accounts.Each, Hosts: p.cfg.Hosts, Logger: p.log, Now: time.Now,
	})
	p.starters = append(p.starters, p.managers.Run)
	p.kept = append(p.kept, p.managers)
	p.onDelete(p.managers.Forget)
	return p.managers, nil
}

// managers are those who manage contacts of others, for the roster, which is built before the module that knows them.
type managers struct{ p *parts }

// Manages tells whether who asks for a list of another account may do so.
func (m managers) Manages(ctx context.Context, q *hook.Request) (bool, error) {
	return m.p.managers.Manages(ctx, q)
}

// Changed tells of a change of a contact.
func (m managers) Changed(owner, contact, by xmpp.JID, item *xmpp.Element) {
	m.p.managers.Changed(owner, contact, by, item)
}
