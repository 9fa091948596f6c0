package muc

import (
	"context"
	"maps"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// shiftOf is a change of what somebody is to the room.
type shiftOf struct {
	jid    xmpp.JID
	from   standing
	to     standing
	reason string
}

// changeAffiliations carries out changes of affiliations: all of them, or none (§ 9.1 to § 9.5, § 10.3 to § 10.8).
func (r *room) changeAffiliations(q *request, items []item) error {
	return r.changing(func() error { return r.billed(q, func() error { return r.carryItems(q, items) }) })
}

// carryItems is changeAffiliations. r.change is held.
func (r *room) carryItems(q *request, items []item) error {
	nick := ""
	moves, err := under(r, func() ([]shiftOf, error) {
		actor, me := r.standingOf(q.From)
		if me != nil {
			nick = me.nick
		}
		return r.plan(q.From.Bare(), actor.aff, items)
	})
	if err != nil {
		return err
	}
	return r.move(r.s.ctx, moves, mover{q: q, nick: nick, actor: q.From.Bare(), invite: true})
}

// mover is who changes affiliations.
type mover struct {
	q      *request // nil: nobody waits for an answer
	nick   string   // whom the occupants are told; "": nobody
	actor  xmpp.JID // bare; needed to invite
	invite bool     // new members of a room for members only are asked in (§ 9.5)
}

// plan checks the items and turns them into changes. r.mu is held.
func (r *room) plan(actor xmpp.JID, aff Affiliation, items []item) ([]shiftOf, error) {
	switch group := !r.group.IsZero(); {
	case group && aff >= Admin:
		return nil, r.refuse(stanza.NotAllowed, managedText)
	case group && aff == Member:
		return nil, r.refuse(stanza.Forbidden, managedText)
	case aff < Admin:
		return nil, r.denied(forbidden)
	}
	owners := r.owners()
	moves := make([]shiftOf, 0, len(items))
	for i := range items {
		it := &items[i]
		to, ok := ParseAffiliation(it.aff)
		if o := r.occupants[nickKey(it.nick)]; it.jid.IsZero() && o != nil {
			it.jid, it.hasNick = o.bare, false // COMPAT: clients that name whom they see by nick, in semi-anonymous rooms
		}
		if !ok || it.jid.IsZero() {
			return nil, r.refuse(stanza.BadRequest, "An item needs an address and an affiliation.")
		}
		from := r.affs[it.jid]
		if v := changeAffiliation(aff, from.aff, to, it.jid == actor, from.aff == Owner && owners == 1); v != allowed {
			return nil, r.denied(v)
		}
		if from.aff == Owner && to != Owner {
			owners--
		}
		st := standing{aff: to, nick: from.nick, reason: it.reason}
		if it.hasNick && to >= Member {
			st.nick = it.nick
		}
		if to <= None {
			st.nick = "" // § 9.1, § 9.2
		}
		if st.nick != "" {
			key := nickKey(st.nick)
			if o := r.occupants[key]; key == "" || r.taken(key, it.jid) || o != nil && o.bare != it.jid {
				return nil, r.refuse(stanza.Conflict, "Somebody else has the nickname "+st.nick+".")
			}
		}
		moves = append(moves, shiftOf{it.jid, from, st, it.reason})
	}
	return moves, nil
}

// listsFull says that the lists of a room cannot become longer.
func (r *room) listsFull() error {
	return r.refuse(stanza.ResourceConstraint, "The lists of this room are full: "+itoa(r.config().Affiliations)+" addresses at most.")
}

// crowded tells whether changes make the lists longer than they may be. r.mu is held.
func (r *room) crowded(moves []shiftOf) bool {
	n, grows := len(r.affs), false
	for _, m := range moves {
		if _, known := r.affs[m.jid]; !known && m.to.aff != None {
			n, grows = n+1, true
		}
	}
	return grows && n > r.config().Affiliations
}

// move stores changes of affiliations and carries them out. r.change is held, r.mu is not.
func (r *room) move(ctx context.Context, moves []shiftOf, by mover) error {
	if len(moves) == 0 {
		return nil
	}
	var persistent, full bool
	r.do(func() { persistent, full = r.conf.Persistent && !r.locked, r.group.IsZero() && r.crowded(moves) })
	if full {
		return r.listsFull()
	}
	if persistent {
		delta := make([]storage.Affiliation, 0, len(moves))
		for _, m := range moves {
			delta = append(delta, m.to.record(m.jid))
		}
		if err := r.s.Store.SetAffiliations(ctx, r.jid, delta); err != nil {
			return err
		}
	}
	var gone []*seat
	var guests []xmpp.JID
	r.do(func() {
		by.q.granted()
		for _, m := range moves {
			t := r.turnTo(m.jid, m.to)
			if _, kept := r.conf.Roles[m.jid]; kept && m.from.aff != m.to.aff { // what comes with the new affiliation is the role now
				r.conf.Roles = maps.Clone(r.conf.Roles)
				delete(r.conf.Roles, m.jid)
				r.rolesNew = true
			}
			gone = append(gone, r.carryOut(m, by.nick, t)...)
			r.tellTurn(t)
			if by.invite && r.conf.MembersOnly && m.from.aff <= None && m.to.aff >= Member && len(r.of(m.jid)) == 0 {
				guests = append(guests, m.jid)
			}
		}
	})
	r.s.unfollowAll(gone, r)
	r.flush()
	r.remembered()
	r.askIn(ctx, guests, by.actor)
	return nil
}

// askIn invites new members of a room for members only (§ 9.5), for who has made them members. r.change is held, r.mu is not.
func (r *room) askIn(ctx context.Context, guests []xmpp.JID, actor xmpp.JID) {
	if len(guests) == 0 {
		return
	}
	r.noteGuests(ctx, actor, guests)
	from := r.jid
	r.do(func() {
		if list := r.of(actor); r.conf.NonAnonymous {
			from = actor
		} else if len(list) > 0 {
			from = list[0].addr
		}
	})
	for _, j := range guests {
		r.sendInvite(j, xmpp.El(ns.MUCUser, "invite").Set("from", from.String()))
	}
}

// carryOut lets a change of affiliation be felt by those in the room whom it is about. r.mu is held.
func (r *room) carryOut(m shiftOf, actor string, t *turn) (gone []*seat) {
	for _, o := range r.present {
		if o.bare != m.jid && (m.jid.Local() != "" || o.bare.DomainJID() != m.jid) {
			continue
		}
		aff := r.affiliation(o.bare)
		n := notice{aff: aff, actor: actor, reason: m.reason}
		if o.bare == m.jid { // the presence has the address that has changed, and not one of a domain that has
			n.turn = t
		}
		switch {
		case aff == Outcast:
			n.codes = []int{codeBanned} // § 9.1
			gone = append(gone, r.expel(o, n)...)
		case r.conf.MembersOnly && aff < Member:
			n.codes = []int{codeAffiliation} // § 9.4: only this, no presence before it
			gone = append(gone, r.expel(o, n)...)
		default:
			r.promote(o, aff, r.roleAfter(o, aff), &n)
		}
	}
	return gone
}

// roleAfter is an occupant's role after a change of affiliation: what comes with the affiliation; a moderator or
// speaker by grace keeps that.
func (r *room) roleAfter(o *occupant, aff Affiliation) Role {
	if aff == o.aff {
		return o.role
	}
	role := r.initial(o.bare, aff)
	if o.aff < Admin && o.role > role && r.group.IsZero() {
		return o.role
	}
	return role
}

// enrol makes guests members (§ 9.5).
func (r *room) enrol(ctx context.Context, guests []xmpp.JID) error {
	return r.changing(func() error {
		var moves []shiftOf
		r.do(func() {
			for _, j := range guests {
				if from := r.affs[j]; from.aff == None {
					moves = append(moves, shiftOf{j, from, standing{aff: Member, nick: from.nick}, ""})
				}
			}
		})
		return r.move(ctx, moves, mover{})
	})
}
