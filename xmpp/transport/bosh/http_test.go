package bosh

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"myna/xmpp/transport"
	"myna/xmpp/wire"
)

// XEP-0124 § 6, § 7.1: what is no body is refused, and begins no session.
func TestBadBodies(t *testing.T) {
	const bind = ` xmlns="http://jabber.org/protocol/httpbind"`
	for name, c := range map[string]struct{ body, condition string }{
		"nothing":       {"", "bad-request"},
		"no XML":        {"hello", "bad-request"},
		"two":           {`<body rid="1" to="a"` + bind + `/><body rid="2" to="a"` + bind + `/>`, "bad-request"},
		"no namespace":  {`<body rid="1" to="a"/>`, "bad-request"},
		"other element": {`<head rid="1" to="a"` + bind + `/>`, "bad-request"},
		"no rid":        {`<body to="a"` + bind + `/>`, "bad-request"},
		"rid of zero":   {`<body rid="0" to="a"` + bind + `/>`, "bad-request"},
		"rid too large": {`<body rid="9007199254740992" to="a"` + bind + `/>`, "bad-request"}, // § 14.1
		"negative wait": {`<body rid="1" to="a" wait="-1"` + bind + `/>`, "bad-request"},
		"text":          {`<body rid="1" to="a"` + bind + `>text</body>`, "bad-request"},
		"comment":       {`<body rid="1" to="a"` + bind + `><!-- --></body>`, "bad-request"},
		"entity":        {`<!DOCTYPE body [<!ENTITY a "b">]><body rid="1" to="a"` + bind + `/>`, "bad-request"},
		"part":          {`<body rid="1" to="a"` + bind + `><message></body>`, "bad-request"},
		"too long":      {`<body rid="1" to="a"` + bind + `>` + strings.Repeat(" ", 600<<10) + `</body>`, "policy-violation"},
		"namespaces": {`<body rid="1" to="a" xmlns:p="urn:` + strings.Repeat("x", 250) + `"` + bind + `>` +
			strings.Repeat(`<p:a/>`, 500) + `<message>` + strings.Repeat(`<p:a/>`, 8000) + `</message></body>`, "policy-violation"},
		"to nobody":      {`<body rid="1"` + bind + `/>`, "improper-addressing"},
		"a huge session": {`<body rid="1" sid="` + strings.Repeat("x", 1<<10) + `"` + bind + `/>`, "item-not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.post(c.body).want(`type="terminate" condition="` + c.condition + `"`)
				if w.session() != nil {
					t.Error("a session has begun")
				}
			})
		})
	}
}

// A declaration and white space around the body are harmless.
func TestDeclaration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.post("\n<?xml version='1.0'?>\n<body rid='1' to='a' xmlns='http://jabber.org/protocol/httpbind'/>\n").want(` sid="`)
	})
}

// XEP-0124 § 7.1: the client chooses the content type, but none that a browser runs.
func TestContentType(t *testing.T) {
	for wish, want := range map[string]string{
		"text/html":                   "text/xml; charset=utf-8",
		"image/svg+xml":               "text/xml; charset=utf-8",
		"text/plain; charset=utf-8":   "text/plain; charset=utf-8",
		"application/xml":             "application/xml; charset=utf-8",
		"text/xml\r\nSet-Cookie: a=b": "text/xml; charset=utf-8",
	} {
		if got := mediaType(wish); got != want {
			t.Errorf("%q: %q, want %q", wish, got, want)
		}
	}
}

// Pages of other hosts only where they are named.
func TestOrigins(t *testing.T) {
	h := NewHandler(Options{
		Front:  transport.NewLiveFront(transport.Front{Origins: transport.Origins{"https://webmail.example.com"}}),
		Limits: wire.DefaultLimits,
	}, func(*Conn) {})
	for _, c := range []struct {
		method, origin string
		status         int
		allowed        string
	}{
		{http.MethodOptions, "https://webmail.example.com", http.StatusNoContent, "https://webmail.example.com"},
		{http.MethodPost, "https://webmail.example.com", http.StatusOK, "https://webmail.example.com"},
		{http.MethodPost, "http://example.com", http.StatusOK, "http://example.com"}, // our own
		{http.MethodPost, "https://evil.example", http.StatusForbidden, ""},
		{http.MethodOptions, "https://evil.example", http.StatusForbidden, ""},
		{http.MethodPost, "", http.StatusOK, ""},
		{http.MethodGet, "", http.StatusMethodNotAllowed, ""},
	} {
		r := httptest.NewRequest(c.method, "/http-bind", strings.NewReader(""))
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Access-Control-Allow-Origin"); w.Code != c.status || got != c.allowed {
			t.Errorf("%s from %q: %d, allowed %q; want %d, %q", c.method, c.origin, w.Code, got, c.status, c.allowed)
		}
	}
}

// Bodies of strangers: what is accepted has elements that stand alone and limits that hold.
func FuzzBody(f *testing.F) {
	for _, s := range []string{
		`<body rid="1" sid="s" xmlns="http://jabber.org/protocol/httpbind"><message/><iq xmlns="jabber:client"/></body>`,
		`<?xml version="1.0"?><b:body rid="1" xmlns:b="http://jabber.org/protocol/httpbind" xmlns:x="urn:xmpp:xbosh" x:restart="1"><b:iq/></b:body>`,
		`<body rid="1" wait="99999999999999999999" xmlns="http://jabber.org/protocol/httpbind"/>`,
	} {
		f.Add([]byte(s))
	}
	limits := wire.DefaultLimits()
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parse(b, limits)
		if err != nil {
			return
		}
		if r.rid == 0 || r.rid > maxRID {
			t.Errorf("rid %d", r.rid)
		}
		for _, e := range r.elements {
			if _, err := wire.NewScanner(wire.Limits{StanzaBytes: len(e) + 1, Depth: 256, Attrs: 1 << 20, Children: 1 << 20}, "jabber:client").Frame(e); err != nil {
				t.Errorf("%v: %s of %s", err, e, b)
			}
		}
	})
}
