package muc

import (
	"context"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

const inTeam = `to="team@groups.example.net"`

// speak sends a message to the group.
func (c *client) speak(children string) {
	c.send(`<message %s type="groupchat" id="m"><origin-id xmlns="urn:xmpp:sid:0" id="m"/>%s</message>`, inTeam, children)
}

// lacks fails if the text contains a part.
func lacks(t *testing.T, text, part string) {
	t.Helper()
	if strings.Contains(text, part) {
		t.Errorf("%s\ncontains %s", text, part)
	}
}

// TestGroupEntry: the reserved nick, the roles and the statuses of a group.
func TestGroupEntry(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team", Description: "All of us"}, w.person("a", "Anna A", Admin), w.person("b", "Bert B", Member))
	a, b, c := w.client("a@example.net/x"), w.client("b@example.net/x"), w.client("c@example.net/x")
	a.join(room.String(), "whatever")
	a.until(`from="team@groups.example.net/Anna A"`, `affiliation="admin" role="moderator" jid="a@example.net/x"`, `code="110"`,
		`code="100"`, `code="170"`, `code="210"`)
	b.join(room.String(), "Bert B")
	lacks(t, b.until(`from="team@groups.example.net/Bert B"`, `affiliation="member" role="participant"`, `code="110"`), `code="210"`)
	a.until(`/Bert B"`, `jid="b@example.net/x"`)
	c.join(room.String(), "C")
	c.until(`type="error"`, "registration-required")

	b.send(`<presence to="team@groups.example.net/Other"/>`)
	b.until(`type="error"`, "not-acceptable", "administrator manages")
	b.send(`<presence to="team@groups.example.net/Other"><x xmlns="%s"/></presence>`, ns.MUC) // a lost client asks anew
	b.until(`/Bert B"`, `code="110"`, `code="210"`)
}

// TestGroupIsManaged: what clients may not change in a group, and what leads may.
func TestGroupIsManaged(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Admin), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	for _, q := range []string{
		`<query xmlns="` + ns.MUCAdmin + `"><item affiliation="member" jid="c@example.net"/></query>`,
		`<query xmlns="` + ns.MUCOwner + `"><x xmlns="jabber:x:data" type="submit"/></query>`,
		`<query xmlns="` + ns.MUCOwner + `"><destroy/></query>`,
	} {
		a.send(`<iq type="set" id="q" %s>%s</iq>`, inTeam, q)
		a.until(`id="q"`, `type="error"`, "not-allowed", managedText)
	}
	b.send(`<iq type="set" id="q" %s><query xmlns="%s"><destroy/></query></iq>`, inTeam, ns.MUCOwner)
	b.until(`id="q"`, `type="error"`, managedText)
	a.send(`<message %s><x xmlns="%s"><invite to="c@example.net"/></x></message>`, inTeam, ns.MUCUser)
	a.until(`type="error"`, "forbidden", managedText)
	a.speak(`<subject>Monday</subject>`)
	b.until("<subject>Monday</subject>")
	b.speak(`<subject>Sunday</subject>`)
	b.until(`type="error"`, "forbidden")
	b.send(`<iq type="get" id="l" %s><query xmlns="%s"><item affiliation="member"/></query></iq>`, inTeam, ns.MUCAdmin)
	b.until(`id="l"`, `type="result"`, `jid="b@example.net" nick="B"`) // § 9.5: members see each other
	a.send(`<iq type="set" id="k" %s><query xmlns="%s"><item nick="B" role="none"/></query></iq>`, inTeam, ns.MUCAdmin)
	b.until(`type="unavailable"`, `code="307"`)
}

