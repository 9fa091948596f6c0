package roster

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"myna/storage"
	"myna/xmpp"
)

// Team is the members of a group at one moment, accounts by their bare addresses. It never changes.
type Team interface {
	Len() int
	Has(account xmpp.JID) bool
	All() iter.Seq[xmpp.JID]
}

// In a domain that is too large for everybody to have everybody, each account has a circle, a view of its own: the members
// of its groups, and its recent contacts. Both relations are the same from either side, so whoever is in somebody's circle
// has them in theirs.

// viewFor returns the view that an account's list is made with: that of its domain, or its circle. items are the own ones.
func (r *Roster) viewFor(ctx context.Context, owner xmpp.JID, items []*storage.RosterItem) (*view, error) {
	v := r.view(owner.Domain())
	if !v.large {
		return v, nil
	}
	near, err := r.Store.Recent(ctx, owner)
	if err != nil {
		return nil, err
	}
	for t := range r.teams(owner) {
		near = slices.AppendSeq(near, t.All())
	}
	return r.circle(owner, near, items), nil
}

// viewOfTwo is viewFor as far as it is about one contact, for who need not be online.
func (r *Roster) viewOfTwo(ctx context.Context, owner, contact xmpp.JID, items []*storage.RosterItem) (*view, error) {
	v := r.view(owner.Domain())
	if !v.large {
		return v, nil
	}
	near := false
	for t := range r.teams(owner) {
		near = near || t.Has(contact)
	}
	if !near && owner.Domain() == contact.Domain() {
		var err error
		if near, err = r.Store.IsRecent(ctx, owner, contact); err != nil {
			return nil, err
		}
	}
	if near {
		return r.circle(owner, []xmpp.JID{contact}, items), nil
	}
	return r.circle(owner, nil, items), nil
}

// teams are the groups that make circles. One with more members than a domain may have for everybody to have everybody, like
// everyone@, makes none.
func (r *Roster) teams(account xmpp.JID) iter.Seq[Team] {
	return func(yield func(Team) bool) {
		if r.Teams == nil {
			return
		}
		limit := r.Config.Of(account.Domain()).SharedLimit
		for _, t := range r.Teams(account) {
			if t.Len() <= limit && !yield(t) {
				return
			}
		}
	}
}

// circle is the view of an account with those near to it. Of other contacts of the domain it knows the names.
func (r *Roster) circle(owner xmpp.JID, near []xmpp.JID, items []*storage.RosterItem) *view {
	v := &view{personal: true, members: make([]member, 0, len(near)+len(items)+1)}
	seen := make(map[xmpp.JID]struct{}, len(near)+len(items)+1)
	add := func(j xmpp.JID, listed bool) {
		if _, ok := seen[j]; ok || j.Domain() != owner.Domain() {
			return
		}
		seen[j] = struct{}{}
		if m, ok := r.member(j); ok {
			m.listed = listed
			v.members = append(v.members, m)
		}
	}
	if add(owner, false); len(v.members) > 0 {
		for _, j := range near {
			add(j, false)
		}
	}
	for _, i := range items {
		add(i.JID, true)
	}
	slices.SortFunc(v.members, func(a, b member) int { return cmp.Compare(a.jid.Local(), b.jid.Local()) })
	v.hash = hashOf(v.members)
	return v
}

// member is what the directory says of an account; ok is false for one that does not chat.
func (r *Roster) member(j xmpp.JID) (m member, ok bool) {
	if r.Accounts == nil {
		return m, false
	}
	a, ok := r.Accounts.Account(j)
	if !ok || a.Disabled || a.ChatOff {
		return m, false
	}
	return r.memberOf(&a), true
}

func (r *Roster) memberOf(a *storage.Account) member {
	m := member{jid: a.JID, name: a.Name, group: a.Department}
	if m.name == "" {
		m.name = a.JID.Local()
	}
	if m.group == "" || r.Config.Of(a.JID.Domain()).SharedGroup == ByDomain {
		m.group = a.JID.Domain()
	}
	return m
}

// named returns what the directory says of a colleague, or of somebody of the large domain that the owner is in.
func (r *Roster) named(l *list, j xmpp.JID) (m *member, ok bool) {
	if m, ok = l.view.find(j); ok || !l.view.personal || j.Domain() != l.owner.Domain() {
		return m, ok
	}
	n, ok := r.member(j)
	return &n, ok
}

// naming returns the list with a view that knows the names of those contacts, of a large domain, that have an own item, and
// of no others: as if it had been read anew.
func (r *Roster) naming(l *list, contact xmpp.JID) *list {
	v := l.view
	if !v.personal || contact.Domain() != l.owner.Domain() {
		return l
	}
	m, known := v.find(contact)
	if known && !m.listed || known == (l.item(contact) != nil) {
		return l
	}
	n := &view{personal: true}
	if known {
		n.members = slices.DeleteFunc(slices.Clone(v.members), func(m member) bool { return m.jid == contact })
	} else {
		m, ok := r.member(contact)
		if !ok {
			return l
		}
		m.listed = true
		i, _ := slices.BinarySearchFunc(v.members, contact.Local(), func(m member, s string) int { return cmp.Compare(m.jid.Local(), s) })
		n.members = slices.Insert(slices.Clone(v.members), i, m)
	}
	n.hash = hashOf(n.members)
	return l.withView(n)
}
