package muc

import (
	"testing"

	"myna/xmpp"
	"myna/xmpp/wire"
)

// FuzzStanzas sends whatever parses as a stanza to a room, from somebody in it and from a stranger. Nothing may panic, and
// a member who asks is answered still.
func FuzzStanzas(f *testing.F) {
	for _, s := range []string{
		`<presence to="team@groups.example.net/A"><x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="1" since="x"/></x></presence>`,
		`<presence to="team@groups.example.net/B" type="unavailable"/>`,
		`<message to="team@groups.example.net" type="groupchat"><subject/></message>`,
		`<message to="team@groups.example.net"><x xmlns="http://jabber.org/protocol/muc#user"><invite to="b@example.net"/><decline/></x></message>`,
		`<message to="team@groups.example.net/A" type="error"><error><gone xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`,
		`<iq id="1" type="set" to="team@groups.example.net"><query xmlns="http://jabber.org/protocol/muc#admin"><item nick="A" role="none"/></query></iq>`,
		`<iq id="1" type="set" to="team@groups.example.net"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
		`<iq id="1" type="get" to="team@groups.example.net/A"><ping xmlns="urn:xmpp:ping"/></iq>`,
		`<message to="team@groups.example.net"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#request</value></field></x></message>`,
	} {
		f.Add(s)
	}
	w := newWorld(f, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Admin), w.person("b", "B", Member))
	a, b, c := w.client("a@example.net/x"), w.client("b@example.net/x"), w.client("c@example.net/x")
	b.mute, c.mute = true, true
	f.Fuzz(func(t *testing.T, s string) {
		w.t = t
		st, err := wire.Parse([]byte(s))
		if err != nil || st.Kind == xmpp.NoStanza {
			return
		}
		if st.To, err = xmpp.ParseJID(xmpp.Unescape(st.Attr("to"))); err != nil || st.To.Bare() != room {
			st.To = room
		}
		for _, cl := range []*client{b, c} {
			cl.join(room.String(), "x")
			st.From = cl.jid
			w.router.FromClient(cl.in, st)
		}
		a.join(room.String(), "A")
		a.send(`<iq type="get" id="alive" to="%s/A"><ping xmlns="urn:xmpp:ping"/></iq>`, room)
		a.until(`id="alive"`, `type="result"`)
	})
}
