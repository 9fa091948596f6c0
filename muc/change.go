package muc

import (
	"mellium.im/xmpp/stanza"

	"myna/xmpp"
)

// again takes presence of a session that is in the room: a new availability (§ 7.7), another nick (§ 7.6), or a wish to
// be told everything again (§ 7.2.1). sitting is false when the session is not in the room.
func (r *room) again(e *entry, rejoin bool) (sitting bool, err error) {
	return under(r, func() (sitting bool, err error) {
		r.unbilled(func() { sitting, err = r.stay(e, rejoin) })
		return sitting, err
	})
}

// stay is again. r.mu is held.
func (r *room) stay(e *entry, rejoin bool) (sitting bool, err error) {
	st := r.seats[e.from]
	if st == nil {
		return false, nil
	}
	addr, key, err := r.rename(st.occ, e, rejoin)
	if err != nil {
		return true, err
	}
	before, changed := st.occ.main(), !st.content.equal(e.content) || st.rank != e.rank
	st.content, st.rank = e.content, e.rank
	if key != "" {
		r.charge(e.session, 2, st.occ.length())
		r.renameTo(st.occ, addr, key, notice{echo: e.echo()}) // § 7.6: two stanzas for everybody
	} else if now := st.occ.main(); now != before || now == st && (changed || !rejoin) {
		r.charge(e.session, 1, st.occ.length())
		if rejoin { // § 17.3: the others only
			r.refresh(st.occ)
		} else {
			r.announce(st.occ, &notice{echo: e.echo()})
		}
	}
	if rejoin {
		r.welcome(st, e)
	}
	return true, nil
}

// refresh tells the others what an occupant's presence is now.
func (r *room) refresh(o *occupant) {
	o.stale()
	if r.conf.Broadcast[o.role] {
		r.tell(r.everybody(), o)
	}
}

// rename checks the other nick that an occupant asks for, for all its sessions; the key is empty where it asks for none.
func (r *room) rename(o *occupant, e *entry, rejoin bool) (addr xmpp.JID, key string, err error) {
	addr, err = r.jid.WithResource(e.nick)
	if err != nil {
		return addr, "", r.refuse(stanza.JIDMalformed, "")
	}
	if addr.Resource() == o.nick {
		return addr, "", nil
	}
	if !r.group.IsZero() && r.affs[o.bare].nick != "" {
		if rejoin {
			e.modified = true // the reserved nick stays, as on entering
			return addr, "", nil
		}
		return addr, "", r.refuse(stanza.NotAcceptable, "The administrator manages the nicknames of this group.").WithType(stanza.Cancel) // § 7.6
	}
	if key = nickKey(addr.Resource()); key == "" {
		return addr, "", r.refuse(stanza.JIDMalformed, "Choose a nickname that people can see.")
	}
	if other := r.occupants[key]; other != nil && other != o || r.taken(key, o.bare) {
		return addr, "", r.refuse(stanza.Conflict, "Somebody else has this nickname.")
	}
	return addr, key, nil
}

// renameTo tells of the old nick's end and the new one's beginning (§ 7.6), with which comes what begun adds.
func (r *room) renameTo(o *occupant, addr xmpp.JID, key string, begun notice) {
	n := notice{typ: xmpp.TypeUnavailable, aff: o.aff, role: o.role, newNick: addr.Resource(), codes: []int{codeNickChanged}}
	r.cast(o, n, o.role)
	delete(r.occupants, o.key)
	o.nick, o.addr, o.key = addr.Resource(), addr, key
	r.occupants[key] = o
	r.announce(o, &begun)
}
