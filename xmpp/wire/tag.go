package wire

import (
	"encoding/binary"

	"myna/xmpp"
)

// tag is a start tag as it is written.
type tag struct {
	name  xmpp.Span
	colon int // the place of the colon in name, 0 where it has none
	empty bool
	attrs []attr

	declares bool // an attribute declares a namespace
	prefixed bool // the name or an attribute's name has a prefix that a declaration binds
}

type attr struct {
	name, value xmpp.Span
	colon       int32 // the place of the colon in name, 0 where it has none
	usual       uint8 // the place of name in attrNames, 0 where it is not there
	refs        bool  // value has references
	blank       bool  // value has white space that a reader makes spaces of (XML 1.0 § 3.3.3)
}

// attrNames are the names that most attributes have.
var attrNames = [...]string{attrID: "id", attrTo: "to", attrType: "type", attrFrom: "from", attrXMLNS: "xmlns", attrLang: "xml:lang"}

const (
	attrID = iota + 1
	attrTo
	attrType
	attrFrom
	attrXMLNS
	attrLang
)

// usualAttr recognises a usual name at b[i] that an equals sign follows.
func usualAttr(b []byte, i int) uint8 {
	if len(b)-i < 9 {
		return 0
	}
	const n3, n5, n6 = 1<<24 - 1, 1<<40 - 1, 1<<48 - 1
	switch x := binary.LittleEndian.Uint64(b[i:]); {
	case x&n3 == 'i'|'d'<<8|'='<<16:
		return attrID
	case x&n6 == 'x'|'m'<<8|'l'<<16|'n'<<24|'s'<<32|'='<<40:
		return attrXMLNS
	case x&n3 == 't'|'o'<<8|'='<<16:
		return attrTo
	case x&n5 == 't'|'y'<<8|'p'<<16|'e'<<24|'='<<32:
		return attrType
	case x&n5 == 'f'|'r'<<8|'o'<<16|'m'<<24|'='<<32:
		return attrFrom
	case x == 'x'|'m'<<8|'l'<<16|':'<<24|'l'<<32|'a'<<40|'n'<<48|'g'<<56 && b[i+8] == '=':
		return attrLang
	}
	return 0
}

func (a *attr) bytes(b []byte) []byte { return b[a.name.Start:a.name.End] }

func (a *attr) prefix(b []byte) []byte { return b[a.name.Start:a.colon] }

func (a *attr) local(b []byte) []byte { return b[a.colon+1 : a.name.End] }

// is tells whether the name of a is that of o.
func (a *attr) is(o *attr, b []byte) bool {
	return a.usual == o.usual && (a.usual > 0 || string(a.bytes(b)) == string(o.bytes(b)))
}

// readName reads the name of the attribute that begins at b[i].
func (a *attr) readName(b []byte, i int) (int, error) {
	*a = attr{usual: usualAttr(b, i)}
	a.name.Start = int32(i)
	if a.usual > 0 {
		i += len(attrNames[a.usual])
		a.name.End = int32(i)
		if a.usual == attrLang {
			a.colon = a.name.Start + 3
		}
		return i, nil
	}
	end, colon, err := name(b, i)
	a.name.End, a.colon = int32(end), int32(colon)
	for k := 1; k < len(attrNames); k++ {
		if err == nil && string(b[i:end]) == attrNames[k] {
			a.usual = uint8(k)
		}
	}
	return end, err
}

// read reads the start tag that begins at b[i], and returns where it ends.
func (t *tag) read(b []byte, i, limit int) (int, error) {
	end, colon, err := name(b, i+1)
	if err != nil {
		return 0, err
	}
	t.name = xmpp.Span{Start: int32(i + 1), End: int32(end)}
	t.colon, t.empty, t.attrs = colon, false, t.attrs[:0]
	t.declares, t.prefixed = false, colon > 0
	for i = end; ; {
		start := i
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i == len(b) {
			return 0, ErrShort
		}
		switch b[i] {
		case '>':
			return i + 1, nil
		case '/':
			switch {
			case i+1 == len(b):
				return 0, ErrShort
			case b[i+1] != '>':
				return 0, malformed("a slash inside a tag")
			}
			t.empty = true
			return i + 2, nil
		}
		if i == start {
			return 0, badName(b[i])
		}
		if len(t.attrs) == limit {
			return 0, policy("too many attributes")
		}
		if i, err = t.attr(b, i); err != nil {
			return 0, err
		}
	}
}

// attr reads the attribute that begins at b[i].
func (t *tag) attr(b []byte, i int) (int, error) {
	others := t.attrs
	if len(others) == cap(others) {
		t.attrs = append(others, attr{})
	} else {
		t.attrs = others[:len(others)+1]
	}
	a := &t.attrs[len(others)]
	i, err := a.readName(b, i)
	if err != nil {
		return 0, err
	}
	switch {
	case a.usual == attrXMLNS, a.colon > 0 && string(a.prefix(b)) == "xmlns":
		t.declares = true
	case a.usual == 0 && a.colon > 0:
		t.prefixed = true
	}
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if i < len(b) && b[i] != '=' {
		return 0, malformed("an attribute without a value")
	}
	for i++; i < len(b) && isSpace(b[i]); i++ {
	}
	if i >= len(b) {
		return 0, ErrShort
	}
	if b[i] != '"' && b[i] != '\'' {
		return 0, malformed("an attribute value without quotes")
	}
	i++
	a.value.Start = int32(i)
	if i, err = a.read(b, i, b[i-1]); err != nil {
		return 0, err
	}
	a.value.End = int32(i)
	for j := range others { // XML 1.0 § 3.1: Unique Att Spec
		if a.is(&others[j], b) {
			return 0, malformed("an attribute that appears twice")
		}
	}
	return i + 1, nil
}

// read passes over the value that begins at b[i] as far as the closing quote.
func (a *attr) read(b []byte, i int, quote byte) (int, error) {
	for {
		i = plain(b, i, quote)
		if i == len(b) {
			return i, ErrShort
		}
		var err error
		switch c := b[i]; {
		case c == quote:
			return i, nil
		case c == '&':
			a.refs = true
			i, err = reference(b, i)
		case isSpace(c):
			a.blank = true
			i++
		case c == '<':
			err = malformed("< inside an attribute value")
		case c >= 0x80:
			i, err = character(b, i)
		default:
			err = malformed("a character that XML forbids")
		}
		if err != nil {
			return i, err
		}
	}
}

// whole is where the attribute stands, name and quotes included.
func (a *attr) whole() xmpp.Span { return xmpp.Span{Start: a.name.Start, End: a.value.End + 1} }
