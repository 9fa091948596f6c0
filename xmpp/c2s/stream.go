package c2s

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/transport"
	"myna/xmpp/wire"
)

// clientStream is one connection: what was read and not handled, and who has signed in. It belongs to its goroutine; only
// session, lastRead, asked and done are looked at by others.
type clientStream struct {
	srv    *Server
	conn   Conn
	scan   *wire.Scanner
	buf    *[]byte // pooled; nil while nothing has arrived
	at     int     // handled bytes at the start of buf
	budget *rate.Limiter
	domain string
	lang   string
	user   xmpp.JID // who has signed in; bare
	done   chan struct{}

	number          uint64 // of the server's streams, for people
	attempts, again int    // to sign in that have failed; again are those that do not count

	session atomic.Pointer[Session]

	lastRead atomic.Int64                 // Unix nanoseconds
	asked    atomic.Bool                  // a question whether the client is there is out
	reason   atomic.Pointer[stream.Error] // why the stream is to end before it has a session
}

// chunk is how many bytes are read at once, and the size of pooled buffers.
const chunk = 16 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, chunk); return &b }}

func newStream(s *Server, c Conn) *clientStream {
	st := &clientStream{srv: s, conn: c, done: make(chan struct{}), scan: wire.NewScanner(s.Config.Limits, ns.Client)}
	if n := s.Config.BytesPerSecond; n > 0 {
		st.budget = rate.NewLimiter(rate.Limit(n), max(s.Config.BurstBytes, chunk))
	}
	st.lastRead.Store(time.Now().UnixNano())
	return st
}

// next returns the next element of the stream. It is valid until the next call. While nothing arrives no buffer is
// held.
func (st *clientStream) next() (*xmpp.Stanza, error) {
	for {
		if st.buf != nil { // also when all of it is handled: the scanner then lets its memory go
			el, n, err := st.scan.Next((*st.buf)[st.at:])
			st.at += n
			if err == nil {
				st.received(el)
			}
			if !errors.Is(err, wire.ErrShort) {
				return el, err
			}
		}
		if err := st.fill(); err != nil {
			return nil, err
		}
	}
}

// fill reads once, at least one byte.
func (st *clientStream) fill() error {
	for {
		if e := st.reason.Load(); e != nil {
			return *e
		}
		st.compact()
		if st.buf == nil {
			if err := st.wait(); err != nil {
				return err
			}
			st.buf = buffers.Get().(*[]byte)
		}
		b := *st.buf
		n, err := st.conn.Read(b[len(b):cap(b)])
		*st.buf = b[:len(b)+n]
		if n > 0 {
			st.lastRead.Store(time.Now().UnixNano())
			st.asked.Store(false)
			return st.pay(n)
		}
		switch {
		case errors.Is(err, transport.ErrAgain):
			st.compact()
			if err := st.wait(); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			return io.ErrNoProgress
		}
	}
}

// wait waits for bytes, or for interrupt.
func (st *clientStream) wait() error {
	err := st.conn.Wait()
	if e := st.reason.Load(); e != nil && err != nil {
		return *e
	}
	return err
}

// interrupt ends a stream that has no session yet, by its own goroutine: the client is told why where that is possible.
func (st *clientStream) interrupt(reason stream.Error) {
	st.reason.CompareAndSwap(nil, &reason)
	if c, ok := st.conn.(interface{ SetReadDeadline(time.Time) error }); ok && c.SetReadDeadline(time.Now()) == nil {
		return
	}
	st.conn.Close()
}

// compact drops handled bytes, gives an empty buffer back and makes room in a full one.
func (st *clientStream) compact() {
	if st.buf == nil {
		return
	}
	b := *st.buf
	if st.at == len(b) {
		st.release()
		return
	}
	if st.at > 0 {
		b = b[:copy(b, b[st.at:])]
		st.at = 0
	}
	if cap(b)-len(b) < chunk/4 {
		b = append(make([]byte, 0, 2*cap(b)), b...) // bounded by the scanner's limit for a stanza
	}
	*st.buf = b
}

func (st *clientStream) release() {
	if st.buf == nil {
		return
	}
	if cap(*st.buf) == chunk {
		*st.buf = (*st.buf)[:0]
		buffers.Put(st.buf)
	}
	st.buf, st.at = nil, 0
}

// pay waits until the client may send on: whoever sends more than the limit is read more slowly.
func (st *clientStream) pay(n int) error {
	if st.budget == nil {
		return nil
	}
	r := st.budget.ReserveN(time.Now(), min(n, st.budget.Burst()))
	if d := r.Delay(); d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-st.srv.ctx.Done():
			return st.srv.ctx.Err()
		}
	}
	return nil
}

// fail ends a stream that has no session yet with an error (RFC 6120 § 4.9.1.1).
func (st *clientStream) fail(err error) {
	if e, ok := streamError(err); ok {
		st.send(append(wire.AppendStreamError(nil, e, condition(err), wire.Streamed), wire.End...))
	} else if errors.Is(err, wire.ErrClosed) {
		st.send([]byte(wire.End)) // RFC 6120 § 4.4
	}
}

// send writes to the client.
func (st *clientStream) send(b []byte) error {
	st.sent(b)
	_, err := st.conn.Write(b)
	return err
}

// check asks a silent client whether it is there, and closes the connection of one that did not answer.
func (st *clientStream) check(now time.Time) {
	session := st.session.Load()
	if session == nil {
		return
	}
	silent := now.Sub(time.Unix(0, st.lastRead.Load()))
	cfg := &st.srv.Config
	switch {
	case cfg.IdleTime <= 0:
	case silent > cfg.IdleTime+cfg.AnswerTime && st.asked.Load():
		st.srv.Logger.Info("client does not answer", "session", session.jid.String())
		st.conn.Close()
	case silent > cfg.IdleTime && !st.asked.Swap(true):
		session.poke()
	}
}
