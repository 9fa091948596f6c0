package sqldb

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"myna/storage"
	"myna/xmpp"
)

const selectRecords = `SELECT a.id, p.domain, p.local, a.resource, a.kind, a.flags, a.origin, a.stanza
	FROM archive a LEFT JOIN owner p ON p.id = a.peer WHERE a.owner = $1 `

// visible leaves out what only Waiting finds.
const visible = `AND (a.flags & 4) = 0 `

// scanRecord reads a row of selectRecords.
func scanRecord(row scan, owner xmpp.JID) (r storage.Record, err error) {
	var domain, local *string
	var resource string
	r.Owner = owner
	if err := row(&r.ID, &domain, &local, &resource, &r.Kind, &r.Flags, &r.Origin, &r.Stanza); err != nil {
		return r, err
	}
	if domain != nil && local != nil {
		r.Peer, err = xmpp.NewJID(*local, *domain, resource)
	}
	return r, err
}

// records reads rows of one owner, with the rest of the condition.
func (c *conn) records(ctx context.Context, owner xmpp.JID, tail string, args ...any) (list []storage.Record, err error) {
	err = c.each(ctx, selectRecords+tail, args, func(row scan) error {
		r, err := scanRecord(row, owner)
		list = append(list, r)
		return err
	})
	return list, err
}

// search is a query whose addresses are numbers: ids between lo and hi, exclusive, that match a filter.
type search struct {
	owner, lo, hi int64
	filter        string // conditions for $4 and further
	args          []any  // of the filter
	none          bool   // nothing can match
}

func (f *search) arguments(more ...any) []any {
	return append(append([]any{f.owner, f.lo, f.hi}, f.args...), more...)
}

func (f *search) condition() string { return `AND a.id > $2 AND a.id < $3 ` + visible + f.filter }

// next is the placeholder behind the filter.
func (f *search) next() string { return "$" + strconv.Itoa(4+len(f.args)) }

func (f *search) add(condition string, args ...any) {
	for _, a := range args {
		condition = strings.Replace(condition, "?", f.next(), 1)
		f.args = append(f.args, a)
	}
	f.filter += condition
}

// newSearch translates the parts of a query that say which records there are (XEP-0313 § 4.1).
func (s *Store) newSearch(ctx context.Context, c *conn, q *storage.Query, owner int64) (*search, error) {
	f := &search{owner: owner, lo: q.AfterID, hi: math.MaxInt64}
	if !q.Start.IsZero() {
		f.lo = max(f.lo, q.Start.UnixMicro()-1)
	}
	if !q.End.IsZero() {
		f.hi = q.End.UnixMicro() + 1
	}
	if q.BeforeID != 0 {
		f.hi = min(f.hi, q.BeforeID)
	}
	if !q.With.IsZero() {
		peer, err := s.owner(ctx, c, q.With)
		if errors.Is(err, storage.ErrNotFound) {
			f.none = true
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		f.add(`AND a.peer = ? `, peer)
		if r := q.With.Resource(); r != "" { // XEP-0313 § 4.1.1: a full address is that one, a bare one all of it
			f.add(`AND a.resource = ? `, r)
		}
	}
	if q.Kinds != nil {
		kinds := slices.Compact(slices.Sorted(slices.Values(q.Kinds)))
		if f.none = len(kinds) == 0; f.none {
			return f, nil
		}
		args := make([]any, len(kinds))
		for i, k := range kinds {
			args[i] = k
		}
		f.add(`AND a.kind IN (?`+strings.Repeat(`, ?`, len(kinds)-1)+`) `, args...)
	}
	return f, nil
}

// Query returns a page in the order of arrival.
func (s *Store) Query(ctx context.Context, q storage.Query) (list []storage.Record, page storage.Page, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		owner, err := s.owner(ctx, c, q.Owner)
		if errors.Is(err, storage.ErrNotFound) {
			owner, err = 0, nil // an empty archive: the ids that are asked for are missing all the same
		}
		if err != nil {
			return err
		}
		// XEP-0313 §§ 4.1.3, 4.2: an id that is not in the archive is an error.
		for _, id := range []int64{q.AfterID, q.BeforeID, q.After, q.Before} {
			if err := c.archived(ctx, owner, id); err != nil {
				return err
			}
		}
		if q.IDs != nil {
			list, page, err = s.exactly(ctx, c, &q, owner)
			return err
		}
		f, err := s.newSearch(ctx, c, &q, owner)
		if err != nil {
			return err
		}
		list, page, err = c.page(ctx, &q, f)
		return err
	})
	if err != nil {
		return nil, storage.Page{Count: -1, First: -1}, wrap("query archive of "+q.Owner.String(), err)
	}
	return list, page, nil
}

