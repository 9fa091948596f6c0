package pubsub

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/rsm"
)

// maxAnswer is about how many bytes of items one answer holds; of more, the newest are sent, with a note (§ 6.5.4).
const maxAnswer = 2 << 20

// maxIDs is how many items may be asked for by id.
const maxIDs = 1000

// retrieve answers who asks for items (XEP-0060 § 6.5).
func retrieve(ctx context.Context, s *Service, c *call) (*xmpp.Element, error) {
	if c.node == "" {
		return nil, noNodeID()
	}
	max, ids, err := wanted(c.e)
	if err != nil {
		return nil, err
	}
	transient, err := s.readable(ctx, c)
	if err != nil {
		return nil, err
	}
	list := transient
	if list == nil {
		if list, err = s.read(ctx, c.st.owner, c.node, max, ids); err != nil {
			return nil, err
		}
	}
	if len(ids) == 1 && len(list) == 0 {
		return nil, noItem() // § 6.5.9.12
	}
	var note *xmpp.Element
	if set := c.q.Payload.Child(ns.RSM, "set"); set != nil && len(ids) == 0 {
		r, err := rsm.Parse(set)
		if err != nil {
			return nil, err
		}
		if list, note, err = rsm.Cut(list, r, len(list), itemID); err != nil {
			return nil, err
		}
	}
	if short := fit(list); len(short) < len(list) && note == nil {
		note = rsm.Note(short[0].ID, short[len(short)-1].ID, len(list)-len(short), len(list))
		list = short
	}
	e := xmpp.El(ns.PubSub, "items").Set("node", c.node)
	for i := range list {
		e.Add(itemElement(ns.PubSub, &list[i], true))
	}
	return xmpp.El(ns.PubSub, "pubsub", e, note), nil
}

// wanted reads which items are asked for: the newest max (0: all), or those with ids.
func wanted(e *xmpp.Element) (max int, ids []string, err error) {
	if m := e.Attr("max_items"); m != "" {
		max, err = strconv.Atoi(m)
		if err != nil || max < 1 {
			return 0, nil, xmpp.Refuse(stanza.BadRequest, "max_items is a number from 1 on.")
		}
	}
	for it := range e.Elements() {
		if !it.Is(ns.PubSub, "item") {
			continue
		}
		if len(ids) == maxIDs {
			return 0, nil, xmpp.Refuse(stanza.PolicyViolation, "Too many items at once.")
		}
		if id := it.Attr("id"); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return max, ids, nil
}

// readable checks that who asks may read the node (§ 6.5.9). Of a node that keeps no items it returns the last one where
// that is known (§ 6.5.5).
func (s *Service) readable(ctx context.Context, c *call) (transient []storage.Item, err error) {
	c.st.mu.Lock()
	defer c.st.mu.Unlock()
	n, err := s.existing(ctx, c.st, c.node)
	if err != nil {
		return nil, err
	}
	if err := s.mayAsk(ctx, c, n, c.q.From, false); err != nil {
		return nil, err
	}
	if !s.on(c.st, n, FieldPersist) && n.last != nil {
		return []storage.Item{*n.last}, nil
	}
	return nil, nil
}

// read returns the newest max items of a node as readers see them, oldest first, or those with ids.
func (s *Service) read(ctx context.Context, owner xmpp.JID, name string, max int, ids []string) ([]storage.Item, error) {
	own := s.registered(owner, name)
	virtual := own != nil && own.Virtual != nil
	fromStore, idsOfStore := max, ids
	if virtual {
		fromStore, idsOfStore = 0, nil
	}
	list, err := s.Store.Items(ctx, owner, name, fromStore, idsOfStore...)
	if err != nil && !(own != nil && errors.Is(err, storage.ErrNotFound)) {
		return nil, err
	}
	if !virtual {
		return list, nil
	}
	if list, err = own.Virtual.Items(ctx, owner, list); err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		return pick(list, ids), nil
	}
	if max > 0 && len(list) > max {
		list = list[len(list)-max:]
	}
	return list, nil
}

func pick(list []storage.Item, ids []string) []storage.Item {
	var some []storage.Item
	for i := range list {
		if slices.Contains(ids, list[i].ID) {
			some = append(some, list[i])
		}
	}
	return some
}

func itemID(it storage.Item) string { return it.ID }

// fit is the newest part of a list that one answer may hold, one item at least.
func fit(list []storage.Item) []storage.Item {
	size := 0
	for i := len(list) - 1; i >= 0; i-- {
		if size += len(list[i].Payload) + len(list[i].ID) + 40; size > maxAnswer && i < len(list)-1 {
			return list[i+1:]
		}
	}
	return list
}

// itemElement is an item in a namespace of ours.
func itemElement(space string, it *storage.Item, payload bool) *xmpp.Element {
	e := xmpp.El(space, "item").Set("id", it.ID)
	if payload && it.Payload != nil {
		e.AddRaw(it.Payload)
	}
	return e
}

// attr is an attribute of an element that may be nil.
func attr(e *xmpp.Element, name string) string {
	v, _ := e.LookupAttr("", name)
	return v
}
