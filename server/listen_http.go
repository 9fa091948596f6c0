package server

import (
	"crypto/tls"
	"net"

	"myna/account"
	"myna/admin/api"
	"myna/admin/session"
	"myna/web"
	"myna/xmpp/c2s"
	"myna/xmpp/transport/bosh"
	"myna/xmpp/transport/websocket"
	"myna/xmpp/wire"
)

// webStreams are the doors for client streams over HTTP.
type webStreams struct {
	websocket *websocket.Handler
	bosh      *bosh.Handler
}

// stop closes the doors, and waits until all connections have ended.
func (w *webStreams) stop() {
	w.websocket.Stop()
	w.bosh.Stop()
}

// listenHTTP opens the listeners for browsers; what became of each is told.
func (s *Server) listenHTTP(tell func(key, address string, err error)) {
	l := &s.cfg.Listen
	if len(l.HTTP)+len(l.HTTPS) == 0 {
		return
	}
	s.openStreams()
	s.pageSessions = s.newSessions()
	o := api.Options{Admin: s.admin, Guard: s.parts.accounts.Guard, Front: s.live.front, Log: s.log, Sessions: s.pageSessions, Metrics: s.measure}
	site := &web.Site{
		API: api.New(o), Metrics: api.NewMetrics(o),
		Stays: s.parts.accounts, Log: s.log,
		SignUp: s.parts.signUp, Hosts: s.cfg.Hosts, Uploads: uploadOrigins(s.cfg), Front: s.live.front, Upload: s.parts.upload.Handler(), WebSocket: s.web.websocket, BOSH: s.web.bosh,
		Links: web.Links{
			Base:  func(domain string) string { return publicURL(s.cfg, domain) },
			Fixed: l.PublicURL != "", HTTPSPort: port(l.HTTPS), Names: webNames(s.cfg),
			Alternatives: func() *web.Alternatives { return alternatives(s.parts.running.Load()) },
		},
	}
	s.http = web.NewServer(site.Handler(), s.log)
	s.http.Limit(s.live.http, s.live.front)
	for _, a := range l.HTTP {
		tell("http", a, s.listenWeb("http", a, nil))
	}
	for _, a := range l.HTTPS {
		tell("https", a, s.listenWeb("https", a, s.certs.GetCertificate))
	}
}

// newSessions makes the sessions of the admin page, which end when an account changes.
func (s *Server) newSessions() *session.Store {
	sessions := session.NewStore(s.parts.accounts, nil)
	s.parts.accounts.OnChange(func(e account.Event) {
		switch e.Kind {
		case account.Disabled, account.Deleted, account.RoleChanged, account.PasswordChanged:
			sessions.End(e.Account.JID)
		}
	})
	return sessions
}

// listenWeb opens one listener for browsers.
func (s *Server) listenWeb(what, address string, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) error {
	addr, err := s.http.Listen(address, certificate)
	if err == nil {
		s.opened = append(s.opened, opened{what, addr})
	}
	return err
}

// openStreams makes the doors for client streams.
func (s *Server) openStreams() {
	streams, live := s.parts.streams, &s.live
	serve := func(c webTransport) { streams.ServeFrames(&webConn{webTransport: c}) }
	s.web = &webStreams{
		websocket: websocket.NewHandler(websocket.Options{
			Front: live.front, PerAddress: live.streams, Logger: s.log,
			MessageBytes: func() int { return streams.Limits().Wire.StanzaBytes },
		}, func(c *websocket.Conn) { serve(c) }),
		bosh: bosh.NewHandler(bosh.Options{
			Front: live.front, PerAddress: live.streams, Logger: s.log,
			Limits: func() wire.Limits { return streams.Limits().Wire }, Strangers: wire.Limits{StanzaBytes: c2s.StrangerBytes, Elements: c2s.StrangerElements},
		}, func(c *bosh.Conn) { serve(c) }),
	}
	s.parts.bosh.Store(s.web.bosh)
}

// Pages lists the pages for people that the server has in it, with their whole addresses; without a listener for HTTP
// there are none.
func (s *Server) Pages() []web.Page {
	var base string
	for _, l := range s.opened {
		if l.what == "http" || l.what == "https" {
			base = l.what + "://" + l.address.String()
			break
		}
	}
	if base == "" {
		return nil
	}
	pages := s.http.Pages()
	for i := range pages {
		pages[i].Address = base + pages[i].Address
	}
	return pages
}

// WebAddr is the address of the first listener for HTTP, one without TLS where there is one; nil when there is none.
func (s *Server) WebAddr() net.Addr {
	for _, l := range s.opened {
		if l.what == "http" || l.what == "https" {
			return l.address
		}
	}
	return nil
}
