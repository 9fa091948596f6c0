package server

import (
	"myna/config"
	"myna/hook"
	"myna/xep/serverinfo"
	"myna/xmpp"
)

func buildServerInfo(p *parts) (hook.Module, error) {
	services := map[string]xmpp.JID{}
	for _, domain := range p.cfg.Hosts {
		service, err := xmpp.ParseJID(p.cfg.PubSubHost(domain))
		if err != nil {
			return nil, err
		}
		services[domain] = service
	}
	m := serverinfo.New(serverinfo.Options{
		Config: p.options.(*config.Options[serverinfo.Config]), PubSub: p.pubsub, Services: services,
		Name: "Myna", Version: Version(), Logger: p.log,
	})
	p.pubsub.Reserve(serverinfo.Node)
	p.starters = append(p.starters, m.Run)
	p.reloaded = append(p.reloaded, m.Changed)
	return m, nil
}
