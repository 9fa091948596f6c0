package muc

import (
	"context"
	"strconv"

	"mellium.im/xmpp/stanza"

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
	own    bool     // those who become members have not been chosen by an admin
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
	d := draft{r: r, affs: map[xmpp.JID]standing{}, nicks: map[string]xmpp.JID{}, owners: r.owners()}
	moves := make([]shiftOf, 0, len(items))
	for i := range items {
		m, err := d.add(actor, aff, &items[i])
		if err != nil {
			return nil, err
		}
		moves = append(moves, m)
	}
	return moves, nil
}

// draft is what a room is while a request that changes several affiliations is looked at: each item finds what those before it
// have changed.
type draft struct {
	r      *room
	affs   map[xmpp.JID]standing // of whom the items before have named
	nicks  map[string]xmpp.JID   // nicks that they reserve, by key; the zero address: that they give up
	owners int
}

// add checks one item and turns it into a change. r.mu is held.
func (d *draft) add(actor xmpp.JID, aff Affiliation, it *item) (m shiftOf, err error) {
	r := d.r
	to, ok := ParseAffiliation(it.aff)
	if o := r.occupants[nickKey(it.nick)]; it.jid.IsZero() && o != nil {
		it.jid, it.hasNick = o.bare, false // COMPAT: clients that name whom they see by nick, in semi-anonymous rooms
	}
	if !ok || it.jid.IsZero() {
		return m, r.refuse(stanza.BadRequest, "An item needs an address and an affiliation.")
	}
	from, named := d.affs[it.jid]
	if !named {
		from = r.affs[it.jid]
	}
	if v := changeAffiliation(aff, from.aff, to, it.jid == actor, from.aff == Owner && d.owners == 1); v != allowed {
		return m, r.denied(v)
	}
	st := standing{aff: to, nick: from.nick, reason: it.reason}
	if it.hasNick && to >= Member {
		st.nick = it.nick
	}
	if to <= None {
		st.nick = "" // § 9.1, § 9.2
	}
	if err := d.reserve(it.jid, from.nick, st.nick); err != nil {
		return m, err
	}
	if from.aff == Owner {
		d.owners--
	}
	if to == Owner {
		d.owners++
	}
	d.affs[it.jid] = st
	return shiftOf{it.jid, from, st, it.reason}, nil
}

// reserve checks a nick that somebody is to have. r.mu is held.
func (d *draft) reserve(j xmpp.JID, before, nick string) error {
	if key := nickKey(before); before != nick && before != "" {
		if owner, named := d.nicks[key]; !named || owner == j {
			d.nicks[key] = xmpp.JID{}
		}
	}
	if nick == "" || nick == before {
		return nil
	}
	r, key := d.r, nickKey(nick)
	if _, err := r.jid.WithResource(nick); err != nil || key == "" {
		return r.refuse(stanza.JIDMalformed, "The nickname "+strconv.Quote(nick)+" is one that nobody can have.")
	}
	owner, named := d.nicks[key]
	taken := named && owner != j && !owner.IsZero() || !named && r.taken(key, j)
	if o := r.occupants[key]; taken || o != nil && o.bare != j {
		return r.refuse(stanza.Conflict, "Somebody else has the nickname "+nick+".")
	}
	d.nicks[key] = j
	return nil
}

// crowded says why the lists of a room cannot become longer, nil where they can. Who is banned is counted apart: nobody fills the lists
// so that admins cannot ban. Of the other places, people who make themselves members leave a fifth to whom the admins choose. Groups
// are as long as their aliases. r.mu is held.
func (r *room) crowded(c *change) error {
	if !r.group.IsZero() {
		return nil
	}
	bans, others := 0, 0 // by which the lists grow
	for _, m := range c.moves {
		switch from := r.affs[m.jid].aff; {
		case m.to.aff == Outcast && from != Outcast:
			bans++
		case m.to.aff > None && from <= None:
			others++
		}
	}
	if bans+others == 0 {
		return nil
	}
	most, banned := r.config().Affiliations, 0
	for _, st := range r.affs {
		if st.aff == Outcast {
			banned++
		}
	}
	free := most
	if c.by.own {
		free -= most / 5
	}
	switch {
	case bans > 0 && banned+bans > most:
		return r.refuse(stanza.ResourceConstraint, "The list of who is banned from this room is full: "+itoa(most)+" addresses at most. A domain needs one place.")
	case others > 0 && len(r.affs)-banned+others > most:
		return r.refuse(stanza.ResourceConstraint, "The lists of this room are full: "+itoa(most)+" addresses at most.")
	case others > 0 && len(r.affs)-banned+others > free:
		return r.refuse(stanza.ResourceConstraint, "So many people may make themselves members of this room: "+itoa(free)+". Ask an administrator of the room.")
	}
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
		r.tellTurns() // first
		aff := r.affiliation(o.bare)
		n := notice{aff: aff, actor: actor, reason: m.reason}
		out := aff == Outcast || r.conf.MembersOnly && aff < Member
		switch {
		case t == nil || o.bare != m.jid: // of a whole domain, no presence has the address
		case t.saidBy(aff):
			n.turn = t
		case !t.told: // first, as cast does
			t.fresh[o] = out
			r.writeTurn(t)
		}
		switch {
		case aff == Outcast:
			n.codes = []int{codeBanned} // § 9.1
			gone = append(gone, r.expel(o, n)...)
		case out:
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
		return r.move(ctx, moves, mover{own: true})
	})
}
