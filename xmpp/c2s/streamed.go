package c2s

import (
	"errors"
	"io"
	"sync"
	"time"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/transport"
	"myna/xmpp/wire"
)

// streamed carries elements as a stream of bytes, as RFC 6120 has it.
type streamed struct {
	*clientStream
	sock StreamConn
	scan *wire.Scanner
	buf  *[]byte // pooled; nil while nothing has arrived
	at   int     // handled bytes at the start of buf
}

// chunk is how many bytes are read at once, and the size of pooled buffers.
const chunk = 16 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, chunk); return &b }}

func (st *streamed) framing() wire.Framing { return wire.Streamed }

func (st *streamed) next() (*xmpp.Stanza, error) {
	for {
		if st.buf != nil { // also when all of it is handled: the scanner then lets its memory go
			el, n, err := st.scan.Next((*st.buf)[st.at:])
			st.at += n
			if !errors.Is(err, wire.ErrShort) {
				return el, err
			}
		}
		if err := st.fill(); err != nil {
			return nil, err
		}
	}
}

func (st *streamed) header() (*wire.Header, error) {
	for {
		if st.buf != nil {
			h, n, err := st.scan.Open((*st.buf)[st.at:])
			st.at += n
			if err != wire.ErrShort {
				return h, err
			}
		}
		if err := st.fill(); err != nil {
			return nil, err
		}
	}
}

func (st *streamed) restart() { st.scan.Reset() }

// fill reads once, at least one byte.
func (st *streamed) fill() error {
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
		n, err := st.sock.Read(b[len(b):cap(b)])
		*st.buf = b[:len(b)+n]
		if n > 0 {
			return st.arrived(n)
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
func (st *streamed) wait() error {
	err := st.sock.Wait()
	if e := st.reason.Load(); e != nil && err != nil {
		return *e
	}
	return err
}

// interrupt wakes the stream's goroutine, which tells the client.
func (st *streamed) interrupt(reason stream.Error) {
	st.reason.CompareAndSwap(nil, &reason)
	st.hurry()
	if c, ok := st.sock.(interface{ SetReadDeadline(time.Time) error }); ok && c.SetReadDeadline(time.Now()) == nil {
		return
	}
	st.sock.Close()
}

// compact drops handled bytes, gives an empty buffer back and makes room in a full one.
func (st *streamed) compact() {
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

func (st *streamed) release() {
	if st.buf == nil {
		return
	}
	if cap(*st.buf) == chunk {
		*st.buf = (*st.buf)[:0]
		buffers.Put(st.buf)
	}
	st.buf, st.at = nil, 0
}

func (st *streamed) write(o *out) error {
	_, err := st.sock.Write(o.b)
	return err
}

func (st *streamed) abort() {
	st.hurry()
	st.sock.Close()
}

func newStreamed(st *clientStream, c StreamConn) *streamed {
	s := &streamed{clientStream: st, sock: c, scan: wire.NewScanner(st.bounds.Wire, ns.Client)}
	s.bound(st.stanzaBytes(), st.stanzaElements())
	return s
}

func (st *streamed) bound(bytes, elements int) { st.scan.Bound(bytes, elements) }
