package muc

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Who gets the address of a deleted account inherits nothing of it from a room in memory.
func TestForgetAccount(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit">`+
		`<field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field>`+
		`<field var="muc#roomconfig_membersonly"><value>1</value></field></x></query></iq>`, room, ns.MUCOwner)
	a.until(`id="c"`)
	a.send(`<iq type="set" id="m" to="%s"><query xmlns="%s"><item affiliation="member" jid="b@example.net" nick="B"/></query></iq>`, room, ns.MUCAdmin)
	a.until(`id="m"`)
	den := w.service.loaded(w.jid(room))
	den.do(func() {
		den.roles = map[xmpp.JID]Role{w.jid("b@example.net"): Moderator}
		den.conf.Requests = applications{{JID: "b@example.net"}}
		den.invited = guests{"b@example.net": {By: "a@example.net"}, "c@example.net": {By: "b@example.net"}}
	})
	w.service.ForgetAccount(w.jid("b@example.net"))
	den.do(func() {
		if len(den.roles)+len(den.conf.Requests)+len(den.invited) > 0 {
			t.Errorf("kept: %v, %v, %v", den.roles, den.conf.Requests, den.invited)
		}
	})
	b.join(room, "B")
	if got := b.until("<presence"); !strings.Contains(got, "<registration-required ") {
		t.Errorf("got %s", got)
	}
}

// failing is a store that cannot write a room.
type failing struct {
	roomStore
	room atomic.Pointer[xmpp.JID]
}

// PutRoom fails for one room.
func (f *failing) PutRoom(ctx context.Context, rec storage.Room, delta ...storage.Affiliation) error {
	if j := f.room.Load(); j != nil && *j == rec.JID {
		return errors.New("test")
	}
	return f.roomStore.PutRoom(ctx, rec, delta...)
}

// Kept roles, requests, tokens and invitations end with the account, in storage and in memory; a room where that fails keeps none
// of the others from it.
func TestForgetWhatIsKept(t *testing.T) {
	store := &failing{}
	w := newWorld(t, func(o *Options) { store.roomStore, o.Store = o.Store, store })
	ctx, b, c := t.Context(), w.jid("b@example.net"), w.jid("c@example.net")
	conf := defaultSettings()
	conf.Persistent, conf.Moderated = true, true
	conf.rest = map[string]string{keyRoles: formatRoles(map[xmpp.JID]Role{b: Moderator, c: Participant})}
	conf.Requests = applications{{JID: b.String(), Nick: "B"}, {JID: c.String(), Nick: "C"}}
	until := time.Now().Add(time.Hour)
	rooms := []xmpp.JID{w.jid("a@groups.example.net"), w.jid("bad@groups.example.net"), w.jid("den@groups.example.net"), w.jid("used@groups.example.net")}
	for _, room := range rooms {
		err := w.store.Rooms().PutRoom(ctx, storage.Room{JID: room, Config: conf.stored(), Created: until})
		tokens, _ := json.Marshal([]token{{Text: "1", Creator: b.String(), Until: until}, {Text: "2", Creator: c.String(), Until: until}})
		invited, _ := json.Marshal(guests{b.String(): {By: "c@example.net"}, "d@example.net": {By: b.String()}, c.String(): {By: "d@example.net"}})
		if err = errors.Join(err, w.store.PutDocs(ctx, room, docSpace, map[string][]byte{docTokens: tokens, docInvited: invited})); err != nil {
			t.Fatal(err)
		}
		w.service.list(room, listing{})
	}
	w.client("c@example.net/1").join(rooms[3].String(), "C")
	store.room.Store(&rooms[1])
	w.service.ForgetAccount(b)
	<-w.service.departed.add()
	for _, room := range []xmpp.JID{rooms[0], rooms[2], rooms[3]} {
		rec, err := w.store.Rooms().Room(ctx, room)
		docs, err2 := w.store.ListDocs(ctx, room, docSpace)
		if err = errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if got := rec.Config["x-roles"] + " " + rec.Config["x-requests"]; got != `c@example.net=participant [{"jid":"c@example.net","nick":"C"}]` {
			t.Errorf("%s: %s", room, got)
		}
		if got := string(docs[docInvited]); got != `{"c@example.net":{"by":"d@example.net","at":"0001-01-01T00:00:00Z"}}` {
			t.Errorf("%s: %s", room, got)
		}
		if got := string(docs[docTokens]); strings.Contains(got, b.String()) || !strings.Contains(got, c.String()) {
			t.Errorf("%s: %s", room, got)
		}
	}
	next := w.client("b@example.net/2")
	for _, room := range []xmpp.JID{rooms[2], rooms[3]} {
		next.join(room.String(), "B")
		if got := next.until(`code="110"`); !strings.Contains(got, `role="visitor"`) {
			t.Errorf("the next of the address enters with %s", got)
		}
	}
}

