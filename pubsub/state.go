package pubsub

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// maxStates is how many owners' nodes stay in memory.
const maxStates = 50_000

// state is what is known of an owner's nodes.
type state struct {
	owner  xmpp.JID
	refs   int  // of calls that use it; guarded by Service.mu
	nobody bool // there was no such account; guarded by Service.mu

	mu    sync.Mutex       // held over a change: the write, the new state, its notifications
	nodes map[string]*node // nil until they are read; "" is the root, where somebody has subscribed to it; guarded by mu
	used  usage            // guarded by mu
}

// node is one node; all but its name is guarded by state.mu.
type node struct {
	name    string
	own     *Node     // what a module has registered for it, or nil
	set     Settings  // its own values; the map is replaced, never changed
	created time.Time // zero: not known
	stored  bool      // false: nobody has published yet; only nodes that modules registered are there before that

	peopleRead    bool
	affiliations  map[xmpp.JID]string
	subscriptions []*subscription // by address and id
	ends          time.Time       // not after the first of them ends; zero: none ends

	lastRead bool
	last     *storage.Item // nil: none
}

// open returns an owner's state and holds it until close.
func (s *Service) open(owner xmpp.JID) *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.states[owner]
	if st == nil {
		if len(s.states) >= maxStates {
			s.makeRoom()
		}
		st = &state{owner: owner}
		s.states[owner] = st
	}
	st.refs++
	return st
}

func (s *Service) close(st *state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.refs--
}

// maxNobodies is how many states are kept of accounts that are not there: strangers may ask for any name, and the answers take as
// long as those of an account, but they push nobody else out of memory.
const maxNobodies = 4096

// nobodyAt notes that there is no such account. The oldest one of which that was noted is forgotten.
func (s *Service) nobodyAt(owner xmpp.JID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.states[owner]
	if st == nil || st.nobody {
		return
	}
	st.nobody = true
	if len(s.nobodies) < maxNobodies {
		s.nobodies = append(s.nobodies, owner)
		return
	}
	old := s.nobodies[s.oldest]
	s.nobodies[s.oldest], s.oldest = owner, (s.oldest+1)%maxNobodies
	if st := s.states[old]; st != nil && st.nobody {
		if st.nobody = false; st.refs == 0 && !s.temporary.hold(old) {
			delete(s.states, old)
		}
	}
}

// makeRoom forgets some states that nobody uses, in no certain order; the caller holds mu.
func (s *Service) makeRoom() {
	left := maxStates / 8
	for owner, st := range s.states {
		if st.refs == 0 && !s.temporary.hold(owner) {
			delete(s.states, owner)
			if left--; left == 0 {
				return
			}
		}
	}
}

// Forget drops what is in memory of an account that was deleted: its nodes, and what it was to the nodes of others.
func (s *Service) Forget(owner xmpp.JID) {
	owner = owner.Bare()
	s.mu.Lock()
	all := make([]*state, 0, len(s.states))
	for _, st := range s.states {
		st.refs++
		all = append(all, st)
	}
	s.mu.Unlock()
	for _, st := range all {
		st.forget(owner)
		s.close(st)
	}
}

func (st *state) forget(account xmpp.JID) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.owner == account {
		st.nodes, st.used = nil, usage{}
	}
	for _, n := range st.nodes {
		if n.set[noteCreator] == account.String() {
			n.set = maps.Clone(n.set)
			n.set[noteCreator] = ""
		}
		if n.last != nil && n.last.Publisher.Bare() == account {
			last := *n.last
			last.Publisher, n.last = xmpp.JID{}, &last
		}
		delete(n.affiliations, account)
		n.subscriptions = slices.DeleteFunc(n.subscriptions, func(u *subscription) bool { return u.JID.Bare() == account })
	}
}

// load reads the owner's nodes where that was not done yet; the caller holds mu.
func (s *Service) load(ctx context.Context, st *state) error {
	if st.nodes != nil {
		return nil
	}
	list, err := s.Store.Nodes(ctx, st.owner)
	if err != nil {
		return err
	}
	st.nodes = map[string]*node{}
	for _, n := range list {
		st.nodes[n.Name] = &node{name: n.Name, own: s.registered(st.owner, n.Name), set: n.Config, created: n.Created, stored: true}
	}
	return nil
}

// find returns a node of the owner: one that was created, one that a module has registered, or the root, which has no name.
// nil: there is none. The caller holds mu.
func (s *Service) find(ctx context.Context, st *state, name string) (*node, error) {
	if err := s.load(ctx, st); err != nil {
		return nil, err
	}
	if n := st.nodes[name]; n != nil && !n.moved() {
		return n, nil
	}
	own := s.registered(st.owner, name)
	if own == nil && name != "" {
		return nil, nil
	}
	return &node{name: name, own: own, peopleRead: true, lastRead: true}, nil
}

