package server_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"myna/internal/xmpptest"
	"myna/server/servertest"
)

// kinds are messages and what becomes of each: r, the addressee's other client gets a copy of it, and s, the sender's
// (XEP-0280 § 6.1); a, it is in the archives of both (XEP-0313 § 6.1, XEP-0334 § 4); w, it waits for somebody who is offline
// (XEP-0160 § 3).
var kinds = []struct{ typ, content, becomes string }{
	{"chat", `<body>x</body>`, "rsaw"},
	{"normal", `<body>x</body>`, "rsaw"},
	{"", `<body>x</body>`, "rsaw"},
	{"normal", `<subject>x</subject>`, "aw"},
	{"normal", `<x xmlns="urn:test"/>`, "w"},
	{"chat", `<thread>x</thread>`, "rs"},
	{"chat", `<composing xmlns="http://jabber.org/protocol/chatstates"/>`, "rs"},
	{"normal", `<composing xmlns="http://jabber.org/protocol/chatstates"/>`, "rs"},
	{"chat", `<gone xmlns="http://jabber.org/protocol/chatstates"/><store xmlns="urn:xmpp:hints"/>`, "rsaw"},
	{"normal", `<received xmlns="urn:xmpp:receipts" id="1"/>`, "rsw"},
	{"chat", `<displayed xmlns="urn:xmpp:chat-markers:0" id="1"/>`, "rsw"},
	{"normal", `<displayed xmlns="urn:xmpp:chat-markers:0" id="1"/>`, "rsw"},
	{"chat", `<reactions xmlns="urn:xmpp:reactions:0" id="1"><reaction>x</reaction></reactions>`, "rsaw"},
	{"chat", `<retract xmlns="urn:xmpp:message-retract:1" id="none"/>`, "rsaw"},
	{"chat", `<retract xmlns="urn:xmpp:message-retract:1" id="none"/><no-store xmlns="urn:xmpp:hints"/>`, "rsaw"}, // XEP-0424 § 6
	{"chat", `<body>x</body><request xmlns="urn:xmpp:receipts"/><markable xmlns="urn:xmpp:chat-markers:0"/>`, "rsaw"},
	{"chat", `<body>x</body><replace xmlns="urn:xmpp:message-correct:0" id="1"/>`, "rsaw"},
	{"normal", `<replace xmlns="urn:xmpp:message-correct:0" id="1"/>`, "rsaw"},
	{"normal", `<reactions xmlns="urn:xmpp:reactions:0" id="1"/>`, "rsaw"}, // XEP-0444 § 3.2: none any more
	{"chat", `<body>&gt; x</body><reply xmlns="urn:xmpp:reply:0" to="juliet@example.net" id="1"/>`, "rsaw"},
	{"chat", `<body>*x*</body><unstyled xmlns="urn:xmpp:styling:0"/>`, "rsaw"},
	{"chat", `<body>x</body><x xmlns="jabber:x:oob"><url>https://example.net/x</url></x>`, "rsaw"},
	{"normal", `<x xmlns="jabber:x:oob"><url>https://example.net/x</url></x>`, "w"},
	{"chat", `<file-sharing xmlns="urn:xmpp:sfs:0"><file xmlns="urn:xmpp:file:metadata:0"/></file-sharing>`, "rsaw"},
	{"chat", `<sources xmlns="urn:xmpp:sfs:0" id="1"/><store xmlns="urn:xmpp:hints"/>`, "rsaw"}, // XEP-0447 § 3.3
	{"chat", `<nick xmlns="http://jabber.org/protocol/nick">x</nick>`, "rs"},
	{"normal", `<headers xmlns="http://jabber.org/protocol/shim"><header name="Urgency">high</header></headers>`, "w"},
	{"chat", `<encrypted xmlns="urn:xmpp:omemo:2"/>`, "rsaw"},
	{"normal", `<x xmlns="jabber:x:conference" jid="a@groups.example.net"/>`, "rsaw"},
	{"chat", `<body>x</body><x xmlns="http://jabber.org/protocol/muc#user"/>`, "rsaw"}, // only rooms say so: it is taken out
	{"chat", `<body>x</body><no-copy xmlns="urn:xmpp:hints"/>`, "aw"},
	{"chat", `<body>x</body><private xmlns="urn:xmpp:carbons:2"/><no-copy xmlns="urn:xmpp:hints"/>`, "aw"},
	{"chat", `<body>x</body><no-store xmlns="urn:xmpp:hints"/>`, "rs"},
	{"chat", `<body>x</body><no-permanent-store xmlns="urn:xmpp:hints"/>`, "rsw"},
	{"headline", `<body>x</body>`, ""},
	{"headline", `<body>x</body><store xmlns="urn:xmpp:hints"/>`, ""},
	{"groupchat", `<body>x</body><store xmlns="urn:xmpp:hints"/>`, ""},
	{"error", `<body>x</body><store xmlns="urn:xmpp:hints"/><error type="cancel"><gone xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`, ""}, // it answers nothing that was copied (XEP-0280 § 6.1)
}

