package registration_test

import (
	"errors"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xep/registration"
)

func TestTranscripts(t *testing.T) {
	servertest.Scripts(t)
	for dir, options := range map[string]config.Section{
		"deletion": {"user_deletion": true},
		"closed":   {"password_change": false},
	} {
		xmpptest.Run(t, "testdata/"+dir+"/*.txt", func(t *testing.T) xmpptest.Server {
			return servertest.StartWith(t, func(c *config.Config) {
				c.Host = map[string]config.HostConfig{servertest.Domain: {Modules: map[string]config.Section{"registration": options}}}
			})
		})
	}
}

// Open registration is a promise that this version cannot keep, so it cannot be configured.
func TestEnabledIsRefused(t *testing.T) {
	c := registration.DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	c.Enabled = true
	var key *config.KeyError
	if err := c.Validate(); !errors.As(err, &key) || key.Key != "enabled" {
		t.Errorf("got %v", err)
	}
}
