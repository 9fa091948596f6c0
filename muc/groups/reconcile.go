package groups

import (
	"context"
	"slices"
	"time"

	"myna/muc"
	"myna/storage"
	"myna/xmpp"
)

// undelete is how long a deleted alias keeps its room's name and history.
const undelete = 30 * 24 * time.Hour

// crowd is from how many members on a group for everybody does not tell who comes and goes.
const crowd = 100

// What members are told when a group ends.
const (
	textDeleted = "The administrator has deleted this group."
	textOff     = "The administrator has switched this group off."
)

// reconcile makes the room of an alias what the alias asks for. It may be interrupted anywhere and called again.
func (s *Service) reconcile(ctx context.Context, snap *Snapshot, al *storage.Alias) error {
	switch {
	case s.expired(al):
		return s.purge(ctx, al)
	case !al.Deleted.IsZero():
		return s.end(ctx, al.Room, textDeleted)
	case !al.GroupChat:
		return s.end(ctx, al.Room, textOff)
	}
	room, err := s.roomOf(ctx, al)
	if err != nil {
		return err
	}
	res, left, err := s.resolve(ctx, snap, al, room)
	if err != nil {
		return err
	}
	list := people(room, res.Members)
	g := &live{alias: al.JID, name: title(al), membership: al.Membership, nicks: make(map[xmpp.JID]string, len(list))}
	for _, p := range list {
		g.nicks[p.JID] = p.Nick
	}
	n, err := s.announce(ctx, room, g)
	if err != nil {
		return err
	}
	sp := spec(room, al, len(list))
	old, err := s.former(ctx, room)
	if err != nil {
		return err
	}
	if old != nil {
		sp.Former = &old.Room
		old.date(list, res.Members)
	}
	back, err := s.pause(ctx, room, res.Members, n.before, old, list)
	if err != nil {
		return err
	}
	if err := s.Rooms.EnsureRoom(ctx, sp); err != nil {
		return err
	}
	if _, _, err := s.Rooms.SetManaged(ctx, room, list); err != nil {
		return err
	}
	if err := s.picture(ctx, room, al); err != nil {
		return err
	}
	over := map[string]map[string][]byte{spaceLeft: left, spaceSince: back}
	if old != nil {
		over[spaceFormer] = map[string][]byte{keyFormer: nil}
	}
	for space, docs := range over { // notes that are true no more
		if len(docs) == 0 {
			continue
		}
		if err := s.Store.PutDocs(ctx, room, space, docs); err != nil {
			return err
		}
	}
	s.publish(room, g)
	return s.tell(ctx, n)
}

// title is the name of the group.
func title(al *storage.Alias) string {
	if al.Name != "" {
		return al.Name
	}
	return al.JID.Local()
}

// spec is the room that an alias asks for.
func spec(room xmpp.JID, al *storage.Alias, members int) muc.Spec {
	sp := muc.Spec{
		JID: room, Group: al.JID, Name: title(al), Description: al.Description,
		Announcement: al.Announcement, Posters: slices.SortedFunc(slices.Values(al.Posters), compare),
	}
	sp.Newcomers, sp.Retention, sp.FilesOff, sp.MayLeave = newcomers(al.History), al.RetentionDays, al.FilesOff, al.Membership == mayLeave
	switch {
	case al.MentionAllOff:
		sp.CallAll = muc.CallAllNobody
	case al.Everyone: // hundreds of people
		sp.CallAll = muc.CallAllLeads
	}
	if al.Everyone && members > crowd {
		sp.Config = map[string]string{"presencebroadcast": "moderator"}
	}
	return sp
}

// newcomers is what newcomers see of the past.
func newcomers(history string) string {
	if history == "all" {
		return muc.NewcomersAll
	}
	return history
}

// end closes a room (XEP-0045 § 10.9) and takes the bookmarks back. Its history and its name stay.
func (s *Service) end(ctx context.Context, room xmpp.JID, reason string) error {
	if room.IsZero() {
		return nil
	}
	n, err := s.announce(ctx, room, &live{})
	if err != nil {
		return err
	}
	if err := s.keep(ctx, room); err != nil {
		return err
	}
	if err := s.Rooms.DestroyRoom(ctx, room, reason, xmpp.JID{}); err != nil {
		return err
	}
	s.publish(room, nil)
	return s.tell(ctx, n)
}

// publish replaces what everybody knows of a group.
func (s *Service) publish(room xmpp.JID, g *live) {
	if members, before := s.index.put(room, g); len(members) > 0 {
		after := 0
		if g != nil {
			after = len(g.nicks)
		}
		s.MembersChanged(members, before, after)
	}
}
