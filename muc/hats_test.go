package muc

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// The hats of a group are those that its alias gives (XEP-0317 § 3.1): nobody else makes or assigns any.
func TestHatsOfGroups(t *testing.T) {
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team", Announcement: true, Posters: []xmpp.JID{w.jid("b@example.net")}},
		w.person("a", "Anna", Admin), w.person("b", "Bert", Member), w.person("c", "Carl", Member))
	a, c := w.client("a@example.net/1"), w.client("c@example.net/1")
	for _, who := range []*client{a, w.client("b@example.net/1"), c} {
		who.join(room.String(), "x")
		who.until("<subject")
	}
	for nick, want := range map[string]string{"Anna": "urn:myna:hats:lead", "Bert": "urn:myna:hats:speaker", "Carl": ""} {
		c.join(room.String(), "x")
		got := c.until("/"+nick+`"`, "<presence")
		if _, uri, _ := strings.Cut(got, `<hat uri="`); !strings.HasPrefix(uri, want) || want == "" && strings.Contains(got, nsHats) {
			t.Errorf("%s wears another hat than %q: %s", nick, want, got)
		}
	}
	a.send(`<iq type="set" id="no" to="%s"><command xmlns="%s" node="%s:create"/></iq>`, room, ns.Commands, nsHatCommands)
	if got := a.until(`id="no"`); !strings.Contains(got, "<not-allowed") || !strings.Contains(got, managedText) {
		t.Errorf("a lead makes hats: %s", got)
	}
	c.send(`<iq type="set" id="list" to="%s"><command xmlns="%s" node="%s:list-assigned"/></iq>`, room, ns.Commands, nsHatCommands)
	if got := c.until(`id="list"`); strings.Count(got, "<item>") != 2 {
		t.Errorf("the list: %s", got)
	}
	// Who is a lead no more wears the hat no more.
	if _, _, err := w.service.SetManaged(t.Context(), room, []Person{w.person("a", "Anna", Member), w.person("b", "Bert", Member), w.person("c", "Carl", Member)}); err != nil {
		t.Fatal(err)
	}
	if got := c.until("/Anna", `affiliation="member"`); strings.Contains(got, nsHats) {
		t.Errorf("still in a hat: %s", got)
	}
}

// Hats outlive the room's stay in memory, and end with the account that wears them.
func TestHatsLast(t *testing.T) {
	w := newWorld(t, nil)
	a := w.client("a@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
		`<field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`, room, ns.MUCOwner, ns.MUCConfig)
	a.until(`id="c"`)
	const uri = `<field var="hats#uri"><value>urn:example:nurse</value></field>`
	for _, c := range [...]struct{ node, field string }{
		{"create", `<field var="hats#title"><value>Nurse &amp; "Co"</value></field>`},
		{"assign", `<field var="hats#jid"><value>b@example.net/x</value></field>`},
	} {
		a.send(`<iq type="set" id="%s" to="%s"><command xmlns="%s" node="%s:%s"><x xmlns="jabber:x:data" type="submit">%s</x></command></iq>`,
			c.node, room, ns.Commands, nsHatCommands, c.node, c.field+uri)
		if got := a.until(`id="` + c.node + `"`); !strings.Contains(got, "completed") {
			t.Fatalf("%s: %s", c.node, got)
		}
	}
	a.send(`<presence to="%s/A" type="unavailable"/>`, room)
	a.until(`type="unavailable"`)
	if w.service.loaded(w.jid(room)) != nil {
		t.Fatal("the room is still in memory")
	}
	b := w.client("b@example.net/1")
	b.join(room, "B")
	if got := b.until("/B"); !strings.Contains(got, `<hat uri="urn:example:nurse" title="Nurse &amp; &quot;Co&quot;"`) {
		t.Errorf("the hat is lost: %s", got)
	}
	b.send(`<presence to="%s/B" type="unavailable"/>`, room)
	b.until(`type="unavailable"`)
	w.service.forgetStored(t.Context(), w.jid("b@example.net"))
	b.join(room, "B")
	if got := b.until("/B"); strings.Contains(got, nsHats) {
		t.Errorf("who gets the address inherits the hat: %s", got)
	}
}

type roomStore = storage.Rooms

// walks counts how often all rooms are read, and keeps who reads them waiting.
type walks struct {
	roomStore
	n     atomic.Int32
	begun chan struct{}
	held  chan struct{}
}

// Rooms counts.
func (w *walks) Rooms(ctx context.Context, domain string) ([]storage.Room, error) {
	if w.n.Add(1) > 1 { // but for the start
		w.begun <- struct{}{}
		<-w.held
	}
	return w.roomStore.Rooms(ctx, domain)
}

