package sqldb

import (
	"context"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// AppPasswords lists those of an account.
func (s *Store) AppPasswords(ctx context.Context, owner xmpp.JID) (list []storage.AppPassword, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		number, err := s.account(ctx, c, owner)
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT id, label, created, used FROM app_password WHERE owner = $1 ORDER BY created, id`,
			[]any{number}, func(row scan) error {
				var p storage.AppPassword
				var created, used int64
				err := row(&p.ID, &p.Label, &created, &used)
				p.Created, p.Used = fromMicros(created), fromMicros(used)
				list = append(list, p)
				return err
			})
	})
	return list, wrap("app passwords of "+owner.String(), err)
}

// AddAppPassword adds one with its verifiers.
func (s *Store) AddAppPassword(ctx context.Context, owner xmpp.JID, p storage.AppPassword, keys []storage.Credential) error {
	return wrap("add app password of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := s.account(ctx, t.conn, owner)
		if err != nil {
			return err
		}
		err = t.must(ctx, storage.ErrConflict, `INSERT INTO app_password (owner, id, label, created, used)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, id) DO NOTHING`, number, p.ID, p.Label, micros(p.Created), micros(p.Used))
		if err != nil {
			return err
		}
		for i := range keys {
			k := &keys[i]
			_, err := t.exec(ctx, `INSERT INTO app_password_key (owner, app, mech, salt, iter, stored_key, server_key)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				number, p.ID, k.Mechanism, full(k.Salt), k.Iterations, full(k.StoredKey), full(k.ServerKey))
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// UseAppPassword notes that somebody has signed in.
func (s *Store) UseAppPassword(ctx context.Context, owner xmpp.JID, id string, at time.Time) error {
	return wrap("use app password of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := s.account(ctx, t.conn, owner)
		if err != nil {
			return err
		}
		return t.must(ctx, storage.ErrNotFound, `UPDATE app_password SET used = $3 WHERE owner = $1 AND id = $2`, number, id, micros(at))
	}))
}

// RemoveAppPassword removes one, and the clients that have signed in with it.
func (s *Store) RemoveAppPassword(ctx context.Context, owner xmpp.JID, id string) error {
	return wrap("remove app password of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := s.account(ctx, t.conn, owner)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM client WHERE owner = $1 AND app = $2`, number, id); err != nil {
			return err
		}
		return t.must(ctx, storage.ErrNotFound, `DELETE FROM app_password WHERE owner = $1 AND id = $2`, number, id)
	}))
}

// Verifiers returns the account's own credentials and behind them those of its app passwords.
func (s *Store) Verifiers(ctx context.Context, j xmpp.JID) (list []storage.Credential, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		owner, err := s.account(ctx, c, j)
		if err != nil {
			return err
		}
		err = c.credentials(ctx, &list, `SELECT mech, salt, iter, stored_key, server_key, '' FROM credential
			WHERE owner = $1 ORDER BY mech`, owner)
		if err != nil {
			return err
		}
		return c.credentials(ctx, &list, `SELECT mech, salt, iter, stored_key, server_key, app FROM app_password_key
			WHERE owner = $1 ORDER BY app, mech`, owner)
	})
	return list, wrap("verifiers of "+j.String(), err)
}
