package sqldb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Affiliations returns who has which affiliation with a node.
func (s pubsubStore) Affiliations(ctx context.Context, owner xmpp.JID, node string) (map[xmpp.JID]string, error) {
	who := map[xmpp.JID]string{}
	err := s.view(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.node(ctx, owner, node)
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT jid, value FROM ps_affiliation WHERE node = $1`, []any{n}, func(row scan) error {
			var text, value string
			if err := row(&text, &value); err != nil {
				return err
			}
			j, err := address(text)
			who[j] = value
			return err
		})
	})
	return who, wrap("affiliations of node "+node, err)
}

// AffiliatedAs lists the names of an owner's nodes with which somebody has an affiliation.
func (s pubsubStore) AffiliatedAs(ctx context.Context, owner, who xmpp.JID, affiliation string) (names []string, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		id, err := s.owner(ctx, c, owner)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT n.name FROM ps_affiliation a JOIN ps_node n ON n.id = a.node
			WHERE a.jid = $1 AND a.value = $2 AND n.owner = $3 ORDER BY n.name`, []any{who.String(), affiliation, id}, func(row scan) error {
			var name string
			err := row(&name)
			names = append(names, name)
			return err
		})
	})
	return names, wrap("nodes of "+who.String(), err)
}

// SetAffiliation sets or with "none" removes an affiliation.
func (s pubsubStore) SetAffiliation(ctx context.Context, owner xmpp.JID, node string, who xmpp.JID, affiliation string) error {
	return s.change(ctx, "set affiliation of node", owner, node, func(ctx context.Context, t *tx, id int64) (err error) {
		if affiliation == "none" {
			_, err = t.exec(ctx, `DELETE FROM ps_affiliation WHERE node = $1 AND jid = $2`, id, who.String())
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO ps_affiliation (node, jid, value) VALUES ($1, $2, $3)
			ON CONFLICT (node, jid) DO UPDATE SET value = excluded.value`, id, who.String(), affiliation)
		return err
	})
}

// Subscriptions lists the subscriptions to a node, by address and id.
func (s pubsubStore) Subscriptions(ctx context.Context, owner xmpp.JID, node string) (list []storage.Subscription, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.node(ctx, owner, node)
		if err != nil {
			return err
		}
		return c.each(ctx, `SELECT jid, subid, value, options, expires FROM ps_subscription WHERE node = $1 ORDER BY jid, subid`,
			[]any{n}, func(row scan) error {
				var u storage.Subscription
				var who, options string
				var expires int64
				if err := row(&who, &u.ID, &u.State, &options, &expires); err != nil {
					return err
				}
				if u.JID, err = address(who); err != nil {
					return err
				}
				if expires > 0 {
					u.Expires = fromMicros(expires)
				}
				list = append(list, u)
				return decode(options, &list[len(list)-1].Options)
			})
	})
	return list, wrap("subscriptions of node "+node, err)
}

// PutSubscription adds or replaces a subscription.
func (s pubsubStore) PutSubscription(ctx context.Context, owner xmpp.JID, node string, u storage.Subscription) error {
	return s.change(ctx, "subscribe to node", owner, node, func(ctx context.Context, t *tx, id int64) error {
		var expires int64
		if !u.Expires.IsZero() {
			expires = micros(u.Expires)
		}
		_, err := t.exec(ctx, `INSERT INTO ps_subscription (node, jid, subid, value, options, expires) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (node, jid, subid) DO UPDATE SET value = excluded.value, options = excluded.options, expires = excluded.expires`,
			id, u.JID.String(), u.ID, u.State, encode(u.Options), expires)
		return err
	})
}

// DeleteSubscription removes a subscription.
func (s pubsubStore) DeleteSubscription(ctx context.Context, owner xmpp.JID, node string, who xmpp.JID, subid string) error {
	return s.change(ctx, "unsubscribe from node", owner, node, func(ctx context.Context, t *tx, id int64) error {
		_, err := t.exec(ctx, `DELETE FROM ps_subscription WHERE node = $1 AND jid = $2 AND subid = $3`, id, who.String(), subid)
		return err
	})
}

// SubscribedWith lists the nodes to which an account has subscribed whose configuration holds a value. '0' is the byte after '/'.
func (s pubsubStore) SubscribedWith(ctx context.Context, account xmpp.JID, value string) ([]storage.Node, error) {
	who := account.Bare().String()
	return s.nodesOf(ctx, "nodes subscribed to", `SELECT o.domain, o.local, n.name, n.config FROM ps_node n JOIN owner o ON o.id = n.owner
		WHERE n.id IN (SELECT node FROM ps_subscription WHERE jid = $1 OR (jid > $2 AND jid < $3)) AND n.config LIKE $4 ORDER BY n.id`,
		who, who+"/", who+"0", `%:"`+value+`"%`)
}

// SubscribedTo lists the nodes of an owner to which an account has subscribed; zero stands for all of them.
func (s pubsubStore) SubscribedTo(ctx context.Context, owner, account xmpp.JID) ([]storage.Node, error) {
	query, args := `SELECT o.domain, o.local, n.name, '{}' FROM ps_node n JOIN owner o ON o.id = n.owner WHERE `, []any{}
	if owner.IsZero() {
		query += `TRUE`
	} else {
		query, args = query+`o.domain = $1 AND o.local = $2`, []any{owner.Domain(), owner.Local()}
	}
	if account.IsZero() {
		query += ` AND EXISTS (SELECT 1 FROM ps_subscription u WHERE u.node = n.id)`
	} else {
		who, at := account.Bare().String(), len(args)
		query += fmt.Sprintf(` AND n.id IN (SELECT node FROM ps_subscription WHERE jid = $%d OR (jid > $%d AND jid < $%d))`, at+1, at+2, at+3)
		args = append(args, who, who+"/", who+"0")
	}
	return s.nodesOf(ctx, "nodes subscribed to", query+` ORDER BY n.id`, args...)
}

// PublishedIn lists what an account has published in nodes of which a field has a value.
func (s pubsubStore) PublishedIn(ctx context.Context, publisher xmpp.JID, field, value string) (list []storage.Published, err error) {
	who := publisher.Bare().String()
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT o.domain, o.local, n.name, i.id FROM ps_item i JOIN ps_node n ON n.id = i.node JOIN owner o ON o.id = n.owner
			WHERE (i.publisher = $1 OR (i.publisher > $2 AND i.publisher < $3)) AND n.config LIKE $4 ORDER BY n.id, i.seq`,
			[]any{who, who + "/", who + "0", `%"` + field + `":"` + value + `"%`}, func(row scan) error {
				var domain, local, node, id string
				if err := row(&domain, &local, &node, &id); err != nil {
					return err
				}
				owner, err := xmpp.NewJID(local, domain, "")
				if last := len(list) - 1; last >= 0 && list[last].Owner == owner && list[last].Node == node {
					list[last].IDs = append(list[last].IDs, id)
				} else {
					list = append(list, storage.Published{Owner: owner, Node: node, IDs: []string{id}})
				}
				return err
			})
	})
	return list, wrap("items published by "+who, err)
}

