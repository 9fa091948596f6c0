package c2s

import (
	"testing"

	"myna/xmpp"
)

// TestConfirmations: however a client confirms, the queue keeps the rest in its order.
func TestConfirmations(t *testing.T) {
	m := &managed{}
	next, acked := int64(1), uint32(0)
	push := func(n int) {
		for range n {
			m.push(xmpp.Frame{Kind: xmpp.Message, Tail: []byte("x"), Archived: next})
			next++
		}
	}
	confirm := func(n int) {
		t.Helper()
		acked += uint32(n)
		if archived, ok := m.confirm(acked); !ok || n > 0 && archived != int64(acked) {
			t.Fatalf("%d are confirmed: got %d, %v", acked, archived, ok)
		}
		if want := int(next - 1 - int64(acked)); len(m.queue) != want || m.bytes != 17*want {
			t.Fatalf("%d are confirmed: %d wait with %d bytes, want %d", acked, len(m.queue), m.bytes, want)
		}
		for i := range m.queue {
			if m.queue[i].Archived != int64(acked)+int64(i)+1 {
				t.Fatalf("%d are confirmed: place %d has %d", acked, i, m.queue[i].Archived)
			}
		}
	}
	push(300)
	for range 290 {
		confirm(1)
	}
	push(1000)
	confirm(900)
	confirm(0)
	push(3)
	for range 113 {
		confirm(1)
	}
	push(2)
	confirm(2)
	if _, ok := m.confirm(acked + 1); ok {
		t.Error("more is confirmed than was sent")
	}
}

// TestOneByOne: a long queue is not moved for each confirmation.
func TestOneByOne(t *testing.T) {
	m := &managed{}
	for range 10000 {
		m.push(xmpp.Frame{Kind: xmpp.Message})
	}
	last := &m.queue[9999]
	for h := range uint32(5000) {
		m.confirm(h + 1)
	}
	if &m.queue[len(m.queue)-1] != last {
		t.Error("the frames were moved")
	}
}
