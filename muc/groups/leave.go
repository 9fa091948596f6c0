package groups

import (
	"context"
	"encoding/json"
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
	s.look(g.alias)
	err := s.Store.AppendAudit(context.WithoutCancel(ctx), storage.Audit{
		Actor: account.String(), Door: "xmpp", Action: "group.leave", Object: g.alias.String(), Change: leftChange(account),
	})
	if err != nil {
		s.Logger.Error("change is missing in the audit log", "action", "group.leave", "object", g.alias.String(), "err", err)
	}
	return nil
}

// leftChange is what the audit log tells of somebody who leaves.
func leftChange(account xmpp.JID) string {
	b, err := json.Marshal(map[string]map[string]string{"old": {"member": account.String()}, "new": {"left": account.String()}})
	if err != nil {
		return "{}"
	}
	return string(b)
}

// Readmit lets accounts be members again that have left the group of an alias, and returns them. Whoever calls it changes
// the alias then.
func (s *Service) Readmit(ctx context.Context, room xmpp.JID, accounts []xmpp.JID) (back []xmpp.JID, err error) {
	if room.IsZero() || len(accounts) == 0 {
		return nil, nil
	}
	left, err := s.Store.ListDocs(ctx, room, spaceLeft)
	if err != nil {
		return nil, err
	}
	docs := map[string][]byte{}
	for _, j := range accounts {
		if _, ok := left[j.Bare().String()]; ok {
			docs[j.Bare().String()] = nil
			back = append(back, j.Bare())
		}
	}
	if len(docs) == 0 {
		return nil, nil
	}
	return back, s.Store.PutDocs(ctx, room, spaceLeft, docs)
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
