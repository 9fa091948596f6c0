package pubsub

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
)

// taker is a session that counts what it is sent.
type taker struct {
	hook.Session
	jid       xmpp.JID
	got, paid int
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
		s.sendItem(st, n, p, &storage.Item{ID: "i", Payload: make([]byte, c.size)}, func() bool { return true })
		if p.got != c.want {
			t.Errorf("%d bytes to %s: sent %d times", c.size, c.to, p.got)
		}
	}
}

// Charge counts copies.
func (t *taker) Charge(copies, length int) {
	if length > 0 {
		t.paid += copies
	}
}

// Who publishes pays for the notifications.
func TestNotificationsArePaidFor(t *testing.T) {
	parse := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	rt := router.New(t.Context(), router.Options{Registry: hook.NewRegistry(), Logger: slog.New(slog.DiscardHandler), Directory: nobody{}})
	s := New(Options{Router: rt, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	n := &node{name: "n", set: Settings{FieldAccess: AccessOpen}, peopleRead: true, subscriptions: []*subscription{
		sub(parse("a@example.net"), subscribed), sub(parse("b@example.net"), subscribed), sub(parse("c@example.net"), pending),
	}}
	p := &taker{jid: parse("juliet@example.net/b")}
	st := &state{owner: parse("pubsub.example.net")}
	for _, ctx := range []context.Context{context.WithValue(t.Context(), payerKey{}, hook.Session(p)), t.Context()} {
		if err := s.broadcast(ctx, st, n, notice{event: s.itemsEvent(st, n, nil), typ: typeItems}); err != nil {
			t.Fatal(err)
		}
	}
	if p.paid != 2 {
		t.Errorf("%d copies, want 2", p.paid)
	}
}

type nobody struct{}

func (nobody) Exists(xmpp.JID) bool { return false }
