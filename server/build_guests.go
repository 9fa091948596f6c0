package server

import (
	"time"

	"myna/config"
	"myna/hook"
	"myna/xep/guests"
	"myna/xmpp"
)

func buildGuests(p *parts) (hook.Module, error) {
	return guests.New(guests.Options{
		Config: p.options.(*config.Options[guests.Config]), Accounts: p.accounts, Target: p.router.Target, Logger: p.log, Now: time.Now,
		Rooms:  func(domain string) string { return p.cfg.GroupsHost(domain) },
		IsRoom: func(j xmpp.JID) bool { return p.rooms.Exists(j) },
	}), nil
}

// welcome makes the account of a guest who has a session.
func (p *parts) welcome(s hook.Session) bool {
	if p.accounts.IsGuest(s.JID()) {
		return true
	}
	if err := p.accounts.Welcome(p.ctx, s.JID()); err != nil {
		p.log.Warn("guest not let in", "session", s.JID().String(), "err", err)
		return false
	}
	return true
}
