package sqldb

import "context"

// tx is the writer's transaction. What it notes beside the database counts for others once it has committed.
type tx struct {
	*conn
	store *Store
	fresh map[string]int64 // numbers that addresses got
	order []string         // the keys of fresh as they came
	gone  []removed
	dated []Row // rows that were put between others, for the tail
}

// removed are archived stanzas of an owner that a transaction removes.
type removed struct {
	owner int64
	ids   map[int64]bool
}

// mark is a point in the notes of a transaction.
type mark struct{ order, gone, dated int }

func (t *tx) mark() mark { return mark{len(t.order), len(t.gone), len(t.dated)} }

// forget drops what was noted after a point.
func (t *tx) forget(m mark) {
	for _, k := range t.order[m.order:] {
		delete(t.fresh, k)
	}
	t.order, t.gone, t.dated = t.order[:m.order], t.gone[:m.gone], t.dated[:m.dated]
}

// publish makes the notes known to readers, after the commit.
func (t *tx) publish() {
	for k, id := range t.fresh {
		t.store.owners.put(k, id)
	}
	for _, r := range t.gone {
		t.store.tail.remove(r.owner, func(id int64) bool { return r.ids[id] })
	}
	if len(t.dated) > 0 {
		t.store.tail.backdate(t.dated)
	}
	clear(t.fresh)
	clear(t.gone)
	clear(t.dated)
	t.order, t.gone, t.dated = t.order[:0], t.gone[:0], t.dated[:0]
}

// setCounter writes a row of table counter.
func (t *tx) setCounter(ctx context.Context, name string, value int64) error {
	_, err := t.exec(ctx, `INSERT INTO counter (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
