package muc

import (
	"context"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/rsm"
)

// publicRooms lists the rooms of a host that do not hide (§ 6.3), in the order of their addresses: page by page where who
// asks wants that (XEP-0059 § 2), or where there are many.
func (s *Service) publicRooms(_ context.Context, q *hook.Request, node string) ([]*xmpp.Element, error) {
	if node != "" {
		return nil, nil
	}
	var list []*xmpp.Element
	s.mu.Read(func() {
		for j, l := range s.names {
			if l.public && j.Domain() == q.Owner.Domain() {
				e := xmpp.El(ns.DiscoItems, "item").Set("jid", j.String())
				if l.name != "" {
					e.Set("name", l.name)
				}
				list = append(list, e)
			}
		}
	})
	return paged(sorted(list, "jid"), q.Payload.Child(ns.RSM, "set"))
}

// paged is the part of a sorted list of items that a request for a page means, with the note that goes with it; set is nil
// where there is no such request. The address of an item is its id.
func paged(list []*xmpp.Element, set *xmpp.Element) ([]*xmpp.Element, error) {
	if set == nil && len(list) <= maxDiscoList {
		return list, nil
	}
	r, err := rsm.Parse(set)
	if err != nil {
		return nil, err
	}
	from, to, err := r.Bounds(len(list), maxDiscoList, func(id string) (int, bool) {
		return slices.BinarySearchFunc(list, id, func(e *xmpp.Element, id string) int { return strings.Compare(e.Attr("jid"), id) })
	})
	if err != nil {
		return nil, err
	}
	first, last := "", ""
	if from < to {
		first, last = list[from].Attr("jid"), list[to-1].Attr("jid")
	}
	return append(list[from:to:to], rsm.Note(first, last, from, len(list))), nil
}

// nsUnique asks a service for an address that no room has (XEP-0307 § 2).
const nsUnique = ns.MUC + "#unique"

// unique names a room that does not exist, and that nobody guesses (XEP-0307 § 2).
func (s *Service) unique(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
	switch s.Config.Of(q.Owner.Domain()).RoomCreation {
	case CreateEverybody:
		if _, ours := s.Router.Target(q.From.Domain()); !ours {
			return nil, xmpp.Refuse(stanza.NotAllowed, "Only people of this server may make rooms here.")
		}
	case CreateAdmins:
		if !s.IsAdmin(q.From, q.Owner.Domain()) {
			return nil, xmpp.Refuse(stanza.NotAllowed, "Only administrators may make rooms here.")
		}
	default:
		return nil, xmpp.Refuse(stanza.NotAllowed, "The administrator of your domain makes the groups.")
	}
	return xmpp.El(nsUnique, "unique").AddText(strings.ToLower(xmpp.NewID())), nil
}
