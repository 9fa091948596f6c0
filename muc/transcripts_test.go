package muc_test

import (
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// TestTranscripts plays what XEP-0045 says; everybody may make rooms there.
func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{
				"contacts": {"shared_roster": false}, "muc": {"room_creation": "everybody"},
			}
		})
	})
}
