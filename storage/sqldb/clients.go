package sqldb

import (
	"context"
	"errors"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Clients lists an account's clients.
func (s *Store) Clients(ctx context.Context, owner xmpp.JID) (list []storage.Client, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		number, err := s.account(ctx, c, owner)
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT id, software, device, first, seen, app, COALESCE((SELECT max(t.expires) FROM client_token t
			WHERE t.owner = c.owner AND t.client = c.id), 0) FROM client c WHERE owner = $1 ORDER BY seen DESC, id`,
			[]any{number}, func(row scan) error {
				var until int64
				k, err := scanClient(func(to ...any) error { return row(append(to, &until)...) })
				k.Until = fromMicros(until)
				list = append(list, k)
				return err
			})
	})
	return list, wrap("clients of "+owner.String(), err)
}

func scanClient(row scan) (k storage.Client, err error) {
	var first, seen int64
	err = row(&k.ID, &k.Software, &k.Device, &first, &seen, &k.App)
	k.First, k.Seen = fromMicros(first), fromMicros(seen)
	return k, err
}

// Tokens returns a client and what it holds.
func (s *Store) Tokens(ctx context.Context, owner xmpp.JID, client string) (k storage.Client, list []storage.Token, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		number, err := s.account(ctx, c, owner)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		err = c.each(ctx, `SELECT id, software, device, first, seen, app FROM client WHERE owner = $1 AND id = $2`,
			[]any{number, client}, func(row scan) (err error) { k, err = scanClient(row); return err })
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT mech, seed, fresh, expires, count FROM client_token WHERE owner = $1 AND client = $2
			ORDER BY fresh DESC`, []any{number, client}, func(row scan) error {
			var t storage.Token
			var expires int64
			err := row(&t.Mechanism, &t.Seed, &t.Fresh, &expires, &t.Count)
			t.Expires = fromMicros(expires)
			list = append(list, t)
			return err
		})
	})
	return k, list, wrap("tokens of "+owner.String(), err)
}

// PutToken gives a client a fresh token.
func (s *Store) PutToken(ctx context.Context, owner xmpp.JID, k storage.Client, token storage.Token, most int) error {
	return wrap("put token of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := t.putClient(ctx, owner, k, most)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO client_token (owner, client, fresh, mech, seed, expires, count)
			VALUES ($1, $2, 1, $3, $4, $5, $6) ON CONFLICT (owner, client, fresh) DO UPDATE SET mech = excluded.mech,
			seed = excluded.seed, expires = excluded.expires, count = excluded.count`,
			number, k.ID, token.Mechanism, full(token.Seed), micros(token.Expires), token.Count)
		return err
	}))
}

// PutClient notes that a client has signed in.
func (s *Store) PutClient(ctx context.Context, owner xmpp.JID, k storage.Client, most int) error {
	return wrap("put client of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.putClient(ctx, owner, k, most)
		return err
	}))
}

func (t *tx) putClient(ctx context.Context, owner xmpp.JID, k storage.Client, most int) (number int64, err error) {
	if number, err = t.store.account(ctx, t.conn, owner); err != nil {
		return 0, err
	}
	// What it was given for another password is not bound to this one.
	_, err = t.exec(ctx, `DELETE FROM client_token WHERE owner = $1 AND client = $2 AND EXISTS
		(SELECT 1 FROM client WHERE owner = $1 AND id = $2 AND app <> $3)`, number, k.ID, k.App)
	if err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, `INSERT INTO client (owner, id, software, device, first, seen, app) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (owner, id) DO UPDATE SET software = excluded.software, device = excluded.device, seen = excluded.seen,
		app = excluded.app`, number, k.ID, k.Software, k.Device, micros(k.First), micros(k.Seen), k.App)
	if err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, `DELETE FROM client WHERE owner = $1 AND id IN
		(SELECT id FROM client WHERE owner = $1 AND id <> $2 ORDER BY seen DESC, id LIMIT 1000000 OFFSET $3)`,
		number, k.ID, most-1)
	return number, err
}

// ForgetClients removes the clients of a domain that were not seen for long.
func (s *Store) ForgetClients(ctx context.Context, domain string, before, now time.Time) error {
	return wrap("forget clients of "+domain, s.update(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM client WHERE seen < $2 AND owner IN (SELECT id FROM owner WHERE domain = $1)
			AND NOT EXISTS (SELECT 1 FROM client_token t WHERE t.owner = client.owner AND t.client = client.id AND t.expires > $3)`,
			domain, micros(before), micros(now))
		return err
	}))
}

// UseToken notes that a client has signed in.
func (s *Store) UseToken(ctx context.Context, owner xmpp.JID, client string, seed []byte, count int64, at time.Time) error {
	return wrap("use token of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := s.account(ctx, t.conn, owner)
		if err != nil {
			return err
		}
		var fresh bool
		var before int64
		err = t.one(ctx, `SELECT fresh, count FROM client_token WHERE owner = $1 AND client = $2 AND seed = $3`,
			[]any{number, client, seed}, &fresh, &before)
		if err != nil {
			return err
		}
		if count != 0 && count <= before {
			return storage.ErrConflict
		}
		if fresh { // it comes later than the other, and ends it
			if _, err := t.exec(ctx, `DELETE FROM client_token WHERE owner = $1 AND client = $2 AND fresh = 0`, number, client); err != nil {
				return err
			}
		}
		_, err = t.exec(ctx, `UPDATE client_token SET fresh = 0, count = $4 WHERE owner = $1 AND client = $2 AND seed = $3`,
			number, client, seed, max(count, before))
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE client SET seen = $3 WHERE owner = $1 AND id = $2`, number, client, micros(at))
		return err
	}))
}

// RemoveClient removes a client with its tokens.
func (s *Store) RemoveClient(ctx context.Context, owner xmpp.JID, client string) error {
	return wrap("remove client of "+owner.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		number, err := s.account(ctx, t.conn, owner)
		if err != nil {
			return err
		}
		return t.must(ctx, storage.ErrNotFound, `DELETE FROM client WHERE owner = $1 AND id = $2`, number, client)
	}))
}

// removeClients removes all of an account: what they hold is worth nothing any more.
func (t *tx) removeClients(ctx context.Context, owner int64) error {
	_, err := t.exec(ctx, `DELETE FROM client WHERE owner = $1`, owner)
	return err
}
