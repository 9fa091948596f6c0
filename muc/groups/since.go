package groups

import (
	"context"
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
func (s *Service) pause(ctx context.Context, room xmpp.JID, members []Member, before told, list []muc.Person) (over map[string][]byte, err error) {
	notes, err := s.Store.ListDocs(ctx, room, spaceSince)
	if err != nil {
		return nil, err
	}
	fresh, err := s.leaving(ctx, room, members, before)
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

// leaving are the notes of those who are in the room, and are about to leave it for a while.
func (s *Service) leaving(ctx context.Context, room xmpp.JID, members []Member, before told) (map[string][]byte, error) {
	gone := map[xmpp.JID]bool{}
	for i := range members {
		if _, was := before.nicks[members[i].JID]; was && members[i].away() {
			gone[members[i].JID] = true
		}
	}
	if len(gone) == 0 {
		return nil, nil
	}
	affs, err := s.Store.Rooms().Affiliations(ctx, room)
	notes := map[string][]byte{}
	for _, a := range affs {
		if gone[a.JID] && !a.Since.IsZero() {
			notes[a.JID.String()] = strconv.AppendInt(nil, a.Since.UnixMicro(), 10)
		}
	}
	return notes, err
}
