package muc

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// late is a log that keeps what it gets until it is told.
type late struct {
	Log
	free chan struct{}
	open atomic.Int32 // messages that are not durable
}

// AppendAsync waits on another goroutine.
func (l *late) AppendAsync(entries []storage.Entry, done func([]int64, error)) error {
	l.open.Add(1)
	go func() {
		<-l.free
		_ = l.Log.AppendAsync(entries, func(ids []int64, err error) {
			l.open.Add(-1)
			done(ids, err)
		})
	}()
	return nil
}

// deleting calls a function while a room is being removed.
type deleting struct {
	roomStore
	then func()
}

// DeleteRoom removes it.
func (d *deleting) DeleteRoom(ctx context.Context, room xmpp.JID) error {
	err := d.roomStore.DeleteRoom(ctx, room)
	d.then()
	return err
}

// erasing looks at the log when an archive is erased.
type erasing struct {
	Archive
	t   *testing.T
	log *late
}

// Erase notes when it comes too early.
func (e *erasing) Erase(ctx context.Context, owner xmpp.JID) error {
	if n := e.log.open.Load(); n > 0 {
		e.t.Errorf("erased before %d messages were in it", n)
	}
	return e.Archive.Erase(ctx, owner)
}

// den is a persistent room of A, whose log is late; then is called while storage removes it.
func den(t *testing.T, then func(a *client, l *late)) (w *world, a *client, room xmpp.JID) {
	t.Helper()
	l := &late{free: make(chan struct{})}
	w = newWorld(t, func(o *Options) {
		l.Log = o.Log
		o.Log, o.Archive = l, &erasing{o.Archive, t, l}
		o.Store = &deleting{o.Store, func() { then(a, l) }}
	})
	a, room = w.client("a@example.net/1"), w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.persist(room, "1")
	return w, a, room
}

// persist configures whether a room stays.
func (c *client) persist(room xmpp.JID, value string) {
	c.w.t.Helper()
	c.send(`<iq type="set" id="p%s" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
		`<field var="muc#roomconfig_persistentroom"><value>%s</value></field></x></query></iq>`, value, room, ns.MUCOwner, ns.MUCConfig, value)
	c.until(`id="p`+value+`"`, `type="result"`)
}

// nothing proves that storage knows no more of a room.
func (w *world) nothing(room xmpp.JID) {
	w.t.Helper()
	w.settled()
	if _, _, err := w.store.Bounds(w.t.Context(), room); !errors.Is(err, storage.ErrNotFound) {
		w.t.Errorf("its messages: %v", err)
	}
	if _, err := w.store.Rooms().Room(w.t.Context(), room); !errors.Is(err, storage.ErrNotFound) {
		w.t.Errorf("the room: %v", err)
	}
	if docs, err := w.store.ListDocs(w.t.Context(), room, docSpace); err != nil || len(docs) != 0 {
		w.t.Errorf("its documents: %v, %v", docs, err)
	}
}

// What is said while a room is destroyed is not in the archive of the next of its name: neither what waits for the log, nor what
// comes later (XEP-0045 § 10.9).
func TestSaidBeforeTheEnd(t *testing.T) {
	w, a, room := den(t, func(a *client, l *late) {
		a.send(`<message to="den@groups.example.net" type="groupchat" id="second"><body>second</body></message>`)
		a.until(`id="second"`, `type="error"`, "<item-not-found")
		close(l.free)
	})
	a.send(`<message to="%s" type="groupchat" id="first"><body>first</body></message>`, room)
	a.send(`<message to="%s" type="groupchat" id="s"><subject>topic</subject></message>`, room)
	a.send(`<iq type="set" id="d" to="%s"><query xmlns="%s"><destroy/></query></iq>`, room, ns.MUCOwner)
	a.until("<body>first</body>")
	a.until("<destroy")
	w.nothing(room)
}

// A room that does not persist any more leaves nothing in storage, whatever is said meanwhile; who is in it hears it.
func TestSaidBeforeItDoesNotPersist(t *testing.T) {
	w, a, room := den(t, func(a *client, l *late) {
		a.send(`<message to="den@groups.example.net" type="groupchat" id="second"><body>second</body></message>`)
		close(l.free)
	})
	a.send(`<message to="%s" type="groupchat" id="first"><body>first</body></message>`, room)
	a.send(`<message to="%s" type="groupchat" id="s"><subject>topic</subject></message>`, room)
	a.persist(room, "0")
	a.send(`<message to="%s" type="groupchat" id="third"><body>third</body></message>`, room)
	a.until("<body>third</body>")
	w.nothing(room)
}

// A change that has waited while the room was destroyed does not bring it back.
func TestChangeAfterTheEnd(t *testing.T) {
	w, a, room := den(t, func(*client, *late) {})
	ctx := t.Context()
	r, release, err := w.service.use(ctx, room)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	a.send(`<iq type="set" id="d" to="%s"><query xmlns="%s"><destroy/></query></iq>`, room, ns.MUCOwner)
	a.until(`id="d"`, `type="result"`)
	err = r.changing(func() error { return r.configure(ctx, r.conf) })
	if e, seen := xmpp.ErrorElement(err); !errors.Is(err, storage.ErrNotFound) || !seen || e.Child("urn:ietf:params:xml:ns:xmpp-stanzas", "item-not-found") == nil {
		t.Errorf("got %v", err)
	}
	r.noteInvited(ctx, a.jid, []xmpp.JID{w.jid("b@example.net")})
	if err := w.service.destroyRoom(ctx, room, destroyElement("", xmpp.JID{}), true); err != nil {
		t.Errorf("once more: %v", err)
	}
	w.nothing(room)
	if w.service.known(room) {
		t.Error("the room is listed again")
	}
}

// Who makes a room finds nothing in its archive, whatever was left there.
func TestNewRoomIsEmpty(t *testing.T) {
	w := newWorld(t, nil)
	w.service.Follow(make(leavers, 1))
	room := w.jid("den@groups.example.net")
	if _, err := w.store.Append(t.Context(), storage.Entry{Owner: room, Peer: room, Stanza: []byte(`<message><body>old</body></message>`)}); err != nil {
		t.Fatal(err)
	}
	a := w.client("a@example.net/1")
	a.join(room.String(), "A")
	a.until(`code="201"`)
	w.nothing(room)
}
