package muc

import (
	"context"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Limits of invitations.
const (
	maxInvited = 2000 // invitations of a room that may still be declined
)

// toRoom takes a message to the room itself that is none for all: an invitation, its refusal, a request for voice.
func (r *room) toRoom(p *hook.Packet) error {
	if c := p.Find(ns.MUCUser, "x"); c != nil {
		x, err := p.Element(c)
		if err != nil {
			return xmpp.Refuse(stanza.BadRequest, "")
		}
		switch {
		case x.Child(ns.MUCUser, "invite") != nil:
			return r.invite(p, x)
		case x.Child(ns.MUCUser, "decline") != nil:
			return r.s.decline(p, x.Child(ns.MUCUser, "decline"))
		}
	}
	if c := p.Find(ns.DataForm, "x"); c != nil {
		x, err := p.Element(c)
		if err != nil {
			return xmpp.Refuse(stanza.BadRequest, "")
		}
		return r.form(p, x)
	}
	return r.refuse(stanza.BadRequest, "A message to the room is of type groupchat.") // § 17.2
}

// invite asks people into the room for an occupant (§ 7.8.2).
func (r *room) invite(p *hook.Packet, x *xmpp.Element) error {
	var guests []xmpp.JID
	var invites []*xmpp.Element
	for e := range x.Elements() {
		if !e.Is(ns.MUCUser, "invite") {
			continue
		}
		to, err := xmpp.ParseJID(e.Attr("to"))
		if err != nil || to.Local() == "" { // a domain is nobody, and would make everybody there a member
			return r.refuse(stanza.JIDMalformed, "The address of the invitation is none.")
		}
		if guests, invites = append(guests, to), append(invites, e); len(guests) > r.config().Invitations {
			return r.refuse(stanza.PolicyViolation, "These are too many invitations at once: "+itoa(r.config().Invitations)+" at most.")
		}
	}
	var inviter, actor xmpp.JID
	enrol, err := under(r, func() ([]xmpp.JID, error) {
		st := r.seats[p.From]
		if st == nil {
			return nil, r.refuse(stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel)
		}
		inviter, actor = st.occ.addr, st.occ.bare
		if r.conf.NonAnonymous {
			inviter = st.occ.bare
		}
		return r.mayInvite(st.occ, guests)
	})
	if err != nil {
		return err
	}
	if guests, invites, err = r.reachable(actor, guests, invites); err != nil {
		return err
	}
	hook.Charge(p.Session, len(guests), noticeBytes)
	done, from, id := p.Hold(), p.From, strings.Clone(p.ID())
	if !r.s.laterFor(from, r.jid, func(ctx context.Context) {
		defer done()
		r.noteInvited(ctx, actor, guests) // first: a quick guest may decline
		if len(enrol) == 0 {
			r.sendInvites(inviter, guests, invites)
			return
		}
		if err := r.enrol(ctx, enrol); err != nil {
			r.s.complain(r.jid, from, id, err)
			return
		}
		r.sendInvites(inviter, guests, invites)
	}) {
		done()
		return r.refuse(stanza.ResourceConstraint, busyText)
	}
	return nil
}

// reachable takes those out whom nobody can invite: addresses of ours that no account has. Only who has the same domain is told, as
// colleagues know each other; for all others an account that is not there is one that does not answer (RFC 6121 § 13), and becomes a member as one that is.
func (r *room) reachable(actor xmpp.JID, guests []xmpp.JID, invites []*xmpp.Element) (there []xmpp.JID, with []*xmpp.Element, err error) {
	for i, to := range guests {
		kind, ours := r.s.Router.Target(to.Domain())
		switch {
		case !ours, kind == hook.Server && r.s.Router.IsAccount(to):
			there, with = append(there, to), append(with, invites[i])
		case kind != hook.Server, to.Domain() == actor.Domain():
			return nil, nil, r.refuse(stanza.ItemNotFound, "Nobody has the address "+to.String()+".")
		}
	}
	return there, with, nil
}

// mayInvite decides about an invitation; enrol are those who become members by it (§ 9.5). r.mu is held.
func (r *room) mayInvite(o *occupant, guests []xmpp.JID) (enrol []xmpp.JID, err error) {
	var banned xmpp.JID
	for _, j := range guests {
		switch aff := r.affiliation(j.Bare()); {
		case aff == Outcast:
			banned = j.Bare()
		case r.conf.MembersOnly && aff < Member:
			enrol = append(enrol, j.Bare())
		}
	}
	switch may := !r.conf.MembersOnly || o.aff >= Admin || r.conf.AllowInvites && o.aff >= Member; {
	case len(enrol) > 0 && !r.group.IsZero():
		return nil, r.refuse(stanza.Forbidden, managedText)
	case !may: // before anything is said of others
		return nil, r.refuse(stanza.Forbidden, "You may not invite people to this room.")
	case !banned.IsZero() && o.aff < Admin: // who is banned, admins know (§ 9.2)
		return nil, r.refuse(stanza.Forbidden, "You may not invite these people to this room.")
	case !banned.IsZero():
		return nil, r.refuse(stanza.Forbidden, banned.String()+" is banned from this room.")
	}
	return enrol, nil
}

// sendInvites sends the invitations of an occupant.
func (r *room) sendInvites(inviter xmpp.JID, guests []xmpp.JID, invites []*xmpp.Element) {
	for i, to := range guests {
		invite := xmpp.El(ns.MUCUser, "invite").Set("from", inviter.String())
		for c := range invites[i].Elements() {
			if c.Is(ns.MUCUser, "reason") || c.Is(ns.MUCUser, "continue") {
				invite.Add(c)
			}
		}
		r.sendInvite(to, invite)
	}
}

// sendInvite sends one invitation, through the guest's stages: it waits for somebody who is offline.
func (r *room) sendInvite(to xmpp.JID, invite *xmpp.Element) {
	password := ""
	r.do(func() {
		if r.conf.Protected { // § 7.8.2
			password = r.conf.Secret
		}
	})
	x := xmpp.El(ns.MUCUser, "x", invite)
	if password != "" {
		x.Add(xmpp.El(ns.MUCUser, "password").AddText(password))
	}
	m := xmpp.NewMessage(r.jid, to, "", x).Set("id", xmpp.NewID())
	if err := r.s.Router.Send(m); err != nil {
		r.s.Logger.Error("invitation not sent", "room", r.jid.String(), "to", to.String(), "err", err)
	}
}

// decline takes the refusal of an invitation (§ 7.8.2). It may run on the goroutine of the archive's log: the worker looks who
// has invited.
func (s *Service) decline(p *hook.Packet, e *xmpp.Element) error {
	done, room, guest, reason := p.Hold(), p.To.Bare(), p.From.Bare(), e.Child(ns.MUCUser, "reason")
	hook.Charge(p.Session, 1, noticeBytes)
	if !s.laterFor(guest, room, func(ctx context.Context) {
		defer done()
		if err := s.declined(ctx, room, guest, reason); err != nil {
			s.Logger.Error("refusal of an invitation not sent", "room", room.String(), "err", err)
		}
	}) {
		done()
		return refuseBy(room, stanza.ResourceConstraint, busyText)
	}
	return nil
}
