package transport

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The cookie counts only in what a page of our own origin asks for.
func TestBrowser(t *testing.T) {
	secure, local, open := Peer{Encrypted: true}, Peer{Local: true}, Peer{}
	for name, c := range map[string]struct {
		peer    Peer
		method  string
		headers []string
		want    bool
	}{
		"a page of ours":                {secure, "POST", []string{"Origin", "https://chat.example.com"}, true},
		"another case":                  {secure, "POST", []string{"Origin", "https://CHAT.example.com"}, true},
		"its websocket":                 {secure, "GET", []string{"Origin", "https://chat.example.com", "Upgrade", "websocket"}, true},
		"as the browser says":           {secure, "GET", []string{"Sec-Fetch-Site", "same-origin"}, true},
		"this machine":                  {local, "POST", []string{"Origin", "http://chat.example.com"}, true},
		"a webmail of the same site":    {secure, "POST", []string{"Origin", "https://mail.example.com", "Sec-Fetch-Site", "same-site"}, false},
		"the same host in plain text":   {secure, "POST", []string{"Origin", "http://chat.example.com"}, false},
		"another port":                  {secure, "POST", []string{"Origin", "https://chat.example.com:444"}, false},
		"another site":                  {secure, "GET", []string{"Origin", "https://evil.example", "Upgrade", "websocket"}, false},
		"no origin":                     {secure, "POST", nil, false},
		"no origin, websocket":          {secure, "GET", []string{"Sec-Fetch-Site", "same-origin", "Upgrade", "websocket"}, false},
		"a page without origin":         {secure, "POST", []string{"Origin", "null"}, false},
		"two":                           {secure, "POST", []string{"Origin", "https://chat.example.com", "Origin", "https://chat.example.com"}, false},
		"the browser says another site": {secure, "POST", []string{"Origin", "https://chat.example.com", "Sec-Fetch-Site", "cross-site"}, false},
		"readable on the way":           {open, "POST", []string{"Origin", "http://chat.example.com"}, false},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.Host = "chat.example.com"
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Add(c.headers[i], c.headers[i+1])
		}
		r.AddCookie(BrowserCookie("secret", c.peer))
		if got := Browser(r, c.peer); (got == "secret") != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What the browser is told about the cookie (RFC 6265 § 4.1).
func TestBrowserCookie(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{BrowserCookie("x", Peer{Encrypted: true}).String(), "__Host-myna-chat=x; Path=/; HttpOnly; Secure; SameSite=Strict"},
		{BrowserCookie("x", Peer{Local: true}).String(), "myna-chat=x; Path=/; HttpOnly; SameSite=Strict"},
		{BrowserCookie("", Peer{Encrypted: true}).String(), "__Host-myna-chat=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
	} {
		if c.got != c.want {
			t.Errorf("%s\nwant %s", c.got, c.want)
		}
	}
	plain := httptest.NewRequest(http.MethodPost, "/", nil) // one of plain HTTP does not count with TLS
	plain.Host = "chat.example.com"
	plain.Header.Set("Origin", "https://chat.example.com")
	plain.AddCookie(BrowserCookie("x", Peer{Local: true}))
	if got := Browser(plain, Peer{Encrypted: true}); got != "" {
		t.Error(got)
	}
}
