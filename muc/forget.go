package muc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"myna/storage"
	"myna/xmpp"
)

// departed are accounts that were deleted, which rooms in storage are still to forget.
type departed struct {
	mu   sync.Mutex
	list []xmpp.JID // guarded by mu
}

func (d *departed) add(j xmpp.JID) (first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, j)
	return len(d.list) == 1
}

func (d *departed) take() []xmpp.JID {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.list
	d.list = nil
	return list
}

// ForgetAccount takes an account that was deleted off the lists of all rooms that people made: whoever gets the address next does
// not inherit what was granted to it. Of affiliations, storage has done so already; groups follow their alias.
func (s *Service) ForgetAccount(account xmpp.JID) {
	account = account.Bare()
	for _, r := range s.inMemory() {
		r.do(func() {
			if r.group.IsZero() {
				r.tellTurn(r.turnTo(account, standing{}))
				r.conf.forget(account)
				forgetInvited(r.invited, account)
				delete(r.spoke, account)
			}
		})
		r.flush()
	}
	s.forgetLater(account)
}

// forget takes an account off what the configuration keeps of people.
func (c *settings) forget(account xmpp.JID) {
	if _, ok := c.Roles[account]; ok {
		c.Roles = maps.Clone(c.Roles)
		delete(c.Roles, account)
	}
	if c.Requests.of(account) >= 0 {
		c.Requests = slices.DeleteFunc(slices.Clone(c.Requests), func(a application) bool { return a.JID == account.String() })
	}
}

// undress takes an account's hats.
func (c *settings) undress(account xmpp.JID) {
	c.Worn = maps.Clone(c.Worn)
	delete(c.Worn, account)
}

// forgetInvited takes an account off a list of invitations, as a guest and as who invited.
func forgetInvited(list map[string]string, account xmpp.JID) (changed bool) {
	before := len(list)
	maps.DeleteFunc(list, func(guest, by string) bool {
		return guest == account.String() || by == account.String() || strings.HasPrefix(by, account.String()+"/")
	})
	return len(list) < before
}

// forgetLater has the worker take a deleted account off what storage has. One walk through the rooms is for all who go meanwhile:
// guests come and go as fast as they like.
func (s *Service) forgetLater(account xmpp.JID) {
	if !s.departed.add(account) {
		return
	}
	if !s.later(func(ctx context.Context) { s.forgetStored(ctx, s.departed.take()...) }) {
		s.Logger.Warn("deleted accounts not forgotten: too much waits for storage", "accounts", len(s.departed.take()))
	}
}

// forgetStored takes accounts that were deleted off hats, kept roles, requests, tokens and invitations. A room where that fails
// keeps it from none of the others. It runs on the worker.
func (s *Service) forgetStored(ctx context.Context, accounts ...xmpp.JID) {
	list, err := s.Store.Rooms(ctx, "")
	if err != nil {
		s.Logger.Error("deleted accounts not forgotten", "accounts", len(accounts), "err", err)
		return
	}
	for i := range list {
		kept, err := s.keptOf(ctx, &list[i])
		for _, j := range accounts {
			if kept.mentions(j) {
				err = errors.Join(err, s.forgetIn(ctx, list[i].JID, j))
			}
		}
		if err != nil {
			s.Logger.Error("deleted accounts not forgotten", "room", list[i].JID.String(), "accounts", len(accounts), "err", err)
		}
	}
}

// kept is what storage has of people in a room, as it is written there.
type kept struct{ json, roles string }

// keptOf reads it: of the documents, those of a room that people made.
func (s *Service) keptOf(ctx context.Context, rec *storage.Room) (k kept, err error) {
	k = kept{rec.Config[keyWorn] + rec.Config["x-requests"], " " + rec.Config["x-roles"]}
	if s.Docs == nil || !rec.Group.IsZero() {
		return k, nil
	}
	for _, key := range [...]string{docInvited, docTokens} {
		b, e := s.Docs.Doc(ctx, rec.JID, docSpace, key)
		if e != nil && !errors.Is(e, storage.ErrNotFound) {
			err = errors.Join(err, e)
		}
		k.json += string(b)
	}
	return k, err
}

// mentions tells whether an account may be in it.
func (k kept) mentions(account xmpp.JID) bool {
	quoted := strconv.Quote(account.String())
	return strings.Contains(k.json, quoted) || strings.Contains(k.json, quoted[:len(quoted)-1]+"/") ||
		strings.Contains(k.roles, " "+account.String()+"=")
}

// forgetIn takes an account off what storage has of people in a room.
func (s *Service) forgetIn(ctx context.Context, room, account xmpp.JID) error {
	r, release, err := s.use(ctx, room)
	if err == nil {
		defer release()
		err = r.changing(func() error { return r.forgetAll(ctx, account) })
	}
	if errors.Is(err, storage.ErrNotFound) { // it has ended
		return nil
	}
	return err
}

// forgetAll is forgetIn. r.change is held.
func (r *room) forgetAll(ctx context.Context, account xmpp.JID) error {
	var rec storage.Room
	lasts, people := false, false
	r.do(func() {
		lasts, people = r.conf.Persistent && !r.locked, r.group.IsZero()
		r.conf.undress(account)
		r.conf.forget(account)
		rec = r.record()
	})
	if !lasts {
		return nil
	}
	err := r.s.Store.PutRoom(ctx, rec)
	if r.s.Docs == nil || !people {
		return err
	}
	return errors.Join(err,
		r.editInvited(ctx, func(list map[string]string) bool { return forgetInvited(list, account) }),
		r.changeTokens(ctx, func(list []token) ([]token, error) { // what somebody has granted who is not there any more ends
			return slices.DeleteFunc(list, func(t token) bool { return t.Creator == account.String() }), nil
		}))
}
