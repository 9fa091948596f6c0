package muc

import (
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// bill is what a request makes a room say.
type bill struct{ copies, bytes int }

// owe puts frames on the bill of whoever changes the room now: a short request may change what everybody sees of everybody
// (docs/decisions/0005-charge.md). r.mu is held.
func (r *room) owe(receivers int, frames ...*xmpp.Frame) {
	if r.tab == nil {
		return
	}
	for _, f := range frames {
		r.tab.copies += receivers
		r.tab.bytes += receivers * f.Len()
	}
}

// billed calls f, which changes the room for a request; nil: for nobody. r.mu is not held.
func (r *room) billed(q *request, f func() error) error {
	if q == nil {
		return f()
	}
	r.mu.Do(func() { r.tab = &q.bill })
	defer r.mu.Do(func() { r.tab = nil })
	return f()
}

// unbilled calls f, which somebody else pays for than who changes the room meanwhile. r.mu is held.
func (r *room) unbilled(f func()) {
	tab := r.tab
	r.tab = nil
	defer func() { r.tab = tab }()
	f()
}

// pay lets a session pay for a change: for all that was said of it, and at least as if everybody in the room had been told of each
// part of the request.
func (q *request) pay() {
	least := 0
	switch q.payload.Space {
	case ns.MUCAdmin, ns.MUCOwner, ns.Moderate, ns.Commands, ns.Register:
		for range q.payload.Elements() {
			least++
		}
	}
	q.r.mu.Do(func() { least *= len(q.r.seats) })
	length := noticeBytes
	if q.bill.copies > 0 {
		length = q.bill.bytes / q.bill.copies
	}
	hook.Charge(q.Session, max(least, q.bill.copies), length)
}
