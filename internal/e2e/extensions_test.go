//go:build e2e

package e2e

import (
	"os"
	"testing"
)

// TestExtensions drives the plugins of slixmpp, each of which is somebody else's reading of an extension.
func TestExtensions(t *testing.T) {
	t.Parallel()
	if os.Getenv("E2E_PEER") != "" {
		t.Skip("the stories are of what Myna has, with its command line")
	}
	python := findPython(t)
	p := openWith(t, `[modules.muc]
room_creation = "everybody"
[modules.datapolicy]
announce = true
[modules.outage]
status = ["https://status.example.org/chat.json"]
`)
	for file, stories := range map[string][]string{
		"extensions.py": {"discovery", "card", "personal", "blocking", "pages", "private", "search", "secret", "versions", "idle"},
		"nodes.py":      {"service", "storage"},
		"rooms.py":      {"moderation", "occupants", "marks", "commands"},
		"devices.py":    {"access", "notified", "read", "together", "policy"},
		"interplay.py":  {"blocked", "words", "channels", "bookmarks", "contacts", "administration"},
	} {
		for _, name := range stories {
			t.Run(name, func(t *testing.T) { tell(t, python, p, file, name) })
		}
	}
}
