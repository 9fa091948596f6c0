package encryption_test

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
}
