package sqldb

import (
	"context"
	"errors"
	"math"
	"slices"

	"myna/storage"
)

// newSearch translates the parts of a query that say which records there are (XEP-0313 § 4.1).
func (s *Store) newSearch(ctx context.Context, c *conn, q *storage.Query) (*search, error) {
	f := &search{class: visible(), lo: q.AfterID, hi: math.MaxInt64, origin: q.Origin}
	if !q.Start.IsZero() {
		f.lo = max(f.lo, q.Start.UnixMicro()-1)
	}
	if !q.End.IsZero() {
		f.hi = q.End.UnixMicro() + 1
	}
	if q.BeforeID != 0 {
		f.hi = min(f.hi, q.BeforeID)
	}
	if q.Kinds != nil {
		f.kinds = slices.Compact(slices.Sorted(slices.Values(q.Kinds)))
		f.none = len(f.kinds) == 0
	}
	if q.With.IsZero() {
		return f, nil
	}
	var err error
	f.resource = q.With.Resource() // a full address is that one, a bare one all of it
	f.peer, err = s.owner(ctx, c, q.With)
	if errors.Is(err, storage.ErrNotFound) {
		f.none, err = true, nil
	}
	return f, err
}

// Query returns a page in the order of arrival.
func (s *Store) Query(ctx context.Context, q storage.Query) (list []storage.Record, page storage.Page, err error) {
	if q.Text != "" && q.IDs == nil {
		if err = s.ready(ctx, q.Owner); err != nil {
			return nil, storage.Page{Count: -1, First: -1}, wrap("search archive of "+q.Owner.String(), err)
		}
	}
	err = s.archive(ctx, q.Owner, func(ctx context.Context, v *snapshot) error {
		// XEP-0313 §§ 4.1.3, 4.2: an id that is not in the archive is an error.
		for _, id := range []int64{q.AfterID, q.BeforeID, q.After, q.Before} {
			if err := v.archived(ctx, id); err != nil {
				return err
			}
		}
		if q.IDs != nil {
			list, page, err = v.exactly(ctx, &q)
			return err
		}
		f, err := s.newSearch(ctx, v.conn, &q)
		if err == nil && q.Newest > 0 {
			err = v.newest(ctx, f, q.Newest)
		}
		if err == nil && q.Text != "" {
			err = v.withText(ctx, &s.engine.Texts, f, s.find(v.number, q.Text))
		}
		if err != nil {
			return err
		}
		list, page, err = v.page(ctx, &q, f)
		page.Found = len(f.found)
		return err
	})
	if err != nil {
		return nil, storage.Page{Count: -1, First: -1}, wrap("query archive of "+q.Owner.String(), err)
	}
	return list, page, nil
}

// page reads one page of a search (XEP-0059 § 2).
func (v *snapshot) page(ctx context.Context, q *storage.Query, f *search) (list []storage.Record, p storage.Page, err error) {
	p = storage.Page{Count: -1, First: -1, Complete: true}
	within := *f // the result without regard to paging
	f.lo = max(f.lo, q.After)
	if q.Before != 0 {
		f.hi = min(f.hi, q.Before)
	}
	back, size := q.Last || q.Before != 0, max(q.Max, 0)
	// One more than the page tells whether there are more.
	h, err := v.records(ctx, f, storage.Most{Records: size + 1, Bytes: q.MaxBytes}, back)
	if err != nil {
		return nil, p, err
	}
	if list, p.Complete = h.list, !h.more; len(list) > size {
		list, p.Complete = list[:size], false
	}
	if back {
		slices.Reverse(list)
	}
	if !q.Count {
		if !back && q.After == 0 && len(list) > 0 {
			p.First = 0
		}
		return list, p, nil
	}
	if p.Count, err = v.count(ctx, &within); err != nil {
		return nil, p, err
	}
	if len(list) > 0 {
		within.hi = min(within.hi, list[0].ID)
		p.First, err = v.count(ctx, &within)
	}
	return list, p, err
}

// exactly returns the records of a list of ids, page by page (XEP-0313 § 4.1.3).
func (v *snapshot) exactly(ctx context.Context, q *storage.Query) (list []storage.Record, p storage.Page, err error) {
	ids := slices.Compact(slices.Sorted(slices.Values(q.IDs)))
	for _, id := range ids {
		if err := v.archived(ctx, id); err != nil {
			return nil, p, err
		}
	}
	p = storage.Page{Count: -1, Complete: true}
	if q.Count {
		p.Count = len(ids)
	}
	from, to, size, back := 0, len(ids), max(q.Max, 0), q.Last || q.Before != 0
	if q.After != 0 {
		from, _ = slices.BinarySearch(ids, q.After+1)
	}
	if q.Before != 0 {
		to, _ = slices.BinarySearch(ids, q.Before)
	}
	if to = max(from, to); to-from > size {
		p.Complete = false
		if back {
			from = to - size
		} else {
			to = from + size
		}
	}
	h := haul{Most: storage.Most{Records: size, Bytes: q.MaxBytes}}
	if ids = ids[from:to]; back {
		slices.Reverse(ids)
	}
	for n, id := range ids {
		if err := v.record(ctx, id, &h); err != nil {
			return nil, p, err
		}
		if h.more {
			if p.Complete = false; back {
				from = to - n
			}
			break
		}
	}
	if list = h.list; back {
		slices.Reverse(list)
	}
	if p.First = from; len(ids) == 0 {
		p.First = -1
	}
	return list, p, nil
}
