package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/coder/websocket"
	"mellium.im/xmpp/stream"

	"myna/guard"
	"myna/xmpp/transport"
)

const (
	pingTime  = 10 * time.Second // for a ping and its answer
	closeTime = 5 * time.Second  // how long the peer has to answer the closing handshake (RFC 6455 § 7.1.1)

	closeBytes = 1 << 20 // what the peer may have sent before it knows that we close
)

// Conn is the connection of a client. One goroutine reads; all other methods may be called by any.
type Conn struct {
	ws    *websocket.Conn
	net   *gathering
	peer  transport.Peer
	log   *slog.Logger
	limit int     // bytes of a message now
	most  int     // of any
	buf   *[]byte // pooled; the message that was read

	writing sync.Mutex // one writes at a time

	mu     sync.Mutex
	ping   *time.Timer // guarded by mu
	closed bool        // guarded by mu
	gone   chan struct{}
}

func newConn(ws *websocket.Conn, nc *gathering, peer transport.Peer, o Options) *Conn {
	c := &Conn{ws: ws, net: nc, peer: peer, log: o.Logger, most: o.MessageBytes(), gone: make(chan struct{})}
	c.limit = c.most
	c.keepAlive(o.PingEvery)
	return c
}

// keepAlive pings the peer from time to time: RFC 7395 § 3.8 allows no white space for that. Whether the client is there is
// asked by the stream.
func (c *Conn) keepAlive(every time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.ping = time.AfterFunc(every+rand.N(every/4+1), func() { // not all at once
		if !guard.Call(c.log, "websocket ping", c.sendPing, "remote", c.peer.Remote) {
			c.Abort()
			return
		}
		c.keepAlive(every)
	})
}

func (c *Conn) sendPing() {
	ctx, cancel := context.WithTimeout(context.Background(), pingTime)
	defer cancel()
	c.ws.Ping(ctx) // without answer the peer may be slow
}

// Pace sets what is called with how many bytes have come from the socket: those of fragments and of control frames, too.
func (c *Conn) Pace(spend func(n int) error) { c.net.spend = spend }

// Bound sets how long a message may be, from the next one on; 0: as long as any.
func (c *Conn) Bound(bytes int) {
	if c.limit = c.most; bytes > 0 {
		c.limit = min(bytes, c.most)
	}
}

// ReadFrame waits for a message. Its bytes are valid until the next call; a message that is longer than the limit is cut
// behind it.
func (c *Conn) ReadFrame() ([]byte, error) {
	c.release()
	kind, r, err := c.ws.Reader(context.Background())
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	if kind != websocket.MessageText { // RFC 7395 § 3.2
		return nil, stream.BadFormat
	}
	c.buf = buffers.Get().(*[]byte)
	b := *c.buf
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):min(cap(b), c.limit+1)])
		b = b[:len(b)+n]
		*c.buf = b
		switch {
		case errors.Is(err, io.EOF), len(b) > c.limit:
			return b, nil
		case err != nil:
			return nil, fmt.Errorf("read message: %w", err)
		}
	}
}

func (c *Conn) release() {
	if c.buf != nil {
		recycle(c.buf)
		c.buf = nil
	}
}

// WriteFrames writes the elements of b, each as a message, all in one write to the socket.
func (c *Conn) WriteFrames(b []byte, ends []int) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.net.gather()
	from := 0
	var err error
	for _, end := range ends {
		if err = c.ws.Write(context.Background(), websocket.MessageText, b[from:end]); err != nil {
			break
		}
		from = end
	}
	if e := c.net.flush(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	return nil
}

// Peer returns who the client is.
func (c *Conn) Peer() transport.Peer { return c.peer }

// Secure tells whether the way to the client is encrypted.
func (c *Conn) Secure() bool { return c.peer.Encrypted }

// Remote returns the client's address.
func (c *Conn) Remote() netip.Addr { return c.peer.Remote }

// Describe says how the client is connected, for people.
func (c *Conn) Describe() string { return "WebSocket, " + c.peer.Describe() }

// Close begins the closing handshake (RFC 6455 § 7.1.2): what was written still arrives. It does not wait, and reads no more than
// closeBytes for the peer's answer.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	c.net.closing.Store(true)
	c.ping.Stop()
	go func() { // finish waits for it
		defer close(c.gone)
		if !guard.Call(c.log, "websocket close", func() {
			c.net.SetReadDeadline(time.Now().Add(closeTime))
			c.ws.Close(websocket.StatusNormalClosure, "") // fails when the peer is gone
		}, "remote", c.peer.Remote) {
			c.Abort()
		}
	}()
	return nil
}

// Abort closes the socket at once.
func (c *Conn) Abort() { c.net.Conn.Close() }

// finish closes for good, after nobody uses the connection any more.
func (c *Conn) finish() {
	c.Close()
	<-c.gone
	c.release()
}
