package server_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Over HTTP without TLS nobody can sign in, also from this machine, unless a listed proxy says that the way to the client is
// encrypted, or plaintext_loopback is on and the client says of no proxy.
func TestSigningInOverPlainHTTP(t *testing.T) {
	for _, c := range []struct {
		name      string
		plaintext bool
		proxies   []string
		proto     string
		want      bool
	}{
		{"from this machine", false, []string{"127.0.0.0/8"}, "", false},
		{"by a proxy with TLS", false, []string{"127.0.0.0/8"}, "https", true},
		{"by a proxy without", false, []string{"127.0.0.0/8"}, "http", false},
		{"by a proxy that is not listed", false, []string{"10.0.0.0/8"}, "https", false},
		{"from this machine, allowed", true, []string{"127.0.0.0/8"}, "", true},
		{"by a proxy without, allowed", true, []string{"127.0.0.0/8"}, "http", false},
		{"by a proxy that is not listed, allowed", true, nil, "https", false},
	} {
		_, web := servertest.StartWeb(t, func(cfg *config.Config) {
			cfg.TLS.PlaintextLoopback, cfg.Listen.Proxies = c.plaintext, c.proxies
		})
		h := http.Header{}
		if c.proto != "" {
			h.Set("X-Forwarded-Proto", c.proto)
		}
		ws, _, err := websocket.Dial(t.Context(), "ws://"+web+"/xmpp-websocket", &websocket.DialOptions{Subprotocols: []string{"xmpp"}, HTTPHeader: h})
		if err != nil {
			t.Fatal(err)
		}
		f := &frames{t, ws, t.Context()}
		f.send(openStream)
		if got := f.expect("<stream:features"); strings.Contains(got, "<mechanisms") != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
		ws.CloseNow()
	}
}

// Behind a load balancer each client has its own address: its failed attempts to sign in are not those of others.
func TestClientsBehindABalancer(t *testing.T) {
	s := servertest.StartWith(t, func(cfg *config.Config) {
		cfg.Listen.ProxyProtocol, cfg.TLS.PlaintextLoopback, cfg.Limits.FailedLoginsPerMinute = []string{"127.0.0.1"}, true, 2
	})
	told := "127.0.0.2" // of this machine, as TLS is not what this is about
	s.Dial = func(ctx context.Context) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
		if err == nil {
			_, err = c.Write([]byte("PROXY TCP4 " + told + " 192.0.2.1 12345 5222\r\n"))
		}
		return c, err
	}
	ctx, cancel := context.WithTimeout(t.Context(), late)
	defer cancel()
	attempt := func(name string) *xmpp.Element {
		t.Helper()
		if _, err := s.Account(ctx, name+"@example.net"); err != nil {
			t.Fatal(err)
		}
		c, err := xmpptest.Dial(ctx, &s, name+"@example.net")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Cut()
		if err := c.Send(`<auth xmlns="` + ns.SASL + `" mechanism="PLAIN">` + base64of("\x00"+name+"\x00wrong") + `</auth>`); err != nil {
			t.Fatal(err)
		}
		e, err := c.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	for i, want := range []string{"not-authorized", "not-authorized", "temporary-auth-failure"} {
		if got := attempt(string(rune('a' + i))); got.Child(ns.SASL, want) == nil {
			t.Errorf("attempt %d: %s", i, got)
		}
	}
	told = "127.0.0.3"
	if got := attempt("d"); got.Child(ns.SASL, "not-authorized") == nil {
		t.Errorf("another client: %s", got)
	}
}
