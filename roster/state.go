package roster

import (
	"myna/storage"
	"myna/xmpp"
)

// state is what is between an account and a contact, seen from the account (RFC 6121 Appendix A.1).
type state struct {
	to, from bool
	ask      bool // pending out
	pending  bool // pending in
	approved bool // § 3.4
}

func stateOf(i *storage.RosterItem) state {
	return state{to: i.To, from: i.From, ask: i.Ask, pending: i.PendingIn != nil, approved: i.Approved}
}

// outbound is what becomes of the state when the account sends presence of a type, and whether it is routed to the
// contact (Appendix A.2).
func (s state) outbound(typ string) (next state, route bool) {
	next = s
	switch typ {
	case xmpp.TypeSubscribe: // A.2.1
		next.ask = !s.to
		return next, true
	case xmpp.TypeUnsubscribe: // A.2.2
		next.to, next.ask = false, false
		return next, true
	case xmpp.TypeSubscribed: // A.2.3
		if s.from {
			return s, false
		}
		if !s.pending {
			next.approved = true // § 3.4.2
			return next, false
		}
		next.from, next.pending = true, false
		return next, true
	case xmpp.TypeUnsubscribed: // A.2.4
		next.from, next.pending, next.approved = false, false, false
		return next, s.from || s.pending
	}
	return s, false
}

// inbound is what becomes of the state when the contact sends presence of a type, whether it is delivered to the
// account's clients, and what the server answers by itself, "" for nothing (Appendix A.3).
func (s state) inbound(typ string) (next state, deliver bool, answer string) {
	next = s
	switch typ {
	case xmpp.TypeSubscribe: // A.3.1
		if s.from {
			return s, false, xmpp.TypeSubscribed
		}
		if s.approved { // § 3.4.2
			next.from, next.pending = true, false
			return next, false, xmpp.TypeSubscribed
		}
		next.pending = true
		return next, !s.pending, ""
	case xmpp.TypeUnsubscribe: // A.3.2
		next.from, next.pending = false, false
		return next, s.from || s.pending, ""
	case xmpp.TypeSubscribed: // A.3.3
		if !s.ask {
			return s, false, ""
		}
		next.to, next.ask = true, false
		return next, true, ""
	case xmpp.TypeUnsubscribed: // A.3.4
		next.to, next.ask = false, false
		return next, s.to || s.ask, ""
	}
	return s, false, ""
}

// apply writes a state into an item; request is the contact's request where one begins to wait.
func (s state) apply(i *storage.RosterItem, request []byte) {
	i.To, i.From, i.Ask, i.Approved = s.to, s.from, s.ask, s.approved
	switch {
	case !s.pending:
		i.PendingIn = nil
	case i.PendingIn == nil:
		i.PendingIn = request
	}
}
