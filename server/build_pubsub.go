package server

import (
	"time"

	"myna/account"
	"myna/hook"
	"myna/pubsub"
	"myna/roster"
	"myna/xmpp"
)

func buildPubSub(p *parts) (hook.Module, error) {
	p.pubsub = pubsub.New(pubsub.Options{
		Store: p.store.PubSub(), Router: p.router, Contacts: watchers{p.contacts}, Blocked: p.blocking.Blocked, IsAdmin: p.isAdmin,
		Config: *p.options.(*pubsub.Config), Logger: p.log, Now: time.Now,
	})
	p.accounts.OnChange(func(e account.Event) {
		if e.Kind == account.Deleted {
			p.pubsub.Forget(e.Account.JID)
		}
	})
	return p.pubsub, nil
}

// watchers tells publish-subscribe who sees whom.
type watchers struct{ *roster.Roster }

// Watchers are the contacts that may see the owner's presence.
func (w watchers) Watchers(owner xmpp.JID) ([]xmpp.JID, error) {
	return w.addresses(owner, func(c *roster.Contact) bool { return c.From })
}

// Watched are the contacts whose presence the owner may see.
func (w watchers) Watched(owner xmpp.JID) ([]xmpp.JID, error) {
	return w.addresses(owner, func(c *roster.Contact) bool { return c.To })
}

func (w watchers) addresses(owner xmpp.JID, want func(*roster.Contact) bool) ([]xmpp.JID, error) {
	all, err := w.Contacts(owner)
	if err != nil {
		return nil, err
	}
	list := make([]xmpp.JID, 0, len(all))
	for i := range all {
		if want(&all[i]) {
			list = append(list, all[i].JID)
		}
	}
	return list, nil
}
