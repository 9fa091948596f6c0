package router_test

import (
	"strings"
	"testing"

	"myna/hook"
	"myna/xmpp"
)

// A message to many goes the way of each: whose stage adds something gets its own, whose stage refuses it gets none, and the
// others share the bytes.
func TestSendEach(t *testing.T) {
	w := newWorld(t, func(r *hook.Registrar) {
		r.Received(hook.Amend, func(p *hook.Packet) error {
			switch p.Owner.Local() {
			case "romeo":
				p.Append([]byte(`<more xmlns="urn:example"/>`))
			case "nurse":
				return hook.Drop
			}
			return nil
		})
	})
	sessions := map[string]*session{}
	var to []xmpp.JID
	for _, local := range []string{"juliet", "romeo", "nurse", "nobody"} {
		j := address(t, local+"@example.net")
		to = append(to, j)
		if local != "nobody" {
			sessions[local] = w.session(local+"@example.net/a", 0)
		}
	}
	e := xmpp.NewMessage(address(t, "groups.example.net"), xmpp.JID{}, "headline", xmpp.El("urn:example", "event")).Set("id", "1")
	if err := w.SendEach(xmpp.FrameOf(e), to); err != nil {
		t.Fatal(err)
	}
	if got := sessions["nurse"].take(); len(got) != 0 {
		t.Errorf("nurse: %q", got)
	}
	for local, more := range map[string]bool{"juliet": false, "romeo": true} {
		got := sessions[local].take()
		if len(got) != 1 || !strings.Contains(got[0], ` to="`+local+`@example.net" from="groups.example.net"`) ||
			strings.Contains(got[0], "<more") != more || strings.Count(got[0], "</message>") != 1 {
			t.Errorf("%s: %q", local, got)
		}
	}
	if err := w.SendEach(xmpp.Frame{Kind: xmpp.Message, Tail: []byte(`<`)}, to); err == nil {
		t.Error("what is no stanza was sent")
	}
}
