package server

import (
	"context"

	"myna/account"
	"myna/archive"
	"myna/hook"
	"myna/xmpp"
)

func buildArchive(p *parts) (hook.Module, error) {
	cfg := *p.options.(*archive.Config)
	cfg.Enabled, cfg.RetentionDays = p.cfg.Archive.Enabled, p.cfg.Archive.RetentionDays
	p.archive = archive.New(archive.Options{
		Store: p.store, Router: p.router, Contacts: p.contacts, Config: cfg, Logger: p.log, Owners: p.archiveOwners,
	})
	p.streams.Confirm = p.archive.Confirm
	p.accounts.OnChange(func(e account.Event) {
		if e.Kind == account.Deleted {
			p.archive.Forget(e.Account.JID)
		}
	})
	p.starters = append(p.starters, p.archive.Run)
	return p.archive, nil
}

// archiveOwners lists the accounts and rooms of all hosts.
func (p *parts) archiveOwners(ctx context.Context) ([]xmpp.JID, error) {
	var all []xmpp.JID
	for _, host := range p.cfg.Hosts {
		for a := range p.accounts.Each(host) {
			all = append(all, a.JID)
		}
	}
	rooms, err := p.store.Rooms().Rooms(ctx, "")
	for i := range rooms {
		all = append(all, rooms[i].JID)
	}
	return all, err
}
