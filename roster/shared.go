package roster

import (
	"cmp"
	"slices"

	"myna/xmpp"
)

// AccountChanged tells that an account was created, deleted or changed: the shared roster of its domain is read anew,
// and everyone who is online learns what is different. It is called after every change of an account, in their order,
// and costs nothing where the shared roster stays the same.
func (r *Roster) AccountChanged(account xmpp.JID) {
	r.turn.Lock()
	defer r.turn.Unlock()
	domain := account.Domain()
	is := r.compute(domain)
	r.mu.Lock()
	was := r.views[domain]
	if was == nil || was.hash == is.hash {
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
	diff := differ(was, is)
	slices.SortFunc(diff, byLocal)
	for _, b := range books {
		r.renew(b, is, diff)
		r.close(b)
	}
	r.showChanges(was, is, diff)
}

// renew puts a new view into an account's list and pushes what is different.
func (r *Roster) renew(b *book, v *view, diff []xmpp.JID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was := b.list.Load()
	if was == nil || was.view == v {
		return
	}
	is := was.withView(v)
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
	}
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
		r.showPresent(account, to)
	} else {
		r.showGone(account, to)
	}
}
