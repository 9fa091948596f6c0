package certificates_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, "testdata/*.txt", func(t *testing.T) xmpptest.Server { return servertest.StartWith(t, on) })
}

func on(c *config.Config) {
	c.Modules = map[string]config.Section{"accounts": {"user_certificates": true}}
}

// enter signs in as romeo, showing a certificate unless it is nil.
func enter(t *testing.T, s xmpptest.Server, cert *tls.Certificate, resource string, login func(*xmpptest.Client) error) *xmpptest.Client {
	t.Helper()
	s.TLS = s.TLS.Clone()
	if cert != nil {
		s.TLS.Certificates = []tls.Certificate{*cert}
	}
	c, err := xmpptest.Dial(t.Context(), &s, "romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Cut)
	err = login(c)
	if err == nil && resource != "" {
		err = c.Bind(t.Context(), resource)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// asked are requests, and what the answers have in them.
type asked []struct{ kind, payload, want string }

func (list asked) of(t *testing.T, c *xmpptest.Client) {
	t.Helper()
	for i, q := range list {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		e, err := c.Ask(ctx, fmt.Sprintf(`<iq type="%s" id="q%d">%s</iq>`, q.kind, i, q.payload))
		cancel()
		got := fmt.Sprint(err) // a refusal, or the end of the stream
		if err == nil {
			got = string(e.Append(nil, "jabber:client"))
		}
		if !strings.Contains(got, q.want) {
			t.Errorf("%.90s: %s", q.payload, got)
		}
	}
}

func handIn(name, more string, c tls.Certificate) string {
	return `<append xmlns="urn:xmpp:saslcert:1"><name>` + name + `</name>` + more + `<x509cert>` +
		base64.StdEncoding.EncodeToString(c.Certificate[0]) + `</x509cert></append>`
}

// XEP-0257 § 2, § 3: a certificate that no authority has signed lets its owner in, who may not change the password then; it is listed
// with who uses it, and revoking it ends their session and its use.
func TestOwnCertificate(t *testing.T) {
	s := servertest.StartTLS(t, on)
	password, err := s.Account(t.Context(), "romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	another := func() tls.Certificate { return xmpptest.NewAuthority(t).Issue(t, nil, nil, nil) }
	of := func(addresses ...string) tls.Certificate {
		return xmpptest.NewAuthority(t).Issue(t, addresses, nil, nil)
	}
	cert, spare := of("juliet@example.com", "romeo@example.net"), another()
	old := xmpptest.NewAuthority(t).Issue(t, nil, nil, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	})
	person := enter(t, s, nil, "orchard", func(c *xmpptest.Client) error { return c.Login(t.Context(), password) })
	asked{
		{"set", handIn("Bot", "<no-cert-management/>", cert), `type="result"`},
		{"set", handIn("Bot", "", another()), "<conflict "}, // § 2.1
		{"set", handIn("Other", "", cert), "<conflict "},
		{"set", handIn("Hers", "", of("juliet@example.net")), "<not-acceptable "}, // § 3
		{"set", handIn("Old", "", old), "<not-acceptable "},                       // § 3
		{"set", handIn("", "", another()), "<not-acceptable "},
		{"set", `<append xmlns="urn:xmpp:saslcert:1"><name>x</name><x509cert>AAAA</x509cert></append>`, "<not-acceptable "},
		{"set", `<revoke xmlns="urn:xmpp:saslcert:1"><name>None</name></revoke>`, "<item-not-found "},
		{"set", handIn("Spare", "", spare), `type="result"`},
	}.of(t, person)
	external := func(want string) func(*xmpptest.Client) error {
		return func(c *xmpptest.Client) error { return c.External(t.Context(), want) }
	}
	bot := enter(t, s, &cert, "bot", external("<success "))
	asked{
		{"set", handIn("More", "", another()), "<forbidden "},                                                                            // § 2.1
		{"set", `<query xmlns="jabber:iq:register"><username>romeo</username><password>a long secret</password></query>`, "<forbidden "}, // it is limited
	}.of(t, bot)
	asked{
		{"set", `<query xmlns="jabber:iq:register"><username>romeo</username><password>a long secret</password></query>`, "<not-authorized "}, // § 5.2
		{"set", `<disable xmlns="urn:xmpp:saslcert:1"><name>Spare</name></disable>`, `type="result"`},                                         // § 2.3: it goes on
		{"get", `<items xmlns="urn:xmpp:saslcert:1"/>`, "</x509cert><users><resource>bot</resource></users></item></items>"},
		{"set", `<revoke xmlns="urn:xmpp:saslcert:1"><name>Bot</name></revoke>`, `type="result"`},
	}.of(t, enter(t, s, &spare, "laptop", external("<success ")))
	if err := bot.Ended(t.Context()); err != nil { // § 2.4
		t.Errorf("the session goes on: %v", err)
	}
	for _, gone := range []*tls.Certificate{&cert, &spare} {
		enter(t, s, gone, "", external("<invalid-mechanism"))
	}
	asked{{"get", `<items xmlns="urn:xmpp:saslcert:1"/>`, `<items xmlns="urn:xmpp:saslcert:1"/>`}}.of(t, person)
}

// XEP-0494 § 3.1, § 3.2: what was handed in is shown among what can sign in, though nobody is, and is taken away there. Another
// password takes all away: who changes it because it has become known wants to be rid of what somebody else has made with it.
func TestEndedFromElsewhere(t *testing.T) {
	s := servertest.StartTLS(t, on)
	password, err := s.Account(t.Context(), "romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	bot, spare := xmpptest.NewAuthority(t).Issue(t, nil, nil, nil), xmpptest.NewAuthority(t).Issue(t, nil, nil, nil)
	person := enter(t, s, nil, "orchard", func(c *xmpptest.Client) error { return c.Login(t.Context(), password) })
	asked{
		{"set", handIn("Bot", "", bot), `type="result"`},
		{"set", handIn("Spare", "", spare), `type="result"`},
	}.of(t, person)
	e, err := person.Ask(t.Context(), `<iq type="get" id="list"><list xmlns="urn:xmpp:cam:0"/></iq>`)
	if err != nil {
		t.Fatal(err)
	}
	list := string(e.Append(nil, "jabber:client"))
	before, _, ok := strings.Cut(list, "<device>Bot</device>")
	_, id, _ := strings.Cut(before[strings.LastIndex(before, "<client "):], `id="`)
	id, _, _ = strings.Cut(id, `"`)
	if !ok {
		t.Fatalf("the certificate is not there: %s", list)
	}
	asked{
		{"set", `<revoke xmlns="urn:xmpp:cam:0" id="` + id + `"/>`, `type="result"`},
		{"get", `<items xmlns="urn:xmpp:saslcert:1"/>`, `<name>Spare</name>`},
		{"set", `<query xmlns="jabber:iq:register"><username>romeo</username><password>a longer secret</password></query>`, `type="result"`},
		{"get", `<items xmlns="urn:xmpp:saslcert:1"/>`, `<items xmlns="urn:xmpp:saslcert:1"/>`},
	}.of(t, person)
	for _, gone := range []*tls.Certificate{&bot, &spare} {
		enter(t, s, gone, "", func(c *xmpptest.Client) error { return c.External(t.Context(), "<invalid-mechanism") })
	}
}
