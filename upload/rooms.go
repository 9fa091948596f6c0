package upload

import (
	"context"
	"errors"
	"fmt"

	"myna/storage"
	"myna/xmpp"
)

// Documents by which files belong to rooms. Owner the account, space "upload-room": id → the room that the file was sent to first.
// Owner the room, space "upload-files": id → whose it is.
const (
	spaceRoom  = "upload-room"
	spaceFiles = "upload-files"
)

// Share notes that an account has sent files of its own to a room that closes its files when it ends. A file stays with the
// room to which it was sent first; what is not the account's is left alone. It may be said again.
func (s *Service) Share(ctx context.Context, owner, room xmpp.JID, ids []string) error {
	for _, id := range ids {
		u, err := s.Store.Upload(ctx, id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && u.Owner != owner {
			continue
		}
		if err != nil {
			return err
		}
		switch _, err := s.Store.Doc(ctx, owner, spaceRoom, id); {
		case err == nil:
			continue
		case !errors.Is(err, storage.ErrNotFound):
			return err
		}
		if err := s.Store.PutDoc(ctx, room, spaceFiles, id, []byte(owner.String())); err != nil { // first: it is found at the room's end
			return err
		}
		if err := s.Store.PutDoc(ctx, owner, spaceRoom, id, []byte(room.String())); err != nil {
			return err
		}
	}
	return nil
}

// closed tells whether a file belongs to a room that has ended.
func (s *Service) closed(ctx context.Context, u *storage.Upload) (bool, error) {
	if s.Open == nil {
		return false, nil
	}
	b, err := s.Store.Doc(ctx, u.Owner, spaceRoom, u.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	room, err := xmpp.ParseJID(string(b))
	return err == nil && !s.Open(room), err
}

// RemoveFiles removes the files that were sent to a room, which has ended for good or is to have none any more. It tells how many
// were removed; one that cannot be does not keep the others.
func (s *Service) RemoveFiles(ctx context.Context, room xmpp.JID) (n int, err error) {
	files, err := s.Store.ListDocs(ctx, room, spaceFiles)
	if err != nil {
		return 0, err
	}
	var errs []error
	for id := range files {
		u, err := s.Store.Upload(ctx, id)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			err = s.Store.DeleteDoc(ctx, room, spaceFiles, id)
		case err == nil:
			if err = s.remove(ctx, &u); err == nil {
				n++
				err = s.Store.DeleteDoc(ctx, room, spaceFiles, id) // noted by a server that stopped in the middle of Share
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("remove file %s: %w", id, err))
		}
	}
	return n, errors.Join(errs...)
}

// remove takes a file away, with what is noted of it, and its slot last: where something fails it is done again.
func (s *Service) remove(ctx context.Context, u *storage.Upload) error {
	err := s.Files.Delete(u.ID)
	if err == nil {
		err = s.forgetRoom(ctx, u)
	}
	if err == nil {
		err = s.Store.DeleteUpload(ctx, u.ID)
	}
	return err
}

// forgetRoom removes what Share has noted of a file.
func (s *Service) forgetRoom(ctx context.Context, u *storage.Upload) error {
	b, err := s.Store.Doc(ctx, u.Owner, spaceRoom, u.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if room, err := xmpp.ParseJID(string(b)); err == nil {
		if err := s.Store.DeleteDoc(ctx, room, spaceFiles, u.ID); err != nil {
			return err
		}
	}
	return s.Store.DeleteDoc(ctx, u.Owner, spaceRoom, u.ID)
}
