package pubsub

import (
	"context"
	"errors"
	"fmt"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// createNode answers who creates a node (XEP-0060 § 8.1).
func createNode(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	if err := s.mayCreate(c); err != nil {
		return nil, err
	}
	set, err := createdWith(c)
	if err != nil {
		return nil, err
	}
	instant := c.node == ""
	if instant { // § 8.1.1
		c.node = xmpp.NewID()
	}
	if err := s.createOwned(ctx, c, set); err != nil {
		return nil, err
	}
	if !instant {
		return nil, nil
	}
	return xmpp.El(ns.PubSub, "pubsub", xmpp.El(ns.PubSub, "create").Set("node", c.node)), nil
}

// createdWith reads the configuration that comes with a request to create a node (§ 8.1.3).
func createdWith(c *call) (Settings, error) {
	created := false
	for e := range c.q.Payload.Elements() {
		created = created || e == c.e
		if !e.Is(ns.PubSub, "configure") {
			continue
		}
		if _, named := e.LookupAttr("", "node"); named || !created {
			return nil, xmpp.Refuse(stanza.BadRequest, "The configuration follows the node, and does not name it.")
		}
		x := e.Child(ns.DataForm, "x")
		if x == nil {
			return nil, nil
		}
		set, _, err := submitted(x, ns.PubSubConfig, fields)
		if err != nil {
			return nil, refuseForm(err)
		}
		return set, nil
	}
	return nil, nil
}

func (s *Service) createOwned(ctx context.Context, c *call, set Settings) error {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.find(ctx, c.st, c.node)
	if err != nil {
		return err
	}
	if n != nil && n.stored {
		return xmpp.Refuse(stanza.Conflict, "There is a node of this name.") // § 8.1.1
	}
	_, err = s.create(ctx, c.st, c.node, set, c.q.From)
	return err
}

// mayCreate checks who may create nodes (§ 8.1.1): the account on itself, and on a service whom the operator lets.
func (s *Service) mayCreate(c *call) error {
	who := c.q.From.Bare()
	switch {
	case c.st.owner.Local() != "":
		if who != c.st.owner {
			return forbidden()
		}
	case !s.account(who) || !s.trusted(who.Domain(), c.st.owner) && !s.IsAdmin(c.q.From, c.st.owner.Domain()):
		return forbidden()
	}
	return nil
}

// trusted tells whether accounts of a domain may create nodes on a service: one may be open to all, and the place is of its own domain.
func (s *Service) trusted(domain string, service xmpp.JID) bool {
	switch s.config(service).NodeCreation {
	case CreateEverybody:
		return true
	case CreateAccounts:
		return domain == s.Domain(service.Domain())
	}
	return false
}

// hasPlace checks how many nodes there may be (§ 8.1.1): all of an owner, and those of one account on a service.
func (s *Service) hasPlace(st *state, who xmpp.JID) error {
	cfg := s.config(st.owner)
	full := func(text string) error { return failure(stanza.ResourceConstraint, "max-nodes-exceeded", text) }
	if st.owner.Local() != "" {
		if len(st.nodes) >= cfg.MaxNodes {
			return full(fmt.Sprintf("An account may have %d nodes.", cfg.MaxNodes))
		}
		return nil
	}
	if len(st.nodes) >= cfg.ServiceNodes {
		return full(fmt.Sprintf("The service may have %d nodes.", cfg.ServiceNodes))
	}
	own := 0
	for _, n := range st.nodes {
		if n.set[noteCreator] == who.Bare().String() {
			own++
		}
	}
	if limit := cfg.ServiceAccountNodes; limit > 0 && own >= limit {
		return full(fmt.Sprintf("An account may have %d nodes on the service.", limit))
	}
	return nil
}

// create makes a node for somebody, who owns it on a service; the caller holds mu and has loaded the state.
func (s *Service) create(ctx context.Context, st *state, name string, set Settings, who xmpp.JID) (*node, error) {
	old := st.nodes[name]
	if old == nil {
		if err := s.hasPlace(st, who); err != nil {
			return nil, err
		}
	}
	if st.owner.Local() == "" && s.reserved[name] && who.Bare() != st.owner {
		return nil, xmpp.Refuse(stanza.NotAllowed, "The name of the node is kept for the server.")
	}
	if len(name) > maxID {
		return nil, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The node's name is too long: %d bytes at most.", maxID))
	}
	n := &node{name: name, own: s.registered(st.owner, name), set: Settings{}, peopleRead: true, lastRead: true}
	if n.own != nil {
		for k, v := range n.own.Settings { // defaults that change later do not change what is there
			n.set[k] = v
		}
	}
	next, err := s.plan(ctx, st, n, set, who)
	if err != nil {
		return nil, err
	}
	n.set, n.affiliations = next, map[xmpp.JID]string{}
	if name != "" && st.owner.Local() == "" {
		n.set[noteCreator] = who.Bare().String()
	}
	if old != nil { // a node was here that has moved
		if err := s.Store.DeleteNode(ctx, st.owner, name); err != nil {
			return nil, err
		}
		delete(st.nodes, name)
	}
	n.created = s.Now().UTC()
	if err := s.Store.CreateNode(ctx, storage.Node{Owner: st.owner, Name: name, Config: n.set, Created: n.created}); err != nil {
		if errors.Is(err, storage.ErrConflict) {
			st.nodes = nil // somebody else wrote it: it is read again
			return nil, xmpp.Refuse(stanza.Conflict, "")
		}
		return nil, err
	}
	n.stored = true
	s.purging.configured(n.set)
	st.nodes[name] = n
	if name == "" {
		return n, nil
	}
	if st.owner.Local() == "" { // an account owns its nodes
		if err := s.Store.SetAffiliation(ctx, st.owner, name, who.Bare(), owner); err != nil {
			return nil, err
		}
		n.affiliations[who.Bare()] = owner
	}
	if s.isCollection(st, n) {
		if err := s.adopt(ctx, st, n, lines(set[fieldChildren]), who, false); err != nil {
			return nil, err
		}
	}
	return n, s.tellCreated(ctx, st, n)
}

// written returns a node that is in storage: one that was only registered, or the root, is created; the caller holds mu.
func (s *Service) written(ctx context.Context, st *state, n *node) (*node, error) {
	if n.stored {
		return n, nil
	}
	return s.create(ctx, st, n.name, nil, st.owner)
}
