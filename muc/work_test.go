package muc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"myna/storage"
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

// What people ask of rooms leaves places to what was said in them, and one account does not take the places of the others (§ 7.8.2).
func TestAskedHaveTheirPlaces(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.jid("a@example.net/1"), w.jid("b@example.net/1")
	held := make(chan struct{})
	defer close(held)
	wait := func(context.Context) { <-held }
	n := 0
	for ; w.service.laterFor(a, w.jid(fmt.Sprintf("r%d@groups.example.net", n)), wait); n++ {
	}
	if n != maxAsked || !w.service.laterFor(b, w.jid("den@groups.example.net"), wait) {
		t.Errorf("one account has %d places", n)
	}
	for ; w.service.work.reserve(lane{w.jid(fmt.Sprintf("r%d@groups.example.net", n%1000)), asked}); n++ {
		defer w.service.work.forgo(lane{w.jid(fmt.Sprintf("r%d@groups.example.net", n%1000)), asked})
	}
	if n >= maxJobs {
		t.Errorf("requests take %d places", n)
	}
	if !w.service.work.reserve(lane{w.jid("den@groups.example.net"), following}) {
		t.Error("there is none for what is said")
	} else {
		w.service.work.forgo(lane{w.jid("den@groups.example.net"), following})
	}
}

// Who was not invited, and who is no admin, is not heard, and the room is not read for that.
func TestNotReadForStrangers(t *testing.T) {
	store := &readings{}
	w := newWorld(t, func(o *Options) { store.roomStore, o.Store = o.Store, store })
	a, room := w.client("a@example.net/1"), w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.persist(room, "1")
	a.send(`<presence to="%s/A" type="unavailable"/>`, room)
	a.until(`type="unavailable"`)
	before := store.lists.Load()
	b := w.client("b@example.net/1")
	b.send(`<message to="%s"><x xmlns="%s"><decline to="a@example.net"/></x></message>`, room, ns.MUCUser)
	b.send(`<message to="%s" id="f"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field><field var="muc#jid"><value>c@example.net</value></field></x></message>`,
		room, nsMUCRegister)
	b.until(`id="f"`, "<forbidden ")
	w.settled()
	if n := store.lists.Load() - before; n != 0 {
		t.Errorf("the lists were read %d times", n)
	}
	a.send(`<message to="%s" id="g"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field><field var="muc#jid"><value>c@example.net</value></field></x></message>`,
		room, nsMUCRegister)
	a.until(`id="g"`, "<item-not-found ")
}

// readings counts how often the lists of rooms are read.
type readings struct {
	roomStore
	lists atomic.Int64
}

func (l *readings) Affiliations(ctx context.Context, room xmpp.JID) ([]storage.Affiliation, error) {
	l.lists.Add(1)
	return l.roomStore.Affiliations(ctx, room)
}

// A room that is being erased keeps no worker: what comes for it now comes too late.
func TestErasedKeepsNobody(t *testing.T) {
	w := newWorld(t, nil)
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	err := r.lastChange(func() error {
		r.do(func() { r.ending = true })
		return r.changing(func() error { t.Error("it was changed"); return nil })
	})
	if !errors.Is(err, storage.ErrNotFound) {
		t.Error(err)
	}
}
