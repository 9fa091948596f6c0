package muc

import (
	"fmt"
	"strings"
	"testing"

	"myna/xmpp/ns"
)

// A thousand devices under one nick are one occupant: each gets everything once, others hear of them when what they see changes, and what
// one device says or does costs no more than who there is (XEP-0045 § 7.2.8, § 7.14).
func TestManyDevices(t *testing.T) {
	const n = 1000
	w := newWorld(t, nil)
	room := w.group(Spec{Name: "Team"}, w.person("a", "A", Member), w.person("b", "B", Member))
	b := w.client("b@example.net/1")
	b.join(room.String(), "B")
	b.until("<subject")
	devices := make([]*client, n)
	for i := range devices {
		devices[i] = w.client(fmt.Sprintf("a@example.net/%d", i))
		devices[i].join(room.String(), "A")
	}
	r := w.service.loaded(room)
	r.check(t)
	if got := b.next(); !strings.Contains(got, "/A") || len(b.got) > 0 {
		t.Errorf("who is there hears %s and %d more", got, len(b.got))
	}
	for i, d := range devices {
		if len(d.got) != 3 { // the other, itself, the subject
			t.Fatalf("device %d gets %d stanzas", i, len(d.got))
		}
		for range 3 {
			d.next()
		}
	}
	before := devices[0].paid.Load()
	devices[0].send(`<message type="groupchat" to="%s"><body>one</body></message>`, room)
	b.send(`<message to="%s/A" type="chat"><body>two</body></message>`, room)
	for i, d := range devices {
		for range 2 {
			if got := d.next(); !strings.Contains(got, "<body>one") && !strings.Contains(got, "<body>two") {
				t.Fatalf("device %d gets %s", i, got)
			}
		}
	}
	b.until("<body>one")
	if paid := devices[0].paid.Load() - before; paid != n+1 {
		t.Errorf("a message to %d clients costs %d copies", n+1, paid)
	}
	for i, d := range devices[1:] { // the first one stays
		d.send(`<presence to="%s/A" type="unavailable"/>`, room)
		if got := d.next(); !strings.Contains(got, `code="110"`) || !strings.Contains(got, d.jid.String()) || len(d.got) > 0 {
			t.Fatalf("device %d leaves with %s and %d more", i+1, got, len(d.got))
		}
	}
	if len(b.got) > 0 || len(devices[0].got) > 0 {
		t.Errorf("of devices that come and go others hear %d stanzas, the one that stays %d", len(b.got), len(devices[0].got))
	}
	devices[0].send(`<iq type="get" id="ping" to="%s/A"><ping xmlns="%s"/></iq>`, room, ns.Ping)
	devices[0].until(`id="ping"`, `type="result"`)
	devices[0].send(`<presence to="%s/A" type="unavailable"/>`, room)
	b.until(`type="unavailable"`, "/A")
	r.check(t)
}
