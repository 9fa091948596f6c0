package server

import (
	"myna/hook"
	"myna/muc"
	"myna/storage"
	"myna/xmpp"
)

func buildRooms(p *parts) (hook.Module, error) {
	p.rooms = muc.New(muc.Options{
		Store: p.store.Rooms(), Log: p.store, Archive: p.store, Router: p.router, Config: *p.options.(*muc.Config), Logger: p.log,
		Requests: p.registry, IsAdmin: p.isAdmin,
	})
	if err := p.rooms.Start(p.ctx); err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.rooms.Stop)
	return p.rooms, nil
}

// isAdmin tells whether an account administers anything here.
func (p *parts) isAdmin(bare xmpp.JID) bool {
	a, ok := p.accounts.Account(bare)
	return ok && a.Role != storage.User
}
