package roster

import (
	"context"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// get answers with the roster, or with what has changed of it (RFC 6121 § 2.1.4, § 2.6.2). The answer is sent under
// the book's mu: a push that comes later is newer.
func (r *Roster) get(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if !q.Own() || q.Session == nil {
		return r.managedGet(ctx, q)
	}
	c := r.client(q.Session)
	if _, err := r.loadKept(c.book); err != nil {
		return nil, err
	}
	c.book.mu.Lock()
	defer c.book.mu.Unlock()
	l, err := r.loadLocked(ctx, c.book)
	if err != nil {
		return nil, err
	}
	var changes []storage.RosterChange
	fresh := false
	if ver, ok := q.Payload.LookupAttr("", "ver"); ok {
		if changes, fresh, err = r.since(ctx, l, ver); err != nil {
			return nil, err
		}
	}
	c.interested.Store(true) // § 2.2
	if !fresh {
		q.Reply(l.query(), nil)
		return nil, hook.Later
	}
	q.Reply(nil, nil) // § 2.6.2: an empty result, and what has changed as pushes
	for i := range changes {
		ch := &changes[i]
		if !ch.Removed && ch.Item.JID != (xmpp.JID{}) {
			if _, seen := l.entry(ch.JID); !seen {
				continue // it only remembers a request
			}
		}
		ver := makeVer(ch.Version, l.shared())
		if i == len(changes)-1 {
			ver = l.ver()
		}
		r.pushTo(q.Session, pushOf(l, ch.JID, ver))
	}
	return nil, hook.Later
}

// since returns what has changed after a version that a client has. fresh is false where the whole roster is better:
// the version is unknown, too old, of another shared part, or nearly all has changed.
func (r *Roster) since(ctx context.Context, l *list, ver string) (changes []storage.RosterChange, fresh bool, err error) {
	if ver == l.ver() {
		return nil, true, nil
	}
	version, shared, ok := parseVer(ver)
	if !ok || shared != l.shared() || version == 0 {
		return nil, false, nil
	}
	changes, fresh, err = r.Store.RosterSince(ctx, l.owner, version)
	if err != nil || len(changes) > 8+len(l.items)/2 {
		return nil, false, err
	}
	return changes, fresh, nil
}
