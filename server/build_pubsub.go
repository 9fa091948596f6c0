package server

import (
	"time"

	"myna/account"
	"myna/config"
	"myna/hook"
	"myna/pubsub"
	"myna/roster"
	"myna/xmpp"
)

func buildPubSub(p *parts) (hook.Module, error) {
	domains := map[string]string{}
	for _, h := range p.cfg.Hosts {
		domains[p.cfg.PubSubHost(h)] = h
	}
	p.pubsub = pubsub.New(pubsub.Options{
		Store: p.store.PubSub(), Router: p.router, Contacts: watchers{p.contacts}, Blocked: p.apart, IsAdmin: p.isAdmin,
		Domain: func(service string) string { return domains[service] },
		Config: p.options.(*config.Options[pubsub.Config]), Logger: p.log, Now: time.Now,
	})
	p.kept = append(p.kept, p.pubsub)
	p.starters = append(p.starters, p.pubsub.Run)
	p.archive.OnNode(p.pubsub.History)
	p.accounts.OnChange(func(e account.Event) {
		switch e.Kind {
		case account.Deleted:
			p.pubsub.Forget(e.Account.JID)
		case account.Disabled, account.ChatOff, account.DepartmentChanged: // colleagues are others, or in other groups
			p.pubsub.Review(e.Account.JID)
		}
	})
	return p.pubsub, nil
}

// watchers tells publish-subscribe who sees whom.
type watchers struct{ *roster.Roster }

// Watchers are the contacts that may see the owner's presence.
func (w watchers) Watchers(owner xmpp.JID) ([]xmpp.JID, error) {
	all, err := w.Contacts(owner)
	if err != nil {
		return nil, err
	}
	list := make([]xmpp.JID, 0, len(all))
	for i := range all {
		if all[i].From {
			list = append(list, all[i].JID)
		}
	}
	return list, nil
}

// Watched are the contacts whose presence the owner may see.
func (w watchers) Watched(owner xmpp.JID) ([]pubsub.Watched, error) {
	all, err := w.Contacts(owner)
	if err != nil {
		return nil, err
	}
	list := make([]pubsub.Watched, 0, len(all))
	for i := range all {
		if all[i].To {
			list = append(list, pubsub.Watched{JID: all[i].JID, Shared: all[i].Shared})
		}
	}
	return list, nil
}
