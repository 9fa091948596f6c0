package c2s_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"myna/xmpp"
)

// TestCrowd: a client that may resume its session enters the largest room, and confirms when it has read all of it.
func TestCrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		p := h.signIn("juliet", "b")
		p.manage()
		s := h.router.Session(h.address("juliet@example.net/b"))
		for i := range 6000 {
			tail := fmt.Sprintf(` from="room@groups.example.net/%d"><x xmlns="http://jabber.org/protocol/muc#user"/></presence>`, i)
			if !s.Send(xmpp.Frame{Kind: xmpp.Presence, To: s.JID(), Tail: []byte(tail)}) {
				t.Fatalf("the session has ended with the occupant %d", i)
			}
		}
		p.expect("/5999")
		p.sync()
		p.conn.Close()
		synctest.Wait()
		if !s.Detached() {
			t.Error("the session cannot be resumed")
		}
	})
}

// TestHeldBytes: what waits for the end of a pause is bounded in bytes.
func TestHeldBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		p := h.signIn("juliet", "b")
		s := h.router.Session(h.address("juliet@example.net/b"))
		_, release := s.Pause()
		f := xmpp.Frame{Kind: xmpp.Message, Tail: []byte(`><body>` + strings.Repeat("x", 1<<20) + `</body></message>`)}
		taken := 0
		for taken < 20 && s.Send(f) {
			taken++
		}
		if taken != 16 { // the one that is too much is taken, and given back by the session's end
			t.Errorf("%d MB wait", taken)
		}
		release(0)
		p.ended()
	})
}
