package roster

import (
	"cmp"
	"slices"

	"myna/xmpp"
)

// AccountChanged tells that an account was created, deleted or changed. It is called after every change of an account, in
// their order.
func (r *Roster) AccountChanged(account xmpp.JID) { r.changed(account.Domain(), account) }

// OptionsChanged tells that the options of a domain have changed.
func (r *Roster) OptionsChanged(domain string) { r.changed(domain, xmpp.JID{}) }

// changed reads the shared roster of a domain anew, and everyone who is online learns what is different. It costs nothing where
// the shared roster stays the same. account is whose, zero where all may be different.
func (r *Roster) changed(domain string, account xmpp.JID) {
	r.turn.Lock()
	defer r.turn.Unlock()
	is := r.compute(domain)
	r.mu.Lock()
	was := r.views[domain]
	if was == nil || !was.large && was.hash == is.hash {
		r.mu.Unlock()
		return
	}
	r.views[domain] = is // books that are read from now on have it
	var books []*book
	for owner, b := range r.books {
		if owner.Domain() == domain {
			b.refs++
			books = append(books, b)
		}
	}
	r.mu.Unlock()
	if was.large || is.large {
		r.changedLarge(books, account, account.IsZero() || was.large != is.large)
		return
	}
	diff := differ(was, is)
	slices.SortFunc(diff, byLocal)
	var regrouped []regrouping
	for _, b := range books {
		b.mu.Lock()
		if l := b.list.Load(); l != nil && l.view != is {
			_, moved := r.renew(b, l, is, diff)
			regrouped = append(regrouped, moved...)
		}
		b.mu.Unlock()
		r.close(b)
	}
	r.showChanges(was, is, diff)
	r.tellRegrouped(regrouped)
}

// regrouping is a contact that has come into other groups by a new view.
type regrouping struct {
	owner, contact xmpp.JID
	groups         []string // those of before
}

func (r *Roster) tellRegrouped(list []regrouping) {
	for _, g := range list {
		r.related(g.owner, g.contact, true, g.groups)
	}
}

// changedLarge has those lists brought up to date that have an account in their views; where the domain has become large, or
// is so no more, all of them.
func (r *Roster) changedLarge(books []*book, account xmpp.JID, all bool) {
	for _, b := range books {
		touched := all || b.owner == account
		if l := b.list.Load(); l != nil && !touched {
			_, touched = l.view.find(account)
		}
		if touched {
			r.stale.add(b.owner)
		}
		r.close(b)
	}
}

// renew puts a new view into an account's list and pushes what is different; it returns who is in other groups now. The caller
// holds the book's mu.
func (r *Roster) renew(b *book, was *list, v *view, diff []xmpp.JID) (is *list, regrouped []regrouping) {
	is = was.withView(v)
	b.list.Store(is)
	if was.shares != is.shares { // the owner has come or gone: all others are different
		diff = nil
		for _, m := range was.view.members {
			diff = append(diff, m.jid)
		}
		for _, m := range v.members {
			if _, ok := was.view.find(m.jid); !ok {
				diff = append(diff, m.jid)
			}
		}
	}
	for _, j := range diff {
		before, had := was.entry(j)
		after, has := is.entry(j)
		if had != has || had && !before.equal(&after) {
			r.push(is, j)
		}
		if before.from() && after.from() && !slices.Equal(before.groups, after.groups) {
			regrouped = append(regrouped, regrouping{b.owner, j, before.groups})
		}
	}
	return is, regrouped
}

// showChanges sends presence between those who have become colleagues, and unavailable presence between those who are
// none any more.
func (r *Roster) showChanges(was, is *view, diff []xmpp.JID) {
	moved := slices.DeleteFunc(diff, func(j xmpp.JID) bool { // only the name or the department
		_, before := was.find(j)
		_, after := is.find(j)
		return before == after
	})
	for n, j := range moved {
		v := is
		_, before := was.find(j)
		if before {
			v = was
		}
		for i := range v.members {
			other := v.members[i].jid
			if at, ok := slices.BinarySearchFunc(moved, other, byLocal); ok && at <= n {
				continue // itself, or shown already
			}
			r.showChange(j, other, !before)
			r.showChange(other, j, !before)
		}
	}
}

func byLocal(a, b xmpp.JID) int { return cmp.Compare(a.Local(), b.Local()) }

// showChange tells a former or new colleague of an account's presence unless an own subscription has done so.
func (r *Roster) showChange(account, to xmpp.JID, colleagues bool) {
	l := r.known(account)
	if l == nil || r.blocked(account, to) {
		return
	}
	if i := l.item(to); i != nil && i.From {
		return
	}
	if colleagues {
		r.shown(account, to)
	} else {
		r.showGone(account, to)
	}
}
