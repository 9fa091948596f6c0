package muc

import (
	"fmt"
	"testing"
	"time"

	"myna/xmpp/ns"
)

// A short request that changes what everybody sees of everybody costs what it makes the room say (docs/decisions/0005-charge.md).
func TestManyNoticesArePaidFor(t *testing.T) {
	w := newWorld(t, nil)
	const room, n = "den@groups.example.net", 12
	a := w.client("a@example.net/1")
	a.join(room, "A")
	a.persist(w.jid(room), "1")
	for i := range n {
		c := w.client(fmt.Sprintf("u%d@example.net/1", i))
		c.mute = true
		c.join(room, fmt.Sprintf("U%d", i))
	}
	configure := func(name, value string) int64 {
		t.Helper()
		before := a.paid.Load()
		a.send(`<iq type="set" id="%s" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
			`<field var="muc#roomconfig_%s">%s</field></x></query></iq>`, name+"x", room, ns.MUCOwner, ns.MUCConfig, name, value)
		a.until(`id="`+name+`x"`, `type="result"`)
		return a.paid.Load() - before
	}
	configure("presencebroadcast", "")
	if got := configure("presencebroadcast", "<value>moderator</value><value>participant</value><value>visitor</value>"); got < n*n {
		t.Errorf("the presence of all for all costs %d copies", got)
	}
	if got := configure("roomname", "<value>Den</value>"); got > 3*n {
		t.Errorf("a name costs %d copies", got)
	}
}

// What would tell everybody of everybody at once is refused where they are too many, and for a while after it was done (XEP-0045
// § 10.2); what takes people out of the room is not.
func TestStir(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	w := newWorld(t, func(o *Options) { o.Now = func() time.Time { return now } })
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	r.conf = defaultSettings()
	r.conf.Moderated = true
	fill := func(n int) {
		for i := len(r.present); i < n; i++ {
			bare := w.jid(fmt.Sprintf("u%d@example.net", i))
			o := &occupant{nick: bare.Local(), key: bare.Local(), bare: bare, role: Visitor}
			o.seats = []*seat{{full: bare, occ: o}}
			r.occupants[o.key], r.seats[bare] = o, o.seats[0]
			r.present = append(r.present, o)
		}
	}
	loud, quiet := r.conf, r.conf
	loud.Moderated = false
	quiet.Broadcast = roles{}
	quiet.MembersOnly = true
	ask := func(conf settings, moves ...shiftOf) string {
		c := &change{conf: &conf, moves: moves}
		err := r.stirred(c)
		if err == nil {
			r.rest(c.stir)
			return ""
		}
		return err.Error()
	}
	domain := func(aff Affiliation) shiftOf { return shiftOf{jid: w.jid("example.net"), to: standing{aff: aff}} }
	fill(100)
	for range 3 {
		if got := ask(loud); got != "" {
			t.Errorf("a small room: %s", got)
		}
	}
	fill(400)
	if got := ask(loud); got != "" {
		t.Errorf("a larger one: %s", got)
	}
	for name, got := range map[string]string{"again": ask(loud), "a domain": ask(r.conf, domain(Member))} {
		if got == "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, got := range map[string]string{"a name": ask(r.conf), "out": ask(quiet), "banned": ask(r.conf, domain(Outcast))} {
		if got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	now = now.Add(400 * 400 / noticesASec * time.Second)
	if got := ask(r.conf, domain(Member)); got != "" {
		t.Errorf("after a while: %s", got)
	}
	fill(600)
	now = now.Add(time.Hour)
	if got := ask(loud); got == "" {
		t.Errorf("a crowd: %q", got)
	}
	quiet.Broadcast, r.conf.Broadcast = everyRole(), roles{}
	if got := ask(quiet); got == "" {
		t.Errorf("a crowd that is seen: %q", got)
	}
}

// Many roles at once are told by one list of those who are there, not by one for each (§ 8.4).
func TestOneAudience(t *testing.T) {
	w := newWorld(t, nil)
	people := []Person{w.person("a", "A", Admin)}
	for i := range 20 {
		people = append(people, w.person(fmt.Sprint("u", i), fmt.Sprint("U", i), Member))
	}
	room := w.group(Spec{Name: "Team"}, people...)
	for _, p := range people {
		c := w.client(p.JID.String() + "/1")
		c.mute = true
		c.join(room.String(), p.Nick)
	}
	r := w.service.loaded(room)
	first := &r.everybody()[0]
	r.do(func() {
		for _, o := range r.present {
			if o.role == Participant {
				r.promote(o, o.aff, Visitor, nil)
			}
		}
		if &r.everybody()[0] != first {
			t.Error("there are several lists")
		}
	})
	r.flush()
}
