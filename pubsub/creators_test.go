package pubsub

import (
	"strings"
	"testing"

	"myna/config"
	"myna/xmpp/ns"
)

// The place of a service is its own domain's: accounts of another domain of the server create nodes only where the operator says so.
func TestWhoCreatesNodes(t *testing.T) {
	for mode, want := range map[string]map[string]bool{
		CreateAdmins:    {},
		CreateAccounts:  {"romeo@example.net/o": true},
		CreateEverybody: {"romeo@example.net/o": true, "dave@neighbour.example/d": true},
	} {
		w := newWorld(t)
		c := DefaultConfig()
		c.NodeCreation = mode
		w.Config = config.NewOptions(c)
		for _, who := range []string{"romeo@example.net/o", "dave@neighbour.example/d", "zoe@elsewhere.example/z"} {
			got := w.ask(who, "set", ns.PubSub, `<create node="of `+who[:3]+`"/>`)
			if created := !strings.Contains(got, "<error"); created != want[who] || !created && !strings.Contains(got, "<forbidden ") {
				t.Errorf("%s, %s: %s", mode, who, got)
			}
		}
	}
}
