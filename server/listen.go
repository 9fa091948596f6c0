package server

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"myna/xmpp/transport"
)

// loopback tells whether only this machine reaches an address to listen on.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// listen opens the listeners. Either all are open, or none and the error names those that could not be, in one line.
func (s *Server) listen() error {
	front, err := frontOf(s.cfg)
	if err != nil {
		return err
	}
	n := s.cfg.Limits.ConnectionsPerIP
	s.live.streams, s.live.http, s.live.front = transport.NewPerAddress(n), transport.NewPerAddress(n), transport.NewLiveFront(front)
	s.live.loaded = s.cfg
	var closed []string
	try := func(key, address string, err error) {
		if err != nil {
			closed = append(closed, notListening(key, address, err))
		}
	}
	for _, a := range s.cfg.Listen.C2S {
		try("c2s", a, s.listenClients(a, transport.Clients))
	}
	for _, a := range s.cfg.Listen.C2STLS {
		try("c2s_tls", a, s.listenClients(a, transport.ClientsDirect))
	}
	s.listenHTTP(try)
	if len(closed) > 0 {
		file := s.cfg.File()
		if file == "" {
			file = "the configuration"
		}
		return fmt.Errorf("listen: %s; change that in %s", strings.Join(closed, "; "), file)
	}
	if err := s.listenAdmin(); err != nil {
		return err
	}
	for _, l := range s.opened {
		s.log.Info("listening", "what", l.what, "address", l.address.String())
	}
	s.warnOfUnserved()
	return nil
}

// opened is a listener, for the log.
type opened struct {
	what    string
	address net.Addr
}

// notListening says why an address could not be opened, and which key names it.
func notListening(key, address string, err error) string {
	cause := err.Error()
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		cause = "another program uses this address"
	case errors.Is(err, syscall.EACCES):
		cause = "this user may not listen on this port"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		cause = "this machine does not have this address"
	}
	return fmt.Sprintf("listen.%s = %q: %s", key, address, cause)
}

func (s *Server) listenClients(address string, role transport.Role) error {
	o := transport.Options{Direct: role == transport.ClientsDirect, PerAddress: s.live.streams, Balancers: func() transport.Proxies { return s.live.front.Load().Balancers }, Logger: s.log}
	if s.certs != nil {
		o.TLS = s.certs.ConfigFunc(role)
	}
	l, err := transport.Listen(address, o)
	if err != nil {
		return err
	}
	s.listeners = append(s.listeners, l)
	s.opened = append(s.opened, opened{roleName(role), l.Addr()})
	s.work.Go(func() {
		err := l.Serve(func(c *transport.Conn) {
			s.parts.streams.Serve(&clientConn{Conn: c, starts: o.TLS != nil, loopback: loopback(address)})
		})
		if err != nil {
			s.log.Error("listener ended", "address", address, "err", err)
		}
	})
	return nil
}

func roleName(r transport.Role) string {
	if r == transport.ClientsDirect {
		return "c2s_tls"
	}
	return "c2s"
}

// ClientAddr is the address of the first listener for clients, one with STARTTLS where there is one; nil when there is none.
func (s *Server) ClientAddr() net.Addr {
	if len(s.cfg.Listen.C2S)+len(s.cfg.Listen.C2STLS) == 0 || len(s.listeners) == 0 {
		return nil
	}
	return s.listeners[0].Addr()
}
