package wire

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// wideHeader declares prefixes for stanzas to use.
const wideHeader = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' ` +
	`xmlns:c='jabber:client' xmlns:e='urn:example&amp;1' xml:lang='en' to='example.com' version='1.0'>`

// good are elements that a scanner accepts, one stanza each.
var good = []struct {
	name, in string
	kind     xmpp.Kind
	raw      string // "" where it is in, unchanged
	children string
}{
	{"chat", chat, xmpp.Message, "", "body active request origin-id x"},
	{"empty", `<presence/>`, xmpp.Presence, "", ""},
	{"empty with space", `<presence />`, xmpp.Presence, "", ""},
	{"empty pair", "<iq\t>\n</iq \r\n>", xmpp.IQ, "", ""},
	{"single quotes", `<iq type='get' id='"'><ping xmlns='urn:xmpp:ping'/></iq>`, xmpp.IQ, "", "ping"},
	{"own content namespace", `<message xmlns="jabber:client"><body/></message>`, xmpp.Message, "", "body"},
	{"nonza", `<r xmlns="urn:xmpp:sm:3"/>`, xmpp.NoStanza, "", ""},
	{"nonza with children", `<a xmlns="urn:b"><c/><d xmlns="urn:e"/></a>`, xmpp.NoStanza, "", "c d"},
	{"stanza's name in another namespace", `<message xmlns="urn:b"/>`, xmpp.NoStanza, "", ""},
	{"no namespace", `<message xmlns=""/>`, xmpp.NoStanza, "", ""},
	{"references", `<message id="a&quot;&#x41;&#10;"><body>&lt;&gt;&amp;&apos;&#128512;</body></message>`, xmpp.Message, "", "body"},
	{"zeros", `<message id="&#00000065;"/>`, xmpp.Message, "", ""},
	{"brackets", `<message id="]]>"><body>]]]] &gt; ] > ]></body></message>`, xmpp.Message, "", "body"},
	{"cdata", `<message><body><![CDATA[<a>&b;]]]]>]]&gt;<![CDATA[]]></body><![CDATA[x]]></message>`, xmpp.Message, "", "body"},
	{"own prefix", `<message xmlns:p="urn:p" p:a="1"><p:x p:b="2" b="2"/><p:y xmlns:p="urn:q"/></message>`, xmpp.Message, "", "x y"},
	{"xml prefix", `<message xml:lang="vi"><body xml:lang="en">x</body></message>`, xmpp.Message, "", "body"},
	{"xml prefix declared", `<message xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:lang="vi"/>`, xmpp.Message, "", ""},
	{"element in the xml namespace", `<message><xml:a xmlns="urn:b"><c/></xml:a></message>`, xmpp.Message, "", "a"},
	{"other scripts", `<message><body>Nguyễn 漢字 😀</body><tên xmlns="urn:a"/><имя/></message>`, xmpp.Message, "", "body tên имя"},
	{"header's prefix on a child", `<message><e:x/></message>`, xmpp.Message,
		`<message xmlns:e="urn:example&amp;1"><e:x/></message>`, "x"},
	{"header's prefix deep", `<message><a xmlns="urn:a"><b e:c="1"/></a></message>`, xmpp.Message,
		`<message xmlns:e="urn:example&amp;1"><a xmlns="urn:a"><b e:c="1"/></a></message>`, "a"},
	{"header's prefix on the stanza", `<c:message id='1'><c:body>x</c:body></c:message>`, xmpp.Message,
		`<message id="1"><body>x</body></message>`, "body"},
	{"element of the stream", `<stream:error><a xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></stream:error>`, xmpp.NoStanza,
		`<error xmlns="http://etherx.jabber.org/streams"><a xmlns="urn:ietf:params:xml:ns:xmpp-streams"/></error>`, "a"},
	{"line end in an attribute", "<message id='a\r\nb'/>", xmpp.Message, `<message id="a b"/>`, ""},
}

func TestGood(t *testing.T) {
	for _, c := range good {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t, wideHeader, Limits{}, ns.Client)
			st, n, err := s.Next([]byte(c.in))
			if err != nil || n != len(c.in) {
				t.Fatalf("%d of %d bytes, %v", n, len(c.in), err)
			}
			raw := c.raw
			if raw == "" {
				raw = c.in
			}
			var children []string
			for i := range st.Children {
				children = append(children, st.Children[i].Local)
			}
			if string(st.Raw) != raw || st.Kind != c.kind || strings.Join(children, " ") != c.children {
				t.Fatalf("got %v %q, children %v", st.Kind, st.Raw, children)
			}
			sameTree(t, streams[0], c.in, st)
		})
	}
}

