package sqldb

import (
	"context"

	"myna/storage"
	"myna/xmpp"
)

// roomStore is the store's face for rooms (XEP-0045).
type roomStore struct{ *Store }

// Rooms returns the store's rooms.
func (s *Store) Rooms() storage.Rooms { return roomStore{s} }

// PutRoom creates or replaces a room and applies a delta to its affiliations, in one transaction; the others stay.
func (s roomStore) PutRoom(ctx context.Context, r storage.Room, delta ...storage.Affiliation) error {
	created := r.Created
	if created.IsZero() {
		created = s.now()
	}
	return wrap("put room "+r.JID.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.owner(ctx, r.JID)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO room (owner, config, subject, group_jid, created) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (owner) DO UPDATE SET config = excluded.config, subject = excluded.subject,
			group_jid = excluded.group_jid, created = excluded.created`,
			owner, encode(r.Config), blob(r.Subject), r.Group.String(), micros(created))
		if err != nil {
			return err
		}
		return t.setAffiliations(ctx, owner, delta)
	}))
}

const selectRooms = `SELECT o.domain, o.local, r.config, r.subject, r.group_jid, r.created
	FROM room r JOIN owner o ON o.id = r.owner `

// Room returns one room.
func (s roomStore) Room(ctx context.Context, j xmpp.JID) (storage.Room, error) {
	list, err := s.rooms(ctx, selectRooms+`WHERE o.domain = $1 AND o.local = $2`, j.Domain(), j.Local())
	if err == nil && len(list) == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return storage.Room{}, wrap("room "+j.String(), err)
	}
	return list[0], nil
}

// Rooms lists the rooms of a host by address; "" lists all.
func (s roomStore) Rooms(ctx context.Context, host string) (list []storage.Room, err error) {
	if host == "" {
		list, err = s.rooms(ctx, selectRooms+`ORDER BY o.domain, o.local`)
	} else {
		list, err = s.rooms(ctx, selectRooms+`WHERE o.domain = $1 ORDER BY o.local`, host)
	}
	return list, wrap("rooms", err)
}

func (s roomStore) rooms(ctx context.Context, query string, args ...any) (list []storage.Room, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, query, args, func(row scan) error {
			r, err := scanRoom(row)
			list = append(list, r)
			return err
		})
	})
	return list, err
}

func scanRoom(row scan) (r storage.Room, err error) {
	var domain, local, config, group string
	var created int64
	if err := row(&domain, &local, &config, &r.Subject, &group, &created); err != nil {
		return r, err
	}
	r.Created = fromMicros(created)
	if r.JID, err = xmpp.NewJID(local, domain, ""); err != nil {
		return r, err
	}
	if r.Group, err = address(group); err != nil {
		return r, err
	}
	return r, decode(config, &r.Config)
}

// roomNumber returns the number of an address that is a room.
func (c *conn) roomNumber(ctx context.Context, j xmpp.JID) (id int64, err error) {
	err = c.one(ctx, `SELECT r.owner FROM room r JOIN owner o ON o.id = r.owner WHERE o.domain = $1 AND o.local = $2`,
		[]any{j.Domain(), j.Local()}, &id)
	return id, err
}

// DeleteRoom removes the room with affiliations.
func (s roomStore) DeleteRoom(ctx context.Context, j xmpp.JID) error {
	return wrap("delete room "+j.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.roomNumber(ctx, j)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM room WHERE owner = $1`, id)
		return err
	}))
}

// Affiliations lists who is something to a room, by address.
func (s roomStore) Affiliations(ctx context.Context, room xmpp.JID) (list []storage.Affiliation, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := c.roomNumber(ctx, room)
		if err != nil {
			return err
		}
		return c.each(ctx, selectAffiliations+`WHERE room = $1 ORDER BY jid`, []any{id}, func(row scan) error {
			a, err := scanAffiliation(row)
			list = append(list, a)
			return err
		})
	})
	return list, wrap("affiliations of "+room.String(), err)
}

const selectAffiliations = `SELECT jid, affiliation, nick, reason, managed, since FROM room_affiliation `

func scanAffiliation(row scan) (a storage.Affiliation, err error) {
	var who string
	var since int64
	if err := row(&who, &a.Affiliation, &a.Nick, &a.Reason, &a.Managed, &since); err != nil {
		return a, err
	}
	a.Since = fromMicros(since)
	a.JID, err = address(who)
	return a, err
}

// Affiliation is what one address is to a room.
func (s roomStore) Affiliation(ctx context.Context, room, who xmpp.JID) (a storage.Affiliation, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := c.roomNumber(ctx, room)
		if err != nil {
			return err
		}
		a, err = scanAffiliation(func(dest ...any) error {
			return c.one(ctx, selectAffiliations+`WHERE room = $1 AND jid = $2`, []any{id, who.String()}, dest...)
		})
		return err
	})
	return a, wrap("affiliation of "+who.String()+" in "+room.String(), err)
}

// Ownerless lists the rooms that people made and nobody owns, by address.
func (s roomStore) Ownerless(ctx context.Context) (list []xmpp.JID, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT o.local, o.domain FROM room r JOIN owner o ON o.id = r.owner
			WHERE r.group_jid = '' AND NOT EXISTS (SELECT 1 FROM room_affiliation a WHERE a.room = r.owner AND a.affiliation = 'owner')
			ORDER BY o.domain, o.local`, nil, func(row scan) error {
			j, err := scanAddress(row)
			list = append(list, j)
			return err
		})
	})
	return list, wrap("rooms without owner", err)
}

// SetAffiliations applies a delta in one transaction; affiliation "none" removes.
func (s roomStore) SetAffiliations(ctx context.Context, room xmpp.JID, delta []storage.Affiliation) error {
	return wrap("set affiliations of "+room.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.roomNumber(ctx, room)
		if err != nil {
			return err
		}
		return t.setAffiliations(ctx, id, delta)
	}))
}

// setAffiliations applies a delta to the affiliations of a room.
func (t *tx) setAffiliations(ctx context.Context, room int64, delta []storage.Affiliation) (err error) {
	for _, a := range delta {
		if a.Affiliation == "none" {
			_, err = t.exec(ctx, `DELETE FROM room_affiliation WHERE room = $1 AND jid = $2`, room, a.JID.String())
		} else {
			_, err = t.exec(ctx, `INSERT INTO room_affiliation (room, jid, affiliation, nick, reason, managed, since)
				VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (room, jid) DO UPDATE SET affiliation = excluded.affiliation,
				nick = excluded.nick, reason = excluded.reason, managed = excluded.managed, since = excluded.since`,
				room, a.JID.String(), a.Affiliation, a.Nick, a.Reason, flag(a.Managed), micros(a.Since))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// RoomsOf lists the rooms in which somebody has an affiliation other than outcast.
func (s roomStore) RoomsOf(ctx context.Context, who xmpp.JID) (list []xmpp.JID, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT o.local, o.domain FROM room_affiliation a JOIN owner o ON o.id = a.room
			WHERE a.jid = $1 AND a.affiliation <> 'outcast' ORDER BY o.domain, o.local`, []any{who.String()},
			func(row scan) error {
				j, err := scanAddress(row)
				list = append(list, j)
				return err
			})
	})
	return list, wrap("rooms of "+who.String(), err)
}
