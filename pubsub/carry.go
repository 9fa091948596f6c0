package pubsub

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// toChaining takes a notification for a node that is chained. It comes while the state of another node may be held, so that all
// is done later. It is false for what is none. Whoever sends such an event and is not chained is not heard.
func (s *Service) toChaining(p *hook.Packet) bool {
	if !isChaining(p.To) || p.Type == xmpp.TypeError {
		return false
	}
	c := p.Find(ns.PubSubEvent, "event")
	if c == nil {
		return false
	}
	if !s.chains.wanted(p.To, p.From) {
		return p.Type == xmpp.TypeHeadline // nobody waits for an answer; else it is refused, and the subscription may end
	}
	e, err := p.Element(c)
	if err != nil {
		return true
	}
	for c := range e.Elements() { // most events are of one node
		by, is := s.chains.payer(p.To, p.From, c.Attr("node"))
		if !is {
			continue
		}
		one := xmpp.El(ns.PubSubEvent, "event", c)
		j := job{at: storage.Node{Owner: p.To.Bare(), Name: p.To.Resource()}, by: by, from: p.From, event: one, items: len(c.Nodes), size: len(one.Append(nil, ""))}
		if !s.chains.put(j) {
			s.lost.Write(s.Logger, slog.LevelWarn, "notification for chained node lost", "node", j.at.Name, "from", j.from.String())
		}
	}
	return true
}

