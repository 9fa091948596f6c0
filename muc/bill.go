package muc

import (
	"time"

	"mellium.im/xmpp/stanza"

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

// Bounds of what one change makes a room say at once, in notices: it all stands in the queues of those who are there.
const (
	fewNotices  = 10_000  // of which nobody takes notice
	mostNotices = 250_000 // so many at once
	noticesASec = 2000    // and so many in the long run
)

// stirred counts the notices of a change that is about everybody, or a whole domain, and says why they are too many. Those that take
// people out of the room always may be. Groups are the administrator's. r.mu is held.
func (r *room) stirred(c *change) error {
	if !r.group.IsZero() {
		return nil
	}
	domains := map[xmpp.JID]int{} // how often each is named
	for i := range c.moves {
		if m := &c.moves[i]; m.jid.Local() == "" && m.to.aff != Outcast {
			domains[m.jid]++
		}
	}
	if c.conf == nil && len(domains) == 0 {
		return nil
	}
	n := 0
	for _, o := range r.present {
		if n += domains[o.bare.DomainJID()]; c.conf != nil && r.livens(o, c.conf) {
			n++
		}
	}
	c.stir = n * len(r.seats)
	switch left := r.resting.Sub(r.s.Now()); {
	case c.stir <= fewNotices:
	case c.stir > mostNotices:
		return r.refuse(stanza.ResourceConstraint, "This would make "+itoa(c.stir)+" notices, and "+itoa(mostNotices)+
			" at once are the most. Please wait until fewer people are here.")
	case left > 0:
		return r.refuse(stanza.ResourceConstraint, "Everybody here was told of everybody a moment ago. Please wait "+itoa(1+int(left/time.Second))+" seconds.")
	}
	return nil
}

// livens tells whether everybody has to see an occupant otherwise under another configuration. r.mu is held.
func (r *room) livens(o *occupant, next *settings) bool {
	role := o.role
	if r.conf.Moderated && !next.Moderated && role == Visitor {
		role = Participant
	}
	return next.Broadcast[role] && (role != o.role || !r.conf.Broadcast[o.role] || r.hatsText(o, next) != o.hats)
}

// rest notes that so many notices were made at once. r.mu is held.
func (r *room) rest(notices int) {
	if notices > fewNotices {
		r.resting = r.s.Now().Add(time.Duration(notices) * time.Second / noticesASec)
	}
}
