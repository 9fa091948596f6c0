package serverinfo_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// TestTranscripts plays a server whose first domain is on the map, and whose second is not.
func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, "testdata/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Hosts = append(c.Hosts, "example.org")
			c.Modules = map[string]config.Section{"contact": {"abuse": []any{"mailto:abuse@example.net"}}}
			c.Host = map[string]config.HostConfig{servertest.Domain: {Modules: map[string]config.Section{"serverinfo": {"publish": true}}}}
		})
	})
}
