package sqldb

import (
	"context"
	"errors"
	"sync"

	"myna/storage"
	"myna/xmpp"
)

// ownerCache keeps the numbers of bare addresses in two generations: what was not asked for during one is forgotten.
// It holds committed numbers only.
type ownerCache struct {
	mu         sync.RWMutex
	young, old map[string]int64
	limit      int // of each generation
}

func (o *ownerCache) get(bare string) (int64, bool) {
	o.mu.RLock()
	id, ok := o.young[bare]
	if ok {
		o.mu.RUnlock()
		return id, true
	}
	id, ok = o.old[bare]
	o.mu.RUnlock()
	if ok {
		o.put(bare, id)
	}
	return id, ok
}

func (o *ownerCache) put(bare string, id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.young == nil || len(o.young) >= o.limit {
		o.old, o.young = o.young, make(map[string]int64, 64)
	}
	o.young[bare] = id
}

const selectOwner = `SELECT id FROM owner WHERE domain = $1 AND local = $2`

// owner returns the number of a bare address, storage.ErrNotFound where it never had one.
func (s *Store) owner(ctx context.Context, c *conn, j xmpp.JID) (int64, error) {
	j = j.Bare()
	if id, ok := s.owners.get(j.String()); ok {
		return id, nil
	}
	var id int64
	if err := c.one(ctx, selectOwner, []any{j.Domain(), j.Local()}, &id); err != nil {
		return 0, err
	}
	s.owners.put(j.String(), id)
	return id, nil
}

// owner returns the number of a bare address and gives it one where it has none.
func (t *tx) owner(ctx context.Context, j xmpp.JID) (int64, error) {
	j = j.Bare()
	if j.IsZero() {
		return 0, errors.New("no address")
	}
	if id, ok := t.store.owners.get(j.String()); ok {
		return id, nil
	}
	if id, ok := t.fresh[j.String()]; ok {
		return id, nil
	}
	var id int64
	err := t.one(ctx, selectOwner, []any{j.Domain(), j.Local()}, &id)
	if errors.Is(err, storage.ErrNotFound) {
		err = t.one(ctx, `INSERT INTO owner (domain, local) VALUES ($1, $2) RETURNING id`, []any{j.Domain(), j.Local()}, &id)
	}
	if err != nil {
		return 0, err
	}
	t.fresh[j.String()] = id
	t.order = append(t.order, j.String())
	return id, nil
}

// known returns the number of a bare address, storage.ErrNotFound where it has none.
func (t *tx) known(ctx context.Context, j xmpp.JID) (int64, error) {
	if id, ok := t.fresh[j.Bare().String()]; ok {
		return id, nil
	}
	if id, ok := t.store.owners.get(j.Bare().String()); ok {
		return id, nil
	}
	var id int64
	err := t.one(ctx, selectOwner, []any{j.Domain(), j.Local()}, &id)
	return id, err
}
