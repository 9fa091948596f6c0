package muc

import (
	"context"
	"fmt"
	"testing"

	"myna/guard"
	"myna/storage"
	"myna/xmpp/ns"
)

// pair is a group with A, who moderates it, and B; both are in it.
func pair(t *testing.T, change func(*Options)) (w *world, r *room, a, b *client) {
	t.Helper()
	w = newWorld(t, change)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Admin), w.person("b", "B", Member))
	a, b = w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	a.until("<subject")
	b.join(room.String(), "B")
	b.until("<subject")
	a.until("/B\"")
	return w, w.service.loaded(room), a, b
}

// fails panics in a section of the room, as a client's goroutine would.
func (w *world) fails(r *room, change func()) {
	w.t.Helper()
	if guard.Call(w.service.Logger, "test", func() { r.do(func() { change(); panic("test") }) }) {
		w.t.Error("the panic is lost")
	}
	w.settled()
}

// settled waits until the workers have done what they were given.
func (w *world) settled() {
	work := &w.service.work
	for {
		var lanes []lane
		work.mu.Lock()
		for l := range work.lanes {
			lanes = append(lanes, l)
		}
		work.mu.Unlock()
		if len(lanes) == 0 {
			return
		}
		for _, l := range lanes {
			done := make(chan struct{})
			if w.service.later(l.room, l.kind, func(context.Context) { close(done) }) {
				<-done
			}
		}
	}
}

// chats proves that a room works: everybody hears everybody.
func (w *world) chats(text string, clients ...*client) {
	w.t.Helper()
	for i, c := range clients {
		body := fmt.Sprintf("<body>%s %d</body>", text, i)
		c.speak(body)
		for _, other := range clients {
			other.until(body)
		}
	}
}

// TestPanicChangesNothing: nobody in the room notices a panic that has left it whole.
func TestPanicChangesNothing(t *testing.T) {
	w, r, a, b := pair(t, nil)
	for range 3 {
		w.fails(r, func() {})
		w.chats("still here", a, b)
	}
	if w.service.loaded(r.jid) != r {
		t.Error("the room was given up")
	}
}

// TestPanicIsMended: what a change was to be is not, when storage does not say so; occupants are told.
func TestPanicIsMended(t *testing.T) {
	w, r, a, b := pair(t, nil)
	bert := w.jid("b@example.net")
	w.fails(r, func() {
		r.stand(bert, standing{aff: Owner, managed: true})
		r.conf.Announcement = true
		r.audience = []receiver{}
		delete(r.reserved, nickKey("A"))
	})
	b.send(`<iq type="get" id="o" %s><query xmlns="%s"><item affiliation="owner"/></query></iq>`, inTeam, ns.MUCAdmin)
	lacks(t, b.until(`id="o"`), `jid="b@example.net"`)
	r.do(func() {
		if r.affs[bert].aff != Member || r.affs[bert].nick != "B" || r.conf.Announcement || !r.taken(nickKey("a"), bert) {
			t.Errorf("%+v, %+v", r.affs[bert], r.conf)
		}
	})
	w.chats("mended", a, b)
}

// TestPanicEndsARoom: a room in which nothing fits together any more is given up; who enters again gets it anew.
func TestPanicEndsARoom(t *testing.T) {
	for name, wreck := range map[string]func(*room){
		"an occupant without sessions": func(r *room) { r.present[0].seats = nil },
		"a session of nobody":          func(r *room) { delete(r.occupants, r.present[1].key) },
		"nobody is there":              func(r *room) { r.present = nil },
	} {
		w, r, a, b := pair(t, nil)
		w.fails(r, func() { wreck(r) })
		for _, c := range []*client{a, b} {
			c.until(`type="unavailable"`, `code="110"`, `code="333"`)
			c.join(r.jid.String(), "x")
			c.until("<subject")
		}
		w.chats(name, a, b)
		if w.service.loaded(r.jid) == r {
			t.Errorf("%s: the broken room goes on", name)
		}
	}
}

// TestPanicOfTheMending: a room that cannot be mended is given up, and the worker goes on.
func TestPanicOfTheMending(t *testing.T) {
	w, r, a, b := pair(t, nil)
	r.do(func() { r.mending = true })
	w.fails(r, func() {})
	for _, c := range []*client{a, b} {
		c.until(`code="333"`)
		c.join(r.jid.String(), "x")
		c.until("<subject")
	}
	w.chats("anew", a, b)
}

// TestPanicOfAnEvent: what cannot be sent keeps nothing from being sent that comes behind it.
func TestPanicOfAnEvent(t *testing.T) {
	w, r, a, b := pair(t, nil)
	r.do(func() { r.emit(func() { panic("test") }) })
	r.flush()
	w.chats("after it", a, b)
}

// brittle is a log that panics when it is told to.
type brittle struct {
	Log
	fail bool
}

func (l *brittle) AppendAsync(entries []storage.Entry, done func([]int64, error)) error {
	if l.fail {
		l.fail = false
		panic("test")
	}
	return l.Log.AppendAsync(entries, done)
}

// TestPanicOfAMessage: a message that fails on its way keeps none from those behind it, wherever it fails.
func TestPanicOfAMessage(t *testing.T) {
	var log *brittle
	w, r, a, b := pair(t, func(o *Options) { log = &brittle{Log: o.Log}; o.Log = log })
	none := func() func(error) { return func(error) {} }
	for name, message := range map[string]func(){
		"composed": func() { _ = r.publish(none, func() (*post, error) { panic("test") }) },
		"held": func() {
			_ = r.publish(func() func(error) { panic("test") }, func() (*post, error) { return r.testPost("held"), nil })
		},
		"logged": func() {
			log.fail = true
			_ = r.publish(none, func() (*post, error) { return r.testPost("logged"), nil })
		},
		"changed": func() { _ = r.changing(func() error { panic("test") }) },
	} {
		if guard.Call(w.service.Logger, name, message) {
			t.Errorf("%s: the panic is lost", name)
		}
		w.settled()
		w.chats(name, a, b)
	}
}

// testPost is a message of the room.
func (r *room) testPost(text string) *post {
	m := &post{r: r, to: r.everybody(), frame: r.fromRoom("groupchat")}
	m.entry[0] = storage.Entry{Owner: r.jid, Peer: r.jid, Kind: "groupchat", Stanza: stored(m.frame.Tail), Origin: text}
	return m
}

// TestPanicAfterTheCommit: the goroutine of the log tells the room of a message, which fails; the next ones arrive.
func TestPanicAfterTheCommit(t *testing.T) {
	w, r, a, b := pair(t, nil)
	released := make(chan error, 1)
	var m *post
	r.do(func() {
		m = r.testPost("x")
		m.release = func(err error) { released <- err }
		m.event = r.await(m.reflect)
	})
	if guard.Call(w.service.Logger, "test", func() { m.committed(nil, nil) }) { // no id: an index out of range
		t.Error("the panic is lost")
	}
	if err := <-released; err == nil {
		t.Error("the sender believes that it was sent")
	}
	w.chats("after it", a, b)
}
