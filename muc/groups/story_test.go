package groups_test

import (
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// TestStory plays all that may happen to a group, before members whose clients are of every kind. That they see each other's
// presence outside of it would only be noise.
func TestStory(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "story", "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"contacts": {"shared_roster": false}}
		})
	})
}
