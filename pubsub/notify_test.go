package pubsub

import (
	"testing"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// taker is a session that counts what it is sent.
type taker struct {
	hook.Session
	jid xmpp.JID
	got int
}

func (t *taker) JID() xmpp.JID { return t.jid }

func (t *taker) Send(xmpp.Frame) bool {
	t.got++
	return true
}

// What contacts have published last is sent unasked only where it is short; one's own always is.
func TestLastItemsAreShort(t *testing.T) {
	parse := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	s := &Service{}
	st, n := &state{owner: parse("juliet@example.net")}, &node{name: "n", set: Settings{}}
	for _, c := range []struct {
		to   string
		size int
		want int
	}{
		{"romeo@example.net/o", maxLast, 1}, {"romeo@example.net/o", maxLast + 1, 0}, {"juliet@example.net/b", maxLast + 1, 1},
	} {
		p := &taker{jid: parse(c.to)}
		s.sendItem(st, n, p, &storage.Item{ID: "i", Payload: make([]byte, c.size)})
		if p.got != c.want {
			t.Errorf("%d bytes to %s: sent %d times", c.size, c.to, p.got)
		}
	}
}
