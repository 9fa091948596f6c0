// Package rsm cuts pages out of ordered lists, as result set management wants (XEP-0059).
package rsm

import (
	"slices"
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Request is the page that somebody wants.
type Request struct {
	Max           int    // most items; -1: not said
	After, Before string // ids of items next to the page; "" for none
	Last          bool   // the last page (XEP-0059 § 2.5)
	Index         int    // where the page begins (XEP-0059 § 2.6); -1: not said
}

// Parse reads a <set/>; nil is a request that says nothing.
func Parse(set *xmpp.Element) (Request, error) {
	r := Request{Max: -1, Index: -1}
	if set == nil {
		return r, nil
	}
	var err error
	if r.Max, err = number(set, "max"); err != nil {
		return r, err
	}
	if r.Index, err = number(set, "index"); err != nil {
		return r, err
	}
	r.After = set.ChildText(ns.RSM, "after")
	if b := set.Child(ns.RSM, "before"); b != nil {
		r.Before = b.Text()
		r.Last = r.Before == ""
	}
	return r, nil
}

func number(set *xmpp.Element, name string) (int, error) {
	e := set.Child(ns.RSM, name)
	if e == nil {
		return -1, nil
	}
	n, err := strconv.ParseUint(strings.TrimSpace(e.Text()), 10, 31)
	if err != nil {
		return 0, xmpp.Refuse(stanza.BadRequest, "The page's "+name+" is no number.")
	}
	return int(n), nil
}

// Bounds is where the page of a list of n items begins and ends; it has at most limit items. place finds an id: where it
// is, or where it would be; -1 says that this cannot be told, and there is no such page (XEP-0059 § 2.4).
func (r Request) Bounds(n, limit int, place func(id string) (at int, found bool)) (from, to int, err error) {
	if r.Max >= 0 {
		limit = min(limit, r.Max)
	}
	if limit == 0 { // § 2.7: only the count
		return 0, 0, nil
	}
	to = n
	if r.After != "" { // § 2.2
		at, found := place(r.After)
		if at < 0 {
			return 0, 0, xmpp.Refuse(stanza.ItemNotFound, "There is no such page.")
		}
		if from = at; found {
			from++
		}
	}
	if r.Before != "" { // § 2.3
		if to, _ = place(r.Before); to < 0 {
			return 0, 0, xmpp.Refuse(stanza.ItemNotFound, "There is no such page.")
		}
	}
	if r.Index >= 0 && r.After == "" && r.Before == "" { // § 2.6
		from = min(r.Index, n)
	}
	to = max(from, to)
	if to-from <= limit {
		return from, to, nil
	}
	if r.Before != "" || r.Last {
		return to - limit, to, nil
	}
	return from, from + limit, nil
}

// Note describes a page (XEP-0059 § 2.2): the ids of its first and last item, where it begins, and how many items all
// pages have. An empty page has no ids.
func Note(first, last string, from, count int) *xmpp.Element {
	e := xmpp.El(ns.RSM, "set")
	if first != "" {
		e.Add(xmpp.El(ns.RSM, "first").Set("index", strconv.Itoa(from)).AddText(first), xmpp.El(ns.RSM, "last").AddText(last))
	}
	return e.Add(xmpp.El(ns.RSM, "count").AddText(strconv.Itoa(count)))
}

// Cut is the page of a list that a request means, and the note that goes with it. id is the id of an item.
func Cut[T any](list []T, r Request, limit int, id func(T) string) (page []T, note *xmpp.Element, err error) {
	from, to, err := r.Bounds(len(list), limit, func(want string) (int, bool) {
		at := slices.IndexFunc(list, func(t T) bool { return id(t) == want })
		return at, at >= 0
	})
	if err != nil {
		return nil, nil, err
	}
	if page = list[from:to:to]; len(page) == 0 {
		return page, Note("", "", 0, len(list)), nil
	}
	return page, Note(id(page[0]), id(page[len(page)-1]), from, len(list)), nil
}
