package roster

import (
	"context"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Managers are entities to which accounts have allowed to manage their contacts of the entity's domain (XEP-0321).
type Managers interface {
	// Manages tells whether who asks for a list of somebody else, or to change one, may do so. It may read storage.
	Manages(ctx context.Context, q *hook.Request) (bool, error)
	// Changed is told of every change that the account's clients are told of, in their order: the item as they see it, and which
	// entity has made it, zero for the account itself. The list is locked: Changed neither blocks nor calls the roster or the router.
	Changed(owner, contact, by xmpp.JID, item *xmpp.Element)
}

// strange refuses who asks for a list of somebody else and may not (RFC 6121 § 2.3.3).
func strange() error {
	return xmpp.Refuse(stanza.Forbidden, "A contact list is shown to its owner only.")
}

// manager tells whether a request comes from an entity that manages contacts of the account.
func (r *Roster) manager(ctx context.Context, q *hook.Request) error {
	if r.Managers == nil || q.Own() || q.Stranger { // an own request without a session; or who must not learn who exists
		return strange()
	}
	may, err := r.Managers.Manages(ctx, q)
	if err == nil && !may {
		return strange()
	}
	return err
}

// managedGet answers an entity with the contacts of its own domain (XEP-0321 § 4.2).
func (r *Roster) managedGet(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if err := r.manager(ctx, q); err != nil {
		return nil, err
	}
	b := r.open(q.Owner)
	defer r.close(b)
	l, err := r.load(b)
	if err != nil {
		return nil, err
	}
	query := xmpp.El(ns.Roster, "query")
	l.entries(func(e *entry) {
		if e.jid.Domain() == q.From.Domain() {
			query.Add(e.element())
		}
	})
	return query, nil
}

// terms are what an entity says of the subscription of a contact. It speaks for its contacts as the server of a contact does, so
// there is nobody who has to be asked (XEP-0321 § 4.4).
type terms struct {
	given    bool
	to, from bool
}

// managedSet adds, changes or removes a contact as an entity wants it (XEP-0321 § 4.4).
func (r *Roster) managedSet(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if err := r.manager(ctx, q); err != nil {
		return nil, err
	}
	w, err := parseWish(q.Payload, r.Config.Of(q.Owner.Domain()).Groups)
	if err != nil {
		return nil, err
	}
	if w.jid.Domain() != q.From.Domain() || w.jid == q.Owner {
		return nil, xmpp.Refuse(stanza.Forbidden, "You may manage contacts of "+q.From.Domain()+" only.")
	}
	t, err := r.parseTerms(q.Payload, w.jid)
	if err != nil {
		return nil, err
	}
	if w.remove {
		return r.remove(q, w.jid)
	}
	var was, is storage.RosterItem
	err = r.update(q.Owner, w.jid, func(e *edit) error {
		if err := r.untouched(e, q); err != nil {
			return err
		}
		was, e.by = e.item, q.From
		if err := r.wish(e, w); err != nil {
			return err
		}
		t.apply(&e.item)
		e.stayListed()
		is, e.push = e.item, true
		e.first = func() { q.Reply(nil, nil) }
		return nil
	})
	if err != nil {
		return nil, err
	}
	switch {
	case is.From && !was.From:
		r.shown(q.Owner, w.jid)
	case was.From && !is.From:
		r.showGone(q.Owner, w.jid)
	}
	return nil, hook.Later
}

// apart refuses an entity that would end, by taking a contact out, the subscription of two accounts of this server: between them
// nobody but they themselves decides (see parseTerms). The owner may.
func (r *Roster) apart(e *edit, q *hook.Request) error {
	i := &e.item
	if q.Own() || !r.local(i.JID) || !i.To && !i.From && !i.Ask && !i.Approved && i.PendingIn == nil {
		return nil
	}
	return xmpp.Refuse(stanza.Forbidden, "They have a subscription, or want one, which is not yours to end.")
}

// untouched refuses what an entity changes of contacts whom the domain decides about: they are not the user's to give away.
func (r *Roster) untouched(e *edit, q *hook.Request) error {
	if q.Own() {
		return nil
	}
	_, both := e.colleague(e.item.JID)
	if _, named := r.named(e.list, e.item.JID); both || named {
		return xmpp.Refuse(stanza.Forbidden, e.stays())
	}
	return nil
}

// parseTerms reads what an entity says of the subscription. Between accounts of this server the server knows it itself, and
// nobody says it for them (RFC 6121 § 2.1.2.5).
func (r *Roster) parseTerms(query *xmpp.Element, contact xmpp.JID) (t terms, err error) {
	item := query.Child(ns.Roster, "item")
	value, given := item.LookupAttr("", "subscription")
	if !given || r.local(contact) {
		return t, nil
	}
	switch value {
	case "both":
		return terms{true, true, true}, nil
	case "to":
		return terms{true, true, false}, nil
	case "from":
		return terms{true, false, true}, nil
	case "none":
		return terms{given: true}, nil
	case "remove":
		return t, nil
	}
	return t, xmpp.Refuse(stanza.BadRequest, "There is no such subscription.")
}

// apply writes the terms into an item. What waited for an answer has one by them.
func (t terms) apply(i *storage.RosterItem) {
	if !t.given {
		return
	}
	i.To, i.From = t.to, t.from
	if t.to {
		i.Ask = false
	}
	if t.from {
		i.PendingIn, i.Approved = nil, false
	}
}
