package pubsub

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// A node says in its configuration which collections contain it, and nothing else does: what a collection contains is
// found by that. Nodes that no collection contains are in the root (XEP-0248 § 8.1). All callers hold mu.

func (s *Service) isCollection(st *state, n *node) bool {
	return s.value(st, n, fieldNodeType) == collection
}

// parents are the names of the collections that contain a node.
func (n *node) parents() []string {
	if n.name == "" {
		return nil
	}
	if list := lines(n.set[fieldCollection]); len(list) > 0 {
		return list
	}
	return []string{""}
}

// children are the names of the nodes in a collection, in their order.
func (st *state) children(name string) []string {
	var list []string
	for _, child := range st.names() {
		if slices.Contains(st.nodes[child].parents(), name) {
			list = append(list, child)
		}
	}
	return list
}

// above lists the collections over a node with how far away they are, by name.
func (st *state) above(n *node) map[string]int {
	depth := map[string]int{}
	level := n.parents()
	for d := 1; len(level) > 0; d++ {
		var next []string
		for _, name := range level {
			if _, seen := depth[name]; seen {
				continue
			}
			depth[name] = d
			if p := st.nodes[name]; p != nil {
				next = append(next, p.parents()...)
			}
		}
		level = next
	}
	return depth
}

// toCollections adds those who have subscribed to collections over a node. What a collection tells of a node is only for
// those who may see that node: putting a node into a collection opens nothing (XEP-0248 § 10.1).
func (s *Service) toCollections(ctx context.Context, st *state, n *node, e notice, m *mailing) error {
	return s.toThese(ctx, st, n, e, m, st.above(n))
}

// toThese is toCollections for some of them.
func (s *Service) toThese(ctx context.Context, st *state, n *node, e notice, m *mailing, depth map[string]int) error {
	through := map[xmpp.JID][]string{}
	var order []xmpp.JID
	present := s.on(st, n, fieldPresence)
	for _, name := range slices.Sorted(maps.Keys(depth)) {
		c := st.nodes[name]
		if c == nil {
			continue
		}
		if err := s.people(ctx, st, c); err != nil {
			return err
		}
		for _, u := range c.subscriptions {
			if u.State != subscribed || !u.reaches(depth[name], e.typ) || !s.due(u, e, present) || m.told[u.JID] || slices.Contains(through[u.JID], name) ||
				s.mayRead(ctx, st, c, u.JID, false) != nil || s.mayRead(ctx, st, n, u.JID, e.typ == typeNodes) != nil {
				continue
			}
			if through[u.JID] == nil {
				order = append(order, u.JID)
			}
			through[u.JID] = append(through[u.JID], name)
		}
	}
	for _, who := range order {
		m.add(who, s.replyFor(st, e.by, who), headers(headerCollection, through[who])) // § 5.3.1
	}
	return nil
}

// tellAbove tells those who have subscribed to nodes of collections; depth names the collections.
func (s *Service) tellAbove(ctx context.Context, st *state, n *node, e *xmpp.Element, depth map[string]int) error {
	m := s.mailing(st, n, event(e))
	if err := s.toThese(ctx, st, n, notice{typ: typeNodes}, m, depth); err != nil {
		return err
	}
	m.send(s)
	return nil
}

// tellCreated tells that a node has come into collections (XEP-0248 § 5.3.1.2).
func (s *Service) tellCreated(ctx context.Context, st *state, n *node) error {
	if st.nodes[""] == nil && n.set[fieldCollection] == "" {
		return nil // nobody has subscribed to the root
	}
	return s.tellAbove(ctx, st, n, xmpp.El(ns.PubSubEvent, "create").Set("node", n.name), st.above(n))
}

// tellMoved tells that nodes were put into collections or taken out of them (XEP-0248 § 5.3.2).
func (s *Service) tellMoved(ctx context.Context, st *state, n *node, parent, what string) error {
	c := st.nodes[parent]
	if c == nil || parent == "" {
		return nil
	}
	depth := map[string]int{parent: 1}
	for name, d := range st.above(c) {
		depth[name] = d + 1
	}
	e := xmpp.El(ns.PubSubEvent, "collection", xmpp.El(ns.PubSubEvent, what).Set("node", n.name)).Set("node", parent)
	return s.tellAbove(ctx, st, n, e, depth)
}

// mayAssociate tells whether somebody may put nodes into a collection (XEP-0248 § 7.2.1).
func (s *Service) mayAssociate(ctx context.Context, st *state, c *node, who xmpp.JID) error {
	a, err := s.affiliation(ctx, st, c, who)
	if err != nil || a == owner {
		return err
	}
	if a != outcast {
		switch s.value(st, c, fieldPolicy) {
		case "all":
			return nil
		case "whitelist":
			if slices.Contains(lines(s.value(st, c, fieldWhitelist)), who.Bare().String()) {
				return nil
			}
		}
	}
	return barredFrom() // § 7.2.3.2
}

// barredFrom is what who may not put a node into a collection, or take it out, is answered with (XEP-0248 § 7.2.3.2, § 7.5.3.1,
// § 7.6.3.2).
func barredFrom() error { return xmpp.Refuse(stanza.Forbidden, "").WithType(stanza.Cancel) }

// mayMove checks that somebody may say which collections contain a node: its owners may.
func (s *Service) mayMove(ctx context.Context, st *state, n *node, who xmpp.JID) error {
	err := s.mustOwn(ctx, st, n, who)
	if refused(err) {
		return barredFrom()
	}
	return err
}

