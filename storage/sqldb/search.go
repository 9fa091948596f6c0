package sqldb

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"strings"

	"myna/storage"
	"myna/xmpp"
)

// snapshot is one state of one archive: what the index finds, and behind it the tail.
type snapshot struct {
	*conn
	owner   xmpp.JID
	number  int64
	indexed int64     // the index is whole up to this id
	tail    []tailRow // greater ids
}

// archive runs f on a state of an archive; number is 0, and there are no rows, for an owner that never had one.
func (s *Store) archive(ctx context.Context, owner xmpp.JID, f func(context.Context, *snapshot) error) error {
	number, err := s.ownerOf(ctx, owner)
	if err != nil {
		return err
	}
	tail := s.tail.of(number) // before the database's state is fixed: what leaves the tail is indexed
	return s.view(ctx, func(ctx context.Context, c *conn) error {
		indexed, err := c.indexed(ctx)
		if err != nil {
			return err
		}
		first := sort.Search(len(tail), func(i int) bool { return tail[i].id > indexed })
		return f(ctx, &snapshot{c, owner.Bare(), number, indexed, tail[first:]})
	})
}

// ownerOf returns the number of an address, 0 where it has none.
func (s *Store) ownerOf(ctx context.Context, j xmpp.JID) (id int64, err error) {
	if id, ok := s.owners.get(j.Bare().String()); ok {
		return id, nil
	}
	err = s.view(ctx, func(ctx context.Context, c *conn) (err error) {
		if id, err = s.owner(ctx, c, j); errors.Is(err, storage.ErrNotFound) {
			err = nil
		}
		return err
	})
	return id, err
}

// class says by their flags which stanzas are meant: those with flags & mask = want.
type class struct {
	mask, want int64
	condition  string // the same in SQL, on the index
}

func visible() class {
	return class{int64(storage.Hidden), 0, `(i.flags & 4) = 0`}
}

func waiting() class {
	return class{int64(storage.Waiting | storage.Sent), int64(storage.Waiting), `(i.flags & 3) = 2`}
}

// search says which stanzas of an archive are meant. Bounds are exclusive.
type search struct {
	class
	lo, hi   int64
	peer     int64 // 0: all
	resource string
	kinds    []string // nil: all
	origin   string   // "": all
	none     bool     // nothing can match

	text  string // what the full text index is asked for; "": nothing
	match func(expression, after string) string
	found map[int64]bool // what it finds in the tail; nil: no text is wanted
}

func (f *search) matches(r *tailRow) bool {
	return r.id > f.lo && r.id < f.hi && r.flags&f.mask == f.want && (f.peer == 0 || r.peer == f.peer) &&
		(f.resource == "" || r.resource == f.resource) && (f.kinds == nil || slices.Contains(f.kinds, r.kind)) &&
		(f.origin == "" || r.origin == f.origin) && (f.found == nil || f.found[r.id])
}

// where is the condition for what the index finds, with its arguments.
func (v *snapshot) where(f *search) (condition string, args []any) {
	args = []any{v.number, f.lo, min(f.hi, v.indexed+1)}
	next := func(a any) string {
		args = append(args, a)
		return "$" + strconv.Itoa(len(args))
	}
	condition = ` WHERE i.owner = $1 AND i.id > $2 AND i.id < $3 AND ` + f.condition
	if f.peer != 0 {
		condition += ` AND i.peer = ` + next(f.peer)
	}
	if f.resource != "" {
		condition += ` AND a.resource = ` + next(f.resource)
	}
	if f.kinds != nil {
		places := make([]string, len(f.kinds))
		for i, k := range f.kinds {
			places[i] = next(k)
		}
		condition += ` AND a.kind IN (` + strings.Join(places, ", ") + `)`
	}
	if f.origin != "" {
		condition += ` AND a.origin = ` + next(f.origin)
	}
	if f.text != "" {
		condition += ` AND i.id IN (` + f.match(next(f.text), "$2") + `)`
	}
	return condition, args
}

