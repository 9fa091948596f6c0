package roster

import (
	"myna/xmpp"
)

// AccountDeleted takes an account that is gone out of the lists in use, and tells their clients; storage has done so with those
// of all accounts. Whoever gets the address later is a stranger to everybody, and has a list of their own.
func (r *Roster) AccountDeleted(account xmpp.JID) {
	r.mu.Lock()
	delete(r.books, account) // the sessions that are still ending keep it, and tell who saw them
	var books []*book
	for _, b := range r.books {
		if l := b.list.Load(); l == nil || l.item(account) != nil {
			b.refs++
			books = append(books, b)
		}
	}
	r.mu.Unlock()
	for _, b := range books {
		if err := r.reread(b, account); err != nil {
			r.Logger.Error("contact not removed", "owner", b.owner.String(), "contact", account.String(), "err", err)
		}
		r.close(b)
	}
}

// reread reads an account's list anew and tells its clients what has become of a contact.
func (r *Roster) reread(b *book, contact xmpp.JID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.list.Load()
	if l == nil {
		return nil // it is read later
	}
	ctx, cancel := background()
	defer cancel()
	items, version, err := r.Store.Roster(ctx, b.owner)
	if err != nil {
		return err
	}
	next := r.naming(newList(b.owner, items, version).withView(l.view), contact)
	b.list.Store(next)
	was, had := l.entry(contact)
	is, has := next.entry(contact)
	if had != has || had && !was.equal(&is) {
		r.push(next, contact)
	}
	return nil
}
