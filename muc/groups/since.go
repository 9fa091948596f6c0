package groups

import (
	"context"
	"errors"
	"strconv"
	"time"

	"myna/muc"
	"myna/storage"
	"myna/xmpp"
)

// spaceSince are the members who are out of the room for a while, because they are disabled or their chat is off: bare address
// → since when they were members, in microseconds. When they are back, they see of the past what they saw before.
const spaceSince = "group-since"

// away tells whether the alias reaches somebody who is out of the room until the account is changed.
func (m *Member) away() bool { return m.Kind == Disabled || m.Kind == Mail }

// pause notes since when those have been members who are about to leave the room for a while, and dates those who are back
// (list). over are the notes that are not needed once the room has followed.
func (s *Service) pause(ctx context.Context, room xmpp.JID, members []Member, before told, old *formerRoom, list []muc.Person) (over map[string][]byte, err error) {
	notes, err := s.Store.ListDocs(ctx, room, spaceSince)
	if err != nil {
		return nil, err
	}
	fresh, err := s.leaving(ctx, room, members, before, old)
	if err != nil {
		return nil, err
	}
	if len(fresh) > 0 {
		if err := s.Store.PutDocs(ctx, room, spaceSince, fresh); err != nil {
			return nil, err
		}
	}
	over = notes
	accounts := map[string]storage.Account{}
	for i := range members {
		if key := members[i].JID.String(); members[i].away() {
			delete(over, key)
		} else {
			accounts[key] = members[i].Account
		}
	}
	for i := range list {
		key := list[i].JID.String()
		if us, err := strconv.ParseInt(string(over[key]), 10, 64); err == nil && !accounts[key].Created.After(time.UnixMicro(us)) {
			list[i].Since = time.UnixMicro(us).UTC() // else it was another who had this address
		}
	}
	for key := range over {
		over[key] = nil
	}
	return over, nil
}

// leaving are the notes of those who are in the room, and are about to leave it for a while; of a room that comes back (old), those
// of whoever was in it when it ended.
func (s *Service) leaving(ctx context.Context, room xmpp.JID, members []Member, before told, old *formerRoom) (map[string][]byte, error) {
	notes := map[string][]byte{}
	gone := map[xmpp.JID]bool{}
	for i := range members {
		j := members[i].JID
		if !members[i].away() {
			continue
		}
		if old != nil && !old.Since[j.String()].IsZero() {
			notes[j.String()] = strconv.AppendInt(nil, old.Since[j.String()].UnixMicro(), 10)
		}
		if _, was := before.nicks[j]; was && old == nil {
			gone[j] = true
		}
	}
	if len(gone) == 0 {
		return notes, nil
	}
	affs, err := s.Store.Rooms().Affiliations(ctx, room)
	if errors.Is(err, storage.ErrNotFound) { // it has never been made, although they were to be told of it
		return notes, nil
	}
	for _, a := range affs {
		if gone[a.JID] && !a.Since.IsZero() {
			notes[a.JID.String()] = strconv.AppendInt(nil, a.Since.UnixMicro(), 10)
		}
	}
	return notes, err
}
