package muc

import (
	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// message takes messages for rooms and occupants. It may run on the goroutine of the archive's log.
func (s *Service) message(p *hook.Packet) error {
	r := s.loaded(p.To.Bare())
	if p.Type == xmpp.TypeError {
		if r != nil && !s.bounced(p) && !p.To.IsBare() {
			r.privateError(p)
		}
		return nil
	}
	if r == nil || !r.pin() {
		if p.Type == xmpp.TypeHeadline {
			return nil
		}
		if !s.known(p.To.Bare()) { // § 17.2
			return refuseBy(p.To, stanza.ItemNotFound, "There is no such room.")
		}
		if done, err := s.toEmpty(p); done {
			return err
		}
		return refuseBy(p.To, stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel) // § 7.4
	}
	defer func() { r.unpin(); s.release(r) }()
	if r.pendingFor(p.From) { // § 17.2
		return refuseBy(p.To, stanza.ItemNotFound, "There is no such room.")
	}
	switch {
	case !p.To.IsBare():
		return r.private(p)
	case p.Type == xmpp.TypeGroupchat:
		return r.groupchat(p)
	case p.Type == xmpp.TypeHeadline:
		return nil
	}
	return r.toRoom(p)
}

// toEmpty takes what one may say to a room without being in it, for one in which nobody is: the refusal of an invitation,
// and an admin's answer to who asks to become a member.
func (s *Service) toEmpty(p *hook.Packet) (done bool, err error) {
	if !p.To.IsBare() || p.Type == xmpp.TypeGroupchat {
		return false, nil
	}
	if c := p.Find(ns.MUCUser, "x"); c != nil {
		x, err := p.Element(c)
		if err != nil || x.Child(ns.MUCUser, "decline") == nil {
			return false, nil
		}
		return true, s.decline(p, x.Child(ns.MUCUser, "decline"))
	}
	c := p.Find(ns.DataForm, "x")
	if c == nil {
		return false, nil
	}
	x, err := p.Element(c)
	if err != nil {
		return true, xmpp.Refuse(stanza.BadRequest, "")
	}
	if x.Attr("type") == "cancel" {
		return true, nil
	}
	fields, ok := submitted(x)
	if !ok || x.Attr("type") != "submit" || first(fields["FORM_TYPE"]) != nsMUCRegister {
		return false, nil
	}
	return true, s.decide(p, fields)
}

// groupchat takes a message to all occupants (§ 7.4).
func (r *room) groupchat(p *hook.Packet) error {
	hold := func() func(error) {
		release := p.Hold()
		return func(error) { release() }
	}
	return r.publish(hold, func() (*post, error) {
		st := r.seats[p.From]
		if st == nil {
			return nil, r.refuse(stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel)
		}
		m, err := r.compose(p, st.occ)
		if err == nil {
			hook.Charge(p.Session, len(m.to), m.frame.Len())
			m.sender = r.receiverOf(st)
		}
		return m, err
	})
}

// compose checks a message and makes what everybody gets. r.mu is held.
func (r *room) compose(p *hook.Packet, o *occupant) (*post, error) {
	body, text := p.Has(ns.Client, "body"), alerting(p.Stanza)                     // what is encrypted may have no body
	subject := !body && p.Has(ns.Client, "subject") && !p.Has(ns.Client, "thread") // § 8.1
	if err := r.mayPost(o, p.Stanza, subject); err != nil {
		return nil, err
	}
	if err := r.permit(o, p.Stanza); err != nil {
		return nil, err
	}
	if body { // XEP-0500 § 6
		if err := r.paced(o); err != nil {
			return nil, err
		}
	}
	if lively(p.Stanza) {
		r.pulse.beat(r.s.Now())
	}
	m := &post{r: r, to: r.everybody(), from: o.addr, by: o, subject: subject}
	m.frame = xmpp.Frame{Kind: xmpp.Message, Tail: r.reflection(p, o)}
	if most := r.config().SubjectBytes; subject && len(m.frame.Tail) > most {
		return nil, r.refuse(stanza.PolicyViolation, "The subject is too long: "+itoa(most)+" bytes at most, with all that comes with it.")
	}
	if !body && !subject {
		m.frame.Idle = fleeting(p.Stanza)
	}
	if text {
		m.past = &record{past: o.aff == Owner && dated(p)}
		r.remember(m.past)
	}
	r.active = r.s.Now()
	if r.archived() && worthKeeping(p.Stanza) {
		m.entry[0] = storage.Entry{
			Owner: r.jid, Peer: o.addr, Kind: xmpp.TypeGroupchat, Stanza: stored(r.signed(m.frame.Tail, o, p.From)), Origin: origin(p.Stanza),
		}
		if !text {
			m.entry[0].Flags = storage.NoBody
		}
	}
	m.heard, m.share = r.hearing(p.Stanza, o), r.sharing(p.Stanza, o)
	if c := p.Find(ns.Retract, "retract"); c != nil {
		m.retract = r.retraction(p.Stanza, c, o.id)
	}
	return m, nil
}

// dated tells whether a message, as it is passed on, says that it was written before (XEP-0203).
func dated(p *hook.Packet) bool {
	for i := range p.Children {
		if p.Children[i].Is(ns.Delay, "delay") && !p.Stripped(i) {
			return true
		}
	}
	return false
}

// mayPost decides whether an occupant may send this to all.
func (r *room) mayPost(o *occupant, st *xmpp.Stanza, subject bool) error {
	switch {
	case subject && o.role != Moderator && (!r.conf.ChangeSubject || o.role < Participant):
		return r.refuse(stanza.Forbidden, "You may not change the subject of this room.") // § 8.1
	case o.role >= Participant:
		return nil
	case r.conf.Announcement:
		if quiet(st) {
			return nil // reactions, markers and receipts are no speech
		}
		return r.refuse(stanza.Forbidden, "Only those whom the administrator has chosen may write to this group.")
	}
	return r.refuse(stanza.Forbidden, "You may not speak in this room. Ask a moderator for the voice.") // § 7.4
}

// reflection is the message as everybody gets it, but for the stanza-id: from the occupant, without what only the room
// may say and what the stages before took out, with the occupant's id. Nobody else holds the bytes.
func (r *room) reflection(p *hook.Packet, o *occupant) []byte {
	for i := range p.Children {
		if r.forged(p.Stanza, &p.Children[i], o) {
			p.Strip(i)
		}
	}
	from := p.From
	p.From = o.addr
	p.BuildTail()
	p.From = from
	return xmpp.AppendToTail(p.Tail, xmpp.Message, appendOccupantID(make([]byte, 0, 96), o.id))
}

// signed is a message as the archive of a non-anonymous room tells it: with the full address of who sent it (XEP-0313 § 5.1.2).
func (r *room) signed(tail []byte, o *occupant, from xmpp.JID) []byte {
	if !r.conf.NonAnonymous {
		return tail
	}
	x := append(make([]byte, 0, 160), `<x xmlns="`+ns.MUCUser+`"><item affiliation="`...)
	x = append(x, o.aff.String()...)
	x = append(x, `" role="`...)
	x = append(x, o.role.String()...)
	x = append(appendAttr(append(x, '"'), "jid", from.String()), `/></x>`...)
	return withChild(tail, x)
}

// ourHost tells whether an address is one of this server: what it has archived, no sender knows.
func (r *room) ourHost(j xmpp.JID) bool {
	_, ok := r.s.Router.Target(j.Domain())
	return ok || j.Domain() == r.jid.Domain()
}

// forged tells whether a child of what an occupant sends is something that only the room may say.
func (r *room) forged(st *xmpp.Stanza, c *xmpp.Child, o *occupant) bool {
	switch {
	case ours(c):
		return true
	case c.Is(ns.StanzaID, "stanza-id"): // XEP-0359 § 3.1
		e, err := st.Element(c)
		if err != nil {
			return true
		}
		by, err := xmpp.ParseJID(e.Attr("by"))
		return err != nil || r.ourHost(by)
	case c.Is(ns.Delay, "delay"):
		e, err := st.Element(c)
		if err != nil {
			return true
		}
		from, err := xmpp.ParseJID(e.Attr("from"))
		if err != nil || from.Domain() == r.jid.Domain() {
			return true
		}
		return from.Bare() != o.bare && o.aff != Owner // § 7.9: owners may bring what others have said before
	}
	return false
}
