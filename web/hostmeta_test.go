package web

import (
	"crypto/tls"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"testing"

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
