package muc

import (
	"errors"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// request is a request to a room or an occupant, with what is needed to answer it.
type request struct {
	*hook.Packet
	payload  *xmpp.Element
	r        *room
	answered bool // the result is in the room's queue of events
	bill     bill
}

// granted tells who asked that the request is carried out, before anybody hears of what it changes: so § 8.3 to § 8.5, § 9
// and § 10.3 to § 10.8 have it. q may be nil: nobody asked. r.mu is held.
func (q *request) granted() {
	if q == nil || q.answered {
		return
	}
	q.answered = true
	s, session, asker := q.r.s, q.Session, q.From
	f := xmpp.FrameOf(xmpp.NewIQ(q.To, q.From, xmpp.TypeResult, q.ID(), nil))
	q.r.emit(func() { s.sendTo(session, asker, f) })
}

// iq takes requests to rooms and occupants. It runs on the client's goroutine and may read storage.
func (s *Service) iq(p *hook.Packet) error {
	if p.Type == xmpp.TypeResult || p.Type == xmpp.TypeError {
		return nil // answers to what the service has asked never come here
	}
	r, release, err := s.useFor(p.Session, p.To.Bare())
	if errors.Is(err, storage.ErrNotFound) {
		return noRoom(p)
	}
	if err != nil {
		return err
	}
	defer release()
	defer r.flush()
	q := &request{Packet: p, r: r}
	if q.payload, err = p.Element(&p.Children[0]); err != nil {
		return xmpp.Refuse(stanza.BadRequest, "")
	}
	if r.pendingFor(p.From) { // § 10.1.1: it does not exist yet, but for its owner
		return noRoom(p)
	}
	if !p.To.IsBare() {
		return s.toOccupant(q)
	}
	answer, err := s.toRoom(q)
	if err != nil {
		if errors.Is(err, hook.Later) {
			return nil
		}
		return err
	}
	r.flush()
	if q.Type == xmpp.TypeSet {
		q.pay()
	}
	if !q.answered {
		s.answer(p, xmpp.FrameOf(xmpp.NewIQ(p.To, p.From, xmpp.TypeResult, p.ID(), answer)))
	}
	return nil
}

// noRoom answers a request to a room that does not exist, for who asks.
func noRoom(p *hook.Packet) error {
	if !p.To.IsBare() && p.Type == xmpp.TypeGet && p.Children[0].Is(ns.Ping, "ping") { // XEP-0410 § 3.2: not joined, whatever the reason
		return refuseBy(p.To, stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel)
	}
	return refuseBy(p.To, stanza.ItemNotFound, "There is no such room.")
}

// pendingFor tells whether the room is not configured yet, and somebody is not its owner.
func (r *room) pendingFor(full xmpp.JID) bool {
	pending := false
	r.do(func() { pending = r.locked && r.affiliation(full.Bare()) != Owner })
	return pending
}

// toRoom answers a request to the room itself (§ 17.4).
func (s *Service) toRoom(q *request) (*xmpp.Element, error) {
	name, get := q.payload.Name, q.Type == xmpp.TypeGet
	switch {
	case name == xmpp.Name{Space: ns.DiscoInfo, Local: "query"} && get:
		return q.r.info(q)
	case name == xmpp.Name{Space: ns.DiscoItems, Local: "query"} && get:
		return q.r.items(q)
	case name == xmpp.Name{Space: ns.MUCAdmin, Local: "query"}:
		return q.r.adminQuery(q)
	case name == xmpp.Name{Space: ns.MUCOwner, Local: "query"}:
		return q.r.ownerQuery(q)
	case name == xmpp.Name{Space: ns.Register, Local: "query"}:
		return q.r.register(q)
	case name == xmpp.Name{Space: ns.Commands, Local: "command"} && !get:
		return q.r.command(q)
	case name == xmpp.Name{Space: ns.Moderate, Local: "moderate"} && !get:
		return q.r.moderate(q)
	case name == xmpp.Name{Space: ns.VCard, Local: "vCard"}:
		return q.r.vcard(q)
	case name.Space == nsTokens:
		return q.r.tokenQuery(q)
	case name.Space == ns.MAM:
		return q.r.archive(q)
	case name == xmpp.Name{Space: nsMentions, Local: "query"}:
		return q.r.mentions(q)
	case name == xmpp.Name{Space: ns.Ping, Local: "ping"} && get:
		return nil, nil
	}
	return nil, q.r.refuse(stanza.ServiceUnavailable, "")
}

// maxAsks is how many requests of one account to other occupants may be under way: nobody has to answer them.
const maxAsks = 50

// toOccupant passes a request on to another occupant (§ 17.4), or answers it.
func (s *Service) toOccupant(q *request) error {
	r := q.r
	ping := q.payload.Is(ns.Ping, "ping") && q.Type == xmpp.TypeGet
	var st *seat
	var o *occupant
	var to receiver
	var from xmpp.JID
	var self, busy, blocked, noFiles bool
	r.do(func() {
		st, o, noFiles = r.seats[q.From], r.occupants[nickKey(q.To.Resource())], r.conf.FilesOff
		if st != nil && o != nil {
			blocked = o.blocks(st.occ.addr)
			to, from, self, busy = r.receiverOf(o.main()), st.occ.addr, st.occ == o, r.asking[q.From.Bare()] >= maxAsks
		}
	})
	switch {
	case st == nil && q.payload.Space == ns.DiscoInfo, st == nil && q.payload.Space == ns.DiscoItems:
		return r.refuse(stanza.BadRequest, "You are not in this room.") // § 6.6
	case st == nil:
		return r.refuse(stanza.NotAcceptable, "You are not in this room.").WithType(stanza.Cancel) // XEP-0410 § 3.2
	case o == nil:
		return r.refuse(stanza.ItemNotFound, "Nobody here has this nickname.")
	case ping && self: // XEP-0410 § 3.3
		s.answer(q.Packet, xmpp.FrameOf(xmpp.NewIQ(q.To, q.From, xmpp.TypeResult, q.ID(), nil)))
		return nil
	}
	if blocked { // XEP-0191 § 3.3
		return r.refuse(stanza.ServiceUnavailable, "")
	}
	if noFiles && offersFile(q.payload) {
		return r.refuse(stanza.Forbidden, filesOffText)
	}
	if busy {
		return r.refuse(stanza.ResourceConstraint, "Too many of your requests wait for an answer: "+itoa(maxAsks)+" at most.")
	}
	return s.relay(q, from, o, to)
}

// relay asks another occupant for somebody: neither learns the real address of the other.
func (s *Service) relay(q *request, from xmpp.JID, o *occupant, to receiver) error {
	if done, err := s.askAccount(q, from, o.bare); done {
		return err
	}
	id, occupant, asker, session, r := q.ID(), q.To, q.From, q.Session, q.r
	asked := func(n int) { // of the account: who leaves and comes back has no more of them
		r.do(func() {
			if r.asking[asker.Bare()] += n; r.asking[asker.Bare()] <= 0 {
				delete(r.asking, asker.Bare())
			}
		})
	}
	iq := xmpp.NewIQ(from, to.to, q.Type, "", q.payload)
	asked(1)
	err := s.Router.Ask(iq, func(answer *xmpp.Stanza, err error) {
		asked(-1)
		if err != nil {
			e, _ := xmpp.ErrorElement(xmpp.Refuse(stanza.RemoteServerTimeout, "The occupant does not answer."))
			s.sendTo(session, asker, xmpp.FrameOf(xmpp.NewIQ(occupant, asker, xmpp.TypeError, id, e)))
			return
		}
		e, err := answer.Tree()
		if err != nil {
			return
		}
		if answer.Type == xmpp.TypeError { // neither does it tell the address
			e = xmpp.NewIQ(occupant, asker, xmpp.TypeError, id, errorOnly(e.Child(ns.Client, "error")))
		}
		e.Set("from", occupant.String()).Set("to", asker.String()).Set("id", id)
		s.sendTo(session, asker, xmpp.FrameOf(e))
	})
	if err != nil {
		asked(-1)
		if errors.Is(err, storage.ErrBusy) {
			return q.r.refuse(stanza.ResourceConstraint, "Too many requests wait for an answer of this occupant: "+itoa(router.MaxAsksOf)+" at most.")
		}
		return q.r.refuse(stanza.RecipientUnavailable, "The occupant cannot be reached.")
	}
	return nil
}

// askAccount answers for the occupant's account what its server knows: the vCard. Clients do not answer for it.
func (s *Service) askAccount(q *request, from, bare xmpp.JID) (done bool, err error) {
	if s.Requests == nil || q.Type != xmpp.TypeGet || !q.payload.Is(ns.VCard, "vCard") || !s.Router.IsAccount(bare) {
		return false, nil
	}
	h := s.Requests.Request(hook.Account, q.Type, q.payload.Space, q.payload.Local)
	if h == nil {
		return false, nil
	}
	st := *q.Stanza
	st.From, st.To = from, bare
	hq := q.forModule(&st, bare)
	result, err := h(s.ctx, hq)
	if errors.Is(err, hook.Later) {
		return true, nil
	}
	if err != nil {
		return true, err
	}
	hq.Reply(result, nil)
	return true, nil
}

// archive answers requests to the room's archive (XEP-0313 § 5.1) for those who may see it.
func (r *room) archive(q *request) (*xmpp.Element, error) {
	var since time.Time
	var sees, on, closed bool
	r.do(func() {
		aff, st := r.affiliation(q.From.Bare()), r.seats[q.From]
		sitting := st != nil
		sees = r.conf.NonAnonymous || aff >= Admin || sitting && r.sees(st.occ)
		on, since = r.archived(), r.floor(q.From.Bare())
		closed = aff == Outcast || r.conf.MembersOnly && aff < Member || r.conf.Protected && aff < Member && !sitting
	})
	if r.s.MAM == nil || !on {
		return nil, r.refuse(stanza.ServiceUnavailable, "This room keeps no archive.")
	}
	if closed {
		return nil, r.refuse(stanza.Forbidden, "You may not read the history of this room.")
	}
	show := anonymous
	if sees { // § 5.1.2
		show = nil
	}
	return r.s.MAM.Query(r.s.ctx, q.forModule(q.Stanza, r.jid), r.jid, since, show)
}

// forModule is the request as another module gets it, which may answer later.
func (q *request) forModule(st *xmpp.Stanza, owner xmpp.JID) *hook.Request {
	s, id, to, asker, session := q.r.s, q.ID(), q.To, q.From, q.Session
	hq := &hook.Request{Stanza: st, Payload: q.payload, Session: session, Owner: owner}
	hq.Reply = func(result *xmpp.Element, err error) {
		typ := xmpp.TypeResult
		if err != nil {
			var seen bool
			if result, seen = xmpp.ErrorElement(err); !seen {
				s.Logger.Error("request to a room failed", "room", to.String(), "err", err)
			}
			typ = xmpp.TypeError
		}
		s.sendTo(session, asker, xmpp.FrameOf(xmpp.NewIQ(to, asker, typ, id, result)))
	}
	return hq
}
