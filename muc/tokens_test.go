package muc

import (
	"fmt"
	"regexp"
	"testing"

	"myna/xmpp/ns"
)

// A token is worth something while its creator may make one, and never for its creator (XEP-0488 § 7).
func TestTokenEndsWithItsCreator(t *testing.T) {
	w := newWorld(t, nil)
	const room = "den@groups.example.net"
	a, b, c := w.client("a@example.net/1"), w.client("b@example.net/1"), w.client("c@example.net/1")
	a.join(room, "A")
	flags := ""
	for _, name := range []string{"persistentroom", "membersonly", "allowinvites"} {
		flags += fmt.Sprintf(`<field var="muc#roomconfig_%s"><value>1</value></field>`, name)
	}
	a.send(`<iq type="set" id="c" to="%s"><query xmlns="%s"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>%s</value></field>%s</x></query></iq>`,
		room, ns.MUCOwner, ns.MUCConfig, flags)
	a.until(`id="c"`, `type="result"`)
	member := func(aff string) {
		a.send(`<iq type="set" id="%[2]s" to="%[1]s"><query xmlns="%[3]s"><item affiliation="%[2]s" jid="b@example.net"/></query></iq>`, room, aff, ns.MUCAdmin)
		a.until(`id="`+aff+`"`, `type="result"`)
	}
	token := func() string {
		b.send(`<iq type="set" id="t" to="%s"><request xmlns="%s"/></iq>`, room, nsTokens)
		return regexp.MustCompile(`>([^<]+)</token>`).FindStringSubmatch(b.until(`id="t"`))[1]
	}
	enter := func(who *client, token, want string) {
		t.Helper()
		who.send(`<presence to="%s/X"><x xmlns="%s"><password>%s</password></x></presence>`, room, ns.MUC, token)
		who.until("<presence", want)
	}
	member("member")
	first, second := token(), token()
	enter(c, first, `code="110"`)
	c.send(`<presence to="%s/X" type="unavailable"/>`, room)
	c.until(`type="unavailable"`)
	member("none")
	enter(b, first, "<expired-token")
	enter(w.client("d@example.net/1"), second, "<expired-token")
	member("member")
	enter(b, token(), `code="110"`)
}
