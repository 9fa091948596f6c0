package pubsub

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/rsm"
)

// maxIDs is how many items may be asked for by id.
const maxIDs = 1000

// wish is which items somebody asks for, and in which order.
type wish struct {
	max   int      // the newest; 0: all
	ids   []string // only these
	paged bool
	page  rsm.Request
	order string // "creation", "modification" (XEP-0413), "" for the order of publication
	desc  bool
	note  *xmpp.Element // which part of the items an answer is; nil: all
}

// wanted reads a request for items.
func wanted(c *call) (*wish, error) {
	w := &wish{}
	if m := c.e.Attr("max_items"); m != "" {
		n, err := strconv.Atoi(m)
		if err != nil || n < 1 {
			return nil, xmpp.Refuse(stanza.BadRequest, "max_items is a number from 1 on.")
		}
		w.max = n
	}
	for it := range c.e.Elements() {
		if !it.Is(ns.PubSub, "item") {
			continue
		}
		if len(w.ids) == maxIDs {
			return nil, xmpp.Refuse(stanza.PolicyViolation, fmt.Sprintf("%d items may be asked for at once.", maxIDs))
		}
		if id := it.Attr("id"); id != "" && !slices.Contains(w.ids, id) {
			w.ids = append(w.ids, id)
		}
	}
	set := c.q.Payload.Child(ns.RSM, "set")
	var err error
	if w.page, err = rsm.Parse(set); err != nil {
		return nil, err
	}
	w.paged = set != nil && len(w.ids) == 0
	if o := c.q.Payload.Child(ns.OrderBy, "order"); o != nil { // XEP-0413 § 4
		w.order = o.Attr("by")
		if w.order != "creation" && w.order != "modification" {
			return nil, xmpp.Refuse(stanza.FeatureNotImplemented, "There is no such order.")
		}
		w.desc = o.Attr("desc") == "true" || o.Attr("desc") == "1" // § 4.4
	}
	return w, nil
}

// newest is how many of the newest items have to be read; 0: all.
func (w *wish) newest() int {
	if w.order == "creation" || w.paged {
		return 0
	}
	return w.max
}

// arrange makes of all items those that were asked for, in their order.
func (w *wish) arrange(list []storage.Item) ([]storage.Item, error) {
	if w.order == "creation" {
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b storage.Item) int { return cmp.Compare(a.Born, b.Born) })
	}
	if w.max > 0 && len(list) > w.max {
		list = list[len(list)-w.max:]
	}
	if w.desc {
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	if !w.paged {
		return w.whole(list), nil
	}
	page, note, err := rsm.Cut(list, w.page, len(list), itemID)
	if err != nil {
		return nil, err
	}
	w.note = note
	if short := fit(page, w.page.Before == "" && !w.page.Last); len(short) < len(page) {
		w.describe(list, short)
		page = short
	}
	return page, nil
}

// whole is all of a list, or the newest part that one answer holds (XEP-0060 § 6.5.4).
func (w *wish) whole(list []storage.Item) []storage.Item {
	short := fit(list, w.desc)
	if len(short) < len(list) {
		w.describe(list, short)
	}
	return short
}

// describe notes which part of a list an answer is.
func (w *wish) describe(list, part []storage.Item) {
	at := slices.IndexFunc(list, func(it storage.Item) bool { return it.ID == part[0].ID })
	w.note = rsm.Note(part[0].ID, part[len(part)-1].ID, at, len(list))
}

func itemID(it storage.Item) string { return it.ID }
