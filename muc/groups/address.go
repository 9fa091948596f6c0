package groups

import (
	"context"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// known tells whether an address is that of an alias with group chat.
func (s *Service) known(bare xmpp.JID) bool {
	_, _, ok := s.index.alias(bare, xmpp.JID{})
	return ok
}

// message takes a message to the own address of an alias. From a member it goes into the room; others learn that they
// may not (of ours), or no more than that nobody takes it. It may run on the goroutine of the archive's log: what needs
// storage is done by the rooms' worker.
func (s *Service) message(p *hook.Packet) error {
	if p.Type == xmpp.TypeError || p.Type == xmpp.TypeHeadline {
		return nil
	}
	who := p.From.Bare()
	room, member, ok := s.index.alias(p.To.Bare(), who)
	switch {
	case !ok || !s.Local(who.Domain()) || who.Local() == "":
		return xmpp.Refuse(stanza.ServiceUnavailable, "")
	case !member:
		return xmpp.Refuse(stanza.Forbidden, "Only members of the group may write to it.")
	case !p.Has(ns.Client, "body") && passing(p.Stanza):
		return nil // has no place in a room where its sender is not
	case !p.Has(ns.Client, "body"):
		return xmpp.Refuse(stanza.NotAcceptable, "Messages to this address are texts for the group. Enter the group for all else.")
	}
	release := p.Hold()
	st := p.Stanza.Clone()
	s.Rooms.Post(room, st, func(err error) {
		defer release()
		if err != nil {
			s.refuse(st, err)
			return
		}
		select {
		case s.direct <- guest{room, who}:
		default: // the next message invites as well
		}
	})
	return nil
}

// passing tells whether a message has nothing that anybody would miss: chat states, receipts, markers.
func passing(st *xmpp.Stanza) bool {
	for i := range st.Children {
		switch c := &st.Children[i]; c.Space {
		case ns.ChatStates, ns.Receipts, ns.Markers, ns.Hints, ns.StanzaID:
		case ns.Client:
			if c.Local != "thread" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// refuse tells the sender of a message why it did not get into the room.
func (s *Service) refuse(st *xmpp.Stanza, err error) {
	if _, seen := xmpp.ErrorElement(err); !seen {
		s.Logger.Error("message to an alias failed", "alias", st.To.String(), "err", err)
	}
	if f, ok := xmpp.ErrorReply(st, err); ok {
		s.Router.ToSession(f)
	}
}

// guest is a member who has written to a group without being there.
type guest struct{ room, who xmpp.JID }

// maxGuests bounds what waits for the reconciler.
const maxGuests = 256

// invite asks a member who writes to the alias' address into the room, once (XEP-0249 § 2). The reconciler calls it.
func (s *Service) invite(ctx context.Context, g guest) {
	room, who := g.room, g.who
	if s.Rooms.Present(room, who) {
		return
	}
	_, err := s.Store.Doc(ctx, room, spaceDirect, who.String())
	if err == nil {
		return
	}
	x := xmpp.El(ns.Conference, "x").Set("jid", room.String()).Set("reason", "Messages to this address are for the group. Read the answers here.")
	if err = s.Router.Send(xmpp.NewMessage(room, who, "", x).Set("id", xmpp.NewID())); err == nil {
		err = s.Store.PutDocs(ctx, room, spaceDirect, map[string][]byte{who.String(): {}})
	}
	if err != nil {
		s.complain(ctx, "member not invited", err, "room", room.String(), "member", who.String())
	}
}
