package channelsearch_test

import (
	"path/filepath"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
)

func play(t *testing.T, dir string, options config.Section) {
	xmpptest.Run(t, filepath.Join("testdata", dir, "*.txt"), func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) {
			c.Modules = map[string]config.Section{
				"contacts": {"shared_roster": false}, "muc": {"room_creation": "everybody"}, "channelsearch": options,
			}
		})
	})
}

func TestTranscripts(t *testing.T) { play(t, "", nil) }

// TestRooms plays what is found where there are rooms.
func TestRooms(t *testing.T) { play(t, "rooms", nil) }

// TestClosed plays a service that does not list all rooms at once.
func TestClosed(t *testing.T) { play(t, "closed", config.Section{"full_list": false}) }
