package pubsub

import (
	"strings"
	"testing"

	"myna/hook"
)

// said is a session that has sent presence.
type said struct {
	hook.Session
	tail string
}

func (s said) Presence() *hook.Presence { return &hook.Presence{Tail: []byte(s.tail)} }

// What a client says of itself is remembered only where it is no longer than an honest one's.
func TestCapsAreBounded(t *testing.T) {
	for n, want := range map[int]bool{10: true, 900: true, 2000: false} {
		node := strings.Repeat("x", n)
		k := capsOf(said{tail: `><c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="` + node + `" ver="v"/></presence>`})
		if got := k.node == node; got != want {
			t.Errorf("a node of %d bytes is remembered: %v", n, got)
		}
	}
}
