package muc

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxAbout bounds what somebody says of himself or herself, in bytes.
const maxAbout = 1000

// application is somebody's wish to become a member, which an admin has not answered.
type application struct {
	JID   string `json:"jid"` // bare
	Nick  string `json:"nick"`
	About string `json:"about,omitempty"`
}

// applications of a room, in the order of arrival. They are kept with its configuration, as "x-requests". The slice is
// replaced, never changed.
type applications []application

func (list applications) of(bare xmpp.JID) int {
	return slices.IndexFunc(list, func(a application) bool { return a.JID == bare.String() })
}

func (list applications) String() string {
	b, _ := json.Marshal(list) // strings only
	return string(b)
}

func parseApplications(s string) (list applications, ok bool) {
	return list, json.Unmarshal([]byte(s), &list) == nil
}

// apply puts somebody's wish before the admins (§ 9.9). r.change is held.
func (r *room) apply(q *request, a application) error {
	var next settings
	var admins []string
	r.do(func() { next, admins = r.conf, append(r.holders(Owner), r.holders(Admin)...) })
	i := next.Requests.of(q.From.Bare())
	switch {
	case i >= 0 && next.Requests[i] == a: // the admins know
		return nil
	case i >= 0:
		return r.refuse(stanza.UnexpectedRequest, "Your request waits for an administrator of the room already.")
	case len(next.Requests) >= r.config().Applications:
		return r.refuse(stanza.ResourceConstraint, "Too many requests wait for the administrators of the room: "+itoa(r.config().Applications)+" at most.")
	}
	if err := r.mayAsk(q.From.Bare(), "membership"); err != nil {
		return err
	}
	next.Requests = append(slices.Clone(next.Requests), a)
	if err := r.keepApplications(r.s.ctx, next.Requests); err != nil {
		return err
	}
	form := newForm("form", nsMUCRegister, "Registration request",
		"To approve this registration request, select the checkbox and send the form. To skip it, close the form.")
	form.Add(field("jid-single", "muc#jid", "User ID", a.JID),
		field("text-single", "muc#register_roomnick", "Desired Nickname", a.Nick),
		field("text-multi", "muc#register_faqentry", "About this person", a.About),
		field("boolean", "muc#register_allow", "Allow this person to register with the room?", "0"))
	body := xmpp.El(ns.Client, "body").AddText(a.JID + " asks to become a member of " + r.jid.String() + ".")
	hook.Charge(q.Session, len(admins), noticeBytes)
	for _, j := range admins {
		r.write(j, body, form)
	}
	return nil
}

// write sends somebody a message of the room itself, which waits for who is offline.
func (r *room) write(to string, children ...*xmpp.Element) {
	j, err := xmpp.ParseJID(to)
	if err != nil || j.Local() == "" { // a whole domain
		return
	}
	if err := r.s.Router.Send(xmpp.NewMessage(r.jid, j, "", children...).Set("id", xmpp.NewID())); err != nil {
		r.s.Logger.Error("message of a room not sent", "room", r.jid.String(), "to", to, "err", err)
	}
}

// keepApplications stores the open requests. r.change is held, r.mu is not.
func (r *room) keepApplications(ctx context.Context, list applications) error {
	return r.configure(ctx, r.withApplications(list))
}

// withApplications is the configuration with other open requests.
func (r *room) withApplications(list applications) (next settings) {
	r.do(func() { next = r.conf })
	next.Requests = list
	return next
}

// withoutApplication is the configuration when somebody's wish to become a member has ended.
func (r *room) withoutApplication(bare xmpp.JID) settings {
	var list applications
	r.do(func() {
		list = slices.DeleteFunc(slices.Clone(r.conf.Requests), func(a application) bool { return a.JID == bare.String() })
	})
	return r.withApplications(list)
}

// decide takes an admin's answer to a request for membership (§ 9.9). It may run on the goroutine of the archive's log;
// the worker does what needs storage, and takes the room from there where nobody is in it.
func (s *Service) decide(p *hook.Packet, fields map[string][]string) error {
	bare, err := xmpp.ParseJID(first(fields["muc#jid"]))
	if err != nil {
		return refuseBy(p.To, stanza.BadRequest, "The form does not say whose request it answers.")
	}
	allow, _ := parseBool(first(fields["muc#register_allow"]))
	done, room, from, id := p.Hold(), p.To.Bare(), p.From, strings.Clone(p.ID())
	hook.Charge(p.Session, 1, noticeBytes)
	if !s.laterFor(from, room, func(ctx context.Context) {
		defer done()
		if err := s.decided(ctx, room, from, bare.Bare(), allow); err != nil {
			s.complain(room, from, id, err)
		}
	}) {
		done()
		return refuseBy(room, stanza.ResourceConstraint, busyText)
	}
	return nil
}

