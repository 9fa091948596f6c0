package muc

import (
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
	r.passTo(o, p, st.occ)
	return nil
}

// passTo sends a message of one occupant to all sessions of another. r.mu is held.
func (r *room) passTo(o *occupant, p *hook.Packet, from *occupant) {
	tail := xmpp.AppendToTail(r.reflection(p, from), xmpp.Message, []byte(`<x xmlns="`+ns.MUCUser+`"/>`))
	f := xmpp.Frame{Kind: xmpp.Message, Tail: tail, Idle: fleeting(p.Stanza)}
	to := r.sessionsOf(o)
	r.emit(func() {
		for i := range to {
			r.send(&to[i], f)
		}
	})
}

// privateError brings the answer to a private message that its receiver refused back to who sent it.
func (r *room) privateError(p *hook.Packet) {
	r.do(func() {
		st, o := r.seats[p.From], r.occupants[nickKey(p.To.Resource())]
		if st != nil && o != nil {
			r.passTo(o, p, st.occ)
		}
	})
	r.flush()
}
