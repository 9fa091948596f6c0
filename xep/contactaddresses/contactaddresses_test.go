package contactaddresses_test

import (
	"context"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xep/contactaddresses"
)

func TestTranscripts(t *testing.T) {
	general := config.Section{"admin": []any{"mailto:xmpp@example.com"}, "status": []any{"https://status.example.com/"}}
	xmpptest.Run(t, "testdata/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) { c.Modules = map[string]config.Section{"contact": general} })
	})
	xmpptest.Run(t, "testdata/hosts/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"contact": general}
			c.Host = map[string]config.HostConfig{servertest.Domain: {Modules: map[string]config.Section{"contact": {
				"abuse": []any{"mailto:abuse@example.net", "xmpp:abuse@example.net?message"},
				"admin": []any{"mailto:xmpp@example.net"},
			}}}}
		})
	})
}

func TestSilentByDefault(t *testing.T) {
	s := servertest.Start(t)
	if _, err := s.Account(t.Context(), "romeo@example.net"); err != nil {
		t.Fatal(err)
	}
	c, err := xmpptest.Dial(t.Context(), &s, "romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Cut()
	if err := login(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	e, err := c.Ask(t.Context(), `<iq type="get" id="d" to="example.net"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`)
	if err != nil || strings.Contains(e.String(), "serverinfo") {
		t.Errorf("%v, %v", e, err)
	}
}

func login(ctx context.Context, c *xmpptest.Client) error {
	if err := c.Login(ctx, "pencil"); err != nil {
		return err
	}
	return c.Bind(ctx, "x")
}

func TestValidate(t *testing.T) {
	for address, ok := range map[string]bool{
		"mailto:xmpp@example.com": true, "xmpp:a@b?message": true, "https://example.com/help": true,
		"": false, "xmpp@example.com": false, "https://": false, "mailto:": false, "a b:c": false, "mailto:a\x01b": false,
	} {
		c := contactaddresses.Config{Support: []string{address}}
		if err := c.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		} else if !ok && !strings.Contains(err.Error(), "support") {
			t.Errorf("%q: the error does not name the key: %v", address, err)
		}
	}
}
