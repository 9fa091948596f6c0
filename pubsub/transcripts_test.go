package pubsub_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) { servertest.Scripts(t) }

// The accounts of these scripts are contacts only where they say so: the domain shares no contacts. They may subscribe twice.
func TestTranscriptsOfStrangers(t *testing.T) {
	xmpptest.Run(t, "testdata/strangers/*.txt", func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(cfg *config.Config) {
			cfg.Modules = map[string]config.Section{"contacts": {"shared_roster": false}, "pubsub": {"own_subscriptions": int64(2)}}
		})
	})
}
