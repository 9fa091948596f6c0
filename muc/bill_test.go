package muc

import (
	"fmt"
	"testing"

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
