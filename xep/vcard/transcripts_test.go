package vcard_test

import (
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, filepath.Join("testdata", "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"muc": {"room_creation": "everybody"}}
		})
	})
}