// bad are bytes inside a stream that end it, and the condition that they end it with.
var bad = []struct {
	name, in string
	want     stream.Error
}{
	{"comment", `<message><!-- x --></message>`, stream.RestrictedXML},
	{"comment between stanzas", `<!-- x -->`, stream.RestrictedXML},
	{"processing instruction", `<message><?php ?></message>`, stream.RestrictedXML},
	{"xml declaration in the stream", `<?xml version="1.0"?>`, stream.RestrictedXML},
	{"document type", `<!DOCTYPE a>`, stream.RestrictedXML},
	{"document type inside", `<a><!DOCTYPE a></a>`, stream.RestrictedXML},
	{"entity", `<message><body>&foo;</body></message>`, stream.RestrictedXML},
	{"entity in an attribute", `<message id="&foo;"/>`, stream.RestrictedXML},

	{"bare ampersand", `<a>a & b</a>`, stream.NotWellFormed},
	{"empty reference", `<a>&;</a>`, stream.NotWellFormed},
	{"number without digits", `<a>&#;</a>`, stream.NotWellFormed},
	{"hexadecimal X", `<a>&#X41;</a>`, stream.NotWellFormed},
	{"entity with a bad name", `<a>&1;</a>`, stream.NotWellFormed},
	{"reference to NUL", `<a>&#0;</a>`, stream.NotWellFormed},
	{"reference to a control", `<a b="&#x1f;"/>`, stream.NotWellFormed},
	{"reference to a surrogate", `<a>&#xD83D;</a>`, stream.NotWellFormed},
	{"reference to U+FFFE", `<a>&#xFFFE;</a>`, stream.NotWellFormed},
	{"reference beyond Unicode", `<a>&#x110000;</a>`, stream.NotWellFormed},
	{"reference that overflows", `<a>&#99999999999999999999;</a>`, stream.NotWellFormed},
	{"NUL", "<a>\x00</a>", stream.NotWellFormed},
	{"control", "<a b='\x08'/>", stream.NotWellFormed},
	{"control in a tag", "<a \x01='1'/>", stream.NotWellFormed},
	{"control in CDATA", "<a><![CDATA[\x02]]></a>", stream.NotWellFormed},
	{"U+FFFF", "<a>\uffff</a>", stream.NotWellFormed},
	{"end of CDATA in text", `<a>x]]>y</a>`, stream.NotWellFormed},
	{"mismatched end", `<a><b></a></b>`, stream.NotWellFormed},
	{"end that is longer", `<a></ab>`, stream.NotWellFormed},
	{"end that is shorter", `<ab></a>`, stream.NotWellFormed},
	{"end with another prefix", `<p:a xmlns:p="urn:p" xmlns:q="urn:p"></q:a>`, stream.NotWellFormed},
	{"end with attributes", `<a></a b="c">`, stream.NotWellFormed},
	{"end of another stream", `</stream>`, stream.NotWellFormed},
	{"space before the name", `< a/>`, stream.NotWellFormed},
	{"digit begins a name", `<1a/>`, stream.NotWellFormed},
	{"bad letter in a name", "<a\u00d7/>", stream.NotWellFormed},
	{"combining letter begins a name", "<\u0301a/>", stream.NotWellFormed},
	{"two colons", `<a:b:c/>`, stream.NotWellFormed},
	{"empty prefix", `<:a/>`, stream.NotWellFormed},
	{"empty local part", `<a:/>`, stream.NotWellFormed},
	{"slash inside", `<a / b="1">`, stream.NotWellFormed},
	{"no value", `<a b/>`, stream.NotWellFormed},
	{"no quotes", `<a b=c/>`, stream.NotWellFormed},
	{"no space", `<a b="1"c="2"/>`, stream.NotWellFormed},
	{"less-than in a value", `<a b="<"/>`, stream.NotWellFormed},
	{"less-than in a tag", `<a <b/>`, stream.NotWellFormed},
	{"stray quote", `<a b=c"d>`, stream.NotWellFormed},
	{"same attribute", `<a b="1" c="2" b="3"/>`, stream.NotWellFormed},
	{"same attribute with space", `<a id ="1" id="2"/>`, stream.NotWellFormed},
	{"same attribute in another order", `<a xml:lang="1" b="" xml:lang = "2"/>`, stream.NotWellFormed},
	{"same attribute by namespace", `<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>`, stream.NotWellFormed},
	{"same attribute by escaped namespace", `<a xmlns:p="urn:x" xmlns:q="urn:&#x78;" p:b="1" q:b="2"/>`, stream.NotWellFormed},
	{"undeclared prefix", `<p:a/>`, stream.NotWellFormed},
	{"undeclared prefix deep", `<a><b><c><p:d/></c></b></a>`, stream.NotWellFormed},
	{"undeclared prefix of an attribute", `<a><b><c p:d="1"/></b></a>`, stream.NotWellFormed},
	{"prefix out of scope", `<a><b xmlns:p="urn:p"/><p:c/></a>`, stream.NotWellFormed},
	{"prefix of an open sibling's child", `<a><b><c xmlns:p="urn:p"></c><p:d/></b></a>`, stream.NotWellFormed},
	{"prefix undeclared", `<a xmlns:p=""/>`, stream.NotWellFormed},
	{"xmlns as a prefix", `<xmlns:a/>`, stream.NotWellFormed},
	{"xmlns bound", `<a xmlns:xmlns="urn:a"/>`, stream.NotWellFormed},
	{"namespace of xmlns bound", `<a xmlns:p="http://www.w3.org/2000/xmlns/"/>`, stream.NotWellFormed},
	{"namespace of xmlns as default", `<a xmlns="http://www.w3.org/2000/xmlns/"/>`, stream.NotWellFormed},
	{"xml bound elsewhere", `<a xmlns:xml="urn:a"/>`, stream.NotWellFormed},
	{"namespace of xml bound", `<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`, stream.NotWellFormed},
	{"namespace of xml as default", `<a><b><c xmlns="http://www.w3.org/XML/1998/namespac&#101;"/></b></a>`, stream.NotWellFormed},

	{"bad UTF-8", "<a>\xff</a>", stream.UnsupportedEncoding},
	{"bad UTF-8 in a value", "<a b='\xc3('/>", stream.UnsupportedEncoding},
	{"bad UTF-8 in a name", "<a\x80/>", stream.UnsupportedEncoding},
	{"bad UTF-8 in CDATA", "<a><![CDATA[\xe1\xbb]]></a>", stream.UnsupportedEncoding},
	{"overlong", "<a>\xc0\xbc</a>", stream.UnsupportedEncoding},
	{"surrogate", "<a>\xed\xa0\x80</a>", stream.UnsupportedEncoding},
	{"bad UTF-8 between stanzas", "\xff", stream.UnsupportedEncoding},

	{"text between stanzas", `x<a/>`, stream.BadFormat},
	{"stream in the stream", `<stream:stream/>`, stream.BadFormat},
	{"long namespace", `<a xmlns:p="urn:` + strings.Repeat("x", 300) + `"/>`, stream.PolicyViolation},
	{"long reference", `<a>&#` + strings.Repeat("0", 100) + `65;</a>`, stream.PolicyViolation},
}

