package transport

import (
	"net/http"
	"net/url"
	"strings"
)

// The names of the cookie by which the chat page signs in. Browsers take one with the prefix only from https, for this host alone
// and all of its paths (draft-ietf-httpbis-rfc6265bis § 4.1.3.2), so that no other host and nobody on the way can plant one.
const (
	secureCookie = "__Host-myna-chat"
	localCookie  = "myna-chat" // over plain HTTP on this machine
)

// BrowserCookie is the cookie that has a browser keep a secret; "" takes it away. Scripts do not see it, and browsers send it along
// with what pages of our own site ask for, never with what others do.
func BrowserCookie(secret string, peer Peer) *http.Cookie {
	c := &http.Cookie{Name: cookieName(peer), Value: secret, Path: "/", HttpOnly: true, Secure: peer.Encrypted, SameSite: http.SameSiteStrictMode}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

func cookieName(p Peer) string {
	if p.Encrypted {
		return secureCookie
	}
	return localCookie
}

// Browser is the secret that a browser keeps, in a request that a page of ours has made; "" for none. Another page of our site, or of
// an origin that may open streams, has no use of the cookie: the browser has to say that the page is ours.
func Browser(r *http.Request, peer Peer) string {
	if !peer.Encrypted && !peer.Local || !OwnPage(r, peer) {
		return ""
	}
	c, err := r.Cookie(cookieName(peer))
	if err != nil {
		return ""
	}
	return c.Value
}

// OwnPage tells whether a browser says that a page of exactly our origin has made a request: by Origin (RFC 6454 § 7.3), which it
// sends with all that may change something and with WebSocket, and by Sec-Fetch-Site (Fetch Metadata § 2.2), which older ones do not
// know.
func OwnPage(r *http.Request, peer Peer) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	values := r.Header["Origin"]
	if len(values) == 0 { // of a GET, the browser's word counts
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "same-origin" && r.Header.Get("Upgrade") == ""
	}
	u, err := url.Parse(values[0])
	scheme := "http"
	if peer.Encrypted {
		scheme = "https"
	}
	return err == nil && len(values) == 1 && u.Scheme == scheme && strings.EqualFold(u.Host, r.Host)
}
