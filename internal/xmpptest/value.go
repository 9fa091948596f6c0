package xmpptest

import (
	"fmt"
	"regexp"
	"strings"

	"myna/xmpp"
)

// valuePattern is an attribute's value or a text, cut into literal parts, … and {name}.
type valuePattern []valuePart

type valuePart struct {
	literal string
	any     bool
	name    string
}

var special = regexp.MustCompile(`…|\{[a-z][a-z0-9_-]*\}`)

func parseValue(s string) valuePattern {
	v := valuePattern{}
	for s != "" {
		at := special.FindStringIndex(s)
		if at == nil {
			return append(v, valuePart{literal: s})
		}
		if at[0] > 0 {
			v = append(v, valuePart{literal: s[:at[0]]})
		}
		if found := s[at[0]:at[1]]; found == anything {
			v = append(v, valuePart{any: true})
		} else {
			v = append(v, valuePart{name: found[1 : len(found)-1]})
		}
		s = s[at[1]:]
	}
	return v
}

// String writes the pattern as it stood in the script.
func (v valuePattern) String() string {
	var b strings.Builder
	for _, p := range v {
		switch {
		case p.any:
			b.WriteString(anything)
		case p.name != "":
			b.WriteString("{" + p.name + "}")
		default:
			b.WriteString(p.literal)
		}
	}
	return b.String()
}

// match compares a whole value and binds the names that are free.
func (v valuePattern) match(s string, b *bindings) bool {
	var re strings.Builder
	var free []string
	re.WriteString(`(?s)\A`)
	for _, p := range v {
		known, bound := b.lookup(p.name)
		switch {
		case p.any:
			re.WriteString(`.*?`)
		case p.name == "":
			re.WriteString(regexp.QuoteMeta(p.literal))
		case bound:
			re.WriteString(regexp.QuoteMeta(known))
		default:
			re.WriteString(`(.*?)`)
			free = append(free, p.name)
		}
	}
	re.WriteString(`\z`)
	found := regexp.MustCompile(re.String()).FindStringSubmatch(s)
	if found == nil {
		return false
	}
	for i, name := range free {
		if known, bound := b.lookup(name); bound && known != found[i+1] {
			return false // the same name twice in one value
		}
		b.fresh = append(b.fresh, binding{name, found[i+1]})
	}
	return true
}

type binding struct{ name, value string }

// bindings are the names of a script and, until an element has matched as a whole, those it would add.
type bindings struct {
	known map[string]string
	fresh []binding
}

func (b *bindings) lookup(name string) (string, bool) {
	for _, f := range b.fresh {
		if f.name == name {
			return f.value, true
		}
	}
	v, ok := b.known[name]
	return v, ok
}

// keep makes the fresh bindings lasting.
func (b *bindings) keep() {
	for _, f := range b.fresh {
		b.known[f.name] = f.value
	}
	b.fresh = nil
}

// substitute puts known values into a text that is sent.
func substitute(s string, known map[string]string) (string, error) {
	var err error
	out := special.ReplaceAllStringFunc(s, func(found string) string {
		if found == anything {
			return found
		}
		v, ok := known[found[1:len(found)-1]]
		if !ok {
			err = fmt.Errorf("%s has no value: a line with < must have taken it before", found)
		}
		return string(xmpp.AppendEscaped(nil, v))
	})
	return out, err
}
