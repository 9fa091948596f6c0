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

// records returns the first n records of a search, oldest first, or with back the last n, newest first.
func (v *snapshot) records(ctx context.Context, f *search, n int, back bool) (list []storage.Record, err error) {
	if f.none || n <= 0 {
		return nil, nil
	}
	if back {
		for i := len(v.tail) - 1; i >= 0 && len(list) < n; i-- {
			if list, err = v.fetch(ctx, f, &v.tail[i], list); err != nil {
				return nil, err
			}
		}
	}
	if n > len(list) && f.lo < v.indexed {
		condition, args := v.where(f)
		order := ` ORDER BY i.id`
		if back {
			order = ` ORDER BY i.id DESC`
		}
		args = append(args, n-len(list))
		err = v.each(ctx, selectRecords+condition+order+` LIMIT $`+strconv.Itoa(len(args)), args, func(row scan) error {
			r, err := scanRecord(row, v.owner)
			list = append(list, r)
			return err
		})
	}
	if !back {
		for i := 0; i < len(v.tail) && len(list) < n && err == nil; i++ {
			list, err = v.fetch(ctx, f, &v.tail[i], list)
		}
	}
	return list, err
}

// fetch appends the record of a row of the tail, if it matches. Since the tail was read it may have been removed.
func (v *snapshot) fetch(ctx context.Context, f *search, r *tailRow, list []storage.Record) ([]storage.Record, error) {
	if !f.matches(r) {
		return list, nil
	}
	return v.record(ctx, r.id, list)
}

const (
	recordColumns = `SELECT a.id, p.domain, p.local, a.resource, a.kind, a.flags, a.origin, a.stanza `
	selectRecords = recordColumns + `FROM archive_index i JOIN archive a ON a.id = i.id LEFT JOIN owner p ON p.id = a.peer`
	selectRecord  = recordColumns + `FROM archive a LEFT JOIN owner p ON p.id = a.peer WHERE a.id = $1 AND a.owner = $2`
)

// record appends the record with an id, if there is one.
func (v *snapshot) record(ctx context.Context, id int64, list []storage.Record) ([]storage.Record, error) {
	err := v.each(ctx, selectRecord, []any{id, v.number}, func(row scan) error {
		r, err := scanRecord(row, v.owner)
		list = append(list, r)
		return err
	})
	return list, err
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
