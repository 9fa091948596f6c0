package roster

import (
	"myna/guard"
	"myna/hook"
	"myna/xmpp"
)

// Part has those leave each other who must not communicate any more: sessions leave rooms, and become unavailable for contacts
// and whom else they have sent presence to (RFC 6121 § 4.5, § 4.6). apart answers from memory; it is in force already.
func (r *Roster) Part(apart func(a, b xmpp.JID) bool) {
	r.Router.EachSession(func(s hook.Session) {
		guard.Call(r.Logger, "partners of a session", func() { r.part(s, apart) }, "session", s.JID().String())
	})
}

func (r *Roster) part(s hook.Session, apart func(a, b xmpp.JID) bool) {
	gone := unavailable(s.JID())
	left := r.client(s).takeDirectedTo(func(to xmpp.JID) bool { return apart(s.JID(), to) })
	r.endDirected(s, nil, false, left, gone)
	owner := s.JID().Bare()
	l := r.known(owner)
	if l == nil || s.Presence() == nil {
		return
	}
	l.entries(func(e *entry) {
		if l.from(e.jid) && apart(owner, e.jid) {
			r.toContact(e.jid, gone)
		}
	})
}

// Join shows each other's presence to contacts who may communicate again. together answers from memory, and is in force already.
func (r *Roster) Join(together func(a, b xmpp.JID) bool) {
	r.Router.EachSession(func(s hook.Session) {
		guard.Call(r.Logger, "partners of a session", func() { r.join(s, together) }, "session", s.JID().String())
	})
}

func (r *Roster) join(s hook.Session, together func(a, b xmpp.JID) bool) {
	owner := s.JID().Bare()
	l, p := r.known(owner), s.Presence()
	if l == nil || p == nil {
		return
	}
	l.entries(func(e *entry) {
		if l.from(e.jid) && together(owner, e.jid) && !r.blocked(owner, e.jid) {
			r.toContact(e.jid, xmpp.Frame{Kind: xmpp.Presence, Tail: p.Tail, Idle: true})
		}
	})
}

// takeDirectedTo is takeDirected for some addresses.
func (c *client) takeDirectedTo(some func(to xmpp.JID) bool) map[xmpp.JID]struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := map[xmpp.JID]struct{}{}
	for to := range c.directed {
		if some(to) {
			taken[to] = struct{}{}
			delete(c.directed, to)
		}
	}
	return taken
}
