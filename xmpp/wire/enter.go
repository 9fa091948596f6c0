package wire

import (
	"myna/xmpp"
	"myna/xmpp/ns"
)

// enter reads a start tag.
func (e *element) enter(b []byte, p *place) error {
	end, err := e.readTag(b, p.limits.Attrs)
	if err != nil {
		return err
	}
	depth := len(e.open)
	if depth == p.limits.Depth {
		return policy("elements are nested too deep")
	}
	own, err := e.declare(b, p, depth)
	if err != nil {
		return err
	}
	space := own
	if e.tag.prefixed {
		if space, err = e.resolveTag(b, p, own); err != nil {
			return err
		}
		e.count += len(e.prefixed) // each is written with its namespace, like an element
	}
	if e.count++; e.count > p.limits.Elements {
		return tooMany(p.limits.Elements)
	}
	switch depth {
	case 0:
		e.space = own
		err = e.begin(b, p, space, end)
	case 1:
		err = e.child(b, p, space, end)
	}
	if err != nil {
		return err
	}
	if e.tag.empty {
		e.undeclare(depth)
	} else {
		e.open = append(e.open, e.tag.name)
	}
	e.at = end
	return nil
}

// readTag reads the start tag that begins at `at`. A tag that is not all there is looked through for its end before
// it is read again, so no byte is read more than three times.
func (e *element) readTag(b []byte, limit int) (int, error) {
	again := e.seek > 0
	if again && !e.complete(b) {
		return 0, ErrShort
	}
	end, err := e.tag.read(b, e.at, limit)
	if err == ErrShort {
		if again {
			return 0, malformed("a tag without end")
		}
		if e.complete(b) {
			return 0, malformed("a tag without end")
		}
		return 0, err
	}
	e.seek, e.quote = 0, 0
	return end, err
}

// begin takes down the stanza's own start tag.
func (e *element) begin(b []byte, p *place, space string, end int) error {
	t, st := &e.tag, &e.st
	local := b[t.name.Start:t.name.End]
	if t.colon > 0 {
		local = b[t.colon+1 : t.name.End]
		e.rewrite = true
	}
	st.Name = xmpp.Name{Space: e.inside(p, space), Local: e.intern(local)}
	if st.Name.Space == ns.Client {
		st.Kind = kindOf(st.Name.Local)
	}
	st.Content = xmpp.Span{Start: int32(end), End: int32(end)}
	named := false // the tag declares its default namespace
	for i := range t.attrs {
		a := &t.attrs[i]
		name := attrNames[a.usual]
		if name == "" {
			name = e.intern(a.bytes(b))
		}
		st.Attrs = append(st.Attrs, xmpp.AttrSpan{Name: name, Whole: a.whole(), Value: a.value})
		switch {
		case a.usual == attrXMLNS:
			named = true
		case a.usual == attrType && a.refs:
			st.Type = xmpp.UnescapeAttr(b[a.value.Start:a.value.End])
		case a.usual == attrType:
			st.Type = e.intern(b[a.value.Start:a.value.End])
		}
		if a.blank {
			e.rewrite = true
		}
	}
	if !named && p.space != p.content {
		e.rewrite = true
	}
	return nil
}

// child takes down a direct child of the stanza.
func (e *element) child(b []byte, p *place, space string, end int) error {
	if len(e.st.Children) == p.limits.Children {
		return policy("too many elements in a stanza")
	}
	local := b[e.tag.name.Start:e.tag.name.End]
	if e.tag.colon > 0 {
		local = b[e.tag.colon+1 : e.tag.name.End]
	}
	n := len(e.st.Children)
	if n == cap(e.st.Children) {
		e.st.Children = append(e.st.Children, xmpp.Child{})
	} else {
		e.st.Children = e.st.Children[:n+1]
	}
	c := &e.st.Children[n]
	c.Space, c.Local = e.inside(p, space), e.intern(local)
	c.Span = xmpp.Span{Start: int32(e.at), End: int32(end)}
	return nil
}

// inside is what a namespace of the stream is called inside the server, where every stanza stands in jabber:client.
func (e *element) inside(p *place, space string) string {
	if space == p.content {
		return ns.Client
	}
	return space
}

func kindOf(local string) xmpp.Kind {
	switch local {
	case "message":
		return xmpp.Message
	case "presence":
		return xmpp.Presence
	case "iq":
		return xmpp.IQ
	}
	return xmpp.NoStanza
}
