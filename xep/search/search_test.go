package search_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) {
	servertest.Scripts(t)
	xmpptest.Run(t, "testdata/hosts/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Hosts = append(c.Hosts, "example.org")
			c.Host = map[string]config.HostConfig{"example.org": {Modules: map[string]config.Section{"search": {"enabled": false}}}}
		})
	})
	xmpptest.Run(t, "testdata/few/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"search": {"max_results": int64(2)}}
		})
	})
}
