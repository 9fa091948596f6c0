package c2s_test

import (
	"testing"
	"testing/synctest"

	"myna/xmpp"
)

// TestPauses: while somebody has paused the session, messages and what is behind them wait, and what waited longer goes first;
// after the last release they follow, but for those that have gone.
func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		p := h.signIn("juliet", "balcony")
		juliet, err := xmpp.ParseJID("juliet@example.net/balcony")
		if err != nil {
			t.Fatal(err)
		}
		s := h.router.Session(juliet)
		message := func(id string, archived int64) xmpp.Frame {
			return xmpp.Frame{Kind: xmpp.Message, Tail: []byte(` id="` + id + `"/>`), Archived: archived}
		}
		presence := func(id string) xmpp.Frame {
			return xmpp.Frame{Kind: xmpp.Presence, Tail: []byte(` id="` + id + `"/>`)}
		}
		arrives := func(when, want string) {
			t.Helper()
			synctest.Wait()
			if got := p.rest(); got != want {
				t.Errorf("%s: got %s, want %s", when, got, want)
			}
		}
		_, outer := s.Pause()
		s.Send(presence("a"))
		arrives("nothing waits", `<presence id="a"/>`)
		direct, inner := s.Pause()
		s.Send(message("one", 1))
		s.Send(message("three", 3))
		s.Send(presence("b"))
		arrives("held", "")
		direct(message("waited", 2))
		arrives("what waited", `<message id="waited"/>`)
		inner(2)
		arrives("the inner release", "")
		outer(0)
		arrives("the outer release", `<message id="three"/><presence id="b"/>`)
		s.Send(message("four", 1))
		arrives("afterwards", `<message id="four"/>`)
		p.conn.Close()
		synctest.Wait()
	})
}
