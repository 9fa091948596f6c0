package muc

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// People who make themselves members leave places to whom the admins choose, and nobody but admins takes the places of bans.
func TestPlacesForAdmins(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Config.All().Affiliations = 10 })
	a := w.client("a@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.configure(room, flag("persistentroom", "1"))
	register := func(i int) string {
		c := w.client(fmt.Sprintf("u%d@example.net/1", i))
		c.send(`<iq type="set" id="r" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
			`<field var="muc#register_roomnick"><value>U%d</value></field></x></query></iq>`, room, ns.Register, nsMUCRegister, i)
		return c.until(`id="r"`)
	}
	for i := range 7 { // with the owner, eight
		if got := register(i); !strings.Contains(got, `type="result"`) {
			t.Fatalf("%d: %s", i, got)
		}
	}
	if got := register(8); !strings.Contains(got, "<resource-constraint ") || !strings.Contains(got, "members of this room: 8.") {
		t.Errorf("one more: %s", got)
	}
	a.set(room, "allowinvites", "1")
	a.set(room, "membersonly", "1")
	a.send(`<message to="%s" id="i"><x xmlns="%s"><invite to="g@example.net"/></x></message>`, room, ns.MUCUser)
	a.until(`id="i"`, `type="error"`, "<resource-constraint ") // who invites is told
	edit := func(items, want string) {
		t.Helper()
		a.admin(room, items)
		if got := a.until(`id="q"`); !strings.Contains(got, want) {
			t.Errorf("%s: %s", items, got)
		}
	}
	edit(`<item jid="m1@example.net" affiliation="member"/><item jid="m2@example.net" affiliation="admin"/>`, `type="result"`)
	edit(`<item jid="m3@example.net" affiliation="member"/>`, "10 addresses at most")
	var bans strings.Builder
	for i := range 10 {
		fmt.Fprintf(&bans, `<item jid="x%d@example.net" affiliation="outcast"/>`, i)
	}
	edit(bans.String(), `type="result"`)
	edit(`<item jid="u0@example.net" affiliation="outcast"/>`, "list of who is banned from this room is full: 10")
	edit(`<item jid="u0@example.net" affiliation="none"/>`, `type="result"`)
	edit(`<item jid="x1@example.net" affiliation="member"/>`, `type="result"`)
}

// An invitation may be declined for a time; of too many the oldest may not.
func TestGuests(t *testing.T) {
	list, now := guests{}, time.Unix(1_000_000, 0)
	jid := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s + "@example.net")
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	list.note(jid("old"), jid("a"), now)
	now = now.Add(maxInvitedTime + time.Second)
	for i := range maxInvited {
		list.note(jid(fmt.Sprint("g", i)), jid("a"), now.Add(time.Duration(i)*time.Second))
	}
	if _, there := list[jid("old").String()]; there || len(list) != maxInvited {
		t.Errorf("%d invitations, the old one: %t", len(list), there)
	}
	list.note(jid("g0"), jid("b"), now.Add(time.Hour)) // again
	list.note(jid("new"), jid("b"), now.Add(time.Hour))
	if _, there := list[jid("g1").String()]; there || len(list) != maxInvited || list[jid("g0").String()].By != jid("b").String() {
		t.Errorf("%d invitations: %v", len(list), slices.Sorted(maps.Keys(list))[:3])
	}
}

// Who asks again and again is not heard for a while, wherever he or she was meanwhile, and nobody else is (§ 7.10, § 7.13).
func TestAskings(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	w := newWorld(t, func(o *Options) { o.Now = func() time.Time { return now } })
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.configure(room, flag("moderatedroom", "1")+flag("persistentroom", "1"))
	ask := func(c *client) (last string) {
		for range maxAskings + 1 {
			c.join(room, c.jid.Local())
			c.until("<subject")
			c.send(`<message to="%s" id="v"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field></x></message>`, room, nsRequest)
			c.send(`<presence to="%s/x" type="unavailable"/>`, room)
			last = ""
			for !strings.Contains(last, `type="unavailable"`) || !strings.Contains(last, `code="110"`) {
				if last = c.next(); strings.Contains(last, `id="v"`) {
					return last
				}
			}
		}
		return last
	}
	if got := ask(b); !strings.Contains(got, "<resource-constraint ") || !strings.Contains(got, "5 times in 10 minutes") {
		t.Errorf("got %s", got)
	}
	if got := ask(w.client("c@example.net/1")); !strings.Contains(got, "<resource-constraint ") {
		t.Errorf("another: %s", got)
	}
	forms := 0
	for len(a.got) > 0 {
		forms += strings.Count(a.next(), "Voice request")
	}
	if forms != 2*maxAskings {
		t.Errorf("the moderator was asked %d times", forms)
	}
	now = now.Add(askingsTime)
	b.send(`<presence to="%s/x" type="unavailable"/>`, room)
	b.join(room, "b")
	b.until("<subject")
	b.send(`<message to="%s" id="v"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field></x></message>`, room, nsRequest)
	a.until("Voice request")
}

// What is encrypted and has no fallback is of the past that those get who enter, also of a room that comes from storage (§ 7.2.13).
func TestEncryptedPast(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.configure(room, flag("persistentroom", "1"))
	a.send(`<message to="%s" type="groupchat"><encrypted xmlns="urn:xmpp:omemo:2">x</encrypted></message>`, room)
	a.until("urn:xmpp:omemo:2")
	b.join(room, "B")
	b.until("urn:xmpp:omemo:2", "<delay ")
	for _, c := range []*client{a, b} {
		c.send(`<presence to="%s/x" type="unavailable"/>`, room)
		c.until(`type="unavailable"`, `code="110"`)
	}
	b.join(room, "B")
	b.until("urn:xmpp:omemo:2", "<delay ")
}

// Of a session that is thrown out of a room while it enters, nothing is kept.
func TestThrownOutOnEntering(t *testing.T) {
	w, _, a, b, r := newDen(t)
	a.admin(r.jid.String(), `<item nick="B" role="none"/>`)
	b.until(`code="307"`)
	w.service.follow(b, r) // as it would go on
	if list := w.service.joined.Load(b); len(list) > 0 {
		t.Errorf("it is in %d rooms", len(list))
	}
	w.service.follow(a, r)
	if list := w.service.joined.Load(a); len(list) == 0 {
		t.Error("who is in the room is not")
	}
}

// Where everybody may make rooms, that is everybody of this server.
func TestStrangersMakeNoRooms(t *testing.T) {
	w := newWorld(t, nil)
	room := w.jid("den@groups.example.net")
	for who, want := range map[string]bool{"iago@elsewhere.example/x": false, "a@example.org/x": true} {
		_, release, err := w.service.create(&entry{from: w.jid(who)}, room)
		if (err == nil) != want {
			t.Errorf("%s: %v", who, err)
		}
		if err == nil {
			release()
		}
	}
	if w.service.known(room) {
		t.Error("a room is left")
	}
}

// The number of occupants that is set is among those that the form offers (XEP-0004 § 3.3).
func TestUserOptions(t *testing.T) {
	for most, want := range map[int]string{
		0: "[10 20 50 100 500 1000]", 20: "[10 20 50 100 500 1000]", 30: "[10 20 30 50 100 500 1000]", 3: "[3 10 20 50 100 500 1000]", 2000: "[10 20 50 100 500 1000 2000]",
	} {
		c := settings{MaxUsers: most}
		if got := fmt.Sprint(c.userOptions()); got != want {
			t.Errorf("%d: %s", most, got)
		}
	}
}

// A form that says only who the admins are makes no owner one (§ 10.2).
func TestAdminsOfForm(t *testing.T) {
	w := newWorld(t, nil)
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	a, b, c := w.jid("a@example.net"), w.jid("b@example.net"), w.jid("c@example.net")
	r.stand(a, standing{aff: Owner})
	r.stand(b, standing{aff: Owner})
	r.stand(c, standing{aff: Admin})
	const admins, owners = "muc#roomconfig_roomadmins", "muc#roomconfig_roomowners"
	for _, one := range []struct {
		fields map[string][]string
		want   string
	}{
		{map[string][]string{admins: {b.String(), c.String()}}, "[]"},
		{map[string][]string{admins: {b.String()}}, "[c@example.net member]"},
		{map[string][]string{admins: {b.String(), c.String()}, owners: {a.String()}}, "[b@example.net admin]"},
		{map[string][]string{owners: {a.String()}}, "[b@example.net admin]"},
	} {
		moves, err := r.holdersChanged(one.fields)
		got := []string{}
		for _, m := range moves {
			got = append(got, m.jid.String()+" "+m.to.aff.String())
		}
		if err != nil || fmt.Sprint(got) != one.want {
			t.Errorf("%v: %v, %v", one.fields, got, err)
		}
	}
}

// Many changes at once are few messages for who follows the versions, and each begins where the one before has ended (XEP-0463 § 5.2.2).
func TestManyTurnsAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	people := []Person{w.person("f", "F", Admin), w.person("g", "G", Member)}
	room := w.group(Spec{Name: "Team"}, people...)
	f := &follower{client: w.client("f@example.net/1"), lists: map[string]string{}}
	f.enter(room.String())
	g := w.client("g@example.net/1")
	g.join(room.String(), "G")
	r := w.service.loaded(room)
	f.read(t, "entered")
	same := func(what string) {
		t.Helper()
		f.read(t, what)
		r.do(func() {
			if want := r.version(r.seats[f.jid].view); f.version != want || len(f.lists) != len(r.affs)-1 { // the service owns the room
				t.Errorf("%s: version %s of %d people; the room %s, %d", what, f.version, len(f.lists), want, len(r.affs)-1)
			}
		})
	}
	const many = 2*maxItemsOf + 10
	for i := range many {
		people = append(people, w.person(fmt.Sprint("u", i), fmt.Sprint("U", i), Member))
	}
	people[1].Affiliation = Admin // of whom presence tells
	if _, _, err := w.service.SetManaged(t.Context(), room, people); err != nil {
		t.Fatal(err)
	}
	if n := len(f.got); n > 6 {
		t.Errorf("%d stanzas for %d changes", n, many+1)
	}
	same("many")
	if _, _, err := w.service.SetManaged(t.Context(), room, people[:1]); err != nil {
		t.Fatal(err)
	}
	if n := len(f.got); n > 6 {
		t.Errorf("%d stanzas for the end of %d", n, many+1)
	}
	same("the end")
}

// claims is a group that takes an address at a time.
type claims struct{ left int }

func (c *claims) Claimed(context.Context, xmpp.JID) (bool, error) { c.left--; return c.left < 0, nil }
func (c *claims) Leave(context.Context, xmpp.JID, xmpp.JID) error { return nil }

// A group that takes an address while somebody makes a room of it gets it.
func TestGroupWasFaster(t *testing.T) {
	w := newWorld(t, nil)
	w.service.Follow(&claims{left: 1})
	a := w.client("a@example.net/1")
	a.join("den@groups.example.net", "A")
	a.until(`type="error"`, "<not-allowed ", "belongs to a group")
	if w.service.known(w.jid("den@groups.example.net")) {
		t.Error("a room is left")
	}
	w.service.Follow(&claims{left: 2})
	a.join("den@groups.example.net", "A")
	a.until(`code="201"`)
}
