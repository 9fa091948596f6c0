package transport

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Peer is who has sent a request over HTTP, seen through the proxies in front of us.
type Peer struct {
	Remote    netip.Addr
	TLS       *tls.ConnectionState // of the client's own connection; nil without TLS, and where a proxy is between
	Encrypted bool                 // by us or by a proxy
}

// Describe says how the peer is connected, for people: "TLS 1.3", "TLS of a proxy", "HTTP".
func (p Peer) Describe() string {
	switch {
	case p.TLS != nil:
		return tls.VersionName(p.TLS.Version)
	case p.Encrypted:
		return "TLS of a proxy"
	}
	return "HTTP"
}

// Proxies are the networks of those whose X-Forwarded-For and X-Forwarded-Proto are believed. Loopback always is: what
// comes from this machine without them counts as encrypted, for nobody can read along.
type Proxies []netip.Prefix

// ParseProxies reads networks such as 10.0.0.0/8.
func ParseProxies(networks []string) (Proxies, error) {
	var list Proxies
	for _, n := range networks {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return nil, err // it says the text
		}
		list = append(list, p.Masked())
	}
	return list, nil
}

// Trusted tells whether an address is a proxy's.
func (p Proxies) Trusted(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsLoopback() || slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// Peer returns who has sent a request.
func (p Proxies) Peer(r *http.Request) Peer {
	peer := Peer{TLS: r.TLS, Encrypted: r.TLS != nil}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		peer.Remote = a.Addr().Unmap()
	}
	proxy := peer.Remote
	if !p.Trusted(proxy) {
		return peer
	}
	hops := list(r.Header["X-Forwarded-For"])
	for i := len(hops) - 1; i >= 0; i-- { // the nearest that is no proxy of ours; what stands before it anybody may have written
		a, ok := parseHop(hops[i])
		if !ok {
			break
		}
		peer.Remote = a
		if !p.Trusted(a) {
			break
		}
	}
	protos := list(r.Header["X-Forwarded-Proto"])
	switch {
	case len(protos) > 0:
		peer.TLS = nil // it is the proxy's
		peer.Encrypted = !slices.ContainsFunc(protos, func(s string) bool { return s != "https" && s != "wss" })
	case len(hops) > 0:
		peer.TLS = nil
		peer.Encrypted = peer.Encrypted || proxy.IsLoopback()
	case proxy.IsLoopback():
		peer.Encrypted = true
	}
	return peer
}

// list splits the values of a header at commas.
func list(values []string) []string {
	var all []string
	for _, v := range values {
		for s := range strings.SplitSeq(v, ",") {
			if s = strings.ToLower(strings.TrimSpace(s)); s != "" {
				all = append(all, s)
			}
		}
	}
	return all
}

// parseHop reads an address of X-Forwarded-For, with a port or without.
func parseHop(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		ap, err := netip.ParseAddrPort(s)
		return ap.Addr().Unmap(), err == nil
	}
	return a.Unmap(), true
}

// Origins are the origins of pages that may use us from other hosts: "https://webmail.example.com", or "*" for all.
type Origins []string

// Allow tells whether a request may come from the page that it names (RFC 6455 § 10.2). Programs that are no browsers name
// none, and pages of our own host always may.
func (o Origins) Allow(r *http.Request) bool {
	values := r.Header["Origin"]
	if len(values) == 0 || slices.Contains(o, "*") {
		return true
	}
	u, err := url.Parse(values[0])
	if len(values) > 1 || err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) ||
		slices.ContainsFunc(o, func(s string) bool { return strings.EqualFold(s, u.Scheme+"://"+u.Host) })
}
