package account

import (
	"cmp"
	"iter"
	"slices"
	"sort"

	"myna/storage"
	"myna/xmpp"
)

// Directory is the accounts of one domain at one moment, in the order of their localparts. It never changes.
type Directory struct {
	accounts []*storage.Account
}

var nobody = &Directory{} // of domains without accounts

// Len returns the number of accounts.
func (d *Directory) Len() int { return len(d.accounts) }

// All goes over the accounts.
func (d *Directory) All() iter.Seq[storage.Account] {
	return func(yield func(storage.Account) bool) {
		for _, a := range d.accounts {
			if !yield(*a) {
				return
			}
		}
	}
}

// Find returns the account with the bare address of j. It does not allocate.
func (d *Directory) Find(j xmpp.JID) (storage.Account, bool) {
	if i, ok := d.search(j); ok {
		return *d.accounts[i], true
	}
	return storage.Account{}, false
}

// Has tells whether there is an account with the bare address of j. It does not allocate.
func (d *Directory) Has(j xmpp.JID) bool {
	_, ok := d.search(j)
	return ok
}

func (d *Directory) search(j xmpp.JID) (int, bool) {
	bare, local := j.Bare(), j.Local()
	i := sort.Search(len(d.accounts), func(i int) bool { return d.accounts[i].JID.Local() >= local })
	return i, i < len(d.accounts) && d.accounts[i].JID == bare
}

// with returns a directory that also has the added accounts, in place of those with the same addresses, and has the
// removed ones no more.
func (d *Directory) with(added []*storage.Account, removed []xmpp.JID) *Directory {
	list := make([]*storage.Account, 0, len(d.accounts)+len(added))
	gone := make(map[xmpp.JID]bool, len(added)+len(removed))
	for _, j := range removed {
		gone[j] = true
	}
	for _, a := range added {
		gone[a.JID] = true
	}
	for _, a := range d.accounts {
		if !gone[a.JID] {
			list = append(list, a)
		}
	}
	list = append(list, added...)
	slices.SortFunc(list, func(a, b *storage.Account) int { return cmp.Compare(a.JID.Local(), b.JID.Local()) })
	return &Directory{accounts: list}
}

// index brings the accounts into the index and takes the removed addresses out. The caller holds s.change.
func (s *Service) index(added []storage.Account, removed []xmpp.JID) {
	type delta struct {
		added   []*storage.Account
		removed []xmpp.JID
	}
	deltas := map[string]*delta{}
	of := func(domain string) *delta {
		if deltas[domain] == nil {
			deltas[domain] = &delta{}
		}
		return deltas[domain]
	}
	for i := range added {
		d := of(added[i].JID.Domain())
		d.added = append(d.added, &added[i])
	}
	for _, j := range removed {
		d := of(j.Domain())
		d.removed = append(d.removed, j)
	}
	old := *s.domains.Load()
	next := make(map[string]*Directory, len(old)+len(deltas))
	for domain, dir := range old {
		next[domain] = dir
	}
	for domain, d := range deltas {
		if next[domain] == nil {
			next[domain] = nobody
		}
		next[domain] = next[domain].with(d.added, d.removed)
	}
	s.domains.Store(&next)
}
