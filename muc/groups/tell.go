package groups

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Spaces of documents; the package comment says what is in them.
const (
	spaceRooms   = "group-rooms"
	spaceMembers = "group-members"
	spaceDirect  = "group-direct"
	spaceFormer  = "group-former"
	keyName      = "=name"
)

// phase is how far a member has been told of the group; the first byte of the document, before the nick.
type phase byte

const (
	known   phase = '=' // the name and the nick
	joining phase = '+' // perhaps not yet that he or she is in it
	turning phase = '~' // perhaps not yet of another name or nick
)

// told is what the members of a group know.
type told struct {
	name   string
	nicks  map[xmpp.JID]string
	phases map[xmpp.JID]phase
}

func (s *Service) told(ctx context.Context, room xmpp.JID) (told, error) {
	docs, err := s.Store.ListDocs(ctx, room, spaceMembers)
	if err != nil {
		return told{}, err
	}
	t := told{string(docs[keyName]), make(map[xmpp.JID]string, len(docs)), make(map[xmpp.JID]phase, len(docs))}
	for key, value := range docs {
		if strings.HasPrefix(key, "=") || len(value) == 0 {
			continue
		}
		j, err := xmpp.ParseJID(key)
		if err != nil {
			return t, err
		}
		t.nicks[j], t.phases[j] = string(value[1:]), phase(value[0])
	}
	return t, nil
}

func (p phase) doc(nick string) []byte { return append([]byte{byte(p)}, nick...) }

// news is what members are to be told of a group.
type news struct {
	room   xmpp.JID
	before told
	now    *live             // what the group is; with no members when it ends
	intent map[string][]byte // documents before the telling
	result map[string][]byte // and after it
}

// announce notes what the members of a group will be told. It is called before anything happens that they notice: so
// whoever comes after an interruption knows who may have noticed something that is not so any more.
func (s *Service) announce(ctx context.Context, room xmpp.JID, now *live) (*news, error) {
	before, err := s.told(ctx, room)
	if err != nil {
		return nil, err
	}
	n := &news{room: room, before: before, now: now}
	n.intent, n.result = before.changes(now)
	if len(n.intent) == 0 {
		return n, nil
	}
	return n, s.Store.PutDocs(ctx, room, spaceMembers, n.intent)
}

// tell tells those who have left (the room has told them already, with status 321), those with a new name or nick, and
// those who have come, and notes that it has. Whom it could not tell keeps the note from before, and is told next time.
func (s *Service) tell(ctx context.Context, n *news) error {
	var errs []error
	note := func(who xmpp.JID, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("tell %s: %w", who, err))
			delete(n.result, who.String())
		}
	}
	last := &live{name: n.before.name, nicks: n.before.nicks}
	for _, who := range sorted(last.nicks) {
		if _, stays := n.now.nicks[who]; !stays {
			note(who, s.follower().Removed(who, last.seenBy(n.room, who)))
		}
	}
	for _, who := range sorted(n.now.nicks) {
		switch doc := n.intent[who.String()]; {
		case doc == nil:
		case phase(doc[0]) == turning:
			note(who, s.follower().Changed(who, n.now.seenBy(n.room, who)))
		default:
			note(who, s.added(who, n.now.seenBy(n.room, who)))
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if len(n.result) > 0 {
		errs = append(errs, s.Store.PutDocs(ctx, n.room, spaceMembers, n.result))
	}
	return errors.Join(errs...)
}

// changes are the documents before and after the telling of what g is.
func (t told) changes(g *live) (intent, result map[string][]byte) {
	intent, result = map[string][]byte{}, map[string][]byte{}
	for who := range t.nicks {
		if _, ok := g.nicks[who]; !ok { // who comes back before it is done has to be told of it
			intent[who.String()], result[who.String()] = joining.doc(t.nicks[who]), nil
		}
	}
	for who, nick := range g.nicks {
		p := t.phases[who]
		switch {
		case p == 0:
			p = joining
		case p == known && t.nicks[who] == nick && t.name == g.name:
			continue
		case p == known:
			p = turning
		}
		intent[who.String()], result[who.String()] = p.doc(nick), known.doc(nick)
	}
	switch {
	case t.name == g.name:
	case g.name == "":
		result[keyName] = nil
	default:
		result[keyName] = []byte(g.name)
	}
	return intent, result
}

func (s *Service) added(who xmpp.JID, g Group) error {
	if err := s.follower().Added(who, g); err != nil {
		return err
	}
	for i, to := range s.Uninformed(who) { // XEP-0045 § 7.8.2: the first waits for somebody who is offline
		// COMPAT(Gajim 1.7, 2026): it drops an invitation by the room itself, so it is the domain that invites.
		invite := xmpp.El(ns.MUCUser, "invite").Set("from", to.Domain())
		if g.Name != g.Room.Local() { // the invited would see but an address
			invite.Add(xmpp.El(ns.MUCUser, "reason").AddText(g.Name))
		}
		x := xmpp.El(ns.MUCUser, "x", invite)
		m := xmpp.NewMessage(g.Room, to, "", x).Set("id", xmpp.NewID())
		if i > 0 { // XEP-0334 § 4.2: of several that may never come back, one finds it on return
			m.Add(xmpp.El(ns.Hints, "no-store"))
		}
		if err := s.Router.Send(m); err != nil {
			return err
		}
	}
	return nil
}

// nobody follows groups.
type nobody struct{}

func (nobody) Added(xmpp.JID, Group) error   { return nil }
func (nobody) Changed(xmpp.JID, Group) error { return nil }
func (nobody) Removed(xmpp.JID, Group) error { return nil }

func (s *Service) follower() Follower {
	if s.Follower == nil {
		return nobody{}
	}
	return s.Follower
}

func sorted(m map[xmpp.JID]string) []xmpp.JID {
	list := make([]xmpp.JID, 0, len(m))
	for j := range m {
		list = append(list, j)
	}
	slices.SortFunc(list, compare)
	return list
}
