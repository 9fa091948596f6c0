package xmpp

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep elements may be nested in a tree.
const MaxDepth = 256

var (
	errMalformed = errors.New("parse element: malformed xml")
	errDepth     = errors.New("parse element: nested too deep")
	errPrefix    = errors.New("parse element: undeclared prefix")
)

// Unescape resolves the references of text as it stands in a validated stanza, and normalises its line ends (XML 1.0
// § 2.11). It is also right for the attributes of a Stanza itself, whose values hold no raw tab or line end.
func Unescape(b []byte) string { return unescape(string(b), false) }

// UnescapeAttr resolves the references of an attribute's value as it stands in validated XML, and turns raw white
// space into spaces (XML 1.0 § 3.3.3).
func UnescapeAttr(b []byte) string { return unescape(string(b), true) }

func unescape(s string, attr bool) string {
	special := "&\r"
	if attr {
		special = "&\r\n\t"
	}
	i := strings.IndexAny(s, special)
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for ; i >= 0; i = strings.IndexAny(s, special) {
		b = append(b, s[:i]...)
		c := s[i]
		s = s[i+1:]
		if c == '&' {
			b, s = appendReference(b, s)
			continue
		}
		if c == '\r' {
			s = strings.TrimPrefix(s, "\n")
		}
		if attr {
			b = append(b, ' ')
		} else {
			b = append(b, '\n')
		}
	}
	return string(append(b, s...))
}

// appendReference writes what the reference at the start of s, behind its ampersand, stands for, and returns the rest
// of s. What is no reference is taken as it is written.
func appendReference(b []byte, s string) ([]byte, string) {
	name, rest, ok := strings.Cut(s, ";")
	if !ok {
		return append(b, '&'), s
	}
	switch name {
	case "lt":
		return append(b, '<'), rest
	case "gt":
		return append(b, '>'), rest
	case "amp":
		return append(b, '&'), rest
	case "apos":
		return append(b, '\''), rest
	case "quot":
		return append(b, '"'), rest
	}
	if r, ok := characterReference(name); ok {
		return utf8.AppendRune(b, r), rest
	}
	return append(b, '&'), s
}

func characterReference(name string) (rune, bool) {
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	base := rune(10)
	if d, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = d, 16
	}
	r := rune(0)
	for _, c := range []byte(digits) {
		v := hexDigit(c)
		if v >= base || r > utf8.MaxRune {
			return 0, false
		}
		r = r*base + v
	}
	return r, digits != "" && r <= utf8.MaxRune
}

func hexDigit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return 16
}

// ParseElement builds the tree of one element. b is the whole element; inherited is the default namespace of the
// place where it stood. It never panics on bad input, but checks less than the scanner, which saw the bytes first.
func ParseElement(b []byte, inherited string) (*Element, error) {
	p := treeParser{rest: string(b)}
	p.binds = append(p.scratch[:0], binding{"xml", nsXML}, binding{"", inherited})
	return p.document()
}

// Element builds the tree of a child of s.
func (s *Stanza) Element(c *Child) (*Element, error) {
	p := treeParser{rest: string(s.Bytes(c))}
	p.binds = append(p.scratch[:0], binding{"xml", nsXML}, binding{"", nsClient})
	for i := range s.Attrs { // what the stanza's start tag declares
		a := &s.Attrs[i]
		if prefix, ok := declared(a.Name); ok {
			p.binds = append(p.binds, binding{prefix, UnescapeAttr(s.Raw[a.Value.Start:a.Value.End])})
		}
	}
	return p.document()
}

// Tree builds the tree of the whole stanza.
func (s *Stanza) Tree() (*Element, error) { return ParseElement(s.Raw, nsClient) }
