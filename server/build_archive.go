package server

import (
	"context"

	"myna/account"
	"myna/archive"
	"myna/config"
	"myna/hook"
	"myna/muc"
	"myna/xmpp"
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

// archiveOwners lists the accounts and rooms of all hosts, and groups that may come back.
func (p *parts) archiveOwners(ctx context.Context) ([]archive.Owner, error) {
	var all []archive.Owner
	for _, host := range p.cfg.Hosts {
		for a := range p.accounts.Each(host) {
			all = append(all, archive.Owner{JID: a.JID})
		}
	}
	rooms, err := p.store.Rooms().Rooms(ctx, "")
	if err != nil {
		return nil, err
	}
	there := map[xmpp.JID]bool{}
	for i := range rooms {
		there[rooms[i].JID] = true
		all = append(all, archive.Owner{JID: rooms[i].JID, Retention: muc.Retention(&rooms[i])})
	}
	aliases, err := p.store.Aliases(ctx, "")
	for i := range aliases { // groups that are switched off or deleted have no room, but what was said there
		if room := aliases[i].Room; !room.IsZero() && !there[room] {
			all = append(all, archive.Owner{JID: room, Retention: aliases[i].RetentionDays})
		}
	}
	return all, err
}
