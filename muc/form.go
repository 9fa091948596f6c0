package muc

import (
	"myna/xmpp"
	"myna/xmpp/ns"
)

// newForm begins a data form (XEP-0004 § 3, XEP-0068). Title and instructions may be empty.
func newForm(typ, formType, title, instructions string) *xmpp.Element {
	x := xmpp.El(ns.DataForm, "x").Set("type", typ)
	if title != "" {
		x.Add(xmpp.El(ns.DataForm, "title").AddText(title))
	}
	if instructions != "" {
		x.Add(xmpp.El(ns.DataForm, "instructions").AddText(instructions))
	}
	return x.Add(field("hidden", "FORM_TYPE", "", formType))
}

// field is a field of a form; results need neither type nor label.
func field(typ, name, label string, values ...string) *xmpp.Element {
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

func option(label, value string) *xmpp.Element {
	return xmpp.El(ns.DataForm, "option", xmpp.El(ns.DataForm, "value").AddText(value)).Set("label", label)
}

// maxFields bounds the fields of a form that somebody submits.
const maxFields = 200

// submitted reads the fields of a submitted form; ok is false for more than anybody needs.
func submitted(x *xmpp.Element) (fields map[string][]string, ok bool) {
	fields = map[string][]string{}
	n := 0
	for f := range x.Elements() {
		if !f.Is(ns.DataForm, "field") {
			continue
		}
		if n++; n > maxFields {
			return nil, false
		}
		var values []string
		for v := range f.Elements() {
			if v.Is(ns.DataForm, "value") {
				values = append(values, v.Text())
			}
		}
		fields[f.Attr("var")] = values
	}
	return fields, true
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
