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
		Blocked: func(owner, contact xmpp.JID) bool { return p.blocking.Blocked(owner, contact) },
	})
	p.accounts.OnChange(func(e account.Event) {
		p.contacts.AccountChanged(e.Account.JID)
		if e.Kind == account.Deleted {
			p.contacts.AccountDeleted(e.Account.JID)
		}
	})
	p.starters = append(p.starters, p.contacts.Run)
	return p.contacts, nil
}
