package wire

import (
	"bytes"
	"math"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// finish returns the stanza of a complete element. What may not be passed on as it is, is written anew: prefixes of
// the stream header are declared in the stanza, and what else is unusual is made canonical.
func (e *element) finish(p *place) (*xmpp.Stanza, error) {
	if e.inherits == 0 && !e.rewrite {
		return &e.st, nil
	}
	raw := e.declareInherited(p)
	if e.rewrite {
		tree, err := xmpp.ParseElement(raw, p.space)
		if err != nil {
			return nil, malformed(err.Error())
		}
		if p.content != ns.Client {
			rename(tree, p.content)
		}
		raw = tree.Append(nil, ns.Client)
	}
	if len(raw) > 2*p.limits.StanzaBytes {
		return nil, tooLong(p.limits.StanzaBytes)
	}
	limits := *p.limits
	limits.Attrs, limits.Prefixes = math.MaxInt, math.MaxInt // the declarations that were added do not count
	e.reset()
	if _, err := e.scan(raw, &place{limits: &limits, content: ns.Client, space: ns.Client}); err != nil {
		return nil, err
	}
	return &e.st, nil
}

// declareInherited returns the element with the declarations of the stream header that it uses in its start tag.
func (e *element) declareInherited(p *place) []byte {
	raw := e.st.Raw
	head := bytes.IndexAny(raw, " \t\r\n/>")
	b := append(make([]byte, 0, len(raw)+256), raw[:head]...)
	for i := range p.binds {
		if e.inherits&(1<<i) != 0 {
			b = append(b, " xmlns:"...)
			b = append(b, p.binds[i].Name...)
			b = append(b, '=', '"')
			b = xmpp.AppendEscaped(b, p.binds[i].Space)
			b = append(b, '"')
		}
	}
	return append(b, raw[head:]...)
}

// rename puts what stands in a stream's content namespace into jabber:client.
func rename(e *xmpp.Element, content string) {
	if e.Space == content {
		e.Space = ns.Client
	}
	for i := range e.Attrs {
		if e.Attrs[i].Space == content {
			e.Attrs[i].Space = ns.Client
		}
	}
	for c := range e.Elements() {
		rename(c, content)
	}
}
