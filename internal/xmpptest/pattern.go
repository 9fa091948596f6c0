package xmpptest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

const (
	anything = "…"
	// more stands for … among attributes while encoding/xml reads a pattern.
	more = "xmpptest.more"
)

// pattern is an element as a script expects it.
type pattern struct {
	name  xmpp.Name
	attrs []attrPattern
	more  bool // further attributes are allowed
	nodes []nodePattern
}

type attrPattern struct {
	name  xmpp.Name
	value valuePattern
}

// nodePattern is an element, a text, or any number of nodes where both are nil.
type nodePattern struct {
	elem *pattern
	text valuePattern
}

func (n *nodePattern) any() bool { return n.elem == nil && n.text == nil }

// errIncomplete says that the text ends inside an element.
var errIncomplete = errors.New("the element does not end")

// parsePattern reads exactly one element.
func parsePattern(s string) (*pattern, error) {
	elements, err := parseElements(markMore(s))
	if err != nil {
		return nil, err
	}
	if len(elements) != 1 {
		return nil, fmt.Errorf("%d elements where one is expected", len(elements))
	}
	return newPattern(elements[0]), nil
}

func newPattern(e *xmpp.Element) *pattern {
	p := &pattern{name: e.Name}
	for _, a := range e.Attrs {
		if a.Local == more {
			p.more = true
			continue
		}
		p.attrs = append(p.attrs, attrPattern{xmpp.Name{Space: a.Space, Local: a.Local}, parseValue(a.Value)})
	}
	for _, n := range significant(e.Nodes) {
		switch {
		case n.Elem != nil:
			p.nodes = append(p.nodes, nodePattern{elem: newPattern(n.Elem)})
		case strings.TrimSpace(n.Text) == anything:
			p.nodes = append(p.nodes, nodePattern{})
		default:
			p.nodes = append(p.nodes, nodePattern{text: parseValue(n.Text)})
		}
	}
	return p
}

// significant leaves out white space that stands between elements.
func significant(nodes []xmpp.Node) []xmpp.Node {
	mixed := false
	for i := range nodes {
		mixed = mixed || nodes[i].Elem != nil || strings.TrimSpace(nodes[i].Text) == anything
	}
	if !mixed {
		return nodes
	}
	var kept []xmpp.Node
	for _, n := range nodes {
		if n.Elem != nil || strings.TrimSpace(n.Text) != "" {
			kept = append(kept, n)
		}
	}
	return kept
}

// markMore replaces … between attributes by an attribute, so that the text becomes XML.
func markMore(s string) string {
	var b strings.Builder
	inTag, quote, count := false, rune(0), 0
	for _, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case inTag && (r == '"' || r == '\''):
			quote = r
		case r == '<':
			inTag, count = true, 0
		case r == '>':
			inTag = false
		case inTag && r == '…':
			if count++; count == 1 {
				b.WriteString(` ` + more + `="" `)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// parseElements reads the elements of a text, as they would stand in a client's stream.
func parseElements(s string) ([]*xmpp.Element, error) {
	const head = `<stream:stream xmlns="` + ns.Client + `" xmlns:stream="` + ns.Stream + `">`
	d := xml.NewDecoder(strings.NewReader(head + s))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var all []*xmpp.Element
	for {
		t, err := d.Token()
		switch t := t.(type) {
		case xml.StartElement:
			e, err := readElement(d, t)
			if endsEarly(err) {
				return nil, errIncomplete
			} else if err != nil {
				return nil, err
			}
			all = append(all, e)
			continue
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return nil, fmt.Errorf("text %q outside of an element", strings.TrimSpace(string(t)))
			}
			continue
		case xml.EndElement:
			return nil, fmt.Errorf("end tag </%s> without start", t.Name.Local)
		}
		if endsEarly(err) && endsAtRoot(s, all) {
			return all, nil
		} else if endsEarly(err) {
			return nil, errIncomplete
		} else if err != nil {
			return nil, err
		}
	}
}

// endsAtRoot tells whether the text is over and no tag is open: the decoder only misses the end of the stream.
func endsAtRoot(s string, all []*xmpp.Element) bool {
	s = strings.TrimSpace(s)
	return s == "" && len(all) == 0 || strings.HasSuffix(s, ">") && len(all) > 0
}

func endsEarly(err error) bool {
	var syntax *xml.SyntaxError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.As(err, &syntax) && syntax.Msg == "unexpected EOF"
}

// readElement reads the rest of the element that begins with start.
func readElement(d *xml.Decoder, start xml.StartElement) (*xmpp.Element, error) {
	e := &xmpp.Element{Name: xmpp.Name{Space: start.Name.Space, Local: start.Name.Local}}
	for _, a := range start.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		e.Attrs = append(e.Attrs, xmpp.Attr{Space: a.Name.Space, Local: a.Name.Local, Value: a.Value})
	}
	for {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			c, err := readElement(d, t)
			if err != nil {
				return nil, err
			}
			e.Add(c)
		case xml.CharData:
			e.AddText(string(t))
		case xml.EndElement:
			return e, nil
		}
	}
}
