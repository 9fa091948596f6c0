package wire

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// otherTree reads a document with encoding/xml, and returns the first element inside its root.
func otherTree(doc string) (*xmpp.Element, error) {
	d := xml.NewDecoder(strings.NewReader(doc))
	stack := []*xmpp.Element{{}}
	var found *xmpp.Element
	for {
		t, err := d.Token()
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			e := &xmpp.Element{Name: xmpp.Name{Space: t.Name.Space, Local: t.Name.Local}}
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name != (xml.Name{Local: "xmlns"}) {
					e.Attrs = append(e.Attrs, xmpp.Attr{Space: a.Name.Space, Local: a.Name.Local, Value: a.Value})
				}
			}
			top.Add(e)
			stack = append(stack, e)
			if len(stack) == 3 && found == nil {
				found = e
			}
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if n := len(top.Nodes); n > 0 && top.Nodes[n-1].Elem == nil && len(t) > 0 {
				top.Nodes[n-1].Text += string(t)
			} else {
				top.AddText(string(t))
			}
		default:
			return nil, fmt.Errorf("encoding/xml: a token that the scanner must refuse: %T", t)
		}
	}
}

// show writes a tree so that equal trees look equal. encoding/xml leaves white space in attributes as it is, so here
// it is all the same; the order of attributes does not matter.
func show(e *xmpp.Element) string {
	var b strings.Builder
	blank := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace
	var walk func(e *xmpp.Element)
	walk = func(e *xmpp.Element) {
		space := blank(e.Space)
		if e.Local == "xmlns" { // encoding/xml gives it no namespace
			space = ""
		}
		fmt.Fprintf(&b, "{%q %q", space, e.Local)
		var attrs []string
		for _, a := range e.Attrs {
			attrs = append(attrs, fmt.Sprintf(" [%q %q]=%q", blank(a.Space), a.Local, blank(a.Value)))
		}
		slices.Sort(attrs)
		b.WriteString(strings.Join(attrs, ""))
		for _, n := range e.Nodes {
			if n.Elem != nil {
				walk(n.Elem)
			} else {
				fmt.Fprintf(&b, " %q", n.Text)
			}
		}
		b.WriteByte('}')
	}
	walk(e)
	return b.String()
}

// surroundings are a stream that elements stand in.
type surroundings struct{ header, end, content string }

// streams are the ways that streams begin.
var streams = []surroundings{
	{wideHeader, "</stream:stream>", ns.Client},
	{`<stream:stream xmlns="jabber:server" xmlns:stream="http://etherx.jabber.org/streams" xmlns:db="jabber:server:dialback" ` +
		`xmlns:s="jabber:server" xmlns:e="urn:e">`, "</stream:stream>", ns.Server},
	{`<stream xmlns="http://etherx.jabber.org/streams">`, "</stream>", ns.Client},
	{`<s:stream xmlns:s="http://etherx.jabber.org/streams" xmlns:c="jabber:client">`, "</s:stream>", ns.Client},
}

// sameTree checks that a scanned stanza is what encoding/xml reads in the place where the stanza stood, that it needs
// nothing of that place, and that its index is right.
func sameTree(t *testing.T, place surroundings, written string, st *xmpp.Stanza) {
	t.Helper()
	tree, err := st.Tree()
	if err != nil {
		t.Fatalf("tree of %q: %v", st.Raw, err)
	}
	want, err := otherTree(place.header + written + place.end)
	if err != nil {
		t.Fatalf("encoding/xml refuses %q: %v", written, err)
	}
	if place.content != ns.Client {
		rename(want, place.content)
	}
	if got := show(tree); got != show(want) {
		t.Fatalf("%q\n  reads  %s\n  not as %s", written, got, show(want))
	}
	alone, err := otherTree(`<w xmlns="jabber:client">` + string(st.Raw) + `</w>`)
	if err != nil || show(alone) != show(want) {
		t.Fatalf("%q alone reads\n  %s (%v)\n  not as %s", st.Raw, show(alone), err, show(want))
	}
	parsed, err := Parse(tree.Append(nil, ns.Client))
	if err != nil {
		t.Fatalf("%q written anew: %v", tree, err)
	}
	again, err := parsed.Tree()
	if err != nil || show(again) != show(want) {
		t.Fatalf("%q written anew reads\n  %s (%v)\n  not as %s", tree, show(again), err, show(want))
	}
	sameIndex(t, st, tree)
}

func sameIndex(t *testing.T, st *xmpp.Stanza, tree *xmpp.Element) {
	t.Helper()
	if st.Name != tree.Name || st.Type != tree.Attr("type") || st.ID() != tree.Attr("id") {
		t.Fatalf("%q: index has %v, type %q, id %q", st.Raw, st.Name, st.Type, st.ID())
	}
	if want := kindOf(tree.Local); tree.Space == "jabber:client" && st.Kind != want || tree.Space != "jabber:client" && st.Kind != 0 {
		t.Fatalf("%q: kind %v", st.Raw, st.Kind)
	}
	n := 0
	for c := range tree.Elements() {
		if n == len(st.Children) {
			t.Fatalf("%q: only %d children", st.Raw, n)
		}
		got, err := st.Element(&st.Children[n])
		if err != nil || show(got) != show(c) || !st.Children[n].Is(c.Space, c.Local) {
			t.Fatalf("%q: child %d is %q %v", st.Raw, n, st.Bytes(&st.Children[n]), err)
		}
		n++
	}
	if n != len(st.Children) {
		t.Fatalf("%q: %d children, not %d", st.Raw, len(st.Children), n)
	}
	for _, a := range st.Attrs {
		whole := string(st.Raw[a.Whole.Start:a.Whole.End])
		if !strings.HasPrefix(whole, a.Name) || !strings.HasSuffix(whole[:len(whole)-1], string(st.Attr(a.Name))) {
			t.Fatalf("%q: attribute %q is %q", st.Raw, a.Name, whole)
		}
	}
}