// placed checks that a node may be in collections, for whoever asks for it, and that the graph stays without cycles.
func (s *Service) placed(ctx context.Context, st *state, n *node, into []string, who xmpp.JID) error {
	now := n.parents()
	for _, name := range into {
		c, err := s.existing(ctx, st, name)
		if err != nil {
			return err
		}
		if !s.isCollection(st, c) || name == "" {
			return impossible("A leaf contains no nodes.") // § 7.2.3.1
		}
		if slices.Contains(now, name) {
			continue
		}
		if err := s.mayAssociate(ctx, st, c, who); err != nil {
			return err
		}
		_, cycle := st.above(c)[n.name]
		if cycle || name == n.name {
			return impossible("The collection would contain itself.") // § 7.2.3.5
		}
		if err := s.room(st, c, len(st.children(name))+1); err != nil {
			return err
		}
	}
	return nil
}

// room checks how many nodes a collection may contain (XEP-0248 § 7.2.3.3).
func (s *Service) room(st *state, c *node, count int) error {
	if limit, err := strconv.Atoi(s.value(st, c, fieldMost)); err == nil && count > limit {
		return failure(stanza.NotAllowed, "max-nodes-exceeded", "The collection may contain "+strconv.Itoa(limit)+" nodes.")
	}
	return nil
}

// move writes which collections contain a node, and tells of it.
func (s *Service) move(ctx context.Context, st *state, n *node, into []string) error {
	before := n.parents()
	next := maps.Clone(n.set)
	if next[fieldCollection] = strings.Join(into, "\n"); len(into) == 0 {
		delete(next, fieldCollection)
	}
	if err := s.Store.ConfigureNode(ctx, st.owner, n.name, next); err != nil {
		return err
	}
	n.set = next
	return s.tellMoves(ctx, st, n, before)
}

// tellMoves tells of the difference between the collections of before and of now.
func (s *Service) tellMoves(ctx context.Context, st *state, n *node, before []string) error {
	now := n.parents()
	for _, name := range before {
		if !slices.Contains(now, name) {
			if err := s.tellMoved(ctx, st, n, name, "dissociate"); err != nil {
				return err
			}
		}
	}
	for _, name := range now {
		if !slices.Contains(before, name) {
			if err := s.tellMoved(ctx, st, n, name, "associate"); err != nil {
				return err
			}
		}
	}
	return nil
}

// adopt makes a collection contain exactly some nodes, which who owns or which are in it already (XEP-0248 § 7.2.1, § 8.3).
// check only: nothing is written.
func (s *Service) adopt(ctx context.Context, st *state, c *node, want []string, who xmpp.JID, check bool) error {
	have := st.children(c.name)
	if check {
		if err := s.room(st, c, len(want)); err != nil {
			return err
		}
		for _, name := range want {
			child, err := s.existing(ctx, st, name)
			if err != nil {
				return err
			}
			if slices.Contains(have, name) {
				continue
			}
			if err := s.mayMove(ctx, st, child, who); err != nil {
				return err
			}
			if _, cycle := st.above(c)[name]; cycle || name == c.name {
				return impossible("The collection would contain itself.")
			}
		}
		return nil
	}
	for _, name := range slices.Concat(want, have) {
		child := st.nodes[name]
		in, shall := slices.Contains(have, name), slices.Contains(want, name)
		if child == nil || in == shall {
			continue
		}
		into := slices.DeleteFunc(lines(child.set[fieldCollection]), func(p string) bool { return p == c.name })
		if shall {
			into = append(into, c.name)
		}
		if err := s.move(ctx, st, child, into); err != nil {
			return err
		}
	}
	return nil
}

// associate answers who puts one node into a collection or takes it out (XEP-0248 § 7.5, § 7.6).
func associate(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	in := c.e.Child(ns.PubSubOwner, "associate")
	out := c.e.Child(ns.PubSubOwner, "dissociate")
	if (in == nil) == (out == nil) || c.node == "" {
		return nil, xmpp.Refuse(stanza.BadRequest, "")
	}
	name := attr(in, "node") + attr(out, "node")
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	parent, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return nil, err
	}
	child, err := s.existing(ctx, c.st, name)
	if err != nil {
		return nil, err
	}
	if name == "" || !child.stored {
		return nil, noNode()
	}
	into := lines(child.set[fieldCollection])
	if in != nil {
		if err := s.mayMove(ctx, c.st, child, c.q.From); err != nil { // § 7.5.3.1
			return nil, err
		}
		if slices.Contains(into, c.node) {
			return nil, nil
		}
		into = append(into, c.node)
		if err := s.placed(ctx, c.st, child, into, c.q.From); err != nil {
			return nil, err
		}
		return nil, s.move(ctx, c.st, child, into)
	}
	if !slices.Contains(into, c.node) {
		return nil, xmpp.Refuse(stanza.BadRequest, "The collection does not contain this node.") // § 7.6.3.1
	}
	if s.mustOwn(ctx, c.st, child, c.q.From) != nil && s.mustOwn(ctx, c.st, parent, c.q.From) != nil {
		return nil, barredFrom() // § 7.6.3.2
	}
	return nil, s.move(ctx, c.st, child, slices.DeleteFunc(into, func(p string) bool { return p == c.node }))
}
