package roster

import (
	"context"
	"errors"
	"fmt"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// Import takes contacts of an account (XEP-0227 § 4.4) and requests that wait for its answer (§ 4.9).
func (r *Roster) Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake {
	return &intake{r, account.Bare(), dry, tell}
}

type intake struct {
	r       *Roster
	account xmpp.JID
	dry     bool
	tell    pie.Ledger
}

// The kinds of what is imported.
const (
	kindContacts = "contacts"
	kindRequests = "contact requests"
)

// Take takes an element of a user.
func (x *intake) Take(_ context.Context, e *xmpp.Element) (bool, error) {
	switch {
	case e.Is(ns.Roster, "query"):
		if len(e.Nodes) == 0 {
			return true, nil
		}
		return true, x.item(e)
	case e.Is(ns.Client, "presence") && e.Attr("type") == xmpp.TypeSubscribe:
		return true, x.request(e)
	}
	return false, nil
}

// errKept ends a change that is not needed; errTry one that was only tried.
var (
	errKept = errors.New("there is something already")
	errTry  = errors.New("only tried")
)

// done tells what has become of a thing.
func (x *intake) done(kind string, err error) error {
	var refused *xmpp.Refusal
	switch {
	case err == nil, errors.Is(err, errTry):
		x.tell(kind, pie.Added, "")
	case errors.Is(err, errKept):
		x.tell(kind, pie.Kept, "")
	case errors.As(err, &refused):
		x.tell(kind, pie.Refused, pie.Why(err))
	default:
		return err
	}
	return nil
}

// item takes a contact. Of a colleague the own name and groups count.
func (x *intake) item(query *xmpp.Element) error {
	w, err := parseWish(query, x.r.Config.Of(x.account.Domain()).Groups)
	if err != nil {
		x.tell(kindContacts, pie.Refused, pie.Why(err))
		return nil
	}
	if w.remove || w.jid == x.account {
		x.tell(kindContacts, pie.Refused, "a contact is none")
		return nil
	}
	item := query.Child(ns.Roster, "item")
	sub := item.Attr("subscription")
	from := false
	err = x.r.update(x.account, w.jid, func(e *edit) error {
		if e.known && e.item.Listed() {
			return errKept
		}
		if m, both := e.colleague(w.jid); both && len(w.groups) == 0 { // an export has the own groups only
			w.groups = []string{m.group}
		}
		if err := x.r.wish(e, w); err != nil {
			return err
		}
		if !e.put { // a colleague as the domain has them
			return errKept
		}
		if !e.item.Shared {
			e.item.To, e.item.From = sub == "both" || sub == "to", sub == "both" || sub == "from"
			e.item.Ask = item.Attr("ask") == "subscribe" && !e.item.To
			e.item.Approved = (item.Attr("approved") == "true" || item.Attr("approved") == "1") && !e.item.From
			if e.item.From {
				e.item.PendingIn = nil
			}
			if len(e.item.Groups) == 1 && e.item.Groups[0] == noGroup && e.item.Listed() && e.item.PendingIn == nil {
				e.item.Groups = nil
			}
			from = e.item.From
		}
		if x.dry {
			return errTry
		}
		return nil
	})
	if err == nil && from {
		x.r.shown(x.account, w.jid)
	}
	return x.done(kindContacts, err)
}

// request takes a request that waits.
func (x *intake) request(e *xmpp.Element) error {
	contact, err := xmpp.ParseJID(e.Attr("from"))
	if err != nil || contact.Bare() == x.account {
		x.tell(kindRequests, pie.Refused, "a request is from nobody")
		return nil
	}
	contact = contact.Bare()
	e.Set("from", contact.String()).Set("to", x.account.String())
	f := xmpp.FrameOf(e)
	err = x.r.update(x.account, contact, func(e *edit) error {
		if _, both := e.colleague(contact); both || e.item.From || e.item.PendingIn != nil {
			return errKept
		}
		if err := x.r.receivedEdit(e, stateOf(&e.item), pendingState(e), f); err != nil {
			return xmpp.Refuse(stanza.ResourceConstraint,
				fmt.Sprintf("%d requests may wait for an answer, and do.", x.r.Config.Of(x.account.Domain()).Requests))
		}
		if x.dry {
			return errTry
		}
		e.first = func() { x.r.deliverSubscription(xmpp.TypeSubscribe, f) }
		return nil
	})
	return x.done(kindRequests, err)
}

// pendingState is the state with a request that waits.
func pendingState(e *edit) state {
	s := stateOf(&e.item)
	s.pending = true
	return s
}

// End has nothing left to do.
func (*intake) End(context.Context) error { return nil }
