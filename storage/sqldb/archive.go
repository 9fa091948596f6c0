package sqldb

import (
	"context"
	"errors"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// chunk is how many archived stanzas one transaction removes: a message never waits long behind it.
const chunk = 500

// Bounds returns the first and last record without their stanzas (XEP-0313 § 5).
func (s *Store) Bounds(ctx context.Context, owner xmpp.JID) (first, last storage.Record, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if err != nil {
			return err
		}
		for _, end := range []struct {
			order string
			to    *storage.Record
		}{{`ORDER BY a.id LIMIT 1`, &first}, {`ORDER BY a.id DESC LIMIT 1`, &last}} {
			list, err := c.records(ctx, owner.Bare(), visible+end.order, id)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return storage.ErrNotFound
			}
			*end.to = list[0]
			end.to.Stanza = nil
		}
		return nil
	})
	return first, last, wrap("bounds of archive "+owner.String(), err)
}

// Waiting returns what the owner received, is worth delivering and was not confirmed.
func (s *Store) Waiting(ctx context.Context, owner xmpp.JID, after int64, max int) (list []storage.Record, err error) {
	position := s.confirm.at(owner.Bare()) // before the snapshot: what is not here any more is in it
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		var confirmed int64
		err = c.one(ctx, `SELECT id FROM confirmed WHERE owner = $1`, []any{id}, &confirmed)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		for _, p := range []int64{position, confirmed} {
			if p > after {
				after = p
			}
		}
		list, err = c.records(ctx, owner.Bare(), `AND a.id > $2 AND (a.flags & 3) = 2 ORDER BY a.id LIMIT $3`, id, after, max)
		return err
	})
	return list, wrap("waiting stanzas of "+owner.String(), err)
}

// Edit replaces an archived stanza's bytes (XEP-0424 § 5).
func (s *Store) Edit(ctx context.Context, owner xmpp.JID, id int64, stanza []byte) error {
	return wrap("edit archive of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := t.known(ctx, owner)
		if err != nil {
			return err
		}
		return t.must(ctx, storage.ErrNotFound, `UPDATE archive SET stanza = $1 WHERE id = $2 AND owner = $3`,
			full(stanza), id, number)
	}))
}

// Trim removes the owner's records older than at, and hidden ones that nobody waits for any more.
func (s *Store) Trim(ctx context.Context, owner xmpp.JID, at time.Time) (removed int, err error) {
	number, err := s.ownerOf(ctx, owner)
	if err != nil || number == 0 {
		return 0, wrap("trim archive of "+owner.String(), err)
	}
	old, err := s.remove(ctx, `owner = $1 AND id < $2`, number, at.UnixMicro())
	if err != nil {
		return old, wrap("trim archive of "+owner.String(), err)
	}
	// The condition on flags is written like that of the index archive_hidden.
	hidden, err := s.remove(ctx, `owner = $1 AND flags & 4 <> 0 AND ((flags & 3) <> 2
		OR id <= COALESCE((SELECT c.id FROM confirmed c WHERE c.owner = $1), 0) OR id <= $2)`,
		number, s.confirm.at(owner.Bare()))
	return old + hidden, wrap("trim archive of "+owner.String(), err)
}

// ownerOf returns the number of an address, 0 where it has none.
func (s *Store) ownerOf(ctx context.Context, j xmpp.JID) (id int64, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) (err error) {
		if id, err = s.owner(ctx, c, j); errors.Is(err, storage.ErrNotFound) {
			err = nil
		}
		return err
	})
	return id, err
}

// remove deletes archived stanzas in small transactions, oldest first.
func (s *Store) remove(ctx context.Context, condition string, args ...any) (removed int, err error) {
	for {
		var n int64
		err := s.update(ctx, func(ctx context.Context, t *tx) (err error) {
			if err := t.keepLast(ctx); err != nil {
				return err
			}
			n, err = t.exec(ctx, `DELETE FROM archive WHERE id IN
				(SELECT id FROM archive WHERE `+condition+` ORDER BY id LIMIT $3)`, append(args[:2:2], chunk)...)
			return err
		})
		removed += int(n)
		if err != nil || n < chunk {
			return removed, err
		}
	}
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
	if _, err := s.remove(ctx, `owner = $1 AND id > $2`, owner, 0); err != nil {
		return err
	}
	return s.update(ctx, func(ctx context.Context, t *tx) error { return t.removeArchive(ctx, owner) })
}

// removeArchive removes what is left of an archive, which is little.
func (t *tx) removeArchive(ctx context.Context, owner int64) error {
	if err := t.keepLast(ctx); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM archive WHERE owner = $1`, owner); err != nil {
		return err
	}
	_, err := t.exec(ctx, `DELETE FROM confirmed WHERE owner = $1`, owner)
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
