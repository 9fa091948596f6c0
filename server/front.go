package server

import (
	"fmt"
	"strings"

	"myna/config"
	"myna/xmpp/transport"
)

// frontOf reads whom we believe of those in front of us, and the pages of which hosts may use us.
func frontOf(cfg *config.Config) (transport.Front, error) {
	l := &cfg.Listen
	proxies, err := transport.ParseProxies(l.Proxies)
	if err != nil {
		return transport.Front{}, fmt.Errorf("listen.proxies: %w", err)
	}
	balancers, err := transport.ParseProxies(l.ProxyProtocol)
	if err != nil {
		return transport.Front{}, fmt.Errorf("listen.proxy_protocol: %w", err)
	}
	origins := transport.Origins(l.Origins)
	if l.PublicURL != "" { // a proxy may show us another host name
		origins = append(origins[:len(origins):len(origins)], strings.TrimSuffix(l.PublicURL, "/"))
	}
	return transport.Front{Proxies: proxies, Origins: origins, Pages: l.Origins, Balancers: balancers}, nil
}
