package sqldb

import (
	"context"
	"math"
	"strings"
	"time"

	"myna/storage"
)

// AppendAudit adds a line.
func (s *Store) AppendAudit(ctx context.Context, a storage.Audit) error {
	return wrap("append audit", s.update(ctx, func(ctx context.Context, t *tx) error {
		return t.appendAudits(ctx, []storage.Audit{a})
	}))
}

// appendAudits adds lines in their order. Their times are made unique.
func (t *tx) appendAudits(ctx context.Context, lines []storage.Audit) error {
	var last int64 // the line before: many of one time do not try all of each other's
	for i := range lines {
		at := lines[i].At
		if at.IsZero() {
			at = t.store.now()
		}
		var err error
		if last, err = t.appendAudit(ctx, &lines[i], max(micros(at), last+1)); err != nil {
			return err
		}
	}
	return nil
}

// appendAudit adds a line at the first free time from us on, which it returns.
func (t *tx) appendAudit(ctx context.Context, a *storage.Audit, us int64) (int64, error) {
	domain := a.Object
	if i := strings.IndexByte(domain, '@'); i >= 0 {
		domain = domain[i+1:]
	}
	domain, _, _ = strings.Cut(domain, "/")
	for ; ; us++ {
		n, err := t.exec(ctx, `INSERT INTO audit (at, domain, actor, door, action, object, change)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (at) DO NOTHING`,
			us, domain, a.Actor, a.Door, a.Action, a.Object, a.Change)
		if err != nil || n == 1 {
			return us, err
		}
	}
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
