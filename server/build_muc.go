package server

import (
	"context"

	"myna/account"
	"myna/admin"
	"myna/config"
	"myna/hook"
	"myna/muc"
	"myna/storage"
	"myna/upload"
	"myna/xep/channelsearch"
	"myna/xep/push"
	"myna/xmpp"
)

func buildRooms(p *parts) (hook.Module, error) {
	o := muc.Options{
		Store: p.store.Rooms(), Log: p.store, Archive: p.store, Docs: p.store, Router: p.router, Config: p.options.(*config.Options[muc.Config]), Logger: p.log,
		Requests: p.registry, IsAdmin: p.isAdmin, Domains: p.cfg.Hosts,
		Forget: !p.cfg.Archive.Enabled,
		Files:  groupFiles{p},
		Notify: func(member xmpp.JID, m muc.Said) {
			p.push.Notify(member, push.Said(m))
			p.digest.Missed(member, m.From.Bare(), m.Mentioned)
		},
	}
	if p.cfg.Archive.Enabled {
		o.MAM = p.archive
		o.Retention = func(host string) int { return p.archive.Config.Of(host).RetentionDays }
	}
	if p.blocking != nil {
		o.Screen = p.blocking.Screen
	}
	p.rooms = muc.New(o)
	if p.blocking != nil {
		p.blocking.Changed = p.rooms.Rescreen
	}
	if err := p.rooms.Start(p.ctx); err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.rooms.Stop)
	p.onDelete(p.rooms.ForgetAccount)
	p.accounts.OnChange(func(e account.Event) {
		if e.Kind == account.Created && !p.accounts.IsGuest(e.Account.JID) { // of whom no address comes again
			p.rooms.Begin(e.Account.JID)
		}
	})
	return p.rooms, nil
}

// groupFiles tells the files, which are built later, to which groups they belong.
type groupFiles struct{ p *parts }

// Share notes that files were sent to a group.
func (g groupFiles) Share(ctx context.Context, owner, room xmpp.JID, ids []string) error {
	return g.p.upload.Share(ctx, owner, room, ids)
}

// RemoveFiles removes the files of a group.
func (g groupFiles) RemoveFiles(ctx context.Context, room xmpp.JID) error {
	_, err := g.p.upload.RemoveFiles(ctx, room)
	return err
}

func buildChannelSearch(p *parts) (hook.Module, error) {
	return channelsearch.New(channelsearch.Options{
		Config: p.options.(*config.Options[channelsearch.Config]),
		Channels: func(host string) []channelsearch.Channel {
			rooms := p.rooms.Public(host)
			list := make([]channelsearch.Channel, len(rooms))
			for i := range rooms {
				list[i] = channelsearch.Channel(rooms[i])
			}
			return list
		},
	}), nil
}

// isAdmin tells whether somebody administers a domain, which may be named by one of its services, or the server. The full address
// of a session does not where it may not (docs/decisions/0012-app-passwords.md), nor when it is gone.
func (p *parts) isAdmin(who xmpp.JID, service string) bool {
	a, ok := p.accounts.Account(who)
	if !ok || a.Role == storage.User {
		return false
	}
	if !who.IsBare() {
		if s := p.router.Session(who); s == nil || p.limited(s) {
			return false
		}
	}
	switch {
	case a.Role == storage.ServerAdmin:
		return true
	}
	own := who.Domain()
	return a.Role == storage.DomainAdmin && (service == own || service == p.cfg.GroupsHost(own) || service == p.cfg.PubSubHost(own))
}

// liveRooms shows the rooms' present to administration.
type liveRooms struct {
	*muc.Service
	upload *upload.Service
}

// RemoveFiles removes the files that were sent to a group.
func (l liveRooms) RemoveFiles(ctx context.Context, room xmpp.JID) (int, error) {
	return l.upload.RemoveFiles(ctx, room)
}

// Occupants lists who is in a room.
func (l liveRooms) Occupants(room xmpp.JID) []admin.Occupant {
	var list []admin.Occupant
	for _, o := range l.Service.Occupants(room) {
		list = append(list, admin.Occupant{Address: o.JID.String(), Nick: o.Nick, Role: o.Role.String()})
	}
	return list
}

// Destroy ends a room for everybody in it, with all that it has kept.
func (l liveRooms) Destroy(ctx context.Context, room xmpp.JID, reason string) error {
	return l.EraseRoom(ctx, room, reason)
}
