package pubsub

import (
	"context"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	xforms "myna/xmpp/form"
	"myna/xmpp/ns"
)

// owners are the bare addresses of those who own a node; the people are read.
func (st *state) owners(n *node) []xmpp.JID {
	if st.owner.Local() != "" {
		return []xmpp.JID{st.owner}
	}
	var list []xmpp.JID
	for _, j := range sorted(n.affiliations) {
		if n.affiliations[j] == owner {
			list = append(list, j)
		}
	}
	return list
}

// askOwners puts a subscription before all owners of the node; the first answer counts (XEP-0060 § 8.6, § 12.13).
func (s *Service) askOwners(st *state, n *node, u *subscription) {
	for _, who := range st.owners(n) {
		s.askOwner(st, n, u, who)
	}
}

func (s *Service) askOwner(st *state, n *node, u *subscription, who xmpp.JID) {
	x := xforms.Titled("Subscription to "+n.name, "Somebody wants to subscribe to a node of yours.", ns.PubSubAuthorize).Add(
		xforms.Field("hidden", "pubsub#subid", "", u.ID),
		xforms.Field("text-single", "pubsub#node", "Node", n.name),
		xforms.Field("jid-single", "pubsub#subscriber_jid", "Subscriber", u.JID.String()),
		xforms.Field("boolean", "pubsub#allow", "Allow the subscription", "0"))
	body := xmpp.El(ns.Client, "body").AddText(u.JID.String() + " wants to subscribe to " + n.name + ".") // so that it waits for who is offline
	e := xmpp.NewMessage(st.owner, who, "normal", body, x).Set("id", xmpp.NewID())
	if err := s.Router.Send(e); err != nil {
		s.Logger.Warn("owner not asked", "node", n.name, "owner", who.String(), "err", err)
	}
}

// answered reads an owner's answer to askOwner from a message; nil where it is none.
func answered(st *xmpp.Stanza) xforms.Values {
	for i := range st.Children {
		if !st.Children[i].Is(ns.DataForm, "x") {
			continue
		}
		x, err := st.Element(&st.Children[i])
		if err != nil {
			return nil
		}
		v, err := xforms.Read(x)
		if err == nil && x.Attr("type") == "submit" && v.Type() == ns.PubSubAuthorize { // a cancelled one leaves it pending (§ 8.6)
			return v
		}
	}
	return nil
}

// approve carries out what an owner has answered.
func (s *Service) approve(from, to xmpp.JID, v xforms.Values) error {
	who, err := xmpp.ParseJID(v.First("pubsub#subscriber_jid"))
	if err != nil || !v.Has("pubsub#allow") {
		return xmpp.Refuse(stanza.BadRequest, "")
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	st := s.open(to.Bare())
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.existing(ctx, st, v.First("pubsub#node"))
	if err != nil {
		return err
	}
	if err := s.mustOwn(ctx, st, n, from); err != nil {
		return err
	}
	if err := s.people(ctx, st, n); err != nil {
		return err
	}
	id := v.First("pubsub#subid")
	for _, u := range n.of(who) {
		if u.State != pending || id != "" && id != u.ID { // somebody has answered before
			continue
		}
		if err := s.decide(ctx, st, n, u, v.True("pubsub#allow")); err != nil {
			return err
		}
	}
	return nil
}

// decide lets a subscription be or ends it, and tells the subscriber; the caller holds mu.
func (s *Service) decide(ctx context.Context, st *state, n *node, u *subscription, allow bool) error {
	if !allow {
		if err := s.end(ctx, st, n, u); err != nil {
			return err
		}
		s.tellState(st, n, u, none)
		return nil
	}
	if u.State == subscribed {
		return nil
	}
	next := &subscription{Subscription: storage.Subscription{JID: u.JID, ID: u.ID, State: subscribed, Options: u.Options, Expires: u.Expires},
		temporary: u.temporary}
	if err := s.keep(ctx, st, n, next); err != nil {
		return err
	}
	s.tellState(st, n, next, subscribed)
	if s.value(st, n, FieldSendLast) == LastNever {
		return nil
	}
	return s.sendLastTo(ctx, st, n, u.JID) // § 12.10
}

// tellState tells a subscriber of what has become of a subscription (XEP-0060 § 12.14).
func (s *Service) tellState(st *state, n *node, u *subscription, state string) {
	s.send(s.frame(st, n, event(n.subscriptionElement(ns.PubSubEvent, u, state))), u.JID)
}

// tellOwners tells owners of a subscription that has come or gone, where the node is configured so.
func (s *Service) tellOwners(st *state, n *node, u *subscription, state string) {
	if !s.on(st, n, fieldNotifySub) {
		return
	}
	s.send(s.frame(st, n, event(n.subscriptionElement(ns.PubSubEvent, u, state))), st.owners(n)...)
}

// send sends one message to some.
func (s *Service) send(f xmpp.Frame, to ...xmpp.JID) {
	if err := s.Router.SendEach(f, to); err != nil {
		s.Logger.Warn("notification not sent", "err", err)
	}
}

// toSelf takes the answers of accounts to what their own nodes have asked them.
func (s *Service) toSelf(p *hook.Packet) error {
	if p.Kind != xmpp.Message || p.To != p.From.Bare() {
		return nil
	}
	v := answered(p.Stanza)
	if v == nil {
		return nil
	}
	if err := s.approve(p.From, p.To, v); err != nil {
		return err
	}
	return hook.Drop
}
