package sqldb

import (
	"context"
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// keptRemovals is how many removed contacts of a roster are remembered for its versions.
const keptRemovals = 500

// Bits of column state.
const (
	stateTo = 1 << iota
	stateFrom
	stateAsk
	stateApproved
	stateShared
)

func rosterState(i *storage.RosterItem) int64 {
	return flag(i.To)*stateTo | flag(i.From)*stateFrom | flag(i.Ask)*stateAsk | flag(i.Approved)*stateApproved |
		flag(i.Shared)*stateShared
}

const rosterColumns = `SELECT contact, version, removed, name, groups, state, pending FROM roster `

func scanContact(row scan) (r storage.RosterChange, err error) {
	var contact, groups string
	var state int64
	i := &r.Item
	if err := row(&contact, &r.Version, &r.Removed, &i.Name, &groups, &state, &i.PendingIn); err != nil {
		return r, err
	}
	if i.JID, err = address(contact); err != nil {
		return r, err
	}
	r.JID = i.JID
	i.To, i.From, i.Ask = state&stateTo != 0, state&stateFrom != 0, state&stateAsk != 0
	i.Approved, i.Shared = state&stateApproved != 0, state&stateShared != 0
	return r, decode(groups, &i.Groups)
}

// Roster returns all items, and the version of the newest change.
func (s *Store) Roster(ctx context.Context, owner xmpp.JID) (items []storage.RosterItem, version int64, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, v, _, err := s.rosterVersion(ctx, c, owner)
		if err != nil || v == 0 {
			return err
		}
		version = v
		return c.each(ctx, rosterColumns+`WHERE owner = $1 AND removed = 0 ORDER BY contact`, []any{id}, func(row scan) error {
			r, err := scanContact(row)
			items = append(items, r.Item)
			return err
		})
	})
	return items, version, wrap("roster of "+owner.String(), err)
}

// rosterVersion returns zeros before the first change.
func (s *Store) rosterVersion(ctx context.Context, c *conn, j xmpp.JID) (owner, version, oldest int64, err error) {
	owner, err = s.owner(ctx, c, j)
	if err == nil {
		err = c.one(ctx, `SELECT version, oldest FROM roster_version WHERE owner = $1`, []any{owner}, &version, &oldest)
	}
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return owner, version, oldest, err
}

// RosterItem returns one item.
func (s *Store) RosterItem(ctx context.Context, owner, contact xmpp.JID) (item storage.RosterItem, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if err != nil {
			return err
		}
		err = storage.ErrNotFound
		e := c.each(ctx, rosterColumns+`WHERE owner = $1 AND contact = $2 AND removed = 0`, []any{id, contact.String()},
			func(row scan) error {
				var r storage.RosterChange
				r, err = scanContact(row)
				item = r.Item
				return err
			})
		if e != nil {
			return e
		}
		return err
	})
	return item, wrap("roster item "+contact.String(), err)
}

// nextVersion makes the version of a change: a time where it can be, so that a roster that was deleted or restored
// from a backup does not give a version twice.
func (t *tx) nextVersion(ctx context.Context, owner int64) (version int64, err error) {
	err = t.one(ctx, `INSERT INTO roster_version (owner, version, oldest) VALUES ($1, $2, $2)
		ON CONFLICT (owner) DO UPDATE SET version =
			CASE WHEN roster_version.version < excluded.version THEN excluded.version ELSE roster_version.version + 1 END
		RETURNING version`, []any{owner, t.store.now().UnixMicro()}, &version)
	return version, err
}

// PutRosterItem writes an item and returns the new version.
func (s *Store) PutRosterItem(ctx context.Context, owner xmpp.JID, i storage.RosterItem) (version int64, err error) {
	err = s.update(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.owner(ctx, owner)
		if err != nil {
			return err
		}
		if version, err = t.nextVersion(ctx, id); err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO roster (owner, contact, version, removed, name, groups, state, pending)
			VALUES ($1, $2, $3, 0, $4, $5, $6, $7)
			ON CONFLICT (owner, contact) DO UPDATE SET version = excluded.version, removed = 0, name = excluded.name,
			groups = excluded.groups, state = excluded.state, pending = excluded.pending`,
			id, i.JID.String(), version, i.Name, encode(i.Groups), rosterState(&i), blob(i.PendingIn))
		return err
	})
	return version, wrap("put roster item "+i.JID.String(), err)
}

// DeleteRosterItem removes an item, remembers the removal and returns the new version.
func (s *Store) DeleteRosterItem(ctx context.Context, owner, contact xmpp.JID) (version int64, err error) {
	err = s.update(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.known(ctx, owner)
		if err != nil {
			return err
		}
		version, err = t.removeContact(ctx, id, contact)
		return err
	})
	return version, wrap("delete roster item "+contact.String(), err)
}

// removeContact takes a contact out of a list and remembers that for its versions.
func (t *tx) removeContact(ctx context.Context, owner int64, contact xmpp.JID) (version int64, err error) {
	if version, err = t.nextVersion(ctx, owner); err != nil {
		return 0, err
	}
	err = t.must(ctx, storage.ErrNotFound, `UPDATE roster SET version = $1, removed = 1, name = '', groups = 'null',
		state = 0, pending = NULL WHERE owner = $2 AND contact = $3 AND removed = 0`, version, owner, contact.String())
	if err != nil {
		return 0, err
	}
	return version, t.forgetRemovals(ctx, owner)
}

// forgetRemovals keeps the newest removals; versions before a forgotten one are too old.
func (t *tx) forgetRemovals(ctx context.Context, owner int64) error {
	var version int64
	err := t.one(ctx, `SELECT version FROM roster WHERE owner = $1 AND removed = 1 ORDER BY version DESC LIMIT 1 OFFSET $2`,
		[]any{owner, keptRemovals}, &version)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM roster WHERE owner = $1 AND removed = 1 AND version <= $2`, owner, version)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE roster_version SET oldest = $1 WHERE owner = $2`, version, owner)
	return err
}

// RosterSince returns the changes after a version (RFC 6121 § 2.6.3). Version 0 is a client that has nothing: it needs
// no removals.
func (s *Store) RosterSince(ctx context.Context, owner xmpp.JID, version int64) (changes []storage.RosterChange, ok bool, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, newest, oldest, err := s.rosterVersion(ctx, c, owner)
		if err != nil || version < 0 || version > newest || version != 0 && version < oldest {
			return err
		}
		ok = true
		if version == newest {
			return nil
		}
		return c.each(ctx, rosterColumns+`WHERE owner = $1 AND version > $2 ORDER BY version`, []any{id, version},
			func(row scan) error {
				r, err := scanContact(row)
				if r.Removed {
					r.Item = storage.RosterItem{}
				}
				if version != 0 || !r.Removed {
					changes = append(changes, r)
				}
				return err
			})
	})
	return changes, ok && err == nil, wrap("roster changes of "+owner.String(), err)
}
