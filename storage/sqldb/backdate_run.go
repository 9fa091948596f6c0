package sqldb

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// run is what is in the archive from a time on without a gap. Files tell times in seconds or worse, so that a great many stanzas may
// have one: what was read for one of them need not be read for the next.
type run struct {
	runKey
	next int64               // the first id that was not read; behind it, nothing was
	step int64               // 1, or -1 where the way up was taken
	rows map[meaning][]int64 // of the owner, in their order
	used map[meaning]int     // how many of these cannot stand for a stanza of this call any more
}

type runKey struct{ owner, at int64 }

// meaning is a hash of what a stanza says, however it is written.
type meaning [sha256.Size]byte

// window is how many rows are read at once.
const window = 32

// run returns what is known of the rows from a time on. The one that was asked last in the call before is still known: what it says of
// places that are taken is no worse when some of them are free by now, and what it says of stanzas is looked at again.
func (b *backdating) run(owner, at int64) *run {
	k := runKey{owner, at}
	r := b.runs[k]
	if r == nil && b.last != nil && b.last.runKey == k {
		r = b.last
		r.used = map[meaning]int{}
	}
	if r == nil {
		r = &run{runKey: k, next: min(at, b.store.writer.floor), step: 1, rows: map[meaning][]int64{}, used: map[meaning]int{}}
	}
	b.runs[k], b.last = r, r
	return r
}

// place returns the first id from at on that is free, or belongs to the same stanza. It is not behind what the log has given
// ids to: those of this transaction are not written yet.
func (b *backdating) place(ctx context.Context, owner, at int64, stanza []byte) (id int64, known bool, err error) {
	r := b.run(owner, at)
	var m meaning
	for {
		if len(r.rows) > 0 {
			if m == (meaning{}) {
				m = meaningOf(stanza)
			}
			if id, err := b.standsFor(ctx, r, m); err != nil || id != 0 {
				return id, true, err
			}
		}
		if free, err := b.walk(ctx, r); err != nil || free {
			return r.next, false, err
		}
	}
}

// standsFor returns a row of a run that says the same and does not stand for another stanza; 0: none.
func (b *backdating) standsFor(ctx context.Context, r *run, m meaning) (id int64, err error) {
	for list := r.rows[m]; r.used[m] < len(list); r.used[m]++ {
		id := list[r.used[m]]
		if b.claimed[id] {
			continue
		}
		var have []byte
		err := b.one(ctx, `SELECT stanza FROM archive WHERE id = $1 AND owner = $2`, []any{id, r.owner}, &have)
		if err == nil && meaningOf(have) == m {
			return id, nil
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return 0, err
		}
	}
	return 0, nil
}

// walk reads on in a run. free tells that there is no row at its end.
func (b *backdating) walk(ctx context.Context, r *run) (free bool, err error) {
	if floor := b.store.writer.floor; r.step > 0 && r.next > floor {
		r.step, r.next = -1, min(r.at, floor)-1
	}
	from, to, begin := r.next, r.next, r.next
	query := `SELECT id, owner, stanza FROM archive WHERE id >= $1 AND id <= $2 ORDER BY id`
	switch {
	case r.step < 0:
		from = r.next - window + 1
		query += ` DESC`
	case len(r.rows) > 0: // most times have one stanza
		to = min(r.next+window-1, b.store.writer.floor)
	}
	err = b.each(ctx, query, []any{from, to}, func(row scan) error {
		var id, owner int64
		var stanza []byte
		if err := row(&id, &owner, &stanza); err != nil || id != r.next {
			return err
		}
		if owner == r.owner {
			m := meaningOf(stanza)
			r.rows[m] = append(r.rows[m], id)
		}
		r.next += r.step
		return nil
	})
	return r.next == begin, err
}

// meaningOf reads a stanza: attributes may be in any order.
func meaningOf(stanza []byte) meaning {
	if e, err := xmpp.ParseElement(stanza, ns.Client); err == nil {
		sortAttributes(e)
		stanza = e.Append(nil, "")
	}
	return sha256.Sum256(stanza)
}

func sortAttributes(e *xmpp.Element) {
	slices.SortFunc(e.Attrs, func(a, b xmpp.Attr) int {
		return cmp.Or(cmp.Compare(a.Space, b.Space), cmp.Compare(a.Local, b.Local))
	})
	for c := range e.Elements() {
		sortAttributes(c)
	}
}
