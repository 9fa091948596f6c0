package blocking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"myna/storage"
	"myna/xmpp"
)

// space and key are where a list is kept among the account's documents.
const space, key = "blocking", "list"

// maxCached bounds how many accounts' lists stay in memory; most of them are empty.
const maxCached = 100_000

// lists answers from memory who blocks whom. A list is read from storage when its account is first met.
type lists struct {
	docs storage.Docs

	mu sync.RWMutex
	m  map[xmpp.JID][]xmpp.JID // nil lists too; replaced, never changed; guarded by mu

	change sync.Mutex // held from reading a list to writing it changed
}

func (l *lists) of(ctx context.Context, owner xmpp.JID) ([]xmpp.JID, error) {
	l.mu.RLock()
	list, ok := l.m[owner]
	l.mu.RUnlock()
	if ok {
		return list, nil
	}
	l.change.Lock()
	defer l.change.Unlock()
	return l.load(ctx, owner)
}

// load reads a list; the caller holds change.
func (l *lists) load(ctx context.Context, owner xmpp.JID) ([]xmpp.JID, error) {
	var list []xmpp.JID
	b, err := l.docs.Doc(ctx, owner, space, key)
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("read block list: %w", err)
	}
	l.keep(owner, list)
	return list, nil
}

func (l *lists) keep(owner xmpp.JID, list []xmpp.JID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m == nil || len(l.m) >= maxCached {
		l.m = map[xmpp.JID][]xmpp.JID{}
	}
	l.m[owner] = list
}

// forget drops what is in memory of an account.
func (l *lists) forget(owner xmpp.JID) {
	l.change.Lock()
	defer l.change.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.m, owner)
}

// edit changes a list and returns it as it was and as it is.
func (l *lists) edit(ctx context.Context, owner xmpp.JID, f func([]xmpp.JID) []xmpp.JID) (before, after []xmpp.JID, err error) {
	l.change.Lock()
	defer l.change.Unlock()
	if before, err = l.load(ctx, owner); err != nil {
		return nil, nil, err
	}
	after = f(slices.Clone(before))
	b, err := json.Marshal(after)
	if err != nil {
		return nil, nil, err
	}
	if err := l.docs.PutDoc(ctx, owner, space, key, b); err != nil {
		return nil, nil, fmt.Errorf("write block list: %w", err)
	}
	l.keep(owner, after)
	return before, after, nil
}

// covers tells whether a list blocks an address: as a whole, by its bare address, by its domain with the resource, or by
// its domain (XEP-0191 § 2, in the order of XEP-0016 § 2.1's matching).
func covers(list []xmpp.JID, who xmpp.JID) bool {
	if len(list) == 0 {
		return false
	}
	domain := who.DomainJID()
	for _, b := range list {
		if b == who || b == who.Bare() || b == domain ||
			!b.IsBare() && b.Local() == "" && b.Domain() == who.Domain() && b.Resource() == who.Resource() {
			return true
		}
	}
	return false
}
