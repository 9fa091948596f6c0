package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// ErrAgain is what Read returns when there is nothing to read at the moment: Wait tells when to ask again.
var ErrAgain = errors.New("nothing to read at the moment")

// errWrongOrder is for calls that the stream layer should not have made.
var errWrongOrder = errors.New("start TLS: TLS is in place already, or there is none to start")

const (
	lingerTime  = time.Second // how long a closed connection still takes what its peer is sending
	lingerBytes = 1 << 20
)

// Conn is a connection of a client or server. One goroutine reads (Read, Wait, StartTLS), one at a time writes; Close
// may be called by any.
type Conn struct {
	sock    *socket
	tls     atomic.Pointer[tls.Conn] // nil before the handshake
	options *Options
	remote  netip.Addr
	drained bool // crypto/tls has nothing more: the last Read said ErrAgain or knew it would

	closing sync.Once
	closed  atomic.Bool
}

// NewConn makes a Conn of a network connection that was not accepted by a Listener. Of o it uses Config and the
// timeouts.
func NewConn(nc net.Conn, o Options) *Conn {
	o.complete()
	return newConn(nc, &o)
}

func newConn(nc net.Conn, o *Options) *Conn {
	c := &Conn{sock: newSocket(nc), options: o}
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		c.remote = a.AddrPort().Addr().Unmap()
	}
	return c
}

// Read reads what is there, without waiting. It is ErrAgain when nothing is, io.EOF when the peer has closed.
func (c *Conn) Read(b []byte) (int, error) {
	t := c.tls.Load()
	if t == nil {
		return c.sock.Read(b)
	}
	n := 0
	for n < len(b) { // each record is one read
		m, err := t.Read(b[n:])
		n += m
		if errors.Is(err, ErrAgain) {
			c.drained = true
			if n > 0 {
				return n, nil
			}
			return 0, ErrAgain
		}
		if err != nil {
			if n > 0 && m == 0 {
				return n, nil // the next call fails again
			}
			return n, err
		}
	}
	return n, nil
}

// Wait returns when there may be something to read; meanwhile no buffer is held. Its error is that of the connection:
// net.ErrClosed after Close, io.EOF when the peer has closed, os.ErrDeadlineExceeded.
func (c *Conn) Wait() error {
	if c.tls.Load() != nil && !c.drained {
		return nil
	}
	c.drained = false
	err := c.sock.wait()
	if err != nil && c.closed.Load() {
		return net.ErrClosed
	}
	if err == io.EOF && c.tls.Load() != nil {
		return io.ErrUnexpectedEOF // cut without close_notify (RFC 8446 § 6.1)
	}
	return err
}

// Write writes all of b. It fails with os.ErrDeadlineExceeded when the peer does not take it in the time of
// Options.WriteTimeout; then the connection is of no more use.
func (c *Conn) Write(b []byte) (int, error) {
	if c.closed.Load() {
		return 0, net.ErrClosed
	}
	if err := c.sock.SetWriteDeadline(time.Now().Add(c.options.WriteTimeout)); err != nil {
		return 0, err
	}
	if t := c.tls.Load(); t != nil {
		return t.Write(b)
	}
	return c.sock.Write(b)
}

// SetReadDeadline makes Wait fail with os.ErrDeadlineExceeded at a time; zero is never.
func (c *Conn) SetReadDeadline(at time.Time) error {
	err := c.sock.SetReadDeadline(at)
	if c.closed.Load() { // the deadline that Close set to wake us is gone
		c.sock.Close()
		return net.ErrClosed
	}
	return err
}

// Secure tells whether TLS is in place.
func (c *Conn) Secure() bool { return c.tls.Load() != nil }

// TLS returns what was agreed in the handshake; nil without TLS.
func (c *Conn) TLS() *tls.ConnectionState {
	t := c.tls.Load()
	if t == nil {
		return nil
	}
	state := t.ConnectionState()
	return &state
}

// Certificate returns the certificate that the server showed or, in a resumed session, would show; nil without TLS.
func (c *Conn) Certificate() *x509.Certificate {
	if c.tls.Load() == nil {
		return nil
	}
	return c.sock.leaf
}

// Remote returns the peer's address; it is the zero Addr where the peer has none, such as on a unix socket.
func (c *Conn) Remote() netip.Addr { return c.remote }

// Describe says how the peer is connected, for people: "TCP", "TLS 1.3".
func (c *Conn) Describe() string {
	if t := c.tls.Load(); t != nil {
		return tls.VersionName(t.ConnectionState().Version)
	}
	return "TCP"
}

// Close ends the connection: what was written still arrives, and Wait and Write of other goroutines fail. It takes
// seconds at most, when the peer does not read.
func (c *Conn) Close() error {
	var err error
	c.closing.Do(func() {
		c.closed.Store(true)
		if t := c.tls.Load(); t != nil {
			err = t.Close() // with close_notify, unless a writer is stuck
		} else {
			err = c.sock.Close()
		}
	})
	if err != nil {
		return fmt.Errorf("close connection: %w", err)
	}
	return nil
}

// Abort closes the socket at once.
func (c *Conn) Abort() {
	c.closed.Store(true)
	c.sock.Conn.Close()
}

// finish closes for good, after nobody uses the connection any more: it reads away what the peer still sends, for a
// moment, and closes the socket.
func (c *Conn) finish() {
	c.Close()
	if c.sock.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		io.CopyN(io.Discard, c.sock.Conn, lingerBytes)
	}
	c.sock.release()
	c.sock.Conn.Close()
}
