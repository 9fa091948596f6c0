package push

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

// space and key are where an account's registrations are kept among its documents.
const space, key = "push", "services"

// maxCached bounds how many accounts' registrations stay in memory.
const maxCached = 100_000

// Registration is a push service's node that notifications of an account are published to.
type Registration struct {
	Service xmpp.JID `json:"service"`
	Node    string   `json:"node,omitempty"`
	Options string   `json:"options,omitempty"` // the form of publish-options, as XML
}

func (r *Registration) is(service xmpp.JID, node string) bool {
	return r.Service == service && r.Node == node
}

// without takes out one node of a service, or all.
func without(list []Registration, service xmpp.JID, node string, one bool) []Registration {
	return slices.DeleteFunc(list, func(r Registration) bool {
		return r.Service == service && (!one || r.Node == node)
	})
}

// registrations reads an account's list from storage when it is first asked for.
type registrations struct {
	docs storage.Docs

	mu sync.RWMutex
	m  map[xmpp.JID][]Registration // nil lists too; replaced, never changed; guarded by mu

	change sync.Mutex // held from reading a list to writing it changed
}

// none tells whether an account is known, from memory, to have no registrations.
func (r *registrations) none(owner xmpp.JID) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list, known := r.m[owner]
	return known && len(list) == 0
}

func (r *registrations) of(ctx context.Context, owner xmpp.JID) ([]Registration, error) {
	r.mu.RLock()
	list, ok := r.m[owner]
	r.mu.RUnlock()
	if ok {
		return list, nil
	}
	r.change.Lock()
	defer r.change.Unlock()
	return r.load(ctx, owner)
}

// load reads a list; the caller holds change.
func (r *registrations) load(ctx context.Context, owner xmpp.JID) ([]Registration, error) {
	var list []Registration
	b, err := r.docs.Doc(ctx, owner, space, key)
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("read push registrations: %w", err)
	}
	r.keep(owner, list)
	return list, nil
}

func (r *registrations) keep(owner xmpp.JID, list []Registration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil || len(r.m) >= maxCached {
		r.m = map[xmpp.JID][]Registration{}
	}
	r.m[owner] = list
}

// forget drops what is in memory of an account.
func (r *registrations) forget(owner xmpp.JID) {
	r.change.Lock()
	defer r.change.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.m, owner)
}

func (r *registrations) edit(ctx context.Context, owner xmpp.JID, f func([]Registration) []Registration) error {
	r.change.Lock()
	defer r.change.Unlock()
	list, err := r.load(ctx, owner)
	if err != nil {
		return err
	}
	if list = f(slices.Clone(list)); len(list) == 0 {
		err = r.docs.DeleteDoc(ctx, owner, space, key)
	} else {
		var b []byte
		if b, err = json.Marshal(list); err != nil {
			return err
		}
		err = r.docs.PutDoc(ctx, owner, space, key, b)
	}
	if err != nil {
		return fmt.Errorf("write push registrations: %w", err)
	}
	r.keep(owner, list)
	return nil
}
