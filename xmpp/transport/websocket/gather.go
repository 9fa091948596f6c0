package websocket

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// hijacker hands the library a connection that gathers.
type hijacker struct {
	http.ResponseWriter
	timeout time.Duration
	conn    *gathering
}

// Hijack takes over the connection of the request.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = &gathering{Conn: nc, timeout: h.timeout}
	rw.Writer.Reset(h.conn)
	return h.conn, rw, nil
}

// gathering is a connection that can gather messages, so that all that is queued at a wake-up goes out in one write.
type gathering struct {
	net.Conn
	timeout time.Duration // of each write

	spend   func(n int) error // is told of bytes that were read, by who reads; nil: nobody is
	closing atomic.Bool       // what is read is thrown away, up to the peer's close frame
	thrown  atomic.Int64      // bytes of it

	mu   sync.Mutex
	held *[]byte // pooled; nil while writes pass. Guarded by mu
}

// chunk is the size of pooled buffers.
const chunk = 16 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func recycle(b *[]byte) {
	if cap(*b) <= chunk {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

var errTalking = errors.New("the peer goes on though we close")

// Read reads from the socket as fast as the client may send.
func (g *gathering) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	switch {
	case g.closing.Load():
		if g.thrown.Add(int64(n)) > closeBytes {
			return 0, errTalking
		}
	case n > 0 && g.spend != nil:
		if err := g.spend(n); err != nil {
			return 0, err
		}
	}
	return n, err
}

// gather keeps what is written until flush.
func (g *gathering) gather() {
	g.mu.Lock()
	g.held = buffers.Get().(*[]byte)
	g.mu.Unlock()
}

// flush writes what was kept.
func (g *gathering) flush() error {
	g.mu.Lock()
	b := g.held
	g.held = nil
	g.mu.Unlock()
	defer recycle(b)
	return g.pass(*b)
}

// Write writes b, or keeps it. What comes between gather and flush are whole messages.
func (g *gathering) Write(b []byte) (int, error) {
	g.mu.Lock()
	if g.held != nil {
		*g.held = append(*g.held, b...)
		g.mu.Unlock()
		return len(b), nil
	}
	g.mu.Unlock()
	return len(b), g.pass(b)
}

func (g *gathering) pass(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := g.Conn.SetWriteDeadline(time.Now().Add(g.timeout)); err != nil {
		return err
	}
	_, err := g.Conn.Write(b)
	return err
}
