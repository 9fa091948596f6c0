package server

import (
	"myna/account"
	"myna/config"
	"myna/hook"
	"myna/roster"
	"myna/xmpp"
)

func buildContacts(p *parts) (hook.Module, error) {
	p.contacts = roster.New(roster.Options{
		Store: p.store, Router: p.router, Registry: p.registry, Accounts: p.accounts, LastSeen: p.store,
		Config: p.options.(*config.Options[roster.Config]), Logger: p.log,
		Teams: func(account xmpp.JID) []roster.Team {
			if p.groups == nil {
				return nil
			}
			var teams []roster.Team
			for _, t := range p.groups.TeamsOf(account) {
				teams = append(teams, t)
			}
			return teams
		},
		Invited: func(owner, contact xmpp.JID, token string) bool {
			return p.signUp.Befriend(p.ctx, owner, contact, token)
		},
		Related: func(owner, contact xmpp.JID, from bool, groups []string) {
			if p.pubsub != nil {
				p.pubsub.Related(owner, contact, from, groups)
			}
			if p.managers != nil {
				p.managers.Related(owner, contact)
			}
		},
		Directed: func(s hook.Session, to xmpp.JID, tail []byte) {
			if p.pubsub != nil {
				p.pubsub.Directed(s, to, tail)
			}
		},
		Managers: managers{p},
		Blocked:  p.apart,
	})
	p.accounts.OnChange(func(e account.Event) {
		p.contacts.AccountChanged(e.Account.JID)
		if e.Kind == account.Deleted {
			p.contacts.AccountDeleted(e.Account.JID)
		}
	})
	p.starters = append(p.starters, p.contacts.Run)
	p.followOptions(p.contacts, p.options.(*config.Options[roster.Config]))
	return p.contacts, nil
}

// followOptions has the shared roster of a host computed again when a reload has changed its options.
func (p *parts) followOptions(contacts *roster.Roster, options *config.Options[roster.Config]) {
	last := map[string]roster.Config{}
	for _, host := range p.cfg.Hosts {
		last[host] = *options.Of(host)
	}
	p.reloaded = append(p.reloaded, func() {
		for _, host := range p.cfg.Hosts {
			if now := *options.Of(host); now != last[host] {
				last[host] = now
				contacts.OptionsChanged(host)
				for a := range p.accounts.Each(host) {
					p.pubsub.Review(a.JID)
				}
			}
		}
	})
}
