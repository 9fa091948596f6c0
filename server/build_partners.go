package server

import (
	"context"

	"myna/config"
	"myna/hook"
	"myna/xep/partners"
	"myna/xmpp"
)

func buildPartners(p *parts) (hook.Module, error) {
	p.partners = partners.New(partners.Options{Config: p.options.(*config.Options[partners.Config]), Target: p.router.Target})
	changed := make(chan struct{}, 1)
	p.reloaded = append(p.reloaded, func() {
		select {
		case changed <- struct{}{}:
		default: // it is looked at anyway
		}
	})
	p.starters = append(p.starters, func(ctx context.Context) {
		was := p.partners.Frozen()
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
				now, before := p.partners.Frozen(), was
				was = now
				p.contacts.Part(now.Apart)
				p.contacts.Join(func(a, b xmpp.JID) bool { return before.Apart(a, b) && !now.Apart(a, b) })
			}
		}
	})
	return p.partners, nil
}

// apart tells whether neither presence nor events pass between an account and a contact: the account has blocked the contact, or a
// domain does not communicate with the other.
func (p *parts) apart(owner, contact xmpp.JID) bool {
	return p.blocking.Blocked(owner, contact) || p.partners.Apart(owner, contact)
}
