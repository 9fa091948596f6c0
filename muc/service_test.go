package muc

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// TestCreation: who may make rooms.
func TestCreation(t *testing.T) {
	for _, c := range []struct {
		policy, who string
		ok          bool
	}{
		{CreateNobody, "admin", false}, {CreateAdmins, "admin", true}, {CreateAdmins, "a", false}, {CreateEverybody, "a", true},
	} {
		w := newWorld(t, func(o *Options) {
			o.Config.All().RoomCreation = c.policy
			o.IsAdmin = func(j xmpp.JID, service string) bool { return j.Local() == "admin" && service == "groups.example.net" }
		})
		cl := w.client(c.who + "@example.net/x")
		cl.join("new@groups.example.net", "N")
		if c.ok {
			cl.until(`code="201"`)
		} else {
			cl.until(`type="error"`, "not-allowed", "dministrator")
		}
	}
}

// TestRoomsOfOne: nobody fills a server with rooms, not over its restarts either; who destroys one may make another.
func TestRoomsOfOne(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.Config.All().MaxRoomsPerUser = 2
		o.IsAdmin = func(j xmpp.JID, service string) bool { return j.Local() == "admin" && service == "groups.example.net" }
	})
	a, b, admin := w.client("a@example.net/x"), w.client("b@example.net/x"), w.client("admin@example.net/x")
	create := func(c *client, room string) {
		t.Helper()
		c.join(room+"@groups.example.net", "N")
		c.until(`code="201"`)
		c.send(`<iq type="set" id="c" to="%s@groups.example.net"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit">`+
			`<field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field>`+
			`<field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`, room, ns.MUCOwner)
		c.until(`id="c"`, `type="result"`)
	}
	create(a, "one")
	create(a, "two")
	a.join("three@groups.example.net", "N")
	a.until(`type="error"`, "resource-constraint", "2 rooms")
	create(b, "three")
	for _, room := range []string{"four", "five", "six"} {
		create(admin, room)
	}
	again := New(w.service.Options)
	ctx, stop := context.WithCancel(t.Context())
	if err := again.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if a, b := again.madeBy(w.jid("a@example.net")), again.madeBy(w.jid("b@example.net")); a != 2 || b != 1 {
		t.Error("after a restart others have made the rooms")
	}
	stop()
	again.Stop()
	a.send(`<iq type="set" id="d" to="one@groups.example.net"><query xmlns="%s"><destroy/></query></iq>`, ns.MUCOwner)
	a.until(`id="d"`, `type="result"`)
	create(a, "seven")
}

// TestGhost: an error that says that somebody is not there takes the session out of the room (§ 11.1, § 18.1.2).
func TestGhost(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	bounce := `<message to="team@groups.example.net/A" type="error"><error type="cancel"><%s xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`
	a.send(`<message to="team@groups.example.net/B" type="chat"><body>psst</body></message>`)
	b.until("psst")
	b.send(bounce, "service-unavailable") // about a private message: its sender is told
	a.until(`from="team@groups.example.net/B"`, `type="error"`)
	b.send(bounce, "recipient-unavailable")
	a.until(`type="unavailable"`, `/B"`, `code="333"`)
}

// TestClosed: a session that ends leaves all its rooms.
func TestClosed(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	w.router.Unbind(b)
	w.service.closed(b)
	a.until(`type="unavailable"`, `/B"`)
	if w.service.Present(room, w.jid("b@example.net")) {
		t.Error("the closed session is still in the room")
	}
	w.service.closed(a)
	if w.service.loaded(room) != nil {
		t.Error("the empty room stays in memory")
	}
}

// holds counts the holds of acknowledgements.
type broken struct{ Log }

func (broken) AppendAsync(_ []storage.Entry, done func([]int64, error)) error {
	go done(nil, errors.New("disk full"))
	return nil
}

type busy struct{ Log }

func (busy) AppendAsync([]storage.Entry, func([]int64, error)) error { return storage.ErrBusy }

// TestNotStored: what cannot be stored is not sent, its sender is told, and the room goes on.
func TestNotStored(t *testing.T) {
	for name, c := range map[string]struct {
		log  Log
		want string
	}{"broken": {broken{}, "internal-server-error"}, "busy": {busy{}, "resource-constraint"}} {
		w := newWorld(t, func(o *Options) { o.Log = c.log })
		room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "B", Member))
		a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
		a.join(room.String(), "A")
		b.join(room.String(), "B")
		a.speak(`<body>lost</body>`)
		a.until(`type="error"`, `id="m"`, c.want)
		a.send(`<presence to="team@groups.example.net/A"><status>after</status></presence>`)
		for s := b.next(); !strings.Contains(s, "<status>after</status>"); s = b.next() {
			if strings.Contains(s, "lost") {
				t.Errorf("%s: the message was sent: %s", name, s)
			}
		}
	}
}

// TestAcknowledged: a message counts as handled (XEP-0198) only when the room's archive has it.
func TestAcknowledged(t *testing.T) {
	log := &slow{}
	w := newWorld(t, func(o *Options) { o.Log = log })
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member))
	a := w.client("a@example.net/x")
	a.join(room.String(), "A")
	before := a.in.Handled()
	a.speak(`<body>hi</body>`)
	if h := a.in.Handled(); h != before {
		t.Errorf("%d stanzas are handled before the commit, want %d", h, before)
	}
	log.done([]int64{1}, nil)
	if h := a.in.Handled(); h != before+1 {
		t.Errorf("%d stanzas are handled after the commit, want %d", h, before+1)
	}
	a.until("<body>hi</body>")
}

