package wire

import (
	"sync"

	"myna/xmpp"
)

// element is the scan of one element: what is understood of it so far, and the stanza that comes of it. All places
// are counted from the element's first byte, so the buffer may move between two calls.
//
// A connection holds one only while a stanza is arriving or being handled.
type element struct {
	st    xmpp.Stanza
	at    int  // the bytes before it are understood
	seek  int  // how far the search for the end of the tag that begins at `at` has come; 0 where there is none
	quote byte // the search is inside a value that ends with it
	cdata bool // `at` is inside a CDATA section
	count int  // the elements that have begun, and their attributes that are in a namespace

	tag   tag
	open  []xmpp.Span // the qualified names of the elements that are open
	binds []bind      // prefixes in force, innermost last
	space string      // the default namespace inside the stanza's start tag

	prefixed []prefixed // the attributes of tag that are in a namespace

	inherits uint64 // which prefixes of the stream header the element uses
	rewrite  bool   // the bytes are not fit to be passed on, see canonical

	known map[string]string // names that were met before, see intern
}

// place is what surrounds an element.
type place struct {
	limits  *Limits
	content string   // the stream's content namespace (RFC 6120 § 4.8.2)
	space   string   // the default namespace
	binds   []Prefix // prefixes that the stream header declares
}

var elements = sync.Pool{New: func() any { return &element{known: map[string]string{}} }}

func (e *element) reset() {
	e.st = xmpp.Stanza{Attrs: e.st.Attrs[:0], Children: e.st.Children[:0]}
	e.at, e.seek, e.quote, e.cdata, e.count = 0, 0, 0, false, 0
	e.open, e.binds = e.open[:0], e.binds[:0]
	e.inherits, e.rewrite = 0, false
}

// release gives e back. It must hold nothing of the connection that it served.
func release(e *element) {
	e.reset()
	elements.Put(e)
}

// scan goes on with the element whose first byte is b[0], a '<', and returns its length. After ErrShort it is called
// again with the same bytes and more behind them, and takes up where it stopped.
func (e *element) scan(b []byte, p *place) (int, error) {
	for {
		if e.cdata {
			if err := e.section(b); err != nil {
				return 0, err
			}
		}
		if len(e.open) > 0 {
			if err := e.text(b); err != nil {
				return 0, err
			}
		}
		if e.at+1 >= len(b) {
			return 0, ErrShort
		}
		var err error
		switch b[e.at+1] {
		case '/':
			err = e.leave(b)
		case '!':
			err = e.declaration(b)
		case '?':
			err = restricted("processing instruction")
		default:
			err = e.enter(b, p)
		}
		if err != nil {
			return 0, err
		}
		if len(e.open) == 0 && !e.cdata {
			e.st.Raw = b[:e.at:e.at]
			return e.at, nil
		}
	}
}

// text passes over text as far as the next tag.
func (e *element) text(b []byte) (err error) {
	i := e.at
	for err == nil {
		i = plain(b, i, ']')
		e.at = i
		if i == len(b) {
			return ErrShort
		}
		switch c := b[i]; {
		case c == '<':
			return nil
		case c == '&':
			i, err = reference(b, i)
		case isSpace(c):
			i++
		case c == ']': // XML 1.0 § 2.4: "]]>" must not appear in text
			switch rest := b[i:]; {
			case len(rest) > 1 && rest[1] != ']', len(rest) > 2 && rest[2] != '>':
				i++
			case len(rest) > 2:
				err = malformed("]]> outside of a CDATA section")
			default:
				err = ErrShort
			}
		case c >= 0x80:
			i, err = character(b, i)
		default:
			err = malformed("a character that XML forbids")
		}
	}
	return err
}

// section passes over the rest of a CDATA section. RFC 6120 § 11.1 does not restrict it.
func (e *element) section(b []byte) (err error) {
	i := e.at
	for err == nil {
		i = plain(b, i, ']')
		e.at = i
		if i == len(b) {
			return ErrShort
		}
		switch c := b[i]; {
		case c == ']':
			switch rest := b[i:]; {
			case len(rest) > 1 && rest[1] != ']', len(rest) > 2 && rest[2] != '>':
				i++
			case len(rest) > 2:
				e.at, e.cdata = i+3, false
				return nil
			default:
				err = ErrShort
			}
		case c == '<' || c == '&' || isSpace(c):
			i++
		case c >= 0x80:
			i, err = character(b, i)
		default:
			err = malformed("a character that XML forbids")
		}
	}
	return err
}

// declaration looks at what begins with "<!": a CDATA section may stand in an element, all else is restricted
// (RFC 6120 § 11.1).
func (e *element) declaration(b []byte) error {
	const start = "<![CDATA["
	rest := b[e.at:]
	n := min(len(rest), len(start))
	switch {
	case len(e.open) == 0 || string(rest[:n]) != start[:n]:
		return restricted("comment or document type declaration")
	case n < len(start):
		return ErrShort
	}
	e.at += n
	e.cdata = true
	return nil
}

// leave reads an end tag.
func (e *element) leave(b []byte) error {
	open := e.open[len(e.open)-1]
	start := e.at + 2
	end := start + int(open.End-open.Start)
	if end < len(b) && b[end] == '>' && string(b[start:end]) == string(b[open.Start:open.End]) {
		e.pop(end + 1)
		return nil
	}
	if !e.complete(b) {
		return ErrShort
	}
	if end >= len(b) || string(b[start:end]) != string(b[open.Start:open.End]) {
		return malformed("an end tag that matches no start tag")
	}
	for isSpace(b[end]) {
		if end++; end == len(b) {
			return ErrShort
		}
	}
	if b[end] != '>' {
		return malformed("an end tag that matches no start tag")
	}
	e.pop(end + 1)
	return nil
}

// pop ends the innermost element, whose end tag ends before `end`.
func (e *element) pop(end int) {
	depth := len(e.open) - 1
	switch depth {
	case 0:
		e.st.Content.End = int32(e.at)
	case 1:
		e.st.Children[len(e.st.Children)-1].End = int32(end)
	}
	e.open = e.open[:depth]
	e.undeclare(depth)
	e.at, e.seek, e.quote = end, 0, 0
}

// complete searches for the end of the tag that begins at `at`, taking up where it stopped. It is also true where it
// meets what makes the tag malformed, so that a reader of the tag says so at once.
func (e *element) complete(b []byte) bool {
	i := max(e.seek, e.at+1)
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '<', c == '>' && e.quote == 0:
			e.seek = i
			return true
		case e.quote != 0:
			if c == e.quote {
				e.quote = 0
			}
		case c == '"', c == '\'':
			j := i - 1
			for isSpace(b[j]) {
				j--
			}
			if b[j] != '=' {
				e.seek = i
				return true
			}
			e.quote = c
		}
	}
	e.seek = i
	return false
}
