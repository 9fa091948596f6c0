package c2s

import (
	"bytes"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// masked stands for what is not shown.
const masked = "…"

// confidential tells whether the name of an element, an attribute or a field says that its value is for nobody else.
func confidential(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "secret") || strings.Contains(name, "token")
}

// mask is the text of an element without passwords: those of rooms (XEP-0045 § 7.2.5, § 7.8.2, XEP-0249, XEP-0402), what
// forms hide or call so (XEP-0004 § 3.3, in commands, configurations, and what is published with them), and credentials that
// the server gives out (XEP-0215). Where there are none it is the text as it was sent.
func mask(el *xmpp.Stanza, text []byte) []byte {
	lower := bytes.ToLower(text)
	if !bytes.Contains(lower, []byte("text-private")) && !confidential(string(lower)) {
		return text
	}
	tree, err := el.Tree()
	if err != nil {
		return hollow(el)
	}
	if !hide(tree) {
		return text
	}
	return tree.Append(nil, ns.Client)
}

// hide masks what is secret in e and below; it is false when there was nothing.
func hide(e *xmpp.Element) (found bool) {
	for i := range e.Attrs {
		if a := &e.Attrs[i]; confidential(a.Local) && a.Value != "" {
			a.Value, found = masked, true
		}
	}
	if confidential(e.Local) || e.Is(ns.DataForm, "field") && (e.Attr("type") == "text-private" || confidential(e.Attr("var"))) {
		return veil(e) || found
	}
	for c := range e.Elements() {
		found = hide(c) || found
	}
	return found
}

// veil masks all text in e and below.
func veil(e *xmpp.Element) (found bool) {
	for i := range e.Nodes {
		if n := &e.Nodes[i]; n.Elem != nil {
			found = veil(n.Elem) || found
		} else if strings.TrimSpace(n.Text) != "" {
			n.Text, found = masked, true
		}
	}
	return found
}

// hollow is the text of an element without its content.
func hollow(el *xmpp.Stanza) []byte {
	b := append(make([]byte, 0, len(el.Raw)), el.Raw[:el.Content.Start]...)
	b = append(b, masked...)
	return append(b, el.Raw[el.Content.End:]...)
}
