package muc

import (
	"strings"
	"testing"
)

// Nobody has a nickname that looks like that of somebody else, be it in use or reserved (RFC 8266 § 2.4); whose it is may write it
// in any way, on each device (§ 7.2.8).
func TestNicksAlike(t *testing.T) {
	w := newWorld(t, nil)
	a, a2, b := w.client("a@example.net/1"), w.client("a@example.net/2"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "fi")
	a.configure(room, "")
	a.admin(room, `<item affiliation="member" jid="c@example.net" nick="Röb"/>`)
	a.until(`id="q"`, `type="result"`)
	for _, nick := range []string{"fi", "FI", "\ufb01", "\uff46\uff49", " fi", "fi  ", "r\u00f6b", "Ro\u0308b", "R\u00d6B"} {
		b.join(room, nick)
		if got := b.until("<presence"); !strings.Contains(got, "<conflict ") {
			t.Errorf("enters as %q: %s", nick, got)
		}
	}
	b.join(room, "Bee")
	b.until("<subject")
	for _, nick := range []string{"FI", "\ufb01", "R\u00d6B"} {
		b.send(`<presence to="%s/%s"/>`, room, nick)
		if got := b.until("<presence"); !strings.Contains(got, "<conflict ") {
			t.Errorf("becomes %q: %s", nick, got)
		}
	}
	a2.join(room, "\ufb01 ")
	if got := a2.until(`code="110"`); !strings.Contains(got, `code="210"`) || !strings.Contains(got, `/fi"`) {
		t.Errorf("the second device: %s", got)
	}
	a2.send(`<presence to="%s/FI"/>`, room) // the same nick, in other letters
	a.until(`type="unavailable"`, `nick="FI"`, `code="303"`)
	a.until(`/FI"`, `code="110"`)
	b.join(room, "fi")
	b.until(`type="error"`, "<conflict ")
	w.service.loaded(w.jid(room)).check(t)
}

// A password is the same on every keyboard: composed or not, and with any kind of space (RFC 8265 § 4.2).
func TestPasswordsAlike(t *testing.T) {
	w := newWorld(t, nil)
	a, b := w.client("a@example.net/1"), w.client("b@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.configure(room, flag("passwordprotectedroom", "1")+flag("roomsecret", "caf\u00e9 noir"))
	for password, want := range map[string]string{
		"": "<not-authorized ", "cafe noir": "<not-authorized ", "Caf\u00e9 noir": "<not-authorized ", "caf\u00e9 noir ": "<not-authorized ",
		"caf\u00e9 noir": `code="110"`, "cafe\u0301 noir": `code="110"`, "caf\u00e9\u00a0noir": `code="110"`,
	} {
		b.send(`<presence to="%s/B"><x xmlns="http://jabber.org/protocol/muc"><password>%s</password></x></presence>`, room, password)
		if got := b.until("/B\""); !strings.Contains(got, want) {
			t.Errorf("%q: %s", password, got)
		}
		if want == `code="110"` {
			b.send(`<presence to="%s/B" type="unavailable"/>`, room)
			b.until("/B\"", `type="unavailable"`)
		}
	}
}

// A subject that everybody would get again and again is not any length.
func TestSubjectIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	a := w.client("a@example.net/1")
	const room = "den@groups.example.net"
	a.join(room, "A")
	a.configure(room, "")
	a.send(`<message type="groupchat" id="s" to="%s"><subject>%s</subject></message>`, room, strings.Repeat("x", DefaultConfig().SubjectBytes))
	a.until(`id="s"`, `type="error"`, "<policy-violation ", "16384 bytes at most")
	a.send(`<message type="groupchat" id="t" to="%s"><subject>%s</subject></message>`, room, strings.Repeat("x", DefaultConfig().SubjectBytes/2))
	a.until(`id="t"`, `type="groupchat"`)
}
