package muc

import (
	"testing"

	"myna/xmpp/ns"
)

// Who is in a room pays for what all others get.
func TestRoomsArePaidFor(t *testing.T) {
	w := newWorld(t, nil)
	a, b, c := w.client("a@example.net/1"), w.client("b@example.net/1"), w.client("c@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"/></query></iq>`, room, ns.MUCOwner)
	a.until(`id="c"`)
	c.join(room, "C")
	c.until("<subject")
	paid := func(who *client, what string, want int64, xml, end string) {
		t.Helper()
		before := who.paid.Load()
		who.send(xml, room)
		if who.until(end); who.paid.Load()-before != want {
			t.Errorf("%s: %d copies, want %d", what, who.paid.Load()-before, want)
		}
	}
	paid(b, "entering", 3+3, `<presence to="%s/B"><x xmlns="http://jabber.org/protocol/muc"/></presence>`, "<subject")
	paid(b, "the same again", 3, `<presence to="%s/B"><x xmlns="http://jabber.org/protocol/muc"/></presence>`, "<subject")
	paid(b, "a message", 3, `<message type="groupchat" to="%s"><body>one</body></message>`, "<body>one")
	paid(b, "away", 3, `<presence to="%s/B"><show>away</show></presence>`, "<show>away")
	paid(b, "another name", 2*3, `<presence to="%s/Bee"><show>away</show></presence>`, `from="den@groups.example.net/Bee"`)
	paid(b, "a private message", 0, `<message to="%[1]s/Bee"><body>two</body></message>`, "<body>two")
	paid(b, "a message into no room", 0, `<message type="groupchat" to="nowhere%s"><body>three</body></message>`, `type="error"`)
	paid(a, "two affiliations", 2*3, `<iq type="set" id="aff" to="%s"><query xmlns="http://jabber.org/protocol/muc#admin">`+
		`<item jid="x@example.net" affiliation="member"/><item jid="b@example.net" affiliation="member"/></query></iq>`, `id="aff"`)
	paid(a, "a list", 0, `<iq type="get" id="list" to="%s"><query xmlns="http://jabber.org/protocol/muc#admin">`+
		`<item affiliation="member"/></query></iq>`, `id="list"`)
	paid(b, "leaving", 3, `<presence type="unavailable" to="%s/Bee"/>`, `code="110"`)
}
