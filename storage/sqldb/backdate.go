package sqldb

import (
	"context"
	"errors"
	"slices"
	"sort"

	"myna/storage"
)

// errTry ends a transaction that shall leave nothing behind.
var errTry = errors.New("only tried")

// Backdate puts stanzas of archives that were kept elsewhere in their places.
func (s *Store) Backdate(ctx context.Context, list []storage.Dated, try bool) (known []bool, err error) {
	var last *run
	err = s.update(ctx, func(ctx context.Context, t *tx) error {
		b := backdating{tx: t, claimed: map[int64]bool{}, runs: map[runKey]*run{}}
		var err error
		if b.indexed, err = t.indexed(ctx); err != nil {
			return err
		}
		if !try {
			b.last = s.lastRun.Swap(nil)
		}
		known = make([]bool, len(list))
		for i := range list {
			if known[i], err = b.put(ctx, &list[i]); err != nil {
				return err
			}
		}
		if last = b.last; try {
			return errTry
		}
		return nil
	})
	if errors.Is(err, errTry) {
		err = nil
	} else if err == nil {
		s.lastRun.Store(last)
	}
	return known, wrap("backdate stanzas", err)
}

// backdating is one call of Backdate.
type backdating struct {
	*tx
	indexed int64          // the index is whole up to this id; behind it, the tail is asked
	claimed map[int64]bool // rows that stand for a stanza of the call: the same words may be said twice in one second
	runs    map[runKey]*run
	last    *run // the one that was asked last
}

// put finds the place of a stanza; known tells that it is there already.
func (b *backdating) put(ctx context.Context, d *storage.Dated) (known bool, err error) {
	row := Row{Resource: d.Peer.Resource(), Kind: d.Kind, Flags: int64(d.Flags), Origin: d.Origin, Stanza: full(d.Stanza)}
	if row.Owner, err = b.owner(ctx, d.Owner); err != nil {
		return false, err
	}
	if row.ID, known, err = b.place(ctx, row.Owner, max(d.At.UnixMicro(), 1), row.Stanza); err != nil {
		return false, err
	}
	if d.Flags&storage.Waiting != 0 {
		confirmed, err := b.confirmed(ctx, row.Owner)
		if err != nil {
			return false, err
		}
		if row.ID <= max(confirmed, b.store.confirm.at(d.Owner.Bare())) {
			if row.Flags &^= int64(storage.Waiting); d.Flags&storage.Hidden != 0 {
				return true, nil
			}
		}
	}
	b.claimed[row.ID] = true
	if known {
		return b.waits(ctx, &row)
	}
	if !d.Peer.IsZero() {
		if row.Peer, err = b.owner(ctx, d.Peer); err != nil {
			return false, err
		}
	}
	return false, b.insert(ctx, &row)
}

// insert writes a row with what finds it.
func (b *backdating) insert(ctx context.Context, row *Row) error {
	in := b.store.writer.inserter
	if err := in.Insert(ctx, []Row{*row}); err != nil {
		return err
	}
	if err := in.Index(ctx, []IndexRow{{row.Owner, row.ID, row.Peer, row.Flags}}); err != nil {
		return err
	}
	if row.ID > b.indexed {
		r := *row
		r.Stanza = nil
		b.dated = append(b.dated, r)
	}
	head, err := b.textHead(ctx, row.Owner)
	if err != nil || row.ID > head {
		return err
	}
	if w := words(row.Owner, textOf(row.Stanza)); w != "" {
		_, err = b.exec(ctx, b.store.engine.Texts.Insert, row.ID, w)
	}
	return err
}

// waits tells whether a row that is there waits, if it shall, and lets it wait where it does not.
func (b *backdating) waits(ctx context.Context, row *Row) (already bool, err error) {
	flag := row.Flags & int64(storage.Waiting)
	already, err = b.exists(ctx, `SELECT 1 FROM archive WHERE id = $1 AND owner = $2 AND (flags & $3) = $3`, row.ID, row.Owner, flag)
	if already || err != nil {
		return already, err
	}
	for _, query := range []string{
		`UPDATE archive SET flags = flags | $1 WHERE id = $2 AND owner = $3`,
		`UPDATE archive_index SET flags = flags | $1 WHERE id = $2 AND owner = $3`,
	} {
		if _, err := b.exec(ctx, query, flag, row.ID, row.Owner); err != nil {
			return false, err
		}
	}
	if row.ID > b.indexed {
		b.dated = append(b.dated, Row{ID: row.ID, Owner: row.Owner, Flags: flag, Peer: -1})
	}
	return false, nil
}

// backdate takes what was committed out of order. A row without a peer's number only says which flags are new.
func (l *tail) backdate(rows []Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := map[int64][]Row{}
	for i := range rows {
		of[rows[i].Owner] = append(of[rows[i].Owner], rows[i])
	}
	for owner, list := range of {
		merged := slices.Clone(l.owners[owner]) // readers have the old one
		for _, r := range list {
			i := sort.Search(len(merged), func(i int) bool { return merged[i].id >= r.ID })
			there := i < len(merged) && merged[i].id == r.ID
			switch {
			case r.Peer < 0 && there:
				merged[i].flags |= r.Flags
			case r.Peer >= 0 && !there:
				merged = slices.Insert(merged, i, tailRow{r.ID, r.Peer, r.Flags, r.Resource, r.Kind, r.Origin})
				l.count++
			}
		}
		l.owners[owner] = merged
	}
}
