package multicast_test

import (
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// play plays scripts with some options of the module.
func play(t *testing.T, dir string, options config.Section) {
	xmpptest.Run(t, filepath.Join("testdata", dir, "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Hosts = append(c.Hosts, "example.org")
			c.Modules = map[string]config.Section{"multicast": options, "contacts": {"shared_roster": false}}
		})
	})
}

func TestTranscripts(t *testing.T) { play(t, "", nil) }

// TestAdmins plays a domain where administrators only send to several addresses.
func TestAdmins(t *testing.T) {
	play(t, "admins", config.Section{"senders": "admins", "max_addresses": int64(3)})
}
