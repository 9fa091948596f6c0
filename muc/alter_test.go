package muc

import (
	"context"
	"errors"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// writing calls a function before a room or its affiliations are written; its error is that of the write.
type writing struct {
	roomStore
	first func() error // nil: nothing
}

func (s *writing) PutRoom(ctx context.Context, rec storage.Room, delta ...storage.Affiliation) error {
	if s.first != nil {
		if err := s.first(); err != nil {
			return err
		}
	}
	return s.roomStore.PutRoom(ctx, rec, delta...)
}

func (s *writing) SetAffiliations(ctx context.Context, room xmpp.JID, delta []storage.Affiliation) error {
	if s.first != nil {
		if err := s.first(); err != nil {
			return err
		}
	}
	return s.roomStore.SetAffiliations(ctx, room, delta)
}

// den is a moderated room with an owner A and a visitor B, and its store.
func newDen(t *testing.T) (w *world, store *writing, a, b *client, r *room) {
	t.Helper()
	store = &writing{}
	w = newWorld(t, func(o *Options) { store.roomStore, o.Store = o.Store, store })
	a, b = w.client("a@example.net/1"), w.client("b@example.net/1")
	const name = "den@groups.example.net"
	a.join(name, "A")
	a.configure(name, flag("persistentroom", "1")+flag("moderatedroom", "1"))
	b.join(name, "B")
	b.until("<subject")
	return w, store, a, b, w.service.loaded(w.jid(name))
}

// A role that is given while a configuration is being written is not lost: not now, and not over a restart (§ 5.1.1).
func TestRoleMeanwhile(t *testing.T) {
	for name, slow := range map[string]func(a *client, r *room) error{
		"the first configuration": nil,
		"a name":                  func(_ *client, r *room) error { return r.s.Rename(t.Context(), r.jid, "Den") },
		"an affiliation": func(a *client, r *room) error {
			a.admin(r.jid.String(), `<item affiliation="member" jid="c@example.net"/>`)
			return nil
		},
	} {
		w, store, a, b, r := newDen(t)
		if slow == nil {
			a.configure(r.jid.String(), flag("persistentroom", "0"))
			slow = func(a *client, r *room) error { a.configure(r.jid.String(), flag("persistentroom", "1")); return nil }
		}
		store.first = func() error {
			store.first = nil
			a.admin(r.jid.String(), `<item nick="B" role="participant"/>`)
			return nil
		}
		if err := slow(a, r); err != nil {
			t.Fatal(err)
		}
		w.settled()
		b.send(`<presence to="%s/B" type="unavailable"/>`, r.jid)
		b.until(`type="unavailable"`, `code="110"`)
		b.join(r.jid.String(), "B")
		if got := b.until(`code="110"`); !strings.Contains(got, `role="participant"`) {
			t.Errorf("%s: in memory: %s", name, got)
		}
		rec, err := w.store.Rooms().Room(t.Context(), r.jid)
		if err != nil || rec.Config[keyRoles] != "b@example.net=participant" {
			t.Errorf("%s: stored: %q, %v", name, rec.Config[keyRoles], err)
		}
	}
}

// One form changes admins and configuration, or neither (§ 10.2).
func TestFormFails(t *testing.T) {
	w, store, a, b, r := newDen(t)
	store.first = func() error { return errors.New("test") }
	form := flag("roomname", "Den") + flag("membersonly", "1") + flag("roomadmins", "c@example.net")
	a.send(`<iq type="set" id="f" to="%s"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">`+
		`<field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field>%s</x></query></iq>`, r.jid, form)
	if got := a.until(`id="f"`); !strings.Contains(got, "<internal-server-error ") {
		t.Errorf("got %s", got)
	}
	check := func(want Affiliation, name string) {
		t.Helper()
		affs, err := w.store.Rooms().Affiliations(t.Context(), r.jid)
		rec, err2 := w.store.Rooms().Room(t.Context(), r.jid)
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		stored := None
		for _, aff := range affs {
			if aff.JID == w.jid("c@example.net") {
				stored, _ = ParseAffiliation(aff.Affiliation)
			}
		}
		r.do(func() {
			if now := r.affs[w.jid("c@example.net")].aff; now != want || stored != want || r.conf.Name != name || rec.Config["roomname"] != name {
				t.Errorf("in memory %s, %q; stored %s, %q", now, r.conf.Name, stored, rec.Config["roomname"])
			}
		})
	}
	check(None, "")
	store.first = nil
	a.configure(r.jid.String(), form)
	check(Admin, "Den")
	b.until(`type="unavailable"`, `code="322"`)
}

// Who is approved is a member, and the request has ended: both, or neither (§ 9.9).
func TestApprovalFails(t *testing.T) {
	w, store, a, b, r := newDen(t)
	b.send(`<iq type="set" id="r" to="%s"><query xmlns="jabber:iq:register"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE">`+
		`<value>http://jabber.org/protocol/muc#register</value></field><field var="muc#register_roomnick"><value>Bee</value></field></x></query></iq>`, r.jid)
	b.until(`id="r"`, `type="result"`)
	w.settled()
	approve := func() {
		a.send(`<message to="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#register</value></field>`+
			`<field var="muc#jid"><value>b@example.net</value></field><field var="muc#register_allow"><value>1</value></field></x></message>`, r.jid)
		w.settled()
	}
	store.first = func() error { return errors.New("test") }
	approve()
	a.until(`type="error"`, "<internal-server-error ")
	r.do(func() {
		if aff := r.affs[w.jid("b@example.net")].aff; aff != None || len(r.conf.Requests) != 1 {
			t.Errorf("%s, %d requests", aff, len(r.conf.Requests))
		}
	})
	store.first = nil
	approve()
	b.until("/Bee", `affiliation="member"`)
	rec, err := w.store.Rooms().Room(t.Context(), r.jid)
	if err != nil || rec.Config["x-requests"] != "" {
		t.Errorf("the request is still there: %q, %v", rec.Config["x-requests"], err)
	}
}

// The subject of a room that keeps no messages outlives the stay of the room in memory (§ 8.1).
func TestSubjectWithoutArchive(t *testing.T) {
	w, _, a, b, r := newDen(t)
	a.configure(r.jid.String(), flag("enablelogging", "0"))
	a.send(`<message type="groupchat" to="%s"><subject>Tea at five</subject></message>`, r.jid)
	a.until("Tea at five")
	for _, c := range []*client{a, b} {
		c.send(`<presence to="%s/x" type="unavailable"/>`, r.jid)
	}
	w.settled()
	if w.service.loaded(r.jid) != nil {
		t.Fatal("the room is still in memory")
	}
	b.until(`type="unavailable"`, `code="110"`)
	b.join(r.jid.String(), "B")
	b.until("<subject>Tea at five</subject>")
}

// A picture that cannot be noted leaves the one before, whose hash is told (XEP-0486 § 3.3).
func TestPictureFails(t *testing.T) {
	w, store, a, _, r := newDen(t)
	put := func(data string) string {
		a.send(`<iq type="set" id="v" to="%s"><vCard xmlns="vcard-temp"><PHOTO><BINVAL>%s</BINVAL></PHOTO></vCard></iq>`, r.jid, data)
		return a.until(`id="v"`)
	}
	const png, gif = "iVBORw0KGgp4", "R0lGODlhAAA="
	put(png)
	store.first = func() error { return errors.New("test") }
	if got := put(gif); !strings.Contains(got, "<internal-server-error ") {
		t.Errorf("got %s", got)
	}
	doc, err := w.store.Doc(t.Context(), r.jid, docSpace, docVCard)
	if err != nil || !strings.Contains(string(doc), png) {
		t.Errorf("the picture is %s, %v", doc, err)
	}
	store.first = nil
	put(gif)
	if doc, err = w.store.Doc(t.Context(), r.jid, docSpace, docVCard); err != nil || !strings.Contains(string(doc), gif) {
		t.Errorf("the picture is %s, %v", doc, err)
	}
}
