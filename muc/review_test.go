package muc

import (
	"strings"
	"testing"

	"myna/xmpp/ns"
)

// set configures one field of a room.
func (c *client) set(room, name, value string) {
	c.w.t.Helper()
	c.send(`<iq type="set" id="set" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
		`<field var="muc#roomconfig_%s"><value>%s</value></field></x></query></iq>`, room, ns.MUCOwner, ns.MUCConfig, name, value)
	c.until(`id="set"`, `type="result"`)
}

// Nobody gets a message of the past twice, whatever was archived when (XEP-0045 § 7.2.13).
func TestHistoryOnce(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	room := w.jid("den@groups.example.net")
	a.join(room.String(), "A")
	a.persist(room, "1")
	a.set(room.String(), "enablelogging", "0")
	a.send(`<presence to="%s/A" type="unavailable"/>`, room)
	a.until(`type="unavailable"`)
	a.join(room.String(), "A") // read again
	a.until("<subject")
	a.set(room.String(), "enablelogging", "1")
	a.send(`<message to="%s" type="groupchat"><body>once</body></message>`, room)
	a.until("once")
	b.join(room.String(), "B")
	b.until("once")
	if got := b.until("<message"); !strings.Contains(got, "<subject") {
		t.Errorf("after that %s", got)
	}
}

// What was taken back nobody gets on entering, in a room that keeps no archive, either; only its author takes it back (XEP-0424 § 6).
func TestRetractedOnEntering(t *testing.T) {
	w := newWorld(t, nil)
	a, b, c := w.client("a@example.net/1"), w.client("b@example.net/1"), w.client("c@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.set(room, "publicroom", "1")
	c.join(room, "C")
	var ids []string
	for _, text := range []string{"one", "two"} {
		a.send(`<message to="%s" type="groupchat"><body>%s</body></message>`, room, text)
		got := a.until("<body>" + text)
		_, id, _ := strings.Cut(got[strings.Index(got, "<stanza-id"):], ` id="`)
		ids = append(ids, id[:strings.IndexByte(id, '"')])
	}
	for i, who := range []*client{a, c} {
		who.send(`<message to="%s" type="groupchat"><retract xmlns="%s" id="%s"/></message>`, room, ns.Retract, ids[i])
		who.until("<retract")
	}
	b.join(room, "B")
	if got := b.until("<message"); !strings.Contains(got, "<body>two") {
		t.Errorf("got %s", got)
	}
}

// Who is in a room but not colleague of an account does not learn by an invitation whether there is one, and nobody but an admin who is
// banned; a whole domain is not invited (XEP-0045 § 7.8.2, § 9.2, RFC 6121 § 13).
func TestInvitationsTellNothing(t *testing.T) {
	w := newWorld(t, nil)
	a, b, c := w.client("a@example.net/1"), w.client("b@example.net/1"), w.client("c@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.set(room, "publicroom", "1")
	b.join(room, "B")
	b.until("<subject")
	a.send(`<iq type="set" id="ban" to="%s"><query xmlns="%s"><item affiliation="outcast" jid="x@example.net"/></query></iq>`, room, ns.MUCAdmin)
	a.until(`id="ban"`, `type="result"`)
	invite := func(who *client, guest, id, want string) string {
		t.Helper()
		who.send(`<message to="%s" id="%s"><x xmlns="%s"><invite to="%s"/></x></message>`, room, id, ns.MUCUser, guest)
		if want == "" {
			return ""
		}
		got := who.until(`type="error"`)
		if !strings.Contains(got, `id="`+id+`"`) || !strings.Contains(got, "<"+want) {
			t.Errorf("%s invites %s: %s", who.jid, guest, got)
		}
		return got
	}
	invite(c, "nobody@example.net", "1", "not-acceptable")
	invite(b, "nobody@example.org", "2", "")
	invite(b, "nobody@example.net", "3", "item-not-found")
	invite(b, "example.com", "4", "jid-malformed")
	if got := invite(b, "x@example.net", "5", "forbidden"); strings.Contains(got, "banned") {
		t.Errorf("got %s", got)
	}
	if got := invite(a, "x@example.net", "6", "forbidden"); !strings.Contains(got, "banned") {
		t.Errorf("got %s", got)
	}
}

// The lists of hats tell addresses to those only who may see the list of members (XEP-0045 § 16.5.3, XEP-0317 § 3.7).
func TestWornForReaders(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.set(room, "whois", "anyone")
	a.send(`<iq type="set" id="m" to="%s"><query xmlns="%s"><item affiliation="member" jid="b@example.net"/></query></iq>`, room, ns.MUCAdmin)
	a.until(`id="m"`, `type="result"`)
	b.join(room, "B")
	for _, list := range []struct{ roles, want string }{{"participant", `type="result"`}, {"moderator", "<forbidden"}} {
		a.set(room, "getmemberlist", list.roles)
		b.send(`<iq type="set" id="%s" to="%s"><command xmlns="%s" node="%s:list-assigned"/></iq>`, list.roles, room, ns.Commands, nsHatCommands)
		if got := b.until(`id="` + list.roles + `"`); !strings.Contains(got, list.want) {
			t.Errorf("for %ss: %s", list.roles, got)
		}
	}
}

// Who was read from storage while the account was deleted is not on the list of a room in memory.
func TestForgetWhatWasRead(t *testing.T) {
	w := newWorld(t, nil)
	a, gone := w.client("a@example.net/1"), w.jid("nobody@example.net")
	room := w.group(Spec{}, w.person("a", "A", Member), w.person("nobody", "N", Member))
	a.join(room.String(), "A")
	a.until("<subject")
	<-w.service.departed.add(gone)
	r := w.service.loaded(room)
	r.do(func() {
		if r.affiliation(gone) != None || r.affiliation(a.jid.Bare()) != Member {
			t.Errorf("the room has %v", r.affs)
		}
	})
}
