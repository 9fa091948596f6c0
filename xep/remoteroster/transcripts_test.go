package remoteroster_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xep/remoteroster"
)

// TestTranscripts plays with entities that are accounts of another host of the server: they speak as others do.
func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, "testdata/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Hosts = append(c.Hosts, "example.org")
			c.Modules = map[string]config.Section{"remoteroster": {"entities": []any{"bot@example.org", "keeper@example.net"}}}
		})
	})
	xmpptest.Run(t, "testdata/off/*.txt", servertest.Start)
}

func TestConfig(t *testing.T) {
	for text, ok := range map[string]bool{"example.com": true, "a@example.com": true, "a@example.com/b": false, "A@example.com": false, "@": false, "": false} {
		c := remoteroster.Config{Entities: []string{text}}
		if err := c.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
