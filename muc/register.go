package muc

import (
	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// nsMUCRegister is the type of the form of a registration (§ 16.5.1).
const nsMUCRegister = ns.MUC + "#register"

// Who may register with a room that people made.
const (
	RegisterDefault  = ""         // everybody; whom an admin approves in a room that is moderated, for members only, or has a password
	RegisterApproval = "approval" // whom an admin approves
	RegisterNobody   = "none"
)

// registration is the choice as the form of the configuration has it.
func (c *settings) registration() string {
	if c.Registration == RegisterDefault {
		return "default"
	}
	return c.Registration
}

// approval tells whether an admin has to approve who registers (§ 9.9): wherever a member may what others may not, which is to
// enter, to read the history of a room with a password, or to speak in a moderated one.
func (c *settings) approval() bool {
	return c.Registration == RegisterApproval || c.MembersOnly || c.Protected || c.Moderated
}

// register answers requests of registration with the room (§ 7.10): who registers is a member with a reserved nick, at
// once or when an admin has approved it.
func (r *room) register(q *request) (*xmpp.Element, error) {
	bare := q.From.Bare()
	var st standing
	var aff Affiliation
	var group, mayLeave, closed, waits bool
	r.do(func() {
		st, aff = r.affs[bare], r.affiliation(bare)
		group, mayLeave, closed = !r.group.IsZero(), r.conf.MayLeave, r.conf.Registration == RegisterNobody
		waits = r.conf.Requests.of(bare) >= 0
	})
	switch {
	case group && mayLeave && aff >= Member && r.s.leaver != nil:
		return r.registered(q, st.nick)
	case group:
		return nil, r.refuse(stanza.NotAllowed, managedText)
	case aff == Outcast:
		return nil, r.refuse(stanza.NotAllowed, "You are banned from this room.")
	case closed && aff < Member:
		return nil, r.refuse(stanza.NotAllowed, "Ask an administrator of the room to make you a member.")
	case q.Type == xmpp.TypeSet:
		return nil, r.submitRegistration(q)
	case st.aff >= Member && st.nick != "":
		return registeredAs(st.nick), nil
	}
	text := "Choose the nickname that nobody else shall have in this room."
	if waits {
		text = "Your request waits for an administrator of the room."
	}
	form := newForm("form", nsMUCRegister, "Registration with "+r.jid.String(), text)
	nick := field("text-single", "muc#register_roomnick", "Desired Nickname")
	form.Add(nick.Add(xmpp.El(ns.DataForm, "required")), field("text-multi", "muc#register_faqentry", "About you"))
	return xmpp.El(ns.Register, "query", xmpp.El(ns.Register, "instructions").AddText(text), form), nil
}

func registeredAs(nick string) *xmpp.Element {
	return xmpp.El(ns.Register, "query", xmpp.El(ns.Register, "registered"), xmpp.El(ns.Register, "username").AddText(nick))
}

// registered answers a member of a group that may end the membership, and do nothing else (XEP-0077 § 3.2).
func (r *room) registered(q *request, nick string) (*xmpp.Element, error) {
	switch {
	case q.Type == xmpp.TypeGet:
		return registeredAs(nick), nil
	case q.payload.Child(ns.Register, "remove") == nil:
		return nil, r.refuse(stanza.NotAllowed, managedText)
	}
	return nil, r.s.leaver.Leave(r.s.ctx, q.From.Bare(), r.jid)
}

// submitRegistration makes somebody a member with a reserved nick, asks the admins to, or ends a membership.
func (r *room) submitRegistration(q *request) error {
	return r.changing(func() error { return r.billed(q, func() error { return r.carryRegistration(q, q.From.Bare()) }) })
}

// carryRegistration is submitRegistration. r.change is held.
func (r *room) carryRegistration(q *request, bare xmpp.JID) error {
	var from standing
	var about string
	var waits, asks bool
	remove := q.payload.Child(ns.Register, "remove") != nil
	to, err := under(r, func() (to standing, err error) {
		from = r.affs[bare]
		waits = r.conf.Requests.of(bare) >= 0
		asks = !remove && from.aff < Member && r.conf.approval()
		to, about, err = r.registration(q.payload, bare, from)
		return to, err
	})
	switch {
	case err != nil:
		return err
	case asks:
		return r.apply(q, application{bare.String(), to.nick, about})
	}
	c := &change{moves: []shiftOf{{bare, from, to, ""}}, by: mover{q: q, own: true}}
	if waits { // the wish is taken back, or is granted already
		next := r.withoutApplication(bare)
		c.conf = &next
	}
	if err := r.alter(r.s.ctx, c); err != nil {
		return err
	}
	r.do(func() { r.wear(bare, to.nick) }) // § 7.10: with status 210
	r.flush()
	return nil
}

// registration is what somebody becomes by a registration, and what is said about it. r.mu is held.
func (r *room) registration(query *xmpp.Element, bare xmpp.JID, from standing) (to standing, about string, err error) {
	if query.Child(ns.Register, "remove") != nil { // XEP-0077 § 3.2
		to = from
		to.nick = ""
		if to.aff == Member {
			to.aff = None
		}
		return to, "", nil
	}
	x := query.Child(ns.DataForm, "x")
	fields, ok := submitted(x)
	nick := first(fields["muc#register_roomnick"])
	about = first(fields["muc#register_faqentry"])
	switch t := first(fields["FORM_TYPE"]); {
	case !ok, x.Attr("type") != "submit", t != nsMUCRegister, nickKey(nick) == "", len(nick) > maxNick, len(about) > maxAbout:
		return to, "", r.refuse(stanza.BadRequest, "The form must give the nickname to reserve.")
	}
	if r.reservedFor(nick, bare) {
		return to, "", r.refuse(stanza.Conflict, "Somebody else has this nickname.")
	}
	return standing{aff: max(from.aff, Member), nick: nick, managed: from.managed}, about, nil
}

// reservedFor tells whether a nick belongs to somebody else, in the room or on its lists. r.mu is held.
func (r *room) reservedFor(nick string, bare xmpp.JID) bool {
	key := nickKey(nick)
	o := r.occupants[key]
	return r.taken(key, bare) || o != nil && o.bare != bare
}
