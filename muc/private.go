package muc

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"
	"sync"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// private takes a message from one occupant to another, which all sessions under its nick get (§ 7.5).
func (r *room) private(p *hook.Packet) error {
	if p.Type == xmpp.TypeGroupchat {
		return r.refuse(stanza.BadRequest, "A message to one person is not of type groupchat.")
	}
	defer r.flush()
	var err error
	r.do(func() { err = r.whisper(p) })
	return err
}

// whisper is private. r.mu is held.
func (r *room) whisper(p *hook.Packet) error {
	st := r.seats[p.From]
	if st == nil {
		return r.refuse(stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel)
	}
	o := r.occupants[nickKey(p.To.Resource())]
	if o == nil {
		return r.refuse(stanza.ItemNotFound, "Nobody here has this nickname.")
	}
	if r.conf.PrivateFrom == NoRole || st.occ.role < r.conf.PrivateFrom {
		return r.refuse(stanza.Forbidden, "Private messages are not allowed in this room.")
	}
	if r.conf.FilesOff && carriesFile(p.Stanza) {
		return r.refuse(stanza.Forbidden, filesOffText)
	}
	st.occ.noteWritten(r.s.seed, o, p.ID())
	tail := xmpp.AppendToTail(r.reflection(p, st.occ), xmpp.Message, []byte(`<x xmlns="`+ns.MUCUser+`"/>`))
	f := xmpp.Frame{Kind: xmpp.Message, Tail: tail, Idle: fleeting(p.Stanza)}
	r.passTo(st.occ, o, f, r.answering(p, o, p.Hold()))
	return nil
}

// passTo brings a message of one occupant to all sessions of another: through the stages of the account, which may block who has
// written, and archives what it gets. What its sender does next is heard behind it (RFC 6120 § 10.1). done is called once. r.mu is held.
func (r *room) passTo(from, o *occupant, f xmpp.Frame, done func(error)) {
	to := r.sessionsOf(o)
	w := from.whispering()
	var once sync.Once
	end := func(err error) {
		once.Do(func() {
			defer r.whispered(w)
			done(err)
		})
	}
	r.emit(func() {
		if !r.s.later(r.jid, whispered, func(context.Context) { r.bring(to, f, end) }) {
			end(r.refuse(stanza.ResourceConstraint, busyText))
		}
	})
}

// bring is passTo outside of the room's order. It runs on a worker. After a panic nobody waits for it.
func (r *room) bring(to []receiver, f xmpp.Frame, done func(error)) {
	given := false
	defer func() {
		if !given {
			done(errPanic)
		}
	}()
	r.give(to, f, done)
	given = true
}

// give is bring.
func (r *room) give(to []receiver, f xmpp.Frame, done func(error)) {
	var here []hook.Session
	for i := range to {
		t := &to[i]
		kind, ok := r.s.Router.Target(t.to.Domain())
		if !ok || kind != hook.Server { // the stages are those of another server
			r.send(t, f)
			continue
		}
		session := t.session
		if session == nil {
			session = r.s.Router.Session(t.to)
		}
		if session != nil {
			here, f.To = append(here, session), t.to
		}
	}
	if len(here) == 0 {
		done(nil)
		return
	}
	if err := r.s.Router.Bring(f, here, done); err != nil {
		done(err)
	}
}

// answering tells who has sent a private message why it was not taken; release lets its acknowledgement go.
func (r *room) answering(p *hook.Packet, o *occupant, release func()) func(error) {
	s, session, from, occupant, id := r.s, p.Session, p.From, o.addr, strings.Clone(p.ID())
	return func(err error) {
		defer release()
		if err == nil {
			return
		}
		e, seen := xmpp.ErrorElement(err)
		if !seen {
			s.Logger.Error("private message failed", "room", occupant.Bare().String(), "err", err)
		}
		m := xmpp.NewMessage(occupant, from, xmpp.TypeError, e)
		if id != "" {
			m.Set("id", id)
		}
		s.sendTo(session, from, xmpp.FrameOf(m))
	}
}

// privateError brings the answer to a private message that its receiver refused back to who sent it: only that, and once.
func (r *room) privateError(p *hook.Packet) {
	r.do(func() {
		st, o := r.seats[p.From], r.occupants[nickKey(p.To.Resource())]
		if st == nil || o == nil || !o.answers(r.s.seed, st.occ, p.ID()) {
			return
		}
		c := p.Find(ns.Client, "error")
		if c == nil {
			return
		}
		e, err := p.Element(c)
		if err != nil {
			return
		}
		m := xmpp.NewMessage(st.occ.addr, xmpp.JID{}, xmpp.TypeError, errorOnly(e),
			xmpp.El(ns.OccupantID, "occupant-id").Set("id", st.occ.id), userX())
		if id := p.ID(); id != "" {
			m.Set("id", id)
		}
		r.passTo(st.occ, o, xmpp.FrameOf(m), func(error) {})
	})
	r.flush()
}

// errorOnly is an error as another occupant may see it: without who has made it and what is written there, which may be real
// addresses (§ 17.4).
func errorOnly(e *xmpp.Element) *xmpp.Element {
	only := xmpp.El(ns.Client, "error").Set("type", string(stanza.Cancel))
	switch t := e.Attr("type"); stanza.ErrorType(t) {
	case stanza.Auth, stanza.Continue, stanza.Modify, stanza.Wait:
		only.Set("type", t)
	}
	for c := range e.Elements() {
		if c.Space == ns.Stanzas && c.Local != "text" {
			return only.Add(xmpp.El(ns.Stanzas, c.Local))
		}
	}
	return only.Add(xmpp.El(ns.Stanzas, string(stanza.UndefinedCondition)))
}

// maxWritten is how many private messages of an occupant may still be answered with an error.
const maxWritten = 32

// written are the last private messages of an occupant, as hashes; an error answers one of them, once.
type written struct {
	last [maxWritten]uint64
	next int
}

// writtenTo is by what an answer is known.
func writtenTo(seed maphash.Seed, to *occupant, id string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(to.bare.String())
	h.WriteByte(0)
	h.WriteString(id)
	return h.Sum64() | 1 // 0 is none
}

// noteWritten notes a private message of an occupant. room.mu is held.
func (o *occupant) noteWritten(seed maphash.Seed, to *occupant, id string) {
	if o.written == nil {
		o.written = &written{}
	}
	w := o.written
	w.last[w.next%maxWritten] = writtenTo(seed, to, id)
	w.next++
}

// answers tells whether an error from another occupant answers a private message, which it then does no more. room.mu is held.
func (o *occupant) answers(seed maphash.Seed, from *occupant, id string) bool {
	if o.written == nil {
		return false
	}
	i := slices.Index(o.written.last[:], writtenTo(seed, from, id))
	if i >= 0 {
		o.written.last[i] = 0
	}
	return i >= 0
}
