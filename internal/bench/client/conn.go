package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxBuffer bounds one stanza from the server.
const maxBuffer = 4 << 20

// Handler takes what a stream brings. All functions run on the goroutine of Run and may be nil.
type Handler struct {
	Stanza func(el []byte) // el is valid during the call only
	Ack    func(h uint32)  // the server's <a h=''/> (XEP-0198 § 4)
	Batch  func()          // after all stanzas of one read: the moment to queue what became due
}

// Conn is one signed-in client. Queue, Flush and Close may be called from any goroutine.
type Conn struct {
	JID  string // full, as bound
	nc   net.Conn
	scan Scanner
	buf  []byte
	used int    // bytes of buf before this were handed out
	in   uint32 // stanzas received since <enabled/>; owned by the reading goroutine

	refused string // the server's stream error; owned by the reading goroutine

	mu      sync.Mutex
	out     []byte // guarded by mu: queued, not being written
	spare   []byte // guarded by mu
	writing bool   // guarded by mu: somebody is in Write
	failed  error  // guarded by mu: first write error

	closed atomic.Bool
}

// Queue appends bytes to be written by the next Flush.
func (c *Conn) Queue(b []byte) {
	c.mu.Lock()
	c.out = append(c.out, b...)
	c.mu.Unlock()
}

// Flush writes what is queued. When another goroutine is writing already it takes these bytes along.
func (c *Conn) Flush() error {
	c.mu.Lock()
	for !c.writing && len(c.out) > 0 && c.failed == nil {
		b := c.out
		c.out, c.spare, c.writing = c.spare[:0], nil, true
		c.mu.Unlock()
		_, err := c.nc.Write(b)
		c.mu.Lock()
		c.writing, c.spare = false, b[:0]
		if err != nil {
			c.failed = fmt.Errorf("write stream: %w", err)
		}
	}
	err := c.failed
	c.mu.Unlock()
	return err
}

// Send queues and flushes.
func (c *Conn) Send(text string) error {
	c.Queue([]byte(text))
	return c.Flush()
}

// Run reads until the stream ends, answers XEP-0198 requests and hands the rest to h. It returns nil after Close
// and after a closing tag of the server.
func (c *Conn) Run(h Handler) error {
	for {
		if err := c.drain(h); err != nil {
			if errors.Is(err, io.EOF) && c.closed.Load() {
				return nil
			}
			return fmt.Errorf("read stream of %s: %w", c.JID, err)
		}
		if h.Batch != nil {
			h.Batch()
		}
		if err := c.Flush(); err != nil && !c.closed.Load() {
			return err
		}
		if err := c.fill(); err != nil {
			if c.closed.Load() {
				return nil
			}
			return fmt.Errorf("read stream of %s: %w", c.JID, err)
		}
	}
}

// drain handles every complete token in the buffer.
func (c *Conn) drain(h Handler) error {
	var answer bool
	for {
		kind, el, err := c.token()
		if err != nil {
			return err
		}
		switch kind {
		case More:
			if answer {
				b := strconv.AppendUint([]byte("<a xmlns='urn:xmpp:sm:3' h='"), uint64(c.in), 10)
				c.Queue(append(b, "'/>"...)) // at once: others queue, too
			}
			return nil
		case CloseEnd:
			if c.refused != "" {
				return fmt.Errorf("the server has closed it: %s", c.refused)
			}
			return io.EOF
		case Stanza:
			answer = c.dispatch(h, el) || answer
		}
	}
}

// dispatch counts and hands out one element; true means that an acknowledgement is asked for. One answer for
// several requests of one read is enough: h counts all of them.
func (c *Conn) dispatch(h Handler, el []byte) bool {
	switch string(Name(el)) {
	case "r":
		return true
	case "stream:error":
		c.refused = string(el)
	case "a":
		if n, ok := number(Attr(el, "h")); ok && h.Ack != nil {
			h.Ack(n)
		}
	case "message", "presence", "iq":
		c.in++
		if h.Stanza != nil {
			h.Stanza(el)
		}
	default:
		if h.Stanza != nil {
			h.Stanza(el)
		}
	}
	return false
}

func (c *Conn) token() (Kind, []byte, error) {
	kind, el, err := c.scan.Next(c.buf)
	if kind != More {
		c.used = c.scan.start
	}
	return kind, el, err
}

// fill reads once, after moving the unread rest to the front.
func (c *Conn) fill() error {
	if c.used > 0 {
		n := copy(c.buf, c.buf[c.used:])
		c.buf = c.buf[:n]
		c.scan.Shift(c.used)
		c.used = 0
	}
	if len(c.buf) == cap(c.buf) {
		if cap(c.buf) >= maxBuffer {
			return errors.New("stanza too large")
		}
		c.buf = append(make([]byte, 0, max(4096, 2*cap(c.buf))), c.buf...)
	}
	n, err := c.nc.Read(c.buf[len(c.buf):cap(c.buf)])
	c.buf = c.buf[:len(c.buf)+n]
	if n > 0 {
		return nil
	}
	return err
}

// Close ends the stream politely and closes the connection without waiting for the server's closing tag.
func (c *Conn) Close() error {
	c.closed.Store(true)
	_ = c.nc.SetWriteDeadline(time.Now().Add(time.Second))
	_ = c.Send("</stream:stream>")
	return c.nc.Close()
}

// Abort closes the connection without a word.
func (c *Conn) Abort() { c.closed.Store(true); _ = c.nc.Close() }
