package muc

import (
	"context"
	"errors"
	"time"

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
		return refuseBy(p.To, stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel) // § 7.4
	}
	defer func() { r.unpin(); s.release(r) }()
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

// post is a message of an occupant on its way to everybody.
type post struct {
	r       *room
	to      []receiver
	frame   xmpp.Frame
	past    *record
	subject bool
	entry   [1]storage.Entry
	event   *event
	release func()   // of the sender's acknowledgement
	sender  receiver // gets the error if it cannot be stored
}

// groupchat takes a message to all occupants (§ 7.4).
func (r *room) groupchat(p *hook.Packet) error {
	r.accept.Lock()
	r.mu.Lock()
	m, err := r.compose(p)
	if err != nil {
		r.mu.Unlock()
		r.accept.Unlock()
		return err
	}
	keep := m.entry[0].Stanza != nil
	if keep {
		m.event = r.await(m.reflect)
		m.release = p.Hold()
	} else {
		m.commit(r.nextID())
		r.emit(m.reflect)
	}
	r.mu.Unlock()
	if keep {
		err = r.s.Log.AppendAsync(m.entry[:], m.committed)
	}
	r.accept.Unlock()
	if err != nil {
		m.abandon()
		m.release()
		if errors.Is(err, storage.ErrBusy) {
			return r.refuse(stanza.ResourceConstraint, "The room is busy. Please send the message again in a while.")
		}
		return err
	}
	r.flush()
	return nil
}

// compose checks a message and makes what everybody gets. r.mu is held.
func (r *room) compose(p *hook.Packet) (*post, error) {
	st := r.seats[p.From]
	if st == nil {
		if r.locked { // § 17.2
			return nil, r.refuse(stanza.ItemNotFound, "This room is not ready yet.")
		}
		return nil, r.refuse(stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel)
	}
	o := st.occ
	body := p.Has(ns.Client, "body")
	subject := !body && p.Has(ns.Client, "subject") && !p.Has(ns.Client, "thread") // § 8.1
	if err := r.mayPost(o, p.Stanza, subject); err != nil {
		return nil, err
	}
	m := &post{r: r, to: r.everybody(), subject: subject, sender: r.receiverOf(st)}
	m.frame = xmpp.Frame{Kind: xmpp.Message, Tail: r.reflection(p, o)}
	if !body && !subject {
		m.frame.Idle = fleeting(p.Stanza)
	}
	if body {
		m.past = &record{}
		r.remember(m.past)
	}
	r.active = r.s.Now()
	if r.archived() && worthKeeping(p.Stanza) {
		m.entry[0] = storage.Entry{
			Owner: r.jid, Peer: o.addr, Kind: xmpp.TypeGroupchat, Stanza: stored(r.signed(m.frame.Tail, o)), Origin: origin(p.Stanza),
		}
		if !body {
			m.entry[0].Flags = storage.NoBody
		}
	}
	return m, nil
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
		if r.forged(p.Stanza, &p.Children[i]) {
			p.Strip(i)
		}
	}
	from := p.From
	p.From = o.addr
	p.BuildTail()
	p.From = from
	return xmpp.AppendToTail(p.Tail, xmpp.Message, appendOccupantID(make([]byte, 0, 96), o.id))
}

// signed is a message as the archive of a non-anonymous room tells it: with who sent it (XEP-0313 § 5.1.2).
func (r *room) signed(tail []byte, o *occupant) []byte {
	if !r.conf.NonAnonymous {
		return tail
	}
	x := append(make([]byte, 0, 160), `<x xmlns="`+ns.MUCUser+`"><item affiliation="`...)
	x = append(x, o.aff.String()...)
	x = append(x, `" role="`...)
	x = append(x, o.role.String()...)
	x = append(appendAttr(append(x, '"'), "jid", o.bare.String()), `/></x>`...)
	return withChild(tail, x)
}

// forged tells whether a child of what an occupant sends is something that only the room may say.
func (r *room) forged(st *xmpp.Stanza, c *xmpp.Child) bool {
	switch {
	case ours(c):
		return true
	case c.Is(ns.StanzaID, "stanza-id"): // XEP-0359 § 3.1
		e, err := st.Element(c)
		if err != nil {
			return true
		}
		by, err := xmpp.ParseJID(e.Attr("by"))
		return err != nil || by == r.jid
	case c.Is(ns.Delay, "delay"):
		e, err := st.Element(c)
		if err != nil {
			return true
		}
		from, err := xmpp.ParseJID(e.Attr("from"))
		return err != nil || from.Bare() == r.jid
	}
	return false
}

// commit completes the frame. It is called before the event is ready: nobody else has the frame yet.
func (m *post) commit(id int64) {
	at := time.UnixMicro(id)
	m.frame.Tail = xmpp.AppendToTail(m.frame.Tail, xmpp.Message, m.r.appendStanzaID(make([]byte, 0, 160), id))
	if m.past != nil {
		m.past.tail, m.past.at = m.frame.Tail, at
	}
}

// committed runs on the log's goroutine.
func (m *post) committed(ids []int64, err error) {
	r := m.r
	if err == nil {
		m.commit(ids[0])
		if m.subject && r.s.later(m.keepSubject) {
			return // the worker stores the subject first
		}
	} else {
		r.s.Logger.Error("message of a room not stored", "room", r.jid.String(), "err", err)
		m.fail()
	}
	m.done()
}

// done lets the message out.
func (m *post) done() {
	m.r.settle(m.event)
	m.release()
	m.r.s.release(m.r)
}

// keepSubject stores the subject and lets the message out.
func (m *post) keepSubject(ctx context.Context) {
	r := m.r
	r.change.Lock()
	r.mu.Lock()
	r.subject = m.subjectTail()
	rec := r.record()
	r.mu.Unlock()
	if err := r.s.Store.PutRoom(ctx, rec); err != nil {
		r.s.Logger.Error("subject of a room not stored", "room", r.jid.String(), "err", err)
	}
	r.change.Unlock()
	m.subject = false
	m.done()
}

// subjectTail is the message as those get it who enter later (§ 7.2.15).
func (m *post) subjectTail() []byte { return withChild(m.frame.Tail, m.r.delay(m.r.s.Now())) }

// reflect sends the message to everybody.
func (m *post) reflect() {
	if m.frame.Tail == nil {
		return
	}
	if m.subject { // of a room that is not stored
		m.r.mu.Lock()
		m.r.subject = m.subjectTail()
		m.r.mu.Unlock()
	}
	for i := range m.to {
		m.r.send(&m.to[i], m.frame)
	}
}

// fail makes the event empty and tells the sender.
func (m *post) fail() {
	f := xmpp.Frame{Kind: xmpp.Message, Tail: m.frame.Tail}
	if st := parsed(f); st != nil {
		st.From, st.To = m.sender.to, m.r.jid
		if reply, ok := xmpp.ErrorReply(st, m.r.refuse(stanza.InternalServerError, "The message could not be stored.")); ok {
			m.r.send(&m.sender, reply)
		}
	}
	m.frame.Tail = nil
}

// abandon takes back a message that the log did not accept; its sender is told by who calls.
func (m *post) abandon() {
	m.frame.Tail = nil
	m.r.settle(m.event)
}
