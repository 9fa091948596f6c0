package pubsub

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxChanges is how many addresses one request may change.
const maxChanges = 500

// change is what an owner wants somebody to be.
type change struct {
	who       xmpp.JID
	to, subid string
}

// changes reads the children of a name with an address and a value; what has no value stays as it is (XEP-0060 § 8.8.2.1,
// § 8.9.2.1).
func changes(e *xmpp.Element, local string) ([]change, error) {
	var list []change
	for a := range e.Elements() {
		if !a.Is(ns.PubSubOwner, local) {
			continue
		}
		j, err := xmpp.ParseJID(a.Attr("jid"))
		if err != nil {
			return nil, failure(stanza.BadRequest, "invalid-jid", "")
		}
		if a.Attr(local) == "" {
			continue
		}
		if list = append(list, change{j, a.Attr(local), a.Attr("subid")}); len(list) > maxChanges {
			return nil, xmpp.Refuse(stanza.PolicyViolation, fmt.Sprintf("A request changes %d addresses at most.", maxChanges))
		}
	}
	return list, nil
}

// more is how many there are after some changes at most; 0 where nobody is added. there tells who is known already.
func more(want []change, have int, there func(xmpp.JID) bool) int {
	added := 0
	for _, w := range want {
		if w.to != none && !there(w.who) {
			added++
		}
	}
	if added == 0 {
		return 0
	}
	return have + added
}

// partly is the error of a request of which some changes were not made; left are the entries as they are (§ 8.8.2.4,
// § 8.9.2.4).
func partly(n *node, list string, left []*xmpp.Element) error {
	if len(left) == 0 {
		return nil
	}
	r := xmpp.Refuse(stanza.NotAcceptable, "")
	r.Echo = xmpp.El(ns.PubSubOwner, "pubsub", xmpp.El(ns.PubSubOwner, list, left...).Set("node", n.name))
	return r
}

// ownerAffiliations tells an owner who is what to a node (XEP-0060 § 8.9.1).
func ownerAffiliations(ctx context.Context, s *Service, c *call) (e *xmpp.Element, err error) {
	err = s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		list := xmpp.El(ns.PubSubOwner, "affiliations").Set("node", n.name)
		if c.st.owner.Local() != "" {
			list.Add(affiliated(c.st.owner, owner))
		}
		for _, j := range sorted(n.affiliations) {
			list.Add(affiliated(j, n.affiliations[j]))
		}
		e = xmpp.El(ns.PubSubOwner, "pubsub", list)
		return nil
	})
	return e, err
}

func affiliated(who xmpp.JID, a string) *xmpp.Element {
	return xmpp.El(ns.PubSubOwner, "affiliation").Set("jid", who.String()).Set("affiliation", a)
}

func sorted(m map[xmpp.JID]string) []xmpp.JID {
	list := make([]xmpp.JID, 0, len(m))
	for j := range m {
		list = append(list, j)
	}
	slices.SortFunc(list, func(a, b xmpp.JID) int { return cmp.Compare(a.String(), b.String()) })
	return list
}

// mayBecome is the state chart of affiliations (XEP-0060 § 4.1): an owner resigns before it becomes something else, and a
// publisher is not made a member.
func mayBecome(from, to string) bool {
	switch {
	case !slices.Contains([]string{owner, publisher, publishOnly, member, outcast, none}, to):
		return false
	case from == to:
		return true
	case from == owner:
		return to == none
	}
	return from != publisher || to != member
}

// setAffiliations changes who is what to a node (XEP-0060 § 8.9.2), and tells them (§ 8.9.4).
func setAffiliations(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	want, err := changes(c.e, "affiliation")
	if err != nil {
		return nil, err
	}
	for i := range want {
		want[i].who = want[i].who.Bare() // § 4.1
		if slices.ContainsFunc(want[:i], func(o change) bool { return o.who == want[i].who }) {
			return nil, xmpp.Refuse(stanza.BadRequest, "An address is there twice.") // § 8.9.2.4
		}
	}
	return nil, s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		if most := s.config(c.st.owner).NodePeople; more(want, len(n.affiliations), func(j xmpp.JID) bool { return n.affiliations[j] != "" }) > most {
			return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("A node has %d addresses with an affiliation at most.", most))
		}
		n, err := s.written(ctx, c.st, n)
		if err != nil {
			return err
		}
		var left []*xmpp.Element
		for _, w := range want {
			now := s.known(c.st, n, w.who)
			if !s.changeable(c.st, n, w, want) {
				left = append(left, affiliated(w.who, now))
				continue
			}
			if err := s.setAffiliation(ctx, c.st, n, w.who, now, w.to); err != nil {
				return err
			}
		}
		return partly(n, "affiliations", left)
	})
}

// known is somebody's affiliation; the people are read.
func (s *Service) known(st *state, n *node, who xmpp.JID) string {
	if who == st.owner {
		return owner
	}
	return cmp.Or(n.affiliations[who], none)
}

