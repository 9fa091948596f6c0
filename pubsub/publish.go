package pubsub

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// publication is an item on its way to a node.
type publication struct {
	owner, from xmpp.JID
	node        string
	item        *storage.Item // nil: the publisher sends none
	create      Settings      // for a node that is not there yet
	checked     bool          // create holds the preconditions of the publisher
	raw         bool          // a module publishes: it may, and the overlay is not asked
	of          *link         // to the node that it is repeated of; nil: somebody publishes
}

// publishItem answers a publisher (XEP-0060 § 7.1).
func publishItem(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	if c.node == "" {
		return nil, noNodeID()
	}
	p := &publication{owner: c.st.owner, from: c.q.From, node: c.node}
	items := 0
	for e := range c.e.Elements() {
		if !e.Is(ns.PubSub, "item") {
			return nil, xmpp.Refuse(stanza.BadRequest, "")
		}
		if items++; items > 1 {
			return nil, xmpp.Refuse(stanza.BadRequest, "Items are published one by one.")
		}
		it, err := s.parseItem(c.st.owner, e)
		if err != nil {
			return nil, err
		}
		it.Publisher = c.q.From
		p.item = it
	}
	if o := c.q.Payload.Child(ns.PubSub, "publish-options"); o != nil {
		set, unknown, err := submitted(o.Child(ns.DataForm, "x"), ns.PubSubOptions, fields)
		if err != nil {
			return nil, xmpp.Refuse(stanza.BadRequest, "")
		}
		if len(unknown) > 0 { // § 7.1.5
			return nil, failure(stanza.Conflict, "precondition-not-met", "There is no field "+xmpp.Clean(unknown[0])+".")
		}
		p.create, p.checked = set, true
	}
	if err := s.publish(ctx, c.st, p); err != nil {
		return nil, err
	}
	e := xmpp.El(ns.PubSub, "publish").Set("node", c.node)
	if p.item != nil {
		e.Add(xmpp.El(ns.PubSub, "item").Set("id", p.item.ID))
	}
	return xmpp.El(ns.PubSub, "pubsub", e), nil
}

// maxID is how long names of nodes and items may be.
const maxID = 1023

func (s *Service) parseItem(to xmpp.JID, e *xmpp.Element) (*storage.Item, error) {
	it := &storage.Item{ID: e.Attr("id")}
	if len(it.ID) > maxID {
		return nil, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The item's id is too long: %d bytes at most.", maxID))
	}
	for child := range e.Elements() {
		if it.Payload != nil { // § 7.1.3.6
			return nil, failure(stanza.BadRequest, "invalid-payload", "An item has one payload.")
		}
		it.Payload = child.Append(nil, "")
	}
	if most := s.config(to).ItemBytes; len(it.Payload) > most { // § 7.1.3.5
		return nil, tooBig(most)
	}
	return it, nil
}

// publish checks, stores and tells of an item. p.item's id is set afterwards.
func (s *Service) publish(ctx context.Context, st *state, p *publication) error {
	own := s.registered(st.owner, p.node)
	virtual := own != nil && own.Virtual != nil && p.item != nil
	if p.item != nil && p.item.ID == "" && !virtual {
		p.item.ID = xmpp.NewID() // § 7.1.3.7
	}
	shown := p.item
	if virtual {
		if !p.raw {
			if err := s.mayBePublished(ctx, st, p); err != nil {
				return err
			}
			it, err := own.Virtual.Publish(ctx, st.owner, *p.item)
			if errors.Is(err, Taken) {
				if p.item.ID == "" {
					p.item.ID = xmpp.NewID()
				}
				return nil
			}
			if err != nil {
				return err
			}
			p.item = &it
		}
		list, err := own.Virtual.Items(ctx, st.owner, []storage.Item{*p.item})
		if err != nil {
			return err
		}
		if list = pick(list, []string{p.item.ID}); len(list) > 0 {
			shown = &list[0]
		}
	}
	if err := s.put(ctx, st, p, shown); err != nil {
		return err
	}
	s.tell(Change{Owner: st.owner, Node: p.node, Published: p.item})
	return nil
}

func (s *Service) mayBePublished(ctx context.Context, st *state, p *publication) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	_, err := s.admit(ctx, st, p)
	return err
}

// put stores an item and notifies; shown is what the others see of it.
func (s *Service) put(ctx context.Context, st *state, p *publication, shown *storage.Item) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.admit(ctx, st, p)
	if err != nil {
		return err
	}
	if n == nil || !n.stored { // § 7.1.4
		if n, err = s.create(ctx, st, p.node, p.create, p.from); err != nil {
			return err
		}
	}
	if p.item == nil { // a notification without item (§ 7.1.3.7)
		return s.broadcast(ctx, st, n, notice{event: s.itemsEvent(st, n, nil), typ: typeItems, ids: true, by: p.by()})
	}
	if p.of == nil && n.set[noteChained] != "" {
		s.chains.brought.first(storage.Node{Owner: st.owner, Name: n.name}, p.item, bringing{}, s.Now())
	}
	p.item.At = s.Now().UTC()
	shown.At = p.item.At
	if max := s.maxItems(st, n); max > 0 {
		if err := s.store(ctx, st, n, p, max); err != nil {
			return err
		}
	}
	n.keepLast(p.item)
	e := s.published(st, n, shown)
	e.by, e.of = p.by(), p.of
	return s.broadcast(ctx, st, n, e)
}

