package server

import (
	"myna/account"
	"myna/config"
	"myna/hook"
	"myna/xep/vcard"
	"myna/xmpp"
)

func buildVCard(p *parts) (hook.Module, error) {
	v := vcard.New(vcard.Options{
		Config: p.options.(*config.Options[vcard.Config]), Docs: p.store, PubSub: p.pubsub, Logger: p.log,
		Visible: func(owner, asker xmpp.JID) bool {
			if asker.Domain() == owner.Domain() {
				return true
			}
			t, ours := p.router.Target(asker.Domain()) // a room asks for an occupant
			return ours && t != hook.Server || p.contacts.SharesPresence(owner, asker)
		},
		Name: func(j xmpp.JID) string {
			a, _ := p.accounts.Account(j)
			return a.Name
		},
	})
	p.accounts.OnChange(func(e account.Event) {
		if e.Kind == account.Deleted {
			v.Forget(e.Account.JID)
		}
	})
	p.kept = append(p.kept, v)
	return v, nil
}