func TestBad(t *testing.T) {
	for _, c := range bad {
		t.Run(c.name, func(t *testing.T) {
			s := opened(t, clientHeader, Limits{}, ns.Client)
			st, _, err := s.Next([]byte(c.in))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, %v; want %v", st, err, c.want)
			}
			if _, n, again := s.Next([]byte("<a/>")); !errors.Is(again, c.want) || n != 4 {
				t.Fatalf("the stream goes on: %v", again)
			}
			// The same, a byte at a time.
			s = opened(t, clientHeader, Limits{}, ns.Client)
			if _, err := feed(s, []byte(c.in), 1); !errors.Is(err, c.want) {
				t.Fatalf("by bytes: got %v; want %v", err, c.want)
			}
		})
	}
}

// feed gives a scanner bytes in pieces, and returns the stanzas as clones. It moves the bytes at every step.
func feed(s *Scanner, in []byte, piece int) (all []*xmpp.Stanza, err error) {
	var buf []byte
	for len(in) > 0 {
		k := min(piece, len(in))
		buf = append(slices.Clone(buf), in[:k]...)
		in = in[k:]
		for err == nil {
			var st *xmpp.Stanza
			var n int
			st, n, err = s.Next(buf)
			if st != nil {
				all = append(all, st.Clone())
			}
			clear(buf[:n])
			buf = buf[n:]
		}
		if err != ErrShort {
			return all, err
		}
		err = nil
	}
	return all, ErrShort
}

func TestPieces(t *testing.T) {
	in := ""
	for _, c := range good {
		in += c.in + " \n"
	}
	in += "</stream:stream>"
	whole, err := feed(opened(t, wideHeader, Limits{}, ns.Client), []byte(in), len(in))
	if err != ErrClosed || len(whole) != len(good) {
		t.Fatalf("%d of %d stanzas, %v", len(whole), len(good), err)
	}
	for piece := 1; piece < 40; piece++ {
		pieces, err := feed(opened(t, wideHeader, Limits{}, ns.Client), []byte(in), piece)
		if err != ErrClosed || len(pieces) != len(whole) {
			t.Fatalf("pieces of %d: %d stanzas, %v", piece, len(pieces), err)
		}
		for i := range pieces {
			sameStanza(t, pieces[i], whole[i])
		}
	}
}

func sameStanza(t *testing.T, a, b *xmpp.Stanza) {
	t.Helper()
	if string(a.Raw) != string(b.Raw) || a.Kind != b.Kind || a.Type != b.Type || a.Name != b.Name || a.Content != b.Content ||
		!slices.Equal(a.Attrs, b.Attrs) || !slices.Equal(a.Children, b.Children) {
		t.Fatalf("got  %+v %q\nwant %+v %q", a, a.Raw, b, b.Raw)
	}
}
