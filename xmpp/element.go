package xmpp

// Name is an element's or attribute's name: its namespace and its local part.
type Name struct{ Space, Local string }

// Attr is an attribute. Space is empty for the usual attribute without prefix.
type Attr struct {
	Space, Local, Value string
}

// Node is a part of an element's content: an element, or text where Elem and Raw are nil.
type Node struct {
	Elem *Element
	Text string
	Raw  []byte // well-formed XML that declares its own namespaces, written as it is; parsing never makes it
}

// Element is a tree of XML that a module reads or builds. Its namespace is resolved: prefixes do not matter.
type Element struct {
	Name
	Attrs []Attr
	Nodes []Node
}

// El begins an element with the given children; nil children are left out.
func El(space, local string, children ...*Element) *Element {
	e := &Element{Name: Name{space, local}}
	return e.Add(children...)
}

// Add appends children, leaves out nil ones, and returns e.
func (e *Element) Add(children ...*Element) *Element {
	for _, c := range children {
		if c != nil {
			e.Nodes = append(e.Nodes, Node{Elem: c})
		}
	}
	return e
}

// AddText appends text and returns e.
func (e *Element) AddText(s string) *Element {
	if s != "" {
		e.Nodes = append(e.Nodes, Node{Text: s})
	}
	return e
}

// AddRaw appends bytes of XML that declare their own namespaces, and returns e.
func (e *Element) AddRaw(b []byte) *Element {
	e.Nodes = append(e.Nodes, Node{Raw: b})
	return e
}

// Set sets an attribute without namespace and returns e.
func (e *Element) Set(local, value string) *Element {
	for i := range e.Attrs {
		if e.Attrs[i].Space == "" && e.Attrs[i].Local == local {
			e.Attrs[i].Value = value
			return e
		}
	}
	e.Attrs = append(e.Attrs, Attr{Local: local, Value: value})
	return e
}

// Attr returns the value of an attribute without namespace, or "" where there is none.
func (e *Element) Attr(local string) string {
	v, _ := e.LookupAttr("", local)
	return v
}

// LookupAttr returns an attribute's value and whether it is there.
func (e *Element) LookupAttr(space, local string) (string, bool) {
	if e == nil {
		return "", false
	}
	for i := range e.Attrs {
		if e.Attrs[i].Space == space && e.Attrs[i].Local == local {
			return e.Attrs[i].Value, true
		}
	}
	return "", false
}

// Is tells whether e has this name. It is false for nil.
func (e *Element) Is(space, local string) bool {
	return e != nil && e.Space == space && e.Local == local
}

// Child returns the first child element with this name, or nil. It may be called on nil.
func (e *Element) Child(space, local string) *Element {
	for c := range e.Elements() {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

// Elements ranges over the child elements in order. It may be called on nil.
func (e *Element) Elements() func(yield func(*Element) bool) {
	return func(yield func(*Element) bool) {
		if e == nil {
			return
		}
		for i := range e.Nodes {
			if c := e.Nodes[i].Elem; c != nil && !yield(c) {
				return
			}
		}
	}
}

// Text returns the text directly inside e. It may be called on nil.
func (e *Element) Text() string {
	if e == nil {
		return ""
	}
	if len(e.Nodes) == 1 {
		return e.Nodes[0].Text
	}
	var b []byte
	for i := range e.Nodes {
		b = append(b, e.Nodes[i].Text...)
	}
	return string(b)
}

// ChildText returns the text of the first child with this name, or "".
func (e *Element) ChildText(space, local string) string { return e.Child(space, local).Text() }
