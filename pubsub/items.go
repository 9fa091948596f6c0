package pubsub

import (
	"context"
	"errors"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxAnswer is about how many bytes of items one answer holds; of more, the newest are sent, with a note (§ 6.5.4).
const maxAnswer = 2 << 20

// retrieve answers who asks for items (XEP-0060 § 6.5).
func retrieve(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	if c.node == "" {
		return nil, noNodeID()
	}
	w, err := wanted(c)
	if err != nil {
		return nil, err
	}
	n, transient, err := s.readable(ctx, c)
	if err != nil {
		return nil, err
	}
	if s.isCollection(c.st, n) {
		return s.retrieveAll(ctx, c, n, w)
	}
	list := transient
	if list == nil {
		if list, err = s.read(ctx, c.st.owner, c.node, w.newest(), w.ids); err != nil {
			return nil, err
		}
		list = s.fresh(c.st, n, list)
	}
	if list, err = w.arrange(list); err != nil {
		return nil, err
	}
	e := xmpp.El(ns.PubSub, "items").Set("node", c.node) // § 6.5.9.12: empty where nothing is there
	for i := range list {
		e.Add(s.itemElement(c.st, n, ns.PubSub, &list[i], true))
	}
	return xmpp.El(ns.PubSub, "pubsub", e, w.note), nil
}

// retrieveAll answers with the items of the nodes in a collection that who asks may read, each node for itself, as many as
// one answer holds (XEP-0248 § 6.2).
func (s *Service) retrieveAll(ctx context.Context, c *call, n *node, w *wish) (*xmpp.Element, error) {
	answer, size := xmpp.El(ns.PubSub, "pubsub"), 0
	for _, child := range s.leavesIn(ctx, c, n) {
		list, err := s.read(ctx, c.st.owner, child.name, w.newest(), w.ids)
		if err != nil {
			return nil, err
		}
		e := xmpp.El(ns.PubSub, "items").Set("node", child.name)
		list = fit(s.fresh(c.st, child, list), false)
		for i := range list {
			if size += len(list[i].Payload) + len(list[i].ID) + 40; size > maxAnswer {
				return answer.Add(e), nil
			}
			e.Add(s.itemElement(c.st, child, ns.PubSub, &list[i], true))
		}
		if len(list) > 0 {
			answer.Add(e)
		}
	}
	if len(answer.Nodes) == 0 { // XEP-0060 § 6.5.9.12
		answer.Add(xmpp.El(ns.PubSub, "items").Set("node", c.node))
	}
	return answer, nil
}

// leavesIn lists the leaves in a collection and in collections in it that who asks may read, by name.
func (s *Service) leavesIn(ctx context.Context, c *call, n *node) []*node {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	var list []*node
	for _, name := range c.st.names() {
		child := c.st.nodes[name]
		if _, under := c.st.above(child)[n.name]; under && !s.isCollection(c.st, child) && s.mayAsk(ctx, c, child, c.q.From, false) == nil {
			list = append(list, s.snapshot(c.st, child))
		}
	}
	return list
}

// readable checks that who asks may read the node (§ 6.5.9). Of a node that keeps no items it returns the last one where
// that is known (§ 6.5.5).
func (s *Service) readable(ctx context.Context, c *call) (n *node, transient []storage.Item, err error) {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	if n, err = s.existing(ctx, c.st, c.node); err != nil {
		return nil, nil, err
	}
	if err := s.mayAsk(ctx, c, n, c.q.From, false); err != nil {
		return nil, nil, err
	}
	if err := s.people(ctx, c.st, n); err != nil {
		return nil, nil, err
	}
	list := n.mine(c.q.From)
	if c.e.Attr("subid") != "" {
		list = n.ofAccount(c.q.From)
	}
	if len(list) > 0 { // § 6.5.9.1, § 6.5.9.2
		if _, err := one(list, c.e.Attr("subid"), stanza.Cancel); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case s.isCollection(c.st, n) || s.on(c.st, n, FieldPersist):
		return s.snapshot(c.st, n), nil, nil
	case n.last != nil:
		return s.snapshot(c.st, n), []storage.Item{*n.last}, nil
	}
	return nil, nil, unsupported("persistent-items") // § 6.5.9.4
}

// mine are the subscriptions of whoever asks: of its address, or else of the bare one.
func (n *node) mine(who xmpp.JID) []*subscription {
	if list := n.of(who); len(list) > 0 {
		return list
	}
	return n.of(who.Bare())
}

// fresh leaves out items that have expired.
func (s *Service) fresh(st *state, n *node, list []storage.Item) []storage.Item {
	cutoff := s.cutoff(st, n)
	if cutoff.IsZero() {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(it storage.Item) bool { return it.At.Before(cutoff) })
}

// read returns the newest max items of a node as readers see them, oldest first, or those with ids.
func (s *Service) read(ctx context.Context, owner xmpp.JID, name string, max int, ids []string) ([]storage.Item, error) {
	own := s.registered(owner, name)
	virtual := own != nil && own.Virtual != nil
	fromStore, idsOfStore := max, ids
	if virtual {
		fromStore, idsOfStore = 0, nil
	}
	list, err := s.Store.Items(ctx, owner, name, fromStore, idsOfStore...)
	if err != nil && !(own != nil && errors.Is(err, storage.ErrNotFound)) {
		return nil, err
	}
	if !virtual {
		return list, nil
	}
	if list, err = own.Virtual.Items(ctx, owner, list); err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		return pick(list, ids), nil
	}
	if max > 0 && len(list) > max {
		list = list[len(list)-max:]
	}
	return list, nil
}

func pick(list []storage.Item, ids []string) []storage.Item {
	var some []storage.Item
	for i := range list {
		if slices.Contains(ids, list[i].ID) {
			some = append(some, list[i])
		}
	}
	return some
}

// fit is the part of a list that one answer may hold, one item at least: its beginning, or its end.
func fit(list []storage.Item, beginning bool) []storage.Item {
	size := 0
	for i := range list {
		at := i
		if !beginning {
			at = len(list) - 1 - i
		}
		if size += len(list[at].Payload) + len(list[at].ID) + 40; size > maxAnswer && i > 0 {
			if beginning {
				return list[:i]
			}
			return list[at+1:]
		}
	}
	return list
}

// itemElement is an item in a namespace of ours, with whom to answer where the node says so (XEP-0060 § 7.1.2.3, § 12.17).
func (s *Service) itemElement(st *state, n *node, space string, it *storage.Item, payload bool) *xmpp.Element {
	e := xmpp.El(space, "item").Set("id", it.ID)
	switch s.value(st, n, fieldItemReply) {
	case replyOwner:
		if list := st.owners(n); len(list) > 0 {
			e.Set("publisher", list[0].String())
		}
	case replyPublish:
		if who := it.Publisher; !who.IsZero() {
			if a := s.known(st, n, who.Bare()); a == owner || a == publisher || a == publishOnly {
				who = who.Bare() // it publishes as what it is to the node, not as one of its devices
			}
			e.Set("publisher", who.String())
		}
	}
	if payload && it.Payload != nil {
		e.AddRaw(it.Payload)
	}
	return e
}

// attr is an attribute of an element that may be nil.
func attr(e *xmpp.Element, name string) string {
	v, _ := e.LookupAttr("", name)
	return v
}
