package muc

import (
	"context"
	"slices"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/guard"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// unavailable takes somebody out of a room who wants to leave (§ 7.14).
func (s *Service) unavailable(p *hook.Packet) {
	r := s.loaded(p.To.Bare())
	if r == nil {
		return // § 17.3: silently ignored from who is not in the room
	}
	content, _, _ := presenceContent(p)
	s.leave(r, p.From, notice{content: content, echo: echoOf(p.From, p.ID())})
}

// closed takes a session that has ended out of all its rooms. It runs on the session's goroutine.
func (s *Service) closed(session hook.Session) {
	for _, r := range s.joined.Load(session) {
		s.leave(r, session.JID(), notice{})
	}
}

// leave takes one session out of a room; n has what is said with it.
func (s *Service) leave(r *room, full xmpp.JID, n notice) {
	var st *seat
	r.do(func() {
		if st = r.seats[full]; st != nil {
			r.unbilled(func() { r.standUp(st, n) })
		}
	})
	if st == nil {
		return
	}
	s.unfollow(st.session, r)
	r.flush()
	s.release(r)
}

// standUp takes a session from its occupant. The last one takes the occupant away. r.mu is held.
func (r *room) standUp(st *seat, n notice) {
	o := st.occ
	n.typ, n.aff, n.role = xmpp.TypeUnavailable, o.aff, NoRole
	if len(o.seats) == 1 {
		if r.locked { // § 10.1.3: the room ends with it
			n.more = destroyElement("", xmpp.JID{})
		}
		r.charge(st.session, 1, len(n.content.children))
		r.cast(o, n, o.role)
		r.forget(o)
		return
	}
	before := o.main()
	rest := make([]*seat, 0, len(o.seats))
	for _, other := range o.seats {
		if other != st {
			rest = append(rest, other)
		}
	}
	o.seats = rest
	delete(r.seats, st.full)
	to := r.receiverOf(st)
	n.jid, n.codes = st.full, append([]int{codeSelf}, n.codes...)
	f := n.echo.on(n.frame(o), st.full)
	r.emit(func() { r.send(&to, f) })
	r.shift()
	if o.main() != before {
		r.announce(o, nil)
	}
}

// forget removes an occupant with all sessions. r.mu is held.
func (r *room) forget(o *occupant) {
	for _, st := range o.seats {
		delete(r.seats, st.full)
	}
	delete(r.occupants, o.key)
	r.present = slices.DeleteFunc(slices.Clone(r.present), func(other *occupant) bool { return other == o })
	r.shift()
}

// expel removes an occupant against its will: n says why. It returns the seats, which the caller hands to unfollowAll
// when r.mu is released.
func (r *room) expel(o *occupant, n notice) []*seat {
	n.typ, n.role = xmpp.TypeUnavailable, NoRole
	r.cast(o, n, o.role)
	r.forget(o)
	return o.seats
}

func (s *Service) unfollowAll(seats []*seat, r *room) {
	for _, st := range seats {
		s.unfollow(st.session, r)
	}
}

// bounced takes a session out of a room that a stanza of the room could not reach (§ 18.1.2, § 11.1).
func (s *Service) bounced(p *hook.Packet) bool {
	if !undeliverable(p.Stanza) {
		return false
	}
	if r := s.loaded(p.To.Bare()); r != nil {
		s.leave(r, p.From, notice{codes: []int{codeTechnical}})
	}
	return true
}

// undeliverable tells whether an error says that its sender is not there any more.
func undeliverable(st *xmpp.Stanza) bool {
	c := st.Find(ns.Client, "error")
	if c == nil {
		return false
	}
	e, err := st.Element(c)
	if err != nil {
		return false
	}
	for _, cond := range [...]stanza.Condition{stanza.Gone, stanza.ItemNotFound, stanza.RecipientUnavailable, stanza.Redirect,
		stanza.RemoteServerNotFound, stanza.RemoteServerTimeout} {
		if e.Child(ns.Stanzas, string(cond)) != nil {
			return true
		}
	}
	return false
}

// shutdownTime bounds how long the end of the service waits for what was said before it.
const shutdownTime = 3 * time.Second

// Farewell takes everybody out of all rooms, behind what was said before, and lets nobody in any more (§ 11.2). It is called before the
// streams end, and returns when all have been told.
func (s *Service) Farewell(ctx context.Context) {
	s.closing.Store(true)
	var waits []chan struct{}
	for _, r := range s.inMemory() {
		told := make(chan struct{})
		waits = append(waits, told)
		guard.Call(s.Logger, "end of a room", func() { r.shutdown(told) }, "room", r.jid.String())
	}
	late := time.NewTimer(shutdownTime)
	defer late.Stop()
	for _, told := range waits {
		select {
		case <-told:
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// shutdown takes everybody out of a room; it closes told when they know.
func (r *room) shutdown(told chan struct{}) {
	var gone []*seat
	r.do(func() {
		for _, o := range r.present {
			gone = append(gone, r.evict(o, notice{codes: []int{codeShutdown}})...)
		}
		r.emit(func() { close(told) })
	})
	r.s.unfollowAll(gone, r)
	r.flush()
}
