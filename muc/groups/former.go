package groups

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"myna/muc"
	"myna/storage"
	"myna/xmpp"
)

// keyFormer is the document of what a room was when it ended.
const keyFormer = "room"

// formerRoom is what a room was when it ended.
type formerRoom struct {
	storage.Room
	Since map[string]time.Time // its members, by address, and since when they were
}

// keep notes what a room is before it ends: for the case that it comes back.
func (s *Service) keep(ctx context.Context, room xmpp.JID) error {
	rec, err := s.Store.Rooms().Room(ctx, room)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // it has ended before
	}
	if err != nil {
		return err
	}
	affs, err := s.Store.Rooms().Affiliations(ctx, room)
	if err != nil {
		return err
	}
	if len(affs) <= 1 {
		// Only its owner: it is coming back just now. What it was is noted already.
		if old, err := s.former(ctx, room); err != nil || old != nil {
			return err
		}
	}
	f := formerRoom{rec, map[string]time.Time{}}
	for _, a := range affs {
		if !a.Since.IsZero() {
			f.Since[a.JID.String()] = a.Since
		}
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return s.Store.PutDocs(ctx, room, spaceFormer, map[string][]byte{keyFormer: data})
}

// former returns what a room was that comes back; nil for one that is back, or is new.
func (s *Service) former(ctx context.Context, room xmpp.JID) (*formerRoom, error) {
	data, err := s.Store.Doc(ctx, room, spaceFormer, keyFormer)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f := &formerRoom{}
	return f, json.Unmarshal(data, f)
}

// date lets those who were members before be members since then. An account that is younger than its
// note is another that has the address now.
func (f *formerRoom) date(list []muc.Person, members []Member) {
	created := make(map[xmpp.JID]time.Time, len(members))
	for i := range members {
		created[members[i].JID] = members[i].Account.Created
	}
	for i := range list {
		if since := f.Since[list[i].JID.String()]; !created[list[i].JID].After(since) {
			list[i].Since = since
		}
	}
}