// However many accounts go at a time, the rooms are walked through once for all who wait for it, and nothing else waits for that.
func TestManyGo(t *testing.T) {
	var all *walks
	w := newWorld(t, func(o *Options) {
		all = &walks{roomStore: o.Store, begun: make(chan struct{}, 100), held: make(chan struct{})}
		o.Store = all
	})
	w.service.ForgetAccount(w.jid("u@example.net"))
	<-all.begun
	for i := range 2 * maxJobs {
		w.service.ForgetAccount(w.jid("u" + strconv.Itoa(i) + "@example.net"))
	}
	done := make(chan struct{})
	if !w.service.later(w.jid("den@groups.example.net"), following, func(context.Context) { close(done) }) {
		t.Fatal("nothing else comes to its turn")
	}
	<-done
	close(all.held)
	<-w.service.departed.add()
	if n := all.n.Load(); n != 3 {
		t.Errorf("the rooms were walked through %d times", n-1)
	}
}

func TestHatsValid(t *testing.T) {
	for h, want := range map[hat]bool{
		{URI: "urn:example:a", Title: "A"}:                        true,
		{URI: "http://example.net/#a", Title: "A", Hue: "327.25"}: true,
		{URI: "", Title: "A"}:                                     false,
		{URI: "a", Title: "A"}:                                    false,
		{URI: "urn:example:a", Title: " "}:                        false,
		{URI: "urn:example:a", Title: strings.Repeat("a", 300)}:   false,
		{URI: "urn:" + strings.Repeat("a", 2000), Title: "A"}:     false,
		{URI: "urn:example:a", Title: "A", Hue: "-1"}:             false,
		{URI: "urn:example:a", Title: "A", Hue: "NaN"}:            false,
		{URI: "urn:example:a", Title: "A", Hue: "red"}:            false,
	} {
		if got := h.valid(); got != want {
			t.Errorf("%+v: %t", h, got)
		}
	}
	worn := map[xmpp.JID][]string{{}: {"a"}}
	if _, ok := parseWorn(formatWorn(worn)); ok {
		t.Error("nobody wears a hat")
	}
	if list, ok := parseHats(formatHats([]hat{{URI: "a", Title: "b", Hue: "1"}})); !ok || !slices.Equal(list, []hat{{URI: "a", Title: "b", Hue: "1"}}) {
		t.Errorf("%v", list)
	}
}

// However long their addresses and whoever wears them, the hats of a room need a bounded place in storage, and so does each
// answer that lists them; what is too much is said, and who makes room for it may go on.
func TestHatsAreBounded(t *testing.T) {
	w, _, a, _, r := newDen(t)
	command := func(node, title, uri, who string) string {
		a.send(`<iq type="set" id="h" to="%s"><command xmlns="%s" node="%s:%s"><x xmlns="jabber:x:data" type="submit"><field var="hats#title"><value>%s</value></field>`+
			`<field var="hats#uri"><value>%s</value></field><field var="hats#jid"><value>%s</value></field></x></command></iq>`, r.jid, ns.Commands, nsHatCommands, node, title, uri, who)
		got := a.until(`id="h"`)
		if !strings.Contains(got, "completed") && !strings.Contains(got, "<resource-constraint ") {
			t.Fatal(got)
		}
		return got
	}
	long := func(i int) string { return fmt.Sprintf("urn:example:%d:%s", i, strings.Repeat("&amp;", 150)) } // six bytes each in JSON
	most := DefaultConfig().HatBytes
	n := most/1000 - 2
	r.do(func() {
		for i := range n {
			r.conf.Hats = append(r.conf.Hats, hat{URI: strings.ReplaceAll(long(i), "&amp;", "&"), Title: "A"})
		}
	})
	for ; n < 100 && strings.Contains(command("create", "A", long(n), ""), "completed"); n++ {
	}
	if n == 0 || n == 100 {
		t.Errorf("%d hats of 1,000 bytes", n)
	}
	rec, err := w.store.Rooms().Room(t.Context(), r.jid)
	if err != nil || len(rec.Config["x-hats"]) > most || len(rec.Config["x-hats"]) < most/2 {
		t.Errorf("%d bytes of hats, %v", len(rec.Config["x-hats"]), err)
	}
	if got := command("assign", "", long(0), "b@example.net"); !strings.Contains(got, "<resource-constraint ") {
		t.Errorf("it is worn all the same: %s", got)
	}
	command("destroy", "", long(0), "")
	r.do(func() { r.conf.Hats = nil })
	command("create", "A", "urn:example:short", "")
	worn := map[xmpp.JID][]string{}
	for i := range DefaultConfig().HatWearers {
		worn[w.jid("u"+strconv.Itoa(i)+"@example.net")] = []string{"urn:example:short"}
	}
	r.do(func() { r.conf.Worn = worn })
	if got := command("assign", "", "urn:example:short", "b@example.net"); !strings.Contains(got, "wear hats as may: 1000") {
		t.Errorf("one more is worn: %s", got)
	}
	command("unassign", "", "urn:example:short", "u1@example.net")
	if got := command("assign", "", "urn:example:short", "b@example.net"); !strings.Contains(got, "completed") {
		t.Errorf("one for another: %s", got)
	}
}
