package wire

import (
	"bytes"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Header is the start of a stream (RFC 6120 § 4.7).
type Header struct {
	To, From, ID, Version, Lang string
	Content                     string   // the default namespace; the stream's own in prefix-free streams
	Prefixes                    []Prefix // the declared prefixes, without the default namespace
}

// maxDeclaration is how long an XML declaration may be.
const maxDeclaration = 256

// Open returns the header of the stream, and how many bytes the caller drops, like Next. It is called in place of Next
// until it has returned a header, on a new Scanner and after Reset.
func (s *Scanner) Open(buf []byte) (*Header, int, error) {
	skip := 0
	for {
		if s.err != nil {
			return nil, skip, s.err
		}
		for skip < len(buf) && isSpace(buf[skip]) {
			skip++
		}
		b := buf[skip:]
		if len(b) > 0 && b[0] != '<' {
			return nil, skip, s.outside(b)
		}
		if len(b) < 2 {
			return nil, skip, ErrShort
		}
		if b[1] != '?' {
			h, n, err := s.header(b)
			return h, skip + n, err
		}
		n, err := s.declaration(b)
		skip += n
		if err == ErrShort {
			return nil, skip, err
		}
		s.err = err
	}
}

// declaration reads the XML declaration (RFC 6120 § 11.5, XML 1.0 § 2.8).
func (s *Scanner) declaration(b []byte) (int, error) {
	const start = "<?xml"
	n := min(len(b), len(start)+1)
	switch {
	case string(b[:min(n, len(start))]) != start[:min(n, len(start))], n > len(start) && !isSpace(b[n-1]), s.decl:
		return 0, restricted("processing instruction")
	}
	end := bytes.Index(b[:min(len(b), maxDeclaration)], []byte("?>"))
	switch {
	case end < 0 && len(b) >= maxDeclaration:
		return 0, policy("an xml declaration is too long")
	case end < 0:
		return 0, ErrShort
	}
	if err := checkDeclared(b[len(start):end]); err != nil {
		return 0, err
	}
	s.decl = true
	return end + 2, nil
}

// checkDeclared checks what an XML declaration says.
func checkDeclared(b []byte) error {
	// It is written like the attributes of a tag.
	text := append(append([]byte("<xml"), b...), '>')
	var t tag
	if n, err := t.read(text, 0, 3); err != nil || n != len(text) || t.empty {
		return malformed("a bad xml declaration")
	}
	order := 0
	for i := range t.attrs {
		a := &t.attrs[i]
		value := text[a.value.Start:a.value.End]
		switch name := string(a.bytes(text)); {
		case name == "version" && order == 0 && string(value) == "1.0": // RFC 6120 § 11.8: no other version of XML
			order = 1
		case name == "encoding" && order == 1:
			if !bytes.EqualFold(value, []byte("utf-8")) {
				return fail(stream.UnsupportedEncoding, "an encoding other than UTF-8") // RFC 6120 § 11.6
			}
			order = 2
		case name == "standalone" && order >= 1 && (string(value) == "yes" || string(value) == "no"):
			order = 3
		default:
			return malformed("a bad xml declaration")
		}
	}
	if order == 0 {
		return malformed("a bad xml declaration")
	}
	return nil
}

// header reads the start tag of the stream.
func (s *Scanner) header(b []byte) (*Header, int, error) {
	if s.element == nil {
		s.element = elements.Get().(*element)
	}
	e := s.element
	limits := s.limits
	limits.Prefixes = min(limits.Prefixes, 64) // what element.inherits has room for
	p := &place{limits: &limits, content: s.content}
	h, end, err := e.header(b[:min(len(b), limits.StanzaBytes)], p)
	switch {
	case err == ErrShort && len(b) < limits.StanzaBytes:
		return nil, 0, err
	case err == ErrShort:
		return nil, 0, s.stop(policy("a stream header is too long"))
	case err != nil:
		return nil, 0, s.stop(err)
	}
	s.space, s.binds, s.closed = h.Content, h.Prefixes, e.tag.empty
	s.end = "</" + string(b[e.tag.name.Start:e.tag.name.End])
	s.drop()
	return h, end, nil
}

func (e *element) header(b []byte, p *place) (*Header, int, error) {
	switch b[1] {
	case '!':
		return nil, 0, restricted("comment or document type declaration")
	case '/':
		return nil, 0, malformed("an end tag that matches no start tag")
	}
	end, err := e.readTag(b, p.limits.Attrs)
	if err != nil {
		return nil, 0, err
	}
	h := &Header{}
	if h.Content, err = e.declare(b, p, 0); err != nil {
		return nil, 0, err
	}
	space, err := e.resolveTag(b, p, h.Content)
	if err != nil {
		return nil, 0, err
	}
	local := b[e.tag.name.Start:e.tag.name.End]
	if e.tag.colon > 0 {
		local = b[e.tag.colon+1 : e.tag.name.End]
	}
	switch { // RFC 6120 § 4.8.1
	case space != ns.Stream:
		return nil, 0, fail(stream.InvalidNamespace, "not a stream of XMPP")
	case string(local) != "stream":
		return nil, 0, fail(stream.BadFormat, "not a stream header")
	}
	for i := range e.tag.attrs {
		a := &e.tag.attrs[i]
		h.set(string(a.bytes(b)), b[a.value.Start:a.value.End])
	}
	for i := range e.binds {
		name := b[e.binds[i].prefix.Start:e.binds[i].prefix.End]
		uri, err := e.resolve(b, p, name)
		if err != nil {
			return nil, 0, err
		}
		h.Prefixes = append(h.Prefixes, Prefix{string(name), uri})
	}
	return h, end, nil
}

func (h *Header) set(name string, value []byte) {
	switch name {
	case "to":
		h.To = xmpp.UnescapeAttr(value)
	case "from":
		h.From = xmpp.UnescapeAttr(value)
	case "id":
		h.ID = xmpp.UnescapeAttr(value)
	case "version":
		h.Version = xmpp.UnescapeAttr(value)
	case "xml:lang":
		h.Lang = xmpp.UnescapeAttr(value)
	}
}

// Append writes the header of a stream that the server opens or answers, with the XML declaration, behind dst. The
// prefix stream is declared besides those of h.
func (h *Header) Append(dst []byte) []byte {
	dst = append(dst, "<?xml version='1.0'?><stream:stream"...)
	dst = appendAttr(dst, "xmlns", h.Content)
	dst = appendAttr(dst, "xmlns:stream", ns.Stream)
	for i := range h.Prefixes {
		if p := &h.Prefixes[i]; p.Name != "stream" && p.Name != "xml" {
			dst = appendAttr(dst, "xmlns:"+p.Name, p.Space)
		}
	}
	return append(h.appendAttrs(dst), '>')
}

// appendAttrs writes the attributes that streams and framed streams have in common.
func (h *Header) appendAttrs(dst []byte) []byte {
	dst = appendAttr(dst, "from", h.From)
	dst = appendAttr(dst, "to", h.To)
	dst = appendAttr(dst, "id", h.ID)
	dst = appendAttr(dst, "version", h.Version)
	return appendAttr(dst, "xml:lang", h.Lang)
}

// appendAttr writes an attribute, unless its value is empty.
func appendAttr(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, '=', '"')
	dst = xmpp.AppendEscaped(dst, value)
	return append(dst, '"')
}
