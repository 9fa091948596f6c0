package pie

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// oldSpace is what XEP-0227 was named before it was a standard.
// COMPAT(ejabberd 2.1, 2012): its exports have it.
const oldSpace = "http://www.xmpp.org/extensions/xep-0227.html#ns"

// User is the beginning of a user (§ 4.2).
type User struct {
	Host, Name  string
	Password    string
	HasPassword bool
}

// Handler is told what a file has, in its order. An error of a method ends the reading and is its error.
type Handler interface {
	// User begins a user. What follows is of it, until EndUser. skip passes over it.
	User(u User, at Place) (skip bool, err error)
	// Element is a child of a user. Of those that may be long there is a call for each part, with what is around it but not its
	// other parts: a roster with one item, an archive with one result, a pubsub with items of one item.
	Element(e *xmpp.Element, at Place) error
	EndUser() error
	// Unknown is something outside of users that this package does not know.
	Unknown(name xmpp.Name, at Place) error
}

// split is how many levels below a child of a user the parts lie that are told one by one.
var split = map[xmpp.Name]int{
	{Space: ns.Roster, Local: "query"}:            1,
	{Space: ns.Private, Local: "query"}:           1,
	{Space: ns.Export, Local: "offline-messages"}: 1,
	{Space: ns.ExportArchive, Local: "archive"}:   1,
	{Space: ns.PubSubOwner, Local: "pubsub"}:      1,
	{Space: ns.PubSub, Local: "pubsub"}:           2,
}

// Read reads a file without includes, or what Flatten has written. Mistakes in it are an *Error.
func Read(r io.Reader, h Handler) error {
	x := reader{d: xml.NewDecoder(r), h: h, line: 1, from: 1}
	err := x.document()
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return x.wrong("%s", syntax.Msg)
	}
	return err
}

type reader struct {
	d *xml.Decoder
	h Handler

	file      string // of what is read now
	line      int    // in file, of the line from
	from      int    // of the stream
	unitBegin int64  // where what is held began
}

// place is where the reader is.
func (x *reader) place() Place {
	line, _ := x.d.InputPos()
	return Place{x.file, line - x.from + x.line}
}

func (x *reader) wrong(text string, args ...any) error {
	return &Error{x.place(), fmt.Sprintf(text, args...)}
}

// token returns the next start or end of an element, or text. What is of no concern is stepped over.
func (x *reader) token() (xml.Token, error) {
	for {
		t, err := x.d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil, io.EOF
			}
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement, xml.EndElement, xml.CharData:
			return t, nil
		case xml.ProcInst:
			x.source(t)
		case xml.Directive:
			return nil, x.wrong("the file has a document type; entities are not read")
		}
	}
}

// source follows the marks of Flatten.
func (x *reader) source(p xml.ProcInst) {
	if p.Target != sourceMark {
		return
	}
	line, file, ok := strings.Cut(string(p.Inst), " ")
	n, err := strconv.Atoi(line)
	if !ok || err != nil {
		return
	}
	x.from, _ = x.d.InputPos()
	x.file, x.line = file, n
}

