package muc

import "myna/xmpp"

// shown is an occupant's presence as others get it, with or without real address. It is kept until it changes.
func (r *room) shown(o *occupant, sees bool) *xmpp.Frame {
	kept := &o.hidden
	n := notice{content: o.main().content, aff: o.aff, role: o.role}
	if sees {
		kept, n.jid = &o.open, o.main().full
	}
	if *kept == nil {
		f := n.frame(o)
		*kept = &f
	}
	return *kept
}

// tell sends an occupant's presence to those of a list who are others.
func (r *room) tell(to []receiver, o *occupant) {
	if len(to) == 0 {
		return
	}
	open, hidden, from := r.shown(o, true), r.shown(o, false), o.addr
	r.owe(len(to), open)
	r.emitOf(o, func() {
		for i := range to {
			switch t := &to[i]; {
			case t.occ == o, t.screens(from):
			case t.sees:
				r.send(t, *open)
			default:
				r.send(t, *hidden)
			}
		}
	})
}

// announce sends an occupant's presence as it is now to everybody; what n adds (codes, actor, reason) comes with it, and
// to its own sessions the status 110. r.mu is held.
func (r *room) announce(o *occupant, n *notice) {
	o.stale()
	var full notice
	if n != nil {
		full = *n
	}
	full.content, full.aff, full.role = o.main().content, o.aff, o.role
	r.cast(o, full, o.role)
}

// cast sends presence of an occupant to everybody: with the real address to those who may see it, with status 110 to
// the occupant, and to nobody else if presence of its role is not broadcast (muc#roomconfig_presencebroadcast).
func (r *room) cast(o *occupant, n notice, role Role) {
	if t := n.turn; t != nil {
		if !t.told && !r.conf.Broadcast[role] { // first: what presence says of the current version is true then
			t.fresh[o] = t.fresh[o] || n.typ == xmpp.TypeUnavailable
			r.writeTurn(t)
		}
		if t.told {
			n.turn = nil
		}
		t.told = true
	}
	r.castSelf(o, n)
	r.castOthers(o, n, role)
}

// castSelf is the part of cast for the occupant's own sessions.
func (r *room) castSelf(o *occupant, n notice) {
	n.jid = o.main().full
	n.codes = append([]int{codeSelf}, n.codes...)
	if n.typ == xmpp.TypeUnavailable || n.turn != nil && n.turn.fresh[o] {
		n.turn = nil // who is out follows nothing
	}
	to, self := r.sessionsOf(o), n.editions(o)
	current := r.current(o, n)
	r.emit(func() {
		for i := range to {
			f, turned := self.of[to[i].view]
			if own, follows := current[to[i].to]; follows && !turned {
				f = own
			} else if !turned {
				f = self.plain
			}
			r.send(&to[i], n.echo.on(f, to[i].to))
		}
	})
}

// castOthers is the part of cast for everybody else.
func (r *room) castOthers(o *occupant, n notice, role Role) {
	to := r.everybody()
	if !r.conf.Broadcast[role] {
		return
	}
	hidden := n.editions(o)
	n.jid = o.main().full
	open, from := n.editions(o), o.addr
	r.owe(len(to), &open.plain)
	r.emitOf(o, func() {
		for i := range to {
			switch t := &to[i]; {
			case t.occ == o, t.screens(from):
			case t.sees:
				r.send(t, open.to(t))
			default:
				r.send(t, hidden.to(t))
			}
		}
	})
}

// sessionsOf are the receivers of what is only for one occupant; one that is just entering is not among them.
func (r *room) sessionsOf(o *occupant) []receiver {
	to := make([]receiver, 0, len(o.seats))
	for _, st := range o.seats {
		if r.seats[st.full] == st {
			to = append(to, r.receiverOf(st))
		}
	}
	return to
}

// promote sets role and affiliation of an occupant and tells everybody if anything changed.
func (r *room) promote(o *occupant, aff Affiliation, role Role, n *notice) {
	if o.aff == aff && o.role == role {
		return
	}
	before, saw := o.role, r.sees(o)
	o.aff, o.role = aff, role
	r.dress(o)
	if r.sees(o) != saw || o.follows() { // else nobody gets anything else than before: with many at once, one list is for all
		r.shift()
	}
	o.stale()
	if r.conf.Broadcast[before] && !r.conf.Broadcast[role] { // the others lose sight of it
		gone := notice{typ: xmpp.TypeUnavailable, aff: aff, role: NoRole}
		r.emitToOthers(o, gone.frame(o))
	}
	r.review(o) // first: it has the lists of which the presence has the version
	r.announce(o, n)
	if r.sees(o) && !saw { // § 5.1: a moderator sees who is who
		r.reveal(o)
	}
}

func (r *room) emitToOthers(o *occupant, f xmpp.Frame) {
	to, from := r.everybody(), o.addr
	r.owe(len(to), &f)
	r.emitOf(o, func() {
		for i := range to {
			if to[i].occ != o && !to[i].screens(from) {
				r.send(&to[i], f)
			}
		}
	})
}

// reveal sends an occupant the presence of all others again, now with real addresses.
func (r *room) reveal(o *occupant) {
	var frames []xmpp.Frame
	for _, other := range r.present {
		if other != o && r.conf.Broadcast[other.role] && !o.blocks(other.addr) {
			frames = append(frames, *r.shown(other, true))
		}
	}
	to := r.sessionsOf(o)
	for i := range frames {
		r.owe(len(to), &frames[i])
	}
	r.emit(func() {
		for i := range to {
			for _, f := range frames {
				r.send(&to[i], f)
			}
		}
	})
}
