package roster

import "testing"

// A client pays for the presence that others get from it, and for what it has itself sent when it becomes available; not
// for those who are not there.
func TestPresenceIsPaidFor(t *testing.T) {
	h := newHouse(t, nil)
	who := h.colleagues(4)
	a, b, c := h.bind(who[0].String()+"/a"), h.bind(who[1].String()+"/b"), h.bind(who[2].String()+"/c")
	for _, s := range []*session{b, c} {
		h.send(s, `<presence/>`)
	}
	paid := func(what string, want int64, xml string) {
		t.Helper()
		before := a.paid.Load()
		h.send(a, xml)
		if got := a.paid.Load() - before; got != want {
			t.Errorf("%s: %d copies, want %d", what, got, want)
		}
	}
	paid("initial presence", 4, `<presence/>`)
	paid("another status", 2, `<presence><show>away</show></presence>`)
	paid("unavailable", 2, `<presence type="unavailable"/>`)
	paid("unavailable again", 0, `<presence type="unavailable"/>`)
}
