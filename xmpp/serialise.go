package xmpp

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// nsXML is the namespace that the prefix xml is bound to.
const nsXML = "http://www.w3.org/XML/1998/namespace"

// Append writes e as XML behind dst. inherited is the default namespace of the place where it is put: an xmlns
// attribute is written only where it differs.
func (e *Element) Append(dst []byte, inherited string) []byte {
	dst = append(dst, '<')
	dst = e.appendName(dst)
	inner := e.Space // the default namespace of the content
	switch inner {
	case inherited:
	case nsXML:
		inner = inherited
	default:
		dst = append(dst, ` xmlns="`...)
		dst = AppendEscaped(dst, e.Space)
		dst = append(dst, '"')
	}
	for i := range e.Attrs {
		dst = e.Attrs[i].append(dst, i)
	}
	if len(e.Nodes) == 0 {
		return append(dst, '/', '>')
	}
	dst = append(dst, '>')
	for i := range e.Nodes {
		switch n := &e.Nodes[i]; {
		case n.Elem != nil:
			dst = n.Elem.Append(dst, inner)
		case n.Raw != nil:
			dst = append(dst, n.Raw...)
		default:
			dst = AppendEscaped(dst, n.Text)
		}
	}
	dst = append(dst, '<', '/')
	dst = e.appendName(dst)
	return append(dst, '>')
}

// appendName writes the name without prefix, except in the namespace that must not be the default one (Namespaces in
// XML 1.0 § 3).
func (e *Element) appendName(dst []byte) []byte {
	if e.Space == nsXML {
		dst = append(dst, "xml:"...)
	}
	return append(dst, e.Local...)
}

func (a *Attr) append(dst []byte, n int) []byte {
	dst = append(dst, ' ')
	switch a.Space {
	case "":
	case nsXML:
		dst = append(dst, "xml:"...)
	default: // a prefix of our own, declared where it is used
		prefix := "ns" + strconv.Itoa(n)
		dst = append(dst, "xmlns:"...)
		dst = append(dst, prefix...)
		dst = append(dst, '=', '"')
		dst = AppendEscaped(dst, a.Space)
		dst = append(dst, '"', ' ')
		dst = append(dst, prefix...)
		dst = append(dst, ':')
	}
	dst = append(dst, a.Local...)
	dst = append(dst, '=', '"')
	dst = AppendEscaped(dst, a.Value)
	return append(dst, '"')
}

// String returns e as XML with its own xmlns, for logs of tests and error texts.
func (e *Element) String() string { return string(e.Append(nil, "")) }

// AppendEscaped writes text or an attribute's value behind dst. Quotes, white space that attributes would lose, and
// the signs of markup are written as references. Characters that XML cannot hold are left out, and what is not UTF-8
// becomes U+FFFD.
func AppendEscaped[T string | []byte](dst []byte, s T) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			var b [utf8.UTFMax]byte
			r, size := utf8.DecodeRune(b[:copy(b[:], s[i:])])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[from:i]...), "\uFFFD"...)
				from = i + 1
			} else if r == 0xFFFE || r == 0xFFFF {
				dst = append(dst, s[from:i]...)
				from = i + size
			}
			i += size - 1
			continue
		}
		if c >= ' ' && c != '<' && c != '>' && c != '&' && c != '"' && c != '\'' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '&':
			dst = append(dst, "&amp;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\'':
			dst = append(dst, "&apos;"...)
		case '\n':
			dst = append(dst, "&#10;"...)
		case '\r':
			dst = append(dst, "&#13;"...)
		case '\t':
			dst = append(dst, "&#9;"...)
		}
	}
	return append(dst, s[from:]...)
}

// Clean returns s without the characters that XML 1.0 cannot hold, for text that did not come from XML.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