// decided is decide on a worker.
func (s *Service) decided(ctx context.Context, room, admin, bare xmpp.JID, allow bool) error {
	if err := s.decides(ctx, room, admin.Bare()); err != nil {
		return err
	}
	r, release, err := s.use(ctx, room)
	if err != nil {
		return err
	}
	defer release()
	return r.answerApplication(ctx, admin, bare, allow)
}

// decides says that somebody is no admin: of a room in which nobody is that is known without all its lists.
func (s *Service) decides(ctx context.Context, room, who xmpp.JID) error {
	if s.loaded(room) != nil {
		return nil
	}
	for _, j := range [...]xmpp.JID{who, who.DomainJID()} { // as room.affiliation
		a, err := s.Store.Affiliation(ctx, room, j)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if aff, _ := ParseAffiliation(a.Affiliation); err != nil || aff >= Admin {
			return err
		}
		break
	}
	return refuseBy(room, stanza.Forbidden, "You may not do this in this room.")
}

const busyText = "The room is busy. Please try again in a while."

// answerApplication carries out an admin's answer. It runs on the worker.
func (r *room) answerApplication(ctx context.Context, admin, bare xmpp.JID, allow bool) error {
	return r.changing(func() error {
		var a application
		by := mover{actor: admin.Bare(), invite: true}
		to, err := under(r, func() (shiftOf, error) { return r.answerTo(admin, bare, allow, &a, &by) })
		if err != nil {
			return err
		}
		next := r.withoutApplication(bare)
		if !allow {
			if err := r.configure(ctx, next); err != nil {
				return err
			}
			body := "Your request to become a member of " + r.jid.String() + " was not granted."
			r.write(a.JID, xmpp.El(ns.Client, "body").AddText(body))
			return nil
		}
		if err := r.alter(ctx, &change{conf: &next, moves: []shiftOf{to}, by: by}); err != nil {
			return err
		}
		invited := false
		r.do(func() {
			r.wear(bare, to.to.nick)
			invited = r.conf.MembersOnly
		})
		r.flush()
		if !invited { // § 18.1
			r.write(a.JID, xmpp.El(ns.Client, "body").AddText("You are a member of "+r.jid.String()+" now."), userX(codeAffiliated))
		}
		return nil
	})
}

// answerTo is what an admin's answer asks for. r.mu is held.
func (r *room) answerTo(admin, bare xmpp.JID, allow bool, a *application, by *mover) (to shiftOf, err error) {
	actor, me := r.standingOf(admin)
	i := r.conf.Requests.of(bare)
	if i >= 0 {
		*a = r.conf.Requests[i]
	}
	from := r.affs[bare]
	if me != nil {
		by.nick = me.nick
	}
	switch {
	case !r.group.IsZero():
		return to, r.refuse(stanza.NotAllowed, managedText)
	case actor.aff < Admin:
		return to, r.denied(forbidden) // § 9
	case i < 0:
		return to, r.refuse(stanza.ItemNotFound, "There is no such request, or another admin has answered it.")
	case allow && from.aff == Outcast:
		return to, r.refuse(stanza.NotAllowed, a.JID+" is banned from this room.")
	case allow && r.reservedFor(a.Nick, bare):
		return to, r.refuse(stanza.Conflict, "Somebody else has the nickname "+a.Nick+" now.")
	}
	return shiftOf{bare, from, standing{aff: max(from.aff, Member), nick: a.Nick}, ""}, nil
}

// complain answers a message to a room with an error after it was taken.
func (s *Service) complain(room, to xmpp.JID, id string, err error) {
	if errors.Is(err, storage.ErrNotFound) {
		err = refuseBy(room, stanza.ItemNotFound, "There is no such room.")
	}
	e, seen := xmpp.ErrorElement(err)
	if !seen {
		s.Logger.Error("message to a room failed", "room", room.String(), "err", err)
	}
	if err := s.Router.Send(xmpp.NewMessage(room, to, xmpp.TypeError, e).Set("id", id)); err != nil {
		s.Logger.Error("error of a room not sent", "room", room.String(), "err", err)
	}
}
