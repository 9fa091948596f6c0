package pubsub

import (
	"context"
	"fmt"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// owned runs f on a node whose owner asks.
func (s *Service) owned(ctx context.Context, c *call, f func(n *node) error) error {
	if c.node == "" {
		return noNodeID()
	}
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return err
	}
	if err := s.mustOwn(ctx, c.st, n, c.q.From); err != nil {
		return err
	}
	return f(n)
}

// configForm writes a node's configuration.
func (s *Service) configForm(st *state, n *node, typ string) *xmpp.Element {
	return form(typ, ns.PubSubConfig, fields, kindOf(s.value(st, n, fieldNodeType)), func(name string) string {
		if name == fieldChildren {
			return strings.Join(st.children(n.name), "\n")
		}
		return s.value(st, n, name)
	})
}

// askConfiguration answers an owner who wants to see the configuration (XEP-0060 § 8.2.1).
func askConfiguration(ctx context.Context, s *Service, c *call) (e *xmpp.Element, err error) {
	err = s.owned(ctx, c, func(n *node) error {
		e = xmpp.El(ns.PubSubOwner, "pubsub", xmpp.El(ns.PubSubOwner, "configure", s.configForm(c.st, n, "form")).Set("node", n.name))
		return nil
	})
	return e, err
}

// askDefault tells what a new node of a type is like (XEP-0060 § 8.3, XEP-0248 § 7.3).
func askDefault(_ context.Context, s *Service, c *call) (*xmpp.Element, error) {
	n := &node{name: "x", set: Settings{}}
	switch typ := c.e.Attr("type"); typ {
	case "", leaf:
	case collection:
		n.set[fieldNodeType] = typ
	default:
		return nil, xmpp.Refuse(stanza.NotAcceptable, "There are no nodes of this type.")
	}
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	return xmpp.El(ns.PubSubOwner, "pubsub", xmpp.El(ns.PubSubOwner, "default", s.configForm(c.st, n, "form"))), nil
}

// setConfiguration takes an owner's form (XEP-0060 § 8.2.4).
func setConfiguration(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	x := c.e.Child(ns.DataForm, "x")
	if x != nil && x.Attr("type") == "cancel" {
		return nil, s.owned(ctx, c, func(*node) error { return nil })
	}
	set, _, err := submitted(x, ns.PubSubConfig, fields)
	return nil, s.owned(ctx, c, func(n *node) error {
		if err != nil {
			return refuseForm(err)
		}
		if !n.stored {
			_, err := s.create(ctx, c.st, n.name, set, c.q.From)
			return err
		}
		return s.configure(ctx, c.st, n, set, c.q.From)
	})
}

