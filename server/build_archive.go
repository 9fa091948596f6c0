package server

import (
	"context"

	"myna/account"
	"myna/archive"
	"myna/config"
	"myna/hook"
	"myna/muc"
)

// archiveLimits adds what [archive] says, of all hosts or of one.
func archiveLimits(cfg *config.Config, host string, own *archive.Config) error {
	a, err := cfg.HostArchive(host)
	own.Enabled, own.RetentionDays = a.Enabled, a.RetentionDays
	return err
}

func buildArchive(p *parts) (hook.Module, error) {
	p.archive = archive.New(archive.Options{
		Store: p.store, Router: p.router, Contacts: p.contacts, Config: p.options.(*config.Options[archive.Config]), Logger: p.log, Owners: p.archiveOwners,
	})
	p.kept = append(p.kept, p.archive)
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
func (p *parts) archiveOwners(ctx context.Context) ([]archive.Owner, error) {
	var all []archive.Owner
	for _, host := range p.cfg.Hosts {
		for a := range p.accounts.Each(host) {
			all = append(all, archive.Owner{JID: a.JID})
		}
	}
	rooms, err := p.store.Rooms().Rooms(ctx, "")
	for i := range rooms {
		all = append(all, archive.Owner{JID: rooms[i].JID, Retention: muc.Retention(&rooms[i])})
	}
	return all, err
}
