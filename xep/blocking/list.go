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
	m  map[xmpp.JID]*blocklist // nil lists too; guarded by mu

	change sync.Mutex // held from reading a list to writing it changed
}

func (l *lists) of(ctx context.Context, owner xmpp.JID) (*blocklist, error) {
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
func (l *lists) load(ctx context.Context, owner xmpp.JID) (*blocklist, error) {
	var all []xmpp.JID
	b, err := l.docs.Doc(ctx, owner, space, key)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("read block list: %w", err)
	}
	return l.keep(owner, all), nil
}

func (l *lists) keep(owner xmpp.JID, all []xmpp.JID) *blocklist {
	list := newList(all)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m == nil || len(l.m) >= maxCached {
		l.m = map[xmpp.JID]*blocklist{}
	}
	l.m[owner] = list
	return list
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
func (l *lists) edit(ctx context.Context, owner xmpp.JID, f func([]xmpp.JID) []xmpp.JID) (before, after *blocklist, err error) {
	l.change.Lock()
	defer l.change.Unlock()
	if before, err = l.load(ctx, owner); err != nil {
		return nil, nil, err
	}
	all := f(slices.Clone(before.addresses()))
	b, err := json.Marshal(all)
	if err != nil {
		return nil, nil, err
	}
	if err := l.docs.PutDoc(ctx, owner, space, key, b); err != nil {
		return nil, nil, fmt.Errorf("write block list: %w", err)
	}
	return before, l.keep(owner, all), nil
}

// blocklist is whom an account blocks. It never changes; nil is nobody.
type blocklist struct {
	all       []xmpp.JID // in the order in which they came
	set       map[xmpp.JID]struct{}
	resources bool // there are domains with a resource among them
}

func newList(all []xmpp.JID) *blocklist {
	if len(all) == 0 {
		return nil
	}
	l := &blocklist{all: all, set: setOf(all)}
	l.resources = slices.ContainsFunc(all, func(j xmpp.JID) bool { return j.Local() == "" && !j.IsBare() })
	return l
}

func setOf(all []xmpp.JID) map[xmpp.JID]struct{} {
	set := make(map[xmpp.JID]struct{}, len(all))
	for _, j := range all {
		set[j] = struct{}{}
	}
	return set
}

// addresses are those that are blocked. It may be called on nil.
func (l *blocklist) addresses() []xmpp.JID {
	if l == nil {
		return nil
	}
	return l.all
}

// covers tells whether a list blocks an address: as a whole, by its bare address, by its domain with the resource, or by
// its domain (XEP-0191 § 2, in the order of XEP-0016 § 2.1's matching). It takes the same time for all lists, and may be called
// on nil.
func (l *blocklist) covers(who xmpp.JID) bool {
	if l == nil {
		return false
	}
	domain := who.DomainJID()
	if l.has(who) || l.has(who.Bare()) || l.has(domain) {
		return true
	}
	if !l.resources || who.IsBare() {
		return false
	}
	at, err := domain.WithResource(who.Resource())
	return err == nil && l.has(at)
}

func (l *blocklist) has(j xmpp.JID) bool {
	_, ok := l.set[j]
	return ok
}
