package groups

import (
	"context"
	"encoding/json"
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// spaceAvatar has one document, the hash of the alias' picture that the room was given last: a lead may choose another one,
// which stays until the administrator changes that of the alias.
const spaceAvatar = "group-avatar"

// picture gives the room the picture of its alias, once.
func (s *Service) picture(ctx context.Context, room xmpp.JID, al *storage.Alias) error {
	var v storage.AliasAvatar
	b, err := s.Store.Doc(ctx, al.JID.DomainJID(), storage.SpaceAliasAvatar, mark(al))
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	given, err := s.Store.Doc(ctx, room, spaceAvatar, keyName)
	if err != nil && !errors.Is(err, storage.ErrNotFound) || string(given) == v.Hash {
		return ignore(err)
	}
	var image []byte
	if v.Hash != "" {
		if image, err = s.Store.Doc(ctx, al.JID.DomainJID(), storage.SpaceAliasImage, mark(al)); err != nil {
			return err
		}
	}
	if err := s.Rooms.SetAvatar(ctx, room, image); err != nil {
		return err
	}
	doc := []byte(v.Hash)
	if v.Hash == "" {
		doc = nil
	}
	return s.Store.PutDocs(ctx, room, spaceAvatar, map[string][]byte{keyName: doc})
}

func ignore(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// dropPicture removes the picture of an alias that is gone.
func (s *Service) dropPicture(ctx context.Context, al *storage.Alias) error {
	for _, space := range [...]string{storage.SpaceAliasAvatar, storage.SpaceAliasImage} {
		if err := s.Store.PutDocs(ctx, al.JID.DomainJID(), space, map[string][]byte{mark(al): nil}); err != nil {
			return err
		}
	}
	return nil
}