// TestWhatBecomesOfMessages sends a message of every kind and looks who has it.
func TestWhatBecomesOfMessages(t *testing.T) {
	s := servertest.Start(t)
	const copies = `<iq type="set"><enable xmlns="urn:xmpp:carbons:2"/></iq>`
	if _, err := s.Account(t.Context(), "nurse@example.net"); err != nil {
		t.Fatal(err)
	}
	romeo, romeoDesk := signIn(t, s, "romeo@example.net", "orchard"), signIn(t, s, "romeo@example.net", "desk")
	juliet, julietDesk := signIn(t, s, "juliet@example.net", "balcony"), signIn(t, s, "juliet@example.net", "desk")
	converse(t, romeoDesk, copies, "")
	converse(t, julietDesk, copies, "")
	became := make([]string, len(kinds))
	note := func(mark, text string) {
		for _, found := range regexp.MustCompile(`id="m([0-9]+)m"`).FindAllStringSubmatch(text, -1) {
			var i int
			fmt.Sscan(found[1], &i)
			if !strings.Contains(became[i], mark) {
				became[i] += mark
			}
		}
	}
	for _, to := range []string{"juliet@example.net/balcony", "nurse@example.net"} {
		for i, k := range kinds {
			if to == "nurse@example.net" && (k.typ == "groupchat" || k.typ == "error") {
				continue
			}
			content, typ := k.content, ""
			if k.typ != "" {
				typ = ` type="` + k.typ + `"`
			}
			if err := romeo.Send(fmt.Sprintf(`<message to="%s"%s id="m%dm">%s</message>`, to, typ, i, content)); err != nil {
				t.Fatal(err)
			}
		}
		converse(t, romeo, "", "") // everything before is delivered, or waits
		if to == "nurse@example.net" {
			continue
		}
		if arrived := converse(t, juliet, "", ""); strings.Count(arrived, "<message ") != len(kinds) {
			t.Errorf("of %d messages there arrived: %s", len(kinds), arrived)
		}
		note("r", converse(t, julietDesk, "", ""))
		note("s", converse(t, romeoDesk, "", ""))
		note("a", archived(t, juliet))
		theirs := archived(t, romeo)
		for i := range kinds {
			if id := fmt.Sprintf(`id="m%dm"`, i); strings.Contains(theirs, id) != strings.Contains(became[i], "a") {
				t.Errorf("%d: the archives of sender and addressee differ", i)
			}
		}
	}
	nurse := signInSeeing(t, s, "nurse@example.net")
	note("w", nurse)
	for i, k := range kinds {
		if got := sorted(became[i]); got != sorted(k.becomes) {
			t.Errorf("%s %s becomes %q, want %q", k.typ, k.content, got, sorted(k.becomes))
		}
	}
}

func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

// archived is the whole archive of a client's account.
func archived(t *testing.T, c *xmpptest.Client) string {
	t.Helper()
	return converse(t, c, `<iq type="set"><query xmlns="urn:xmpp:mam:2"><set xmlns="http://jabber.org/protocol/rsm"><max>200</max></set></query></iq>`, "")
}

// signInSeeing signs in and returns all that arrives with the first presence.
func signInSeeing(t *testing.T, s xmpptest.Server, address string) string {
	t.Helper()
	c, err := xmpptest.Dial(t.Context(), &s, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Cut)
	if err := c.Login(t.Context(), "pencil"); err != nil {
		t.Fatal(err)
	}
	if err := c.Bind(t.Context(), "late"); err != nil {
		t.Fatal(err)
	}
	return converse(t, c, "<presence />", "")
}
