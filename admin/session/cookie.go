package session

import (
	"net/http"
	"slices"
)

// The names of the cookie. Browsers take one with the prefix only from https, for this host alone and all of its paths
// (draft-ietf-httpbis-rfc6265bis § 4.1.3.2), so that no other host and nobody on the way can plant one.
const (
	secureName = "__Host-myna-admin"
	localName  = "myna-admin" // over plain HTTP on this machine
)

func nameOf(encrypted bool) string {
	if encrypted {
		return secureName
	}
	return localName
}

// Has tells whether a request brings a cookie of ours, be it valid or not.
func Has(req *http.Request, encrypted bool) bool {
	_, err := req.Cookie(nameOf(encrypted))
	return err == nil
}

// Set writes the cookie. It ends with the browser, if the session does not end before.
func Set(w http.ResponseWriter, secret string, encrypted bool) {
	http.SetCookie(w, cookie(secret, encrypted))
}

// Clear takes the cookie away.
func Clear(w http.ResponseWriter, encrypted bool) {
	c := cookie("", encrypted)
	c.MaxAge = -1
	http.SetCookie(w, c)
}

func cookie(secret string, encrypted bool) *http.Cookie {
	return &http.Cookie{Name: nameOf(encrypted), Value: secret, Path: "/", HttpOnly: true, Secure: encrypted, SameSite: http.SameSiteStrictMode}
}

// Find returns the session of a request's cookie. A request that a page of another origin has made is ErrForged, and so is one
// that may change something and does not bring the session's token.
func (s *Store) Find(req *http.Request, encrypted bool) (Session, error) {
	c, err := req.Cookie(nameOf(encrypted))
	if err != nil {
		return Session{}, ErrNone
	}
	if err := s.FromUs(req); err != nil {
		return Session{}, err
	}
	x, err := s.find(c.Value, req.Header.Get(BackgroundHeader) != "")
	if err != nil {
		return Session{}, err
	}
	if !safe(req.Method) && !same(req.Header.Get(TokenHeader), x.Token) {
		return Session{}, ErrForged
	}
	return x, nil
}

// safe are methods that change nothing (RFC 9110 § 9.2.1).
func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// FromUs is ErrForged for a request of a page of another origin. Browsers say where a request comes from by Sec-Fetch-Site
// (Fetch Metadata § 2.2), older ones by Origin.
func (s *Store) FromUs(req *http.Request) error {
	if site := req.Header.Get("Sec-Fetch-Site"); site != "" && !slices.Contains([]string{"same-origin", "none"}, site) {
		return ErrForged // those that change nothing, too
	}
	if s.origins.Check(req) != nil {
		return ErrForged
	}
	return nil
}

// Close ends the session of a request's cookie.
func (s *Store) Close(req *http.Request, encrypted bool) {
	if c, err := req.Cookie(nameOf(encrypted)); err == nil {
		s.close(c.Value)
	}
}
