package archive_test

import (
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// play plays scripts on servers where accounts are strangers, so that presence is not in the way.
func play(t *testing.T, dir string, change func(*config.Config)) {
	xmpptest.Run(t, filepath.Join("testdata", dir, "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"contacts": {"shared_roster": false}, "archive": {"max_waiting": int64(2)}}
			change(c)
		})
	})
}

func TestTranscripts(t *testing.T) { play(t, "", func(*config.Config) {}) }

// TestDisabled plays what remains where nothing is archived.
func TestDisabled(t *testing.T) {
	play(t, "disabled", func(c *config.Config) { c.Archive.Enabled = false })
}
