package wire

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

func TestOpen(t *testing.T) {
	const nsDialback = "jabber:server:dialback"
	for _, c := range []struct {
		name, in string
		want     Header
	}{
		{"client", "\n<?xml version='1.0' encoding='UTF-8'?>\n" + `<stream:stream from='a&amp;b@example.com' to='example.com' version='1.0' ` +
			`xml:lang='vi' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
			Header{From: "a&b@example.com", To: "example.com", Version: "1.0", Lang: "vi", Content: ns.Client,
				Prefixes: []Prefix{{"stream", ns.Stream}}}},
		{"server", `<stream:stream xmlns:db='jabber:server:dialback' xmlns='jabber:server' id='1' xmlns:stream='http://etherx.jabber.org/streams' >`,
			Header{ID: "1", Content: ns.Server, Prefixes: []Prefix{{"db", nsDialback}, {"stream", ns.Stream}}}},
		{"prefix-free", `<stream xmlns='http://etherx.jabber.org/streams' x:to='no' xmlns:x='urn:x'>`,
			Header{Content: ns.Stream, Prefixes: []Prefix{{"x", "urn:x"}}}},
		{"empty stream", `<s:stream xmlns:s='http://etherx.jabber.org/streams'/>`, Header{Prefixes: []Prefix{{"s", ns.Stream}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewScanner(Limits{}, ns.Client)
			buf, n, err := []byte{}, 0, ErrShort
			var h *Header
			for i := 0; i < len(c.in) && err == ErrShort; i++ {
				buf = append(buf, c.in[i])
				h, n, err = s.Open(buf)
				buf = buf[n:]
			}
			if err != nil || len(buf) != 0 || !reflect.DeepEqual(*h, c.want) {
				t.Fatalf("got %+v, %v, %q left", h, err, buf)
			}
		})
	}
}

func TestOpenBad(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     stream.Error
	}{
		{"http", "GET / HTTP/1.1\r\n", stream.BadFormat},
		{"tls", "\x16\x03\x01\x02\x00", stream.BadFormat},
		{"byte order mark", "\ufeff<?xml version='1.0'?>", stream.NotWellFormed},
		{"utf-16", "\xff\xfe<\x00", stream.UnsupportedEncoding},
		{"latin 1", "<?xml version='1.0' encoding='iso-8859-1'?>", stream.UnsupportedEncoding},
		{"no version", "<?xml encoding='utf-8'?>", stream.NotWellFormed},
		{"version 1.1", "<?xml version='1.1'?>", stream.NotWellFormed}, // RFC 6120 § 11.8
		{"version 1.", "<?xml version='1.'?>", stream.NotWellFormed},
		{"version 2", "<?xml version='2.0'?>", stream.NotWellFormed},
		{"wrong order", "<?xml version='1.0' standalone='yes' encoding='utf-8'?>", stream.NotWellFormed},
		{"end in the declaration", "<?xml version='1.0' > ?>", stream.NotWellFormed},
		{"two declarations", "<?xml version='1.0'?><?xml version='1.0'?>", stream.RestrictedXML},
		{"stylesheet", "<?xml-stylesheet href='a'?>", stream.RestrictedXML},
		{"long declaration", "<?xml version='1.0'" + strings.Repeat(" ", 300), stream.PolicyViolation},
		{"document type", "<!DOCTYPE stream:stream>", stream.RestrictedXML},
		{"end", "</stream:stream>", stream.NotWellFormed},
		{"undeclared prefix", "<stream:stream xmlns='jabber:client'>", stream.NotWellFormed},
		{"stanza", "<message xmlns='jabber:client'>", stream.InvalidNamespace},
		{"features", "<s:features xmlns:s='http://etherx.jabber.org/streams'>", stream.BadFormat},
		{"long header", "<stream a='" + strings.Repeat("x", 2000), stream.PolicyViolation},
		{"many attributes", "<stream a='1' b='2' c='3' d='4' e='5' f='6' g='7' h='8' i='9'>", stream.PolicyViolation},
	} {
		s := NewScanner(Limits{StanzaBytes: 1000, Attrs: 8}, ns.Client)
		h, n, err := s.Open([]byte(c.in))
		if err == nil && h == nil {
			t.Fatalf("%s: neither header nor error", c.name)
		}
		if !errors.Is(err, c.want) || n > len(c.in) {
			t.Errorf("%s: got %v, %v; want %v", c.name, h, err, c.want)
		}
		if _, _, again := s.Open([]byte(clientHeader)); !errors.Is(again, c.want) {
			t.Errorf("%s: the stream goes on with %v", c.name, again)
		}
	}
}

func TestCloseAndReset(t *testing.T) {
	s := opened(t, clientHeader, Limits{}, ns.Client)
	for _, in := range []string{"</stream:stream", "</stream:stream ", "</"} {
		if _, n, err := s.Next([]byte(in)); n != 0 || err != ErrShort {
			t.Fatalf("%q: %d, %v", in, n, err)
		}
	}
	if _, n, err := s.Next([]byte(" </stream:stream\n>x")); n != 18 || err != ErrClosed {
		t.Fatalf("close: %d, %v", n, err)
	}
	if _, n, err := s.Next([]byte("<a/>")); n != 4 || err != ErrClosed {
		t.Fatalf("after close: %d, %v", n, err)
	}
	s.Reset()
	if _, _, err := s.Next([]byte("<a/>")); !errors.Is(err, stream.InternalServerError) {
		t.Fatalf("before the header: %v", err)
	}
	s.Reset()
	empty := `<s:stream xmlns:s='http://etherx.jabber.org/streams'/>`
	if _, n, err := s.Open([]byte(empty)); err != nil || n != len(empty) {
		t.Fatalf("open again: %d, %v", n, err)
	}
	if _, _, err := s.Next(nil); err != ErrClosed {
		t.Fatalf("empty stream: %v", err)
	}
	s = opened(t, clientHeader, Limits{}, ns.Client)
	if _, _, err := s.Next([]byte("</stream:stream" + strings.Repeat(" ", 100))); !errors.Is(err, stream.PolicyViolation) {
		t.Fatalf("long end: %v", err)
	}
}

func TestWriting(t *testing.T) {
	h := Header{From: "example.com", To: "a'b@example.com", ID: "1", Version: "1.0", Lang: "en", Content: ns.Client,
		Prefixes: []Prefix{{"stream", ns.Stream}, {"db", "jabber:server:dialback"}}}
	in := h.Append(nil)
	read, n, err := NewScanner(Limits{}, ns.Client).Open(in)
	if err != nil || n != len(in) || !reflect.DeepEqual(*read, h) {
		t.Fatalf("%q reads %+v, %v", in, read, err)
	}
	streamError := stream.PolicyViolation
	streamError.Text = []struct{ Lang, Value string }{{"en", "a < b"}}
	see := stream.Error{Err: "see-other-host", Content: "[::1]:5222"}
	app := xmpp.El("urn:app", "too-many")
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{AppendStreamError(nil, streamError, app, Streamed), `<stream:error><policy-violation xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>` +
			`<text xmlns="urn:ietf:params:xml:ns:xmpp-streams" xml:lang="en">a &lt; b</text><too-many xmlns="urn:app"/></stream:error>`},
		{AppendStreamError(nil, see, nil, Framed), `<stream:error xmlns:stream="http://etherx.jabber.org/streams">` +
			`<see-other-host xmlns="urn:ietf:params:xml:ns:xmpp-streams">[::1]:5222</see-other-host></stream:error>`},
		{AppendFeatures(nil, []*xmpp.Element{xmpp.El(ns.StartTLS, "starttls"), nil, xmpp.El(ns.Bind, "bind")}, Streamed),
			`<stream:features><starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></stream:features>`},
		{AppendFeatures(nil, nil, Framed), `<stream:features xmlns:stream="http://etherx.jabber.org/streams"></stream:features>`},
		{AppendClose(nil), `<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`},
	} {
		if string(c.got) != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

func TestCondition(t *testing.T) {
	if got := Condition(fmt.Errorf("read: %w", policy("x"))); got.Err != "policy-violation" || len(got.Text) != 1 {
		t.Error(got)
	}
	if got := Condition(io.ErrUnexpectedEOF); got.Err != "internal-server-error" || len(got.Text) != 0 {
		t.Error(got)
	}
}

func TestFramed(t *testing.T) {
	s := NewScanner(Limits{StanzaBytes: 2000}, ns.Client)
	h := Header{To: "example.com", Version: "1.0", Lang: "en", Content: ns.Client}
	st, err := s.Frame(h.AppendOpen(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := OpenOf(st); !ok || !reflect.DeepEqual(*got, h) || IsClose(st) {
		t.Fatalf("open: %+v, %v", got, ok)
	}
	if st, err = s.Frame([]byte(`<message xmlns="jabber:client"><body/></message>`)); err != nil || st.Kind != xmpp.Message || !st.Has(ns.Client, "body") {
		t.Fatalf("message: %+v, %v", st, err)
	}
	if st, err = s.Frame([]byte(`<message><body/></message>`)); err != nil || st.Kind != xmpp.NoStanza || st.Name.Space != "" {
		t.Fatalf("message without namespace: %+v, %v", st, err)
	}
	if st, err = s.Frame(AppendClose(nil)); err != nil || !IsClose(st) {
		t.Fatalf("close: %+v, %v", st, err)
	}
	for in, want := range map[string]stream.Error{
		"":                                stream.NotWellFormed,
		" <a/>":                           stream.NotWellFormed, // RFC 7395 § 3.3.3: the first character is '<'
		"<a/><b/>":                        stream.NotWellFormed,
		"<a>":                             stream.NotWellFormed,
		"<stream:features/>":              stream.NotWellFormed,
		"<a>" + strings.Repeat("x", 2000): stream.PolicyViolation,
	} {
		if st, err := NewScanner(Limits{StanzaBytes: 2000}, ns.Client).Frame([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.20q: got %v, %v; want %v", in, st, err, want)
		}
	}
}
