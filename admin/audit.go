package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/fold"
)

// line is what the audit log says of a change.
func (a *Admin) line(who Actor, action string, object xmpp.JID, before, after any) (storage.Audit, error) {
	change, err := difference(before, after)
	return storage.Audit{At: a.now(), Actor: who.Name, Door: who.Door, Action: action, Object: object.String(), Change: change}, err
}

// audit writes what was changed. The change has been made: if its line cannot be written, that is an error of the
// server, not of the request.
func (a *Admin) audit(ctx context.Context, who Actor, action string, object xmpp.JID, before, after any) {
	line, err := a.line(who, action, object, before, after)
	if err == nil {
		err = a.Store.AppendAudit(context.WithoutCancel(ctx), line)
	}
	if err != nil {
		a.Log.Error("change is missing in the audit log", "action", action, "object", object, "actor", who.Name, "err", err)
	}
}

// Reloaded writes what a reload of the configuration has changed: key → value, before and after.
func (a *Admin) Reloaded(ctx context.Context, who Actor, before, after map[string]string) {
	a.audit(ctx, who, "config.reload", xmpp.JID{}, before, after)
}

// difference is {"old":{…},"new":{…}} with the fields that differ.
func difference(before, after any) (string, error) {
	old, err := object(before)
	if err != nil {
		return "", err
	}
	now, err := object(after)
	if err != nil {
		return "", err
	}
	for k, v := range old {
		if w, ok := now[k]; ok && bytes.Equal(v, w) {
			delete(old, k)
			delete(now, k)
		}
	}
	b, err := json.Marshal(struct {
		Old map[string]json.RawMessage `json:"old,omitempty"`
		New map[string]json.RawMessage `json:"new,omitempty"`
	}{old, now})
	return string(b), err
}

func object(x any) (map[string]json.RawMessage, error) {
	m := map[string]json.RawMessage{}
	if x == nil {
		return m, nil
	}
	b, err := json.Marshal(x)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	return m, err
}

// ListAudit asks for the audit log, newest first.
type ListAudit struct {
	Domain string    `json:"domain,omitempty"`
	Search string    `json:"search,omitempty"` // what the actor, the action or the object has in it; case and diacritics do not count
	Before time.Time `json:"before,omitzero"`
	Limit  int       `json:"limit,omitempty"` // 100 when it is not given; at most 1000
}

// AuditLine is a change that somebody made.
type AuditLine struct {
	At     time.Time       `json:"at"`
	Actor  string          `json:"actor"`
	Door   string          `json:"door"`
	Action string          `json:"action"`
	Object string          `json:"object"`
	Change json.RawMessage `json:"change"`
}

// ListAudit lists changes.
func (a *Admin) ListAudit(ctx context.Context, who Actor, r ListAudit) ([]AuditLine, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	limit := min(r.Limit, 1000)
	if limit <= 0 {
		limit = 100
	}
	wanted := fold.Text(r.Search)
	lines := []AuditLine{}
	for {
		batch := limit
		if wanted != "" {
			batch = 1000
		}
		rows, err := a.Store.Audits(ctx, domain, r.Before, batch)
		if err != nil {
			return nil, stored(err, "list audit", domain)
		}
		for _, row := range rows {
			if wanted != "" && !strings.Contains(fold.Text(row.Actor+"\n"+row.Door+"\n"+row.Action+"\n"+row.Object), wanted) {
				continue
			}
			lines = append(lines, AuditLine{row.At, row.Actor, row.Door, row.Action, row.Object, json.RawMessage(row.Change)})
			if len(lines) == limit {
				return lines, nil
			}
		}
		if len(rows) < batch {
			return lines, nil
		}
		r.Before = rows[len(rows)-1].At
	}
}
