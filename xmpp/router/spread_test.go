package router_test

import (
	"reflect"
	"strings"
	"testing"

	"myna/hook"
	"myna/xmpp"
)

// spreads registers a service that sends each message to the server on to two accounts.
func spreads(r *hook.Registrar) {
	archives(r)
	r.ToServer(xmpp.Message, "two", func(p *hook.Packet) (bool, error) {
		if !p.Has("urn:two", "two") {
			return false, nil
		}
		for _, to := range []string{"juliet@example.net", "nurse@example.net"} {
			st := *p.Stanza.Clone()
			st.To, _ = xmpp.ParseJID(to)
			p.Spread(&st)
		}
		return true, nil
	})
}

// TestSpread: what one stanza becomes keeps its place behind what was sent before, and the stanza is handled when all of it is
// durable. It counts once.
func TestSpread(t *testing.T) {
	w := newWorld(t, spreads)
	romeo, juliet := w.session("romeo@example.net/o", 0), w.session("juliet@example.net/b", 0)
	nurse := w.session("nurse@example.net/h", 0)
	var acked []uint32
	w.send(romeo, `<message to="juliet@example.net"><body>1</body></message>`)
	w.send(romeo, `<message to="example.net"><body>2</body><two xmlns="urn:two"/></message>`)
	w.send(romeo, `<message to="example.net"><two xmlns="urn:two"/></message>`) // nothing keeps it
	romeo.in.WhenHandled(func(h uint32) { acked = append(acked, h) })
	w.log.commit(2)
	if got := juliet.take(); len(got) != 2 || !strings.Contains(got[1], "<body>2</body>") {
		t.Fatalf("juliet got %q", got)
	}
	if h := romeo.in.Handled(); h != 1 || len(nurse.take()) != 0 {
		t.Fatalf("%d handled with one of two copies", h)
	}
	w.log.commit(1)
	if h := romeo.in.Handled(); h != 2 || len(nurse.take()) != 1 {
		t.Fatalf("%d handled with both copies", h)
	}
	w.log.commit(2)
	if want := []uint32{3}; !reflect.DeepEqual(acked, want) || len(juliet.take()) != 1 || len(nurse.take()) != 1 {
		t.Errorf("acknowledged %d, want %d", acked, want)
	}
	w.send(romeo, `<message to="example.net" id="x"><body>3</body></message>`)
	w.log.commit(1)
	if got := condition(romeo.take()); got != "service-unavailable" {
		t.Errorf("what nobody takes ends with %q", got)
	}
}
