package roster

import (
	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// manages tells whether presence of a type manages subscriptions.
func manages(typ string) bool {
	switch typ {
	case xmpp.TypeSubscribe, xmpp.TypeSubscribed, xmpp.TypeUnsubscribe, xmpp.TypeUnsubscribed:
		return true
	}
	return false
}

// sentSubscription handles presence that manages a subscription and comes from a client (RFC 6121 § 3.1.2, § 3.1.5,
// § 3.2.2, § 3.3.2, § 3.4.2).
func (r *Roster) sentSubscription(p *hook.Packet) error {
	if p.To.IsZero() {
		return xmpp.Refuse(stanza.BadRequest, "This presence needs an address.")
	}
	owner, contact := p.From.Bare(), p.To.Bare()
	if owner == contact { // everybody is subscribed to themselves (§ 4.2.2)
		return nil
	}
	if p.Type == xmpp.TypeSubscribe && r.welcome(owner, contact) {
		return r.subscribeColleague(p, owner, contact)
	}
	var was, is state
	route, both := false, false
	err := r.update(owner, contact, func(e *edit) error {
		if _, both = e.colleague(contact); both {
			if p.Type == xmpp.TypeSubscribe || p.Type == xmpp.TypeUnsubscribe {
				e.first, e.push = func() { r.answerColleague(p, owner, contact) }, true
			}
			return nil
		}
		was = stateOf(&e.item)
		is, route = was.outbound(p.Type)
		return r.sentEdit(e, was, is)
	})
	if err != nil || both || !route {
		return err
	}
	if was.from && !is.from { // § 3.2.2: unavailable goes before unsubscribed
		r.showGone(owner, contact)
	}
	from := p.From
	p.From, p.To = owner, contact // § 3.1.2: the server stamps the bare address
	err = r.Router.Forward(p)
	p.From = from
	if err == nil && is.from && !was.from {
		r.shown(owner, contact) // § 3.1.5
	}
	return err
}

// subscribeColleague makes somebody of the own large domain a favourite: colleagues need not be asked.
func (r *Roster) subscribeColleague(p *hook.Packet, owner, contact xmpp.JID) error {
	var was bond
	err := r.update(owner, contact, func(e *edit) error {
		was = bondOf(e)
		if _, seen := e.entry(contact); !seen {
			if err := r.full(e, true); err != nil {
				return err
			}
		}
		e.befriend()
		e.first, e.push = func() { r.answerColleague(p, owner, contact) }, true
		return nil
	})
	if err == nil {
		r.befriended(owner, contact, was)
	}
	return err
}

// sentEdit brings the item to its new state.
func (r *Roster) sentEdit(e *edit, was, is state) error {
	if was == is {
		return nil
	}
	if _, seen := e.entry(e.item.JID); !seen && (is.ask || is.approved) {
		if err := r.full(e, true); err != nil {
			return err
		}
	}
	unlisted := e.known && !e.item.Listed()
	e.become(is, nil, unlisted)
	return nil
}

// become writes the new state. unlisted tells that the row only remembered a request: then it goes with it.
func (e *edit) become(is state, request []byte, unlisted bool) {
	is.apply(&e.item, request)
	e.put = true
	if is == (state{}) && unlisted {
		e.put, e.drop = false, true
	}
	if e.item.Shared { // an overlay for somebody who is no colleague any more
		e.item.Shared, e.item.Name, e.item.Groups = false, "", nil
	} else if e.known && !unlisted {
		e.stayListed()
	}
}

// stayListed keeps an item in sight that has nothing to show, while a request waits (Appendix A.1: None + Pending In).
func (e *edit) stayListed() {
	if !e.item.Listed() {
		e.item.Groups = []string{noGroup}
	}
}

// answerColleague tells clients that the subscription is there already: a colleague need not be asked.
func (r *Roster) answerColleague(p *hook.Packet, owner, contact xmpp.JID) {
	if p.Type != xmpp.TypeSubscribe {
		return // it cannot be ended; the push shows it
	}
	f := xmpp.FrameOf(xmpp.NewPresence(contact, owner, xmpp.TypeSubscribed))
	for _, s := range r.Router.Sessions(owner) {
		if s == p.Session || r.client(s).interested.Load() {
			s.Send(f)
		}
	}
}

// receivedSubscription handles presence that manages a subscription and is for an account (RFC 6121 § 3.1.3, § 3.1.6,
// § 3.2.3, § 3.3.3).
func (r *Roster) receivedSubscription(p *hook.Packet) error {
	owner, contact := p.To.Bare(), p.From.Bare()
	if owner == contact {
		return nil
	}
	invited := r.invited(p, owner, contact)
	p.From, p.To = contact, owner
	p.BuildTail()
	f := p.Frame(owner)
	var was, is state
	answer := ""
	err := r.update(owner, contact, func(e *edit) error {
		if _, both := e.colleague(contact); both {
			if p.Type == xmpp.TypeSubscribe {
				answer = xmpp.TypeSubscribed
			}
			return nil
		}
		was = stateOf(&e.item)
		var deliver bool
		asked := was
		asked.approved = was.approved || invited
		is, deliver, answer = asked.inbound(p.Type)
		if invited && is.from { // XEP-0379 § 3.4: the owner subscribes, too
			is.ask, is.approved = !is.to, was.approved
		}
		if deliver {
			e.first = func() { r.deliverSubscription(p.Type, f) }
		}
		return r.receivedEdit(e, was, is, f)
	})
	if err != nil {
		return err
	}
	if answer != "" {
		r.tell(owner, contact, answer)
	}
	if invited && is.ask && !was.ask {
		r.tell(owner, contact, xmpp.TypeSubscribe)
	}
	if was.from && !is.from {
		r.showGone(owner, contact) // § 3.3.3
	}
	if is.from && !was.from {
		r.shown(owner, contact) // § 3.4.2
	}
	return nil
}

// invited tells whether a request brings the token of an invitation that the account has sent (XEP-0379 § 3.4). A token that is
// none is as if it were not there (§ 4.1), and one is not used up where the contact sees the account already.
func (r *Roster) invited(p *hook.Packet, owner, contact xmpp.JID) bool {
	if p.Type != xmpp.TypeSubscribe || r.Invited == nil {
		return false
	}
	c := p.Find(ns.PreAuth, "preauth")
	if c == nil {
		return false
	}
	e, err := p.Element(c)
	if err != nil {
		return false
	}
	if _, from := r.Subscribed(owner, contact); from {
		return false
	}
	return r.Invited(owner, contact, e.Attr("token"))
}

// receivedEdit brings the item to its new state. Only a request makes a new one.
func (r *Roster) receivedEdit(e *edit, was, is state, f xmpp.Frame) error {
	if was == is {
		return nil
	}
	if is.pending && !was.pending && !e.known {
		if _, n := e.counts(); n >= r.Config.Of(e.owner.Domain()).Requests {
			r.Logger.Info("too many requests wait", "owner", e.owner.String(), "from", e.item.JID.String())
			return hook.Drop
		}
	}
	unlisted := e.known && (!e.item.Listed() || e.plain())
	e.become(is, kept(f, e.item.JID), unlisted)
	return nil
}

// plain tells whether the owner has written nothing into the item of somebody of a large domain: it is there because the
// other one wanted it, and goes with the subscription.
func (e *edit) plain() bool {
	m, ok := e.view.find(e.item.JID)
	return ok && m.listed && e.item.Name == "" && len(e.item.Groups) == 0
}

// deliverSubscription brings a request to the available sessions (§ 3.1.3), the others to those that know the roster.
func (r *Roster) deliverSubscription(typ string, f xmpp.Frame) {
	for _, s := range r.Router.Sessions(f.To) {
		if typ == xmpp.TypeSubscribe && s.Presence() != nil || typ != xmpp.TypeSubscribe && r.client(s).interested.Load() {
			s.Send(f)
		}
	}
}

// maxRequest is how many bytes of a request are kept; a longer one is kept without what it carries.
const maxRequest = 8 << 10

// kept is a request as it waits for an answer: the complete stanza (§ 3.1.3).
func kept(f xmpp.Frame, contact xmpp.JID) []byte {
	if f.Len() > maxRequest {
		f = xmpp.FrameOf(xmpp.NewPresence(contact, f.To, xmpp.TypeSubscribe))
	}
	return f.Append(nil, ns.Client)
}

// sendRequests delivers what waits for an answer to a session that has become available (§ 3.1.3).
func (r *Roster) sendRequests(l *list, s hook.Session) {
	for _, i := range l.items {
		if i.PendingIn == nil {
			continue
		}
		if _, both := l.colleague(i.JID); both {
			continue
		}
		st, err := wire.Parse(i.PendingIn)
		if err != nil {
			r.Logger.Error("request lost", "owner", l.owner.String(), "from", i.JID.String(), "err", err)
			continue
		}
		st.From = i.JID
		s.Send(xmpp.Frame{Kind: xmpp.Presence, To: l.owner, Tail: st.Tail(nil)})
	}
}
