package pubsub

import (
	"context"
	"slices"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// notice is what is told of a node.
type notice struct {
	event *xmpp.Element
	typ   string        // typeItems or typeNodes: of what subscribers of collections hear (XEP-0248 § 5.3.1)
	ids   bool          // who has several subscriptions is told which of them (XEP-0060 § 12.16)
	all   bool          // who waits for approval hears of it too
	item  *storage.Item // of which a text can be made; nil: none
	by    xmpp.JID      // the client that has published; zero: none
	of    *link         // to the node that it was repeated of; nil: it was not
}

// event is what a notification holds (XEP-0060 § 7.1.2).
func event(child *xmpp.Element) *xmpp.Element { return xmpp.El(ns.PubSubEvent, "event", child) }

// itemsEvent tells of items, with their payloads where the node delivers them (XEP-0060 § 7.1.2.1, § 7.1.2.2).
func (s *Service) itemsEvent(st *state, n *node, items []storage.Item) *xmpp.Element {
	list := xmpp.El(ns.PubSubEvent, "items").Set("node", n.name)
	for i := range items {
		list.Add(s.itemElement(st, n, ns.PubSubEvent, &items[i], s.on(st, n, fieldPayloads)))
	}
	return event(list)
}

// published is the notice of an item.
func (s *Service) published(st *state, n *node, it *storage.Item) notice {
	return notice{event: s.itemsEvent(st, n, []storage.Item{*it}), typ: typeItems, ids: true, item: it}
}

// retracted is the notice of items that are gone (XEP-0060 § 7.2.2.1).
func retracted(node string, ids []string) notice {
	list := xmpp.El(ns.PubSubEvent, "items").Set("node", node)
	for _, id := range ids {
		list.Add(xmpp.El(ns.PubSubEvent, "retract").Set("id", id))
	}
	return notice{event: event(list), typ: typeItems, ids: true}
}

// purged is the event of a node whose items are all gone (XEP-0060 § 8.5.2).
func purged(node string) *xmpp.Element {
	return event(xmpp.El(ns.PubSubEvent, "purge").Set("node", node))
}

// frame is the notification of an event: one frame, whose bytes all share. It comes from the owner's bare address, so
// that errors come back to the service (XEP-0163 § 4.3.1).
func (s *Service) frame(st *state, n *node, children ...*xmpp.Element) xmpp.Frame {
	f, _ := s.numbered(st, n, children...)
	return f
}

// numbered is frame with the notification's id (XEP-0060 § 12.4).
func (s *Service) numbered(st *state, n *node, children ...*xmpp.Element) (f xmpp.Frame, id string) {
	id = xmpp.NewID()
	e := xmpp.NewMessage(st.owner, xmpp.JID{}, s.value(st, n, fieldNotifyType), children...)
	return xmpp.FrameOf(e.Set("id", id)), id
}

// replyTo names the client of the owner that has published, for those who have a subscription to the owner's presence and only
// for them: it tells what comes of which device (XEP-0163 § 4.3.1, XEP-0033 § 4.4). nil: there is nothing to name.
func (st *state) replyTo(by xmpp.JID) *xmpp.Element {
	if st.owner.Local() == "" || by.IsBare() || by.Bare() != st.owner {
		return nil
	}
	return xmpp.El(ns.Address, "addresses", xmpp.El(ns.Address, "address").Set("type", "replyto").Set("jid", by.String()))
}

// replyFor is replyTo for somebody who may have no such subscription.
func (s *Service) replyFor(st *state, by, who xmpp.JID) *xmpp.Element {
	e := st.replyTo(by)
	if e == nil || !s.sharesPresence(st, who) {
		return nil
	}
	return e
}

// with returns a frame with one more child; nil is none.
func with(f xmpp.Frame, more *xmpp.Element) xmpp.Frame {
	if more != nil {
		f.Tail = xmpp.AppendToTail(slices.Clone(f.Tail), f.Kind, more.Append(nil, ns.Client))
	}
	return f
}

// mailing begins to tell of an event, and of what else is for everybody.
func (s *Service) mailing(st *state, n *node, children ...*xmpp.Element) *mailing {
	f, id := s.numbered(st, n, children...)
	return &mailing{base: f, id: id, node: n.name, told: map[xmpp.JID]bool{}}
}

// broadcast tells everyone who is to hear of a node: the account's own sessions, those of contacts, and subscribers of the
// node and of collections that contain it (XEP-0163 § 4). The caller holds mu.
func (s *Service) broadcast(ctx context.Context, st *state, n *node, e notice) error {
	if !s.on(st, n, fieldNotifications) {
		return nil
	}
	if err := s.people(ctx, st, n); err != nil {
		return err
	}
	m := s.mailing(st, n, e.event, e.of.ofrom())
	f := with(m.base, st.replyTo(e.by))
	defer func() { hook.Charge(payer(ctx), m.copies, f.Len()) }()
	if st.owner.Local() != "" {
		s.toInterested(st.owner, n.name, f, m)
		m.copies = 0 // one's own are free
		if err := s.toContacts(ctx, st, n, f, m); err != nil {
			return err
		}
		s.toSharers(ctx, st, n, m.base, m)
	}
	s.toSubscribers(ctx, st, n, e, m)
	if err := s.toCollections(ctx, st, n, e, m); err != nil {
		return err
	}
	m.send(s)
	return nil
}

// toContacts tells the interested sessions of contacts who see the owner's presence (XEP-0163 § 4.1, § 4.2).
func (s *Service) toContacts(ctx context.Context, st *state, n *node, f xmpp.Frame, m *mailing) error {
	if s.secret(n.name) || s.value(st, n, FieldAccess) == AccessWhitelist && len(n.affiliations) == 0 {
		return nil
	}
	watchers, err := s.Contacts.Watchers(st.owner)
	if err != nil {
		return err
	}
	f.Idle = true // what others do need not wake a client (XEP-0352)
	for _, w := range watchers {
		if w == st.owner || !s.anyInterested(w, n.name) || s.blocked(st.owner, w) || s.mayRead(ctx, st, n, w, false) != nil {
			continue
		}
		s.toInterested(w, n.name, f, m)
	}
	return nil
}

// blocked tells whether nothing must pass between two accounts (XEP-0163 § 4.3.3).
func (s *Service) blocked(a, b xmpp.JID) bool {
	return s.Blocked != nil && a != b && (s.Blocked(a, b) || s.Blocked(b, a))
}

func (s *Service) anyInterested(account xmpp.JID, node string) bool {
	for _, p := range s.Router.Sessions(account) {
		if s.interests.wants(p, node) {
			return true
		}
	}
	return false
}

// toInterested tells the sessions of an account that are interested in a node.
func (s *Service) toInterested(account xmpp.JID, node string, f xmpp.Frame, m *mailing) {
	m.told[account] = true
	for _, p := range s.Router.Sessions(account) {
		if s.interests.wants(p, node) {
			p.Send(f.WithTo(p.JID()))
			m.told[p.JID()] = true
			m.copies++
		}
	}
}

// payer is the session on behalf of which something is done: it pays for the notifications. nil: none.
func payer(ctx context.Context) hook.Session {
	s, _ := ctx.Value(payerKey{}).(hook.Session)
	return s
}

type payerKey struct{}

// announce tells of what a Virtual has changed.
func (s *Service) announce(ctx context.Context, owner xmpp.JID, name string, e func(*state, *node) notice) error {
	st := s.open(owner.Bare())
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.existing(ctx, st, name)
	if err != nil {
		return err
	}
	return s.broadcast(ctx, st, n, e(st, n))
}

func (s *Service) lastFrame(st *state, n *node, it *storage.Item) xmpp.Frame {
	var delay *xmpp.Element
	if !it.At.IsZero() {
		delay = xmpp.El(ns.Delay, "delay").Set("from", st.owner.String()).Set("stamp", it.At.UTC().Format(time.RFC3339))
	}
	return s.frame(st, n, s.itemsEvent(st, n, []storage.Item{*it}), delay, originOf(it).ofrom())
}
