package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Node is a publish-subscribe node (XEP-0060). Owner is the service: an account for PEP (XEP-0163), a room, or a host.
type Node struct {
	Owner   xmpp.JID
	Name    string
	Config  map[string]string // non-default fields of the node's configuration: "pubsub#access_model" → "whitelist"
	Created time.Time
}

// Item is a published item. Seq orders items of a node; publishing again under the same id moves it to the end.
type Item struct {
	ID        string
	Publisher xmpp.JID
	Payload   []byte // the payload element with its namespaces; nil for none
	At        time.Time
	Seq       int64
	Born      int64  // the Seq that it had when its id was published first
	Origin    string // of what it was repeated, in the words of who did that (XEP-0253); "": it was published here
}

// Subscription is one subscription of an address to a node (XEP-0060 § 4.2).
type Subscription struct {
	JID     xmpp.JID
	ID      string            // unique for the node and the address
	State   string            // "pending" or "subscribed"
	Options map[string]string // fields that are not as usual: "pubsub#deliver" → "0"
	Expires time.Time         // zero: it does not end by itself
}

// NodeCreator is what Config calls the bare address of who has created a node of a service; it is "" when that account is deleted.
const NodeCreator = "creator"

// MaxItemsBytes is about how many bytes of payloads PubSub.Items returns at once.
const MaxItemsBytes = 16 << 20

// ItemOverhead is about how many bytes storage takes for an item beside its payload and id.
const ItemOverhead = 128

// Published are items of one node.
type Published struct {
	Owner xmpp.JID
	Node  string
	IDs   []string
}

// PubSub keeps nodes and items.
type PubSub interface {
	// CreateNode adds a node; ErrConflict when it is there.
	CreateNode(context.Context, Node) error
	Node(ctx context.Context, owner xmpp.JID, name string) (Node, error)
	Nodes(ctx context.Context, owner xmpp.JID) ([]Node, error)
	ConfigureNode(ctx context.Context, owner xmpp.JID, name string, config map[string]string) error
	// DeleteNode removes the node with its items, affiliations and subscriptions.
	DeleteNode(ctx context.Context, owner xmpp.JID, name string) error
	// PublishItem writes an item and removes the oldest beyond max (0: none are kept); it returns the removed ids,
	// of which it.ID is never one.
	PublishItem(ctx context.Context, owner xmpp.JID, node string, it Item, max int) (removed []string, err error)
	// RetractItem removes an item; ErrNotFound.
	RetractItem(ctx context.Context, owner xmpp.JID, node, id string) error
	PurgeNode(ctx context.Context, owner xmpp.JID, node string) error
	// PurgeOrigin removes the items of one origin, and returns their ids, oldest first.
	PurgeOrigin(ctx context.Context, owner xmpp.JID, node, origin string) (removed []string, err error)
	// Items returns the newest max items, oldest first; 0: all. With ids: only those. It stops when the payloads have
	// MaxItemsBytes, one item at least: nobody's node fills the memory.
	Items(ctx context.Context, owner xmpp.JID, node string, max int, ids ...string) ([]Item, error)
	// ItemsAfter returns at most max items whose Seq is greater than one, oldest first. It stops as Items does.
	ItemsAfter(ctx context.Context, owner xmpp.JID, node string, seq int64, max int) ([]Item, error)
	HasItem(ctx context.Context, owner xmpp.JID, node, id string) (bool, error)
	CountItems(ctx context.Context, owner xmpp.JID, node string) (int, error)
	// Usage is about how many bytes the items of all nodes of an owner take: payloads, ids, and ItemOverhead for each.
	Usage(ctx context.Context, owner xmpp.JID) (int64, error)
	// UsageBy is Usage for each who has published, by bare address.
	UsageBy(ctx context.Context, owner xmpp.JID) (map[xmpp.JID]int64, error)
	// ExpireItems removes the items of a node that were published before a time, and returns their ids, oldest first.
	ExpireItems(ctx context.Context, owner xmpp.JID, node string, before time.Time) (removed []string, err error)
	// NodesWith lists the nodes of everybody whose configuration holds a field, whatever its value.
	NodesWith(ctx context.Context, field string) ([]Node, error)
	// Affiliations are those of XEP-0060 § 4.1; "none" removes.
	Affiliations(ctx context.Context, owner xmpp.JID, node string) (map[xmpp.JID]string, error)
	// AffiliatedAs lists the names of an owner's nodes with which somebody has an affiliation.
	AffiliatedAs(ctx context.Context, owner, who xmpp.JID, affiliation string) ([]string, error)
	SetAffiliation(ctx context.Context, owner xmpp.JID, node string, who xmpp.JID, affiliation string) error
	// Subscriptions lists those of a node, by address and id.
	Subscriptions(ctx context.Context, owner xmpp.JID, node string) ([]Subscription, error)
	// PutSubscription adds a subscription or replaces the one of the same address and id.
	PutSubscription(ctx context.Context, owner xmpp.JID, node string, s Subscription) error
	// DeleteSubscription removes one; it does nothing where there is none.
	DeleteSubscription(ctx context.Context, owner xmpp.JID, node string, who xmpp.JID, id string) error
	// SubscribedWith lists the nodes of everybody to which an account has subscribed, with any of its addresses, and whose
	// configuration holds a value, whatever its field.
	SubscribedWith(ctx context.Context, account xmpp.JID, value string) ([]Node, error)
	// SubscribedTo lists the nodes of an owner, without their configuration, to which an account has subscribed, with any of
	// its addresses. Zero is everybody's nodes, and any account.
	SubscribedTo(ctx context.Context, owner, account xmpp.JID) ([]Node, error)
	// PublishedIn lists what an account has published, with any of its addresses, in nodes of everybody of which a field of the
	// configuration has a value: the nodes, without their configuration, with the ids of the items in the order in which they came.
	PublishedIn(ctx context.Context, publisher xmpp.JID, field, value string) ([]Published, error)
	// NodesEnding lists nodes, without their configuration, that have subscriptions which end before a time; at most max.
	NodesEnding(ctx context.Context, before time.Time, max int) ([]Node, error)
}
