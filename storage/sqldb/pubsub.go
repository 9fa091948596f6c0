package sqldb

import (
	"context"
	"errors"
	"slices"

	"myna/storage"
	"myna/xmpp"
)

// pubsubStore is the store's face for nodes and items (XEP-0060).
type pubsubStore struct{ *Store }

// PubSub returns the store's nodes and items.
func (s *Store) PubSub() storage.PubSub { return pubsubStore{s} }

const selectNodes = `SELECT n.id, n.name, n.config, n.created FROM ps_node n JOIN owner o ON o.id = n.owner
	WHERE o.domain = $1 AND o.local = $2 `

// node returns the number of a node.
func (c *conn) node(ctx context.Context, owner xmpp.JID, name string) (id int64, err error) {
	err = c.one(ctx, `SELECT n.id FROM ps_node n JOIN owner o ON o.id = n.owner
		WHERE o.domain = $1 AND o.local = $2 AND n.name = $3`, []any{owner.Domain(), owner.Local(), name}, &id)
	return id, err
}

// CreateNode adds a node.
func (s pubsubStore) CreateNode(ctx context.Context, n storage.Node) error {
	created := n.Created
	if created.IsZero() {
		created = s.now()
	}
	return wrap("create node "+n.Name, s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.owner(ctx, n.Owner)
		if err != nil {
			return err
		}
		return t.must(ctx, storage.ErrConflict, `INSERT INTO ps_node (owner, name, config, created) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner, name) DO NOTHING`, owner, n.Name, encode(n.Config), micros(created))
	}))
}

// Node returns a node.
func (s pubsubStore) Node(ctx context.Context, owner xmpp.JID, name string) (storage.Node, error) {
	list, err := s.nodes(ctx, owner, `AND n.name = $3`, owner.Domain(), owner.Local(), name)
	if err == nil && len(list) == 0 {
		err = storage.ErrNotFound
	}
	if err != nil {
		return storage.Node{}, wrap("node "+name, err)
	}
	return list[0], nil
}

// Nodes lists the nodes of a service by name.
func (s pubsubStore) Nodes(ctx context.Context, owner xmpp.JID) ([]storage.Node, error) {
	list, err := s.nodes(ctx, owner, `ORDER BY n.name`, owner.Domain(), owner.Local())
	return list, wrap("nodes", err)
}

func (s pubsubStore) nodes(ctx context.Context, owner xmpp.JID, tail string, args ...any) (list []storage.Node, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, selectNodes+tail, args, func(row scan) error {
			n := storage.Node{Owner: owner.Bare()}
			var id, created int64
			var config string
			if err := row(&id, &n.Name, &config, &created); err != nil {
				return err
			}
			n.Created = fromMicros(created)
			list = append(list, n)
			return decode(config, &list[len(list)-1].Config)
		})
	})
	return list, err
}

// change runs f on a node that is there.
func (s pubsubStore) change(ctx context.Context, op string, owner xmpp.JID, name string, f func(context.Context, *tx, int64) error) error {
	return wrap(op+" "+name, s.update(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.node(ctx, owner, name)
		if err != nil {
			return err
		}
		return f(ctx, t, id)
	}))
}

// ConfigureNode replaces a node's configuration.
func (s pubsubStore) ConfigureNode(ctx context.Context, owner xmpp.JID, name string, config map[string]string) error {
	return s.change(ctx, "configure node", owner, name, func(ctx context.Context, t *tx, id int64) error {
		_, err := t.exec(ctx, `UPDATE ps_node SET config = $1 WHERE id = $2`, encode(config), id)
		return err
	})
}

// DeleteNode removes the node with its items, affiliations and subscriptions.
func (s pubsubStore) DeleteNode(ctx context.Context, owner xmpp.JID, name string) error {
	return s.change(ctx, "delete node", owner, name, func(ctx context.Context, t *tx, id int64) error {
		_, err := t.exec(ctx, `DELETE FROM ps_node WHERE id = $1`, id)
		return err
	})
}

