package server

import (
	"myna/hook"
	"myna/xep/vcard"
	"myna/xmpp"
)

func buildVCard(p *parts) (hook.Module, error) {
	return vcard.New(vcard.Options{
		Docs: p.store, PubSub: p.pubsub, Logger: p.log,
		Visible: func(owner, asker xmpp.JID) bool {
			_, ours := p.router.Target(asker.Domain()) // an account here, or a room that asks for an occupant
			return ours || p.contacts.SharesPresence(owner, asker)
		},
		Name: func(account xmpp.JID) string {
			a, _ := p.accounts.Account(account)
			return a.Name
		},
	}), nil
}
