package wire

import "myna/xmpp"

// tag is a start tag as it is written.
type tag struct {
	name  xmpp.Span
	colon int // the place of the colon in name, 0 where it has none
	empty bool
	attrs []attr
}

type attr struct {
	name, value xmpp.Span
	colon       int32 // the place of the colon in name, 0 where it has none
	refs        bool  // value has references
	blank       bool  // value has white space that a reader makes spaces of (XML 1.0 § 3.3.3)
}

func (a *attr) bytes(b []byte) []byte { return b[a.name.Start:a.name.End] }

func (a *attr) prefix(b []byte) []byte { return b[a.name.Start:a.colon] }

func (a *attr) local(b []byte) []byte { return b[a.colon+1 : a.name.End] }

// read reads the start tag that begins at b[i], and returns where it ends.
func (t *tag) read(b []byte, i, limit int) (int, error) {
	end, colon, err := name(b, i+1)
	if err != nil {
		return 0, err
	}
	t.name = xmpp.Span{Start: int32(i + 1), End: int32(end)}
	t.colon, t.empty, t.attrs = colon, false, t.attrs[:0]
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
	end, colon, err := name(b, i)
	if err != nil {
		return 0, err
	}
	t.attrs = append(t.attrs, attr{name: xmpp.Span{Start: int32(i), End: int32(end)}, colon: int32(colon)})
	others, a := t.attrs[:len(t.attrs)-1], &t.attrs[len(t.attrs)-1]
	for i = end; i < len(b) && isSpace(b[i]); i++ {
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
		if string(others[j].bytes(b)) == string(a.bytes(b)) {
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
