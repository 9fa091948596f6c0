package server_test

import (
	"context"
	"sync/atomic"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// counting counts what requests of others read of an account.
type counting struct {
	storage.Store
	reads atomic.Int64
}

// read counts a read of somebody's data; the asker's own, some of them in the background, do not count.
func (c *counting) read(owner xmpp.JID) {
	if owner.Domain() == "example.net" {
		c.reads.Add(1)
	}
}

func (c *counting) PubSub() storage.PubSub { return countingNodes{c.Store.PubSub(), c} }

func (c *counting) Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error) {
	c.read(owner)
	return c.Store.Doc(ctx, owner, space, key)
}

func (c *counting) ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error) {
	c.read(owner)
	return c.Store.ListDocs(ctx, owner, space)
}

func (c *counting) Roster(ctx context.Context, owner xmpp.JID) ([]storage.RosterItem, int64, error) {
	c.read(owner)
	return c.Store.Roster(ctx, owner)
}

func (c *counting) RosterItem(ctx context.Context, owner, contact xmpp.JID) (storage.RosterItem, error) {
	c.read(owner)
	return c.Store.RosterItem(ctx, owner, contact)
}

func (c *counting) Query(ctx context.Context, q storage.Query) ([]storage.Record, storage.Page, error) {
	c.read(q.Owner)
	return c.Store.Query(ctx, q)
}

func (c *counting) Bounds(ctx context.Context, owner xmpp.JID) (first, last storage.Record, err error) {
	c.read(owner)
	return c.Store.Bounds(ctx, owner)
}

func (c *counting) Prefs(ctx context.Context, owner xmpp.JID) (storage.ArchivePrefs, error) {
	c.read(owner)
	return c.Store.Prefs(ctx, owner)
}

func (c *counting) LastSeen(ctx context.Context, j xmpp.JID) (time.Time, string, error) {
	c.read(j)
	return c.Store.LastSeen(ctx, j)
}

// countingNodes is counting for publish-subscribe.
type countingNodes struct {
	storage.PubSub
	c *counting
}

func (n countingNodes) Nodes(ctx context.Context, owner xmpp.JID) ([]storage.Node, error) {
	n.c.read(owner)
	return n.PubSub.Nodes(ctx, owner)
}

func (n countingNodes) Items(ctx context.Context, owner xmpp.JID, node string, max int, ids ...string) ([]storage.Item, error) {
	n.c.read(owner)
	return n.PubSub.Items(ctx, owner, node, max, ids...)
}

func (n countingNodes) Affiliations(ctx context.Context, owner xmpp.JID, node string) (map[xmpp.JID]string, error) {
	n.c.read(owner)
	return n.PubSub.Affiliations(ctx, owner, node)
}

func (n countingNodes) Subscriptions(ctx context.Context, owner xmpp.JID, node string) ([]storage.Subscription, error) {
	n.c.read(owner)
	return n.PubSub.Subscriptions(ctx, owner, node)
}