// records returns the first records of a search, oldest first, or with back the last ones, newest first.
func (v *snapshot) records(ctx context.Context, f *search, most storage.Most, back bool) (h haul, err error) {
	h.Most = most
	if f.none || h.full() {
		return h, nil
	}
	if back {
		for i := len(v.tail) - 1; i >= 0 && !h.full(); i-- {
			if err = v.fetch(ctx, f, &v.tail[i], &h); err != nil {
				return h, err
			}
		}
	}
	if !h.full() && f.lo < v.indexed {
		condition, args := v.where(f)
		order := ` ORDER BY i.id`
		if back {
			order = ` ORDER BY i.id DESC`
		}
		args = append(args, h.Records-len(h.list))
		query := h.columns() + fromIndex + condition + order + ` LIMIT $` + strconv.Itoa(len(args))
		err = v.take(ctx, query, args, &h)
	}
	if !back {
		for i := 0; i < len(v.tail) && !h.full() && err == nil; i++ {
			err = v.fetch(ctx, f, &v.tail[i], &h)
		}
	}
	return h, err
}

// fetch takes the record of a row of the tail, if it matches. Since the tail was read it may have been removed.
func (v *snapshot) fetch(ctx context.Context, f *search, r *tailRow, h *haul) error {
	if !f.matches(r) {
		return nil
	}
	return v.record(ctx, r.id, h)
}

const (
	headColumns   = `SELECT a.id, p.domain, p.local, a.resource, a.kind, a.flags, a.origin, `
	recordColumns = headColumns + `a.stanza`
	fromIndex     = ` FROM archive_index i JOIN archive a ON a.id = i.id LEFT JOIN owner p ON p.id = a.peer`
	fromArchive   = ` FROM archive a LEFT JOIN owner p ON p.id = a.peer WHERE a.id = $1 AND a.owner = $2`
)

// haul is what has been read, until it is enough.
type haul struct {
	storage.Most
	list []storage.Record
	size int  // of their stanzas
	more bool // there is another one, which would be too many bytes
}

func (h *haul) full() bool { return h.more || len(h.list) >= h.Records }

func (h *haul) columns() string {
	if h.Heads {
		return headColumns + `NULL`
	}
	return recordColumns
}

// record takes the record with an id, if there is one.
func (v *snapshot) record(ctx context.Context, id int64, h *haul) error {
	return v.take(ctx, h.columns()+fromArchive, []any{id, v.number}, h)
}

// take reads the rows of a query, up to the one that would be too many bytes.
func (v *snapshot) take(ctx context.Context, query string, args []any, h *haul) error {
	err := v.each(ctx, query, args, func(row scan) error {
		r, err := scanRecord(row, v.owner)
		if err != nil {
			return err
		}
		if h.size += len(r.Stanza); h.Bytes > 0 && h.size > h.Bytes && len(h.list) > 0 {
			h.more = true
			return errFull
		}
		h.list = append(h.list, r)
		return nil
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return err
}

// newest leaves out of a search what is not among the newest records of the archive before its end.
func (v *snapshot) newest(ctx context.Context, f *search, n int) error {
	last := sort.Search(len(v.tail), func(i int) bool { return v.tail[i].id >= f.hi })
	if last >= n {
		f.lo = max(f.lo, v.tail[last-n].id-1)
		return nil
	}
	id := int64(0)
	err := v.one(ctx, `SELECT id FROM archive_index WHERE owner = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3`,
		[]any{v.number, min(f.hi, v.indexed+1), n - last - 1}, &id)
	if errors.Is(err, storage.ErrNotFound) { // there are not so many
		return nil
	}
	f.lo = max(f.lo, id-1)
	return err
}

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

// count returns how many records a search has.
func (v *snapshot) count(ctx context.Context, f *search) (n int, err error) {
	if f.none {
		return 0, nil
	}
	from := `archive_index i`
	if f.resource != "" || f.kinds != nil || f.origin != "" {
		from += ` JOIN archive a ON a.id = i.id`
	}
	condition, args := v.where(f)
	if err := v.one(ctx, `SELECT COUNT(*) FROM `+from+condition, args, &n); err != nil {
		return 0, err
	}
	for i := range v.tail {
		if f.matches(&v.tail[i]) {
			n++
		}
	}
	return n, nil
}

// archived checks that an id is in the archive; 0 always is.
func (v *snapshot) archived(ctx context.Context, id int64) error {
	if id == 0 {
		return nil
	}
	found, err := v.exists(ctx, `SELECT 1 FROM archive WHERE id = $1 AND owner = $2 AND (flags & 4) = 0`, id, v.number)
	if err == nil && !found {
		err = storage.ErrNotFound
	}
	return err
}
