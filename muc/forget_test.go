package muc

import (
	"errors"
	"strings"
	"testing"

	"myna/storage"
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

// A room that an administrator deletes leaves nothing to the next of its name: no messages, no picture, no tokens.
func TestEraseRoom(t *testing.T) {
	w := newWorld(t, nil)
	a := w.client("a@example.net/1")
	room := w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
		`<field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`, room, ns.MUCOwner, ns.MUCConfig)
	a.until(`id="c"`)
	a.send(`<message to="%s" type="groupchat" id="m"><body>secret</body></message>`, room)
	a.until("secret")
	a.send(`<iq type="set" id="t" to="%s"><request xmlns="%s"/></iq>`, room, nsTokens)
	a.until(`id="t"`)
	if err := w.service.EraseRoom(t.Context(), room, "moved"); err != nil {
		t.Fatal(err)
	}
	a.until("<destroy", "moved")
	if _, _, err := w.store.Bounds(t.Context(), room); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("its messages: %v", err)
	}
	if docs, err := w.store.ListDocs(t.Context(), room, docSpace); err != nil || len(docs) != 0 {
		t.Errorf("its documents: %v, %v", docs, err)
	}
	if err := w.service.EraseRoom(t.Context(), room, ""); err != nil {
		t.Errorf("once more: %v", err)
	}
}
