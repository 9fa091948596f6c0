package archive

import (
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// XEP-0424 § 6: a message is taken back by its author only: the account, or the one occupant of a room.
func TestMeans(t *testing.T) {
	const muc = `<x xmlns="http://jabber.org/protocol/muc#user"/>`
	occupant := func(id string) string { return `<occupant-id xmlns="urn:xmpp:occupant-id:0" id="` + id + `"/>` }
	jid := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	for name, c := range map[string]struct {
		peer, content string
		flags         storage.Flags
		kind          string
		r             retraction
		want          bool
	}{
		"by another client":    {"a@x/1", "", 0, "chat", retraction{peer: jid("a@x/2"), id: "m"}, true},
		"another id":           {"a@x/1", "", 0, "chat", retraction{peer: jid("a@x/1"), id: "n"}, false},
		"the other's":          {"a@x/1", "", storage.Sent, "chat", retraction{peer: jid("a@x/1"), id: "m"}, false},
		"one's own":            {"a@x", "", storage.Sent, "chat", retraction{peer: jid("a@x"), id: "m", sent: true}, true},
		"in a room":            {"r@x/A", "", 0, "groupchat", retraction{peer: jid("r@x/A"), id: "m"}, false},
		"another occupant":     {"r@x/A", muc, 0, "chat", retraction{peer: jid("r@x/B"), id: "m"}, false},
		"the occupant":         {"r@x/A", muc, 0, "chat", retraction{peer: jid("r@x/A"), id: "m"}, true},
		"the nick's successor": {"r@x/A", muc + occupant("1"), 0, "chat", retraction{peer: jid("r@x/A"), id: "m", occupant: "2"}, false},
		"the same occupant":    {"r@x/A", muc + occupant("1"), 0, "chat", retraction{peer: jid("r@x/A"), id: "m", occupant: "1"}, true},
		"taken back already":   {"a@x/1", `<retracted xmlns="urn:xmpp:message-retract:1" id="r"/>`, 0, "chat", retraction{peer: jid("a@x/1"), id: "m"}, false},
	} {
		rec := &storage.Record{Entry: storage.Entry{Peer: jid(c.peer), Flags: c.flags, Kind: c.kind,
			Stanza: []byte(`<message xmlns="jabber:client" id="m">` + c.content + `</message>`)}}
		if got := c.r.means(rec); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
