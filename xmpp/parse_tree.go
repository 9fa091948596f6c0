package xmpp

import "strings"

// treeParser builds a tree from one element's bytes. Its strings are pieces of one copy of them.
type treeParser struct {
	rest    string
	binds   []binding // innermost last
	scratch [8]binding
}

type binding struct{ prefix, space string }

// declared tells whether an attribute's qualified name declares a namespace, and which prefix it binds.
func declared(qname string) (prefix string, ok bool) {
	if qname == "xmlns" {
		return "", true
	}
	return strings.CutPrefix(qname, "xmlns:")
}

func (p *treeParser) document() (*Element, error) {
	e, err := p.element(0)
	if err == nil && p.rest != "" {
		err = errMalformed
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// element reads one element, whose tag rest begins with.
func (p *treeParser) element(depth int) (*Element, error) {
	if depth >= MaxDepth {
		return nil, errDepth
	}
	if !p.take("<") {
		return nil, errMalformed
	}
	scope := len(p.binds)
	qname := p.name()
	if strings.HasPrefix(qname, "!") || strings.HasPrefix(qname, "?") {
		return nil, errMalformed // RFC 6120 § 11.1 allows neither
	}
	attrs, empty, err := p.attributes()
	if err != nil {
		return nil, err
	}
	e := &Element{Attrs: attrs}
	if e.Space, e.Local, err = p.resolve(qname); err != nil {
		return nil, err
	}
	for i := range attrs {
		// An attribute without prefix is in no namespace (Namespaces in XML 1.0 § 6.2).
		if a := &attrs[i]; strings.Contains(a.Local, ":") {
			if a.Space, a.Local, err = p.resolve(a.Local); err != nil {
				return nil, err
			}
		}
	}
	if !empty {
		if err := p.content(e, qname, depth); err != nil {
			return nil, err
		}
	}
	p.binds = p.binds[:scope]
	return e, nil
}

// content reads what stands between the tags of e, and its end tag.
func (p *treeParser) content(e *Element, qname string, depth int) error {
	for {
		text, err := p.text()
		if err != nil {
			return err
		}
		e.AddText(text)
		if p.take("</") {
			if p.name() != qname {
				return errMalformed
			}
			p.space()
			if !p.take(">") {
				return errMalformed
			}
			return nil
		}
		child, err := p.element(depth + 1)
		if err != nil {
			return err
		}
		e.Add(child)
	}
}

// text reads text and CDATA sections as far as the next tag.
func (p *treeParser) text() (string, error) {
	var parts []string
	for {
		i := strings.IndexByte(p.rest, '<')
		if i < 0 {
			return "", errMalformed
		}
		if i > 0 {
			parts = append(parts, unescape(p.rest[:i], false))
			p.rest = p.rest[i:]
		}
		if !p.take("<![CDATA[") {
			return strings.Join(parts, ""), nil
		}
		data, rest, ok := strings.Cut(p.rest, "]]>")
		if !ok {
			return "", errMalformed
		}
		data = strings.ReplaceAll(data, "\r\n", "\n") // XML 1.0 § 2.11
		parts = append(parts, strings.ReplaceAll(data, "\r", "\n"))
		p.rest = rest
	}
}

// attributes reads the rest of a start tag. Names are still as written; declarations go to binds.
func (p *treeParser) attributes() (attrs []Attr, empty bool, err error) {
	for {
		p.space()
		switch {
		case p.take(">"):
			return attrs, false, nil
		case p.take("/>"):
			return attrs, true, nil
		}
		name := p.name()
		p.space()
		ok := p.take("=")
		p.space()
		if name == "" || !ok || p.rest == "" || p.rest[0] != '"' && p.rest[0] != '\'' {
			return nil, false, errMalformed
		}
		value, rest, ok := strings.Cut(p.rest[1:], p.rest[:1])
		if !ok {
			return nil, false, errMalformed
		}
		p.rest = rest
		value = unescape(value, true)
		if prefix, ok := declared(name); ok {
			p.binds = append(p.binds, binding{prefix, value})
		} else {
			attrs = append(attrs, Attr{Local: name, Value: value})
		}
	}
}

// resolve splits a qualified name and finds its namespace.
func (p *treeParser) resolve(qname string) (space, local string, err error) {
	prefix, local, ok := strings.Cut(qname, ":")
	if !ok {
		prefix, local = "", qname
	}
	if local == "" || ok && prefix == "" || strings.Contains(local, ":") {
		return "", "", errMalformed
	}
	for i := len(p.binds) - 1; i >= 0; i-- {
		if p.binds[i].prefix == prefix {
			return p.binds[i].space, local, nil
		}
	}
	return "", "", errPrefix
}

// name takes a qualified name; what may be in one, only the scanner checks.
func (p *treeParser) name() string {
	i := strings.IndexAny(p.rest, " \t\r\n=/>\"'<&")
	if i < 0 {
		i = len(p.rest)
	}
	name := p.rest[:i]
	p.rest = p.rest[i:]
	return name
}

func (p *treeParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *treeParser) take(token string) bool {
	rest, ok := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return ok
}