// snapshot is a copy of a node, to be read without the lock: its configuration, and who is affiliated where items show that.
// The caller holds mu.
func (s *Service) snapshot(st *state, n *node) *node {
	c := &node{name: n.name, own: n.own, set: n.set, created: n.created, stored: n.stored}
	if s.value(st, n, fieldItemReply) != none {
		c.affiliations = maps.Clone(n.affiliations)
	}
	return c
}

// moved tells whether all that is left of a node is where it is now.
func (n *node) moved() bool { return n.set[noteMoved] != "" }

// names lists the owner's nodes in their order; the root is not among them. The caller holds mu.
func (st *state) names() []string {
	list := make([]string, 0, len(st.nodes))
	for name, n := range st.nodes {
		if name != "" && !n.moved() {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// registered is what a module has registered for a node of accounts.
func (s *Service) registered(owner xmpp.JID, name string) *Node {
	if owner.Local() == "" {
		return nil
	}
	return s.own[name]
}

// value is a field of the node's configuration.
func (s *Service) value(st *state, n *node, name string) string {
	if n.name == "" && name == fieldNodeType {
		return collection // XEP-0248 § 8.1
	}
	if v, ok := n.set[name]; ok {
		return v
	}
	if n.own != nil {
		if v, ok := n.own.Settings[name]; ok {
			return v
		}
	}
	f := fieldOf(name)
	if st.owner.Local() == "" {
		return f.service
	}
	return f.pep
}

func (s *Service) on(st *state, n *node, name string) bool { return s.value(st, n, name) == "1" }

// maxItems is how many items a node keeps.
func (s *Service) maxItems(st *state, n *node) int {
	if !s.on(st, n, FieldPersist) {
		return 0
	}
	return s.limit(s.value(st, n, FieldMaxItems), s.config(st.owner).MaxItems)
}

// limit is the number that a field stands for, within what the operator allows.
func (s *Service) limit(v string, atMost int) int {
	i, err := strconv.Atoi(v)
	if err != nil { // "max"
		return atMost
	}
	return min(i, atMost)
}

// groups are the groups that the access model roster lets in.
func (s *Service) groups(st *state, n *node) []string { return lines(s.value(st, n, fieldGroups)) }

// people reads affiliations and subscriptions where that was not done yet, and ends subscriptions whose time is over; the
// caller holds mu.
func (s *Service) people(ctx context.Context, st *state, n *node) (err error) {
	if n.peopleRead {
		return s.prune(ctx, st, n)
	}
	if n.affiliations, err = s.Store.Affiliations(ctx, st.owner, n.name); err != nil {
		return err
	}
	list, err := s.Store.Subscriptions(ctx, st.owner, n.name)
	if err != nil {
		return err
	}
	n.subscriptions = nil
	for _, u := range list {
		n.subscriptions = append(n.subscriptions, &subscription{Subscription: u})
		n.note(n.subscriptions[len(n.subscriptions)-1])
	}
	slices.SortFunc(n.subscriptions, bySubscriber)
	n.peopleRead = true
	return s.prune(ctx, st, n)
}

// lastItem returns the item that was published last, or nil; the caller holds mu.
func (s *Service) lastItem(ctx context.Context, st *state, n *node) (*storage.Item, error) {
	if n.lastRead {
		if n.last != nil && n.last.At.Before(s.cutoff(st, n)) {
			return nil, nil
		}
		return n.last, nil
	}
	list, err := s.Store.Items(ctx, st.owner, n.name, 1)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	if len(list) == 0 || list[0].At.Before(s.cutoff(st, n)) {
		n.keepLast(nil)
		return nil, nil
	}
	n.keepLast(&list[0])
	return &list[0], nil
}

// maxKept is the largest item that stays in memory: newcomers are sent small ones often.
const maxKept = 4096

// keepLast remembers the last item, or that there is none.
func (n *node) keepLast(it *storage.Item) {
	n.last, n.lastRead = it, it == nil || len(it.Payload) <= maxKept
	if !n.lastRead {
		n.last = nil
	}
}

// cutoff is when the oldest items were published that have not expired; the zero time where none does (XEP-0060 § 16.4.4).
func (s *Service) cutoff(st *state, n *node) time.Time {
	seconds, err := strconv.Atoi(s.value(st, n, fieldItemExpire))
	if err != nil { // "max"
		return time.Time{}
	}
	return s.Now().Add(-time.Duration(seconds) * time.Second)
}
