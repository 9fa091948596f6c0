package groups

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
)

// spaceLeft are the members who have ended their membership: bare address → when, in microseconds.
const spaceLeft = "group-left"

// mayLeave is the membership of groups that members may leave for good.
const mayLeave = "leave"

// Left is an account that the alias reaches, and that has left the group.
const Left Kind = "left"

// Leave ends the membership of an account in a group, where its policy lets members do that. It is durable when Leave
// returns; the room follows at once.
func (s *Service) Leave(ctx context.Context, account, room xmpp.JID) error {
	account = account.Bare()
	g := s.index.group(room)
	if g == nil || g.membership != mayLeave {
		return xmpp.Refuse(stanza.NotAllowed, "The administrator manages this group.")
	}
	if _, member := g.nicks[account]; !member {
		return xmpp.Refuse(stanza.RegistrationRequired, "You are no member of this group.") // XEP-0077 § 3.2.1
	}
	now := strconv.FormatInt(s.Now().UnixMicro(), 10)
	if err := s.Store.PutDocs(ctx, room, spaceLeft, map[string][]byte{account.String(): []byte(now)}); err != nil {
		return fmt.Errorf("leave group: %w", err)
	}
	s.Logger.Info("member has left a group", "room", room.String(), "member", account.String())
	s.look(g.alias)
	return nil
}

// Readmit lets accounts be members again that have left the group of an alias. Whoever calls it changes the alias then.
func (s *Service) Readmit(ctx context.Context, room xmpp.JID, accounts []xmpp.JID) error {
	docs := map[string][]byte{}
	for _, j := range accounts {
		docs[j.Bare().String()] = nil
	}
	if room.IsZero() || len(docs) == 0 {
		return nil
	}
	return s.Store.PutDocs(ctx, room, spaceLeft, docs)
}

// resolve is Snapshot.Resolve with those marked who have left. stale are the notes about others, whom the alias does not
// reach any more or who may not leave.
func (s *Service) resolve(ctx context.Context, snap *Snapshot, al *storage.Alias, room xmpp.JID) (res Resolution, stale map[string][]byte, err error) {
	res = snap.Resolve(al.JID)
	if room.IsZero() {
		return res, nil, nil
	}
	left, err := s.Store.ListDocs(ctx, room, spaceLeft)
	if err != nil || len(left) == 0 {
		return res, nil, err
	}
	for i := range res.Members {
		m := &res.Members[i]
		at, ok := left[m.JID.String()]
		if !ok || al.Membership != mayLeave {
			continue
		}
		if us, err := strconv.ParseInt(string(at), 10, 64); err != nil || m.Account.Created.After(time.UnixMicro(us)) {
			continue // it was another who had this address
		}
		delete(left, m.JID.String())
		if m.Kind == Chat {
			m.Kind = Left
		}
	}
	for who := range left {
		left[who] = nil
	}
	return res, left, nil
}

// readmit forgets notes about who has left.
func (s *Service) readmit(ctx context.Context, room xmpp.JID, stale map[string][]byte) error {
	if len(stale) == 0 {
		return nil
	}
	return s.Store.PutDocs(ctx, room, spaceLeft, stale)
}
