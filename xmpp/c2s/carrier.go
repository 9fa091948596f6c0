package c2s

import (
	"net/netip"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/wire"
)

// Conn is what is known of a client's connection, however it carries the stream.
type Conn interface {
	// Secure tells whether nobody on the way can read along.
	Secure() bool
	// Describe says how the client is connected, for people.
	Describe() string
	Remote() netip.Addr
	// Close ends the connection; what was written still arrives.
	Close() error
}

// StreamConn is a socket that carries a stream of bytes.
type StreamConn interface {
	Conn
	// Read reads what is there. It is transport.ErrAgain when nothing is: then Wait tells when to ask again.
	Read(b []byte) (int, error)
	// Wait returns when there is something to read, holding no buffer meanwhile.
	Wait() error
	// Write writes all of b, or fails within its own time limit.
	Write(b []byte) (int, error)
	// StartTLS does the handshake; bytes that came before it are dropped.
	StartTLS() error
}

// FrameConn is a connection that carries one element at a time: a WebSocket (RFC 7395), or a session of BOSH.
type FrameConn interface {
	Conn
	// ReadFrame waits for an element. Its bytes are valid until the next call.
	ReadFrame() ([]byte, error)
	// WriteFrames writes elements that stand in b one behind the other and end at ends, or fails within its own time
	// limit. It keeps nothing of b.
	WriteFrames(b []byte, ends []int) error
	// Pace hands over what is called with how many bytes have come from the client, whatever they were, before more is read. It is called by
	// ReadFrame, and may wait; its error ends reading.
	Pace(spend func(n int) error)
	// Bound sets how long an element may be, from the next one on; 0: as long as any.
	Bound(bytes int)
	// Abort ends the connection at once.
	Abort()
}

// carrier brings the elements of a stream to and from a connection. Reading belongs to the stream's goroutine; one at a
// time writes.
type carrier interface {
	// header reads the client's stream header.
	header() (*wire.Header, error)
	// next reads an element; it is valid until the next call. While nothing arrives no buffer is held.
	next() (*xmpp.Stanza, error)
	// restart makes the carrier expect a new header.
	restart()
	// bound sets how long an element may be, and how many may be in it, from the next one on.
	bound(bytes, elements int)
	// release gives memory back, and drops what has come and was not handled.
	release()
	write(*out) error
	framing() wire.Framing
	// interrupt ends a stream that has no session, from another goroutine: the client is told why where that is possible.
	interrupt(stream.Error)
	// abort closes a connection that is probably dead.
	abort()
}
