package c2s_test

import (
	"crypto/tls"
	"encoding/base64"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// TestWithoutTLS plays scripts of clients that do not start TLS where it is required.
func TestWithoutTLS(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "tls", "*.txt"), func(t *testing.T) xmpptest.Server {
		s := servertest.StartTLS(t, nil)
		s.TLS = nil
		return s
	})
}

// reach reads what comes on a connection.
func reach(t *testing.T, conn net.Conn) *peer {
	t.Helper()
	p := &peer{t: t, conn: conn}
	p.cond.L = &p.mu
	go p.read()
	t.Cleanup(func() { conn.Close() })
	return p
}

func connect(t *testing.T, s *xmpptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// secure starts TLS after before was sent in the same write as <starttls/>.
func secure(t *testing.T, s *xmpptest.Server, before string) *peer {
	t.Helper()
	conn := connect(t, s)
	plain := &peer{t: t, conn: conn}
	plain.cond.L = &plain.mu
	plain.send(header)
	plain.through("</stream:features>")
	plain.send(`<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>` + before)
	plain.through("/>")
	return reach(t, tls.Client(conn, s.TLS))
}

// through reads byte by byte as far as text.
func (p *peer) through(text string) {
	p.t.Helper()
	var got []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(got), text); got = append(got, b[0]) {
		if _, err := p.conn.Read(b); err != nil {
			p.t.Fatalf("%v; waited for %q, got %q", err, text, got)
		}
	}
}

// TestInjection is RFC 6120 § 5.4.3.3: what was sent behind <starttls/> was not protected, and is never looked at.
func TestInjection(t *testing.T) {
	s := servertest.StartTLS(t, nil)
	for _, before := range []string{
		`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AHJvbWVvAHBlbmNpbA==</auth>`,
		header, "<", " ", "</stream:stream>", strings.Repeat("<x/>", 1000),
	} {
		p := secure(t, &s, before)
		p.send(header)
		if got := p.expect("</stream:features>"); strings.Count(got, "<stream:stream ") != 1 || strings.Contains(got, "starttls") {
			t.Errorf("%.20q: after TLS: %s", before, got)
		}
		p.send("</stream:stream>")
		if got := p.ended(); got != "</stream:stream>" {
			t.Errorf("%.20q: %s", before, got)
		}
	}
	p := secure(t, &s, "") // § 5.3.1: TLS once
	p.send(header)
	p.expect("</stream:features>")
	p.send(`<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>`)
	if got := p.ended(); got != `<failure xmlns="urn:ietf:params:xml:ns:xmpp-tls"/></stream:stream>` {
		t.Error(got)
	}
}

// TestForeignBinding is docs/decisions/0003: a client that tried channel binding of a type that we do not have may say that it
// saw none offered; another may not (RFC 5802 § 6).
func TestForeignBinding(t *testing.T) {
	s := servertest.StartTLS(t, nil)
	if _, err := s.Account(t.Context(), "romeo@example.net"); err != nil {
		t.Fatal(err)
	}
	try := func(p *peer, mechanism, gs2, want string) {
		t.Helper()
		p.send(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="` + mechanism + `">` +
			base64.StdEncoding.EncodeToString([]byte(gs2+"n=romeo,r=fyko+d2lbbFgONRv9qkxdawL")) + `</auth>`)
		if got := p.expect(">"); !strings.HasPrefix(got, "<"+want) {
			t.Errorf("%s with %s: %s", mechanism, gs2, got)
		}
		if want == "challenge" {
			p.expect("</challenge>")
			p.send(`<abort xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>`)
		}
		p.expect("</failure>")
	}
	open := func() *peer {
		p := secure(t, &s, "")
		p.send(header)
		if got := p.expect("</stream:features>"); !strings.Contains(got, "<mechanism>SCRAM-SHA-256-PLUS</mechanism>") ||
			!strings.Contains(got, `<channel-binding type="tls-exporter"/>`) { // XEP-0440 § 3
			t.Error(got)
		}
		return p
	}
	p := open()
	try(p, "SCRAM-SHA-256", "y,,", "failure")
	try(p, "SCRAM-SHA-256", "n,,", "challenge")
	p = open()
	for _, hash := range []string{"SHA-512", "SHA-256", "SHA-1"} { // these do not count among the five
		try(p, "SCRAM-"+hash+"-PLUS", "p=tls-unique,,", "failure")
	}
	for range 4 {
		try(p, "SCRAM-SHA-256", "y,,", "challenge")
	}
	try(p, "SCRAM-SHA-256", "y,,", "challenge")
	if got := p.ended(); !strings.Contains(got, "<policy-violation ") {
		t.Error(got)
	}
}

// TestDirectTLS is XEP-0368: the same stream without STARTTLS.
func TestDirectTLS(t *testing.T) {
	s := servertest.StartTLS(t, func(cfg *config.Config) {
		cfg.Listen.C2S, cfg.Listen.C2STLS = nil, []string{"127.0.0.1:0"}
	})
	own := s.TLS.Clone()
	own.NextProtos = []string{"xmpp-client"} // § 4
	conn := tls.Client(connect(t, &s), own)
	p := reach(t, conn)
	p.send(header)
	if got := p.expect("</stream:features>"); strings.Contains(got, "starttls") || !strings.Contains(got, "-PLUS") {
		t.Error(got)
	}
	if got := conn.ConnectionState().NegotiatedProtocol; got != "xmpp-client" {
		t.Errorf("ALPN: %q", got)
	}
	p.send("</stream:stream>")
	p.ended()
}
