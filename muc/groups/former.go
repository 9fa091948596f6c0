package groups

import (
	"context"
	"encoding/json"
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// keyFormer is the document of what a room was when it ended.
const keyFormer = "room"

// keep notes what a room is before it ends: for the case that it comes back.
func (s *Service) keep(ctx context.Context, room xmpp.JID) error {
	rec, err := s.Store.Rooms().Room(ctx, room)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // it has ended before
	}
	if err != nil {
		return err
	}
	data, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return s.Store.PutDocs(ctx, room, spaceFormer, map[string][]byte{keyFormer: data})
}

// former returns what a room was that comes back; nil for one that is there, or is new.
func (s *Service) former(ctx context.Context, room xmpp.JID) (*storage.Room, error) {
	if _, err := s.Store.Rooms().Room(ctx, room); !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	data, err := s.Store.Doc(ctx, room, spaceFormer, keyFormer)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rec := &storage.Room{}
	return rec, json.Unmarshal(data, rec)
}