// slow commits when the test says so.
type slow struct{ done func([]int64, error) }

func (l *slow) AppendAsync(_ []storage.Entry, done func([]int64, error)) error {
	l.done = done
	return nil
}

type mam struct{}

func (mam) Query(_ context.Context, _ *hook.Request, owner xmpp.JID, _ time.Time, _ func([]byte) []byte) (*xmpp.Element, error) {
	return xmpp.El(ns.MAM, "fin").Set("of", owner.String()), nil
}

// TestArchiveAccess: the archive of a room for members is for members.
func TestArchiveAccess(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MAM = mam{} })
	w.group(Spec{Name: "Team"}, w.person("a", "A", Member))
	for who, want := range map[string]string{"a": "<fin", "b": "forbidden"} {
		c := w.client(who + "@example.net/x")
		c.send(`<iq type="set" id="q" %s><query xmlns="%s"/></iq>`, inTeam, ns.MAM)
		c.until(`id="q"`, want)
	}
}

// TestQuietRoles: presence of roles that are not broadcast goes to the occupant only.
func TestQuietRoles(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "All", Announcement: true, Config: map[string]string{"presencebroadcast": "moderator"}},
		w.person("a", "A", Admin), w.person("b", "B", Member), w.person("c", "C", Member))
	a, b, c := w.client("a@example.net/x"), w.client("b@example.net/x"), w.client("c@example.net/x")
	for who, cl := range map[string]*client{"B": b, "C": c} {
		cl.join(room.String(), who)
		lacks(t, cl.next(), "/Q")
	}
	a.join(room.String(), "A")
	for _, cl := range []*client{b, c} {
		cl.until("<subject")
		cl.until(`/A"`, `role="moderator"`) // next is A, nothing of the other member
	}
	a.until(`/A"`, `code="110"`)
	if s := a.next(); !strings.Contains(s, "<subject") {
		t.Errorf("A was told of somebody: %s", s)
	}
}

// TestHistory: the limits of § 7.2.14.
func TestHistory(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	for i := range 30 {
		a.speak(fmt.Sprintf("<body>%d</body>", i))
	}
	a.until("<body>29</body>")
	for history, want := range map[string]int{
		"": 20, `maxstanzas="3"`: 3, `maxchars="0"`: 0, `seconds="3600"`: 20, `since="2099-01-01T00:00:00Z"`: 0,
		`maxchars="1000" maxstanzas="9"`: 2, `maxstanzas="-1"`: 20, `maxstanzas="99999999999999999999"`: 20, `maxstanzas=""`: 20,
		`seconds="-5"`: 20, `seconds="99999999999"`: 20, `since="yesterday"`: 20, `since="2002-13-45T25:61:61Z"`: 20,
		`maxstanzas="0" seconds="3600"`: 0, `maxstanzas="3" maxchars="-1" since="2002-09-10T23:41:07+02:00"`: 3, `seconds="0"`: 0,
	} {
		b.send(`<presence to="%s/B"><x xmlns="%s"><history %s/></x></presence>`, room, ns.MUC, history)
		b.until(`code="110"`)
		n := 0
		for s := b.next(); !strings.Contains(s, "<subject"); s = b.next() {
			n++
		}
		if n != want {
			t.Errorf("%s: %d messages, want %d", history, n, want)
		}
	}
}

// TestSettings: what is stored is read again, and unknown keys are kept.
func TestSettings(t *testing.T) {
	c := groupSettings()
	c.Name, c.Announcement, c.MaxUsers, c.PrivateFrom = "Team", true, 7, Moderator
	c.Voices = map[string]bool{"a@example.net": true}
	c.rest = map[string]string{"x-secret": "s", "later": "1"}
	m := c.stored()
	again := parseSettings(defaultSettings(), m)
	if got := again.stored(); !maps.Equal(got, m) {
		t.Errorf("read again: %v, want %v", got, m)
	}
	if c.set("maxusers", "-1") || c.set("whois", "nobody") || c.set("allowpm", "x") || c.set("presencebroadcast", "owner") {
		t.Error("a wrong value was accepted")
	}
}

// A job that fails by a mistake of ours keeps the worker from nothing.
func TestMistakeOfJob(t *testing.T) {
	w, done := newWorld(t, nil), make(chan struct{})
	room := w.jid("den@groups.example.net")
	w.service.later(room, following, func(context.Context) { panic("a mistake") })
	w.service.later(room, following, func(context.Context) { close(done) })
	<-done
}

// When the service ends, everybody in a room learns of the own end, and of nobody else's (XEP-0045 § 11.2).
func TestShutdown(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, room, ns.MUCOwner)
	a.until(`id="c"`)
	b.join(room, "B")
	b.until("<subject")
	a.until("/B")
	w.service.Farewell(t.Context())
	for _, c := range []*client{a, b} {
		got := c.next()
		for _, part := range []string{`type="unavailable"`, `role="none"`, `code="110"`, `code="332"`, c.jid.String()} {
			if !strings.Contains(got, part) {
				t.Errorf("%s gets %s without %s", c.jid, got, part)
			}
		}
		if len(c.got) > 0 {
			t.Errorf("%s gets more: %s", c.jid, c.next())
		}
		c.join(room, "C")
		c.until(`type="error"`, "service-unavailable", "stops")
	}
	w.service.closed(a)
	if len(b.got) > 0 || w.service.Present(w.jid(room), b.jid.Bare()) {
		t.Error("somebody is in the room still")
	}
}
