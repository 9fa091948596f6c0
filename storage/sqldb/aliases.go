package sqldb

import (
	"context"
	"errors"
	"slices"

	"myna/storage"
	"myna/xmpp"
)

// aliasData is what of an alias is kept as one JSON text: all but its address and times. A new field needs no
// migration; a field that is no more is ignored.
type aliasData struct {
	Name          string   `json:"name,omitempty"`
	Description   string   `json:"description,omitempty"`
	Targets       []string `json:"targets,omitempty"`
	GroupChat     bool     `json:"group_chat,omitempty"`
	InternalOnly  bool     `json:"internal_only,omitempty"`
	Hidden        bool     `json:"hidden,omitempty"`
	Everyone      bool     `json:"everyone,omitempty"`
	Announcement  bool     `json:"announcement,omitempty"`
	Posters       []string `json:"posters,omitempty"`
	Leads         []string `json:"leads,omitempty"`
	Membership    string   `json:"membership,omitempty"`
	History       string   `json:"history,omitempty"`
	RetentionDays int      `json:"retention_days,omitempty"`
	FilesOff      bool     `json:"files_off,omitempty"`
	MentionAllOff bool     `json:"mention_all_off,omitempty"`
	Room          string   `json:"room,omitempty"`
}

func encodeAlias(a *storage.Alias) string {
	return encode(aliasData{
		Name: a.Name, Description: a.Description, Targets: a.Targets, GroupChat: a.GroupChat, InternalOnly: a.InternalOnly,
		Hidden: a.Hidden, Everyone: a.Everyone, Announcement: a.Announcement, Posters: texts(a.Posters), Leads: texts(a.Leads),
		Membership: a.Membership, History: a.History, RetentionDays: a.RetentionDays, FilesOff: a.FilesOff,
		MentionAllOff: a.MentionAllOff, Room: a.Room.String(),
	})
}

func scanAlias(row scan) (a storage.Alias, err error) {
	var domain, local, data string
	var created, deleted int64
	if err := row(&domain, &local, &data, &created, &deleted); err != nil {
		return a, err
	}
	var d aliasData
	if err := decode(data, &d); err != nil {
		return a, err
	}
	a = storage.Alias{
		Name: d.Name, Description: d.Description, Targets: d.Targets, GroupChat: d.GroupChat, InternalOnly: d.InternalOnly,
		Hidden: d.Hidden, Everyone: d.Everyone, Announcement: d.Announcement, Membership: d.Membership, History: d.History,
		RetentionDays: d.RetentionDays, FilesOff: d.FilesOff, MentionAllOff: d.MentionAllOff,
		Created: fromMicros(created), Deleted: fromMicros(deleted),
	}
	var errs [4]error
	a.JID, errs[0] = xmpp.NewJID(local, domain, "")
	a.Room, errs[1] = address(d.Room)
	a.Posters, errs[2] = addresses(d.Posters)
	a.Leads, errs[3] = addresses(d.Leads)
	return a, errors.Join(errs[:]...)
}

// PutAlias creates or replaces an alias and queues it for the reconciler.
func (s *Store) PutAlias(ctx context.Context, a storage.Alias) error {
	created := a.Created
	if created.IsZero() {
		created = s.now()
	}
	return wrap("put alias "+a.JID.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.owner(ctx, a.JID)
		if err != nil {
			return err
		}
		if taken, err := t.exists(ctx, `SELECT 1 FROM account WHERE owner = $1`, owner); err != nil || taken {
			return conflict(err)
		}
		if err := t.reserved(ctx, a.JID, ""); err != nil {
			return err
		}
		if a.Room.IsZero() {
			if a.Room, err = t.aliasRoom(ctx, owner); err != nil {
				return err
			}
		}
		_, err = t.exec(ctx, `INSERT INTO alias (owner, data, created, deleted) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner) DO UPDATE SET data = excluded.data, created = excluded.created, deleted = excluded.deleted`,
			owner, encodeAlias(&a), micros(created), micros(a.Deleted))
		if err != nil {
			return err
		}
		return t.markDirty(ctx, a.JID)
	}))
}

// aliasRoom is the room that an alias has been given; zero where there is neither.
func (t *tx) aliasRoom(ctx context.Context, owner int64) (room xmpp.JID, err error) {
	err = t.each(ctx, `SELECT data FROM alias WHERE owner = $1`, []any{owner}, func(row scan) error {
		var data string
		if err := row(&data); err != nil {
			return err
		}
		var d aliasData
		if err := decode(data, &d); err != nil {
			return err
		}
		room, err = address(d.Room)
		return err
	})
	return room, err
}

// SetAliasRoom gives an alias its room, unless it has one.
func (s *Store) SetAliasRoom(ctx context.Context, alias, room xmpp.JID) error {
	return wrap("set room of alias "+alias.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.known(ctx, alias)
		if err != nil {
			return err
		}
		var text string
		if err := t.one(ctx, `SELECT data FROM alias WHERE owner = $1`, []any{owner}, &text); err != nil {
			return err
		}
		var d aliasData
		if err := decode(text, &d); err != nil || d.Room != "" {
			return err
		}
		d.Room = room.String()
		_, err = t.exec(ctx, `UPDATE alias SET data = $1 WHERE owner = $2`, encode(d), owner)
		return err
	}))
}

