package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Who is behind a request, and whether anybody can read along.
func TestPeer(t *testing.T) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8", "2001:db8::/32"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, forwarded, proto string
		tls                    bool
		remote, how            string
	}{
		{"192.0.2.1:1", "", "", true, "192.0.2.1", "TLS 1.3"},
		{"192.0.2.1:1", "", "", false, "192.0.2.1", "HTTP"},
		{"192.0.2.1:1", "198.51.100.1", "https", false, "192.0.2.1", "HTTP"}, // no proxy of ours
		{"[::ffff:192.0.2.1]:1", "", "", false, "192.0.2.1", "HTTP"},
		{"127.0.0.1:1", "", "", false, "127.0.0.1", "HTTP"},
		{"127.0.0.1:1", "", "", true, "127.0.0.1", "TLS 1.3"},
		{"127.0.0.1:1", "198.51.100.1", "https", false, "127.0.0.1", "HTTP"}, // not listed
		{"10.1.2.3:1", "198.51.100.1", "http", false, "198.51.100.1", "HTTP"},
		{"10.1.2.3:1", "198.51.100.1", "https, http", false, "198.51.100.1", "HTTP"},
		{"10.1.2.3:1", "198.51.100.1", "", true, "198.51.100.1", "HTTP"}, // it does not say
		{"10.1.2.3:1", "", "", false, "10.1.2.3", "HTTP"},                // a proxy says what it got
		{"10.1.2.3:1", "198.51.100.1", "", false, "198.51.100.1", "HTTP"},
		{"10.1.2.3:1", "198.51.100.1", "https", false, "198.51.100.1", "TLS of a proxy"},
		{"10.1.2.3:1", "198.51.100.1", "https", true, "198.51.100.1", "TLS of a proxy"},
		{"10.1.2.3:1", "6.6.6.6, 198.51.100.1, 10.9.9.9", "https", false, "198.51.100.1", "TLS of a proxy"}, // the first is anybody's word
		{"10.1.2.3:1", "198.51.100.1, nonsense", "https", false, "10.1.2.3", "TLS of a proxy"},
		{"[2001:db8::1]:1", "[2001:dead::1]:99", "wss", false, "2001:dead::1", "TLS of a proxy"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.tls {
			r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13}
		}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		p := proxies.Peer(r)
		if p.Remote.String() != c.remote || p.Describe() != c.how || p.Encrypted != (c.how != "HTTP") {
			t.Errorf("%+v: got %s, %s, encrypted: %v", c, p.Remote, p.Describe(), p.Encrypted)
		}
	}
	if p, err := ParseProxies([]string{"10.0.0.1"}); err != nil || p[0].String() != "10.0.0.1/32" {
		t.Errorf("an address is %v, %v", p, err)
	}
	if _, err := ParseProxies([]string{"10.0.0"}); err == nil {
		t.Error("half an address is no network")
	}
}

// A client is on this machine when both ends are, nobody says that it stands between, and nothing looks as if somebody did.
func TestLocalPeer(t *testing.T) {
	for _, c := range []struct {
		from, to, header, host string
		old                    bool // HTTP/1.0
		want                   bool
	}{
		{"127.0.0.1:1", "127.0.0.1:5280", "", "localhost:5280", false, true},
		{"127.0.0.1:1", "127.0.0.1:5280", "", "127.0.0.1:5280", false, true},
		{"127.0.0.1:1", "127.0.0.1:5280", "", "chat.localhost", false, true},
		{"[::1]:1", "[::1]:5280", "", "[::1]:5280", false, true},
		{"[::1]:1", "[::1]:5280", "", "[::1]", false, true},
		{"127.0.0.1:1", "127.0.0.1:5280", "X-Forwarded-For", "localhost", false, false},
		{"127.0.0.1:1", "127.0.0.1:5280", "X-Forwarded-Proto", "localhost", false, false},
		{"127.0.0.1:1", "127.0.0.1:5280", "X-Forwarded-Host", "localhost", false, false},
		{"127.0.0.1:1", "127.0.0.1:5280", "X-Real-IP", "localhost", false, false},
		{"127.0.0.1:1", "127.0.0.1:5280", "Forwarded", "localhost", false, false},
		{"127.0.0.1:1", "127.0.0.1:5280", "Via", "localhost", false, false},
		{"127.0.0.1:1", "127.0.0.1:5280", "", "chat.example.com", false, false},      // a proxy that keeps the name, or a page that had it changed
		{"127.0.0.1:1", "127.0.0.1:5280", "", "localhost.example.com", false, false}, // likewise
		{"127.0.0.1:1", "127.0.0.1:5280", "", "", false, false},
		{"127.0.0.1:1", "127.0.0.1:5280", "", "127.0.0.1:5280", true, false}, // a proxy that says nothing
		{"127.0.0.1:1", "192.0.2.7:5280", "", "localhost", false, false},
		{"192.0.2.1:1", "127.0.0.1:5280", "", "localhost", false, false},
		{"127.0.0.1:1", "", "", "localhost", false, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Host = c.from, c.host
		if c.old {
			r.Proto, r.ProtoMinor = "HTTP/1.0", 0
		}
		if c.to != "" {
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.to))))
		}
		if c.header != "" {
			r.Header.Set(c.header, "https")
		}
		if got := (Proxies{}).Peer(r); got.Local != c.want || got.Encrypted {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

// RFC 6454 § 7, RFC 6455 § 10.2: pages of our own host may, and those that are named.
func TestOriginAllowed(t *testing.T) {
	some := Origins{"https://webmail.example.com", "http://localhost:8080"}
	for _, c := range []struct {
		origins Origins
		from    []string
		want    bool
	}{
		{some, nil, true},
		{some, []string{"https://webmail.example.com"}, true},
		{some, []string{"HTTPS://WebMail.example.com"}, true},
		{some, []string{"http://localhost:8080"}, true},
		{some, []string{"https://chat.example.com:5443"}, true}, // our own
		{some, []string{"https://chat.example.com"}, false},     // another port
		{some, []string{"http://webmail.example.com"}, false},
		{some, []string{"https://webmail.example.com.evil.example"}, false},
		{some, []string{"https://evil.example/https://webmail.example.com"}, false},
		{some, []string{"null"}, false},
		{some, []string{""}, false},
		{some, []string{"https://webmail.example.com", "https://evil.example"}, false},
		{Origins{"*"}, []string{"https://evil.example"}, true},
		{nil, []string{"https://evil.example"}, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = "chat.example.com:5443"
		if c.from != nil {
			r.Header["Origin"] = c.from
		}
		if got := c.origins.Allow(r); got != c.want {
			t.Errorf("%v from %q: %v", c.origins, c.from, got)
		}
	}
}
