package server

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"myna/config"
	"myna/web"
	"myna/xmpp/transport"
	"myna/xmpp/transport/bosh"
	"myna/xmpp/transport/websocket"
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

// listenHTTP opens the listeners for browsers; what became of each is told. Connections that carry streams count against per.
func (s *Server) listenHTTP(per *transport.PerAddress, tell func(key, address string, err error)) error {
	l := &s.cfg.Listen
	if len(l.HTTP)+len(l.HTTPS) == 0 {
		return nil
	}
	proxies, err := transport.ParseProxies(l.Proxies)
	if err != nil {
		return fmt.Errorf("listen.proxies: %w", err)
	}
	s.openStreams(proxies, per)
	site := &web.Site{
		Hosts: s.cfg.Hosts, Uploads: uploadOrigins(s.cfg), Embedders: l.Origins, Upload: s.parts.upload.Handler(), WebSocket: s.web.websocket, BOSH: s.web.bosh,
		Links: web.Links{PublicURL: l.PublicURL, HTTPSPort: port(l.HTTPS), Proxies: proxies},
	}
	s.http = web.NewServer(site.Handler(), s.log)
	s.http.Limit(transport.NewPerAddress(s.cfg.Limits.ConnectionsPerIP), proxies)
	for _, a := range l.HTTP {
		tell("http", a, s.listenWeb("http", a, nil))
	}
	for _, a := range l.HTTPS {
		tell("https", a, s.listenWeb("https", a, s.certs.GetCertificate))
	}
	return nil
}

// listenWeb opens one listener for browsers.
func (s *Server) listenWeb(what, address string, certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) error {
	addr, err := s.http.Listen(address, certificate)
	if err == nil {
		s.opened = append(s.opened, opened{what, addr})
	}
	return err
}

// uploadOrigins are where the addresses of uploaded files point to.
func uploadOrigins(cfg *config.Config) []string {
	var origins []string
	for _, host := range cfg.Hosts {
		u, err := url.Parse(publicURL(cfg, host))
		if err != nil { // config has looked at it
			continue
		}
		if o := u.Scheme + "://" + u.Host; !slices.Contains(origins, o) {
			origins = append(origins, o)
		}
	}
	return origins
}

// openStreams makes the doors for client streams.
func (s *Server) openStreams(proxies transport.Proxies, per *transport.PerAddress) {
	l := &s.cfg.Listen
	origins := transport.Origins(l.Origins)
	if l.PublicURL != "" { // a proxy may show us another host name
		origins = append(origins[:len(origins):len(origins)], strings.TrimSuffix(l.PublicURL, "/"))
	}
	limit := s.parts.streams.Config.Limits.StanzaBytes
	serve := func(c webTransport) { s.parts.streams.ServeFrames(&webConn{webTransport: c}) }
	s.web = &webStreams{
		websocket: websocket.NewHandler(websocket.Options{
			Proxies: proxies, Origins: origins, PerAddress: per, MessageBytes: limit, Logger: s.log,
		}, func(c *websocket.Conn) { serve(c) }),
		bosh: bosh.NewHandler(bosh.Options{
			Proxies: proxies, Origins: origins, PerAddress: per, Limits: s.parts.streams.Config.Limits, Logger: s.log,
		}, func(c *bosh.Conn) { serve(c) }),
	}
}

// port is the port of the first address, "" without any.
func port(addresses []string) string {
	if len(addresses) == 0 {
		return ""
	}
	_, port, _ := net.SplitHostPort(addresses[0])
	return port
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
