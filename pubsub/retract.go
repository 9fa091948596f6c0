package pubsub

import (
	"context"
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// retractItem answers who removes an item (XEP-0060 § 7.2).
func retractItem(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	if c.node == "" {
		return nil, noNodeID() // § 7.2.3.3
	}
	id := attr(c.e.Child(ns.PubSub, "item"), "id")
	if id == "" {
		return nil, failure(stanza.BadRequest, "item-required", "") // § 7.2.3.4
	}
	if err := s.mayRetract(ctx, c, id); err != nil {
		return nil, err
	}
	notify := c.e.Attr("notify") == "1" || c.e.Attr("notify") == "true"
	if own := s.registered(c.st.owner, c.node); own != nil && own.Virtual != nil {
		instead, err := own.Virtual.Retract(ctx, c.st.owner, id)
		switch {
		case errors.Is(err, Taken):
			return nil, nil
		case err != nil:
			return nil, err
		case instead != nil:
			instead.Publisher = c.q.From
			return nil, s.publish(ctx, c.st, &publication{owner: c.st.owner, from: c.q.From, node: c.node, item: instead, raw: true})
		}
	}
	err := s.retract(ctx, c.st, c.node, id, notify)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, noItem()
	}
	return nil, err
}

// mayRetract checks that there is a node that keeps items, and that who asks is its owner or a publisher (§ 7.2.3).
func (s *Service) mayRetract(ctx context.Context, c *call, id string) error {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return err
	}
	a, err := s.affiliation(ctx, c.st, n, c.q.From)
	if err != nil {
		return err
	}
	if a == publisher || a == publishOnly { // its own items only
		list, err := s.Store.Items(ctx, c.st.owner, n.name, 0, id)
		if err != nil || len(list) == 0 {
			return noItem()
		}
		if list[0].Publisher.Bare() != c.q.From.Bare() {
			return forbidden()
		}
	} else if a != owner {
		return forbidden() // § 7.2.3.1
	}
	if !s.on(c.st, n, FieldPersist) {
		return unsupported("persistent-items") // § 7.2.3.5
	}
	return nil
}

// retract removes an item; notify tells everyone even where the node does not ask for it.
func (s *Service) retract(ctx context.Context, st *state, name, id string, notify bool) error {
	if err := s.remove(ctx, st, name, id, notify); err != nil {
		return err
	}
	s.tell(Change{Owner: st.owner, Node: name, Retracted: []string{id}})
	return nil
}

func (s *Service) remove(ctx context.Context, st *state, name, id string, notify bool) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.existing(ctx, st, name)
	if err != nil {
		return err
	}
	if err := s.Store.RetractItem(ctx, st.owner, name, id); err != nil {
		return err
	}
	n.lastRead = false
	if !notify && !s.on(st, n, fieldNotifyRetract) {
		return nil
	}
	return s.broadcast(ctx, st, n, retractEvent(name, []string{id}))
}

// existing is find for a node that has to be there; the caller holds mu.
func (s *Service) existing(ctx context.Context, st *state, name string) (*node, error) {
	n, err := s.find(ctx, st, name)
	if err == nil && n == nil {
		err = noNode()
	}
	return n, err
}
