package roster_test

import (
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// TestTranscripts plays what RFC 6121 says; accounts are strangers there.
func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"contacts": {"shared_roster": false}}
		})
	})
}

// TestSharedTranscripts plays what the shared roster makes of it.
func TestSharedTranscripts(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "shared", "*.txt"), servertest.Start)
}

// TestLargeTranscripts plays what becomes of it where there are too many for everybody to have everybody.
func TestLargeTranscripts(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "large", "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"contacts": {"shared_limit": int64(2)}}
		})
	})
}
