package transport

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// version2 is a header of version 2: the signature, the command, the family, and what follows with its length before it.
func version2(command, family byte, content string) string {
	return "\r\n\r\n\x00\r\nQUIT\n" + string([]byte{command, family, byte(len(content) >> 8), byte(len(content))}) + content
}

const (
	v4 = "\xc6\x33\x64\x07" + "\xc0\x00\x02\x01" + "\x30\x39" + "\x14\x66" // 198.51.100.7:12345 to 192.0.2.1:5222
	v6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07" + "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x30\x39" + "\x14\x66"
)

var proxyHeaders = []struct{ sent, from string }{ // "": refused; "none": no client
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 5222\r\n", "198.51.100.7"},
	{"PROXY TCP6 2001:db8::7 2001:db8::1 12345 5222\r\n", "2001:db8::7"},
	{"PROXY UNKNOWN\r\n", "none"},
	{"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "none"},
	{version2(0x21, 0x11, v4), "198.51.100.7"},
	{version2(0x21, 0x21, v6), "2001:db8::7"},
	{version2(0x21, 0x11, v4+"\x03\x00\x04abcd"), "198.51.100.7"}, // with a part that we do not know
	{version2(0x20, 0x00, ""), "none"},
	{"<?xml version='1.0'?><stream:stream ", ""},
	{"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", ""},
	{"PROXY TCP4 198.51.100.7\r\n", ""},
	{"PROXY TCP4 198.51.100.700 192.0.2.1 12345 5222\r\n", ""},
	{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 5222 " + strings.Repeat("x", 100) + "\r\n", ""},
	{version2(0x21, 0x11, v4[:8]), ""},
	{version2(0x31, 0x11, v4), ""},
	{version2(0x21, 0x31, strings.Repeat("u", 216)), ""},                 // of a unix socket
	{version2(0x21, 0x11, v4+strings.Repeat("\x03\x00\x00", 20000)), ""}, // longer than anybody needs
	{"", ""},
}

func TestProxyHeaders(t *testing.T) {
	for _, c := range proxyHeaders {
		from, rest, err := readProxyHeader(strings.NewReader(c.sent + "<stream>"))
		got := from.String()
		switch {
		case err != nil:
			got = ""
		case !from.IsValid():
			got = "none"
		}
		if got != c.from || err == nil && string(rest) != "<stream>" {
			t.Errorf("%.60q: %q, then %q (%v); want %q", c.sent, got, rest, err, c.from)
		}
	}
}

func FuzzProxyHeader(f *testing.F) {
	for _, c := range proxyHeaders {
		f.Add([]byte(c.sent))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		_, rest, err := readProxyHeader(r)
		if err == nil && (len(rest) > chunk || !bytes.HasSuffix(b[:len(b)-r.Len()], rest)) {
			t.Errorf("%d bytes are left of %q", len(rest), b)
		}
	})
}

func loopbackOnly() Proxies { return Proxies{netip.MustParsePrefix("127.0.0.0/8")} }

// What a listed load balancer says is the client's address is what counts, and what comes right behind the header arrives,
// over TCP and in a direct handshake.
func TestBehindABalancer(t *testing.T) {
	certs := testCertificates(t)
	limit := NewPerAddress(1)
	for name, o := range map[string]Options{"TCP": {}, "TLS": {TLS: certs.ConfigFunc(ClientsDirect), Direct: true}} {
		o.Balancers, o.PerAddress = loopbackOnly, limit
		l, conns := serve(t, o)
		for _, header := range []string{"PROXY TCP4 198.51.100.7 192.0.2.1 12345 5222\r\n", version2(0x21, 0x21, v6)} {
			raw := dial(t, l)
			var client io.ReadWriter = raw
			if o.Direct {
				client = tls.Client(&withHeader{raw, header}, &tls.Config{InsecureSkipVerify: true})
			} else if _, err := raw.Write([]byte(header + "hello")); err != nil {
				t.Fatal(err)
			}
			if o.Direct {
				go client.Write([]byte("hello"))
			}
			c := <-conns
			if got, err := receive(c, 5); string(got) != "hello" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			if from := c.Remote().String(); from != "198.51.100.7" && from != "2001:db8::7" {
				t.Errorf("%s: from %s", name, from)
			}
			if limit.Enter(c.Remote()) {
				t.Errorf("%s: the client is not counted", name)
			}
			if !limit.Enter(netip.MustParseAddr("127.0.0.1")) {
				t.Errorf("%s: the balancer is counted", name)
			}
			limit.Leave(netip.MustParseAddr("127.0.0.1"))
			second := dial(t, l)
			if _, err := second.Write([]byte(header)); err != nil {
				t.Fatal(err)
			}
			if _, err := second.Read(make([]byte, 1)); err == nil {
				t.Errorf("%s: a second connection of the client is open", name)
			}
		}
		limit = NewPerAddress(1)
	}
}

// withHeader sends a header together with the first bytes.
type withHeader struct {
	net.Conn
	header string
}

func (w *withHeader) Write(b []byte) (int, error) {
	n := len(w.header)
	m, err := w.Conn.Write(append([]byte(w.header), b...))
	w.header = ""
	return max(0, m-n), err
}

// A listed balancer has to send the header; of others it is nothing but bytes.
func TestHeaderIsRequiredOfBalancersOnly(t *testing.T) {
	l, _ := serve(t, Options{Balancers: loopbackOnly})
	c := dial(t, l)
	if _, err := c.Write([]byte("<?xml version='1.0'?>")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a balancer without header is served")
	}
	const header = "PROXY TCP4 198.51.100.7 192.0.2.1 12345 5222\r\n"
	l, conns := serve(t, Options{Balancers: func() Proxies { return Proxies{netip.MustParsePrefix("10.0.0.0/8")} }})
	if _, err := dial(t, l).Write([]byte(header)); err != nil {
		t.Fatal(err)
	}
	s := <-conns
	if got, err := receive(s, len(header)); string(got) != header || s.Remote() != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("from %s: %q, %v", s.Remote(), got, err)
	}
}
