package c2s

import (
	"errors"
	"sync"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// out is what waits to be written to a client: elements, one behind the other.
type out struct {
	framing wire.Framing
	b       []byte
	ends    []int // of the elements in b, where they are framed
}

// outs are those of sessions. They begin small, for a broadcast to thousands takes one of each, and stay as large as they
// have become, up to a chunk.
var outs = sync.Pool{New: func() any { return &out{b: make([]byte, 0, 1<<10)} }}

// recycle gives o back to the pool.
func (o *out) recycle() {
	if cap(o.b) <= chunk {
		o.b, o.ends = o.b[:0], o.ends[:0]
		outs.Put(o)
	}
}

// mark ends an element.
func (o *out) mark() {
	if o.framing == wire.Framed {
		o.ends = append(o.ends, len(o.b))
	}
}

// stanza appends a frame; one that stands alone declares its namespace (RFC 7395 § 3.3.3).
func (o *out) stanza(f *xmpp.Frame) {
	space := ""
	if o.framing == wire.Framed {
		space = ns.Client
	}
	o.b = f.Append(o.b, space)
	o.mark()
}

// element appends an element.
func (o *out) element(e *xmpp.Element) {
	around := ns.Client
	if o.framing == wire.Framed {
		around = ""
	}
	o.b = e.Append(o.b, around)
	o.mark()
}

// raw appends the text of an element that declares its namespace.
func (o *out) raw(text []byte) {
	o.b = append(o.b, text...)
	o.mark()
}

// header appends a stream header (RFC 6120 § 4.7, RFC 7395 § 3.4).
func (o *out) header(h *wire.Header) {
	if o.framing == wire.Framed {
		o.b = h.AppendOpen(o.b)
	} else {
		o.b = h.Append(o.b)
	}
	o.mark()
}

// features appends the features of a stream.
func (o *out) features(list []*xmpp.Element) {
	o.b = wire.AppendFeatures(o.b, list, o.framing)
	o.mark()
}

// last appends the end of the stream, behind the error that it ends with if the client may see that (RFC 6120 § 4.9.1.1,
// RFC 7395 § 3.5). ok is false for an error of the connection, over which nothing goes any more.
func (o *out) last(err error) (ok bool) {
	if e, ok := streamError(err); ok {
		o.b = wire.AppendStreamError(o.b, e, condition(err), o.framing)
		o.mark()
	} else if !errors.Is(err, wire.ErrClosed) {
		return false
	}
	if o.framing == wire.Framed {
		o.b = wire.AppendClose(o.b) // RFC 7395 § 3.6
	} else {
		o.b = append(o.b, wire.End...) // RFC 6120 § 4.4
	}
	o.mark()
	return true
}
