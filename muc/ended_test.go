package muc

import (
	"context"
	"errors"
	"runtime"
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

// den is a persistent room of A, whose log is late.
func den(t *testing.T) (w *world, a *client, room xmpp.JID, l *late) {
	t.Helper()
	l = &late{free: make(chan struct{})}
	w = newWorld(t, func(o *Options) {
		l.Log = o.Log
		o.Log, o.Archive = l, &erasing{o.Archive, t, l}
	})
	a, room = w.client("a@example.net/1"), w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.persist(room, "1")
	return w, a, room, l
}

// meanwhile has the owner send a request from another client, and calls then while storage removes the room, or is about to.
func (c *client) meanwhile(room xmpp.JID, request string, then func()) {
	c.w.t.Helper()
	other, sent, r := c.w.client(c.jid.Bare().String()+"/other"), make(chan struct{}), c.w.service.loaded(room)
	go func() {
		defer close(sent)
		other.send(`<iq type="set" id="o" to="%s"><query xmlns="%s">%s</query></iq>`, room, ns.MUCOwner, request)
	}()
	for begun := false; !begun; runtime.Gosched() {
		r.do(func() { begun = r.ending || r.fading })
	}
	then()
	other.until(`id="o"`, `type="result"`)
	<-sent
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
	w, a, room, l := den(t)
	a.send(`<message to="%s" type="groupchat" id="first"><body>first</body></message>`, room)
	a.send(`<message to="%s" type="groupchat" id="s"><subject>topic</subject></message>`, room)
	a.meanwhile(room, `<destroy/>`, func() {
		a.send(`<message to="den@groups.example.net" type="groupchat" id="second"><body>second</body></message>`)
		a.until(`id="second"`, `type="error"`, "<item-not-found")
		close(l.free)
	})
	a.until("<body>first</body>")
	a.until("<destroy")
	w.nothing(room)
}

// A room that does not persist any more leaves nothing in storage, whatever is said meanwhile; who is in it hears it.
func TestSaidBeforeItDoesNotPersist(t *testing.T) {
	w, a, room, l := den(t)
	a.send(`<message to="%s" type="groupchat" id="first"><body>first</body></message>`, room)
	a.send(`<message to="%s" type="groupchat" id="s"><subject>topic</subject></message>`, room)
	a.meanwhile(room, `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>`+ns.MUCConfig+`</value></field>`+
		`<field var="muc#roomconfig_persistentroom"><value>0</value></field></x>`, func() {
		a.send(`<message to="den@groups.example.net" type="groupchat" id="second"><body>second</body></message>`)
		close(l.free)
	})
	a.send(`<message to="%s" type="groupchat" id="third"><body>third</body></message>`, room)
	a.until("<body>third</body>")
	w.nothing(room)
}

// A change that has waited while the room was destroyed does not bring it back.
func TestChangeAfterTheEnd(t *testing.T) {
	w, a, room, _ := den(t)
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

// refusing is a store that does not remove documents, or rooms.
type refusing struct {
	Docs
	roomStore
	docs, rooms atomic.Bool
}

// DeleteDoc fails when it is told to.
func (f *refusing) DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error {
	if f.docs.Load() {
		return errors.New("test")
	}
	return f.Docs.DeleteDoc(ctx, owner, space, key)
}

// DeleteRoom fails when it is told to.
func (f *refusing) DeleteRoom(ctx context.Context, room xmpp.JID) error {
	if f.rooms.Load() {
		return errors.New("test")
	}
	return f.roomStore.DeleteRoom(ctx, room)
}

// Whatever fails while a room is destroyed: it is there as before and can be destroyed again, and the next room of its name finds
// nothing of it (XEP-0045 § 10.9).
func TestDestroyFails(t *testing.T) {
	f := &refusing{}
	w := newWorld(t, func(o *Options) { f.Docs, f.roomStore, o.Docs, o.Store = o.Docs, o.Store, f, f })
	a, room := w.client("a@example.net/1"), w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.persist(room, "1")
	if err := w.store.PutDoc(t.Context(), room, docSpace, docTokens, []byte(`[]`)); err != nil {
		t.Fatal(err)
	}
	for _, broken := range []*atomic.Bool{&f.docs, &f.rooms} {
		broken.Store(true)
		a.send(`<iq type="set" id="d" to="%s"><query xmlns="%s"><destroy/></query></iq>`, room, ns.MUCOwner)
		a.until(`id="d"`, "<internal-server-error")
		broken.Store(false)
		if affs, err := w.store.Rooms().Affiliations(t.Context(), room); err != nil || len(affs) != 1 {
			t.Errorf("the room has %v, %v", affs, err)
		}
	}
	a.send(`<iq type="set" id="e" to="%s"><query xmlns="%s"><destroy/></query></iq>`, room, ns.MUCOwner)
	a.until(`id="e"`, `type="result"`)
	w.nothing(room)
}

// What a room has left that could not be removed, the next of its name does not have.
func TestNewRoomHasNoTokens(t *testing.T) {
	w := newWorld(t, nil)
	w.service.Follow(make(leavers, 1))
	room := w.jid("den@groups.example.net")
	for _, key := range []string{docTokens, docVCard, docInvited} {
		if err := w.store.PutDoc(t.Context(), room, docSpace, key, []byte(`[]`)); err != nil {
			t.Fatal(err)
		}
	}
	a := w.client("a@example.net/1")
	a.join(room.String(), "A")
	a.until(`code="201"`)
	w.nothing(room)
}