// by is the client that publishes; zero for a module.
func (p *publication) by() xmpp.JID {
	if p.raw {
		return xmpp.JID{}
	}
	return p.from
}

// store writes an item to a node that keeps max of them, and tells of those that had to go (§ 7.1.2.5, § 7.1.3.4). A node
// of one item tells of the new one only. The caller holds mu.
func (s *Service) store(ctx context.Context, st *state, n *node, p *publication, max int) error {
	full := s.value(st, n, fieldNodeFull)
	if full == rejectNew {
		has, err := s.Store.HasItem(ctx, st.owner, n.name, p.item.ID)
		if err != nil {
			return err
		}
		count, err := s.Store.CountItems(ctx, st.owner, n.name)
		if err != nil {
			return err
		}
		if !has && count >= max {
			return failure(stanza.Conflict, "node-full", fmt.Sprintf("The node keeps %d items.", max))
		}
	}
	if !p.raw {
		if err := s.fits(ctx, st, n.name, p.item); err != nil {
			return err
		}
	}
	removed, err := s.Store.PublishItem(ctx, st.owner, n.name, *p.item, max)
	if err != nil || len(removed) == 0 || max == 1 || full != retractOldest || !s.on(st, n, fieldNotifyRetract) {
		return err
	}
	return s.broadcast(ctx, st, n, retracted(n.name, removed))
}

// admit checks a publication: the node (nil where it is to be created), the rights, the preconditions, the item. The
// caller holds mu.
func (s *Service) admit(ctx context.Context, st *state, p *publication) (*node, error) {
	n, err := s.find(ctx, st, p.node)
	if err != nil || p.raw {
		return n, err
	}
	if n == nil {
		if gone := st.gone(p.node); gone != nil && p.from.Bare() != st.owner {
			return nil, gone
		}
		if st.owner.Local() == "" || p.from.Bare() != st.owner {
			return nil, noNode() // § 7.1.3.3
		}
		if p.create[fieldNodeType] == collection {
			return nil, unsupported("publish") // § 7.1.3.2
		}
		return nil, s.checkItem(st, &node{name: p.node, set: p.create}, p.item)
	}
	if err := s.mayPublish(ctx, st, n, p.from); err != nil {
		return nil, err
	}
	if s.isCollection(st, n) {
		return nil, unsupported("publish") // § 7.1.3.2
	}
	if p.checked {
		for name, want := range p.create { // § 7.1.5
			if !s.same(st, name, s.value(st, n, name), want) {
				return nil, failure(stanza.Conflict, "precondition-not-met", "The node has another value of "+name+".")
			}
		}
	}
	return n, s.checkItem(st, n, p.item)
}

// same compares values of a field as they take effect.
func (s *Service) same(st *state, name, a, b string) bool {
	switch {
	case a == b:
		return true
	case name == FieldMaxItems:
		most := s.config(st.owner).MaxItems
		return s.limit(a, most) == s.limit(b, most)
	case fieldOf(name).typ == "text-multi" || fieldOf(name).typ == "jid-multi":
		return slices.Equal(slices.Sorted(slices.Values(lines(a))), slices.Sorted(slices.Values(lines(b))))
	}
	return false
}

// checkItem holds an item against the kind of the node (XEP-0060 § 7.1.3.5 to 7.1.3.7, § 4.3).
func (s *Service) checkItem(st *state, n *node, it *storage.Item) error {
	persist, payloads := s.on(st, n, FieldPersist), s.on(st, n, fieldPayloads)
	most := s.limit(s.value(st, n, fieldPayloadSize), s.config(st.owner).ItemBytes)
	switch {
	case it == nil && (persist || payloads):
		return failure(stanza.BadRequest, "item-required", "")
	case it == nil:
		return nil
	case !persist && !payloads:
		return failure(stanza.BadRequest, "item-forbidden", "")
	case payloads && it.Payload == nil:
		return failure(stanza.BadRequest, "payload-required", "")
	case len(it.Payload) > most:
		return tooBig(most)
	}
	return nil
}

// tooBig is the error of an item that is longer than it may be.
func tooBig(most int) error {
	return failure(stanza.NotAcceptable, "payload-too-big", fmt.Sprintf("An item may have %d bytes here.", most))
}

// tell calls those who follow a node of accounts.
func (s *Service) tell(c Change) {
	if c.Owner.Local() == "" {
		return
	}
	for _, f := range s.follow[c.Node] {
		f(c)
	}
}
