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
	list := people(room, snap.Resolve(al.JID).Members)
	if err := s.Rooms.EnsureRoom(ctx, spec(room, al, len(list))); err != nil {
		return err
	}
	if _, _, err := s.Rooms.SetManaged(ctx, room, list); err != nil {
		return err
	}
	g := &live{alias: al.JID, name: title(al), membership: al.Membership, nicks: make(map[xmpp.JID]string, len(list))}
	for _, p := range list {
		g.nicks[p.JID] = p.Nick
	}
	return s.tell(ctx, room, g)
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
	if al.Everyone && members > crowd {
		sp.Config = map[string]string{"presencebroadcast": "moderator"}
	}
	return sp
}

// tell lets the members know what has changed for them, in this order: who has left (the room has told with status 321),
// who has a new name or nick, who has come. What was told is noted after it.
func (s *Service) tell(ctx context.Context, room xmpp.JID, g *live) error {
	before, err := s.told(ctx, room)
	if err != nil {
		return err
	}
	s.index.put(room, g)
	docs := map[string][]byte{}
	gone := &live{name: before.name, membership: g.membership, nicks: before.nicks}
	for _, who := range sorted(before.nicks) {
		if _, ok := g.nicks[who]; !ok {
			s.removed(who, gone.seenBy(room, who))
			docs[who.String()] = nil
		}
	}
	for _, who := range sorted(g.nicks) {
		nick, known := before.nicks[who]
		if known && nick == g.nicks[who] && before.name == g.name {
			continue
		}
		docs[who.String()] = []byte(g.nicks[who])
		if known {
			s.renamed(who, g.seenBy(room, who))
		} else if err := s.added(ctx, who, g.seenBy(room, who)); err != nil {
			return err
		}
	}
	if before.name != g.name {
		docs[keyName] = []byte(g.name)
	}
	if len(docs) == 0 {
		return nil
	}
	return s.Store.PutDocs(ctx, room, spaceMembers, docs)
}

func sorted(m map[xmpp.JID]string) []xmpp.JID {
	list := make([]xmpp.JID, 0, len(m))
	for j := range m {
		list = append(list, j)
	}
	slices.SortFunc(list, compare)
	return list
}

func (s *Service) added(ctx context.Context, who xmpp.JID, g Group) error {
	if s.Follower != nil {
		s.Follower.Added(who, g)
	}
	for _, to := range s.Uninformed(who) { // XEP-0045 § 7.8.2
		if err := s.Rooms.Invite(ctx, g.Room, to, ""); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) renamed(who xmpp.JID, g Group) {
	if s.Follower != nil {
		s.Follower.Changed(who, g)
	}
}

func (s *Service) removed(who xmpp.JID, g Group) {
	if s.Follower != nil {
		s.Follower.Removed(who, g)
	}
}

// end closes a room (XEP-0045 § 10.9) and takes the bookmarks back. Its history and its name stay.
func (s *Service) end(ctx context.Context, room xmpp.JID, reason string) error {
	if room.IsZero() {
		return nil
	}
	if err := s.Rooms.DestroyRoom(ctx, room, reason, xmpp.JID{}); err != nil {
		return err
	}
	before, err := s.told(ctx, room)
	if err != nil {
		return err
	}
	s.index.put(room, nil)
	docs := map[string][]byte{keyName: nil}
	gone := &live{name: before.name, nicks: before.nicks}
	for _, who := range sorted(before.nicks) {
		s.removed(who, gone.seenBy(room, who))
		docs[who.String()] = nil
	}
	if len(before.nicks) == 0 && before.name == "" {
		return nil
	}
	return s.Store.PutDocs(ctx, room, spaceMembers, docs)
}
