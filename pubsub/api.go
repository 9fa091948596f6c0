package pubsub

import (
	"context"
	"errors"
	"fmt"

	"myna/storage"
	"myna/xmpp"
)

// Node is what a module registers for a node that every account has: it is there before anybody has published to it.
type Node struct {
	Name     string
	Settings Settings // its defaults; publish-options of clients are held against them
	Virtual  Virtual  // nil: what is stored is what is there
}

// Virtual lays something over what is stored of a node. It is called without any lock and may call the Service.
type Virtual interface {
	// Items returns what readers of the account's node see, oldest first, given what is stored of it.
	Items(ctx context.Context, owner xmpp.JID, stored []storage.Item) ([]storage.Item, error)
	// Publish returns what shall be stored of an item that the account publishes. Taken says that it has done all
	// that is to be done: nothing is stored, nobody is told.
	Publish(ctx context.Context, owner xmpp.JID, it storage.Item) (storage.Item, error)
	// Import returns what shall be stored of an item that comes from another server with the account. Taken says that nothing
	// shall be.
	Import(ctx context.Context, owner xmpp.JID, it storage.Item) (storage.Item, error)
	// Retract is asked before an item is removed: another item takes its place, or nil lets it go; Taken as above.
	Retract(ctx context.Context, owner xmpp.JID, id string) (instead *storage.Item, err error)
}

// Taken is what a Virtual returns that has done everything itself.
var Taken = errors.New("taken by the overlay")

// Change is what has happened to a node of an account.
type Change struct {
	Owner     xmpp.JID
	Node      string
	Published *storage.Item // as it is stored; nil: none
	Retracted []string      // ids of items that are gone
	Emptied   bool          // all items are gone: the node was purged or deleted
}

// Own registers a node that every account has. Modules call it while the server is built.
func (s *Service) Own(n Node) { s.own[n.Name] = &n }

// Reserve keeps the name of a node on the service for a module: others cannot create it. Modules call it while the server is
// built.
func (s *Service) Reserve(node string) { s.reserved[node] = true }

// notTaken tells whether a node whose name is kept for a module was made by somebody before it was.
func (s *Service) notTaken(ctx context.Context, st *state, node string) error {
	if !s.reserved[node] || st.owner.Local() != "" {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, node)
	if err == nil && n != nil && n.set[noteCreator] != st.owner.String() {
		return fmt.Errorf("publish: the node %s of %s was made by %s, who has to delete it", node, st.owner, n.set[noteCreator])
	}
	return err
}

// OnPublish follows a node of all accounts: f is called after each change, on the goroutine of the change, without any
// lock. Modules call it while the server is built.
func (s *Service) OnPublish(node string, f func(Change)) { s.follow[node] = append(s.follow[node], f) }

// Publish publishes an item on behalf of an account as its own client would: the node is created with the given
// settings where it is not there, and everyone interested is told. An empty ID gets one. The Virtual of the node is not
// asked: what is given is stored.
func (s *Service) Publish(ctx context.Context, owner xmpp.JID, node string, it storage.Item, set Settings) error {
	st := s.open(owner.Bare())
	defer s.close(st)
	if err := s.notTaken(ctx, st, node); err != nil {
		return err
	}
	p := &publication{owner: st.owner, from: owner, node: node, item: &it, create: set, raw: true}
	return s.publish(ctx, st, p)
}

// Items returns what an account's node holds, oldest first, as the account itself would see it; with ids only those.
func (s *Service) Items(ctx context.Context, owner xmpp.JID, node string, ids ...string) ([]storage.Item, error) {
	return s.read(ctx, owner.Bare(), node, 0, ids)
}

// Stored returns what is stored of an account's node, without what its Virtual lays over it.
func (s *Service) Stored(ctx context.Context, owner xmpp.JID, node string, ids ...string) ([]storage.Item, error) {
	list, err := s.Store.Items(ctx, owner.Bare(), node, 0, ids...)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	return list, err
}

// Retract removes an item of an account's node and tells everyone interested; storage.ErrNotFound where it is not
// there. The Virtual of the node is not asked.
func (s *Service) Retract(ctx context.Context, owner xmpp.JID, node, id string) error {
	st := s.open(owner.Bare())
	defer s.close(st)
	return s.retract(ctx, st, node, id, true)
}

// Announce tells everyone interested in an account's node of items that a Virtual has laid over it, as if they had been
// published.
func (s *Service) Announce(ctx context.Context, owner xmpp.JID, name string, items ...storage.Item) error {
	return s.announce(ctx, owner, name, func(st *state, n *node) notice {
		return notice{event: s.itemsEvent(st, n, items), typ: typeItems, ids: true}
	})
}

// AnnounceRetract is Announce for items that are gone.
func (s *Service) AnnounceRetract(ctx context.Context, owner xmpp.JID, name string, ids ...string) error {
	return s.announce(ctx, owner, name, func(_ *state, n *node) notice { return retracted(n.name, ids) })
}

// Configure sets fields of a node of an account, and creates it where it is not there.
func (s *Service) Configure(ctx context.Context, owner xmpp.JID, node string, set Settings) error {
	st := s.open(owner.Bare())
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, node)
	if err != nil {
		return err
	}
	if n == nil || !n.stored {
		_, err = s.create(ctx, st, node, set, st.owner)
		return err
	}
	return s.configure(ctx, st, n, set, st.owner)
}

// Interested tells whether a session's capabilities name a node with "+notify", and whether they are known yet.
func (s *Service) Interested(session xmpp.JID, node string) (yes, known bool) {
	p := s.Router.Session(session)
	if p == nil {
		return false, false
	}
	i := s.interests.of.Load(p)
	return i.has(node), i != nil && !i.asking
}

// Listening tells whether somebody of an account hears of a node of its own: a session that is available and interested, or one
// while there are subscriptions. It may read storage.
func (s *Service) Listening(account xmpp.JID, node string) bool {
	account = account.Bare()
	if s.anyInterested(account, node) {
		return true
	}
	return len(s.Router.Sessions(account)) > 0 && s.subscribedTo(account, node)
}

// subscribedTo tells whether a node of an account has subscriptions. Where that cannot be read it may have some.
func (s *Service) subscribedTo(account xmpp.JID, name string) (some bool) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	err := s.onNode(ctx, storage.Node{Owner: account, Name: name}, func(ctx context.Context, st *state, n *node) error {
		err := s.people(ctx, st, n)
		some = len(n.subscriptions) > 0
		return err
	})
	return some || err != nil
}

// MayRead tells whether somebody may read items of an account's node. It is false where there is no such node.
func (s *Service) MayRead(ctx context.Context, owner xmpp.JID, name string, who xmpp.JID) (bool, error) {
	st := s.open(owner.Bare())
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, name)
	if err != nil || n == nil {
		return false, err
	}
	err = s.mayRead(ctx, st, n, who, false)
	var refused *xmpp.Refusal
	if errors.As(err, &refused) {
		return false, nil
	}
	return err == nil, err
}
