package router_test

import (
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/wire"
)

func frame(t *testing.T, text string, archived int64) xmpp.Frame {
	t.Helper()
	st, err := wire.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	st.From = address(t, string(st.Attr("from")))
	return xmpp.Frame{Kind: st.Kind, To: address(t, "juliet@example.net/phone"), Tail: st.Tail(nil), Archived: archived}
}

// TestUndelivered is XEP-0198 § 4: what a client that is gone has not confirmed goes to another one, waits, or comes back;
// nothing comes twice.
func TestUndelivered(t *testing.T) {
	const chat = `<message from="romeo@example.net/o" type="chat" id="1"><body>hi</body></message>`
	for _, c := range []struct {
		name, text string
		archived   int64
		desk, seen bool   // another session is there, and has seen it
		want       string // "desk", "waits", "-", or a condition for the sender
	}{
		{"to another session", chat, 0, true, false, "desk"},
		{"of the archive, to another session", chat, 7, true, false, "desk"},
		{"copied to another session before", chat, 7, true, true, "-"},
		{"waits", chat, 0, false, false, "waits"},
		{"no body", `<message from="romeo@example.net/o" type="chat"><active xmlns="urn:s"/></message>`, 0, false, false, "-"},
		{"no-store", `<message from="romeo@example.net/o" id="1"><body>hi</body><no-store xmlns="urn:xmpp:hints"/></message>`, 0, false, false, "recipient-unavailable"},
		{"headline", `<message from="romeo@example.net/o" type="headline"><body>hi</body></message>`, 0, true, false, "-"},
		{"groupchat", `<message from="a@groups.example.net/n" type="groupchat"><body>hi</body></message>`, 0, true, false, "-"},
		{"error", `<message from="romeo@example.net/o" type="error"><body>hi</body></message>`, 0, true, false, "-"},
		{"carbon", `<message from="juliet@example.net" type="chat"><received xmlns="urn:xmpp:carbons:2"/></message>`, 0, true, false, "-"},
		{"presence", `<presence from="romeo@example.net/o"/>`, 0, true, false, "-"},
		{"request", `<iq from="romeo@example.net/o" type="get" id="1"><q xmlns="urn:test"/></iq>`, 0, true, false, "recipient-unavailable"},
		{"answer", `<iq from="romeo@example.net/o" type="result" id="1"/>`, 0, true, false, "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			romeo := w.session("romeo@example.net/o", 0)
			var desk *session
			if c.desk {
				desk = w.session("juliet@example.net/desk", 0)
				desk.seen[c.archived] = c.seen
			}
			w.Undelivered(address(t, "juliet@example.net"), []xmpp.Frame{frame(t, c.text, c.archived)})
			got := "-"
			if desk != nil {
				if frames := desk.take(); len(frames) > 0 {
					got = "desk"
					if late := strings.Contains(frames[0], "urn:xmpp:delay"); late != (c.archived != 0) {
						t.Errorf("delay: %s", frames[0])
					}
				}
			}
			if rows := w.log.rows; len(rows) == 1 && rows[0].Flags == storage.Waiting|storage.Hidden {
				got = "waits"
			}
			if e := condition(romeo.take()); e != "" {
				got = e
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
