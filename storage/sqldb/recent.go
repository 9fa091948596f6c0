package sqldb

import (
	"context"
	"errors"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Recent lists whom an account has exchanged messages with.
func (s *Store) Recent(ctx context.Context, account xmpp.JID) (list []xmpp.JID, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		owner, err := s.owner(ctx, c, account)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT o.local, o.domain FROM recent r JOIN owner o ON o.id = r.peer WHERE r.owner = $1`,
			[]any{owner}, func(row scan) error {
				j, err := scanAddress(row)
				list = append(list, j)
				return err
			})
	})
	return list, wrap("recent contacts of "+account.String(), err)
}

func scanAddress(row scan, more ...any) (xmpp.JID, error) {
	var local, domain string
	if err := row(append([]any{&local, &domain}, more...)...); err != nil {
		return xmpp.JID{}, err
	}
	return address(local + "@" + domain)
}

// IsRecent tells whether two accounts have exchanged messages.
func (s *Store) IsRecent(ctx context.Context, a, b xmpp.JID) (yes bool, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		owner, err := s.owner(ctx, c, a)
		if err != nil {
			return err
		}
		peer, err := s.owner(ctx, c, b)
		if err != nil {
			return err
		}
		var at int64
		return c.one(ctx, `SELECT at FROM recent WHERE owner = $1 AND peer = $2`, []any{owner, peer}, &at)
	})
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, wrap("recent contact "+a.String(), err)
}

// NoteRecent notes that pairs have exchanged messages.
func (s *Store) NoteRecent(ctx context.Context, pairs []storage.Pair, at time.Time, keep int) (changed []storage.Pair, err error) {
	err = s.update(ctx, func(ctx context.Context, t *tx) error {
		changed = nil
		for _, p := range pairs {
			list, err := t.noteRecent(ctx, p, at.UnixMicro(), keep)
			if err != nil {
				return err
			}
			changed = append(changed, list...)
		}
		return nil
	})
	if err != nil {
		return nil, wrap("note recent contacts", err)
	}
	return changed, nil
}

func (t *tx) noteRecent(ctx context.Context, p storage.Pair, at int64, keep int) (changed []storage.Pair, err error) {
	var number [2]int64
	for i := range p {
		number[i], err = t.store.account(ctx, t.conn, p[i])
		if errors.Is(err, storage.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	n, err := t.exec(ctx, `UPDATE recent SET at = $1 WHERE (owner = $2 AND peer = $3) OR (owner = $3 AND peer = $2)`,
		at, number[0], number[1])
	if err != nil || n > 0 {
		return nil, err
	}
	for i := range p {
		_, err := t.exec(ctx, `INSERT INTO recent (owner, peer, at) VALUES ($1, $2, $3)`, number[i], number[1-i], at)
		if err != nil {
			return nil, err
		}
	}
	changed = []storage.Pair{p}
	for i := range p {
		gone, err := t.crowdOut(ctx, p[i], number[i], keep)
		if err != nil {
			return nil, err
		}
		changed = append(changed, gone...)
	}
	return changed, nil
}

// crowdOut leaves an account the newest of its pairs. 2^31 stands for no limit.
func (t *tx) crowdOut(ctx context.Context, account xmpp.JID, owner int64, keep int) (gone []storage.Pair, err error) {
	var peers []int64
	err = t.each(ctx, `SELECT o.local, o.domain, r.peer FROM recent r JOIN owner o ON o.id = r.peer WHERE r.owner = $1
		ORDER BY r.at DESC, r.peer DESC LIMIT 2147483648 OFFSET $2`, []any{owner, keep}, func(row scan) error {
		var peer int64
		j, err := scanAddress(row, &peer)
		gone, peers = append(gone, storage.Pair{account, j}), append(peers, peer)
		return err
	})
	for _, peer := range peers {
		if err == nil {
			err = t.forgetRecent(ctx, owner, peer)
		}
	}
	return gone, err
}

func (t *tx) forgetRecent(ctx context.Context, a, b int64) error {
	_, err := t.exec(ctx, `DELETE FROM recent WHERE (owner = $1 AND peer = $2) OR (owner = $2 AND peer = $1)`, a, b)
	return err
}

// ForgetRecent removes pairs that were noted last before a time.
func (s *Store) ForgetRecent(ctx context.Context, before time.Time, limit int) (gone []storage.Pair, err error) {
	err = s.update(ctx, func(ctx context.Context, t *tx) error {
		gone = nil
		var numbers [][2]int64
		err := t.each(ctx, `SELECT a.local, a.domain, b.local, b.domain, r.owner, r.peer FROM recent r
			JOIN owner a ON a.id = r.owner JOIN owner b ON b.id = r.peer
			WHERE r.at < $1 AND r.owner < r.peer LIMIT $2`, []any{before.UnixMicro(), limit}, func(row scan) error {
			var local, domain string
			var n [2]int64
			a, err := scanAddress(row, &local, &domain, &n[0], &n[1])
			if err != nil {
				return err
			}
			b, err := address(local + "@" + domain)
			gone, numbers = append(gone, storage.Pair{a, b}), append(numbers, n)
			return err
		})
		for _, n := range numbers {
			if err == nil {
				err = t.forgetRecent(ctx, n[0], n[1])
			}
		}
		return err
	})
	if err != nil {
		return nil, wrap("forget recent contacts", err)
	}
	return gone, nil
}
