package web

import (
	"fmt"
	"html"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"myna/account/signup"
	"myna/xmpp/transport"
)

// Site is what browsers and programs find over HTTP.
type Site struct {
	Hosts     []string        // the mail domains served
	Uploads   []string        // origins of uploaded files, which the chat shows
	API       http.Handler    // for /api/; nil: there is none
	Metrics   http.Handler    // for /metrics; nil: there is none
	SignUp    *signup.Service // for /invite/ and /register; nil: there are no such pages
	Upload    http.Handler    // for /upload/; nil: there is none
	WebSocket http.Handler    // for /xmpp-websocket; nil: there is none
	BOSH      http.Handler    // for /http-bind; likewise
	Links     Links           // how clients find these
	Front     *transport.LiveFront
	Stays     Stays // for /chat-session; nil: no browser stays
	Log       *slog.Logger
	Ready     func() error // why the server is not ready, for /readyz; nil: it is
}

// Handler returns the site's paths.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	chat := s.chat()
	if chat != nil {
		chat.register(mux)
	} else {
		mux.HandleFunc("GET /{$}", s.root)
	}
	if chat == nil || chat.admin == nil {
		mux.HandleFunc("GET /admin/{$}", s.root)
	}
	mux.HandleFunc("GET /admin", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/admin/", http.StatusPermanentRedirect)
	})
	if s.API != nil {
		mux.Handle("/api/", s.API)
	}
	if s.SignUp != nil {
		if pages, err := newSignUp(s); err == nil { // what is embedded can be read
			pages.register(mux)
		}
	}
	if s.Stays != nil {
		mux.Handle(pathStay, &stay{stays: s.Stays, front: s.Front, log: s.Log})
	}
	if s.Metrics != nil {
		mux.Handle("/metrics", s.Metrics)
	}
	if s.Upload != nil {
		mux.Handle("/upload/", s.Upload)
	}
	links := hostMeta{Links: s.Links, front: s.Front, hosts: s.Hosts}
	if s.BOSH != nil {
		mux.Handle(pathBOSH, s.BOSH)
		links.bosh = pathBOSH
	}
	if s.WebSocket != nil {
		mux.Handle(pathWebSocket, s.WebSocket)
		links.websocket = pathWebSocket
	}
	mux.HandleFunc("GET /.well-known/host-meta", links.xrd)
	mux.HandleFunc("GET /.well-known/host-meta.json", links.jrd)
	return mux
}

func (s *Site) ready(w http.ResponseWriter, _ *http.Request) {
	if s.Ready != nil {
		if err := s.Ready(); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
	}
	fmt.Fprintln(w, "ok")
}

// chat is the web chat of this binary; nil: it was built without.
func (s *Site) chat() *panel {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		return nil
	}
	chat, err := openPanel(files, s)
	if err != nil { // what is embedded can be read
		return nil
	}
	return chat
}

// root says how to connect. The web chat is built from TypeScript sources in this folder; this binary was built without it.
func (s *Site) root(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set(placeholder, "yes")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	fmt.Fprintf(w, page, html.EscapeString(strings.Join(s.Hosts, ", ")), html.EscapeString(s.Hosts[0]))
}

// placeholder is the header of what stands where a page is not: it is not told to people as a page.
const placeholder = "Myna-Placeholder"

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Myna</title></head>
<body><h1>Myna</h1>
<p>A chat server for %s is running here. Sign in with any XMPP client, such as Gajim, Conversations or Dino,
with your mail address at %s and your password.</p>
<p>This binary was built without the web chat: <code>make web build</code> builds both, and needs Node.js 20.
Administrators use the command line: <code>myna --help</code>.</p>
</body></html>
`
