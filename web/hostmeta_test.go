package web

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"myna/xmpp/transport"
)

// XEP-0156 § 2.2: links are to https, made of what the client asked for or of what the operator says, and never of a name
// that is not ours.
func TestLinks(t *testing.T) {
	proxies, err := transport.ParseProxies([]string{"127.0.0.1/32"})
	if err != nil {
		t.Fatal(err)
	}
	front := transport.NewLiveFront(transport.Front{Proxies: proxies})
	for _, c := range []struct {
		links Links
		host  string
		tls   bool
		proto string
		want  string // of BOSH
	}{
		{Links{Fixed: true}, "example.com", true, "", "https://upload.example.com:5443/http-bind"},
		{Links{Fixed: true}, "localhost:5280", false, "", "https://upload.example.com:5443/http-bind"},
		{Links{HTTPSPort: "5443"}, "example.com:5443", true, "", "https://example.com:5443/http-bind"},
		{Links{HTTPSPort: "443"}, "example.com", true, "", "https://example.com/http-bind"},
		{Links{HTTPSPort: "5443"}, "example.com", true, "", "https://example.com/http-bind"},                         // a port was forwarded
		{Links{HTTPSPort: "5443"}, "Upload.Example.com:5443", true, "", "https://Upload.Example.com:5443/http-bind"}, // after a redirect
		{Links{HTTPSPort: "5443"}, "evil.example", true, "", "https://upload.example.com:5443/http-bind"},
		{Links{HTTPSPort: "5443"}, "example.com:5280", false, "", "https://upload.example.com:5443/http-bind"},
		{Links{HTTPSPort: "5443"}, "example.com", false, "https", "https://upload.example.com:5443/http-bind"}, // of a web server that hands us only this
		{Links{HTTPSPort: "5443"}, "localhost:5280", false, "", "https://localhost:5443/http-bind"},
		{Links{}, "example.com", false, "https", "https://example.com/http-bind"},
		{Links{}, "example.com:5280", false, "", "https://upload.example.com:5443/http-bind"},
		{Links{}, "localhost:5280", false, "", "http://localhost:5280/http-bind"},
		{Links{HTTPSPort: "5443"}, "[::1]:5443", true, "", "https://[::1]:5443/http-bind"},
		{Links{HTTPSPort: "443"}, "[::1]", true, "", "https://[::1]/http-bind"},
		{Links{HTTPSPort: "5443"}, "a\"><b", true, "", "https://upload.example.com:5443/http-bind"},
	} {
		c.links.Names = map[string]string{"example.com": "example.com", "upload.example.com": "example.com"}
		c.links.Base = func(domain string) string { return "https://upload." + domain + ":5443" }
		h := (&Site{Hosts: []string{"example.com"}, Links: c.links, Front: front, WebSocket: http.NotFoundHandler(), BOSH: http.NotFoundHandler()}).Handler()
		ask := func(path string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr, r.Host = "127.0.0.1:1", c.host
			if c.tls {
				r.TLS = &tls.ConnectionState{}
			}
			if c.proto != "" {
				r.Header.Set("X-Forwarded-Proto", c.proto)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: %d, %v", path, w.Code, w.Header())
			}
			return w
		}
		var x struct {
			XMLName xml.Name `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
			Links   []link   `xml:"Link"`
		}
		if err := xml.Unmarshal(ask("/.well-known/host-meta").Body.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		var j struct{ Links []link }
		if err := json.Unmarshal(ask("/.well-known/host-meta.json").Body.Bytes(), &j); err != nil {
			t.Fatal(err)
		}
		websocket := "ws" + c.want[len("http"):len(c.want)-len(pathBOSH)] + pathWebSocket
		want := []link{{relBOSH, c.want}, {relWebSocket, websocket}}
		for _, got := range [][]link{x.Links, j.Links} {
			if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
				t.Errorf("%+v asked for at %s: got %v, want %v", c.links, c.host, got, want)
			}
		}
	}
}

// A site without streams has no links to them.
func TestNoLinks(t *testing.T) {
	w := httptest.NewRecorder()
	(&Site{Hosts: []string{"example.com"}}).Handler().ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/host-meta.json", nil))
	if got := w.Body.String(); got != "{\n  \"links\": []\n}\n" {
		t.Errorf("got %s", got)
	}
}

// XEP-0487 § 2.1: with all ways to us a document says for how long it holds, and of each way what is needed to go it. Who knows XEP-0156
// only reads the links of it as before.
func TestAlternatives(t *testing.T) {
	all := &Alternatives{TTL: time.Hour, IPs: []string{"192.0.2.1", "2001:db8::1"}, WebIPs: []string{"192.0.2.2"}, TLSPort: 443,
		TLS: Rank{10, 50}, WebSocket: Rank{20, 40}, BOSH: Rank{30, 0}}
	base := "https://chat.example.com"
	site := (&Site{Hosts: []string{"bücher.example"}, WebSocket: http.NotFoundHandler(), BOSH: http.NotFoundHandler(),
		Links: Links{Fixed: true, Base: func(string) string { return base }, Names: map[string]string{"bücher.example": "bücher.example"},
			Alternatives: func() *Alternatives { return all }}}).Handler()
	see := func(want string) {
		t.Helper()
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest("GET", "/.well-known/host-meta.json", nil))
		var b bytes.Buffer
		if err := json.Compact(&b, w.Body.Bytes()); err != nil || b.String() != want {
			t.Errorf("%v, got  %s\nwant %s", err, b.String(), want)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Error("pages of others may not look")
		}
	}
	web := `{"rel":"urn:xmpp:alt-connections:xbosh","href":"https://chat.example.com/http-bind","ips":["192.0.2.2"],"priority":30,"weight":0,"sni":"chat.example.com"},` +
		`{"rel":"urn:xmpp:alt-connections:websocket","href":"wss://chat.example.com/xmpp-websocket","ips":["192.0.2.2"],"priority":20,"weight":40,"sni":"chat.example.com"}]}`
	see(`{"xmpp":{"ttl":3600},"links":[{"rel":"urn:xmpp:alt-connections:tls","port":443,"ips":["192.0.2.1","2001:db8::1"],"priority":10,"weight":50,"sni":"xn--bcher-kva.example"},` + web)
	all.TLSPort, all.Pins = 0, []string{"A", "B"}
	see(`{"xmpp":{"ttl":3600,"public-key-pins-sha-256":["A","B"]},"links":[` + web)
	const plain = `{"links":[{"rel":"urn:xmpp:alt-connections:xbosh","href":"http://localhost/http-bind"},{"rel":"urn:xmpp:alt-connections:websocket","href":"ws://localhost/xmpp-websocket"}]}`
	base = "http://localhost" // § 2.2: nothing that is not encrypted
	see(plain)
	base, all = "https://chat.example.com", nil
	see(strings.ReplaceAll(strings.ReplaceAll(plain, "http://localhost", base), "ws://localhost", "wss://chat.example.com"))
}
