package pubsub

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Fields of the options of a subscription (XEP-0060 § 16.4.2, XEP-0248 § 12.2.1).
const (
	optionDeliver = "pubsub#deliver"
	optionDigest  = "pubsub#digest"
	optionExpire  = "pubsub#expire"
	optionBody    = "pubsub#include_body"
	optionShow    = "pubsub#show-values"
	optionType    = "pubsub#subscription_type"
	optionDepth   = "pubsub#subscription_depth"
)

// Values of options.
const (
	expirePresence = "presence" // XEP-0060 § 12.5
	typeItems      = "items"
	typeNodes      = "nodes"
	typeAll        = "all"
	depthAll       = "all"
	showOnline     = "online" // available without <show/>
)

// options are the fields of a subscription. Digests are not made: no specification says what they look like.
var options = []field{
	{optionDeliver, "boolean", "Deliver notifications", nil, "1", "1", both},
	{optionExpire, "text-single", "When the subscription ends; \"presence\" is when you go offline", nil, "", "", both},
	{optionShow, "list-multi", "In which states you want notifications; none is in every state", []string{"chat", showOnline, "away", "xa", "dnd"}, "", "", both},
	{optionBody, "boolean", "Notifications with a text for people", nil, "0", "0", leaves},
	{optionType, "list-single", "Notifications of items, or of nodes", []string{typeItems, typeNodes, typeAll}, typeNodes, typeNodes, collections},
	{optionDepth, "text-single", "How deep to look into the collection", nil, "1", "1", collections},
}

// subscription is a subscription in memory.
type subscription struct {
	storage.Subscription
	temporary bool // it ends when the subscriber goes offline, and is in no storage
}

// option is the value of an option.
func (u *subscription) option(name string) string {
	switch {
	case name != optionExpire:
	case u.Options[optionExpire] == expirePresence:
		return expirePresence
	case !u.Expires.IsZero():
		return u.Expires.UTC().Format(time.RFC3339)
	}
	if v, ok := u.Options[name]; ok {
		return v
	}
	return fieldIn(options, name).service
}

// reaches tells whether a subscription to a collection is about what happens so deep in it (XEP-0248 § 6.1).
func (u *subscription) reaches(depth int, typ string) bool {
	if t := u.option(optionType); t != typ && t != typeAll {
		return false
	}
	d := u.option(optionDepth)
	n, err := strconv.Atoi(d)
	return d == depthAll || err == nil && depth <= n
}

// sameOptions tells whether two subscriptions want the same.
func (u *subscription) sameOptions(o *subscription) bool {
	for i := range options {
		if u.option(options[i].name) != o.option(options[i].name) {
			return false
		}
	}
	return true
}

// of returns the subscriptions of an address.
func (n *node) of(who xmpp.JID) []*subscription {
	var list []*subscription
	for _, u := range n.subscriptions {
		if u.JID == who {
			list = append(list, u)
		}
	}
	return list
}

// ofAccount returns the subscriptions of all addresses of an account, or of one node that is chained.
func (n *node) ofAccount(who xmpp.JID) []*subscription {
	var list []*subscription
	for _, u := range n.subscriptions {
		if together(u.JID, who) {
			list = append(list, u)
		}
	}
	return list
}

// state is the best state of the subscriptions of an address, or of others of the same account; the caller holds mu and
// has read the people.
func (n *node) state(who xmpp.JID) string {
	state := none
	for _, u := range n.subscriptions {
		if !together(u.JID, who) {
			continue
		}
		if u.State == subscribed {
			return subscribed
		}
		state = u.State
	}
	return state
}

// put remembers a subscription, in the place of the one with the same address and id.
func (n *node) put(u *subscription) {
	n.note(u)
	i, found := slices.BinarySearchFunc(n.subscriptions, u, bySubscriber)
	if found {
		n.subscriptions[i] = u
	} else {
		n.subscriptions = slices.Insert(n.subscriptions, i, u)
	}
}

// drop forgets a subscription.
func (n *node) drop(u *subscription) {
	if i, found := slices.BinarySearchFunc(n.subscriptions, u, bySubscriber); found {
		n.subscriptions = slices.Delete(n.subscriptions, i, i+1)
	}
}

func bySubscriber(a, b *subscription) int {
	return cmp.Or(cmp.Compare(a.JID.String(), b.JID.String()), cmp.Compare(a.ID, b.ID))
}

// keep writes a subscription and remembers it; the caller holds mu and the node is stored.
func (s *Service) keep(ctx context.Context, st *state, n *node, u *subscription) error {
	if !u.temporary {
		if err := s.Store.PutSubscription(ctx, st.owner, n.name, u.Subscription); err != nil {
			return err
		}
	}
	n.put(u)
	if u.temporary {
		s.temporary.add(u.JID, visit{st.owner, n.name})
	}
	return nil
}

// end removes a subscription; the caller holds mu.
func (s *Service) end(ctx context.Context, st *state, n *node, u *subscription) error {
	if !u.temporary {
		if err := s.Store.DeleteSubscription(ctx, st.owner, n.name, u.JID, u.ID); err != nil {
			return err
		}
	}
	n.drop(u)
	return nil
}

// prune ends subscriptions whose time is over (XEP-0060 § 12.19), and tells the subscribers; the caller holds mu. It is called
// often, and mostly has nothing to do.
func (s *Service) prune(ctx context.Context, st *state, n *node) error {
	if n.ends.IsZero() || n.ends.After(s.Now()) {
		return nil
	}
	now := s.Now()
	n.ends = time.Time{}
	for _, u := range slices.Clone(n.subscriptions) {
		if u.Expires.IsZero() || u.Expires.After(now) {
			n.note(u)
			continue
		}
		if err := s.end(ctx, st, n, u); err != nil {
			n.note(u)
			return err
		}
		s.tellState(st, n, u, none)
	}
	return nil
}

// note remembers when a subscription ends.
func (n *node) note(u *subscription) {
	if !u.Expires.IsZero() && (n.ends.IsZero() || u.Expires.Before(n.ends)) {
		n.ends = u.Expires
	}
}
