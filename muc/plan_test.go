package muc

import (
	"strings"
	"testing"

	"myna/xmpp/ns"
)

// The items of one request are looked at together: two people do not get one nick by it, who hands the room over does not leave
// it without an owner, and where one item fails none is carried out (§ 9.3, § 10.3, § 10.4).
func TestItemsOfOneRequest(t *testing.T) {
	w := newWorld(t, nil)
	a := w.client("a@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.configure(room, "")
	for _, c := range [...]struct{ items, want string }{
		{`<item affiliation="member" jid="b@example.net" nick="Bee"/><item affiliation="member" jid="c@example.net" nick="Bee"/>`, "<conflict "},
		{`<item affiliation="member" jid="b@example.net" nick="Bee"/><item affiliation="member" jid="c@example.net" nick="BEE"/>`, "<conflict "},
		{`<item affiliation="member" jid="b@example.net" nick="A"/>`, "<conflict "},
		{`<item affiliation="member" jid="b@example.net" nick=" "/>`, "<jid-malformed "},
		{`<item affiliation="admin" jid="a@example.net"/>`, "<conflict "},
		{`<item affiliation="owner" jid="b@example.net"/><item affiliation="none" jid="b@example.net"/><item affiliation="none" jid="a@example.net"/>`, "<conflict "},
	} {
		a.admin(room, c.items)
		if got := a.until(`id="q"`); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.items, got)
		}
		if n := len(w.service.loaded(w.jid(room)).affs); n != 1 {
			t.Fatalf("%s: %d affiliations", c.items, n)
		}
	}
	for _, items := range [...]string{
		`<item affiliation="member" jid="b@example.net" nick="Bee"/>`,
		`<item affiliation="none" jid="b@example.net"/><item affiliation="member" jid="c@example.net" nick="Bee"/>`, // it is free by then
		`<item affiliation="member" jid="c@example.net" nick="Sea"/><item affiliation="member" jid="d@example.net" nick="Bee"/>`,
		`<item affiliation="owner" jid="b@example.net"/><item affiliation="member" jid="a@example.net"/>`,
	} {
		a.admin(room, items)
		if got := a.until(`id="q"`); !strings.Contains(got, `type="result"`) {
			t.Errorf("%s: %s", items, got)
		}
	}
	r := w.service.loaded(w.jid(room))
	if b, c := r.affs[w.jid("b@example.net")], r.affs[w.jid("c@example.net")]; b.aff != Owner || c.nick != "Sea" || r.owners() != 1 {
		t.Errorf("b is %v, c is %v, %d owners", b, c, r.owners())
	}
}

// configure submits a form with further fields of a configuration.
func (c *client) configure(room, fields string) {
	c.w.t.Helper()
	c.send(`<iq type="set" id="conf" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>%s</x></query></iq>`,
		room, ns.MUCOwner, ns.MUCConfig, fields)
	if got := c.until(`id="conf"`); !strings.Contains(got, `type="result"`) {
		c.w.t.Fatalf("the configuration: %s", got)
	}
}

// flag is a field of a configuration.
func flag(name, value string) string {
	return `<field var="muc#roomconfig_` + name + `"><value>` + value + `</value></field>`
}

// admin asks for changes of roles or affiliations.
func (c *client) admin(room, items string) {
	c.send(`<iq type="set" id="q" to="%s"><query xmlns="%s">%s</query></iq>`, room, ns.MUCAdmin, items)
}
