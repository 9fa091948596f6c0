package xmpp

import (
	"strings"
	"testing"
)

// scanned is a stanza as the scanner indexes it; the scanner itself is built on this package.
func scanned(t *testing.T, raw string) *Stanza {
	t.Helper()
	e, err := ParseElement([]byte(raw), nsClient)
	if err != nil {
		t.Fatal(err)
	}
	s := &Stanza{Raw: []byte(raw), Kind: kindOf(e.Local), Name: e.Name, Type: e.Attr("type")}
	span := func(from int, part string) Span {
		i := from + strings.Index(raw[from:], part)
		if i < from {
			t.Fatalf("%q is not in %q", part, raw)
		}
		return Span{int32(i), int32(i + len(part))}
	}
	for _, a := range e.Attrs {
		name := a.Local
		if a.Space != "" {
			name = "xml:" + name
		}
		whole := span(0, " "+name+`="`+string(AppendEscaped(nil, a.Value))+`"`)
		whole.Start++
		s.Attrs = append(s.Attrs, AttrSpan{name, whole, Span{whole.Start + int32(len(name)) + 2, whole.End - 1}})
	}
	end := len(raw)
	if !strings.HasSuffix(raw, "/>") {
		end = strings.LastIndex(raw, "</")
	}
	at := strings.Index(raw, ">") + 1
	s.Content = Span{int32(at), int32(max(end, at))}
	for c := range e.Elements() {
		where := span(at, string(c.Append(nil, nsClient)))
		s.Children = append(s.Children, Child{c.Space, c.Local, where})
		at = int(where.End)
	}
	return s
}

func mustJID(t *testing.T, s string) JID {
	t.Helper()
	j, err := ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestTail(t *testing.T) {
	const raw = `<message to="b@example.com" type="chat" from="forged@example.com" id="1&quot;" xml:lang="vi">` +
		`<body>x</body> <x xmlns="urn:x"/><y xmlns="urn:x"><body/></y><x xmlns="urn:x">2</x></message>`
	s := scanned(t, raw)
	s.From = mustJID(t, "a@example.com/it's")
	const head = ` from="a@example.com/it&apos;s" type="chat" id="1&quot;" xml:lang="vi">`
	for _, c := range []struct {
		name string
		drop func(*Child) bool
		want string
	}{
		{"nothing", nil, `<body>x</body> <x xmlns="urn:x"/><y xmlns="urn:x"><body/></y><x xmlns="urn:x">2</x>`},
		{"all x", func(c *Child) bool { return c.Is("urn:x", "x") }, `<body>x</body> <y xmlns="urn:x"><body/></y>`},
		{"the first", func(c *Child) bool { return c.Local == "body" }, ` <x xmlns="urn:x"/><y xmlns="urn:x"><body/></y><x xmlns="urn:x">2</x>`},
		{"all", func(*Child) bool { return true }, ` `},
	} {
		tail := s.Tail(c.drop)
		if string(tail) != head+c.want+`</message>` {
			t.Errorf("without %s: %s", c.name, tail)
		}
		if cap(tail)-len(tail) < TailGrow-len(` from=""`)-6 {
			t.Errorf("without %s: room for %d bytes", c.name, cap(tail)-len(tail))
		}
	}
	if n := testing.AllocsPerRun(100, func() { s.Tail(nil) }); n != 1 {
		t.Errorf("%v allocations", n)
	}
	empty := scanned(t, `<presence/>`)
	if got := string(empty.Tail(nil)); got != `></presence>` {
		t.Errorf("empty presence: %s", got)
	}
}

func TestAppendToTail(t *testing.T) {
	const child = `<stanza-id xmlns="urn:xmpp:sid:0" id="1" by="b@example.com"/>`
	s := scanned(t, `<message id="1"><body>x</body></message>`)
	tail := s.Tail(nil)
	got := AppendToTail(tail, Message, []byte(child))
	if string(got) != ` id="1"><body>x</body>`+child+`</message>` {
		t.Errorf("got %s", got)
	}
	if &got[0] != &tail[0] {
		t.Error("the bytes were copied although there was room")
	}
	for _, k := range []Kind{Message, Presence, IQ} {
		f := FrameOf(El(nsClient, k.String()).Set("id", "/"))
		got := string(AppendToTail(f.Tail, k, []byte(child)))
		if want := ` id="/">` + child + `</` + k.String() + `>`; got != want {
			t.Errorf("an empty element: got %s, want %s", got, want)
		}
	}
}

func TestFrameOf(t *testing.T) {
	to := mustJID(t, "b@example.com/it's")
	e := NewMessage(mustJID(t, "a@example.com"), to, TypeChat, El(nsClient, "body").AddText("<"), El("urn:x", "x"))
	f := FrameOf(e)
	const tail = ` from="a@example.com" type="chat"><body>&lt;</body><x xmlns="urn:x"/></message>`
	if f.Kind != Message || f.To != to || string(f.Tail) != tail {
		t.Fatalf("got %+v %s", f, f.Tail)
	}
	got := f.Append(nil, "")
	if string(got) != `<message to="b@example.com/it&apos;s"`+tail {
		t.Fatalf("got %s", got)
	}
	back, err := ParseElement(got, nsClient)
	if err != nil || back.Attr("to") != to.String() || back.ChildText(nsClient, "body") != "<" || back.Child("urn:x", "x") == nil {
		t.Fatalf("read again: %v, %v", back, err)
	}
	if again := FrameOf(back); string(again.Append(nil, "")) != string(got) {
		t.Fatalf("framed again: %s", again.Append(nil, ""))
	}
	framed := f.WithTo(JID{})
	if got := string(framed.Append(nil, nsClient)); got != `<message xmlns="jabber:client"`+tail {
		t.Fatalf("with its namespace: %s", got)
	}
	// The namespace of the tree does not matter, whatever it is.
	for _, space := range []string{"", "jabber:server", nsXML} {
		f := FrameOf(El(space, "iq", El(space, "a"), El("urn:x", "b")))
		got := string(f.Append(nil, ""))
		if !strings.HasPrefix(got, "<iq><") || !strings.HasSuffix(got, `<b xmlns="urn:x"/></iq>`) {
			t.Errorf("in %q: %s", space, got)
		}
	}
	nonza := FrameOf(El("urn:xmpp:sm:3", "r").Set("to", "x"))
	if got := string(nonza.Append([]byte("-"), nsClient)); got != `-<r xmlns="urn:xmpp:sm:3" to="x"/>` {
		t.Errorf("no stanza: %s", got)
	}
	if bad := FrameOf(El(nsClient, "message").Set("to", "@")); !bad.To.IsZero() || string(bad.Append(nil, "")) != `<message/>` {
		t.Errorf("bad address: %s", bad.Append(nil, ""))
	}
}
