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
	id, items := "", 0
	for e := range c.e.Elements() {
		if e.Is(ns.PubSub, "item") {
			id = e.Attr("id")
			items++
		}
	}
	switch {
	case items > 1: // § 7.2.1
		return nil, xmpp.Refuse(stanza.BadRequest, "Items are removed one by one.")
	case id == "":
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

// mayRetract checks that there is a node that keeps items, and that who asks owns it or has published the item (§ 7.2.3).
func (s *Service) mayRetract(ctx context.Context, c *call, id string) error {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return err
	}
	a, err := s.affiliation(ctx, c.st, n, c.q.From)
	switch {
	case err != nil:
		return err
	case a == outcast:
		return forbidden() // § 7.2.3.1
	case s.isCollection(c.st, n) || !s.on(c.st, n, FieldPersist):
		if a == none {
			return forbidden()
		}
		return unsupported("persistent-items") // § 7.2.3.5
	case a == owner:
		return nil
	case a != publisher && a != publishOnly && s.value(c.st, n, FieldPublishModel) == "publishers":
		return forbidden() // it cannot have published anything
	}
	list, err := s.Store.Items(ctx, c.st.owner, n.name, 0, id)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	own := len(list) > 0 && list[0].Publisher.Bare() == c.q.From.Bare()
	switch {
	case own:
		return nil
	case len(list) == 0 && (a == publisher || a == publishOnly):
		return noItem()
	}
	return forbidden()
}

// retract removes an item; notify tells everyone even where the node does not ask for it.
func (s *Service) retract(ctx context.Context, st *state, name, id string, notify bool) error {
	if err := s.take(ctx, st, name, id, notify); err != nil {
		return err
	}
	s.tell(Change{Owner: st.owner, Node: name, Retracted: []string{id}})
	return nil
}

func (s *Service) take(ctx context.Context, st *state, name, id string, notify bool) error {
	return s.taken(ctx, st, name, id, notify, nil)
}

// taken is take; of is the chained node that has removed the item, or nil.
func (s *Service) taken(ctx context.Context, st *state, name, id string, notify bool, of *link) error {
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
	e := retracted(name, []string{id})
	e.of = of
	return s.broadcast(ctx, st, n, e)
}

// existing is find for a node that has to be there; the caller holds mu.
func (s *Service) existing(ctx context.Context, st *state, name string) (*node, error) {
	n, err := s.find(ctx, st, name)
	if err != nil || n != nil {
		return n, err
	}
	if err := st.gone(name); err != nil {
		return nil, err
	}
	return nil, noNode()
}

// gone says where a node is that has moved (XEP-0060 § 6.1.3.11); nil where it has not.
func (st *state) gone(name string) error {
	n := st.nodes[name]
	if n == nil || !n.moved() {
		return nil
	}
	r := xmpp.Refuse(stanza.Gone, "The node has moved.")
	r.Where = n.set[noteMoved]
	return r
}
