package roster

import (
	"myna/xmpp"
)

// In a large domain, too, colleagues see each other without asking: whom somebody adds or edits there becomes a favourite,
// a contact with subscription both in the own lists of the two (RFC 6121 § 2), which stays when both have no group in common
// and do not write to each other. Either of them may remove the other.

// welcome tells whether two become contacts as soon as one of them wants it: both chat in the same large domain, neither has
// blocked the other, and the contact's list has a place.
func (r *Roster) welcome(owner, contact xmpp.JID) bool {
	if owner == contact || owner.Domain() != contact.Domain() || !r.view(owner.Domain()).large || r.blocked(owner, contact) {
		return false
	}
	if _, ok := r.member(owner); !ok {
		return false
	}
	if _, ok := r.member(contact); !ok {
		return false
	}
	b := r.open(contact)
	defer r.close(b)
	l, err := r.load(b)
	if err != nil {
		r.Logger.Error("contacts not read", "owner", contact.String(), "err", err)
		return false
	}
	if l.item(owner) != nil {
		return true
	}
	n, _ := l.counts()
	return n < r.Config.Of(contact.Domain()).Items
}

// befriend makes the item one of a favourite.
func (e *edit) befriend() {
	e.put, e.drop = true, false
	e.item.To, e.item.From, e.item.Ask, e.item.PendingIn, e.item.Shared = true, true, false, nil, false
}

// befriended completes what befriend of owner's item has begun: the contact gets the owner, and both see each other. was is
// what was between them before.
func (r *Roster) befriended(owner, contact xmpp.JID, was bond) {
	var other bond
	err := r.update(contact, owner, func(e *edit) error {
		other = bondOf(e)
		e.befriend()
		return nil
	})
	if err != nil {
		r.Logger.Error("contact not added", "owner", contact.String(), "contact", owner.String(), "err", err)
		return
	}
	if !was.from || !other.to {
		r.shown(owner, contact)
	}
	if !was.to || !other.from {
		r.shown(contact, owner)
	}
}

// bond is who of an account and a contact sees the other, from the account's side.
type bond struct{ to, from bool }

func bondOf(e *edit) bond {
	_, both := e.colleague(e.item.JID)
	return bond{both || e.item.To, both || e.item.From}
}

// loadKept is load before the list is used by a client.
func (r *Roster) loadKept(b *book) (*list, error) {
	l, err := r.load(b)
	if err == nil {
		r.keepOverlays(l)
		l = b.list.Load()
	}
	return l, err
}

// keepOverlays makes favourites of those whom the owner has edited as colleagues and who are none any more: the domain has
// become large, a group is gone, or both have not written for long.
func (r *Roster) keepOverlays(l *list) {
	if !l.view.personal {
		return
	}
	for _, i := range l.items {
		if _, both := l.colleague(i.JID); both || !i.Shared || !r.welcome(l.owner, i.JID) {
			continue
		}
		var was bond
		err := r.update(l.owner, i.JID, func(e *edit) error {
			was = bondOf(e)
			if e.known {
				e.befriend()
			}
			return nil
		})
		if err != nil {
			r.Logger.Error("contact not kept", "owner", l.owner.String(), "contact", i.JID.String(), "err", err)
			continue
		}
		r.befriended(l.owner, i.JID, was)
	}
}
