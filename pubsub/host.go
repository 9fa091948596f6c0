package pubsub

import (
	"context"
	"sync"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// toHost takes what is sent to the service of a domain: requests go by the registry, messages answer what owners were
// asked, errors come back from subscribers. Errors may come while a state is held, and are looked at later.
func (s *Service) toHost(p *hook.Packet) error {
	switch p.Kind {
	case xmpp.IQ:
		if p.Type != xmpp.TypeGet && p.Type != xmpp.TypeSet {
			return nil
		}
		if p.To.Local() == "" && p.To.Resource() != "" && p.Type == xmpp.TypeGet && p.Has(ns.DiscoInfo, "query") {
			return s.describe(p)
		}
		if p.To.Local() != "" || p.To.Resource() != "" {
			return xmpp.Refuse(stanza.ItemNotFound, "")
		}
		return s.Router.Answer(p, target)
	case xmpp.Message:
		if p.Type == xmpp.TypeError {
			s.bounces.came(bounce{p.To.Bare(), p.From, p.ID()}, final(p.Stanza))
			return nil
		}
		if s.toChaining(p) {
			return nil
		}
		v := answered(p.Stanza)
		switch {
		case v != nil:
			return s.approve(p.From, p.To, v)
		case p.Type != xmpp.TypeHeadline && !p.Has("jabber:x:data", "x"):
			return xmpp.Refuse(stanza.ServiceUnavailable, "This is a publish-subscribe service; it does not talk.")
		}
	}
	return nil
}

// final tells whether an error says that who sent it will not be there again (XEP-0060 § 12.4).
func final(st *xmpp.Stanza) bool {
	c := st.Find("jabber:client", "error")
	if c == nil {
		return false
	}
	e, err := st.Element(c)
	if err != nil {
		return false
	}
	return e.Attr("type") == "cancel" || e.Child("urn:ietf:params:xml:ns:xmpp-stanzas", string(stanza.Gone)) != nil
}

// Bounds of what is remembered of notifications, and of errors that wait.
const (
	maxSent    = 8192
	maxBounces = 256
)

// bounce is an error that a subscriber has sent back.
type bounce struct {
	owner, from xmpp.JID
	id          string
}

// bounces knows which node the last notifications were of, to find it for an error (XEP-0060 § 12.4).
type bounces struct {
	mu    sync.Mutex
	nodes map[string]string // id of a notification to the node; guarded by mu
	order []string          // of ids, a ring; guarded by mu
	next  int               // guarded by mu
	queue chan bounce
}

func (b *bounces) start() {
	b.nodes, b.order, b.queue = map[string]string{}, make([]string, maxSent), make(chan bounce, maxBounces)
}

// sent remembers a notification.
func (b *bounces) sent(id, node string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.nodes, b.order[b.next])
	b.nodes[id], b.order[b.next] = node, id
	b.next = (b.next + 1) % maxSent
}

// came queues an error; one too many is forgotten, as the subscriber is told again.
func (b *bounces) came(e bounce, final bool) {
	if !final {
		return
	}
	select {
	case b.queue <- e:
	default:
	}
}

// undelivered ends the subscriptions of who has sent an error back.
func (s *Service) undelivered(ctx context.Context, e bounce) error {
	s.bounces.mu.Lock()
	name, ok := s.bounces.nodes[e.id]
	s.bounces.mu.Unlock()
	if !ok {
		return nil
	}
	st := s.open(e.owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, name)
	if err != nil || n == nil {
		return err
	}
	if err := s.people(ctx, st, n); err != nil {
		return err
	}
	for _, u := range n.mine(e.from) {
		if err := s.end(ctx, st, n, u); err != nil {
			return err
		}
	}
	return nil
}
