package muc

import "testing"

// TestApproveInEmptyRoom: an admin may answer who asks to become a member when nobody is in the room.
func TestApproveInEmptyRoom(t *testing.T) {
	w := newWorld(t, nil)
	owner, guest := w.client("o@example.net/x"), w.client("g@example.net/x")
	owner.join("den@groups.example.net", "O")
	owner.until("<subject")
	owner.send(`<iq type="set" id="c" to="den@groups.example.net"><query xmlns="http://jabber.org/protocol/muc#owner">` +
		`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field>` +
		`<field var="muc#roomconfig_membersonly"><value>1</value></field>` +
		`<field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`)
	owner.until(`id="c"`)
	guest.send(`<iq type="set" id="r" to="den@groups.example.net"><query xmlns="jabber:iq:register">` +
		`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#register</value></field>` +
		`<field var="muc#register_roomnick"><value>G</value></field></x></query></iq>`)
	guest.until(`id="r"`, `type="result"`)
	owner.send(`<presence to="den@groups.example.net/O" type="unavailable"/>`)
	owner.until("unavailable")
	for _, id := range []string{"one", "two"} {
		owner.send(`<message to="den@groups.example.net" id="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE">`+
			`<value>http://jabber.org/protocol/muc#register</value></field><field var="muc#jid"><value>g@example.net</value></field>`+
			`<field var="muc#register_allow"><value>1</value></field></x></message>`, id)
	}
	owner.until(`id="two"`, "item-not-found") // the first answer counts
	guest.send(`<iq type="get" id="q" to="den@groups.example.net"><query xmlns="jabber:iq:register"/></iq>`)
	guest.until(`id="q"`, "<registered/><username>G</username>")
}