// carry publishes what a chained node has told to the node that is chained to it.
func (s *Service) carry(ctx context.Context, j job) error {
	for e := range j.event.Elements() {
		if e.Space != ns.PubSubEvent {
			continue
		}
		l, err := s.linkOf(ctx, j.at, j.from, e.Attr("node"))
		if err != nil {
			return err
		}
		if l == nil {
			continue
		}
		switch e.Local {
		case "items":
			err = s.carryItems(ctx, j.at, l, e)
		case "purge":
			err = s.carryPurge(ctx, j.at, l)
		case "subscription":
			err = s.carryState(ctx, j.at, l, e)
		case "delete": // the subscription is gone with it (XEP-0060 § 8.4.2)
			err = s.changeLink(ctx, j.at, l.Service, l.Node, func(*link) bool { return false })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// linkOf is what chains a node to another one; nil: nothing does. Who has chained it and is not its owner any more has ended that, and so
// has a domain whose lists keep the other one away.
func (s *Service) linkOf(ctx context.Context, at storage.Node, service xmpp.JID, name string) (l *link, err error) {
	owned := false
	err = s.onNode(ctx, at, func(ctx context.Context, st *state, n *node) error {
		list := n.links()
		i := slices.IndexFunc(list, func(l link) bool { return l.is(service, name) })
		if i < 0 {
			return nil
		}
		l = &list[i]
		a, err := s.affiliation(ctx, st, n, l.By)
		owned = a == owner
		return err
	})
	if err != nil || l == nil || owned && !s.blocked(at.Owner, l.Service) {
		return l, err
	}
	if err := s.changeLink(ctx, at, service, name, func(*link) bool { return false }); err != nil {
		return nil, err
	}
	return nil, s.endLink(at, *l, func(error) {})
}

// carryItems publishes and removes items. What the node does not take is left out: its owners have configured it so.
func (s *Service) carryItems(ctx context.Context, at storage.Node, l *link, items *xmpp.Element) error {
	st := s.open(at.Owner)
	defer s.close(st)
	for e := range items.Elements() {
		var err error
		switch {
		case e.Is(ns.PubSubEvent, "item"):
			err = s.carryItem(ctx, st, at, l, e)
		case e.Is(ns.PubSubEvent, "retract"):
			err = s.carryRetract(ctx, st, at, l, e.Attr("id"))
		}
		if refused(err) {
			s.Logger.Debug("item of chained node not taken", "node", at.Name, "from", l.Service.String(), "err", err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) carryItem(ctx context.Context, st *state, at storage.Node, l *link, e *xmpp.Element) error {
	it, err := s.parseItem(at.Owner, e)
	if err != nil {
		return err
	}
	if it.ID == "" {
		it.ID = xmpp.NewID()
	}
	now := s.Now()
	hops := s.chains.brought.hops(storage.Node{Owner: l.Service, Name: l.Node}, it.ID, now) + 1
	if hops > maxHops {
		s.Logger.Debug("item of chained node has come too far", "node", at.Name, "from", l.Service.String())
		return nil
	}
	if !s.chains.brought.first(at, it, bringing{from: l.Service, node: l.Node, hops: hops}, now) {
		return nil
	}
	it.Publisher, it.Origin = l.By, l.origin()
	return s.publish(ctx, st, &publication{owner: at.Owner, from: l.By, node: at.Name, item: it, of: l})
}

// carryRetract removes an item that came by a chain; others keep what they have published.
func (s *Service) carryRetract(ctx context.Context, st *state, at storage.Node, l *link, id string) error {
	list, err := s.Store.Items(ctx, at.Owner, at.Name, 0, id)
	if err == nil && len(list) == 1 && list[0].Origin == l.origin() {
		err = s.taken(ctx, st, at.Name, id, false, l)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// maxTold is how many items one message tells of that are gone.
const maxTold = 500

// carryPurge removes all items that came by a chain, as the chained node has none any more (XEP-0060 § 8.5). Subscribers hear of a
// purge where none is left, and otherwise of the items.
func (s *Service) carryPurge(ctx context.Context, at storage.Node, l *link) error {
	return s.onNode(ctx, at, func(ctx context.Context, st *state, n *node) error {
		if n.last != nil && n.last.Origin == l.origin() { // which is all that some nodes know
			n.keepLast(nil)
		}
		removed, err := s.Store.PurgeOrigin(ctx, st.owner, n.name, l.origin())
		if err != nil || len(removed) == 0 {
			return err
		}
		n.lastRead = false
		left, err := s.Store.CountItems(ctx, st.owner, n.name)
		if err != nil || !s.on(st, n, fieldNotifyRetract) {
			return err
		}
		if left == 0 {
			return s.broadcast(ctx, st, n, notice{event: purged(n.name), typ: typeItems, of: l})
		}
		for some := range slices.Chunk(removed, maxTold) {
			e := retracted(n.name, some)
			e.of = l
			if err := s.broadcast(ctx, st, n, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// carryState notes what the remote service has decided about the subscription (XEP-0060 § 8.6, § 12.14).
func (s *Service) carryState(ctx context.Context, at storage.Node, l *link, e *xmpp.Element) error {
	own, err := at.Owner.WithResource(at.Name)
	if err != nil || e.Attr("jid") != own.String() {
		return nil
	}
	return s.changeLink(ctx, at, l.Service, l.Node, func(l *link) bool { return l.learn(e) })
}

// learn notes what a service says of a subscription; it is false where there is none.
func (l *link) learn(e *xmpp.Element) bool {
	state, id := attr(e, "subscription"), attr(e, "subid")
	if id != "" && len(id) <= maxID {
		l.SubID = id
	}
	if l.State = subscribed; state == pending || state == "unconfigured" {
		l.State = pending
	}
	return state != none
}

// origin is what items note that come by a link: no address has a space in it.
func (l *link) origin() string { return l.Service.String() + " " + l.Node }

// originOf is the link by which an item has come; nil: it was published here.
func originOf(it *storage.Item) *link {
	service, node, ok := strings.Cut(it.Origin, " ")
	if !ok {
		return nil
	}
	j, err := xmpp.ParseJID(service)
	if err != nil {
		return nil // nobody but carryItem writes it
	}
	return &link{Service: j, Node: node}
}

// ofrom names the chained node that a notification repeats (XEP-0253 § 3); nil: it repeats none.
func (l *link) ofrom() *xmpp.Element {
	if l == nil {
		return nil
	}
	return xmpp.El(ns.Address, "addresses",
		xmpp.El(ns.Address, "address").Set("type", "ofrom").Set("jid", l.Service.String()).Set("node", l.Node))
}