// TestAnnouncement: only leads and posters write; the others react.
func TestAnnouncement(t *testing.T) {
	w := newWorld(t, nil)
	sp := Spec{Name: "News", Announcement: true, Posters: []xmpp.JID{w.jid("p@example.net")}}
	room := w.group(sp, w.person("a", "A", Admin), w.person("b", "B", Member), w.person("p", "P", Member))
	a, b, p := w.client("a@example.net/x"), w.client("b@example.net/x"), w.client("p@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	b.until(`affiliation="member" role="visitor"`, `code="110"`)
	p.join(room.String(), "P")
	p.until(`affiliation="member" role="participant"`, `code="110"`)

	b.speak(`<body>hello</body>`)
	b.until(`type="error"`, "forbidden", "Only those whom the administrator has chosen may write")
	for _, q := range []string{
		`<reactions xmlns="urn:xmpp:reactions:0" id="1"><reaction>👍</reaction></reactions>`,
		`<displayed xmlns="urn:xmpp:chat-markers:0" id="1"/>`, `<received xmlns="urn:xmpp:receipts" id="1"/>`,
		`<active xmlns="http://jabber.org/protocol/chatstates"/>`,
	} {
		b.speak(q)
		a.until("/B\"", q)
	}
	b.speak(`<reactions xmlns="urn:xmpp:reactions:0" id="1"/><body>smuggled</body>`)
	b.until(`type="error"`, "forbidden")
	b.speak(`<x xmlns="jabber:x:oob"><url>http://example.com/</url></x>`)
	b.until(`type="error"`, "forbidden")
	p.speak(`<body>news</body>`)
	b.until("<body>news</body>")

	sp.Announcement, sp.JID, sp.Group = false, room, w.jid("team@example.net")
	if err := w.service.EnsureRoom(context.Background(), sp); err != nil {
		t.Fatal(err)
	}
	b.until(`/B"`, `role="participant"`, `code="110"`)
	b.speak(`<body>at last</body>`)
	a.until("<body>at last</body>")
}

// TestSetManaged: who comes, who goes, who gets another nick.
func TestSetManaged(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "B", Member))
	a, b := w.client("a@example.net/x"), w.client("b@example.net/x")
	a.join(room.String(), "A")
	b.join(room.String(), "B")
	a.until(`/B"`)
	added, removed, err := w.service.SetManaged(ctx, room, []Person{w.person("a", "Anna", Admin), w.person("c", "B", Member)})
	if err != nil || len(added) != 1 || added[0] != w.jid("c@example.net") || len(removed) != 1 || removed[0] != w.jid("b@example.net") {
		t.Fatalf("added %v, removed %v: %v", added, removed, err)
	}
	b.until(`type="unavailable"`, `/B"`, `affiliation="none" role="none"`, `code="321"`)
	a.until(`type="unavailable"`, `/B"`, `code="321"`)
	a.until(`type="unavailable"`, `nick="Anna"`, `code="303"`)
	a.until(`/Anna"`, `affiliation="admin" role="moderator"`, `code="210"`)
	b.join(room.String(), "B")
	b.until("registration-required")
	for member, want := range map[string]bool{"a": true, "b": false, "c": true} {
		if got, err := w.service.IsMember(ctx, room, w.jid(member+"@example.net")); got != want || err != nil {
			t.Errorf("%s is a member: %v, %v", member, got, err)
		}
	}
	added, removed, err = w.service.SetManaged(ctx, room, []Person{w.person("c", "B", Member), w.person("a", "Anna", Admin)})
	if len(added)+len(removed) != 0 || err != nil {
		t.Errorf("the same again: added %v, removed %v: %v", added, removed, err)
	}
	list, err := w.store.Rooms().Affiliations(ctx, room)
	if err != nil || len(list) != 3 { // and the service, which is the owner
		t.Errorf("stored: %+v, %v", list, err)
	}
}

// TestGroupLife: renaming tells by status 104, and the end by <destroy/>; the archive stays.
func TestGroupLife(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member))
	a := w.client("a@example.net/x")
	a.join(room.String(), "A")
	a.speak(`<body>hi</body>`)
	a.until("<body>hi</body>")
	if err := w.service.Rename(ctx, room, "Crew"); err != nil {
		t.Fatal(err)
	}
	a.until(`<status code="104"/>`)
	if o := w.service.Occupants(room); len(o) != 1 || o[0].Nick != "A" || o[0].JID != w.jid("a@example.net") {
		t.Errorf("occupants: %+v", o)
	}
	if at, err := w.service.LastActivity(ctx, room); at.IsZero() || err != nil {
		t.Errorf("last activity: %v, %v", at, err)
	}
	if err := w.service.DestroyRoom(ctx, room, "The alias is gone.", xmpp.JID{}); err != nil {
		t.Fatal(err)
	}
	a.until(`type="unavailable"`, `<destroy><reason xml:lang="en">The alias is gone.</reason></destroy>`)
	a.speak(`<body>anybody?</body>`)
	a.until(`type="error"`, "item-not-found")
	if _, _, err := w.store.Bounds(ctx, room); err != nil {
		t.Errorf("the archive is gone: %v", err)
	}
	w.group(Spec{Name: "Team"}, w.person("a", "A", Member)) // taken back
	a.join(room.String(), "A")
	a.until("<body>hi</body>", "<delay")
}