// document reads the root (§ 4).
func (x *reader) document() error {
	for root := false; ; {
		t, err := x.token()
		if errors.Is(err, io.EOF) {
			if !root {
				return x.wrong("the file is empty")
			}
			return nil
		}
		if err != nil {
			return err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if !is(e, "server-data") {
			return x.wrong("the file begins with <%s>; an export of XEP-0227 begins with <server-data xmlns=%q>", e.Name.Local, ns.Export)
		}
		root = true
		if err := x.children("host", x.host); err != nil {
			return err
		}
	}
}

// is tells whether an element is one of the format.
func is(e xml.StartElement, local string) bool {
	return e.Name.Local == local && (e.Name.Space == ns.Export || e.Name.Space == oldSpace)
}

// children calls f for the children of one kind of the element that has begun.
func (x *reader) children(local string, f func(xml.StartElement) error) error {
	for {
		t, err := x.token()
		if err != nil {
			return x.early(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if is(t, local) {
				err = f(t)
			} else if err = x.h.Unknown(xmpp.Name(t.Name), x.place()); err == nil {
				err = x.skip()
			}
			if err != nil {
				return err
			}
		}
	}
}

// early is the error of a file that ends where it should not.
func (x *reader) early(err error) error {
	if errors.Is(err, io.EOF) {
		return x.wrong("the file ends too early")
	}
	return err
}

// skip steps over the element that has begun.
func (x *reader) skip() error {
	for depth := 1; depth > 0; {
		t, err := x.token()
		if err != nil {
			return x.early(err)
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

func attr(e xml.StartElement, local string) (string, bool) {
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local == local {
			return a.Value, true
		}
	}
	return "", false
}

// host reads a host (§ 4.1).
func (x *reader) host(e xml.StartElement) error {
	domain, ok := attr(e, "jid")
	if !ok {
		return x.wrong("the host has no attribute jid")
	}
	return x.children("user", func(e xml.StartElement) error { return x.user(domain, e) })
}

// user reads a user (§ 4.2).
func (x *reader) user(domain string, e xml.StartElement) error {
	u := User{Host: domain}
	var ok bool
	if u.Name, ok = attr(e, "name"); !ok {
		return x.wrong("the user has no attribute name")
	}
	u.Password, u.HasPassword = attr(e, "password")
	skip, err := x.h.User(u, x.place())
	if err != nil {
		return err
	}
	if skip {
		return x.skip()
	}
	for {
		t, err := x.token()
		if err != nil {
			return x.early(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			return x.h.EndUser()
		case xml.StartElement:
			root := shallow(t)
			if root.Is(ns.MynaUploads, "uploads") { // as large as it likes
				err = errors.Join(x.h.Unknown(root.Name, x.place()), x.skip())
			} else {
				err = x.parts(t, nil, split[root.Name])
			}
			if err != nil {
				return err
			}
		}
	}
}

// shallow is an element without its content. Names of the format are those of today.
func shallow(e xml.StartElement) *xmpp.Element {
	x := &xmpp.Element{Name: xmpp.Name(e.Name)}
	if x.Space == oldSpace {
		x.Space = ns.Export
	}
	for _, a := range e.Attr {
		if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
			x.Attrs = append(x.Attrs, xmpp.Attr{Space: a.Name.Space, Local: a.Name.Local, Value: a.Value})
		}
	}
	return x
}

// parts tells of the parts of the element that has begun, which lie levels deep in it; around is what it stands in.
func (x *reader) parts(e xml.StartElement, around []*xmpp.Element, levels int) error {
	at := x.place()
	if levels == 0 {
		x.unitBegin = x.d.InputOffset()
		whole, err := x.element(e, len(around))
		if err != nil {
			return err
		}
		return x.h.Element(wrapped(around, whole), at)
	}
	around = append(around[:len(around):len(around)], shallow(e))
	none := true
	for {
		t, err := x.token()
		if err != nil {
			return x.early(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if none {
				return x.h.Element(wrapped(around, nil), at)
			}
			return nil
		case xml.StartElement:
			none = false
			if err := x.parts(t, around, levels-1); err != nil {
				return err
			}
		}
	}
}

// wrapped is an element within copies of what it stands in.
func wrapped(around []*xmpp.Element, e *xmpp.Element) *xmpp.Element {
	for i := len(around) - 1; i >= 0; i-- {
		outer := *around[i]
		outer.Nodes = nil
		e = outer.Add(e)
	}
	return e
}

// element reads the element that has begun as a whole.
func (x *reader) element(e xml.StartElement, depth int) (*xmpp.Element, error) {
	if depth > maxDepth {
		return nil, x.wrong("elements are nested too deeply")
	}
	whole := shallow(e)
	for {
		t, err := x.token()
		if err != nil {
			return nil, x.early(err)
		}
		if x.d.InputOffset()-x.unitBegin > maxElement {
			return nil, x.wrong("an element has more than %d MiB", maxElement>>20)
		}
		switch t := t.(type) {
		case xml.EndElement:
			return whole, nil
		case xml.CharData:
			whole.AddText(string(t))
		case xml.StartElement:
			child, err := x.element(t, depth+1)
			if err != nil {
				return nil, err
			}
			whole.Add(child)
		}
	}
}
