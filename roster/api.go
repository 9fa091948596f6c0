package roster

import (
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// Subscribed tells what is between an account and a contact: to, that the owner may see the contact's presence, and
// from, that the contact may see the owner's. Colleagues have both. It answers from memory for accounts with sessions
// and reads storage for others.
func (r *Roster) Subscribed(owner, contact xmpp.JID) (to, from bool) {
	e, _, ok := r.lookup(owner.Bare(), contact.Bare())
	if !ok {
		return false, false
	}
	return e.subscription == "to" || e.subscription == "both", e.subscription == "from" || e.subscription == "both"
}

// OnRoster tells whether a contact is in an account's list as its clients see it.
func (r *Roster) OnRoster(owner, contact xmpp.JID) bool {
	_, _, ok := r.lookup(owner.Bare(), contact.Bare())
	return ok
}

// Groups returns the groups of an account's list that a contact is in, for the access model roster (XEP-0060 § 4.5).
func (r *Roster) Groups(owner, contact xmpp.JID) []string {
	e, _, _ := r.lookup(owner.Bare(), contact.Bare())
	return e.groups
}

// SharesPresence tells whether asker may see the owner's presence: the owner, and who is subscribed to it.
func (r *Roster) SharesPresence(owner, asker xmpp.JID) bool {
	if owner.Bare() == asker.Bare() {
		return true
	}
	_, from := r.Subscribed(owner, asker)
	return from
}

func (r *Roster) lookup(owner, contact xmpp.JID) (e entry, l *list, ok bool) {
	if l = r.known(owner); l == nil {
		ctx, cancel := background()
		defer cancel()
		var items []storage.RosterItem
		item, err := r.Store.RosterItem(ctx, owner, contact)
		switch {
		case err == nil:
			items = append(items, item)
		case !errors.Is(err, storage.ErrNotFound):
			r.Logger.Error("contact not read", "owner", owner.String(), "contact", contact.String(), "err", err)
			return e, nil, false
		}
		l = newList(owner, items, 0)
		v, err := r.viewOfTwo(ctx, owner, contact, l.items)
		if err != nil {
			r.Logger.Error("contact not read", "owner", owner.String(), "contact", contact.String(), "err", err)
			return e, nil, false
		}
		l = l.withView(v)
	}
	e, ok = l.entry(contact)
	return e, l, ok
}

// GoOffline shows contacts that all sessions of the owner are unavailable, as the owner blocks them (XEP-0191 § 3.3). Whoever
// else they have sent presence to sees them go, too, and they leave its rooms. A contact may also be a domain, for all contacts there. It
// is called before the block is in force.
func (r *Roster) GoOffline(owner xmpp.JID, contacts ...xmpp.JID) {
	r.eachWatcher(owner, contacts, r.showGone)
	l, blocked := r.known(owner.Bare()), setOf(contacts)
	for _, s := range r.Router.Sessions(owner.Bare()) {
		left := r.client(s).takeDirectedTo(func(to xmpp.JID) bool { return within(to, blocked) })
		r.endDirected(s, l, s.Presence() != nil, left, unavailable(s.JID()))
	}
}

func setOf(list []xmpp.JID) map[xmpp.JID]bool {
	set := make(map[xmpp.JID]bool, len(list))
	for _, j := range list {
		set[j] = true
	}
	return set
}

// within tells whether an address is, or belongs to, one of those that somebody blocks (XEP-0191 § 3.1).
func within(j xmpp.JID, blocked map[xmpp.JID]bool) bool {
	domain := j.DomainJID()
	if blocked[j] || blocked[j.Bare()] || blocked[domain] {
		return true
	}
	at, err := domain.WithResource(j.Resource())
	return err == nil && !j.IsBare() && blocked[at]
}

// ComeOnline shows contacts the presence of all sessions of the owner, as the owner blocks them no more (XEP-0191 § 3.4).
// It is called when the block is gone.
func (r *Roster) ComeOnline(owner xmpp.JID, contacts ...xmpp.JID) {
	r.eachWatcher(owner, contacts, r.showPresent)
}

// eachWatcher calls f for those who see the owner's presence and match one of some addresses or domains. However many domains
// there are, it goes through the contacts once.
func (r *Roster) eachWatcher(owner xmpp.JID, match []xmpp.JID, f func(owner, contact xmpp.JID)) {
	owner = owner.Bare()
	l := r.known(owner)
	if l == nil {
		return // nobody is online
	}
	domains := map[string]bool{}
	for _, j := range match {
		if j.Local() == "" {
			domains[j.Domain()] = true
		} else if l.from(j.Bare()) {
			f(owner, j)
		}
	}
	if len(domains) == 0 {
		return
	}
	l.entries(func(e *entry) {
		if domains[e.jid.Domain()] && (e.subscription == "both" || e.subscription == "from") {
			f(owner, e.jid)
		}
	})
}

// Contact is one entry of an account's list.
type Contact struct {
	JID      xmpp.JID
	Name     string
	Groups   []string
	To, From bool
	Shared   bool // a colleague of the domain's shared roster
}

// Contacts returns an account's list as its clients see it.
func (r *Roster) Contacts(owner xmpp.JID) ([]Contact, error) {
	b := r.open(owner.Bare())
	defer r.close(b)
	l, err := r.load(b)
	if err != nil {
		return nil, err
	}
	var all []Contact
	l.entries(func(e *entry) {
		_, both := l.colleague(e.jid)
		all = append(all, Contact{JID: e.jid, Name: e.name, Groups: e.groups, Shared: both,
			To: e.subscription == "to" || e.subscription == "both", From: e.subscription == "from" || e.subscription == "both"})
	})
	return all, nil
}

// Put writes an item of an account's list as it is and tells the account's clients, for imports and invitations: what
// the contact's server knows of the subscription is up to the caller. An item of a colleague is an overlay.
func (r *Roster) Put(owner xmpp.JID, item storage.RosterItem) error {
	item.JID = item.JID.Bare()
	return r.update(owner.Bare(), item.JID, func(e *edit) error {
		e.item, e.put = item, true
		return nil
	})
}
