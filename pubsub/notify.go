package pubsub

import (
	"context"
	"sync"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// event is what a notification holds (XEP-0060 § 7.1.2).
func event(child *xmpp.Element) *xmpp.Element { return xmpp.El(ns.PubSubEvent, "event", child) }

// itemsEvent tells of items, with their payloads where the node delivers them (XEP-0060 § 7.1.2.1, § 7.1.2.2).
func (s *Service) itemsEvent(st *state, n *node, items []storage.Item) *xmpp.Element {
	list := xmpp.El(ns.PubSubEvent, "items").Set("node", n.name)
	for i := range items {
		list.Add(itemElement(ns.PubSubEvent, &items[i], s.on(st, n, fieldPayloads)))
	}
	return event(list)
}

// retractEvent tells of items that are gone (XEP-0060 § 7.2.2.1).
func retractEvent(node string, ids []string) *xmpp.Element {
	list := xmpp.El(ns.PubSubEvent, "items").Set("node", node)
	for _, id := range ids {
		list.Add(xmpp.El(ns.PubSubEvent, "retract").Set("id", id))
	}
	return event(list)
}

// frame is the notification of an event: one frame, whose bytes all share. It comes from the owner's bare address, so
// that errors come back to the service (XEP-0163 § 4.3.1).
func (s *Service) frame(st *state, n *node, children ...*xmpp.Element) xmpp.Frame {
	typ := s.value(st, n, fieldNotifyType)
	return xmpp.FrameOf(xmpp.NewMessage(st.owner, xmpp.JID{}, typ, children...).Set("id", xmpp.NewID()))
}

// broadcast tells everyone who is to hear of an event: the account's own sessions, those of contacts, and subscribers
// (XEP-0163 § 4). The caller holds mu.
func (s *Service) broadcast(ctx context.Context, st *state, n *node, e *xmpp.Element) error {
	if !s.on(st, n, fieldNotifications) {
		return nil
	}
	if err := s.people(ctx, st, n); err != nil {
		return err
	}
	f, copies := s.frame(st, n, e), 0
	defer func() { hook.Charge(payer(ctx), copies, f.Len()) }()
	told := map[xmpp.JID]bool{}
	if st.owner.Local() != "" {
		s.toInterested(st.owner, n.name, f)
		told[st.owner] = true
		var err error
		if copies, err = s.toContacts(ctx, st, n, f, told); err != nil {
			return err
		}
	}
	for who, state := range n.subscriptions {
		if state != subscribed || told[who.Bare()] && who.IsBare() || s.mayRead(ctx, st, n, who, false) != nil {
			continue
		}
		copies++
		if err := s.Router.SendFrame(f.WithTo(who)); err != nil {
			s.Logger.Warn("notification not sent", "to", who.String(), "err", err)
		}
	}
	return nil
}

// toContacts tells the interested sessions of contacts who see the owner's presence (XEP-0163 § 4.1, § 4.2), and returns
// how many there are.
func (s *Service) toContacts(ctx context.Context, st *state, n *node, f xmpp.Frame, told map[xmpp.JID]bool) (copies int, err error) {
	if s.value(st, n, FieldAccess) == AccessWhitelist && len(n.affiliations) == 0 {
		return 0, nil
	}
	watchers, err := s.Contacts.Watchers(st.owner)
	if err != nil {
		return 0, err
	}
	f.Idle = true // what others do need not wake a client (XEP-0352)
	for _, w := range watchers {
		if w == st.owner || !s.anyInterested(w, n.name) || s.blocked(st.owner, w) || s.mayRead(ctx, st, n, w, false) != nil {
			continue
		}
		copies += s.toInterested(w, n.name, f)
		told[w] = true
	}
	return copies, nil
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

func (s *Service) toInterested(account xmpp.JID, node string, f xmpp.Frame) (copies int) {
	for _, p := range s.Router.Sessions(account) {
		if s.interests.wants(p, node) {
			p.Send(f.WithTo(p.JID()))
			copies++
		}
	}
	return copies
}

// payer is the session on behalf of which something is done: it pays for the notifications. nil: none.
func payer(ctx context.Context) hook.Session {
	s, _ := ctx.Value(payerKey{}).(hook.Session)
	return s
}

type payerKey struct{}

// announce tells of what a Virtual has changed.
func (s *Service) announce(ctx context.Context, owner xmpp.JID, name string, e func(*state, *node) *xmpp.Element) error {
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

// sendLast sends a session that has become available, or has told of new interests, the last items of the nodes that it
// is interested in: its own account's and those of contacts whose presence it sees (XEP-0163 § 4.3.4).
func (s *Service) sendLast(ctx context.Context, p hook.Session, nodes []string) error {
	if len(nodes) == 0 {
		return nil
	}
	who := p.JID().Bare()
	if err := s.lastOf(ctx, Watched{who, true}, p, nodes); err != nil {
		return err
	}
	watched, err := s.Contacts.Watched(who)
	if err != nil {
		return err
	}
	for _, w := range watched {
		if w.JID == who || !s.account(w.JID) || s.blocked(w.JID, who) {
			continue
		}
		if err := s.lastOf(ctx, w, p, nodes); err != nil {
			return err
		}
	}
	return nil
}

// lastOf sends the last items of one owner.
func (s *Service) lastOf(ctx context.Context, w Watched, p hook.Session, nodes []string) error {
	st := s.open(w.JID)
	defer s.close(st)
	virtual, err := s.lastStored(ctx, st, p, nodes, sync.OnceValue(func() bool {
		return w.Shared || s.sharesPresence(st, p.JID())
	}))
	if err != nil {
		return err
	}
	for _, n := range virtual { // without the lock
		list, err := s.read(ctx, w.JID, n.name, 1, nil)
		if err != nil {
			return err
		}
		for i := range list {
			s.sendItem(st, n, p, &list[i])
		}
	}
	return nil
}

// lastStored sends what needs no Virtual, and returns the other nodes. shares tells whether the owner's presence is shared.
func (s *Service) lastStored(ctx context.Context, st *state, p hook.Session, nodes []string, shares func() bool) (virtual []*node, err error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if err := s.load(ctx, st); err != nil {
		return nil, err
	}
	for _, name := range nodes {
		n, err := s.find(ctx, st, name)
		if err != nil {
			return nil, err
		}
		if n == nil || s.value(st, n, FieldSendLast) != LastOnPresence || s.allowed(ctx, st, n, p.JID(), false, shares) != nil {
			continue
		}
		if n.own != nil && n.own.Virtual != nil {
			virtual = append(virtual, &node{name: n.name, own: n.own, set: n.set})
			continue
		}
		last, err := s.lastItem(ctx, st, n)
		if err != nil {
			return nil, err
		}
		if last != nil {
			s.sendItem(st, n, p, last)
		}
	}
	return virtual, nil
}

// maxLast is how long an item of somebody else may be that a client is sent unasked when it comes: nobody fills the
// connection of all contacts each time that they sign in. Longer ones they may ask for.
const maxLast = 16 << 10

// sendItem sends one item that was published before (XEP-0203).
func (s *Service) sendItem(st *state, n *node, p hook.Session, it *storage.Item) {
	if st.owner != p.JID().Bare() && len(it.Payload) > maxLast {
		return
	}
	f := s.lastFrame(st, n, it)
	f.Idle = st.owner != p.JID().Bare()
	p.Send(f.WithTo(p.JID()))
}

func (s *Service) lastFrame(st *state, n *node, it *storage.Item) xmpp.Frame {
	var delay *xmpp.Element
	if !it.At.IsZero() {
		delay = xmpp.El(ns.Delay, "delay").Set("from", st.owner.String()).Set("stamp", it.At.UTC().Format(time.RFC3339))
	}
	return s.frame(st, n, s.itemsEvent(st, n, []storage.Item{*it}), delay)
}
