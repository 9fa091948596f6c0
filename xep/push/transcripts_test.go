package push_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) {
	servertest.Scripts(t)
	for dir, options := range map[string]config.Section{"body": {"details": "body"}, "two": {"services": int64(2)}} {
		xmpptest.Run(t, "testdata/"+dir+"/*.txt", func(t *testing.T) xmpptest.Server {
			return servertest.StartWith(t, func(c *config.Config) {
				c.Modules = map[string]config.Section{"push": options}
			})
		})
	}
}
