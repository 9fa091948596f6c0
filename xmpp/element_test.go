package xmpp

import (
	"reflect"
	"strings"
	"testing"
)

func TestElement(t *testing.T) {
	e := El("urn:a", "a", El("urn:a", "b").AddText("1"), nil, El("urn:c", "b").Set("x", "1").Set("x", "2")).AddText("").AddText("t")
	e.Attrs = append(e.Attrs, Attr{Space: nsXML, Local: "lang", Value: "vi"}, Attr{Space: "urn:x&", Local: "k", Value: "\"\n"})
	const want = `<a xmlns="urn:a" xml:lang="vi" xmlns:ns1="urn:x&amp;" ns1:k="&quot;&#10;"><b>1</b><b xmlns="urn:c" x="2"/>t</a>`
	if e.String() != want {
		t.Fatalf("got %s", e)
	}
	if got := string(e.Append([]byte("-"), "urn:a")); got != "-"+strings.Replace(want, ` xmlns="urn:a"`, "", 1) {
		t.Fatalf("inside urn:a: %s", got)
	}
	read, err := ParseElement([]byte(want), "")
	if err != nil || !reflect.DeepEqual(read, e) {
		t.Fatalf("read: %v %v", read, err)
	}
	if e.ChildText("urn:a", "b") != "1" || e.Child("urn:c", "b").Attr("x") != "2" || e.Child("urn:d", "b") != nil || e.Text() != "t" {
		t.Fatal("children of", e)
	}
	if v, ok := e.LookupAttr(nsXML, "lang"); v != "vi" || !ok || e.Attr("lang") != "" {
		t.Fatal("attributes of", e)
	}
	var none *Element
	if none.Child("", "a") != nil || none.Text() != "" || none.Attr("a") != "" || none.Is("", "") || none.ChildText("", "a") != "" {
		t.Fatal("nil is not empty")
	}
	for c := range e.Elements() {
		if c.Space == "urn:c" {
			t.Fatal("the loop goes on after a break")
		}
		break
	}
	raw := El(nsClient, "a").AddRaw([]byte(`<b xmlns="urn:b"/>`)).AddText("x")
	if got := string(raw.Append(nil, nsClient)); got != `<a><b xmlns="urn:b"/>x</a>` {
		t.Fatal("raw:", got)
	}
}

func TestElementInXMLNamespace(t *testing.T) {
	e := El(nsXML, "a", El("urn:o", "b", El(nsXML, "c", El("urn:o", "d"))))
	const want = `<xml:a><b xmlns="urn:o"><xml:c><d/></xml:c></b></xml:a>`
	if got := string(e.Append(nil, nsClient)); got != want {
		t.Fatal(got)
	}
	if read, err := ParseElement([]byte(want), nsClient); err != nil || !reflect.DeepEqual(read, e) {
		t.Fatal(read, err)
	}
}

func TestAppendEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"plain":                  "plain",
		`<a b="c" d='e'>&`:       "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;",
		"a\tb\r\nc":              "a&#9;b&#13;&#10;c",
		"a\x00b\x1fc\x7f":        "abc\x7f",
		"Nguyễn 😀":               "Nguyễn 😀",
		"a\ufffeb\uffff":         "ab",
		"\ufffd\ufffc\ufeff":     "\ufffd\ufffc\ufeff",
		"a\xffb\xe1\xbb":         "a\ufffdb\ufffd\ufffd",
		"\xed\xa0\x80<\xf4\x90x": "\ufffd\ufffd\ufffd&lt;\ufffd\ufffdx",
	} {
		if got := string(AppendEscaped(nil, in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if got := string(AppendEscaped([]byte("-"), []byte(in))); got != "-"+want {
			t.Errorf("%q as bytes: got %q, want %q", in, got, want)
		}
	}
	if got := Clean("a\x00b\xff\ufffe\n"); got != "ab\ufffd\n" {
		t.Errorf("clean: %q", got)
	}
}

func TestUnescape(t *testing.T) {
	for _, c := range []struct{ in, text, attr string }{
		{"plain", "plain", "plain"},
		{"&lt;&gt;&amp;&quot;&apos;", `<>&"'`, `<>&"'`},
		{"&#65;&#x1F600;&#x0a;&#13;", "A😀\n\r", "A😀\n\r"},
		{"a\r\nb\rc\nd\te", "a\nb\nc\nd\te", "a b c d e"},
		{"\r\r\n\n", "\n\n\n", "   "},
		// The scanner refuses these; here they must only do no harm.
		{"&", "&", "&"},
		{"&;&x;&#;&#x;&#xg;&amp", "&;&x;&#;&#x;&#xg;&amp", "&;&x;&#;&#x;&#xg;&amp"},
		{"&#x110000;&#99999999999999999999;", "&#x110000;&#99999999999999999999;", "&#x110000;&#99999999999999999999;"},
	} {
		if got := Unescape([]byte(c.in)); got != c.text {
			t.Errorf("%q: got %q", c.in, got)
		}
		if got := UnescapeAttr([]byte(c.in)); got != c.attr {
			t.Errorf("%q as attribute: got %q", c.in, got)
		}
	}
}

func TestParseElement(t *testing.T) {
	const in = "<p:a xmlns:p='urn:p' xmlns='urn:d' p:x='1' x='a\n&amp;'><b>t<![CDATA[<&\r\n]]>&lt;<![CDATA[]]></b >" +
		"<p:c xmlns:p='urn:q'><p:d/></p:c><e xmlns=''/><p:f/></p:a>"
	want := El("urn:p", "a", El("urn:d", "b").AddText("t<&\n<"), El("urn:q", "c", El("urn:q", "d")), El("", "e"), El("urn:p", "f"))
	want.Attrs = []Attr{{"urn:p", "x", "1"}, {"", "x", "a &"}}
	if got, err := ParseElement([]byte(in), "urn:other"); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, %v", got, err)
	}
	if got, err := ParseElement([]byte("<a/>"), "urn:other"); err != nil || !got.Is("urn:other", "a") {
		t.Fatalf("got %v, %v", got, err)
	}
	deep := strings.Repeat("<a>", MaxDepth) + strings.Repeat("</a>", MaxDepth)
	if _, err := ParseElement([]byte(deep), ""); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "a", "<", "<a", "<a>", "<a></b>", "<a/><b/>", "<a/>x", "<p:a/>", "<a p:b=''/>", "<a b/>", "<a b=c/>", "<a b='/>", "<a></a",
		"<a></a b>", "<>", "</a>", "<a:b:c/>", "<:a/>", "<a:/>", "<a><!-- --></a>", "<!a/>", "<?a/>", "<a><![CDATA[</a>", "<a><b></a>",
		"<a>" + deep + "</a>",
	} {
		if got, err := ParseElement([]byte(bad), ""); err == nil {
			t.Errorf("%.40q is read as %v", bad, got)
		}
	}
}

// FuzzParseElement checks that nothing harms the parser, and that a tree that is written is read as the same tree.
func FuzzParseElement(f *testing.F) {
	for _, s := range []string{"<a/>", "<a b='c'>d</a>", "<p:a xmlns:p='q' p:b='1'/>", "<a><![CDATA[x]]></a>", "<xml:a/>", "<a xmlns=''>&#65;</a>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := ParseElement(in, "urn:d")
		if err != nil || !plainNames(e) { // only the scanner checks names
			return
		}
		written := e.Append(nil, "urn:d")
		read, err := ParseElement(written, "urn:d")
		if err != nil {
			t.Fatalf("%q written as %q: %v", in, written, err)
		}
		if again := read.Append(nil, "urn:d"); string(again) != string(written) {
			t.Fatalf("%q written as %q, then as %q", in, written, again)
		}
	})
}

// plainNames tells whether all names below e are letters, none declares a namespace, and nothing in e is lost when it
// is written.
func plainNames(e *Element) bool {
	plain := func(local string, values ...string) bool {
		for _, v := range values {
			if UnescapeAttr(AppendEscaped(nil, v)) != v {
				return false
			}
		}
		return local != "xmlns" && strings.Trim(local, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
	}
	for _, a := range e.Attrs {
		if !plain(a.Local, a.Space, a.Value) {
			return false
		}
	}
	for c := range e.Elements() {
		if !plainNames(c) {
			return false
		}
	}
	return plain(e.Local, e.Space, e.Text())
}
