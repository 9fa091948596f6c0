package transport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// headerTime is how long a load balancer may take for its header, which it sends at once.
const headerTime = 5 * time.Second

// proxied reads the header of the PROXY protocol, version 1 or 2, with which a load balancer begins each connection, and
// makes the told address that of the peer. A connection of the balancer's own, such as a check of health, keeps the address
// that it has.
func (c *Conn) proxied() error {
	if err := c.sock.SetReadDeadline(time.Now().Add(headerTime)); err != nil {
		return fmt.Errorf("read PROXY header: %w", err)
	}
	from, rest, err := readProxyHeader(c.sock.Conn)
	if err != nil {
		return fmt.Errorf("read PROXY header: %w", err)
	}
	if from.IsValid() {
		c.remote = from
	}
	c.sock.put(rest)
	if err := c.sock.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("read PROXY header: %w", err)
	}
	if c.closed.Load() { // Close came in between and set a deadline that is gone now
		c.sock.Close()
	}
	return nil
}

// readProxyHeader reads a header, and returns what came behind it: at most a chunk. The address is zero where the header
// says that there is no client.
func readProxyHeader(r io.Reader) (from netip.Addr, rest []byte, err error) {
	b := bufio.NewReaderSize(r, chunk)
	h, err := proxyproto.Read(b)
	if err != nil {
		return netip.Addr{}, nil, err
	}
	if !h.Command.IsLocal() {
		a, ok := h.SourceAddr.(*net.TCPAddr)
		if !ok {
			return netip.Addr{}, nil, errors.New("the client has no address of TCP")
		}
		from = a.AddrPort().Addr().Unmap()
	}
	rest, err = b.Peek(b.Buffered())
	return from, rest, err
}
