package pubsub

import (
	"context"
	"slices"
	"sync"

	"myna/storage"
	"myna/xmpp"
)

// Who has subscribed to a node loses that at once with the right to read it, be it by a change of a subscription to presence,
// of the groups of a contact, or of the node (XEP-0163 § 7.1), and who gains it gets what was published last (XEP-0163 § 4.3.4,
// XEP-0060 § 12.2).

// Related is told that a contact sees more or less of an account than before, or is in other groups of its list; from and groups
// are what there was. It reads storage, and tells the contact. It asks Contacts, so no lock of theirs that these need may be held.
func (s *Service) Related(owner, contact xmpp.JID, from bool, groups []string) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	owner, contact = owner.Bare(), contact.Bare()
	var err error
	if from { // else there is nothing to lose
		err = s.reviewPair(ctx, owner, contact)
	}
	if err == nil {
		err = s.welcomeContact(ctx, owner, contact, from, groups)
	}
	if err != nil {
		s.Logger.Warn("subscriptions of contact not looked through", "owner", owner.String(), "contact", contact.String(), "err", err)
	}
}

// reviewPair ends the subscriptions of a contact to nodes of an owner that it may not read any more.
func (s *Service) reviewPair(ctx context.Context, owner, contact xmpp.JID) error {
	list, err := s.Store.SubscribedTo(ctx, owner, contact)
	if err != nil {
		return err
	}
	for _, to := range s.temporary.list(contact) {
		if to.owner == owner {
			list = append(list, storage.Node{Owner: owner, Name: to.node})
		}
	}
	for _, n := range list {
		if err := s.onNode(ctx, n, func(ctx context.Context, st *state, n *node) error { return s.review(ctx, st, n, contact) }); err != nil {
			return err
		}
	}
	return nil
}

// review ends subscriptions to a node of those who may not read it any more: of one account, or zero, of all. The caller
// holds mu.
func (s *Service) review(ctx context.Context, st *state, n *node, account xmpp.JID) error {
	if err := s.people(ctx, st, n); err != nil {
		return err
	}
	for _, u := range slices.Clone(n.subscriptions) {
		if !account.IsZero() && u.JID.Bare() != account {
			continue
		}
		err := s.mayRead(ctx, st, n, u.JID, u.State == pending)
		if err != nil && refused(err) {
			err = s.decide(ctx, st, n, u, false)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// welcomeContact sends the interested sessions of a contact the last items of nodes that it has come to see.
func (s *Service) welcomeContact(ctx context.Context, owner, contact xmpp.JID, from bool, groups []string) error {
	if !s.account(owner) || s.blocked(owner, contact) {
		return nil
	}
	for _, p := range s.Router.Sessions(contact) {
		i := s.interests.of.Load(p)
		if i == nil || p.Presence() == nil {
			continue
		}
		nodes := i.nodes
		if from { // only groups may have given something
			var err error
			if nodes, err = s.openedBy(ctx, owner, contact, groups, nodes); err != nil {
				return err
			}
		}
		if len(nodes) == 0 {
			continue
		}
		if err := s.lastOf(ctx, Watched{JID: owner}, p, nodes); err != nil {
			return err
		}
	}
	return nil
}

// openedBy returns those of some nodes that are for groups of which a contact was in none before.
func (s *Service) openedBy(ctx context.Context, owner, contact xmpp.JID, groups, nodes []string) (opened []string, err error) {
	st := s.open(owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, name := range nodes {
		n, err := s.find(ctx, st, name)
		if err != nil {
			return nil, err
		}
		if n == nil || s.value(st, n, FieldAccess) != AccessRoster {
			continue
		}
		a, err := s.affiliation(ctx, st, n, contact)
		if err != nil {
			return nil, err
		}
		allowed := s.groups(st, n)
		before := slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(allowed, g) })
		if a == none && !before {
			opened = append(opened, name)
		}
	}
	return opened, nil
}

// reviews are accounts of which all subscriptions are to be looked through, their own and those to their nodes.
type reviews struct {
	wake chan struct{} // holds one

	mu   sync.Mutex
	m    map[xmpp.JID]struct{} // guarded by mu
	list []xmpp.JID            // the same, in their order; guarded by mu
}

func (r *reviews) start() { r.m, r.wake = map[xmpp.JID]struct{}{}, make(chan struct{}, 1) }

// Review has all subscriptions of accounts looked through, and those to their nodes: with the domain's contact list has changed
// who is whose colleague. It does not block; Run does the work.
func (s *Service) Review(accounts ...xmpp.JID) {
	r := &s.reviews
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range accounts {
		if _, ok := r.m[j.Bare()]; !ok {
			r.m[j.Bare()] = struct{}{}
			r.list = append(r.list, j.Bare())
		}
	}
	r.again()
}

// again has Run look whether there is one more; the caller holds mu.
func (r *reviews) again() {
	if len(r.list) == 0 {
		r.list = nil
		return
	}
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// next takes one of the accounts.
func (r *reviews) next() (j xmpp.JID, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) == 0 {
		return j, false
	}
	j, r.list = r.list[0], r.list[1:]
	delete(r.m, j)
	r.again()
	return j, true
}

// reviewNext looks through the subscriptions of one account, and those to its nodes.
func (s *Service) reviewNext(ctx context.Context) error {
	who, ok := s.reviews.next()
	if !ok {
		return nil
	}
	of, err := s.Store.SubscribedTo(ctx, xmpp.JID{}, who)
	if err != nil {
		return err
	}
	to, err := s.Store.SubscribedTo(ctx, who, xmpp.JID{})
	if err != nil {
		return err
	}
	for _, n := range append(of, to...) {
		if n.Owner.Local() == "" { // services know no contacts
			continue
		}
		account := who
		if n.Owner == who {
			account = xmpp.JID{}
		}
		if err := s.onNode(ctx, n, func(ctx context.Context, st *state, n *node) error { return s.review(ctx, st, n, account) }); err != nil {
			return err
		}
	}
	return nil
}
