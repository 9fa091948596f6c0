package muc

import (
	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// nsMUCRegister is the type of the form of a registration (§ 16.5.1).
const nsMUCRegister = ns.MUC + "#register"

// register answers requests of registration with the room (§ 7.10): in an open room everybody may become a member and
// reserve a nick; a room for members only lets its members choose theirs.
func (r *room) register(q *request) (*xmpp.Element, error) {
	bare := q.From.Bare()
	r.mu.Lock()
	st, aff := r.affs[bare], r.affiliation(bare)
	group, closed, mayLeave := !r.group.IsZero(), r.conf.MembersOnly, r.conf.MayLeave
	r.mu.Unlock()
	switch {
	case group && mayLeave && aff >= Member && r.s.leaver != nil:
		return r.registered(q, st.nick)
	case group:
		return nil, r.refuse(stanza.NotAllowed, managedText)
	case aff == Outcast:
		return nil, r.refuse(stanza.Forbidden, "You are banned from this room.")
	case closed && aff < Member:
		return nil, r.refuse(stanza.NotAllowed, "Ask an administrator of the room to make you a member.")
	}
	if q.Type == xmpp.TypeSet {
		return nil, r.submitRegistration(q)
	}
	e := xmpp.El(ns.Register, "query")
	if st.aff >= Member && st.nick != "" {
		return e.Add(xmpp.El(ns.Register, "registered"), xmpp.El(ns.Register, "username").AddText(st.nick)), nil
	}
	form := newForm("form", nsMUCRegister)
	nick := field("text-single", "muc#register_roomnick", "Nickname to reserve")
	return e.Add(xmpp.El(ns.Register, "instructions").AddText("Choose the nickname that nobody else shall have in this room."),
		form.Add(nick.Add(xmpp.El(ns.DataForm, "required")))), nil
}

// registered answers a member of a group that may end the membership, and do nothing else (XEP-0077 § 3.2).
func (r *room) registered(q *request, nick string) (*xmpp.Element, error) {
	switch {
	case q.Type == xmpp.TypeGet:
		return xmpp.El(ns.Register, "query", xmpp.El(ns.Register, "registered"), xmpp.El(ns.Register, "username").AddText(nick)), nil
	case q.payload.Child(ns.Register, "remove") == nil:
		return nil, r.refuse(stanza.NotAllowed, managedText)
	}
	return nil, r.s.leaver.Leave(r.s.ctx, q.From.Bare(), r.jid)
}

// submitRegistration makes somebody a member with a reserved nick, or ends that.
func (r *room) submitRegistration(q *request) error {
	bare := q.From.Bare()
	r.change.Lock()
	defer r.change.Unlock()
	r.mu.Lock()
	from := r.affs[bare]
	to, err := r.registration(q.payload, bare, from)
	r.mu.Unlock()
	if err != nil {
		return err
	}
	if err := r.move(r.s.ctx, []shiftOf{{bare, from, to, ""}}, "", false); err != nil {
		return err
	}
	r.mu.Lock()
	r.wear(bare, to.nick) // § 7.10: with status 210
	r.mu.Unlock()
	r.flush()
	return nil
}

// registration is what somebody becomes by a registration. r.mu is held.
func (r *room) registration(query *xmpp.Element, bare xmpp.JID, from standing) (to standing, err error) {
	if query.Child(ns.Register, "remove") != nil { // XEP-0077 § 3.2
		to = from
		to.nick = ""
		if to.aff == Member {
			to.aff = None
		}
		return to, nil
	}
	fields, ok := submitted(query.Child(ns.DataForm, "x"))
	nick := first(fields["muc#register_roomnick"])
	key := nickKey(nick)
	if t := first(fields["FORM_TYPE"]); !ok || t != nsMUCRegister || key == "" || len(nick) > 1023 {
		return to, r.refuse(stanza.BadRequest, "The form must give the nickname to reserve.")
	}
	if o := r.occupants[key]; r.taken(key, bare) || o != nil && o.bare != bare {
		return to, r.refuse(stanza.Conflict, "Somebody else has this nickname.")
	}
	return standing{aff: max(from.aff, Member), nick: nick, managed: from.managed}, nil
}
