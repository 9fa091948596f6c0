package c2s

import (
	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// framed carries each element by itself, as RFC 7395 § 3.3.3 has it.
type framed struct {
	*clientStream
	frames FrameConn
	scan   *wire.Scanner
}

func newFramed(st *clientStream, c FrameConn) *framed {
	f := &framed{clientStream: st, frames: c, scan: wire.NewScanner(st.bounds.Wire, ns.Client)}
	f.bound(st.stanzaBytes(), st.stanzaElements())
	c.Pace(st.arrived) // which notes that the client is there before it has to wait
	return f
}

func (st *framed) bound(bytes, elements int) {
	st.scan.Bound(bytes, elements)
	st.frames.Bound(bytes)
}

func (st *framed) framing() wire.Framing { return wire.Framed }

func (st *framed) next() (*xmpp.Stanza, error) {
	b, err := st.frames.ReadFrame()
	if err != nil {
		return nil, err
	}
	st.heard()
	el, err := st.scan.Frame(b)
	if err == nil && wire.IsClose(el) { // RFC 7395 § 3.6
		return nil, wire.ErrClosed
	}
	return el, err
}

// header reads <open/> (RFC 7395 § 3.4).
func (st *framed) header() (*wire.Header, error) {
	el, err := st.next()
	if err != nil {
		return nil, err
	}
	h, ok := wire.OpenOf(el)
	if !ok {
		return nil, stream.InvalidNamespace
	}
	return h, nil
}

func (st *framed) restart() { st.scan.Reset() }

func (st *framed) release() { st.scan.Reset() }

func (st *framed) write(o *out) error { return st.frames.WriteFrames(o.b, o.ends) }

// interrupt tells the client itself: frames are whole whoever writes them.
func (st *framed) interrupt(reason stream.Error) {
	st.reason.CompareAndSwap(nil, &reason)
	st.hurry()
	st.fail(reason)
	st.frames.Close()
}

func (st *framed) abort() {
	st.hurry()
	st.frames.Abort()
}
