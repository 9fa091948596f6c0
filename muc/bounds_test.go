package muc

import (
	"fmt"
	"strings"
	"testing"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// Requests to somebody who does not answer do not pile up.
func TestAsksAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, room, ns.MUCOwner)
	a.until(`id="c"`)
	b.join(room, "B")
	b.until("<subject")
	for i := range maxAsks {
		a.send(`<iq type="get" id="q%d" to="%s/B"><query xmlns="jabber:iq:version"/></iq>`, i, room)
	}
	var asked string
	for range maxAsks {
		asked = b.until("jabber:iq:version")
	}
	for range 2 {
		a.send(`<iq type="get" id="more" to="%s/B"><query xmlns="jabber:iq:version"/></iq>`, room)
		if got := a.until(`id="more"`); !strings.Contains(got, "<resource-constraint ") {
			t.Errorf("one more: %s", got)
		}
		a.send(`<presence to="%s/A" type="unavailable"/>`, room) // who comes back has as many as before
		a.join(room, "A")
	}
	_, id, _ := strings.Cut(asked, ` id="`)
	id, _, _ = strings.Cut(id, `"`)
	b.send(`<iq type="result" id="%s" to="%s/A"/>`, id, room)
	a.until(fmt.Sprintf(`id="q%d"`, maxAsks-1))
	a.send(`<iq type="get" id="again" to="%s/B"><query xmlns="jabber:iq:version"/></iq>`, room)
	b.until("jabber:iq:version")
}

// The lists of a room that somebody made have an end; who is on them comes off at any time.
func TestListsAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	r.conf = defaultSettings()
	maxAffiliations := DefaultConfig().Affiliations
	ban := func(from, to int, aff Affiliation) error {
		var moves []shiftOf
		for i := from; i < to; i++ {
			moves = append(moves, shiftOf{jid: w.jid(fmt.Sprintf("x%d@example.net", i)), to: standing{aff: aff}})
		}
		return r.move(t.Context(), moves, mover{})
	}
	if err := ban(0, maxAffiliations, Outcast); err != nil {
		t.Fatal(err)
	}
	err := ban(maxAffiliations, maxAffiliations+1, Outcast)
	if e, _ := xmpp.ErrorElement(err); err == nil || e.Child("urn:ietf:params:xml:ns:xmpp-stanzas", string(stanza.ResourceConstraint)) == nil {
		t.Errorf("one more: %v", err)
	}
	if err := ban(0, 2, None); err != nil {
		t.Errorf("two less: %v", err)
	}
	if err := ban(maxAffiliations, maxAffiliations+1, Outcast); err != nil {
		t.Errorf("one more again: %v", err)
	}
}

// Nobody puts on a hat (XEP-0317 § 4.1).
func TestHatsAreTheRooms(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, room, ns.MUCOwner)
	a.until(`id="c"`)
	b.send(`<presence to="%s/B"><x xmlns="%s"/><h:hats xmlns:h="urn:xmpp:hats:0"><h:hat title="Admin" uri="urn:a"/></h:hats><status>hi</status></presence>`, room, ns.MUC)
	if got := a.until("<status>hi</status>"); strings.Contains(got, "hats") {
		t.Errorf("got %s", got)
	}
}

// Long messages of the past do not keep anybody out.
func TestPastIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	var past []*record
	for i := range 40 {
		past = append(past, &record{int64(i), fmt.Appendf(nil, `><body>%s</body></message>`, strings.Repeat("x", 200<<10)), r.s.Now(), false})
	}
	all, size := parseWanted(nil), 0
	frames := r.choose(past, all, &receiver{sees: true})
	for _, f := range frames {
		size += f.Len()
	}
	if size > maxPast || len(frames) != 5 {
		t.Errorf("%d messages, %d bytes", len(frames), size)
	}
	past = past[:1]
	past[0].tail = fmt.Appendf(nil, `><body>%s</body></message>`, strings.Repeat("x", 2*maxPast))
	if len(r.choose(past, all, &receiver{sees: true})) != 1 {
		t.Error("not even the last one")
	}
}

// A sender on another server cannot say for an account or a service of this one that it has archived a message (XEP-0359 § 3.1):
// what the room reflects passes none of the stages that would take it out.
func TestForgedByStrangers(t *testing.T) {
	w := newWorld(t, nil)
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	o := &occupant{bare: w.jid("iago@elsewhere.example"), aff: Member}
	for text, want := range map[string]bool{
		`<s:stanza-id xmlns:s="urn:xmpp:sid:0" by="den@groups.example.net" id="1"/>`:        true,
		`<stanza-id xmlns="urn:xmpp:sid:0" by="groups.example.net" id="1"/>`:                true,
		`<s:stanza-id xmlns:s="urn:xmpp:sid:0" by="a@example.net" id="1"/>`:                 true,
		`<stanza-id xmlns="urn:xmpp:sid:0" id="1"/>`:                                        true,
		`<stanza-id xmlns="urn:xmpp:sid:0" by="iago@elsewhere.example" id="1"/>`:            false,
		`<delay xmlns="urn:xmpp:delay" from="a@example.net" stamp="2002-09-10T23:08:25Z"/>`: true,
		`<d:delay xmlns:d="urn:xmpp:delay" from="den@groups.example.net" stamp="1"/>`:       true,
		`<delay xmlns="urn:xmpp:delay" from="iago@elsewhere.example" stamp="1"/>`:           false,
		`<u:x xmlns:u="http://jabber.org/protocol/muc#user"/>`:                              true,
		`<o:occupant-id xmlns:o="urn:xmpp:occupant-id:0" id="1"/>`:                          true,
	} {
		st, err := wire.Parse([]byte(`<message>` + text + `</message>`))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.forged(st, &st.Children[0], o); got != want {
			t.Errorf("%s: forged %t", text, got)
		}
	}
}
