package affiliations_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xep/affiliations"
)

func TestTranscripts(t *testing.T) {
	servertest.Scripts(t)
	xmpptest.Run(t, "testdata/trusted/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{"affiliations": {"trusted": []any{"filter@example.net"}}, "registration": {"enabled": true}}
		})
	})
}

func TestConfig(t *testing.T) {
	for text, ok := range map[string]bool{"example.com": true, "a@example.com": true, "a@example.com/b": false, "@": false, "": false} {
		c := affiliations.Config{Trusted: []string{text}}
		if err := c.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