// changeable tells whether a change may be made; a node has an owner after all of them.
func (s *Service) changeable(st *state, n *node, w change, all []change) bool {
	now := s.known(st, n, w.who)
	switch {
	case !mayBecome(now, w.to):
		return false
	case st.owner.Local() != "": // the account is the only owner of its nodes
		return w.who != st.owner && w.to != owner
	case now != owner || w.to == owner:
		return true
	}
	for j, a := range n.affiliations {
		i := slices.IndexFunc(all, func(o change) bool { return o.who == j })
		if a == owner && i < 0 {
			return true
		}
	}
	return slices.ContainsFunc(all, func(o change) bool { return o.to == owner && mayBecome(s.known(st, n, o.who), owner) })
}

// setAffiliation changes one affiliation, and what follows for subscriptions (§ 8.7.4).
func (s *Service) setAffiliation(ctx context.Context, st *state, n *node, who xmpp.JID, from, to string) error {
	if from == to {
		return nil
	}
	if err := s.Store.SetAffiliation(ctx, st.owner, n.name, who, to); err != nil {
		return err
	}
	if to == none {
		delete(n.affiliations, who)
	} else {
		n.affiliations[who] = to
	}
	for _, u := range n.ofAccount(who) {
		var err error
		switch {
		case to == outcast, to == publishOnly:
			err = s.decide(ctx, st, n, u, false)
		case u.State == pending && (to == owner || to == publisher || to == member):
			err = s.decide(ctx, st, n, u, true)
		}
		if err != nil {
			return err
		}
	}
	list := xmpp.El(ns.PubSub, "affiliations", xmpp.El(ns.PubSub, "affiliation").Set("jid", who.String()).Set("affiliation", to))
	s.send(s.frame(st, n, xmpp.El(ns.PubSub, "pubsub", list.Set("node", n.name))), who)
	return nil
}

// ownerSubscriptions tells an owner who is subscribed to a node; who waits is not among them (XEP-0060 § 8.8.1).
func ownerSubscriptions(ctx context.Context, s *Service, c *call) (e *xmpp.Element, err error) {
	err = s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		list := xmpp.El(ns.PubSubOwner, "subscriptions").Set("node", n.name)
		for _, u := range n.subscriptions {
			if u.State == subscribed {
				list.Add(managed(u.JID, u.ID, u.State))
			}
		}
		e = xmpp.El(ns.PubSubOwner, "pubsub", list)
		return nil
	})
	return e, err
}

func managed(who xmpp.JID, id, state string) *xmpp.Element {
	e := xmpp.El(ns.PubSubOwner, "subscription").Set("jid", who.String()).Set("subscription", state)
	if id != "" {
		e.Set("subid", id)
	}
	return e
}

// setSubscriptions changes who is subscribed to a node (XEP-0060 § 8.8.2), and tells them (§ 8.8.4).
func setSubscriptions(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	want, err := changes(c.e, "subscription")
	if err != nil {
		return nil, err
	}
	return nil, s.owned(ctx, c, func(n *node) error {
		if err := s.people(ctx, c.st, n); err != nil {
			return err
		}
		if most := s.config(c.st.owner).NodePeople; more(want, len(n.subscriptions), func(j xmpp.JID) bool { return len(n.of(j)) > 0 }) > most {
			return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("A node has %d subscriptions at most.", most))
		}
		n, err := s.written(ctx, c.st, n)
		if err != nil {
			return err
		}
		var left []*xmpp.Element
		for _, w := range want {
			done, err := s.setSubscription(ctx, c.st, n, w)
			if err != nil {
				return err
			}
			if !done {
				left = append(left, managed(w.who, w.subid, n.state(w.who)))
			}
		}
		return partly(n, "subscriptions", left)
	})
}

// setSubscription makes one change; it is false for one that makes no sense. Without an id all of an address are meant.
func (s *Service) setSubscription(ctx context.Context, st *state, n *node, w change) (bool, error) {
	list := n.of(w.who)
	if w.subid != "" {
		list = slices.DeleteFunc(list, func(u *subscription) bool { return u.ID != w.subid })
		if len(list) == 0 {
			return false, nil
		}
	}
	switch {
	case w.to != none && w.to != subscribed:
		return false, nil
	case w.to == subscribed && s.mayRead(ctx, st, n, w.who, true) != nil:
		return false, nil // it would end at once (XEP-0060 § 14.3)
	case w.to == subscribed && len(list) == 0:
		u := &subscription{}
		u.JID, u.ID, u.State = w.who, xmpp.NewID(), subscribed
		if err := s.applyOptions(st, n, u, nil); err != nil {
			return false, nil // it would be a temporary one of somebody who is not online
		}
		if err := s.keep(ctx, st, n, u); err != nil {
			return false, err
		}
		s.tellState(st, n, u, subscribed)
	}
	for _, u := range list {
		if err := s.decide(ctx, st, n, u, w.to == subscribed); err != nil {
			return false, err
		}
	}
	return true, nil
}
