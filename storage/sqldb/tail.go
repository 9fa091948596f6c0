package sqldb

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"myna/storage"
)

// An index that finds an owner's stanzas costs more than the stanzas: each row goes to another page, and every page is
// written whole. So rows are indexed later, many together and in the order of owners; until then the tail finds them.
// tailRows is how many rows wait before they are indexed, by default; indexRows is how many one transaction indexes.
const (
	tailRows  = 32768
	indexRows = 2048
)

// counterIndexed is the row of table counter with the id up to which all archived stanzas are in archive_index. There
// may be rows with greater ids; they do not count.
const counterIndexed = "archive_indexed"

// IndexRow is what archive_index holds of an archived stanza.
type IndexRow struct{ Owner, ID, Peer, Flags int64 }

// tailRow is an archived stanza as filters see it.
type tailRow struct {
	id, peer, flags int64
	resource, kind  string
	origin          string
}

// tail holds the archived stanzas that are committed but perhaps not indexed. The writer changes it, readers read it.
type tail struct {
	mu     sync.RWMutex
	owners map[int64][]tailRow // guarded by mu; ids grow. Readers have copies of the slices: nothing in them is changed
	count  int                 // guarded by mu
	limit  int                 // of count, before rows are indexed

	// What is being indexed is the writer's own.
	todo []int64 // owners whose rows up to upTo are not indexed yet
	from int64   // rows of todo[0] up to this one are indexed
	upTo int64
}

// load reads the rows that were not indexed when the store was closed.
func (l *tail) load(ctx context.Context, c *conn) error {
	l.owners = map[int64][]tailRow{}
	indexed, err := c.indexed(ctx)
	if err != nil {
		return err
	}
	return c.each(ctx, `SELECT owner, id, peer, flags, resource, kind, origin FROM archive WHERE id > $1 ORDER BY id`, []any{indexed},
		func(row scan) error {
			var owner int64
			var r tailRow
			err := row(&owner, &r.id, &r.peer, &r.flags, &r.resource, &r.kind, &r.origin)
			l.owners[owner] = append(l.owners[owner], r)
			l.count++
			return err
		})
}

// indexed returns the id up to which archive_index is whole.
func (c *conn) indexed(ctx context.Context) (id int64, err error) {
	err = c.one(ctx, `SELECT value FROM counter WHERE name = $1`, []any{counterIndexed}, &id)
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return id, err
}

// of returns an owner's rows. Who reads the database too calls it first: what is not here any more is indexed there.
func (l *tail) of(owner int64) []tailRow {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.owners[owner]
}

// add takes what was committed.
func (l *tail) add(rows []Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range rows {
		r := &rows[i]
		l.owners[r.Owner] = append(l.owners[r.Owner], tailRow{r.ID, r.Peer, r.Flags, r.Resource, r.Kind, r.Origin})
	}
	l.count += len(rows)
}

// remove drops rows of an owner: those that gone names.
func (l *tail) remove(owner int64, gone func(id int64) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.removeLocked(owner, gone)
}

func (l *tail) removeLocked(owner int64, gone func(id int64) bool) {
	old := l.owners[owner]
	var left []tailRow // a new slice: readers have the old one
	for _, r := range old {
		if !gone(r.id) {
			left = append(left, r)
		}
	}
	l.count -= len(old) - len(left)
	if l.owners[owner] = left; len(left) == 0 {
		delete(l.owners, owner)
	}
}

// begin starts to index all there is, once it is enough.
func (l *tail) begin() {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.count < l.limit {
		return
	}
	l.todo, l.from, l.upTo = slices.Sorted(maps.Keys(l.owners)), 0, 0
	for _, rows := range l.owners {
		l.upTo = max(l.upTo, rows[len(rows)-1].id)
	}
}

// next appends the next rows to be indexed, in the order of the index, and steps over them.
func (l *tail) next(out []IndexRow) []IndexRow {
	for len(l.todo) > 0 {
		owner := l.todo[0]
		for _, r := range l.of(owner) {
			if r.id <= l.from || r.id > l.upTo {
				continue
			}
			if len(out) == min(indexRows, l.limit) {
				return out
			}
			out = append(out, IndexRow{owner, r.id, r.peer, r.flags})
			l.from = r.id
		}
		l.todo, l.from = l.todo[1:], 0
	}
	return out
}

// end drops what is indexed.
func (l *tail) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for owner, rows := range l.owners {
		if rows[0].id <= l.upTo {
			l.removeLocked(owner, func(id int64) bool { return id <= l.upTo })
		}
	}
}

// index writes a part of the index, if one is due, and tells whether it did. After a failure it begins again.
func (w *writer) index(ctx context.Context) bool {
	l := &w.store.tail
	if len(l.todo) == 0 {
		if l.begin(); len(l.todo) == 0 {
			return false
		}
	}
	w.indexed = l.next(w.indexed[:0])
	last := len(l.todo) == 0
	err := w.inTransaction(ctx, func() error {
		if err := w.inserter.Index(ctx, w.indexed); err != nil || !last {
			return err
		}
		return w.tx.setCounter(ctx, counterIndexed, l.upTo)
	})
	switch {
	case err != nil:
		err = w.named(err)
		w.complain(err, "indexing the archive failed", "err", err)
		l.todo = nil
		return false
	case last:
		l.end()
	}
	return true
}

// indexOwner makes archive_index whole for one owner, inside a change. It returns the id up to which it is; whoever
// knows it from before passes it as from.
func (t *tx) indexOwner(ctx context.Context, owner, from int64) (int64, error) {
	var rows []IndexRow
	for _, r := range t.store.tail.of(owner) {
		if r.id > from {
			rows = append(rows, IndexRow{owner, r.id, r.peer, r.flags})
			from = r.id
		}
	}
	return from, t.store.writer.inserter.Index(ctx, rows)
}
