package sqldb

import (
	"context"
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// Doc returns a document.
func (s *Store) Doc(ctx context.Context, owner xmpp.JID, space, key string) (data []byte, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if err != nil {
			return err
		}
		return c.one(ctx, `SELECT data FROM doc WHERE owner = $1 AND space = $2 AND key = $3`, []any{id, space, key}, &data)
	})
	if err == nil {
		data = full(data)
	}
	return data, wrap("document "+space, err)
}

// PutDoc writes a document.
func (s *Store) PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error {
	return s.PutDocs(ctx, owner, space, map[string][]byte{key: full(data)})
}

// DeleteDoc removes a document.
func (s *Store) DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error {
	return s.PutDocs(ctx, owner, space, map[string][]byte{key: nil})
}

// PutDocs writes and deletes several documents of one space in one transaction.
func (s *Store) PutDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error {
	return wrap("put document "+space, s.update(ctx, func(ctx context.Context, t *tx) error { return t.putDocs(ctx, owner, space, docs) }))
}

func (t *tx) putDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error {
	id, err := t.owner(ctx, owner)
	if err != nil {
		return err
	}
	for key, data := range docs {
		if data == nil {
			_, err = t.exec(ctx, `DELETE FROM doc WHERE owner = $1 AND space = $2 AND key = $3`, id, space, key)
		} else {
			_, err = t.exec(ctx, `INSERT INTO doc (owner, space, key, data) VALUES ($1, $2, $3, $4)
				ON CONFLICT (owner, space, key) DO UPDATE SET data = excluded.data`, id, space, key, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// DocKeys returns the keys of a space's documents.
func (s *Store) DocKeys(ctx context.Context, owner xmpp.JID, space string) (keys []string, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT key FROM doc WHERE owner = $1 AND space = $2 ORDER BY key`, []any{id, space}, func(row scan) error {
			var key string
			err := row(&key)
			keys = append(keys, key)
			return err
		})
	})
	return keys, wrap("documents "+space, err)
}

// ListDocs returns a space's documents by key.
func (s *Store) ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error) {
	docs := map[string][]byte{}
	err := s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT key, data FROM doc WHERE owner = $1 AND space = $2`, []any{id, space}, func(row scan) error {
			var key string
			var data []byte
			err := row(&key, &data)
			docs[key] = full(data)
			return err
		})
	})
	return docs, wrap("documents "+space, err)
}
