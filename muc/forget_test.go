package muc

import (
	"strings"
	"testing"

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
	w.service.ForgetAccount(w.jid("b@example.net"))
	b.join(room, "B")
	if got := b.until("<presence"); !strings.Contains(got, "<registration-required ") {
		t.Errorf("got %s", got)
	}
}
