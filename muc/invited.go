package muc

import (
	"context"
	"encoding/json"
	"errors"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// docInvited is the document of who was invited into a room by whom: bare addresses, as JSON. A room that does not persist has it
// in memory.
const docInvited = "invited"

// noteInvited notes invitations that may be declined (§ 7.8.2). It runs on the worker.
func (r *room) noteInvited(ctx context.Context, actor xmpp.JID, guests []xmpp.JID) {
	_ = r.changing(func() error { // a room that has ended has no guests
		r.noteGuests(ctx, actor, guests)
		return nil
	})
}

// noteGuests is noteInvited. r.change is held.
func (r *room) noteGuests(ctx context.Context, actor xmpp.JID, guests []xmpp.JID) {
	err := r.editInvited(ctx, func(list map[string]string) bool {
		for _, to := range guests {
			if _, again := list[to.Bare().String()]; again || len(list) < maxInvited {
				list[to.Bare().String()] = actor.String()
			}
		}
		return true
	})
	if err != nil {
		r.s.Logger.Error("invitations of a room not stored", "room", r.jid.String(), "err", err)
	}
}

// editInvited changes the list of invitations; change tells whether it did. r.change is held.
func (r *room) editInvited(ctx context.Context, change func(map[string]string) bool) error {
	lasts := false
	if r.do(func() { lasts = r.conf.Persistent && !r.locked && r.s.Docs != nil }); !lasts {
		r.do(func() { change(r.invited) })
		return nil
	}
	list := map[string]string{}
	b, err := r.s.Docs.Doc(ctx, r.jid, docSpace, docInvited)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err == nil {
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
	}
	if !change(list) {
		return nil
	}
	if b, err = json.Marshal(list); err != nil {
		return err
	}
	return r.s.Docs.PutDoc(ctx, r.jid, docSpace, docInvited, b)
}

// takeInvited takes an invitation off the list and tells whose it was. It runs on the worker.
func (r *room) takeInvited(ctx context.Context, guest xmpp.JID) (inviter xmpp.JID, ok bool, err error) {
	by := ""
	take := func(list map[string]string) bool {
		found := ""
		if found, ok = list[guest.String()]; ok {
			by = found
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