// PublishItem writes an item and removes the oldest beyond max. The ids that it returns are never the item's own.
func (s pubsubStore) PublishItem(ctx context.Context, owner xmpp.JID, node string, it storage.Item, max int) (removed []string, err error) {
	at := it.At
	if at.IsZero() {
		at = s.now()
	}
	err = s.change(ctx, "publish to node", owner, node, func(ctx context.Context, t *tx, id int64) error {
		var seq int64
		if err := t.one(ctx, `UPDATE ps_node SET seq = seq + 1 WHERE id = $1 RETURNING seq`, []any{id}, &seq); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO ps_item (node, id, seq, publisher, payload, at, born, origin) VALUES ($1, $2, $3, $4, $5, $6, $3, $7)
			ON CONFLICT (node, id) DO UPDATE SET seq = excluded.seq, publisher = excluded.publisher,
			payload = excluded.payload, at = excluded.at, origin = excluded.origin`,
			id, it.ID, seq, it.Publisher.String(), blob(it.Payload), micros(at), it.Origin)
		if err != nil {
			return err
		}
		removed, err = t.trimItems(ctx, id, max, it.ID)
		return err
	})
	return removed, err
}

// trimItems keeps the newest max items of a node and returns the ids of the others, without own.
func (t *tx) trimItems(ctx context.Context, node int64, max int, own string) (removed []string, err error) {
	var seq int64
	err = t.one(ctx, `SELECT seq FROM ps_item WHERE node = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2`, []any{node, max}, &seq)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	err = t.each(ctx, `SELECT id FROM ps_item WHERE node = $1 AND seq <= $2 ORDER BY seq`, []any{node, seq}, func(row scan) error {
		var id string
		err := row(&id)
		if id != own {
			removed = append(removed, id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	_, err = t.exec(ctx, `DELETE FROM ps_item WHERE node = $1 AND seq <= $2`, node, seq)
	return removed, err
}

// RetractItem removes an item.
func (s pubsubStore) RetractItem(ctx context.Context, owner xmpp.JID, node, item string) error {
	return s.change(ctx, "retract from node", owner, node, func(ctx context.Context, t *tx, id int64) error {
		return t.must(ctx, storage.ErrNotFound, `DELETE FROM ps_item WHERE node = $1 AND id = $2`, id, item)
	})
}

// PurgeNode removes all items.
func (s pubsubStore) PurgeNode(ctx context.Context, owner xmpp.JID, node string) error {
	return s.change(ctx, "purge node", owner, node, func(ctx context.Context, t *tx, id int64) error {
		_, err := t.exec(ctx, `DELETE FROM ps_item WHERE node = $1`, id)
		return err
	})
}

// errFull ends the reading of items that are enough.
var errFull = errors.New("enough items")

// Items returns the newest max items, oldest first; 0: all. With ids: only those that are there.
func (s pubsubStore) Items(ctx context.Context, owner xmpp.JID, node string, max int, ids ...string) (list []storage.Item, err error) {
	const columns = `SELECT id, publisher, payload, at, seq, born, origin FROM ps_item WHERE node = $1 `
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.node(ctx, owner, node)
		if err != nil {
			return err
		}
		size := 0
		collect := func(row scan) error {
			it, err := scanItem(row)
			if size += len(it.Payload); err == nil && size > storage.MaxItemsBytes && len(list) > 0 {
				return errFull
			}
			list = append(list, it)
			return err
		}
		for _, id := range ids {
			if err := c.each(ctx, columns+`AND id = $2`, []any{n, id}, collect); err != nil {
				return err
			}
		}
		switch {
		case len(ids) > 0:
			return nil
		case max > 0:
			err = c.each(ctx, columns+`ORDER BY seq DESC LIMIT $2`, []any{n, max}, collect)
		default:
			err = c.each(ctx, columns+`ORDER BY seq DESC`, []any{n}, collect)
		}
		return err
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	if len(ids) == 0 {
		slices.Reverse(list)
	}
	return list, wrap("items of node "+node, err)
}

// ItemsAfter returns at most max items behind one, oldest first.
func (s pubsubStore) ItemsAfter(ctx context.Context, owner xmpp.JID, node string, seq int64, max int) (list []storage.Item, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.node(ctx, owner, node)
		if err != nil {
			return err
		}
		size := 0
		return c.each(ctx, `SELECT id, publisher, payload, at, seq, born, origin FROM ps_item WHERE node = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
			[]any{n, seq, max}, func(row scan) error {
				it, err := scanItem(row)
				if size += len(it.Payload); err == nil && size > storage.MaxItemsBytes && len(list) > 0 {
					return errFull
				}
				list = append(list, it)
				return err
			})
	})
	if errors.Is(err, errFull) {
		err = nil
	}
	return list, wrap("items of node "+node, err)
}

// HasItem tells whether a node has an item.
func (s pubsubStore) HasItem(ctx context.Context, owner xmpp.JID, node, id string) (has bool, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.node(ctx, owner, node)
		if err != nil {
			return err
		}
		has, err = c.exists(ctx, `SELECT 1 FROM ps_item WHERE node = $1 AND id = $2`, n, id)
		return err
	})
	return has, wrap("item of node "+node, err)
}

// CountItems counts the items of a node.
func (s pubsubStore) CountItems(ctx context.Context, owner xmpp.JID, node string) (count int, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.node(ctx, owner, node)
		if err != nil {
			return err
		}
		return c.one(ctx, `SELECT COUNT(*) FROM ps_item WHERE node = $1`, []any{n}, &count)
	})
	return count, wrap("items of node "+node, err)
}

// Usage adds up the items of an owner.
func (s pubsubStore) Usage(ctx context.Context, owner xmpp.JID) (bytes int64, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.one(ctx, `SELECT COALESCE(SUM(LENGTH(i.id) + COALESCE(LENGTH(i.payload), 0) + $1), 0)
			FROM ps_item i JOIN ps_node n ON n.id = i.node JOIN owner o ON o.id = n.owner
			WHERE o.domain = $2 AND o.local = $3`, []any{storage.ItemOverhead, owner.Domain(), owner.Local()}, &bytes)
	})
	return bytes, wrap("usage of nodes", err)
}

func scanItem(row scan) (it storage.Item, err error) {
	var publisher string
	var at int64
	if err := row(&it.ID, &publisher, &it.Payload, &at, &it.Seq, &it.Born, &it.Origin); err != nil {
		return it, err
	}
	it.At = fromMicros(at)
	it.Publisher, err = address(publisher)
	return it, err
}
