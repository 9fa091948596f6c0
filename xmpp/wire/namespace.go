package wire

import (
	"myna/xmpp"
	"myna/xmpp/ns"
)

// nsXMLNS is the namespace that the prefix xmlns is bound to (Namespaces in XML 1.0 § 3).
const nsXMLNS = "http://www.w3.org/2000/xmlns/"

// maxNamespace is how long a namespace may be: one declaration may serve any number of names, and whoever writes the
// names anew repeats it.
const maxNamespace = 256

// Prefix is a namespace declaration of a stream header.
type Prefix struct{ Name, Space string }

// bind is a prefix that an element declares. Its namespace is looked at only when a name needs it.
type bind struct {
	prefix xmpp.Span
	attr   attr
	space  string
	depth  int
}

// prefixed is an attribute in a namespace.
type prefixed struct {
	*attr
	space string
}

// declare enters the namespace declarations of the tag into the scope of the element at this depth, and returns the
// element's default namespace. Below the stanza's children only prefixes are kept.
func (e *element) declare(b []byte, p *place, depth int) (space string, err error) {
	switch depth {
	case 0:
		space = p.space
	case 1:
		space = e.space
	}
	if !e.tag.declares {
		return space, nil
	}
	for i := range e.tag.attrs {
		a := &e.tag.attrs[i]
		prefix, ok := declares(b, a)
		if !ok {
			continue
		}
		uri := b[a.value.Start:a.value.End]
		if len(uri) > maxNamespace {
			return "", policy("a namespace is too long")
		}
		if a.refs || a.blank {
			uri = []byte(xmpp.UnescapeAttr(uri))
		}
		if err := checkDeclaration(b[prefix.Start:prefix.End], uri); err != nil {
			return "", err
		}
		if p.content != ns.Client && string(uri) == p.content {
			e.rewrite = true
		}
		switch {
		case prefix.End > prefix.Start && len(e.binds) == p.limits.Prefixes:
			return "", policy("too many namespace prefixes")
		case prefix.End > prefix.Start:
			e.binds = append(e.binds, bind{prefix: prefix, attr: *a, depth: depth})
		case depth < 2:
			space = e.intern(uri)
		}
	}
	return space, nil
}

// declares tells whether an attribute declares a namespace, and for which prefix.
func declares(b []byte, a *attr) (prefix xmpp.Span, ok bool) {
	if a.usual > 0 || a.colon == 0 {
		return prefix, a.usual == attrXMLNS
	}
	return xmpp.Span{Start: a.colon + 1, End: a.name.End}, string(a.prefix(b)) == "xmlns"
}

// checkDeclaration keeps the rules for reserved names (Namespaces in XML 1.0 § 3) and against undeclaring a prefix
// (§ 5).
func checkDeclaration(prefix, uri []byte) error {
	switch {
	case string(prefix) == "xmlns", string(uri) == nsXMLNS, (string(prefix) == "xml") != (string(uri) == ns.XML):
		return malformed("a reserved namespace")
	case len(prefix) > 0 && len(uri) == 0:
		return malformed("a prefix without namespace")
	}
	return nil
}

func (e *element) undeclare(depth int) {
	n := len(e.binds)
	for n > 0 && e.binds[n-1].depth >= depth {
		n--
	}
	e.binds = e.binds[:n]
}

// resolve finds the namespace of a prefix.
func (e *element) resolve(b []byte, p *place, prefix []byte) (string, error) {
	for i := len(e.binds) - 1; i >= 0; i-- {
		d := &e.binds[i]
		if string(b[d.prefix.Start:d.prefix.End]) != string(prefix) {
			continue
		}
		if d.space == "" {
			uri := b[d.attr.value.Start:d.attr.value.End]
			if d.attr.refs || d.attr.blank {
				uri = []byte(xmpp.UnescapeAttr(uri))
			}
			d.space = e.intern(uri)
		}
		return d.space, nil
	}
	if string(prefix) == "xml" {
		return ns.XML, nil
	}
	for i := range p.binds {
		if p.binds[i].Name == string(prefix) {
			e.inherits |= 1 << i
			if p.binds[i].Space == p.content && p.content != ns.Client {
				e.rewrite = true
			}
			return p.binds[i].Space, nil
		}
	}
	return "", malformed("an undeclared namespace prefix") // Namespaces in XML 1.0 § 5
}

// resolveTag checks every prefix of the tag, and returns the element's namespace; space is its default namespace.
func (e *element) resolveTag(b []byte, p *place, space string) (string, error) {
	if c := e.tag.colon; c > 0 {
		prefix := b[e.tag.name.Start:c]
		if string(prefix) == "xmlns" {
			return "", malformed("a reserved namespace")
		}
		var err error
		if space, err = e.resolve(b, p, prefix); err != nil {
			return "", err
		}
	}
	attrs := e.tag.attrs
	e.prefixed = e.prefixed[:0]
	for i := range attrs {
		a := &attrs[i]
		if a.colon == 0 || a.usual == attrLang || string(a.prefix(b)) == "xmlns" {
			continue
		}
		uri, err := e.resolve(b, p, a.prefix(b))
		if err != nil {
			return "", err
		}
		for _, o := range e.prefixed { // Namespaces in XML 1.0 § 6.3
			if o.space == uri && string(o.local(b)) == string(a.local(b)) {
				return "", malformed("an attribute that appears twice")
			}
		}
		e.prefixed = append(e.prefixed, prefixed{a, uri})
	}
	return space, nil
}
