package pubsub

import (
	"context"
	"sync"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// sendLast sends a session that has become available, or has told of new interests, the last items of the nodes that it
// is interested in: its own account's and those of contacts whose presence it sees (XEP-0163 § 4.3.4).
func (s *Service) sendLast(ctx context.Context, p hook.Session, nodes []string) error {
	if len(nodes) == 0 {
		return nil
	}
	who := p.JID().Bare()
	var watched []Watched
	if p.Presence() != nil {
		if err := s.lastOf(ctx, Watched{who, true}, p, nodes); err != nil {
			return err
		}
		var err error
		if watched, err = s.Contacts.Watched(who); err != nil {
			return err
		}
	}
	for _, w := range watched {
		if w.JID == who || !s.account(w.JID) || s.blocked(w.JID, who) {
			continue
		}
		if err := s.lastOf(ctx, w, p, nodes); err != nil {
			return err
		}
	}
	for _, owner := range s.sharers.owners(p) {
		if err := s.lastOpen(ctx, owner, p, nodes); err != nil {
			return err
		}
	}
	return nil
}

// lastOf sends the last items of one owner.
func (s *Service) lastOf(ctx context.Context, w Watched, p hook.Session, nodes []string) error {
	st := s.open(w.JID)
	defer s.close(st)
	shares := sync.OnceValue(func() bool { return w.Shared || s.sharesPresence(st, p.JID()) })
	virtual, err := s.lastStored(ctx, st, p, nodes, shares)
	if err != nil {
		return err
	}
	for _, n := range virtual { // without the lock
		list, err := s.read(ctx, w.JID, n.name, 1, nil)
		if err != nil {
			return err
		}
		for i := range list {
			s.sendItem(st, n, p, &list[i], shares)
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
		if n == nil || s.secret(name) && st.owner != p.JID().Bare() || s.value(st, n, FieldSendLast) != LastOnPresence || s.allowed(ctx, st, n, p.JID(), false, shares) != nil {
			continue
		}
		if n.own != nil && n.own.Virtual != nil {
			virtual = append(virtual, s.snapshot(st, n))
			continue
		}
		last, err := s.lastItem(ctx, st, n)
		if err != nil {
			return nil, err
		}
		if last != nil {
			s.sendItem(st, n, p, last, shares)
		}
	}
	return virtual, nil
}

// maxLast is how long an item of somebody else may be that a client is sent unasked when it comes: nobody fills the
// connection of all contacts each time that they sign in. Longer ones they may ask for.
const maxLast = 16 << 10

// sendItem sends one item that was published before (XEP-0203). shares tells whether the session's account sees the owner's
// presence.
func (s *Service) sendItem(st *state, n *node, p hook.Session, it *storage.Item, shares func() bool) {
	if st.owner != p.JID().Bare() && len(it.Payload) > maxLast {
		return
	}
	f := s.lastFrame(st, n, it)
	if reply := st.replyTo(it.Publisher); reply != nil && shares() {
		f = with(f, reply)
	}
	f.Idle = st.owner != p.JID().Bare()
	p.Send(f.WithTo(p.JID()))
}

// barred lists the interested contacts that may not read a node whose access a configuration is about to change. The caller
// holds mu.
func (s *Service) barred(ctx context.Context, st *state, n *node, set Settings) []xmpp.JID {
	if !changesAccess(set) || st.owner.Local() == "" || s.isCollection(st, n) {
		return nil
	}
	watchers, err := s.Contacts.Watchers(st.owner)
	if err != nil {
		s.Logger.Warn("contacts not read", "owner", st.owner.String(), "err", err)
		return nil
	}
	var list []xmpp.JID
	for _, w := range watchers {
		if w != st.owner && s.anyInterested(w, n.name) && !s.blocked(st.owner, w) && s.mayRead(ctx, st, n, w, false) != nil {
			list = append(list, w)
		}
	}
	return list
}

// changesAccess tells whether a configuration says who may read a node.
func changesAccess(set Settings) bool {
	_, model := set[FieldAccess]
	_, groups := set[fieldGroups]
	return model || groups
}

// welcome sends the last item to those who were barred and may read the node now (XEP-0060 § 12.2). The caller holds mu.
func (s *Service) welcome(ctx context.Context, st *state, n *node, barred []xmpp.JID) {
	if len(barred) == 0 || s.value(st, n, FieldSendLast) != LastOnPresence || n.own != nil && n.own.Virtual != nil {
		return
	}
	last, err := s.lastItem(ctx, st, n)
	if err != nil || last == nil {
		return
	}
	for _, w := range barred {
		if s.mayRead(ctx, st, n, w, false) != nil {
			continue
		}
		for _, p := range s.Router.Sessions(w) {
			if s.interests.wants(p, n.name) {
				s.sendItem(st, n, p, last, func() bool { return true })
			}
		}
	}
}

// greet sends a session that has become available the last items of nodes of services to which its account has subscribed
// and that want that (pubsub#send_last_published_item, XEP-0060 § 4.3).
func (s *Service) greet(p hook.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	list, err := s.Store.SubscribedWith(ctx, p.JID(), LastOnPresence)
	for i := 0; i < len(list) && err == nil; i++ {
		if list[i].Owner.Local() == "" { // accounts go by what clients are interested in
			err = s.onNode(ctx, list[i], func(ctx context.Context, st *state, n *node) error { return s.greetFrom(ctx, st, n, p) })
		}
	}
	if err != nil {
		s.Logger.Warn("last items not sent", "to", p.JID().String(), "err", err)
	}
}

func (s *Service) greetFrom(ctx context.Context, st *state, n *node, p hook.Session) error {
	if s.value(st, n, FieldSendLast) != LastOnPresence || s.isCollection(st, n) {
		return nil
	}
	if err := s.people(ctx, st, n); err != nil {
		return err
	}
	wanted := false
	for _, u := range n.mine(p.JID()) {
		wanted = wanted || s.due(u, notice{}, s.on(st, n, fieldPresence))
	}
	if !wanted || s.mayRead(ctx, st, n, p.JID(), false) != nil {
		return nil
	}
	last, err := s.lastItem(ctx, st, n)
	if err == nil && last != nil {
		s.sendItem(st, n, p, last, func() bool { return s.sharesPresence(st, p.JID()) })
	}
	return err
}
