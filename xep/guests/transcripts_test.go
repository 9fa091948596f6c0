package guests_test

import (
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func TestTranscripts(t *testing.T) {
	xmpptest.Run(t, "testdata/*.txt", func(t *testing.T) xmpptest.Server { return start(t, nil) })
	xmpptest.Run(t, "testdata/reach/*.txt", func(t *testing.T) xmpptest.Server {
		return start(t, config.Section{"reach": []any{"nurse@example.net", "tea@groups.example.net"}, "per_minute": int64(40)})
	})
}

// start starts a server with a host for guests.
func start(t *testing.T, options config.Section) xmpptest.Server {
	return servertest.StartWith(t, func(c *config.Config) {
		const host = "guests." + servertest.Domain
		c.Hosts = append(c.Hosts, host)
		c.Host = map[string]config.HostConfig{host: {Modules: map[string]config.Section{"accounts": {"anonymous": true}, "guests": options}}}
		c.Modules = map[string]config.Section{"muc": {"room_creation": "everybody"}}
	})
}
