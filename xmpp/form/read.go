// Package form builds and reads data forms (XEP-0004) with the standard names of their fields (XEP-0068).
package form

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Bounds of a form that somebody fills out.
const (
	maxFields = 200
	maxValues = 10000
)

// Values are the fields of a form that was filled out.
type Values map[string][]string

// Read reads a form that was filled out. The error is for people; a form of type cancel reads as one without fields.
func Read(x *xmpp.Element) (Values, error) {
	if !x.Is(ns.DataForm, "x") {
		return nil, errors.New("there is no form")
	}
	v := Values{}
	switch x.Attr("type") {
	case "submit":
	case "cancel":
		return v, nil
	default:
		return nil, errors.New("the form's type is not submit")
	}
	fields, values := 0, 0
	for f := range x.Elements() {
		if !f.Is(ns.DataForm, "field") {
			continue
		}
		name := f.Attr("var")
		if fields++; fields > maxFields {
			return nil, errors.New("the form has too many fields")
		}
		if _, twice := v[name]; twice {
			return nil, fmt.Errorf("the form has the field %q twice", name)
		}
		list := []string{}
		for c := range f.Elements() {
			if !c.Is(ns.DataForm, "value") {
				continue
			}
			if values++; values > maxValues {
				return nil, errors.New("the form has too many values")
			}
			list = append(list, c.Text())
		}
		v[name] = list
	}
	return v, nil
}

// Type is the form's FORM_TYPE (XEP-0068 § 2), "" where it has none.
func (v Values) Type() string { return v.First("FORM_TYPE") }

// First is the first value of a field, "" where it has none.
func (v Values) First(name string) string {
	if list := v[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// Has tells whether a field was filled out, be it with nothing.
func (v Values) Has(name string) bool {
	_, ok := v[name]
	return ok
}

// True tells whether a boolean field is set (XEP-0004 § 3.3).
func (v Values) True(name string) bool {
	b := v.First(name)
	return b == "1" || b == "true"
}

// List is the values of a field without empty ones, spaces around them taken off.
func (v Values) List(name string) []string {
	var list []string
	for _, s := range v[name] {
		if s = strings.TrimSpace(s); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// Check tells what is wrong with values that answer a form: required fields, types and options (XEP-0004 § 3.2, § 3.3).
// The error is for people and names the field by its label.
func Check(shown *xmpp.Element, v Values) error {
	for f := range shown.Elements() {
		if !f.Is(ns.DataForm, "field") {
			continue
		}
		name, label := f.Attr("var"), f.Attr("label")
		if label == "" {
			label = name
		}
		values := v[name]
		if name == "FORM_TYPE" {
			if want := f.ChildText(ns.DataForm, "value"); len(values) > 0 && v.Type() != want {
				return fmt.Errorf("the form is for something else: its FORM_TYPE is not %s", want)
			}
			continue
		}
		empty := !slices.ContainsFunc(values, func(s string) bool { return s != "" })
		if empty && f.Child(ns.DataForm, "required") != nil {
			return fmt.Errorf("please fill in: %s", label)
		}
		if !empty {
			if err := fits(f, values); err != nil {
				return fmt.Errorf("%s: %w", label, err)
			}
		}
	}
	return nil
}

// fits checks values against a field's type.
func fits(f *xmpp.Element, values []string) error {
	typ := f.Attr("type")
	if len(values) > 1 && !strings.HasSuffix(typ, "-multi") {
		return errors.New("one value is possible, not more")
	}
	for _, s := range values {
		switch typ {
		case "boolean":
			if !slices.Contains([]string{"0", "1", "false", "true"}, s) {
				return fmt.Errorf("%q is neither true nor false", s)
			}
		case "jid-single", "jid-multi":
			if _, err := xmpp.ParseJID(strings.TrimSpace(s)); err != nil && s != "" {
				return fmt.Errorf("%q is no address", s)
			}
		case "list-single", "list-multi":
			if !offered(f, s) {
				return fmt.Errorf("%q is not among the options", s)
			}
		}
	}
	return nil
}

func offered(f *xmpp.Element, value string) bool {
	for o := range f.Elements() {
		if o.Is(ns.DataForm, "option") && o.ChildText(ns.DataForm, "value") == value {
			return true
		}
	}
	return false
}
