package muc

import (
	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// nsRequest is the type of forms that ask for voice (§ 16.5.2).
const nsRequest = ns.MUC + "#request"

// form takes a form that was sent to the room.
func (r *room) form(p *hook.Packet, x *xmpp.Element) error {
	fields, ok := submitted(x)
	switch typ := x.Attr("type"); {
	case typ == "cancel": // § 8.6, § 9.9: skipped
		return nil
	case !ok || typ != "submit":
	case first(fields["FORM_TYPE"]) == nsRequest:
		return r.voice(p, fields)
	case first(fields["FORM_TYPE"]) == nsMUCRegister:
		return r.s.decide(p, fields)
	}
	return r.refuse(stanza.BadRequest, "This form says nothing to a room.")
}

// voice takes a visitor's request for voice (§ 7.13) and a moderator's answer (§ 8.6).
func (r *room) voice(p *hook.Packet, fields map[string][]string) error {
	defer r.flush()
	var err error
	r.do(func() { err = r.voiceOf(p, fields) })
	r.remembered()
	return err
}

// voiceOf is voice. r.mu is held.
func (r *room) voiceOf(p *hook.Packet, fields map[string][]string) error {
	st := r.seats[p.From]
	if st == nil {
		return r.refuse(stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel)
	}
	if !r.group.IsZero() && r.conf.Announcement {
		return r.refuse(stanza.Forbidden, managedText)
	}
	if _, answer := fields["muc#request_allow"]; answer {
		r.charge(p.Session, 1, 0)
		return r.grantVoice(st.occ, fields)
	}
	if role := first(fields["muc#role"]); role != Participant.String() && role != "" {
		return r.refuse(stanza.BadRequest, "Only the role of a participant can be asked for.")
	}
	if st.occ.role != Visitor {
		return nil
	}
	if err := r.mayAsk(st.occ.bare, "voice"); err != nil {
		return err
	}
	r.askModerators(p.Session, st.occ)
	return nil
}

// askModerators puts a visitor's request before the moderators (§ 8.6). r.mu is held.
func (r *room) askModerators(session hook.Session, o *occupant) {
	form := newForm("form", nsRequest, "Voice request",
		"To approve this request for voice, select the checkbox and send the form. To skip it, close the form.")
	role := field("list-single", "muc#role", "Requested role", Participant.String())
	form.Add(role.Add(option("Participant", Participant.String())),
		field("jid-single", "muc#jid", "User ID", o.main().full.String()),
		field("text-single", "muc#roomnick", "Room nickname", o.nick),
		field("boolean", "muc#request_allow", "Grant voice to this person?", "0"))
	f := r.fromRoom("", form)
	var to []receiver
	for _, t := range r.everybody() {
		if t.occ.role == Moderator {
			to = append(to, t)
		}
	}
	hook.Charge(session, len(to), f.Len())
	r.emit(func() {
		for i := range to {
			r.send(&to[i], f)
		}
	})
}

// grantVoice carries out a moderator's answer.
func (r *room) grantVoice(actor *occupant, fields map[string][]string) error {
	if actor.role != Moderator {
		return r.refuse(stanza.Forbidden, "Only moderators grant voice.")
	}
	if yes, _ := parseBool(first(fields["muc#request_allow"])); !yes {
		return nil
	}
	o := r.occupants[nickKey(first(fields["muc#roomnick"]))]
	if o == nil {
		return r.refuse(stanza.ItemNotFound, "Nobody here has this nickname.")
	}
	if who, err := xmpp.ParseJID(first(fields["muc#jid"])); err == nil && who.Bare() != o.bare {
		return r.refuse(stanza.ItemNotFound, "Somebody else has this nickname now.")
	}
	if o.role == Visitor {
		r.promote(o, o.aff, Participant, nil)
		r.keepRole(o)
	}
	return nil
}
