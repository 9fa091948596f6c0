package pubsub

import (
	"slices"
	"strconv"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// page is the part of a list that a request for a page means (XEP-0059 § 2), and the note that goes with it.
func page(list []storage.Item, set *xmpp.Element) ([]storage.Item, *xmpp.Element, error) {
	most := len(list)
	if m := set.Child(ns.RSM, "max"); m != nil {
		n, err := strconv.Atoi(m.Text())
		if err != nil || n < 0 {
			return nil, nil, xmpp.Refuse(stanza.BadRequest, "")
		}
		most = min(n, most)
	}
	if most == 0 { // § 2.7: only the count
		return nil, pageNote(nil, 0, len(list)), nil
	}
	from, to, last := 0, len(list), false
	if a := set.Child(ns.RSM, "after"); a != nil && a.Text() != "" { // § 2.2
		i := index(list, a.Text())
		if i < 0 {
			return nil, nil, xmpp.Refuse(stanza.ItemNotFound, "")
		}
		from = i + 1
	}
	if b := set.Child(ns.RSM, "before"); b != nil { // § 2.3, § 2.5
		last = true
		if b.Text() != "" {
			if to = index(list, b.Text()); to < 0 {
				return nil, nil, xmpp.Refuse(stanza.ItemNotFound, "")
			}
		}
	}
	if i := set.Child(ns.RSM, "index"); i != nil { // § 2.6
		n, err := strconv.Atoi(i.Text())
		if err != nil || n < 0 || n > len(list) {
			return nil, nil, xmpp.Refuse(stanza.ItemNotFound, "")
		}
		from = n
	}
	to = max(from, to)
	if to-from > most {
		if last {
			from = to - most
		} else {
			to = from + most
		}
	}
	return list[from:to], pageNote(list[from:to], from, len(list)), nil
}

func index(list []storage.Item, id string) int {
	return slices.IndexFunc(list, func(it storage.Item) bool { return it.ID == id })
}

// pageNote tells which page an answer is (XEP-0059 § 2.1).
func pageNote(list []storage.Item, from, count int) *xmpp.Element {
	e := xmpp.El(ns.RSM, "set")
	if len(list) > 0 {
		e.Add(xmpp.El(ns.RSM, "first").Set("index", strconv.Itoa(from)).AddText(list[0].ID),
			xmpp.El(ns.RSM, "last").AddText(list[len(list)-1].ID))
	}
	return e.Add(xmpp.El(ns.RSM, "count").AddText(strconv.Itoa(count)))
}