// archived checks that an id is in the archive; 0 always is.
func (c *conn) archived(ctx context.Context, owner, id int64) error {
	if id == 0 {
		return nil
	}
	found, err := c.exists(ctx, `SELECT 1 FROM archive a WHERE a.id = $1 AND a.owner = $2 `+visible, id, owner)
	if err == nil && !found {
		err = storage.ErrNotFound
	}
	return err
}

// page reads one page of a search (XEP-0059 § 2).
func (c *conn) page(ctx context.Context, q *storage.Query, f *search) (list []storage.Record, p storage.Page, err error) {
	p = storage.Page{Count: -1, First: -1, Complete: true}
	within := *f // the result without regard to paging
	f.lo = max(f.lo, q.After)
	if q.Before != 0 {
		f.hi = min(f.hi, q.Before)
	}
	back := q.Last || q.Before != 0
	order := `ORDER BY a.id LIMIT `
	if back {
		order = `ORDER BY a.id DESC LIMIT `
	}
	if !f.none {
		// One more than the page tells whether there are more.
		list, err = c.records(ctx, q.Owner.Bare(), f.condition()+order+f.next(), f.arguments(max(q.Max, 0)+1)...)
		if err != nil {
			return nil, p, err
		}
	}
	if len(list) > max(q.Max, 0) {
		list, p.Complete = list[:max(q.Max, 0)], false
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
	if p.Count, err = c.count(ctx, &within); err != nil {
		return nil, p, err
	}
	if len(list) > 0 {
		within.hi = min(within.hi, list[0].ID)
		p.First, err = c.count(ctx, &within)
	}
	return list, p, err
}

func (c *conn) count(ctx context.Context, f *search) (n int, err error) {
	if f.none {
		return 0, nil
	}
	err = c.one(ctx, `SELECT COUNT(*) FROM archive a WHERE a.owner = $1 `+f.condition(), f.arguments(), &n)
	return n, err
}

// exactly returns the records of a list of ids, page by page (XEP-0313 § 4.1.3).
func (s *Store) exactly(ctx context.Context, c *conn, q *storage.Query, owner int64) (list []storage.Record, p storage.Page, err error) {
	ids := slices.Compact(slices.Sorted(slices.Values(q.IDs)))
	for _, id := range ids {
		if err := c.archived(ctx, owner, id); err != nil {
			return nil, p, err
		}
	}
	p = storage.Page{Count: -1, Complete: true}
	if q.Count {
		p.Count = len(ids)
	}
	from, to := 0, len(ids)
	if q.After != 0 {
		from, _ = slices.BinarySearch(ids, q.After+1)
	}
	if q.Before != 0 {
		to, _ = slices.BinarySearch(ids, q.Before)
	}
	if to = max(from, to); to-from > max(q.Max, 0) {
		p.Complete = false
		if q.Last || q.Before != 0 {
			from = to - max(q.Max, 0)
		} else {
			to = from + max(q.Max, 0)
		}
	}
	p.First = from
	for _, id := range ids[from:to] {
		one, err := c.records(ctx, q.Owner.Bare(), `AND a.id = $2`, owner, id)
		if err != nil {
			return nil, p, err
		}
		list = append(list, one...)
	}
	if len(list) == 0 {
		p.First = -1
	}
	return list, p, nil
}