// NodesEnding lists nodes that have subscriptions which end before a time.
func (s pubsubStore) NodesEnding(ctx context.Context, before time.Time, max int) ([]storage.Node, error) {
	return s.nodesOf(ctx, "nodes with ending subscriptions", `SELECT o.domain, o.local, n.name, '{}' FROM ps_node n JOIN owner o ON o.id = n.owner
		WHERE n.id IN (SELECT node FROM ps_subscription WHERE expires > 0 AND expires < $1) ORDER BY n.id LIMIT $2`, micros(before), max)
}

// NodesWith lists nodes whose configuration holds a field.
func (s pubsubStore) NodesWith(ctx context.Context, field string) ([]storage.Node, error) {
	return s.nodesOf(ctx, "nodes with "+field, `SELECT o.domain, o.local, n.name, n.config FROM ps_node n JOIN owner o ON o.id = n.owner
		WHERE n.config LIKE $1 ORDER BY n.id`, `%"`+field+`":%`)
}

// nodesOf reads nodes of everybody: domain, local, name, config.
func (s pubsubStore) nodesOf(ctx context.Context, op, query string, args ...any) (list []storage.Node, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, query, args, func(row scan) error {
			var n storage.Node
			var domain, local, config string
			if err := row(&domain, &local, &n.Name, &config); err != nil {
				return err
			}
			var err error
			if n.Owner, err = xmpp.NewJID(local, domain, ""); err != nil {
				return err
			}
			list = append(list, n)
			return decode(config, &list[len(list)-1].Config)
		})
	})
	return list, wrap(op, err)
}

// UsageBy adds up the items of an owner for each who has published them.
func (s pubsubStore) UsageBy(ctx context.Context, owner xmpp.JID) (map[xmpp.JID]int64, error) {
	by := map[xmpp.JID]int64{}
	err := s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT i.publisher, SUM(LENGTH(i.id) + COALESCE(LENGTH(i.payload), 0) + $1)
			FROM ps_item i JOIN ps_node n ON n.id = i.node JOIN owner o ON o.id = n.owner
			WHERE o.domain = $2 AND o.local = $3 GROUP BY i.publisher`,
			[]any{storage.ItemOverhead, owner.Domain(), owner.Local()}, func(row scan) error {
				var publisher string
				var bytes int64
				if err := row(&publisher, &bytes); err != nil {
					return err
				}
				j, err := address(publisher)
				by[j.Bare()] += bytes
				return err
			})
	})
	return by, wrap("usage of nodes", err)
}

// ExpireItems removes the items that were published before a time.
func (s pubsubStore) ExpireItems(ctx context.Context, owner xmpp.JID, node string, before time.Time) (removed []string, err error) {
	return s.removeItems(ctx, "expire items of node", owner, node, `at < $2`, micros(before))
}

// PurgeOrigin removes the items of one origin.
func (s pubsubStore) PurgeOrigin(ctx context.Context, owner xmpp.JID, node, origin string) (removed []string, err error) {
	return s.removeItems(ctx, "purge origin of node", owner, node, `origin = $2`, origin)
}

// removeItems removes the items of a node for which a condition on $2 holds, and returns their ids, oldest first.
func (s pubsubStore) removeItems(ctx context.Context, op string, owner xmpp.JID, node, where string, arg any) (removed []string, err error) {
	err = s.change(ctx, op, owner, node, func(ctx context.Context, t *tx, id int64) error {
		err := t.each(ctx, `SELECT id FROM ps_item WHERE node = $1 AND `+where+` ORDER BY seq`, []any{id, arg}, func(row scan) error {
			var item string
			err := row(&item)
			removed = append(removed, item)
			return err
		})
		if err != nil || len(removed) == 0 {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM ps_item WHERE node = $1 AND `+where, id, arg)
		return err
	})
	return removed, err
}
