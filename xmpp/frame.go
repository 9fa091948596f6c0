package xmpp

// Frame is a stanza (or another element) ready for the wire. Its bytes are immutable: any number of sessions, the
// archive and resumption queues share them. The address is kept apart so that a fan-out writes the rest only once.
type Frame struct {
	Kind Kind
	To   JID    // zero: no to attribute
	Tail []byte // a stanza from behind its to attribute: ` from="…" id="…">…</message>`; any other element whole

	// Archived is the id of the stanza's row in the archive of the account that receives it, 0 where it has none.
	// A session reports it when the client has confirmed the stanza (XEP-0198).
	Archived int64
	// Idle marks what may wait while the client is inactive (XEP-0352): presence, chat states.
	Idle bool
}

// Append writes the frame behind dst. xmlns is written as the stanza's default namespace unless it is empty: inside
// a stream the stream's header has declared it.
func (f *Frame) Append(dst []byte, xmlns string) []byte {
	if f.Kind == NoStanza {
		return append(dst, f.Tail...)
	}
	dst = append(dst, '<')
	dst = append(dst, f.Kind.String()...)
	if xmlns != "" {
		dst = append(dst, ` xmlns="`...)
		dst = append(dst, xmlns...)
		dst = append(dst, '"')
	}
	if !f.To.IsZero() {
		dst = append(dst, ` to="`...)
		dst = AppendEscaped(dst, f.To.full)
		dst = append(dst, '"')
	}
	return append(dst, f.Tail...)
}

// Len is about how many bytes the frame takes on the wire, for the bounds of queues.
func (f *Frame) Len() int { return len(f.Tail) + len(f.To.full) + 16 }

// WithTo returns the same frame for another recipient; the bytes are shared.
func (f Frame) WithTo(to JID) Frame {
	f.To = to
	return f
}

// FrameOf makes the frame of a stanza that a module built. e's namespace is ignored: it becomes the content namespace
// "jabber:client" of the stream. Its to attribute is taken out and becomes To; an address that cannot be parsed is
// left out.
func FrameOf(e *Element) Frame {
	f := Frame{Kind: kindOf(e.Local)}
	if f.Kind == NoStanza {
		f.Tail = e.Append(nil, "")
		return f
	}
	rest := Element{Name: e.Name, Nodes: e.Nodes}
	if rest.Space == nsXML { // it would be written with a prefix
		rest.Space = nsClient
	}
	for _, a := range e.Attrs {
		if a.Space == "" && a.Local == "to" {
			f.To, _ = ParseJID(a.Value)
			continue
		}
		rest.Attrs = append(rest.Attrs, a)
	}
	head := 1 + len(e.Local)
	f.Tail = rest.Append(make([]byte, 0, 256), rest.Space)[head:]
	return f
}

// TailGrow is the room that Stanza.Tail leaves behind its bytes, enough for one child that only the addressee's
// server may add, like a stanza-id (XEP-0359).
const TailGrow = 160

// Tail returns the bytes of the frame that forwards s: its start tag with from stamped and to left out, and its
// content without the children that drop names (nil keeps all). It is the one allocation of a forwarded stanza.
func (s *Stanza) Tail(drop func(*Child) bool) []byte {
	b := make([]byte, 0, len(s.Raw)+len(s.From.full)+len(s.StreamLang)+TailGrow)
	if !s.From.IsZero() {
		b = append(b, ` from="`...)
		b = AppendEscaped(b, s.From.full)
		b = append(b, '"')
	}
	for i := range s.Attrs {
		switch a := &s.Attrs[i]; a.Name {
		case "from", "to", "xmlns":
		default:
			b = append(b, ' ')
			b = append(b, s.Raw[a.Whole.Start:a.Whole.End]...)
		}
	}
	if s.StreamLang != "" && s.Attr("xml:lang") == nil {
		b = append(b, ` xml:lang="`...)
		b = append(b, s.StreamLang...)
		b = append(b, '"')
	}
	b = append(b, '>')
	at := s.Content.Start
	for i := range s.Children {
		c := &s.Children[i]
		if drop != nil && drop(c) {
			b = append(b, s.Raw[at:c.Start]...)
			at = c.End
		}
	}
	b = append(b, s.Raw[at:s.Content.End]...)
	b = append(b, '<', '/')
	b = append(b, s.Kind.String()...)
	return append(b, '>')
}

// AppendToTail returns tail with one more child at the end of the stanza. The child declares its own namespaces. It
// works in place where tail has room: the caller owns tail and nobody else holds it yet.
func AppendToTail(tail []byte, kind Kind, child []byte) []byte {
	end := len(kind.String()) + 3 // </message>
	if len(tail) >= 2 && tail[len(tail)-2] == '/' {
		tail = append(tail[:len(tail)-2], '>', '<', '/')
		tail = append(tail, kind.String()...)
		tail = append(tail, '>')
	}
	tail = append(tail[:len(tail)-end], child...)
	tail = append(tail, '<', '/')
	tail = append(tail, kind.String()...)
	return append(tail, '>')
}

func kindOf(local string) Kind {
	switch local {
	case "message":
		return Message
	case "presence":
		return Presence
	case "iq":
		return IQ
	}
	return NoStanza
}
