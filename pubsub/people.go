package pubsub

import (
	"cmp"
	"context"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// ownerAffiliations tells an owner who is what to a node (XEP-0060 § 8.9.1).
func ownerAffiliations(ctx context.Context, s *Service, c *call) (e *xmpp.Element, err error) {
	err = s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		list := xmpp.El(ns.PubSubOwner, "affiliations").Set("node", n.name)
		if c.st.owner.Local() != "" {
			list.Add(person("affiliation", "affiliation", c.st.owner, owner))
		}
		for _, j := range sorted(n.affiliations) {
			list.Add(person("affiliation", "affiliation", j, n.affiliations[j]))
		}
		e = xmpp.El(ns.PubSubOwner, "pubsub", list)
		return nil
	})
	return e, err
}

// ownerSubscriptions tells an owner who is subscribed to a node (XEP-0060 § 8.8.1).
func ownerSubscriptions(ctx context.Context, s *Service, c *call) (e *xmpp.Element, err error) {
	err = s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		list := xmpp.El(ns.PubSubOwner, "subscriptions").Set("node", n.name)
		for _, j := range sorted(n.subscriptions) {
			list.Add(person("subscription", "subscription", j, n.subscriptions[j]))
		}
		e = xmpp.El(ns.PubSubOwner, "pubsub", list)
		return nil
	})
	return e, err
}

func person(local, attr string, who xmpp.JID, value string) *xmpp.Element {
	return xmpp.El(ns.PubSubOwner, local).Set("jid", who.String()).Set(attr, value)
}

func sorted(m map[xmpp.JID]string) []xmpp.JID {
	list := make([]xmpp.JID, 0, len(m))
	for j := range m {
		list = append(list, j)
	}
	slices.SortFunc(list, func(a, b xmpp.JID) int { return cmp.Compare(a.String(), b.String()) })
	return list
}

// maxPeople is how many addresses a node knows of each kind, and maxChanges how many one request may change.
const (
	maxPeople  = 10_000
	maxChanges = 500
)

// changes reads who shall be what: children of a name with an address and a value that is one of values.
func changes(e *xmpp.Element, local string, values ...string) (map[xmpp.JID]string, error) {
	m := map[xmpp.JID]string{}
	for a := range e.Elements() {
		if !a.Is(ns.PubSubOwner, local) {
			continue
		}
		j, err := xmpp.ParseJID(a.Attr("jid"))
		if err != nil {
			return nil, failure(stanza.BadRequest, "invalid-jid", "")
		}
		v := a.Attr(local)
		if !slices.Contains(values, v) {
			return nil, xmpp.Refuse(stanza.BadRequest, "")
		}
		if m[j] = v; len(m) > maxChanges {
			return nil, xmpp.Refuse(stanza.PolicyViolation, "Too many changes at once.")
		}
	}
	return m, nil
}

// setAffiliations changes who is what to a node (XEP-0060 § 8.9.2).
func setAffiliations(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	want, err := changes(c.e, "affiliation", owner, publisher, publishOnly, member, outcast, none)
	if err != nil {
		return nil, err
	}
	return nil, s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		after := map[xmpp.JID]string{}
		for j, v := range n.affiliations {
			after[j] = v
		}
		for j, v := range want {
			after[j.Bare()] = v
			if j.Bare() == c.st.owner || c.st.owner.Local() != "" && v == owner {
				return xmpp.Refuse(stanza.NotAcceptable, "The account is the only owner of its nodes.")
			}
		}
		if c.st.owner.Local() == "" && !hasOwner(after) {
			return xmpp.Refuse(stanza.NotAcceptable, "A node needs an owner.")
		}
		if len(after) > maxPeople {
			return xmpp.Refuse(stanza.ResourceConstraint, "")
		}
		n, err := s.written(ctx, c.st, n)
		if err != nil {
			return err
		}
		for j, v := range want {
			if err := s.Store.SetAffiliation(ctx, c.st.owner, n.name, j.Bare(), v); err != nil {
				return err
			}
			set(n.affiliations, j.Bare(), v)
		}
		return nil
	})
}

func hasOwner(m map[xmpp.JID]string) bool {
	for _, v := range m {
		if v == owner {
			return true
		}
	}
	return false
}

// written returns a node that is in storage: one that was only registered is created; the caller holds mu.
func (s *Service) written(ctx context.Context, st *state, n *node) (*node, error) {
	if n.stored {
		return n, nil
	}
	return s.create(ctx, st, n.name, nil)
}

func set(m map[xmpp.JID]string, j xmpp.JID, v string) {
	if v == none {
		delete(m, j)
	} else {
		m[j] = v
	}
}

// setSubscriptions changes who is subscribed to a node (XEP-0060 § 8.8.2), and tells them (§ 8.8.4).
func setSubscriptions(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	want, err := changes(c.e, "subscription", subscribed, pending, none)
	if err != nil {
		return nil, err
	}
	return nil, s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		if len(n.subscriptions)+len(want) > maxPeople {
			return xmpp.Refuse(stanza.ResourceConstraint, "")
		}
		n, err := s.written(ctx, c.st, n)
		if err != nil {
			return err
		}
		for j, v := range want {
			if err := s.Store.SetSubscription(ctx, c.st.owner, n.name, j, v); err != nil {
				return err
			}
			set(n.subscriptions, j, v)
			e := event(xmpp.El(ns.PubSubEvent, "subscription").Set("node", n.name).Set("jid", j.String()).Set("subscription", v))
			if err := s.Router.SendFrame(s.frame(c.st, n, e).WithTo(j)); err != nil {
				s.Logger.Warn("notification not sent", "to", j.String(), "err", err)
			}
		}
		return nil
	})
}
