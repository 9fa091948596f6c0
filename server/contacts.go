package server

import (
	"myna/account"
	"myna/hook"
	"myna/roster"
	"myna/xmpp"
)

func buildContacts(p *parts) (hook.Module, error) {
	cfg := p.options.(*roster.Config)
	hosts := map[string]roster.Config{}
	for _, host := range p.cfg.Hosts {
		own := *cfg
		if err := p.cfg.HostModule(host, "contacts", &own); err != nil {
			return nil, err
		}
		hosts[host] = own
	}
	p.contacts = roster.New(roster.Options{
		Store: p.store, Router: p.router, Registry: p.registry, Accounts: p.accounts, LastSeen: p.store,
		Config: *cfg, Hosts: hosts, Logger: p.log,
		Blocked: func(owner, contact xmpp.JID) bool { return p.blocking.Blocked(owner, contact) },
	})
	p.accounts.OnChange(func(e account.Event) { p.contacts.AccountChanged(e.Account.JID) })
	p.starters = append(p.starters, p.contacts.Run)
	return p.contacts, nil
}
