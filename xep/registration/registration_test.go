package registration_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) {
	servertest.Scripts(t)
	for dir, options := range map[string]config.Section{
		"deletion": {"user_deletion": true},
		"closed":   {"password_change": false},
		"open":     {"enabled": true},
		"redirect": {"web": true},
		"invited":  {},
		"lost":     {},
		"contacts": {"invitations": "everybody"},
	} {
		xmpptest.Run(t, "testdata/"+dir+"/*.txt", func(t *testing.T) xmpptest.Server {
			return servertest.StartWith(t, func(c *config.Config) {
				if dir == "contacts" { // nobody is a colleague
					c.Modules = map[string]config.Section{"contacts": {"shared_roster": false}}
				}
				c.Host = map[string]config.HostConfig{servertest.Domain: {Modules: map[string]config.Section{"registration": options}}}
			})
		})
	}
	xmpptest.Run(t, "testdata/tls/*.txt", func(t *testing.T) xmpptest.Server {
		s := servertest.StartTLS(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"registration": {"enabled": true}}
		})
		s.TLS = nil // the script sees the stream before it
		return s
	})
}
