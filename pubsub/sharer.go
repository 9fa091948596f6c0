package pubsub

import (
	"context"
	"slices"
	"sync"

	"myna/hook"
	"myna/xmpp"
)

// sharers knows which sessions have sent which accounts directed presence without being subscribed to theirs: such a session is
// a subscriber of the account's open nodes for that time (XEP-0060 § 9.1.3). There are no more than the roster lets a session
// have.
type sharers struct {
	mu sync.Mutex
	of map[xmpp.JID][]hook.Session // by account; guarded by mu
	to map[hook.Session][]xmpp.JID // the same; guarded by mu
}

func (x *sharers) start() { x.of, x.to = map[xmpp.JID][]hook.Session{}, map[hook.Session][]xmpp.JID{} }

// add is false where the session is known already.
func (x *sharers) add(owner xmpp.JID, p hook.Session) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if slices.Contains(x.to[p], owner) {
		return false
	}
	x.of[owner], x.to[p] = append(x.of[owner], p), append(x.to[p], owner)
	return true
}

func (x *sharers) remove(owner xmpp.JID, p hook.Session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.to[p] = without(x.to[p], owner); len(x.to[p]) == 0 {
		delete(x.to, p)
	}
	if x.of[owner] = without(x.of[owner], p); len(x.of[owner]) == 0 {
		delete(x.of, owner)
	}
}

func without[E comparable](list []E, e E) []E {
	return slices.DeleteFunc(list, func(o E) bool { return o == e })
}

// sessions are those that share presence with an account.
func (x *sharers) sessions(owner xmpp.JID) []hook.Session {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.of[owner])
}

// owners are the accounts with which a session shares presence.
func (x *sharers) owners(p hook.Session) []xmpp.JID {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.to[p])
}

// Directed is told that a session has sent an account directed presence, of which tail is what it holds, or nil where that is
// over. It runs on the goroutine of the session.
func (s *Service) Directed(p hook.Session, to xmpp.JID, tail []byte) {
	owner, who := to.Bare(), p.JID().Bare()
	switch {
	case tail == nil:
		s.sharers.remove(owner, p)
		return
	case !s.account(owner) || owner == who || s.Contacts.SharesPresence(owner, who) || !s.sharers.add(owner, p):
		return
	}
	if p.Presence() == nil { // what the client is interested in, only this presence says
		s.interests.told(p, capsIn(tail))
		return
	}
	i := s.interests.of.Load(p)
	if i == nil || len(i.nodes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := s.lastOpen(ctx, owner, p, i.nodes); err != nil {
		s.Logger.Warn("last items not sent", "owner", owner.String(), "to", p.JID().String(), "err", err)
	}
}

// lastOpen sends a session that shares presence the last items of open nodes of an account.
func (s *Service) lastOpen(ctx context.Context, owner xmpp.JID, p hook.Session, nodes []string) error {
	if s.blocked(owner, p.JID().Bare()) {
		return nil
	}
	open, err := s.openNodes(ctx, owner, nodes)
	if err != nil || len(open) == 0 {
		return err
	}
	return s.lastOf(ctx, Watched{JID: owner}, p, open)
}

// openNodes are those of some nodes of an account that are open to everybody.
func (s *Service) openNodes(ctx context.Context, owner xmpp.JID, names []string) (open []string, err error) {
	st := s.open(owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, name := range names {
		n, err := s.find(ctx, st, name)
		if err != nil {
			return nil, err
		}
		if n != nil && s.value(st, n, FieldAccess) == AccessOpen {
			open = append(open, name)
		}
	}
	return open, nil
}

// toSharers tells the interested sessions that share presence of an open node. Whose account has subscribed by itself hears of
// it that way. The caller holds mu.
func (s *Service) toSharers(ctx context.Context, st *state, n *node, f xmpp.Frame, m *mailing) {
	if s.secret(n.name) || s.value(st, n, FieldAccess) != AccessOpen {
		return
	}
	f.Idle = true
	for _, p := range s.sharers.sessions(st.owner) {
		who := p.JID()
		if m.told[who] || !s.interests.of.Load(p).has(n.name) || len(n.ofAccount(who)) > 0 || s.blocked(st.owner, who.Bare()) ||
			s.mayRead(ctx, st, n, who, false) != nil {
			continue
		}
		p.Send(f.WithTo(who))
		m.told[who] = true
		m.copies++
	}
}
