package pubsub

import (
	"context"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// createNode answers who creates a node (XEP-0060 § 8.1).
func createNode(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	if err := s.mayCreate(c); err != nil {
		return nil, err
	}
	var set Settings
	if conf := c.q.Payload.Child(ns.PubSub, "configure"); conf != nil { // § 8.1.3
		if x := conf.Child(ns.DataForm, "x"); x != nil {
			var ok bool
			if set, _, ok = submitted(x, ns.PubSubConfig); !ok {
				return nil, xmpp.Refuse(stanza.NotAcceptable, "")
			}
		}
	}
	instant := c.node == ""
	if instant { // § 8.1.2
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
	if n, err = s.create(ctx, c.st, c.node, set); err != nil {
		return err
	}
	if c.st.owner.Local() != "" {
		return nil // the account owns its nodes
	}
	who := c.q.From.Bare()
	if err := s.Store.SetAffiliation(ctx, c.st.owner, n.name, who, owner); err != nil {
		return err
	}
	n.affiliations[who] = owner
	return nil
}

// mayCreate checks who may create nodes (§ 8.1.1): the account on itself, and on a service whom the operator lets.
func (s *Service) mayCreate(c *call) error {
	who := c.q.From.Bare()
	switch {
	case c.st.owner.Local() != "":
		if who != c.st.owner {
			return forbidden()
		}
	case !s.account(who) || s.config(c.st.owner).NodeCreation == CreateAdmins && !s.IsAdmin(who, c.st.owner.Domain()):
		return forbidden()
	}
	return nil
}
