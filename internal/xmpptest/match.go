package xmpptest

import (
	"fmt"
	"slices"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// matcher compares what arrived with what is expected, and remembers the innermost difference.
type matcher struct {
	*bindings
	self   string // full address of the client that received it
	depth  int
	reason string
}

// matches tells whether e is what p expects; then it keeps the names that p binds. Otherwise it says why not.
func (p *pattern) matches(e *xmpp.Element, self string, known map[string]string) (bool, string) {
	m := &matcher{bindings: &bindings{known: known}, self: self, depth: -1}
	if !m.element(p, e, 0) {
		return false, m.reason
	}
	m.keep()
	return true, ""
}

// differ notes a difference unless a deeper one is known already; it returns false.
func (m *matcher) differ(depth int, format string, args ...any) bool {
	if depth >= m.depth {
		m.depth, m.reason = depth, fmt.Sprintf(format, args...)
	}
	return false
}

func (m *matcher) element(p *pattern, e *xmpp.Element, depth int) bool {
	if e.Local != p.name.Local {
		return m.differ(depth, "<%s/> instead of <%s/>", e.Local, p.name.Local)
	}
	if e.Space != p.name.Space {
		return m.differ(depth, "<%s/> has namespace %q instead of %q", e.Local, e.Space, p.name.Space)
	}
	for i := range p.attrs {
		a := &p.attrs[i]
		v, ok := e.LookupAttr(a.name.Space, a.name.Local)
		if !ok {
			return m.differ(depth+1, "<%s/> lacks the attribute %s", e.Local, a.name.Local)
		}
		if !a.value.match(v, m.bindings) {
			return m.differ(depth+1, "%s of <%s/> is %q instead of %q", a.name.Local, e.Local, v, a.value)
		}
	}
	if !p.more {
		for i := range e.Attrs {
			if a := &e.Attrs[i]; !p.names(a) && !(depth == 0 && m.implied(e, a)) {
				return m.differ(depth+1, "<%s/> has the attribute %s=%q, too", e.Local, a.Local, a.Value)
			}
		}
	}
	nodes := e.Nodes
	if depth == 0 && e.Is(ns.Client, "message") && !p.mentions(ns.StanzaID, "stanza-id") {
		nodes = slices.DeleteFunc(slices.Clone(nodes), func(n xmpp.Node) bool { return n.Elem.Is(ns.StanzaID, "stanza-id") })
	}
	return m.nodes(e, p.nodes, significant(nodes), depth+1)
}

// mentions tells whether p expects a child with this name.
func (p *pattern) mentions(space, local string) bool {
	return slices.ContainsFunc(p.nodes, func(n nodePattern) bool {
		return n.elem != nil && n.elem.name == xmpp.Name{Space: space, Local: local}
	})
}

func (p *pattern) names(a *xmpp.Attr) bool {
	for i := range p.attrs {
		if p.attrs[i].name == (xmpp.Name{Space: a.Space, Local: a.Local}) {
			return true
		}
	}
	return false
}

// implied tells whether a script need not mention this attribute of a stanza.
func (m *matcher) implied(e *xmpp.Element, a *xmpp.Attr) bool {
	if e.Space != ns.Client {
		return false
	}
	bare, _, _ := strings.Cut(m.self, "/")
	_, domain, _ := strings.Cut(bare, "@")
	switch {
	case a.Space == ns.XML:
		return a.Local == "lang"
	case a.Local == "to":
		return a.Value == m.self || a.Value == bare
	case a.Local == "from" && e.Local == "iq":
		return a.Value == m.self || a.Value == bare || a.Value == domain
	}
	return false
}

// nodes matches the content of parent from here to its end.
func (m *matcher) nodes(parent *xmpp.Element, want []nodePattern, got []xmpp.Node, depth int) bool {
	if len(want) == 0 {
		if len(got) == 0 {
			return true
		}
		return m.differ(depth, "<%s/> has more inside: %s", parent.Local, nodeText(got[0]))
	}
	p := &want[0]
	if p.any() {
		for skip := 0; skip <= len(got); skip++ {
			tried := len(m.fresh)
			if m.nodes(parent, want[1:], got[skip:], depth) {
				return true
			}
			m.fresh = m.fresh[:tried]
		}
		return false
	}
	if len(got) == 0 {
		if p.elem != nil {
			return m.differ(depth, "<%s/> lacks a <%s/>", parent.Local, p.elem.name.Local)
		}
		return m.differ(depth, "<%s/> lacks the text %q", parent.Local, p.text)
	}
	switch {
	case p.elem != nil && got[0].Elem != nil:
		if !m.element(p.elem, got[0].Elem, depth) {
			return false
		}
	case p.elem != nil || got[0].Elem != nil || !p.text.match(got[0].Text, m.bindings):
		return m.differ(depth, "<%s/> has %s", parent.Local, nodeText(got[0]))
	}
	return m.nodes(parent, want[1:], got[1:], depth)
}

func nodeText(n xmpp.Node) string {
	if n.Elem != nil {
		return n.Elem.String()
	}
	return fmt.Sprintf("the text %q", n.Text)
}
