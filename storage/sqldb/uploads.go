package sqldb

import (
	"context"
	"errors"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// PutUpload writes a slot (XEP-0363), new or changed.
func (s *Store) PutUpload(ctx context.Context, u storage.Upload) error {
	return wrap("put upload", s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.owner(ctx, u.Owner)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO upload (id, owner, name, type, size, created, expires, stored)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,
			name = excluded.name, type = excluded.type, size = excluded.size, created = excluded.created,
			expires = excluded.expires, stored = excluded.stored`,
			u.ID, owner, u.Name, u.Type, u.Size, micros(u.Created), micros(u.Expires), flag(u.Stored))
		return err
	}))
}

const selectUploads = `SELECT u.id, o.domain, o.local, u.name, u.type, u.size, u.created, u.expires, u.stored
	FROM upload u JOIN owner o ON o.id = u.owner `

func (s *Store) uploads(ctx context.Context, query string, args ...any) (list []storage.Upload, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, selectUploads+query, args, func(row scan) error {
			var u storage.Upload
			var domain, local string
			var created, expires int64
			if err := row(&u.ID, &domain, &local, &u.Name, &u.Type, &u.Size, &created, &expires, &u.Stored); err != nil {
				return err
			}
			var err error
			u.Created, u.Expires = fromMicros(created), fromMicros(expires)
			u.Owner, err = xmpp.NewJID(local, domain, "")
			list = append(list, u)
			return err
		})
	})
	return list, err
}

// Upload returns one slot.
func (s *Store) Upload(ctx context.Context, id string) (storage.Upload, error) {
	list, err := s.uploads(ctx, `WHERE u.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return storage.Upload{}, wrap("upload", err)
	}
	return list[0], nil
}

// DeleteUpload removes a slot; removing what is not there is no error.
func (s *Store) DeleteUpload(ctx context.Context, id string) error {
	return wrap("delete upload", s.update(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM upload WHERE id = $1`, id)
		return err
	}))
}

// Uploads lists an owner's slots, newest first; zero lists all.
func (s *Store) Uploads(ctx context.Context, owner xmpp.JID, limit int) (list []storage.Upload, err error) {
	if owner.IsZero() {
		list, err = s.uploads(ctx, `ORDER BY u.created DESC, u.id LIMIT $1`, limit)
	} else {
		list, err = s.uploads(ctx, `WHERE o.domain = $1 AND o.local = $2 ORDER BY u.created DESC, u.id LIMIT $3`,
			owner.Domain(), owner.Local(), limit)
	}
	return list, wrap("uploads", err)
}

// UploadUsage returns the bytes of the owner's slots: all, and those asked for since t.
func (s *Store) UploadUsage(ctx context.Context, owner xmpp.JID, since time.Time) (total, recent int64, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return c.one(ctx, `SELECT COALESCE(SUM(size), 0), COALESCE(SUM(CASE WHEN created >= $1 THEN size ELSE 0 END), 0)
			FROM upload WHERE owner = $2`, []any{micros(since), id}, &total, &recent)
	})
	return total, recent, wrap("upload usage", err)
}

// ExpiredUploads lists slots whose time is over at t, or that were promised before unstored and never filled.
func (s *Store) ExpiredUploads(ctx context.Context, t, unstored time.Time, limit int) ([]storage.Upload, error) {
	list, err := s.uploads(ctx, `WHERE u.expires <> 0 AND u.expires <= $1 OR u.stored = 0 AND u.created < $2
		ORDER BY u.created LIMIT $3`, micros(t), micros(unstored), limit)
	return list, wrap("expired uploads", err)
}
