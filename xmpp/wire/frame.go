package wire

import (
	"errors"
	"slices"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// nsFraming is the namespace of the elements that open and close a framed stream (RFC 7395 § 3.3).
const nsFraming = "urn:ietf:params:xml:ns:xmpp-framing"

// Parse indexes one stanza that stands in jabber:client and declares all its prefixes: a row of an archive, a frame
// of a queue. The stanza keeps b.
func Parse(b []byte) (*xmpp.Stanza, error) {
	limits := Limits{StanzaBytes: len(b), Depth: xmpp.MaxDepth, Attrs: len(b), Children: len(b), Elements: len(b), Prefixes: len(b)}
	s := Scanner{limits: limits, content: ns.Client}
	st, err := s.whole(b, ns.Client)
	if err != nil {
		return nil, err
	}
	kept := *st
	kept.Attrs = slices.Clone(st.Attrs)
	kept.Children = slices.Clone(st.Children)
	s.drop()
	return &kept, nil
}

// Frame returns the element that one message of a framed transport holds (RFC 7395 § 3.3.3). No header surrounds it,
// so a stanza declares its content namespace itself. It is valid until the next call; Next and Open are not used
// on such a scanner.
func (s *Scanner) Frame(b []byte) (*xmpp.Stanza, error) {
	if s.err != nil {
		return nil, s.err
	}
	return s.whole(b, "")
}

func (s *Scanner) whole(b []byte, space string) (*xmpp.Stanza, error) {
	if len(b) < 2 || b[0] != '<' || b[1] == '/' {
		return nil, s.stop(malformed("no element"))
	}
	st, n, err := s.one(b, &place{limits: &s.limits, content: s.content, space: space})
	switch {
	case err == ErrShort:
		return nil, s.stop(malformed("an element without end"))
	case err != nil:
		return nil, err
	case n < len(b):
		return nil, s.stop(malformed("more than one element"))
	}
	return st, nil
}

// OpenOf reads the header of a framed stream; it is false where st is no <open/> (RFC 7395 § 3.4).
func OpenOf(st *xmpp.Stanza) (*Header, bool) {
	if st.Name != (xmpp.Name{Space: nsFraming, Local: "open"}) {
		return nil, false
	}
	h := &Header{Content: ns.Client}
	for i := range st.Attrs {
		a := &st.Attrs[i]
		h.set(a.Name, st.Raw[a.Value.Start:a.Value.End])
	}
	return h, true
}

// IsClose tells whether st closes a framed stream (RFC 7395 § 3.6).
func IsClose(st *xmpp.Stanza) bool { return st.Name == xmpp.Name{Space: nsFraming, Local: "close"} }

// AppendOpen writes the header of a framed stream behind dst (RFC 7395 § 3.4).
func (h *Header) AppendOpen(dst []byte) []byte {
	dst = append(dst, `<open xmlns="`+nsFraming+`"`...)
	return append(h.appendAttrs(dst), '/', '>')
}

// AppendClose writes the end of a framed stream behind dst (RFC 7395 § 3.6).
func AppendClose(dst []byte) []byte { return append(dst, `<close xmlns="`+nsFraming+`"/>`...) }

// Condition returns the stream error that err is, or internal-server-error for one that peers must not see.
func Condition(err error) stream.Error {
	var condition stream.Error
	if !errors.As(err, &condition) {
		return stream.InternalServerError
	}
	return condition
}
