package web

import (
	"io"
	"log/slog"
	"net"
	"testing"

	"myna/xmpp/transport"
)

// from is a connection from an address.
type from struct {
	net.Conn
	addr net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.addr }

// An address has so many connections and no more; a proxy carries those of others.
func TestConnectionsOfAnAddress(t *testing.T) {
	p := newPipes()
	s := NewServer(nil, slog.New(slog.DiscardHandler))
	proxies, err := transport.ParseProxies([]string{"10.0.0.0/8", "127.0.0.1/32"})
	if err != nil {
		t.Fatal(err)
	}
	s.Limit(transport.NewPerAddress(2), transport.NewLiveFront(transport.Front{Proxies: proxies}))
	l := s.limit(p)
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	dial := func(ip string) net.Conn {
		ours, theirs := net.Pipe()
		p.conns <- from{theirs, &net.TCPAddr{IP: net.ParseIP(ip), Port: 1}}
		return ours
	}
	refused := func(c net.Conn) bool {
		_, err := c.Read(make([]byte, 1)) // nobody ever writes
		return err == io.EOF
	}
	dial("192.0.2.1")
	first := <-accepted
	dial("192.0.2.1")
	<-accepted
	if !refused(dial("192.0.2.1")) {
		t.Error("a third connection of an address was accepted")
	}
	for range 3 {
		for _, other := range []string{"10.1.2.3", "127.0.0.1"} {
			dial(other)
			<-accepted
		}
	}
	dial("192.0.2.2")
	<-accepted
	first.Close()
	first.Close()
	dial("192.0.2.1")
	<-accepted
	if !refused(dial("192.0.2.1")) {
		t.Error("a connection that was closed twice counts twice")
	}
	l.Close()
	<-accepted
}