// plan checks fields of a node's configuration against what it is and where it is, for whoever wants them (XEP-0248 § 7.2.3),
// and returns the whole configuration. The caller holds mu.
func (s *Service) plan(ctx context.Context, st *state, n *node, set Settings, who xmpp.JID) (Settings, error) {
	next := Settings{}
	for k, v := range n.set {
		next[k] = v
	}
	for k, v := range set {
		if k != fieldChildren { // the children know it
			next[k] = v
		}
	}
	was := s.isCollection(st, n)
	after := &node{name: n.name, own: n.own, set: next}
	is := s.isCollection(st, after)
	switch {
	case n.stored && was && !is:
		return nil, impossible("A collection does not become a leaf.") // § 7.2.3.4
	case !is && set[fieldChildren] != "":
		return nil, impossible("A leaf contains no nodes.") // § 7.2.3.1
	}
	if into, said := set[fieldCollection]; said {
		if err := s.placed(ctx, st, n, lines(into), who); err != nil {
			return nil, err
		}
	}
	if want, said := set[fieldChildren]; said && is {
		if err := s.adopt(ctx, st, after, lines(want), who, true); err != nil {
			return nil, err
		}
	} else if is {
		if err := s.room(st, after, len(st.children(n.name))); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// configure changes fields of a node; the caller holds mu.
func (s *Service) configure(ctx context.Context, st *state, n *node, set Settings, who xmpp.JID) error {
	next, err := s.plan(ctx, st, n, set, who)
	if err != nil {
		return err
	}
	if err := s.Store.ConfigureNode(ctx, st.owner, n.name, next); err != nil {
		return err
	}
	s.purging.configured(next)
	was, before, barred := s.isCollection(st, n), n.parents(), s.barred(ctx, st, n, set)
	n.set = next
	if !was && s.isCollection(st, n) { // XEP-0248 § 7.2.4
		if err := s.Store.PurgeNode(ctx, st.owner, n.name); err != nil {
			return err
		}
		n.keepLast(nil)
		if err := s.unchain(ctx, st, n); err != nil {
			return err
		}
	}
	if err := s.tellMoves(ctx, st, n, before); err != nil {
		return err
	}
	if want, said := set[fieldChildren]; said && s.isCollection(st, n) {
		if err := s.adopt(ctx, st, n, lines(want), who, false); err != nil {
			return err
		}
	}
	if changesAccess(set) {
		if err := s.review(ctx, st, n, xmpp.JID{}); err != nil {
			return err
		}
	}
	s.welcome(ctx, st, n, barred)
	if !s.on(st, n, fieldNotifyConfig) {
		return nil
	}
	e := xmpp.El(ns.PubSubEvent, "configuration").Set("node", n.name) // § 8.2.5.3
	if s.on(st, n, fieldPayloads) {
		e.Add(s.configForm(st, n, "result"))
	}
	return s.broadcast(ctx, st, n, notice{event: event(e), typ: typeNodes})
}

// deleteNode answers an owner who deletes a node (XEP-0060 § 8.4).
func deleteNode(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	if c.node == "" {
		return nil, xmpp.Refuse(stanza.NotAllowed, "The root stays.") // XEP-0248 § 7.4.3.1
	}
	to := attr(c.e.Child(ns.PubSubOwner, "redirect"), "uri")
	if len(to) > maxText {
		return nil, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The address of the new node is too long: %d bytes at most.", maxText))
	}
	err := s.owned(ctx, c, func(n *node) error {
		if !n.stored {
			return noNode()
		}
		return s.remove(ctx, c.st, n, to)
	})
	if err == nil {
		s.tell(Change{Owner: c.st.owner, Node: c.node, Emptied: true})
	}
	return nil, err
}

// remove deletes a node; to is where it is from now on, "" for nowhere. The caller holds mu.
func (s *Service) remove(ctx context.Context, st *state, n *node, to string) error {
	if err := s.people(ctx, st, n); err != nil { // who is told of it
		return err
	}
	for _, name := range st.children(n.name) { // XEP-0248 § 8.2: what no other collection contains is in the root
		child := st.nodes[name]
		var into []string
		for _, p := range child.parents() {
			if p != n.name {
				into = append(into, p)
			}
		}
		if err := s.move(ctx, st, child, into); err != nil {
			return err
		}
	}
	if err := s.Store.DeleteNode(ctx, st.owner, n.name); err != nil {
		return err
	}
	delete(st.nodes, n.name)
	s.unchained(st, n)
	e := xmpp.El(ns.PubSubEvent, "delete").Set("node", n.name)
	if to != "" {
		left := &node{name: n.name, set: Settings{noteMoved: to, noteCreator: n.set[noteCreator]}, stored: true, peopleRead: true, lastRead: true}
		if err := s.Store.CreateNode(ctx, storage.Node{Owner: st.owner, Name: n.name, Config: left.set, Created: s.Now().UTC()}); err != nil {
			return err
		}
		st.nodes[n.name] = left
		e.Add(xmpp.El(ns.PubSubEvent, "redirect").Set("uri", to))
	}
	if !s.on(st, n, fieldNotifyDelete) {
		return nil
	}
	return s.broadcast(ctx, st, n, notice{event: event(e), typ: typeNodes, all: true})
}

// purgeNode answers an owner who removes all items (XEP-0060 § 8.5).
func purgeNode(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	err := s.owned(ctx, c, func(n *node) error {
		if s.isCollection(c.st, n) || !s.on(c.st, n, FieldPersist) {
			return unsupported("persistent-items") // § 8.5.3.3
		}
		if !n.stored {
			return nil
		}
		if err := s.Store.PurgeNode(ctx, c.st.owner, n.name); err != nil {
			return err
		}
		n.keepLast(nil)
		if !s.on(c.st, n, fieldNotifyRetract) { // § 8.5.2
			return nil
		}
		return s.broadcast(ctx, c.st, n, notice{event: purged(n.name), typ: typeItems})
	})
	if err == nil {
		s.tell(Change{Owner: c.st.owner, Node: c.node, Emptied: true})
	}
	return nil, err
}