const selectAliases = `SELECT o.domain, o.local, a.data, a.created, a.deleted FROM alias a JOIN owner o ON o.id = a.owner `

// Alias returns one alias.
func (s *Store) Alias(ctx context.Context, j xmpp.JID) (storage.Alias, error) {
	list, err := s.aliases(ctx, selectAliases+`WHERE o.domain = $1 AND o.local = $2`, j.Domain(), j.Local())
	if err == nil && len(list) == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return storage.Alias{}, wrap("alias "+j.String(), err)
	}
	return list[0], nil
}

// Aliases lists a domain's aliases by address, deleted ones too; "" lists all.
func (s *Store) Aliases(ctx context.Context, domain string) (list []storage.Alias, err error) {
	if domain == "" {
		list, err = s.aliases(ctx, selectAliases+`ORDER BY o.domain, o.local`)
	} else {
		list, err = s.aliases(ctx, selectAliases+`WHERE o.domain = $1 ORDER BY o.local`, domain)
	}
	return list, wrap("aliases", err)
}

func (s *Store) aliases(ctx context.Context, query string, args ...any) (list []storage.Alias, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, query, args, func(row scan) error {
			a, err := scanAlias(row)
			list = append(list, a)
			return err
		})
	})
	return list, err
}

// RenameAlias moves an alias to another address and queues both addresses; other aliases that name it follow.
func (s *Store) RenameAlias(ctx context.Context, from, to xmpp.JID) (others []storage.Alias, err error) {
	err = s.update(ctx, func(ctx context.Context, t *tx) error {
		old, err := t.known(ctx, from)
		if err != nil {
			return err
		}
		owner, err := t.owner(ctx, to)
		if err != nil {
			return err
		}
		taken, err := t.exists(ctx, `SELECT 1 FROM account WHERE owner = $1
			UNION ALL SELECT 1 FROM alias WHERE owner = $1`, owner)
		if err != nil || taken {
			return conflict(err)
		}
		if err := t.must(ctx, storage.ErrNotFound, `UPDATE alias SET owner = $1 WHERE owner = $2`, owner, old); err != nil {
			return err
		}
		if others, err = t.retarget(ctx, from, to); err != nil {
			return err
		}
		return t.markDirty(ctx, from, to)
	})
	if err != nil {
		return nil, wrap("rename alias "+from.String(), err)
	}
	return others, nil
}

// retarget replaces a target in all aliases, and queues them. It returns those that had it, as they were.
func (t *tx) retarget(ctx context.Context, from, to xmpp.JID) (had []storage.Alias, err error) {
	err = t.each(ctx, selectAliases, nil, func(row scan) error {
		a, err := scanAlias(row)
		if err == nil && slices.Contains(a.Targets, from.String()) {
			had = append(had, a)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range had {
		a := had[i]
		a.Targets = slices.Clone(a.Targets)
		a.Targets[slices.Index(a.Targets, from.String())] = to.String()
		owner, err := t.known(ctx, a.JID)
		if err != nil {
			return nil, err
		}
		if _, err := t.exec(ctx, `UPDATE alias SET data = $1 WHERE owner = $2`, encodeAlias(&a), owner); err != nil {
			return nil, err
		}
		if err := t.markDirty(ctx, a.JID); err != nil {
			return nil, err
		}
	}
	return had, nil
}

// DropAlias removes an alias for good and queues its address.
func (s *Store) DropAlias(ctx context.Context, j xmpp.JID) error {
	return wrap("drop alias "+j.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.known(ctx, j)
		if err != nil {
			return err
		}
		if err := t.must(ctx, storage.ErrNotFound, `DELETE FROM alias WHERE owner = $1`, owner); err != nil {
			return err
		}
		return t.markDirty(ctx, j)
	}))
}

func (t *tx) markDirty(ctx context.Context, who ...xmpp.JID) error {
	for _, j := range who {
		if _, err := t.exec(ctx, `INSERT INTO dirty (jid) VALUES ($1)`, j.String()); err != nil {
			return err
		}
	}
	return nil
}

// MarkDirty queues addresses for the reconciler.
func (s *Store) MarkDirty(ctx context.Context, who ...xmpp.JID) error {
	return wrap("mark dirty", s.update(ctx, func(ctx context.Context, t *tx) error { return t.markDirty(ctx, who...) }))
}

// Dirty returns each address that waits once, with the position of its newest row.
func (s *Store) Dirty(ctx context.Context, max int) (list []storage.DirtyRow, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT MAX(pos), jid FROM dirty GROUP BY jid ORDER BY MIN(pos) LIMIT $1`, []any{max},
			func(row scan) error {
				var d storage.DirtyRow
				var text string
				if err := row(&d.Pos, &text); err != nil {
					return err
				}
				var err error
				d.JID, err = address(text)
				list = append(list, d)
				return err
			})
	})
	return list, wrap("dirty", err)
}

// ClearDirty removes queued rows of an address up to a position.
func (s *Store) ClearDirty(ctx context.Context, row storage.DirtyRow) error {
	return wrap("clear dirty", s.update(ctx, func(ctx context.Context, t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM dirty WHERE jid = $1 AND pos <= $2`, row.JID.String(), row.Pos)
		return err
	}))
}
