package pubsub

import (
	"cmp"
	"context"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
)

// Affiliations and subscription states (XEP-0060 § 4.1, § 4.2).
const (
	owner       = "owner"
	publisher   = "publisher"
	publishOnly = "publish-only"
	member      = "member"
	outcast     = "outcast"
	none        = "none"

	subscribed = "subscribed"
	pending    = "pending"
)

// affiliation is what somebody is to a node: administrators own all nodes of the service of their domain. The caller holds mu.
func (s *Service) affiliation(ctx context.Context, st *state, n *node, who xmpp.JID) (string, error) {
	chaining := isChaining(who) && who.Bare() == st.owner
	if who.Bare() == st.owner && !chaining {
		return owner, nil
	}
	if err := s.people(ctx, st, n); err != nil {
		return "", err
	}
	if chaining { // a node of the service is not the service
		return cmp.Or(n.affiliations[st.owner], none), nil
	}
	a := s.known(st, n, who.Bare())
	if a != owner && st.owner.Local() == "" && s.IsAdmin != nil && s.IsAdmin(who, st.owner.Domain()) {
		return owner, nil // docs/decisions/0015-ownerless-nodes.md
	}
	return a, nil
}

// ownedBy lists the nodes of a service that somebody owns, by name. Strangers make nobody read more than that they own none. The
// caller holds mu.
func (s *Service) ownedBy(ctx context.Context, st *state, who xmpp.JID) (list []*node, err error) {
	var names []string
	if s.administers(st, who) {
		err = s.load(ctx, st)
		names = st.names()
	} else {
		names, err = s.Store.AffiliatedAs(ctx, st.owner, who.Bare(), owner)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		n, err := s.find(ctx, st, name)
		if err != nil {
			return nil, err
		}
		if n != nil && n.name != "" && s.mustOwn(ctx, st, n, who) == nil {
			list = append(list, n)
		}
	}
	return list, nil
}

// administers tells whether somebody owns all nodes, whatever stands with them: the account, or who runs the domain of a service.
func (s *Service) administers(st *state, who xmpp.JID) bool {
	if isChaining(who) && who.Bare() == st.owner { // a node of the service is not the service
		return false
	}
	return who.Bare() == st.owner || st.owner.Local() == "" && s.IsAdmin != nil && s.IsAdmin(who, st.owner.Domain())
}

// mayRead checks the access model for somebody who wants items or a subscription (XEP-0060 § 6.1.3, § 6.5.9): nil, or
// why not. subscribing: for the model authorize a subscription may be asked for, but items need one. The caller holds mu.
func (s *Service) mayRead(ctx context.Context, st *state, n *node, who xmpp.JID, subscribing bool) error {
	return s.allowed(ctx, st, n, who, subscribing, func() bool { return s.sharesPresence(st, who) })
}

// mayAsk is mayRead for a request: of strangers it is known already that they do not share presence.
func (s *Service) mayAsk(ctx context.Context, c *call, n *node, who xmpp.JID, subscribing bool) error {
	return s.allowed(ctx, c.st, n, who, subscribing, func() bool { return !c.q.Stranger && s.sharesPresence(c.st, who) })
}

// allowed is mayRead for who knows already whether the owner's presence is shared.
func (s *Service) allowed(ctx context.Context, st *state, n *node, who xmpp.JID, subscribing bool, shares func() bool) error {
	a, err := s.affiliation(ctx, st, n, who)
	if err != nil {
		return err
	}
	switch a {
	case owner, publisher, member:
		return nil
	case outcast, publishOnly: // § 6.1.3.8, § 6.5.9.10
		return forbidden()
	}
	switch s.value(st, n, FieldAccess) {
	case AccessOpen:
		return nil
	case AccessPresence:
		if shares() {
			return nil
		}
		return failure(stanza.NotAuthorized, "presence-subscription-required", "") // § 6.1.3.2
	case AccessRoster:
		if !shares() {
			return failure(stanza.NotAuthorized, "presence-subscription-required", "")
		}
		allowed := s.groups(st, n)
		if slices.ContainsFunc(s.Contacts.Groups(st.owner, who.Bare()), func(g string) bool { return slices.Contains(allowed, g) }) {
			return nil
		}
		return failure(stanza.NotAuthorized, "not-in-roster-group", "") // § 6.1.3.3
	case AccessAuthorize:
		if subscribing || n.state(who) == subscribed {
			return nil
		}
		return failure(stanza.NotAuthorized, "not-subscribed", "") // § 6.5.9.3
	}
	return failure(stanza.NotAllowed, "closed-node", "") // § 6.1.3.4
}

func (s *Service) sharesPresence(st *state, who xmpp.JID) bool {
	return st.owner.Local() != "" && s.Contacts.SharesPresence(st.owner, who.Bare())
}

// mayPublish checks the publish model (XEP-0060 § 7.1.3.1); the caller holds mu.
func (s *Service) mayPublish(ctx context.Context, st *state, n *node, who xmpp.JID) error {
	a, err := s.affiliation(ctx, st, n, who)
	if err != nil {
		return err
	}
	switch a {
	case owner, publisher, publishOnly:
		return nil
	case outcast:
		return forbidden()
	}
	switch s.value(st, n, FieldPublishModel) {
	case "open":
		return s.mayRead(ctx, st, n, who, false)
	case "subscribers":
		if n.state(who) == subscribed {
			return nil
		}
	}
	return forbidden()
}

// mustOwn checks that somebody owns a node; the caller holds mu.
func (s *Service) mustOwn(ctx context.Context, st *state, n *node, who xmpp.JID) error {
	a, err := s.affiliation(ctx, st, n, who)
	if err != nil {
		return err
	}
	if a != owner {
		return forbidden()
	}
	return nil
}
