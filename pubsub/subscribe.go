package pubsub

import (
	"context"
	"fmt"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// subscriber reads whose subscription a request is about: an address of whoever asks. missing: none is named.
func subscriber(c *call) (who xmpp.JID, missing, ok bool) {
	text := c.e.Attr("jid")
	who, err := xmpp.ParseJID(text)
	return who, text == "", err == nil && who.Bare() == c.q.From.Bare()
}

// subscribe answers who subscribes to a node, be it with options (XEP-0060 § 6.1, § 6.3.7); without a node it is the root
// (XEP-0248 § 8.1).
func subscribe(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	who, _, ok := subscriber(c)
	if !ok {
		return nil, failure(stanza.BadRequest, "invalid-jid", "") // § 6.1.3.1
	}
	var x *xmpp.Element
	if o := c.q.Payload.Child(ns.PubSub, "options"); o != nil {
		if o.Attr("node") != "" || o.Attr("jid") != "" { // § 6.3.7
			return nil, xmpp.Refuse(stanza.BadRequest, "The options name neither node nor address.")
		}
		x = o.Child(ns.DataForm, "x")
	}
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, u, err := s.addSubscription(ctx, c, who, x)
	if err != nil {
		return nil, err
	}
	e := xmpp.El(ns.PubSub, "pubsub", n.subscriptionElement(ns.PubSub, u, u.State).Add(xmpp.El(ns.PubSub, "subscribe-options")))
	if x != nil {
		e.Add(xmpp.El(ns.PubSub, "options", s.optionForm(c.st, n, "result", u)))
	}
	return e, nil
}

// addSubscription returns the subscription that a request has made, or the one that is there already (§ 6.1.6); the caller
// holds mu.
func (s *Service) addSubscription(ctx context.Context, c *call, who xmpp.JID, x *xmpp.Element) (*node, *subscription, error) {
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return nil, nil, err // § 6.1.3.12
	}
	if err := s.mayAsk(ctx, c, n, who, true); err != nil {
		return nil, nil, err
	}
	if !s.on(c.st, n, fieldSubscribe) {
		return nil, nil, unsupported("subscribe") // § 6.1.3.10
	}
	if err := s.people(ctx, c.st, n); err != nil {
		return nil, nil, err
	}
	u := &subscription{}
	u.JID, u.ID = who, xmpp.NewID()
	if err := s.applyOptions(c.st, n, u, x); err != nil {
		return nil, nil, err
	}
	if old, err := s.already(c.st, n, u, x != nil); old != nil || err != nil {
		return n, old, err
	}
	if u.State = subscribed; s.value(c.st, n, FieldAccess) == AccessAuthorize && s.mayAsk(ctx, c, n, who, false) != nil {
		u.State = pending // § 6.1.4
	}
	if n, err = s.written(ctx, c.st, n); err != nil {
		return nil, nil, err
	}
	if err := s.keep(ctx, c.st, n, u); err != nil {
		return nil, nil, err
	}
	if u.State == pending {
		s.askOwners(c.st, n, u)
		return n, u, nil
	}
	s.tellOwners(c.st, n, u, subscribed)
	if s.value(c.st, n, FieldSendLast) != LastNever {
		err = s.sendLastTo(ctx, c.st, n, who)
	}
	return n, u, err
}

// already finds the subscription that makes a new one needless, or why there must be no more; options tells whether the
// request has some. Who asks without wants what is there.
func (s *Service) already(st *state, n *node, u *subscription, options bool) (*subscription, error) {
	for _, old := range n.of(u.JID) {
		switch {
		case old.State == pending: // § 6.1.3.7
			return nil, failure(stanza.NotAuthorized, "pending-subscription", "")
		case !options, old.sameOptions(u):
			return old, nil
		case s.isCollection(st, n) && old.option(optionType) == u.option(optionType): // XEP-0248 § 6.1.3
			return nil, xmpp.Refuse(stanza.Conflict, "There is a subscription of this type.")
		}
	}
	cfg := s.config(st.owner)
	switch {
	case len(n.ofAccount(u.JID)) >= cfg.OwnSubscriptions:
		return nil, tooMany("An account has %d subscriptions to a node at most.", cfg.OwnSubscriptions)
	case len(n.subscriptions) >= cfg.NodePeople:
		return nil, tooMany("A node has %d subscriptions at most.", cfg.NodePeople)
	}
	return nil, nil
}

