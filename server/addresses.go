package server

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"myna/config"
	"myna/web"
)

// publicURL is how clients of a domain reach our HTTP, without a slash at the end. The domain's own name usually leads to a
// web server on another machine; that of its file upload leads to us: init prints its DNS record, and it is in the
// certificate. A demo on this machine has no such names.
func publicURL(cfg *config.Config, domain string) string {
	l := &cfg.Listen
	if l.PublicURL != "" {
		return strings.TrimRight(l.PublicURL, "/")
	}
	host, local := cfg.UploadHost(domain), domain == "localhost" || strings.HasSuffix(domain, ".localhost") // RFC 6761 § 6.3
	if local {
		host = domain
	}
	switch {
	case len(l.HTTPS) > 0:
		return origin("https", host, port(l.HTTPS), "443")
	case local && len(l.HTTP) > 0:
		return origin("http", host, port(l.HTTP), "80")
	}
	return "https://" + host // of a proxy
}

// alternatives are all ways to us, nil where the operator does not say which addresses they have (XEP-0487), or where there is one that
// has no place among them: who reads of some asks for no others (§ 2.2), and for STARTTLS there is no relation.
func alternatives(cfg *config.Config) *web.Alternatives {
	m := &cfg.HostMeta
	if len(m.IPs) == 0 || len(cfg.Listen.C2STLS) == 0 && len(cfg.Listen.C2S) > 0 {
		return nil
	}
	a := &web.Alternatives{
		TTL: m.TTL, Pins: m.Pins, IPs: m.IPs, WebIPs: m.WebIPs, TLSPort: m.Port,
		TLS: web.Rank{Priority: m.TLSPriority, Weight: m.TLSWeight}, WebSocket: web.Rank{Priority: m.WebSocketPriority, Weight: m.WebSocketWeight},
		BOSH: web.Rank{Priority: m.BOSHPriority, Weight: m.BOSHWeight},
	}
	if len(a.WebIPs) == 0 {
		a.WebIPs = a.IPs
	}
	switch own, err := strconv.Atoi(port(cfg.Listen.C2STLS)); {
	case len(cfg.Listen.C2STLS) == 0:
		a.TLSPort = 0
	case a.TLSPort == 0 && err == nil:
		a.TLSPort = own
	}
	return a
}

func origin(scheme, host, port, usual string) string {
	if port == "" || port == usual {
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// port is the port of the first address, "" without any.
func port(addresses []string) string {
	if len(addresses) == 0 {
		return ""
	}
	_, port, _ := net.SplitHostPort(addresses[0])
	return port
}

// uploadOrigins are where the addresses of uploaded files point to.
func uploadOrigins(cfg *config.Config) []string {
	var origins []string
	for _, host := range cfg.Hosts {
		u, err := url.Parse(publicURL(cfg, host))
		if err != nil { // config has looked at it
			continue
		}
		if o := u.Scheme + "://" + u.Host; !slices.Contains(origins, o) {
			origins = append(origins, o)
		}
	}
	return origins
}

// webNames are the names that lead to us over HTTP, with the mail domain of each.
func webNames(cfg *config.Config) map[string]string {
	names := map[string]string{}
	for _, domain := range cfg.Hosts {
		for _, n := range []string{domain, cfg.GroupsHost(domain), cfg.UploadHost(domain), cfg.PubSubHost(domain)} {
			names[n] = domain
		}
	}
	return names
}
