package form

import (
	"myna/xmpp"
	"myna/xmpp/ns"
)

// New begins a form of a type, with its FORM_TYPE; "" leaves that out.
func New(typ, formType string) *xmpp.Element {
	x := xmpp.El(ns.DataForm, "x").Set("type", typ)
	if formType != "" {
		x.Add(Field("hidden", "FORM_TYPE", "", formType))
	}
	return x
}

// Titled begins a form that somebody shall fill out, with a title and instructions (XEP-0004 § 3.1); either may be empty.
func Titled(title, instructions, formType string) *xmpp.Element {
	x := xmpp.El(ns.DataForm, "x").Set("type", "form")
	for _, t := range [...]struct{ local, text string }{{"title", title}, {"instructions", instructions}} {
		if t.text != "" {
			x.Add(xmpp.El(ns.DataForm, t.local).AddText(t.text))
		}
	}
	if formType != "" {
		x.Add(Field("hidden", "FORM_TYPE", "", formType))
	}
	return x
}

// Field makes a field (XEP-0004 § 3.2). Forms of type submit or result need neither type nor label.
func Field(typ, name, label string, values ...string) *xmpp.Element {
	f := xmpp.El(ns.DataForm, "field").Set("var", name)
	if typ != "" {
		f.Set("type", typ)
	}
	if label != "" {
		f.Set("label", label)
	}
	for _, v := range values {
		f.Add(xmpp.El(ns.DataForm, "value").AddText(v))
	}
	return f
}

// Need marks a field as required and returns it.
func Need(f *xmpp.Element) *xmpp.Element { return f.Add(xmpp.El(ns.DataForm, "required")) }

// Offer adds an option to a list field and returns the field.
func Offer(f *xmpp.Element, label, value string) *xmpp.Element {
	o := xmpp.El(ns.DataForm, "option", xmpp.El(ns.DataForm, "value").AddText(value))
	if label != "" {
		o.Set("label", label)
	}
	return f.Add(o)
}

// Reported begins the table of a result (XEP-0004 § 3.4): its columns.
func Reported(columns ...*xmpp.Element) *xmpp.Element {
	return xmpp.El(ns.DataForm, "reported", columns...)
}

// Item is a row of the table.
func Item(fields ...*xmpp.Element) *xmpp.Element { return xmpp.El(ns.DataForm, "item", fields...) }

// Remember returns a copy of a form in which the fields stand as they were filled out; secrets are left out.
func Remember(x *xmpp.Element, values Values) *xmpp.Element {
	out := &xmpp.Element{Name: x.Name, Attrs: x.Attrs}
	for i := range x.Nodes {
		n := x.Nodes[i]
		if f := n.Elem; f.Is(ns.DataForm, "field") && f.Attr("type") != "hidden" && f.Attr("type") != "text-private" {
			if v, ok := values[f.Attr("var")]; ok {
				n.Elem = with(f, v)
			}
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

// with returns a field with other values.
func with(f *xmpp.Element, values []string) *xmpp.Element {
	out := &xmpp.Element{Name: f.Name, Attrs: f.Attrs}
	for _, v := range values {
		out.Add(xmpp.El(ns.DataForm, "value").AddText(v))
	}
	for _, n := range f.Nodes {
		if n.Elem != nil && !n.Elem.Is(ns.DataForm, "value") {
			out.Nodes = append(out.Nodes, n)
		}
	}
	return out
}
