package c2s_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"strings"
	"testing"

	"myna/server/servertest"
)

const device = `<user-agent id="d4565fa7-4d72-4749-b3d3-740edbf87770"/>`

// redeem signs in with a token that is bound to the TLS connection (RFC 9266), and returns what the server answers.
func redeem(t *testing.T, p *peer, token, inline string) string {
	t.Helper()
	conn := p.conn.(*tls.Conn)
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	state := conn.ConnectionState()
	bound, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	if err != nil {
		t.Fatal(err)
	}
	proof := func(role string) []byte {
		mac := hmac.New(sha256.New, []byte(token))
		mac.Write(append([]byte(role), bound...))
		return mac.Sum(nil)
	}
	p.send(header)
	p.expect("</stream:features>")
	p.send(`<authenticate xmlns="urn:xmpp:sasl:2" mechanism="HT-SHA-256-EXPR"><initial-response>` +
		base64.StdEncoding.EncodeToString(append([]byte("romeo\x00"), proof("Initiator")...)) + `</initial-response>` + device + inline + `</authenticate>`)
	got := p.expect(">")
	if strings.HasPrefix(got, "<success") {
		got += p.expect("</stream:features>")
		if !strings.Contains(got, "<additional-data>"+base64.StdEncoding.EncodeToString(proof("Responder"))+"</additional-data>") {
			t.Errorf("the server has not proved that it knows the token: %s", got)
		}
		return got
	}
	return got + p.expect("</failure>")
}

// TestFAST is XEP-0484 from the first sign-in to the end of a token, over TLS.
func TestFAST(t *testing.T) {
	s := servertest.StartTLS(t, nil)
	if _, err := s.Account(t.Context(), "romeo@example.net"); err != nil {
		t.Fatal(err)
	}
	p := secure(t, &s, "")
	p.send(header)
	offer := p.expect("</stream:features>")
	if mechanisms := between(offer, "<mechanisms ", "</mechanisms>"); strings.Contains(mechanisms, "HT-") ||
		!strings.Contains(offer, "<fast xmlns=\"urn:xmpp:fast:0\"><mechanism>HT-SHA-256-EXPR<") {
		t.Errorf("§ 3.1: %s", offer)
	}
	p.send(authenticate("romeo", device+`<request-token xmlns="urn:xmpp:fast:0" mechanism="HT-SHA-256-EXPR"/>`))
	token := between(p.expect("</success>"), ` token="`, `"`)

	p = secure(t, &s, "")
	got := redeem(t, p, token, `<fast xmlns="urn:xmpp:fast:0" count="1"/><bind xmlns="urn:xmpp:bind:0"><tag>t</tag></bind>`)
	if !strings.Contains(got, "<authorization-identifier>romeo@example.net/t/") || !strings.Contains(got, "<bound ") || strings.Contains(got, "<token ") {
		t.Errorf("§ 3.4: %s", got)
	}
	if got := redeem(t, secure(t, &s, ""), token, `<fast xmlns="urn:xmpp:fast:0" count="1"/>`); !strings.Contains(got, "<not-authorized ") {
		t.Errorf("§ 3.4, a replay: %s", got)
	}
	got = redeem(t, secure(t, &s, ""), token, `<fast xmlns="urn:xmpp:fast:0" count="2" invalidate="1"/><request-token xmlns="urn:xmpp:fast:0" mechanism="HT-SHA-256-EXPR"/>`)
	next := between(got, ` token="`, `"`)
	if next == "" || next == token {
		t.Errorf("§ 3.6: %s", got)
	}
	if got := redeem(t, secure(t, &s, ""), token, `<fast xmlns="urn:xmpp:fast:0"/>`); !strings.Contains(got, "<not-authorized ") {
		t.Errorf("§ 3.6, afterwards: %s", got)
	}
	if got := redeem(t, secure(t, &s, ""), next, `<fast xmlns="urn:xmpp:fast:0"/>`); !strings.HasPrefix(got, "<success ") {
		t.Errorf("the one that came after it: %s", got)
	}
	if _, err := s.Do(t.Context(), `admin account.password {"address":"romeo@example.net","password":"another password"}`); err != nil {
		t.Fatal(err)
	}
	if got := redeem(t, secure(t, &s, ""), next, `<fast xmlns="urn:xmpp:fast:0"/>`); !strings.Contains(got, "<not-authorized ") {
		t.Errorf("after another password: %s", got)
	}
}
