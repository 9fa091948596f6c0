package commands_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) {
	servertest.Scripts(t)
	xmpptest.Run(t, "testdata/hosts/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) { c.Hosts = append(c.Hosts, "example.org") })
	})
	xmpptest.Run(t, "testdata/mails/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"groups": {"digest": "1h", "relay": "127.0.0.1:9", "relay_tls": "none"}}
		})
	})
	xmpptest.Run(t, "testdata/rooms/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"muc": {"room_creation": "admins"}}
		})
	})
}
