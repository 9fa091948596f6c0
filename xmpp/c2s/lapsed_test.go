package c2s

import (
	"strconv"
	"testing"

	"myna/xmpp"
)

// TestLapsed: a session that has ended is known to its account alone, and the oldest give way.
func TestLapsed(t *testing.T) {
	var l lapsed
	lan, romeo := account(t, "lan@example.net"), account(t, "romeo@example.net")
	for n := range uint32(maxLapsed + 2) {
		l.add(strconv.Itoa(int(n)), lan, n)
	}
	for id, want := range map[string]bool{"0": false, "1": false, "2": true, strconv.Itoa(maxLapsed + 1): true, "x": false} {
		if h, ok := l.find(id, lan); ok != want || ok && strconv.Itoa(int(h)) != id {
			t.Errorf("%s: %d, %v", id, h, ok)
		}
		if _, ok := l.find(id, romeo); ok {
			t.Errorf("%s is told to somebody else", id)
		}
	}
	if len(l.of) != maxLapsed || len(l.order) != maxLapsed {
		t.Errorf("%d and %d are remembered", len(l.of), len(l.order))
	}
}

func account(t *testing.T, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
