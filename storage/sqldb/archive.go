package sqldb

import (
	"context"
	"errors"
	"math"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// chunk is how many archived stanzas one transaction removes: a message never waits long behind it.
const chunk = 500

// Bounds returns the first and last record without their stanzas (XEP-0313 § 5).
func (s *Store) Bounds(ctx context.Context, owner xmpp.JID) (first, last storage.Record, err error) {
	err = s.archive(ctx, owner, func(ctx context.Context, v *snapshot) error {
		f := &search{class: visible(), hi: math.MaxInt64}
		for i, to := range []*storage.Record{&first, &last} {
			h, err := v.records(ctx, f, storage.Most{Records: 1, Heads: true}, i == 1)
			if err != nil {
				return err
			}
			if len(h.list) == 0 {
				return storage.ErrNotFound
			}
			*to = h.list[0]
		}
		return nil
	})
	return first, last, wrap("bounds of archive "+owner.String(), err)
}

// Waiting returns what the owner received, is worth delivering and was not confirmed.
func (s *Store) Waiting(ctx context.Context, owner xmpp.JID, after int64, most storage.Most) (list []storage.Record, more bool, err error) {
	position := s.confirm.at(owner.Bare()) // before the database's state is fixed: what is not here any more is in it
	err = s.archive(ctx, owner, func(ctx context.Context, v *snapshot) error {
		confirmed, err := v.confirmed(ctx, v.number)
		if err != nil {
			return err
		}
		f := &search{class: waiting(), lo: max(after, position, confirmed), hi: math.MaxInt64}
		h, err := v.records(ctx, f, most, false)
		list, more = h.list, h.full()
		return err
	})
	return list, more, wrap("waiting stanzas of "+owner.String(), err)
}

// confirmed returns the position that is written for an owner.
func (c *conn) confirmed(ctx context.Context, owner int64) (id int64, err error) {
	err = c.one(ctx, `SELECT id FROM confirmed WHERE owner = $1`, []any{owner}, &id)
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return id, err
}

// Edit replaces an archived stanza's bytes (XEP-0424 § 5).
func (s *Store) Edit(ctx context.Context, owner xmpp.JID, id int64, stanza []byte) error {
	return wrap("edit archive of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := t.known(ctx, owner)
		if err != nil {
			return err
		}
		err = t.must(ctx, storage.ErrNotFound, `UPDATE archive SET stanza = $1 WHERE id = $2 AND owner = $3`,
			full(stanza), id, number)
		if err != nil {
			return err
		}
		return t.changeText(ctx, number, id, stanza)
	}))
}

// Trim removes the owner's records older than at, and hidden ones that nobody waits for any more.
func (s *Store) Trim(ctx context.Context, owner xmpp.JID, at time.Time) (removed int, err error) {
	number, err := s.ownerOf(ctx, owner)
	if err == nil && number != 0 {
		removed, err = s.trim(ctx, owner, number, at)
	}
	return removed, wrap("trim archive of "+owner.String(), err)
}

func (s *Store) trim(ctx context.Context, owner xmpp.JID, number int64, at time.Time) (removed int, err error) {
	removed, err = s.remove(ctx, number, `id < $2`, at.UnixMicro())
	if err != nil {
		return removed, err
	}
	confirmed := s.confirm.at(owner.Bare())
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		written, err := c.confirmed(ctx, number)
		confirmed = max(confirmed, written)
		return err
	})
	if err != nil {
		return removed, err
	}
	// The condition on flags is written like that of the index archive_hidden.
	n, err := s.remove(ctx, number, `flags & 4 <> 0 AND (id <= $2 OR (flags & 3) <> 2)`, confirmed)
	return removed + n, err
}

// remove deletes stanzas of an archive in small transactions, oldest first. The condition has one argument, $2.
func (s *Store) remove(ctx context.Context, owner int64, condition string, arg int64) (removed int, err error) {
	for indexed := int64(0); ; {
		n := 0
		err := s.update(ctx, func(ctx context.Context, t *tx) (err error) {
			if indexed, err = t.indexOwner(ctx, owner, indexed); err == nil {
				n, err = t.remove(ctx, owner, condition, arg)
			}
			return err
		})
		removed += n
		if err != nil || n < chunk {
			return removed, err
		}
		if err := ctx.Err(); err != nil {
			return removed, err
		}
	}
}

