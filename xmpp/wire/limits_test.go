package wire

import (
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// repeat writes format n times with its number in place of every #.
func repeat(format string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", strconv.Itoa(i)))
	}
	return b.String()
}

func TestLimits(t *testing.T) {
	limits := Limits{StanzaBytes: 1000, Depth: 5, Attrs: 6, Children: 7, Elements: 12, Prefixes: 3}
	for _, c := range []struct{ name, fits, over string }{
		{"bytes", "<a>" + repeat("x", 993) + "</a>", "<a>" + repeat("x", 994) + "</a>"},
		{"bytes of an open stanza", "<a>" + repeat("x", 993) + "</a>", "<a>" + repeat("x", 997)},
		{"bytes of an open tag", "<a b='" + repeat("x", 991) + "'/>", "<a b='" + repeat("x", 994)},
		{"depth", repeat("<a>", 5) + repeat("</a>", 5), repeat("<a>", 6)},
		{"depth of an empty element", repeat("<a>", 4) + "<b/>" + repeat("</a>", 4), repeat("<a>", 5) + "<b/>"},
		{"attributes", "<a" + repeat(" a#=''", 6) + "/>", "<a" + repeat(" a#=''", 7) + "/>"},
		{"children", "<a>" + repeat("<b/>", 7) + "</a>", "<a>" + repeat("<b/>", 8) + "</a>"},
		{"elements", "<a><b>" + repeat("<c/>", 5) + "</b><b>" + repeat("<c></c>", 4) + "</b></a>",
			"<a><b>" + repeat("<c/>", 5) + "</b><b>" + repeat("<c></c>", 5) + "</b></a>"},
		{"attributes in a namespace", "<a xmlns:p='a'>" + repeat("<b p:c='' p:d='' p:e='' e=''/>", 2) + "<b p:c=''/><c/></a>",
			"<a xmlns:p='a'>" + repeat("<b p:c='' p:d='' p:e='' e=''/>", 2) + "<b p:c='' p:d=''/><c/></a>"},
		{"prefixes", "<a xmlns:p='a' xmlns:q='b'><b xmlns:r='c'/><b xmlns:s='d'/></a>",
			"<a xmlns:p='a' xmlns:q='b'><b xmlns:r='c' xmlns:s='d'/></a>"},
	} {
		if st, n, err := opened(t, clientHeader, limits, ns.Client).Next([]byte(c.fits)); err != nil || n != len(c.fits) {
			t.Errorf("%s: %v, %d, %v", c.name, st, n, err)
		}
		if st, _, err := opened(t, clientHeader, limits, ns.Client).Next([]byte(c.over)); !errors.Is(err, stream.PolicyViolation) {
			t.Errorf("%s: %v, %v", c.name, st, err)
		}
	}
}

// A short declaration of the stream header must not make a long stanza out of a short one.
func TestAmplification(t *testing.T) {
	header := `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" xmlns:p="urn:` + repeat("x", 250) + `">`
	s := opened(t, header, Limits{StanzaBytes: 20000}, ns.Client)
	in := "<p:a>" + repeat("<b p:c=''/>", 500) + "</p:a>"
	if st, _, err := s.Next([]byte(in)); !errors.Is(err, stream.PolicyViolation) {
		t.Fatalf("%d bytes became %d, %v", len(in), len(st.Raw), err)
	}
}

func TestAllocations(t *testing.T) {
	s := opened(t, clientHeader, Limits{}, ns.Client)
	stanzas := [][]byte{[]byte(chat), []byte(`<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>`), []byte(`<presence/>`),
		[]byte(`<r xmlns='urn:xmpp:sm:3'/>`), []byte(`<message xmlns:u='urn:unknown:1'><u:first a='2'/><body>Nguyễn</body></message>`)}
	if n := testing.AllocsPerRun(200, func() {
		for _, b := range stanzas {
			if st, n, err := s.Next(b); err != nil || n != len(b) || st.Kind > xmpp.IQ {
				t.Fatal(n, err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations for ordinary stanzas", n)
	}
	short := []byte(" " + chat[:200])
	if n := testing.AllocsPerRun(200, func() {
		if _, _, err := s.Next(short[:1]); err != ErrShort {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for white space", n)
	}
}

// An idle scanner holds no memory of the stanza before.
func TestIdle(t *testing.T) {
	s := opened(t, clientHeader, Limits{}, ns.Client)
	if _, _, err := s.Next([]byte(chat)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Next(nil); err != ErrShort || s.element != nil {
		t.Fatal(s.element, err)
	}
}

// Bytes that arrive one at a time must not be read again and again: long text, a long value, a long end tag, deep
// elements. The test measures how far the scan has come, not how long it takes.
func TestResumes(t *testing.T) {
	for _, in := range []string{
		"<a>" + repeat("x", 5000) + "</a>",
		"<a b='" + repeat("x&lt;>", 1000) + "'/>",
		"<a><![CDATA[" + repeat("x]]", 2000) + "]]></a>",
		"<a></a" + repeat(" ", 5000) + ">",
		"<a " + repeat(" ", 5000) + "/>",
	} {
		s := opened(t, clientHeader, Limits{}, ns.Client)
		for n := 2; n < len(in); n++ {
			if _, _, err := s.Next([]byte(in[:n])); err != ErrShort {
				t.Fatalf("%.20s: %v after %d bytes", in, err, n)
			}
			if known := max(s.element.at, s.element.seek); known < n-maxReference {
				t.Fatalf("%.20s: after %d bytes the scan stands at %d", in, n, known)
			}
		}
		if _, n, err := s.Next([]byte(in)); err != nil || n != len(in) {
			t.Fatalf("%.20s: %d, %v", in, n, err)
		}
	}
}

// The table of names is what encoding/xml accepts, for every character.
func TestNameTable(t *testing.T) {
	accepts := func(name string) bool {
		_, err := xml.NewDecoder(strings.NewReader("<" + name + "/>")).Token()
		return err == nil
	}
	step := rune(1)
	if testing.Short() {
		step = 17
	}
	for r := rune(0x80); r <= 0x10FFFF; r += step {
		if r == 0xD800 {
			r = 0xE000
		}
		if r == 0x10000 {
			step = 4099
		}
		c := string(r)
		if accepts(c) != nameRune(r, true) || accepts("a"+c) != nameRune(r, false) {
			t.Fatalf("%U: first %v, later %v", r, nameRune(r, true), nameRune(r, false))
		}
	}
}
