package groups

import (
	"context"
	"errors"
	"strconv"

	"myna/storage"
	"myna/xmpp"
)

// mark is what tells an alias from another that had its address before.
func mark(al *storage.Alias) string { return strconv.FormatInt(al.Created.UnixMicro(), 10) }

// roomOf returns the room of an alias, which gets it now if it has none. It never changes again: not with the alias'
// address, and nobody else gets it after the alias is gone.
func (s *Service) roomOf(ctx context.Context, al *storage.Alias) (xmpp.JID, error) {
	if !al.Room.IsZero() {
		return al.Room, nil
	}
	host := s.Host(al.JID.Domain())
	for n := 1; ; n++ {
		local := al.JID.Local()
		if n > 1 {
			local += "-" + strconv.Itoa(n)
		}
		room, err := xmpp.NewJID(local, host, "")
		if err != nil {
			return room, err
		}
		if ok, err := s.claim(ctx, room, mark(al)); err != nil {
			return room, err
		} else if ok {
			return room, s.Store.SetAliasRoom(ctx, al.JID, room)
		}
	}
}

// claim reserves an address of a room for good, unless it is taken already by somebody else.
func (s *Service) claim(ctx context.Context, room xmpp.JID, by string) (bool, error) {
	holder, err := s.Store.Doc(ctx, room.DomainJID(), spaceRooms, room.Local())
	switch {
	case err == nil && string(holder) != by:
		return false, nil
	case err != nil && !errors.Is(err, storage.ErrNotFound):
		return false, err
	case err != nil && s.Rooms.Exists(room): // people made it
		return false, nil
	case err != nil:
		if err := s.Store.PutDocs(ctx, room.DomainJID(), spaceRooms, map[string][]byte{room.Local(): []byte(by)}); err != nil {
			return false, err
		}
	}
	if !s.Rooms.Exists(room) {
		return true, nil
	}
	// Somebody has made it before the claim was there, who does not lose it.
	return false, s.Store.PutDocs(ctx, room.DomainJID(), spaceRooms, map[string][]byte{room.Local(): nil})
}

// Claimed tells whether an address is that of a group, be it one that was deleted (muc.Leaver).
func (s *Service) Claimed(ctx context.Context, room xmpp.JID) (bool, error) {
	_, err := s.Store.Doc(ctx, room.DomainJID(), spaceRooms, room.Local())
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// expired tells whether the time to take back the deletion of an alias is over.
func (s *Service) expired(al *storage.Alias) bool {
	return !al.Deleted.IsZero() && s.Now().Sub(al.Deleted) >= undelete
}

// purge removes a deleted alias for good, with its room's history. The alias goes last: until then all begins again.
func (s *Service) purge(ctx context.Context, al *storage.Alias) error {
	if back, err := s.restored(ctx, al); back || err != nil {
		return err
	}
	if !al.Room.IsZero() {
		if err := s.wipe(ctx, al.Room); err != nil {
			return err
		}
	}
	if back, err := s.restored(ctx, al); back || err != nil {
		return err
	}
	s.Logger.Info("deleted alias removed for good", "alias", al.JID.String(), "room", al.Room.String())
	if err := s.dropPicture(ctx, al); err != nil {
		return err
	}
	return s.Store.DropAlias(ctx, al.JID)
}

// restored tells whether an alias is not any more what it was when the pass began: an administrator has taken it back in the last
// moment, or others have purged it. Then the next pass sees what there is to do.
func (s *Service) restored(ctx context.Context, al *storage.Alias) (bool, error) {
	now, err := s.Store.Alias(ctx, al.JID)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil // what is left of it goes all the same
	}
	return err == nil && !(now.Deleted.Equal(al.Deleted) && now.Created.Equal(al.Created)), err
}

// wipe removes all that is left of a group. Its address stays taken.
func (s *Service) wipe(ctx context.Context, room xmpp.JID) error {
	if err := s.end(ctx, room, textDeleted); err != nil {
		return err
	}
	for _, space := range [...]string{spaceDirect, spaceFormer, spaceLeft, spaceSince, spaceAvatar} {
		docs, err := s.Store.ListDocs(ctx, room, space)
		if err != nil {
			return err
		}
		for key := range docs {
			docs[key] = nil
		}
		if len(docs) == 0 {
			continue
		}
		if err := s.Store.PutDocs(ctx, room, space, docs); err != nil {
			return err
		}
	}
	if s.Files != nil {
		if err := s.Files.RemoveFiles(ctx, room); err != nil {
			return err
		}
	}
	if err := s.Rooms.Wipe(ctx, room); err != nil {
		return err
	}
	return s.Store.PutDocs(ctx, room.DomainJID(), spaceRooms, map[string][]byte{room.Local(): {}})
}

// orphans removes what is left of groups of a host whose aliases are gone for good: an administrator has purged them.
func (s *Service) orphans(ctx context.Context, snap *Snapshot, host string) error {
	owner, err := xmpp.ParseJID(host)
	if err != nil {
		return err
	}
	claims, err := s.Store.ListDocs(ctx, owner, spaceRooms)
	if err != nil {
		return err
	}
	held := make(map[string]bool, len(snap.Aliases))
	for _, al := range snap.Aliases {
		held[mark(al)] = true
	}
	for local, by := range claims {
		if len(by) == 0 || held[string(by)] {
			continue
		}
		room, err := xmpp.NewJID(local, host, "")
		if err != nil {
			return err
		}
		if err := s.wipe(ctx, room); err != nil {
			return err
		}
	}
	return nil
}
