package muc

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Whoever gives one room much to do keeps nobody waiting in another, nor those who take back what they have said in the same one.
func TestBusyRoom(t *testing.T) {
	w := newWorld(t, nil)
	den, other := w.jid("den@groups.example.net"), w.jid("other@groups.example.net")
	held, begun := make(chan struct{}), make(chan struct{})
	if !w.service.later(den, asked, func(context.Context) { close(begun); <-held }) {
		t.Fatal("no place in an idle service")
	}
	<-begun
	n := 0
	for ; w.service.later(den, asked, func(context.Context) {}); n++ {
		if n > maxLane {
			t.Fatal("a lane has no bound")
		}
	}
	for _, l := range []lane{{other, asked}, {den, following}} {
		done := make(chan struct{})
		if !w.service.later(l.room, l.kind, func(context.Context) { close(done) }) {
			t.Fatalf("%v has no place", l)
		}
		<-done
	}
	close(held)
	w.settled()
	if n := w.service.work.n; n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

// A retraction or subject that would not be carried out is refused: nobody hears it, and its author knows (XEP-0424 § 5).
func TestNoPlaceToRetract(t *testing.T) {
	w := newWorld(t, nil)
	a, room := w.client("a@example.net/1"), w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.persist(room, "1")
	held, begun, l := make(chan struct{}), make(chan struct{}), lane{room, following}
	free := sync.OnceFunc(func() { close(held) })
	defer free()
	w.service.later(room, following, func(context.Context) { close(begun); <-held })
	<-begun
	for w.service.work.reserve(l) {
	}
	for i, child := range []string{`<retract xmlns="` + ns.Retract + `" id="1"/>`, `<subject>topic</subject>`} {
		a.send(`<message to="%s" type="groupchat" id="r%d">%s</message>`, room, i, child)
		if got := a.until(fmt.Sprintf(`id="r%d"`, i)); !strings.Contains(got, "<resource-constraint") {
			t.Errorf("got %s", got)
		}
	}
	for range maxLane {
		w.service.work.forgo(l)
	}
	free()
	a.send(`<message to="%s" type="groupchat" id="s"><subject>topic</subject></message>`, room)
	if got := a.until(`id="s"`); strings.Contains(got, "<error") {
		t.Errorf("got %s", got)
	}
}

// What an address with a new account was granted before, it was granted to another.
func TestBegin(t *testing.T) {
	w := newWorld(t, nil)
	a, room := w.client("a@example.net/1"), w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.persist(room, "1")
	b := w.jid("b@example.net")
	den := w.service.loaded(room)
	den.do(func() { den.conf.Worn = map[xmpp.JID][]string{b: {"urn:example:nurse"}} })
	if err := den.changing(func() error { return w.store.Rooms().PutRoom(t.Context(), den.record()) }); err != nil {
		t.Fatal(err)
	}
	w.service.Begin(b)
	<-w.service.departed.add()
	rec, err := w.store.Rooms().Room(t.Context(), room)
	if err != nil || strings.Contains(rec.Config[keyWorn], "nurse") {
		t.Errorf("storage has %v, %v", rec.Config, err)
	}
}
