package muc

import (
	"context"
	"maps"
	"slices"

	"myna/storage"
	"myna/xmpp"
)

// change is one change of what storage keeps of a room: of its configuration, of affiliations, or of both. It is carried out as a
// whole or not at all.
type change struct {
	conf  *settings // nil: stays
	moves []shiftOf
	by    mover

	was   bool                  // the room persisted before
	stir  int                   // notices that it makes, where it changes what everybody sees of many
	roles map[xmpp.JID]Role     // those that are kept after it
	rec   *storage.Room         // what is written of the room itself; nil: nothing
	delta []storage.Affiliation // and of its affiliations
}

// configure makes a configuration the room's. r.change is held, r.mu is not.
func (r *room) configure(ctx context.Context, next settings) error {
	return r.alter(ctx, &change{conf: &next})
}

// move changes affiliations. r.change is held, r.mu is not.
func (r *room) move(ctx context.Context, moves []shiftOf, by mover) error {
	return r.alter(ctx, &change{moves: moves, by: by})
}

// alter stores a change and lets it be felt. r.change is held, r.mu is not.
func (r *room) alter(ctx context.Context, c *change) error {
	if c.conf == nil && len(c.moves) == 0 {
		return nil
	}
	if err := under0(r, func() error { return r.prepare(c) }); err != nil {
		return err
	}
	if err := r.store(ctx, c); err != nil {
		r.do(func() { r.fading = false })
		return err
	}
	var gone []*seat
	var guests []xmpp.JID
	r.do(func() {
		r.rest(c.stir)
		gone, guests = r.shiftAll(c)
		if c.conf != nil { // second: who becomes an admin stays in a room that is for members only now
			gone = append(gone, r.adopt(*c.conf)...)
		}
		if c.rec != nil && !maps.Equal(c.roles, r.roles) { // somebody got another one meanwhile
			r.unsaved = true
		}
	})
	if c.conf != nil {
		r.s.list(r.jid, listingOf(c.conf))
	}
	r.s.unfollowAll(gone, r)
	r.flush()
	r.remembered()
	r.askIn(ctx, guests, c.by.actor)
	return nil
}

// prepare works out what a change means for storage. r.mu is held.
func (r *room) prepare(c *change) error {
	if err := r.crowded(c); err != nil {
		return err
	}
	if err := r.stirred(c); err != nil {
		return err
	}
	c.was, c.roles = r.conf.Persistent && !r.locked, maps.Clone(r.roles)
	for i := range c.moves {
		if m := &c.moves[i]; m.from.aff != m.to.aff { // what comes with the new affiliation is the role then
			delete(c.roles, m.jid)
		}
		c.delta = append(c.delta, c.moves[i].to.record(c.moves[i].jid))
	}
	conf := &r.conf
	if c.conf != nil {
		conf = c.conf
		if r.conf.Persistent && !conf.Persistent { // its picture goes, as its history does
			conf.rest = maps.Clone(conf.rest)
			delete(conf.rest, avatarKey)
		}
	}
	if c.conf != nil || len(c.roles) < len(r.roles) {
		rec := r.recordOf(conf, c.roles)
		c.rec = &rec
	}
	if !c.was { // the moves come last, and count
		c.delta = append(r.affiliations(), c.delta...)
	}
	return nil
}

// store writes the room where it persists, and removes it where it does not any more.
func (r *room) store(ctx context.Context, c *change) error {
	persists := c.was
	if c.conf != nil {
		persists = c.conf.Persistent
	}
	switch {
	case persists && c.rec != nil:
		return r.s.Store.PutRoom(ctx, *c.rec, c.delta...)
	case persists:
		return r.s.Store.SetAffiliations(ctx, r.jid, c.delta)
	case c.was:
		r.do(func() { r.fading = true })
		return r.unstore(ctx, true) // whoever makes a room of this name later finds nothing of this one
	}
	return nil
}

// shiftAll carries out the changes of affiliations. r.mu is held.
func (r *room) shiftAll(c *change) (gone []*seat, guests []xmpp.JID) {
	c.by.q.granted()
	for _, m := range c.moves {
		t := r.turnTo(m.jid, m.to)
		if m.from.aff != m.to.aff {
			r.dropRole(m.jid)
		}
		gone = append(gone, r.carryOut(m, c.by.nick, t)...)
		r.tellTurn(t)
		if c.by.invite && r.conf.MembersOnly && m.from.aff <= None && m.to.aff >= Member && len(r.of(m.jid)) == 0 {
			guests = append(guests, m.jid)
		}
	}
	r.tellTurns()
	return gone, guests
}

// adopt makes a configuration the room's, and lets it be felt. r.mu is held.
func (r *room) adopt(next settings) []*seat {
	before, first := r.conf, r.locked
	r.conf, r.locked, r.fading = next, false, false
	for _, o := range r.present {
		o.stale()
	}
	r.shift()
	gone := r.reform(&before)
	codes := changeCodes(&before, &next)
	if r.s.Forget { // nothing is kept, whatever the room would like
		codes = slices.DeleteFunc(codes, func(c int) bool { return c == codeLogged || c == codeNotLogged })
	}
	if first { // what the room is, its owner knows; not what becomes known of its occupants
		codes = slices.DeleteFunc(codes, func(c int) bool { return c == codeConfigChanged })
	}
	if len(codes) > 0 {
		r.broadcastCodes(codes)
	}
	for _, o := range r.present {
		r.review(o)
		if r.dress(o) {
			r.announce(o, nil)
		}
	}
	return gone
}

// reform makes occupants what they are under a new configuration. r.mu is held.
func (r *room) reform(before *settings) (gone []*seat) {
	for _, o := range r.present {
		if r.conf.MembersOnly && !before.MembersOnly && o.aff < Member {
			n := notice{typ: xmpp.TypeUnavailable, aff: o.aff, codes: []int{codeMembersOnly}} // § 10.2
			r.castSelf(o, n)
			r.castOthers(o, n, o.role)
			r.forget(o)
			gone = append(gone, o.seats...)
			continue
		}
		if before.Moderated && !r.conf.Moderated && o.role == Visitor && r.group.IsZero() { // § 5.1.2
			r.promote(o, o.aff, r.roleFor(o.bare, o.aff), nil)
			continue
		}
		switch was, is := before.Broadcast[o.role], r.conf.Broadcast[o.role]; {
		case is && !was:
			r.refresh(o)
		case was && !is:
			lost := notice{typ: xmpp.TypeUnavailable, aff: o.aff}
			r.emitToOthers(o, lost.frame(o))
		}
	}
	return gone
}
