package muc

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// publicRooms lists the rooms of a host that do not hide (§ 6.3), in the order of their addresses: page by page where who
// asks wants that (XEP-0059 § 2), or where there are many.
func (s *Service) publicRooms(_ context.Context, q *hook.Request, node string) ([]*xmpp.Element, error) {
	if node != "" {
		return nil, nil
	}
	var list []*xmpp.Element
	s.mu.RLock()
	for j, l := range s.names {
		if l.public && j.Domain() == q.Owner.Domain() {
			e := xmpp.El(ns.DiscoItems, "item").Set("jid", j.String())
			if l.name != "" {
				e.Set("name", l.name)
			}
			list = append(list, e)
		}
	}
	s.mu.RUnlock()
	return paged(sorted(list, "jid"), q.Payload.Child(ns.RSM, "set"))
}

// paged is the part of a sorted list of items that a request for a page means, with the note that goes with it; set is nil
// where there is no such request. The address of an item is its id.
func paged(list []*xmpp.Element, set *xmpp.Element) ([]*xmpp.Element, error) {
	total, limit := len(list), maxDiscoList
	if set == nil && total <= limit {
		return list, nil
	}
	if m := set.Child(ns.RSM, "max"); m != nil {
		n, err := strconv.Atoi(m.Text())
		if err != nil || n < 0 {
			return nil, xmpp.Refuse(stanza.BadRequest, "")
		}
		limit = min(n, limit)
	}
	from, to := 0, total
	place := func(id string) int {
		i, found := slices.BinarySearchFunc(list, id, func(e *xmpp.Element, id string) int { return strings.Compare(e.Attr("jid"), id) })
		if found {
			return i + 1
		}
		return i
	}
	if a := set.ChildText(ns.RSM, "after"); a != "" { // § 2.2
		from = place(a)
	}
	if b := set.Child(ns.RSM, "before"); b != nil { // § 2.3, § 2.5
		if b.Text() != "" {
			to, _ = slices.BinarySearchFunc(list, b.Text(), func(e *xmpp.Element, id string) int { return strings.Compare(e.Attr("jid"), id) })
		}
		from = max(from, to-limit)
	}
	to = max(from, min(to, from+limit))
	note := xmpp.El(ns.RSM, "set")
	if page := list[from:to]; len(page) > 0 {
		note.Add(xmpp.El(ns.RSM, "first").Set("index", itoa(from)).AddText(page[0].Attr("jid")),
			xmpp.El(ns.RSM, "last").AddText(page[len(page)-1].Attr("jid")))
	}
	return append(list[from:to:to], note.Add(xmpp.El(ns.RSM, "count").AddText(itoa(total)))), nil
}

// nsUnique asks a service for an address that no room has (XEP-0307 § 2).
const nsUnique = ns.MUC + "#unique"

// unique names a room that does not exist, and that nobody guesses (XEP-0307 § 2).
func (s *Service) unique(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
	switch s.Config.Of(q.Owner.Domain()).RoomCreation {
	case CreateEverybody:
	case CreateAdmins:
		if !s.IsAdmin(q.From.Bare(), q.Owner.Domain()) {
			return nil, xmpp.Refuse(stanza.NotAllowed, "Only administrators may make rooms here.")
		}
	default:
		return nil, xmpp.Refuse(stanza.NotAllowed, "The administrator of your domain makes the groups.")
	}
	return xmpp.El(nsUnique, "unique").AddText(strings.ToLower(xmpp.NewID())), nil
}
