package server

import (
	"context"
	"time"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xep/blocking"
	"myna/xep/carbons"
	"myna/xep/disco"
	"myna/xep/entitytime"
	"myna/xep/lastactivity"
	"myna/xep/multicast"
	"myna/xep/ping"
	"myna/xep/reports"
	"myna/xep/version"
	"myna/xmpp"
)

func buildPing(*parts) (hook.Module, error) { return ping.Ping{}, nil }

func buildVersion(*parts) (hook.Module, error) {
	return version.Version{Name: "Myna", Version: Version()}, nil
}

func buildTime(*parts) (hook.Module, error) { return entitytime.Time{Now: time.Now}, nil }

func buildCarbons(p *parts) (hook.Module, error) { return carbons.New(p.router), nil }

func buildBlocking(p *parts) (hook.Module, error) {
	p.blocking = blocking.New(p.options.(*config.Options[blocking.Config]), p.store, p.router, p.contacts)
	p.kept = append(p.kept, p.blocking)
	p.onDelete(p.blocking.Forget)
	return p.blocking, nil
}

func buildMulticast(p *parts) (hook.Module, error) {
	return multicast.New(multicast.Options{
		Config: p.options.(*config.Options[multicast.Config]), Router: p.router, IsAdmin: p.isAdmin,
	}), nil
}

func buildReports(p *parts) (hook.Module, error) {
	m := reports.New(reports.Options{
		Config: p.options.(*config.Options[reports.Config]), Store: p.store, Router: p.router, Logger: p.log, Now: time.Now,
		Admins: func(domain string) []xmpp.JID {
			var list []xmpp.JID
			for _, host := range p.cfg.Hosts {
				for a := range p.accounts.Each(host) {
					if !a.Disabled && (a.Role == storage.ServerAdmin || a.Role == storage.DomainAdmin && host == domain) {
						list = append(list, a.JID)
					}
				}
			}
			return list
		},
	})
	p.blocking.Report = func(ctx context.Context, reporter, reported xmpp.JID, e *xmpp.Element) {
		if !p.accounts.IsGuest(reporter) { // a guest is somebody new with each connection: nothing would bound what administrators get
			m.Take(ctx, reporter, reported, e)
		}
	}
	return m, nil
}

func buildLast(p *parts) (hook.Module, error) {
	return lastactivity.New(lastactivity.Options{Router: p.router, Contacts: p.contacts, Seen: p.contacts, Now: time.Now}), nil
}

func buildDisco(p *parts) (hook.Module, error) {
	p.disco = disco.New(disco.Options{
		Registry: p.registry, Services: []hook.Target{"groups", "upload", "pubsub"}, Name: p.serviceName, Guest: p.accounts.IsGuest,
	})
	p.reloaded = append(p.reloaded, p.disco.Changed)
	return p.disco, nil
}

// serviceName is the name of a domain's service.
func (p *parts) serviceName(t hook.Target, domain string) string {
	switch t {
	case "groups":
		return p.cfg.GroupsHost(domain)
	case "upload":
		return p.cfg.UploadHost(domain)
	case "pubsub":
		return p.cfg.PubSubHost(domain)
	}
	return ""
}
