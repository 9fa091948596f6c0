package outage_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xep/outage"
)

func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, "testdata/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Hosts = append(c.Hosts, "example.org")
			c.Modules = map[string]config.Section{"outage": {"status": []any{"https://status.example.org/chat.json"}}}
			c.Host = map[string]config.HostConfig{"example.org": {Modules: map[string]config.Section{"outage": {"status": []any{}}}}}
		})
	})
}

func TestValidate(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://status.example.org/a.json": true, "http://x/": true, "mailto:a@b": false, "": false, "https://": false, "a": false, "https://x/\x01": false,
	} {
		c := outage.Config{Status: []string{address}}
		if err := c.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}
