package sqldb

import (
	"context"
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// counterArchive is the row of table counter with the greatest id of an archived stanza. It is written when rows are
// removed; otherwise the archive itself knows.
const counterArchive = "archive"

func lastArchived(ctx context.Context, c *conn) (int64, error) {
	var last, kept int64
	if err := c.one(ctx, `SELECT COALESCE(MAX(id), 0) FROM archive`, nil, &last); err != nil {
		return 0, err
	}
	err := c.one(ctx, `SELECT value FROM counter WHERE name = $1`, []any{counterArchive}, &kept)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return 0, err
	}
	return max(last, kept), nil
}

// keepLast makes sure that no id is used again after its row is gone.
func (t *tx) keepLast(ctx context.Context) error {
	return t.setCounter(ctx, counterArchive, t.store.writer.last)
}

// AppendAsync queues entries, which are committed together, and calls done when they are durable or have failed.
func (s *Store) AppendAsync(entries []storage.Entry, done func(ids []int64, err error)) error {
	r := request{entries: entries, done: done}
	for i := range entries {
		if entries[i].Owner.IsZero() {
			return errors.New("append: entry without owner")
		}
		r.bytes += len(entries[i].Stanza) + entryCost
	}
	return s.writer.put(r)
}

// Append is AppendAsync and waiting for it.
func (s *Store) Append(ctx context.Context, entries ...storage.Entry) ([]int64, error) {
	type result struct {
		ids []int64
		err error
	}
	c := make(chan result, 1)
	err := s.AppendAsync(entries, func(ids []int64, err error) {
		c <- result{append([]int64(nil), ids...), err}
	})
	if err != nil {
		return nil, err
	}
	select {
	case r := <-c:
		return r.ids, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Confirm notes that the owner's clients have what was received up to and including id.
func (s *Store) Confirm(owner xmpp.JID, id int64) { s.confirm.add(owner.Bare(), id) }

// number gives ids to the entries of a batch. Ids are greater than all before, in all archives: so the rows of a
// commit lie beside each other.
func (w *writer) number(batch []request) []outcome {
	rows, appends := 0, 0
	for i := range batch {
		rows += len(batch[i].entries)
		if batch[i].write == nil {
			appends++
		}
	}
	ids := make([]int64, rows)
	list := make([]outcome, 0, appends)
	if rows > 0 || appends < len(batch) { // barriers need no time
		w.last = max(w.last, w.store.now().UnixMicro()-1)
	}
	w.floor = w.last
	if cap(w.rows) < rows {
		w.rows = make([]Row, 0, rows)
	}
	for i := range batch {
		if batch[i].write != nil {
			continue
		}
		entries := batch[i].entries
		for k := range entries {
			e := &entries[k]
			w.last++
			ids[k] = w.last
			w.rows = append(w.rows, Row{
				ID: w.last, Resource: e.Peer.Resource(), Kind: e.Kind, Flags: int64(e.Flags), Origin: e.Origin,
				Stanza: full(e.Stanza),
			})
		}
		list = append(list, outcome{done: batch[i].done, ids: ids[:len(entries):len(entries)]})
		ids = ids[len(entries):]
	}
	return list
}

// insert writes the numbered rows of some requests.
func (w *writer) insert(ctx context.Context, batch []request, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	n := 0
	for i := range batch {
		for k := range batch[i].entries {
			e := &batch[i].entries[k]
			var err error
			if rows[n].Owner, err = w.tx.owner(ctx, e.Owner); err != nil {
				return err
			}
			if !e.Peer.IsZero() {
				if rows[n].Peer, err = w.tx.owner(ctx, e.Peer); err != nil {
					return err
				}
			}
			n++
		}
	}
	return w.inserter.Insert(ctx, rows)
}
