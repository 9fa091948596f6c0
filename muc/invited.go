package muc

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// docInvited is the document of who was invited into a room by whom: guests, as JSON. A room that does not persist has it in memory.
const docInvited = "invited"

// guests are who was invited into a room, by bare address, and may still decline.
type guests map[string]invitation

// invitation is one of them.
type invitation struct {
	By string    `json:"by"` // bare address
	At time.Time `json:"at"`
}

// UnmarshalJSON takes also what was kept at first, without the time: it counts as old.
func (i *invitation) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*i = invitation{}
		return json.Unmarshal(b, &i.By)
	}
	type kept invitation
	return json.Unmarshal(b, (*kept)(i))
}

// maxInvitedTime is for how long an invitation may be declined.
const maxInvitedTime = 90 * 24 * time.Hour

// note notes an invitation. Of more than a room may have, the oldest cannot be declined any more.
func (g guests) note(guest, by xmpp.JID, now time.Time) {
	maps.DeleteFunc(g, func(_ string, i invitation) bool { return now.Sub(i.At) > maxInvitedTime })
	if _, again := g[guest.String()]; !again && len(g) >= maxInvited {
		oldest := ""
		for j, i := range g {
			if oldest == "" || i.At.Before(g[oldest].At) {
				oldest = j
			}
		}
		delete(g, oldest)
	}
	g[guest.String()] = invitation{by.String(), now}
}

// forget takes an account off the list, as a guest and as who has invited.
func (g guests) forget(account xmpp.JID) (changed bool) {
	before := len(g)
	maps.DeleteFunc(g, func(guest string, i invitation) bool { return guest == account.String() || i.By == account.String() })
	return len(g) < before
}

// noteInvited notes invitations that may be declined (§ 7.8.2). It runs on the worker.
func (r *room) noteInvited(ctx context.Context, actor xmpp.JID, people []xmpp.JID) {
	_ = r.changing(func() error { // a room that has ended has no guests
		r.noteGuests(ctx, actor, people)
		return nil
	})
}

// noteGuests is noteInvited. r.change is held.
func (r *room) noteGuests(ctx context.Context, actor xmpp.JID, people []xmpp.JID) {
	err := r.editInvited(ctx, func(list guests) bool {
		for _, to := range people {
			list.note(to.Bare(), actor.Bare(), r.s.Now().UTC())
		}
		return true
	})
	if err != nil {
		r.s.Logger.Error("invitations of a room not stored", "room", r.jid.String(), "err", err)
	}
}

// editInvited changes the list of invitations; change tells whether it did. r.change is held.
func (r *room) editInvited(ctx context.Context, change func(guests) bool) error {
	lasts := false
	if r.do(func() { lasts = r.conf.Persistent && !r.locked && r.s.Docs != nil }); !lasts {
		r.do(func() { change(r.invited) })
		return nil
	}
	list, err := r.s.guestsOf(ctx, r.jid)
	if err != nil || !change(list) {
		return err
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return r.s.Docs.PutDoc(ctx, r.jid, docSpace, docInvited, b)
}

// guestsOf reads the invitations of a room that persists.
func (s *Service) guestsOf(ctx context.Context, room xmpp.JID) (list guests, err error) {
	b, err := s.Docs.Doc(ctx, room, docSpace, docInvited)
	if errors.Is(err, storage.ErrNotFound) {
		return guests{}, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	return list, err
}

// takeInvited takes an invitation off the list and tells whose it was. It runs on the worker.
func (r *room) takeInvited(ctx context.Context, guest xmpp.JID) (inviter xmpp.JID, ok bool, err error) {
	by := ""
	take := func(list guests) bool {
		found := invitation{}
		if found, ok = list[guest.String()]; ok {
			by = found.By
			delete(list, guest.String())
		}
		return ok
	}
	err = r.changing(func() error {
		r.do(func() { take(r.invited) }) // from before it persisted
		if ok {
			return nil
		}
		return r.editInvited(ctx, take)
	})
	if err == nil && ok {
		inviter, err = xmpp.ParseJID(by)
	}
	return inviter, ok, err
}

// declined tells an inviter that the guest will not come (§ 7.8.2), also when nobody is in the room. Who was not invited is not
// heard. It runs on the worker.
func (s *Service) declined(ctx context.Context, room, guest xmpp.JID, reason *xmpp.Element) error {
	if s.loaded(room) == nil && s.Docs != nil { // who was not invited, is known without all the lists of the room
		if list, err := s.guestsOf(ctx, room); err != nil || list[guest.String()].By == "" {
			return err
		}
	}
	r, release, err := s.use(ctx, room)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	inviter, ok, err := r.takeInvited(ctx, guest)
	if err != nil || !ok {
		return err
	}
	no := xmpp.El(ns.MUCUser, "decline", reason).Set("from", guest.String())
	return s.Router.Send(xmpp.NewMessage(r.jid, inviter, "", xmpp.El(ns.MUCUser, "x", no)))
}
