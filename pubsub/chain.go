package pubsub

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
)

// A node of a service may repeat what other nodes publish, here or elsewhere (XEP-0253). It subscribes to them by itself, with
// the address SERVICE/NODE, and what it is told there is published to it on behalf of the owner who has chained it. What is
// chained stands in the node's configuration, in noteChained.

// maxLinks is how many nodes one node may be chained to.
const maxLinks = 10

// link is a remote node to which a node is chained.
type link struct {
	Service xmpp.JID `json:"service"`
	Node    string   `json:"node"`
	State   string   `json:"state,omitempty"` // of the subscription, as the remote service has told; "": it has not answered
	SubID   string   `json:"subid,omitempty"`
	By      xmpp.JID `json:"by"` // the owner on whose behalf the node publishes what comes
}

func (l *link) is(service xmpp.JID, node string) bool { return l.Service == service && l.Node == node }

// isChaining tells whether an address may be one of a node that subscribes to others (XEP-0253 § 2).
func isChaining(j xmpp.JID) bool { return j.Local() == "" && j.Resource() != "" }

// together tells whether the subscriptions of two addresses are those of one subscriber. The nodes of a service that are
// chained have a bare address in common and nothing else: what one may read is not for another.
func together(a, b xmpp.JID) bool {
	return a.Bare() == b.Bare() && (a == b || !isChaining(a) || !isChaining(b))
}

// links are what a node is chained to.
func (n *node) links() []link {
	var list []link
	if text := n.set[noteChained]; text == "" || json.Unmarshal([]byte(text), &list) != nil {
		return nil // nobody but setLinks writes it
	}
	return list
}

// setLinks writes what a node is chained to; the caller holds mu.
func (s *Service) setLinks(ctx context.Context, st *state, n *node, list []link) error {
	next := maps.Clone(n.set)
	if next == nil {
		next = Settings{}
	}
	delete(next, noteChained)
	if len(list) > 0 {
		b, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("write chaining: %w", err)
		}
		next[noteChained] = string(b)
	}
	if err := s.Store.ConfigureNode(ctx, st.owner, n.name, next); err != nil {
		return err
	}
	n.set = next
	s.chains.configured(storage.Node{Owner: st.owner, Name: n.name}, list)
	return nil
}

// chain notes that a node is chained to another; the caller holds mu and has checked that l.By owns the node.
func (s *Service) chain(ctx context.Context, st *state, n *node, l link) error {
	at, err := st.owner.WithResource(n.name)
	list := n.links()
	switch {
	case err != nil || at.Resource() != n.name:
		return xmpp.Refuse(stanza.NotAcceptable, "The name of the node cannot be part of an address, by which it would subscribe.")
	case !n.stored || s.isCollection(st, n):
		return xmpp.Refuse(stanza.NotAcceptable, "Only nodes with items can be chained.")
	case s.blocked(st.owner, l.Service):
		return xmpp.Refuse(stanza.NotAllowed, "The administrators do not let this service and that one communicate.")
	case l.is(st.owner, n.name):
		return xmpp.Refuse(stanza.NotAcceptable, "A node is not chained to itself.")
	case slices.ContainsFunc(list, func(o link) bool { return o.is(l.Service, l.Node) }):
		return xmpp.Refuse(stanza.Conflict, "The node is chained to this one already.")
	case len(list) >= maxLinks:
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("A node may be chained to %d others.", maxLinks))
	}
	return s.setLinks(ctx, st, n, append(list, l))
}

// changeLink changes what is known of a link, or takes it away, which is for f to say; it does nothing where there is none.
func (s *Service) changeLink(ctx context.Context, at storage.Node, service xmpp.JID, name string, f func(*link) (keep bool)) error {
	return s.onNode(ctx, at, func(ctx context.Context, st *state, n *node) error {
		list := n.links()
		i := slices.IndexFunc(list, func(l link) bool { return l.is(service, name) })
		if i < 0 {
			return nil
		}
		if !f(&list[i]) {
			list = slices.Delete(list, i, i+1)
		}
		return s.setLinks(ctx, st, n, list)
	})
}

// unchain ends what a node is chained to that has no items any more; the caller holds mu.
func (s *Service) unchain(ctx context.Context, st *state, n *node) error {
	if len(n.links()) == 0 {
		return nil
	}
	s.unchained(st, n)
	return s.setLinks(ctx, st, n, nil)
}

// unchained has the subscriptions of a node ended that is deleted; the caller holds mu.
func (s *Service) unchained(st *state, n *node) {
	at := storage.Node{Owner: st.owner, Name: n.name}
	for _, l := range n.links() {
		s.chains.put(job{at: at, end: &l})
	}
	s.chains.configured(at, nil)
}

// chains knows which nodes are chained to what, for what comes from strangers, and what is to be done about it.
type chains struct {
	patience time.Duration // how long an owner waits for what a remote service says
	wake     chan struct{} // holds one

	mu      sync.Mutex
	loaded  bool                             // guarded by mu
	of      map[xmpp.JID]map[remote]xmpp.JID // who has chained to what, by the address of the chaining node; guarded by mu
	jobs    jobs                             // guarded by mu
	brought brought
}

// remote is a node to which others are chained.
type remote struct {
	service xmpp.JID
	node    string
}

func (c *chains) start() {
	c.patience, c.wake = 5*time.Second, make(chan struct{}, 1)
	c.of = map[xmpp.JID]map[remote]xmpp.JID{}
	c.jobs.start()
	c.brought.start()
}

// configured notes what a node is chained to.
func (c *chains) configured(at storage.Node, list []link) {
	own, err := at.Owner.WithResource(at.Name)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.of, own)
	for _, l := range list {
		if c.of[own] == nil {
			c.of[own] = map[remote]xmpp.JID{}
		}
		c.of[own][remote{l.Service, l.Node}] = l.By
	}
}

// wanted tells whether an address is one of a node that is chained to something of a service. Until it is known what is chained,
// anything may be.
func (c *chains) wanted(own, service xmpp.JID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r := range c.of[own] {
		if r.service == service {
			return true
		}
	}
	return !c.loaded
}

// payer is who has chained a node to another one; is as for wanted.
func (c *chains) payer(own, service xmpp.JID, node string) (by xmpp.JID, is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	by, is = c.of[own][remote{service, node}]
	return by, is || !c.loaded
}

// chainNext does one of the jobs. It reads before what is chained, where that was not done yet.
func (s *Service) chainNext(ctx context.Context) error {
	if err := s.loadChains(ctx); err != nil {
		return err
	}
	j, ok := s.chains.next(time.Now())
	switch {
	case !ok:
		return nil
	case j.end != nil:
		return s.endLink(j.at, *j.end, func(error) {})
	}
	return s.carry(ctx, j)
}

// loadChains reads what is chained.
func (s *Service) loadChains(ctx context.Context) error {
	s.chains.mu.Lock()
	loaded := s.chains.loaded
	s.chains.mu.Unlock()
	if loaded {
		return nil
	}
	list, err := s.Store.NodesWith(ctx, noteChained)
	if err != nil {
		return err
	}
	for _, at := range list {
		err := s.onNode(ctx, at, func(_ context.Context, _ *state, n *node) error {
			s.chains.configured(at, n.links())
			return nil
		})
		if err != nil {
			return err
		}
	}
	s.chains.mu.Lock()
	defer s.chains.mu.Unlock()
	s.chains.loaded = true
	return nil
}
