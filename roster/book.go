package roster

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"myna/storage"
	"myna/xmpp"
)

// book is an account's list while it is in use.
type book struct {
	owner xmpp.JID
	refs  int // of sessions and calls that use it; guarded by Roster.mu

	mu   sync.Mutex           // held over a change: the write, the new list, its pushes
	list atomic.Pointer[list] // nil until it is read; replaced under mu
}

// open returns an account's book and holds it until close.
func (r *Roster) open(owner xmpp.JID) *book {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.books[owner]
	if b == nil {
		b = &book{owner: owner}
		r.books[owner] = b
	}
	b.refs++
	return b
}

func (r *Roster) close(b *book) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.refs--; b.refs == 0 && r.books[b.owner] == b {
		delete(r.books, b.owner)
	}
}

// known returns an account's list if it is in memory, or nil.
func (r *Roster) known(owner xmpp.JID) *list {
	r.mu.Lock()
	b := r.books[owner]
	r.mu.Unlock()
	if b == nil {
		return nil
	}
	return b.list.Load()
}

// load returns the book's list and reads it where that was not done yet.
func (r *Roster) load(b *book) (*list, error) {
	if l := b.list.Load(); l != nil {
		return l, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx, cancel := background()
	defer cancel()
	return r.loadLocked(ctx, b)
}

// loadLocked is load for who holds the book's mu.
func (r *Roster) loadLocked(ctx context.Context, b *book) (*list, error) {
	if l := b.list.Load(); l != nil {
		return l, nil
	}
	items, version, err := r.Store.Roster(ctx, b.owner)
	if err != nil {
		return nil, err
	}
	l := newList(b.owner, items, version)
	v, err := r.viewFor(ctx, b.owner, l.items)
	if err != nil {
		return nil, err
	}
	l = l.withView(v)
	b.list.Store(l)
	return l, nil
}

// edit is a change of one contact in the making.
type edit struct {
	*list                    // as it was
	item  storage.RosterItem // to be changed; it has only its address when it is new
	known bool               // it is in the list
	put   bool               // it shall be written; drop: it shall go
	drop  bool
	push  bool     // clients are told even if they see no difference
	first func()   // done before the pushes
	by    xmpp.JID // the entity that manages the contact; zero: somebody else, or a client (XEP-0321 § 4.4)
}

// update changes one contact of an account; change edits it or leaves it alone. Changes of one account come one after
// another, and the pushes in the same order. change must not call the router or the roster.
func (r *Roster) update(owner, contact xmpp.JID, change func(*edit) error) error {
	b := r.open(owner)
	defer r.close(b)
	was, is, err := r.change(b, contact, change)
	if err == nil && was.from() && (!is.from() || !slices.Equal(was.groups, is.groups)) { // that somebody sees the owner is told later
		r.related(owner, contact, true, was.groups)
	}
	return err
}

// change is update for a book that is open. It returns the contact as clients saw it and as they see it.
func (r *Roster) change(b *book, contact xmpp.JID, change func(*edit) error) (was, is entry, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx, cancel := background()
	defer cancel()
	l, err := r.loadLocked(ctx, b)
	if err != nil {
		return was, is, err
	}
	e := edit{list: l, item: storage.RosterItem{JID: contact}}
	if i := l.item(contact); i != nil {
		e.item, e.known = *i, true
	}
	before := e.item
	if err := change(&e); err != nil {
		return was, is, err
	}
	next := l
	switch {
	case e.drop && e.known:
		version, err := r.Store.DeleteRosterItem(ctx, b.owner, contact)
		if err != nil {
			return was, is, err
		}
		next = l.without(contact, version)
	case e.put && !(e.known && same(&before, &e.item)):
		version, err := r.Store.PutRosterItem(ctx, b.owner, e.item)
		if err != nil {
			return was, is, err
		}
		next = l.with(&e.item, version)
	}
	next = r.naming(next, contact)
	b.list.Store(next)
	if e.first != nil {
		e.first()
	}
	var had, has bool
	was, had = l.entry(contact)
	is, has = next.entry(contact)
	if e.push || had != has || had && !was.equal(&is) {
		r.push(next, contact)
		if r.Managers != nil {
			r.Managers.Changed(b.owner, contact, e.by, itemOf(next, contact))
		}
	}
	return was, is, nil
}

func same(a, b *storage.RosterItem) bool {
	return a.Name == b.Name && slices.Equal(a.Groups, b.Groups) && a.To == b.To && a.From == b.From && a.Ask == b.Ask &&
		a.Approved == b.Approved && a.Shared == b.Shared && bytes.Equal(a.PendingIn, b.PendingIn)
}