// tooMany is the error of who subscribes too often (§ 6.1.3.9).
func tooMany(text string, limit int) error {
	return failure(stanza.PolicyViolation, "too-many-subscriptions", fmt.Sprintf(text, limit)).WithType(stanza.Wait)
}

// sendLastTo sends a new subscriber what was published last (XEP-0060 § 6.1.7); the caller holds mu.
func (s *Service) sendLastTo(ctx context.Context, st *state, n *node, who xmpp.JID) error {
	if n.own != nil && n.own.Virtual != nil || s.isCollection(st, n) {
		return nil
	}
	last, err := s.lastItem(ctx, st, n)
	if err != nil || last == nil {
		return err
	}
	return s.Router.SendFrame(with(s.lastFrame(st, n, last), s.replyFor(st, last.Publisher, who)).WithTo(who))
}

// unsubscribe answers who ends a subscription (XEP-0060 § 6.2).
func unsubscribe(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	who, _, ok := subscriber(c)
	if !ok {
		return nil, forbidden() // § 6.2.3.3
	}
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return nil, err // § 6.2.3.4
	}
	if err := s.people(ctx, c.st, n); err != nil {
		return nil, err
	}
	u, err := one(n.of(who), c.e.Attr("subid"), stanza.Cancel)
	if err != nil {
		return nil, err
	}
	if err := s.end(ctx, c.st, n, u); err != nil {
		return nil, err
	}
	s.tellState(c.st, n, u, none) // § 12.14
	s.tellOwners(c.st, n, u, none)
	return xmpp.El(ns.PubSub, "pubsub", n.subscriptionElement(ns.PubSub, u, none)), nil
}

// one picks the subscription that a request means, by its id where there are several (§ 6.2.3.1, § 6.2.3.2, § 6.2.3.5,
// § 6.3.4.2 to § 6.3.4.5, § 6.5.9.1, § 6.5.9.2). typ is the type of the error for who has none.
func one(list []*subscription, id string, typ stanza.ErrorType) (*subscription, error) {
	switch {
	case len(list) == 0:
		return nil, failure(stanza.UnexpectedRequest, "not-subscribed", "").WithType(typ)
	case id == "" && len(list) > 1:
		return nil, failure(stanza.BadRequest, "subid-required", "")
	case id == "":
		return list[0], nil
	}
	i := slices.IndexFunc(list, func(u *subscription) bool { return u.ID == id })
	if i < 0 {
		return nil, failure(stanza.NotAcceptable, "invalid-subid", "")
	}
	return list[i], nil
}

// subscriptionElement says what a subscription is; the root has no name.
func (n *node) subscriptionElement(space string, u *subscription, state string) *xmpp.Element {
	e := xmpp.El(space, "subscription")
	if n.name != "" {
		e.Set("node", n.name)
	}
	return e.Set("jid", u.JID.String()).Set("subid", u.ID).Set("subscription", state)
}

// listSubscriptions tells somebody of the own subscriptions (XEP-0060 § 5.6).
func listSubscriptions(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	list := xmpp.El(ns.PubSub, "subscriptions")
	if c.node != "" {
		list.Set("node", c.node)
	}
	err := s.eachNode(ctx, c, func(n *node) error {
		for _, u := range n.ofAccount(c.q.From) {
			list.Add(n.subscriptionElement(ns.PubSub, u, u.State))
		}
		return nil
	})
	return xmpp.El(ns.PubSub, "pubsub", list), err
}

// listAffiliations tells somebody of the own affiliations (XEP-0060 § 5.7).
func listAffiliations(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	list := xmpp.El(ns.PubSub, "affiliations")
	err := s.eachNode(ctx, c, func(n *node) error {
		if a := s.known(c.st, n, c.q.From.Bare()); a != none && n.name != "" {
			list.Add(xmpp.El(ns.PubSub, "affiliation").Set("node", n.name).Set("affiliation", a))
		}
		return nil
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
		names = c.st.names()
		if c.st.nodes[""] != nil {
			names = append(names, "")
		}
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