// A room that an administrator deletes leaves nothing to the next of its name: no messages, no picture, no tokens.
func TestEraseRoom(t *testing.T) {
	w := newWorld(t, nil)
	a := w.client("a@example.net/1")
	room := w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
		`<field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`, room, ns.MUCOwner, ns.MUCConfig)
	a.until(`id="c"`)
	a.send(`<message to="%s" type="groupchat" id="m"><body>secret</body></message>`, room)
	a.until("secret")
	a.send(`<iq type="set" id="t" to="%s"><request xmlns="%s"/></iq>`, room, nsTokens)
	a.until(`id="t"`)
	if err := w.service.EraseRoom(t.Context(), room, "moved"); err != nil {
		t.Fatal(err)
	}
	a.until("<destroy", "moved")
	if _, _, err := w.store.Bounds(t.Context(), room); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("its messages: %v", err)
	}
	if docs, err := w.store.ListDocs(t.Context(), room, docSpace); err != nil || len(docs) != 0 {
		t.Errorf("its documents: %v, %v", docs, err)
	}
	if err := w.service.EraseRoom(t.Context(), room, ""); err != nil {
		t.Errorf("once more: %v", err)
	}
}

// Who gets the address of a deleted account that was in a group is no member by that, in memory either, and becomes one anew: with
// a row in storage, and since then.
func TestForgetMember(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	w := newWorld(t, func(o *Options) { o.Now = func() time.Time { return now } })
	a, b := w.client("a@example.net/1"), w.person("b", "B", Member)
	room := w.group(Spec{}, w.person("a", "A", Member), b)
	a.join(room.String(), "A")
	a.until("<subject")
	if err := w.store.Rooms().SetAffiliations(t.Context(), room, []storage.Affiliation{{JID: b.JID, Affiliation: None.String()}}); err != nil { // as DeleteAccount does
		t.Fatal(err)
	}
	w.service.ForgetAccount(b.JID)
	now = now.Add(time.Hour)
	added, _, err := w.service.SetManaged(t.Context(), room, []Person{w.person("a", "A", Member), b})
	if err != nil || len(added) != 1 {
		t.Errorf("added %v, %v", added, err)
	}
	affs, err := w.store.Rooms().Affiliations(t.Context(), room)
	if i := slices.IndexFunc(affs, func(a storage.Affiliation) bool { return a.JID == b.JID }); err != nil || i < 0 || !affs[i].Since.Equal(now) {
		t.Errorf("storage has %v, %v", affs, err)
	}
}

// Whoever gets the address of a deleted account has made no rooms yet, not even after a restart: the rooms that the account has
// made stay, and belong to whom they belong.
func TestForgetMaker(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Config.All().MaxRoomsPerUser = 2 })
	a := w.client("a@example.net/1")
	for _, room := range []string{"one", "two"} {
		a.join(room+"@groups.example.net", "A")
		a.configure(room+"@groups.example.net", flag("persistentroom", "1"))
	}
	a.send(`<presence to="two@groups.example.net/A" type="unavailable"/>`)
	a.join("three@groups.example.net", "A")
	a.until(`type="error"`, "<resource-constraint ")
	w.service.ForgetAccount(w.jid("a@example.net"))
	if n := w.service.madeBy(w.jid("a@example.net")); n != 0 {
		t.Errorf("the next of the name has made %d rooms", n)
	}
	<-w.service.departed.add()
	again := New(w.service.Options)
	ctx, stop := context.WithCancel(t.Context())
	if err := again.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if n := again.madeBy(w.jid("a@example.net")); n != 0 || len(again.names) != 2 {
		t.Errorf("after a restart: %d of %d rooms", n, len(again.names))
	}
	stop()
	again.Stop()
	a.join("three@groups.example.net", "A")
	a.until("three@", `code="201"`)
}

// A new account finds nothing of what rooms granted to the one before, also where the server was stopped before they had forgotten it; and
// what is granted to it stays.
func TestBegin(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Domains = []string{"example.net"} })
	b := w.jid("b@example.net")
	conf := defaultSettings()
	conf.Persistent = true
	conf.Worn = map[xmpp.JID][]string{b: {"urn:example:nurse"}}
	room := w.jid("den@groups.example.net")
	put := func(owned ...storage.Affiliation) {
		t.Helper()
		if err := w.store.Rooms().PutRoom(t.Context(), storage.Room{JID: room, Config: conf.stored()}, owned...); err != nil {
			t.Fatal(err)
		}
	}
	worn := func() bool {
		rec, err := w.store.Rooms().Room(t.Context(), room)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(rec.Config[keyWorn], "nurse")
	}
	put(storage.Affiliation{JID: w.jid("a@example.net"), Affiliation: "owner"})
	w.service.list(room, listingOf(&conf))
	if w.service.Begin(b); !worn() { // it is the first of this address
		t.Error("what was granted to an address is gone")
	}
	departed := map[string][]byte{"b": {}} // as DeleteAccount leaves it, and then the server is killed
	if err := w.store.PutDocs(t.Context(), w.jid("example.net"), storage.SpaceDeparted, departed); err != nil {
		t.Fatal(err)
	}
	next := New(w.service.Options)
	ctx, stop := context.WithCancel(t.Context())
	defer func() { stop(); next.Stop() }()
	if err := next.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if next.Begin(b); worn() {
		t.Error("the new account has the hat of the one before")
	}
	if keys, err := w.store.DocKeys(t.Context(), w.jid("example.net"), storage.SpaceDeparted); err != nil || len(keys) > 0 {
		t.Errorf("left to forget: %v, %v", keys, err)
	}
	put()
	if next.Begin(b); !worn() {
		t.Error("what was granted to the new account is gone")
	}
}
