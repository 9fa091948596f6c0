package server

import (
	"context"
	"time"

	"myna/hook"
	"myna/xep/announcements"
	"myna/xmpp"
)

func buildAnnouncements(p *parts) (hook.Module, error) {
	p.announcements = announcements.New(announcements.Options{
		Docs: p.store, Router: p.router, Exists: p.accounts.Exists, Logger: p.log,
		LastSeen: func(ctx context.Context, j xmpp.JID) (time.Time, error) {
			at, _, err := p.store.LastSeen(ctx, j)
			return at, err
		},
	})
	return p.announcements, nil
}
