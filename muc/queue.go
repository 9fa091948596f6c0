package muc

import (
	"myna/guard"
	"myna/hook"
	"myna/xmpp"
)

// event is something that occupants are told, in its place in the order.
type event struct {
	waits int // for how many things: a commit, private messages of the same occupant; guarded by room.mu
	send  func()
}

// emit puts an event at the end of the queue. r.mu is held; flush is called after it is released.
func (r *room) emit(send func()) { r.events = append(r.events, &event{0, send}) }

// emitOf is emit for what an occupant says or does: nobody hears it before the private messages that the occupant has sent before.
// r.mu is held.
func (r *room) emitOf(o *occupant, send func()) {
	r.emit(send)
	r.follows(o, r.events[len(r.events)-1])
}

// whispers are private messages of an occupant that are on their way, and what waits for them. What the occupant sends after that belongs
// to the next ones: it stands behind those who wait.
type whispers struct {
	n      int
	behind []*event
}

// whispering notes a private message of an occupant; whispered follows. r.mu is held.
func (o *occupant) whispering() *whispers {
	if o.whispers == nil || len(o.whispers.behind) > 0 {
		o.whispers = &whispers{}
	}
	o.whispers.n++
	return o.whispers
}

// follows lets an event wait for the private messages of an occupant that are on their way. r.mu is held.
func (r *room) follows(o *occupant, e *event) {
	if o != nil && o.whispers != nil && o.whispers.n > 0 {
		e.waits++
		o.whispers.behind = append(o.whispers.behind, e)
	}
}

// whispered notes that a private message has arrived, or has not. r.mu is not held.
func (r *room) whispered(w *whispers) {
	r.mu.Do(func() {
		if w.n--; w.n > 0 {
			return
		}
		for _, e := range w.behind {
			e.waits--
		}
	})
	r.flush()
	r.s.release(r)
}

// await is emit for an event that becomes ready later; until then all later ones wait.
func (r *room) await(send func()) *event {
	e := &event{1, send}
	r.events = append(r.events, e)
	return e
}

// settle makes an event ready.
func (r *room) settle(e *event) {
	r.mu.Do(func() { e.waits-- })
	r.flush()
}

// flush sends what is ready, in order. One goroutine at a time does it; what others add meanwhile, it sends as well. An event
// that panics keeps none of the others back.
func (r *room) flush() {
	for now := r.ready(true); len(now) > 0; now = r.ready(false) {
		for _, e := range now {
			guard.Call(r.s.Logger, "event of a room", e.send, "room", r.jid.String())
		}
	}
}

// ready takes the events from the queue that may be sent; none when another goroutine is sending, or there are none. Whoever
// has got some is the one who sends until there are none any more.
func (r *room) ready(begin bool) (now []*event) {
	r.mu.Do(func() {
		if begin && r.flushing {
			return
		}
		n := 0
		for n < len(r.events) && r.events[n].waits == 0 {
			n++
		}
		now = r.events[:n:n]
		r.events = r.events[n:]
		if len(r.events) == 0 {
			r.events = nil
		}
		r.flushing = n > 0
	})
	return now
}

// noticeBytes is about how long a notice is, but for the occupant's own words.
const noticeBytes = 384

// charge lets a session pay for so many notices to everybody, with so many bytes more than such a notice always has (hook.Payer).
// r.mu is held.
func (r *room) charge(s hook.Session, notices, more int) {
	hook.Charge(s, notices*len(r.seats), noticeBytes+more)
}

// screens tells whether a receiver does not want to hear of an occupant (XEP-0191 § 3.3). Most block nobody.
func (t *receiver) screens(from xmpp.JID) bool { return t.screen != nil && t.screen(from) }

// chargeFor lets a session pay for what it is sent itself.
func chargeFor(s hook.Session, frames []xmpp.Frame) {
	size := 0
	for i := range frames {
		size += frames[i].Len()
	}
	if len(frames) > 0 {
		hook.Charge(s, len(frames), size/len(frames))
	}
}

// length is how many bytes are in an occupant's presence that depend on who it is.
func (o *occupant) length() int { return len(o.main().content.children) + len(o.hats) }

// send gives a frame to one receiver.
func (r *room) send(t *receiver, f xmpp.Frame) {
	f = f.WithTo(t.to)
	if t.session != nil {
		t.session.Send(f)
		return
	}
	if kind, ok := r.s.Router.Target(t.to.Domain()); ok && kind == hook.Server {
		r.s.Router.ToSession(f)
		return
	}
	if err := r.s.Router.SendFrame(f); err != nil {
		r.s.Logger.Error("frame of a room not sent", "room", r.jid.String(), "to", t.to.String(), "err", err)
	}
}
