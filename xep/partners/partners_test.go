package partners_test

import (
	"testing"

	"myna/config"
	"myna/hook"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xep/partners"
	"myna/xmpp"
)

func TestTranscripts(t *testing.T) {
	servertest.Scripts(t)
	xmpptest.Run(t, "testdata/hosts/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) { c.Hosts = append(c.Hosts, "example.org") })
	})
}

// TestOrder tries the forms of an address in the order of XEP-0016 § 2.1.
func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		blocked, allowed []string
		who              string
		apart            bool
	}{
		{nil, nil, "a@other.org/x", false},
		{[]string{"other.org"}, nil, "a@other.org/x", true},
		{[]string{"other.org"}, nil, "a@sub.other.org", false},
		{[]string{"other.org"}, []string{"a@other.org"}, "a@other.org/x", false},
		{[]string{"a@other.org"}, []string{"other.org"}, "a@other.org/x", true},
		{[]string{"a@other.org"}, []string{"other.org"}, "b@other.org/x", false},
		{[]string{"a@other.org/x"}, []string{"a@other.org"}, "a@other.org/x", true},
		{[]string{"a@other.org/x"}, []string{"a@other.org"}, "a@other.org/y", false},
		{[]string{"other.org/x"}, nil, "b@other.org/x", true},
		{[]string{"other.org/x"}, []string{"b@other.org"}, "b@other.org/x", false},
		{[]string{"other.org"}, []string{"other.org"}, "other.org", true},
		{nil, []string{"other.org"}, "third.org", true},
		{[]string{"example.net"}, []string{"other.org"}, "b@example.net", false}, // what is of the domain itself
		{[]string{"example.net"}, []string{"other.org"}, "room@groups.example.net/b", false},
	} {
		options := config.NewOptions(partners.DefaultConfig()).Completed(func(_ *config.Config, host string, own *partners.Config) error {
			if host != "" {
				*own = partners.Config{Blocked: tt.blocked, Allowed: tt.allowed}
			}
			return own.Validate()
		})
		take, err := options.Load(&config.Config{Hosts: []string{"example.net"}}, "partners")
		if err != nil {
			t.Fatal(err)
		}
		take()
		m := partners.New(partners.Options{Config: options, Target: func(d string) (hook.Target, bool) { return hook.Server, d == "example.net" }})
		own, _ := xmpp.ParseJID("a@example.net/x")
		who, err := xmpp.ParseJID(tt.who)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Apart(own, who); got != tt.apart || m.Apart(who, own) != got {
			t.Errorf("blocked %v, allowed %v: %s is apart %t, want %t", tt.blocked, tt.allowed, tt.who, got, tt.apart)
		}
	}
}

func TestConfig(t *testing.T) {
	for text, ok := range map[string]bool{"example.com": true, "a@example.com": true, "a@example.com/b": true, "A@example.com": false, "@": false, "": false} {
		for _, c := range []partners.Config{{Blocked: []string{text}}, {Allowed: []string{text}}} {
			if err := c.Validate(); (err == nil) != ok {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}
