package transport

import (
	"crypto/tls"
	"net"
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
	Encrypted bool                 // by us, or by a proxy that says so
	Local     bool                 // the client is on this machine, and nothing says that it asks for somebody else

	// How the client may sign in without saying a password; "" for nothing.
	Browser string // what its browser keeps for a page of ours
	Pass    string // what a program has handed in for it
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

// Proxies are the networks of those whose X-Forwarded-For and X-Forwarded-Proto are believed.
type Proxies []netip.Prefix

// ParseProxies reads networks such as 10.0.0.0/8, and addresses.
func ParseProxies(networks []string) (Proxies, error) {
	var list Proxies
	for _, n := range networks {
		p, err := netip.ParsePrefix(n)
		if a, e := netip.ParseAddr(n); e == nil {
			p, err = netip.PrefixFrom(a.WithZone(""), a.BitLen()), nil
		}
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
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// Peer returns who has sent a request.
func (p Proxies) Peer(r *http.Request) Peer {
	peer := Peer{TLS: r.TLS, Encrypted: r.TLS != nil}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		peer.Remote = a.Addr().Unmap()
	}
	hops, protos := list(r.Header["X-Forwarded-For"]), list(r.Header["X-Forwarded-Proto"])
	peer.Local = peer.Remote.IsLoopback() && arrived(r).IsLoopback() && direct(r)
	if !p.Trusted(peer.Remote) {
		return peer
	}
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
	if len(hops)+len(protos) > 0 {
		peer.TLS = nil // it is the proxy's; how the client came only its word tells
		peer.Encrypted = len(protos) > 0 && !slices.ContainsFunc(protos, func(s string) bool { return s != "https" && s != "wss" })
	}
	return peer
}

// direct tells whether a request on this machine comes from who wants the answer. A proxy gives itself away by what it says of
// others, by the host name that was asked for, which is no name of this machine, or, where it says nothing at all, by HTTP/1.0,
// which proxies speak and clients do not. A page that had its host name point to this machine (DNS rebinding) is caught by the name.
func direct(r *http.Request) bool {
	for _, said := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Server", "X-Real-Ip"} {
		if len(r.Header[said]) > 0 {
			return false
		}
	}
	return r.ProtoAtLeast(1, 1) && ownName(r.Host)
}

// ownName tells whether a Host header names the machine itself (RFC 6761 § 6.3).
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// arrived is the address of ours that a request came to; it is no loopback address where that is not known.
func arrived(r *http.Request) netip.Addr {
	a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}
	}
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
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