// remove deletes at most a chunk of what is in the index.
func (t *tx) remove(ctx context.Context, owner int64, condition string, arg int64) (int, error) {
	gone := removed{owner, map[int64]bool{}}
	err := t.each(ctx, `SELECT id FROM archive_index WHERE owner = $1 AND `+condition+` ORDER BY id LIMIT $3`,
		[]any{owner, arg, chunk}, func(row scan) error {
			var id int64
			err := row(&id)
			gone.ids[id] = true
			return err
		})
	if err != nil || len(gone.ids) == 0 {
		return 0, err
	}
	for id := range gone.ids {
		if _, err := t.exec(ctx, `DELETE FROM archive WHERE id = $1`, id); err != nil {
			return 0, err
		}
		if _, err := t.exec(ctx, `DELETE FROM archive_index WHERE owner = $1 AND id = $2`, owner, id); err != nil {
			return 0, err
		}
	}
	t.gone = append(t.gone, gone)
	if err := t.dropTexts(ctx, owner, gone.ids); err != nil {
		return 0, err
	}
	return len(gone.ids), t.keepLast(ctx)
}

// Erase removes the owner's whole archive.
func (s *Store) Erase(ctx context.Context, owner xmpp.JID) error {
	number, err := s.ownerOf(ctx, owner)
	if err == nil && number != 0 {
		err = s.erase(ctx, number)
	}
	return wrap("erase archive of "+owner.String(), err)
}

func (s *Store) erase(ctx context.Context, owner int64) error {
	if _, err := s.remove(ctx, owner, `id > $2`, 0); err != nil {
		return err
	}
	return s.update(ctx, func(ctx context.Context, t *tx) error { return t.removeArchive(ctx, owner) })
}

// removeArchive removes what is left of an archive, which is little.
func (t *tx) removeArchive(ctx context.Context, owner int64) error {
	_, err := t.indexOwner(ctx, owner, 0)
	if err != nil {
		return err
	}
	for n := chunk; n == chunk; {
		if n, err = t.remove(ctx, owner, `id > $2`, 0); err != nil {
			return err
		}
	}
	if _, err = t.exec(ctx, `DELETE FROM archive_text_head WHERE owner = $1`, owner); err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM confirmed WHERE owner = $1`, owner)
	return err
}

// Prefs returns the owner's archiving preferences (XEP-0441).
func (s *Store) Prefs(ctx context.Context, owner xmpp.JID) (p storage.ArchivePrefs, err error) {
	var always, never string
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if err != nil {
			return err
		}
		return c.one(ctx, `SELECT preset, always, never FROM archive_pref WHERE owner = $1`, []any{id},
			&p.Default, &always, &never)
	})
	if err == nil {
		p.Always, p.Never, err = decodeLists(always, never)
	}
	return p, wrap("archive preferences of "+owner.String(), err)
}

func decodeLists(always, never string) (a, n []xmpp.JID, err error) {
	var texts [2][]string
	if err := errors.Join(decode(always, &texts[0]), decode(never, &texts[1])); err != nil {
		return nil, nil, err
	}
	if a, err = addresses(texts[0]); err == nil {
		n, err = addresses(texts[1])
	}
	return a, n, err
}

// SetPrefs replaces the owner's archiving preferences.
func (s *Store) SetPrefs(ctx context.Context, owner xmpp.JID, p storage.ArchivePrefs) error {
	return wrap("set archive preferences of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.owner(ctx, owner)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO archive_pref (owner, preset, always, never) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner) DO UPDATE SET preset = excluded.preset, always = excluded.always, never = excluded.never`,
			id, p.Default, encode(texts(p.Always)), encode(texts(p.Never)))
		return err
	}))
}
