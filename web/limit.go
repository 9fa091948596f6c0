package web

import (
	"net"
	"net/netip"
	"sync"

	"myna/xmpp/transport"
)

// Limit bounds the connections of one address on the listeners that Listen opens from now on. Proxies have any number: they
// carry those of others, who are counted by the streams.
func (s *Server) Limit(per *transport.PerAddress, front *transport.LiveFront) {
	s.limit = func(l net.Listener) net.Listener { return &limited{l, per, front} }
}

// limited is a listener that closes what is too much.
type limited struct {
	net.Listener
	per   *transport.PerAddress
	front *transport.LiveFront
}

// Accept returns the next connection that may stay.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		ap, err := netip.ParseAddrPort(c.RemoteAddr().String())
		from := ap.Addr().Unmap()
		if err != nil || l.front.Load().Proxies.Trusted(from) {
			return c, nil
		}
		if !l.per.Enter(from) {
			c.Close()
			continue
		}
		return &counted{Conn: c, leave: sync.OnceFunc(func() { l.per.Leave(from) })}, nil
	}
}

// counted is a connection that counts until it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite ends what is sent, where the connection can do that: net/http lets its last words arrive so.
func (c *counted) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
