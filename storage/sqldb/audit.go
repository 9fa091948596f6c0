package sqldb

import (
	"context"
	"math"
	"strings"
	"time"

	"myna/storage"
)

// AppendAudit records a change. Two changes never have the same time, so that paging by time loses none.
func (s *Store) AppendAudit(ctx context.Context, a storage.Audit) error {
	domain := a.Object
	if i := strings.IndexByte(domain, '@'); i >= 0 {
		domain = domain[i+1:]
	}
	domain, _, _ = strings.Cut(domain, "/")
	at := a.At
	if at.IsZero() {
		at = s.now()
	}
	return wrap("append audit", s.update(ctx, func(ctx context.Context, t *tx) error {
		for us := micros(at); ; us++ {
			n, err := t.exec(ctx, `INSERT INTO audit (at, domain, actor, door, action, object, change)
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (at) DO NOTHING`,
				us, domain, a.Actor, a.Door, a.Action, a.Object, a.Change)
			if err != nil || n == 1 {
				return err
			}
		}
	}))
}

// Audits lists the newest first.
func (s *Store) Audits(ctx context.Context, domain string, before time.Time, limit int) (list []storage.Audit, err error) {
	end := int64(math.MaxInt64)
	if !before.IsZero() {
		end = micros(before)
	}
	query, args := `WHERE at < $1 ORDER BY at DESC LIMIT $2`, []any{end, limit}
	if domain != "" {
		query, args = `WHERE domain = $1 AND at < $2 ORDER BY at DESC LIMIT $3`, []any{domain, end, limit}
	}
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT at, actor, door, action, object, change FROM audit `+query, args, func(row scan) error {
			var a storage.Audit
			var at int64
			err := row(&at, &a.Actor, &a.Door, &a.Action, &a.Object, &a.Change)
			a.At = fromMicros(at)
			list = append(list, a)
			return err
		})
	})
	return list, wrap("audits", err)
}
