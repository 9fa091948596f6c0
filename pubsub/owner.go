package pubsub

import (
	"context"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// owned runs f on a node whose owner asks.
func (s *Service) owned(ctx context.Context, c *call, f func(n *node) error) error {
	if c.node == "" {
		return noNodeID()
	}
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return err
	}
	if err := s.mustOwn(ctx, c.st, n, c.q.From); err != nil {
		return err
	}
	return f(n)
}

// askConfiguration answers an owner who wants to see the configuration (XEP-0060 § 8.2.1).
func askConfiguration(ctx context.Context, s *Service, c *call) (e *xmpp.Element, err error) {
	err = s.owned(ctx, c, func(n *node) error {
		x := form("form", func(name string) string { return s.value(c.st, n, name) })
		e = xmpp.El(ns.PubSubOwner, "pubsub", xmpp.El(ns.PubSubOwner, "configure", x).Set("node", n.name))
		return nil
	})
	return e, err
}

// askDefault tells what a new node is like (XEP-0060 § 8.3).
func askDefault(_ context.Context, s *Service, c *call) (*xmpp.Element, error) {
	x := form("form", func(name string) string { return s.value(c.st, &node{}, name) })
	return xmpp.El(ns.PubSubOwner, "pubsub", xmpp.El(ns.PubSubOwner, "default", x)), nil
}

// setConfiguration takes an owner's form (XEP-0060 § 8.2.4).
func setConfiguration(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	x := c.e.Child(ns.DataForm, "x")
	if x != nil && x.Attr("type") == "cancel" {
		return nil, s.owned(ctx, c, func(*node) error { return nil })
	}
	set, _, ok := submitted(x, ns.PubSubConfig)
	return nil, s.owned(ctx, c, func(n *node) error {
		if !ok {
			return xmpp.Refuse(stanza.NotAcceptable, "") // § 8.2.5.2
		}
		if !n.stored {
			_, err := s.create(ctx, c.st, n.name, set)
			return err
		}
		return s.configure(ctx, c.st, n, set)
	})
}

// configure changes fields of a node; the caller holds mu.
func (s *Service) configure(ctx context.Context, st *state, n *node, set Settings) error {
	next := Settings{}
	for k, v := range n.set {
		next[k] = v
	}
	for k, v := range set {
		next[k] = v
	}
	if err := s.Store.ConfigureNode(ctx, st.owner, n.name, next); err != nil {
		return err
	}
	n.set = next
	if !s.on(st, n, fieldNotifyConfig) {
		return nil
	}
	e := xmpp.El(ns.PubSubEvent, "configuration").Set("node", n.name) // § 8.2.5.3
	if s.on(st, n, fieldPayloads) {
		e.Add(form("result", func(name string) string { return s.value(st, n, name) }))
	}
	return s.broadcast(ctx, st, n, event(e))
}

// deleteNode answers an owner who deletes a node (XEP-0060 § 8.4).
func deleteNode(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	err := s.owned(ctx, c, func(n *node) error {
		if !n.stored {
			return noNode()
		}
		if err := s.people(ctx, c.st, n); err != nil { // who is told of it
			return err
		}
		if err := s.Store.DeleteNode(ctx, c.st.owner, n.name); err != nil {
			return err
		}
		delete(c.st.nodes, n.name)
		if !s.on(c.st, n, fieldNotifyDelete) {
			return nil
		}
		return s.broadcast(ctx, c.st, n, event(xmpp.El(ns.PubSubEvent, "delete").Set("node", n.name)))
	})
	if err == nil {
		s.tell(Change{Owner: c.st.owner, Node: c.node, Emptied: true})
	}
	return nil, err
}

// purgeNode answers an owner who removes all items (XEP-0060 § 8.5).
func purgeNode(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	err := s.owned(ctx, c, func(n *node) error {
		if !s.on(c.st, n, FieldPersist) {
			return unsupported("persistent-items") // § 8.5.3.3
		}
		if !n.stored {
			return nil
		}
		if err := s.Store.PurgeNode(ctx, c.st.owner, n.name); err != nil {
			return err
		}
		n.keepLast(nil)
		return s.broadcast(ctx, c.st, n, event(xmpp.El(ns.PubSubEvent, "purge").Set("node", n.name)))
	})
	if err == nil {
		s.tell(Change{Owner: c.st.owner, Node: c.node, Emptied: true})
	}
	return nil, err
}
