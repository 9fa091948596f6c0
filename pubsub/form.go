package pubsub

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	xforms "myna/xmpp/form"
)

// Bounds of what one field holds.
const (
	maxValues = 500
	maxText   = 1000
	maxFields = 100
)

// Why a form is not taken.
var (
	errForm        = errors.New("no such form, or a value that a field cannot have")
	errAccessModel = errors.New("no such access model")
)

// normal is the one way to write the values of a field; ok is false for values that it cannot have.
func (f *field) normal(values []string) (v string, ok bool) {
	if strings.HasSuffix(f.typ, "-multi") {
		return f.several(values)
	}
	if len(values) > 1 {
		return "", false
	}
	if len(values) == 1 {
		v = values[0]
	}
	switch {
	case f.typ == "boolean":
		switch v {
		case "1", "true":
			return "1", true
		case "0", "false":
			return "0", true
		}
		return "", false
	case f.name == fieldLanguage && v == "":
		return "", true
	case f.name == fieldPolicy && v == "owner": // XEP-0248 § 7.2.1 and § 12.2.2 have both
		return "owners", true
	case f.options != nil:
		return v, slices.Contains(f.options, v)
	}
	switch f.name {
	case FieldMaxItems, fieldPayloadSize, fieldItemExpire, fieldMost: // XEP-0060 § 12.23
		return v, v == most || natural(v)
	case optionDepth:
		return v, v == depthAll || natural(v)
	}
	return v, len(v) <= maxText
}

// several is normal for a field of many values.
func (f *field) several(values []string) (v string, ok bool) {
	var list []string
	for _, s := range values {
		if s == "" || slices.Contains(list, s) {
			continue
		}
		if f.typ == "jid-multi" {
			j, err := xmpp.ParseJID(s)
			if err != nil {
				return "", false
			}
			s = j.String()
		}
		if strings.Contains(s, "\n") || len(s) > maxID || f.options != nil && !slices.Contains(f.options, s) {
			return "", false
		}
		list = append(list, s)
	}
	return strings.Join(list, "\n"), len(list) <= maxValues
}

// natural tells whether a text is a number as numbers are written.
func natural(v string) bool {
	n, err := strconv.ParseUint(v, 10, 31)
	return err == nil && v == strconv.FormatUint(n, 10)
}

// lines are the values of a field of many values.
func lines(v string) []string {
	if v == "" {
		return nil
	}
	return strings.Split(v, "\n")
}

// submitted reads a form that was filled out; fields that the table does not have come back in unknown. The error is
// errAccessModel or errForm.
func submitted(x *xmpp.Element, formType string, table []field) (set Settings, unknown []string, err error) {
	values, err := xforms.Read(x)
	if err != nil || x.Attr("type") != "submit" || values.Type() != formType || len(values) > maxFields {
		return nil, nil, errForm
	}
	set = Settings{}
	for name, list := range values {
		if name == "FORM_TYPE" {
			continue
		}
		f := fieldIn(table, name)
		if f == nil {
			unknown = append(unknown, name)
			continue
		}
		v, ok := f.normal(list)
		if !ok && name == FieldAccess {
			return nil, nil, errAccessModel
		}
		if !ok {
			return nil, nil, errForm
		}
		set[name] = v
	}
	slices.Sort(unknown)
	return set, unknown, nil
}

// refuseForm is what a form that is not taken is answered with (XEP-0060 § 8.1.2, § 8.2.5.2).
func refuseForm(err error) error {
	if errors.Is(err, errAccessModel) {
		return failure(stanza.NotAcceptable, "unsupported-access-model", "")
	}
	return xmpp.Refuse(stanza.NotAcceptable, "")
}

// form writes fields: to be filled out (typ "form") or to be read ("result").
func form(typ, formType string, table []field, of kinds, value func(name string) string) *xmpp.Element {
	x := xforms.New(typ, formType)
	for i := range table {
		f := &table[i]
		if f.of&of == 0 {
			continue
		}
		v := value(f.name)
		var values []string
		if v != "" || f.name == fieldCollection { // XEP-0248 § 7.2.1: the root is an empty value
			values = strings.Split(v, "\n")
		}
		if typ != "form" {
			x.Add(xforms.Field("", f.name, "", values...))
			continue
		}
		e := xforms.Field(f.typ, f.name, f.label, values...)
		for _, o := range f.options {
			xforms.Offer(e, "", o)
		}
		x.Add(e)
	}
	return x
}
