package pubsub

import (
	"context"
	"slices"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxLease is how long a subscription lasts at most whose end is said; who says none has no end (XEP-0060 § 12.19).
const maxLease = 366 * 24 * time.Hour

// atom is the type of payloads of which texts for people can be made (XEP-0060 § 12.8).
const atom = "http://www.w3.org/2005/Atom"

// own finds the subscription that a request for options is about (§ 6.3.4); the caller holds mu.
func (s *Service) ownSubscription(ctx context.Context, c *call) (*node, *subscription, error) {
	who, missing, ok := subscriber(c)
	switch {
	case missing:
		return nil, nil, failure(stanza.BadRequest, "jid-required", "") // § 6.3.4.3
	case !ok:
		return nil, nil, forbidden() // § 6.3.4.1
	}
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return nil, nil, err // § 6.3.4.7
	}
	if err := s.people(ctx, c.st, n); err != nil {
		return nil, nil, err
	}
	u, err := one(n.of(who), c.e.Attr("subid"), stanza.Modify)
	return n, u, err
}

// askOptions shows the options of a subscription (XEP-0060 § 6.3.2).
func askOptions(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, u, err := s.ownSubscription(ctx, c)
	if err != nil {
		return nil, err
	}
	e := xmpp.El(ns.PubSub, "options", s.optionForm(c.st, n, "form", u))
	if n.name != "" {
		e.Set("node", n.name)
	}
	return xmpp.El(ns.PubSub, "pubsub", e.Set("jid", u.JID.String()).Set("subid", u.ID)), nil
}

// setOptions takes options (XEP-0060 § 6.3.5).
func setOptions(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, u, err := s.ownSubscription(ctx, c)
	if err != nil {
		return nil, err
	}
	x := c.e.Child(ns.DataForm, "x")
	if x == nil {
		return nil, invalidOptions("There is no form.")
	}
	if x.Attr("type") == "cancel" {
		return nil, nil
	}
	next := &subscription{Subscription: u.Subscription, temporary: u.temporary}
	if err := s.applyOptions(c.st, n, next, x); err != nil {
		return nil, err
	}
	for _, o := range n.of(u.JID) {
		if o != u && s.isCollection(c.st, n) && o.option(optionType) == next.option(optionType) { // XEP-0248 § 6.1.3
			return nil, xmpp.Refuse(stanza.Conflict, "There is another subscription of this type.")
		}
	}
	if next.temporary && !u.temporary {
		if err := s.Store.DeleteSubscription(ctx, c.st.owner, n.name, u.JID, u.ID); err != nil {
			return nil, err
		}
	}
	return nil, s.keep(ctx, c.st, n, next)
}

// askDefaultOptions shows the options that a subscription begins with (XEP-0060 § 6.4).
func askDefaultOptions(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return nil, err
	}
	if err := s.mayAsk(ctx, c, n, c.q.From, true); err != nil { // strangers must not see that there is anything to subscribe to
		return nil, err
	}
	e := xmpp.El(ns.PubSub, "default")
	if c.node == "" {
		n = &node{name: "x"} // any leaf
	} else {
		e.Set("node", c.node)
	}
	return xmpp.El(ns.PubSub, "pubsub", e.Add(s.optionForm(c.st, n, "result", &subscription{}))), nil
}

// optionForm writes the options of a subscription.
func (s *Service) optionForm(st *state, n *node, typ string, u *subscription) *xmpp.Element {
	table := options
	if s.value(st, n, fieldType) != atom { // § 12.8: offered only where it is possible
		table = slices.DeleteFunc(slices.Clone(options), func(f field) bool { return f.name == optionBody })
	}
	return form(typ, ns.PubSubSubscribe, table, kindOf(s.value(st, n, fieldNodeType)), u.option)
}

// applyOptions changes a subscription as a form says; nil is none. What the form leaves out stays. The caller holds mu.
func (s *Service) applyOptions(st *state, n *node, u *subscription, x *xmpp.Element) error {
	set := Settings{}
	if x != nil {
		var unknown []string
		var err error
		if set, unknown, err = submitted(x, ns.PubSubSubscribe, options); err != nil {
			return invalidOptions("") // § 6.3.6.2
		}
		if slices.Contains(unknown, optionDigest) && wantsDigest(x) {
			return invalidOptions("Digests are not made here.")
		}
	}
	if set[optionBody] == "1" && s.value(st, n, fieldType) != atom {
		return invalidOptions("Texts are made of Atom entries only.")
	}
	next := map[string]string{}
	for k, v := range u.Options {
		next[k] = v
	}
	of := kindOf(s.value(st, n, fieldNodeType))
	for k, v := range set {
		if f := fieldIn(options, k); k != optionExpire && f.of&of != 0 {
			next[k] = v
		}
	}
	u.Options = next
	if expire, said := set[optionExpire]; said {
		if err := s.setEnd(u, expire); err != nil {
			return err
		}
	}
	if s.on(st, n, fieldTemporary) { // § 12.5: the owner wants it so
		u.Options[optionExpire], u.Expires = expirePresence, time.Time{}
	}
	u.temporary = u.Options[optionExpire] == expirePresence
	if u.temporary && !s.online(u.JID) {
		return xmpp.Refuse(stanza.UnexpectedRequest, "The subscription would last as long as this address is online, which it is not.")
	}
	return nil
}

// setEnd takes the option expire.
func (s *Service) setEnd(u *subscription, expire string) error {
	delete(u.Options, optionExpire)
	u.Expires = time.Time{}
	switch expire {
	case "":
		return nil
	case expirePresence:
		u.Options[optionExpire] = expire
		return nil
	}
	at, err := time.Parse(time.RFC3339, expire) // XEP-0082
	now := s.Now()
	if err != nil || !at.After(now) {
		return invalidOptions("The end of the subscription is no date and time that is still to come.")
	}
	if last := now.Add(maxLease); at.After(last) { // § 12.19
		at = last
	}
	u.Expires = at.UTC().Truncate(time.Second)
	return nil
}

// wantsDigest tells whether a form asks for digests.
func wantsDigest(x *xmpp.Element) bool {
	for f := range x.Elements() {
		if f.Attr("var") == optionDigest {
			v := f.ChildText(ns.DataForm, "value")
			return v == "1" || v == "true"
		}
	}
	return false
}
