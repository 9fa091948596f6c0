package pubsub

import (
	"context"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// subscriber reads whose subscription a request is about: an address of whoever asks (XEP-0060 § 6.1.3.1).
func subscriber(c *call) (xmpp.JID, bool) {
	j, err := xmpp.ParseJID(c.e.Attr("jid"))
	return j, err == nil && (j == c.q.From.Bare() || j == c.q.From)
}

// subscribe answers who subscribes to a node (XEP-0060 § 6.1).
func subscribe(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	who, ok := subscriber(c)
	if !ok {
		return nil, failure(stanza.BadRequest, "invalid-jid", "")
	}
	if c.node == "" {
		return nil, noNodeID()
	}
	state, err := s.addSubscription(ctx, c, who)
	if err != nil {
		return nil, err
	}
	e := xmpp.El(ns.PubSub, "subscription").Set("node", c.node).Set("jid", who.String()).Set("subscription", state)
	return xmpp.El(ns.PubSub, "pubsub", e), nil
}

func (s *Service) addSubscription(ctx context.Context, c *call, who xmpp.JID) (string, error) {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return "", err // § 6.1.3.12
	}
	if err := s.mayAsk(ctx, c, n, who, true); err != nil {
		return "", err
	}
	if !s.on(c.st, n, fieldSubscribe) {
		return "", unsupported("subscribe") // § 6.1.3.10
	}
	if err := s.people(ctx, c.st, n); err != nil {
		return "", err
	}
	have := n.subscriptions[who]
	switch {
	case have == pending:
		return "", failure(stanza.NotAuthorized, "pending-subscription", "") // § 6.1.3.7
	case have == subscribed:
		return have, nil
	case len(n.subscriptions) >= maxPeople:
		return "", failure(stanza.PolicyViolation, "too-many-subscriptions", "") // § 6.1.3.9
	}
	state := subscribed
	if s.value(c.st, n, FieldAccess) == AccessAuthorize && s.mayAsk(ctx, c, n, who, false) != nil {
		state = pending // § 6.1.4: the owner decides (§ 8.8.2)
	}
	if n, err = s.written(ctx, c.st, n); err != nil {
		return "", err
	}
	if err := s.Store.SetSubscription(ctx, c.st.owner, n.name, who, state); err != nil {
		return "", err
	}
	n.subscriptions[who] = state
	if state == subscribed && s.value(c.st, n, FieldSendLast) != LastNever {
		return state, s.sendLastTo(ctx, c.st, n, who)
	}
	return state, nil
}

// sendLastTo sends a new subscriber what was published last (XEP-0060 § 6.1.7); the caller holds mu.
func (s *Service) sendLastTo(ctx context.Context, st *state, n *node, who xmpp.JID) error {
	if n.own != nil && n.own.Virtual != nil {
		return nil
	}
	last, err := s.lastItem(ctx, st, n)
	if err != nil || last == nil {
		return err
	}
	return s.Router.SendFrame(s.lastFrame(st, n, last).WithTo(who))
}

// unsubscribe answers who ends a subscription (XEP-0060 § 6.2).
func unsubscribe(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	who, ok := subscriber(c)
	if !ok {
		return nil, forbidden() // § 6.2.3.3
	}
	if c.node == "" {
		return nil, noNodeID()
	}
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return nil, err
	}
	if err := s.people(ctx, c.st, n); err != nil {
		return nil, err
	}
	if n.subscriptions[who] == "" {
		return nil, failure(stanza.UnexpectedRequest, "not-subscribed", "").(*xmpp.Refusal).WithType(stanza.Cancel) // § 6.2.3.2
	}
	if err := s.Store.SetSubscription(ctx, c.st.owner, n.name, who, none); err != nil {
		return nil, err
	}
	delete(n.subscriptions, who)
	return nil, nil
}

// listSubscriptions tells somebody of the own subscriptions (XEP-0060 § 5.6).
func listSubscriptions(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	list := xmpp.El(ns.PubSub, "subscriptions")
	err := s.eachNode(ctx, c, func(n *node) error {
		for _, j := range sorted(n.subscriptions) {
			if j.Bare() == c.q.From.Bare() {
				list.Add(xmpp.El(ns.PubSub, "subscription").Set("node", n.name).Set("jid", j.String()).
					Set("subscription", n.subscriptions[j]))
			}
		}
		return nil
	})
	return xmpp.El(ns.PubSub, "pubsub", list), err
}

// listAffiliations tells somebody of the own affiliations (XEP-0060 § 5.7).
func listAffiliations(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	list := xmpp.El(ns.PubSub, "affiliations")
	err := s.eachNode(ctx, c, func(n *node) error {
		a, err := s.affiliation(ctx, c.st, n, c.q.From)
		if err == nil && a != none {
			list.Add(xmpp.El(ns.PubSub, "affiliation").Set("node", n.name).Set("affiliation", a))
		}
		return err
	})
	return xmpp.El(ns.PubSub, "pubsub", list), err
}

// eachNode calls f for the node of a request, or for all where it names none, in the order of their names.
func (s *Service) eachNode(ctx context.Context, c *call, f func(n *node) error) error {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	if err := s.load(ctx, c.st); err != nil {
		return err
	}
	names := []string{c.node}
	if c.node == "" {
		names = names[:0]
		for name := range c.st.nodes {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	for _, name := range names {
		n, err := s.existing(ctx, c.st, name)
		if err != nil {
			return err
		}
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		if err := f(n); err != nil {
			return err
		}
	}
	return nil
}
