package muc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"myna/guard"
	"myna/storage"
	"myna/xmpp"
)

// departed are addresses whose account was deleted, which rooms in storage are still to forget.
type departed struct {
	some chan struct{} // has something while the list may not be empty
	fast chan struct{} // has something where somebody waits
	mu   sync.Mutex
	list []xmpp.JID        // guarded by mu
	left map[xmpp.JID]bool // those in the list, and those of the walk that goes on; guarded by mu
	walk chan struct{}     // closed when the walk has ended that is for those in the list; guarded by mu
	now  chan struct{}     // that of the walk that goes on, or was the last; guarded by mu
}

func (d *departed) start() {
	d.some, d.fast, d.walk, d.left = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}), map[xmpp.JID]bool{}
}

// add notes addresses, and returns what is closed when the rooms were walked through for them.
func (d *departed) add(list ...xmpp.JID) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, list...)
	for _, j := range list {
		d.left[j] = true
	}
	wake(d.some)
	return d.walk
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (d *departed) take() (list []xmpp.JID, walk chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list, walk = d.list, d.walk
	d.list, d.walk, d.now = nil, make(chan struct{}), walk
	return list, walk
}

// done takes addresses out that are forgotten, but for those that were deleted again meanwhile.
func (d *departed) done(list []xmpp.JID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, j := range list {
		if !slices.Contains(d.list, j) {
			delete(d.left, j)
		}
	}
}

// waits tells whether an address is to be forgotten still, and returns what is closed when the walk has ended that is for it.
func (d *departed) waits(j xmpp.JID) (walk <-chan struct{}, yes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if slices.Contains(d.list, j) {
		return d.walk, true
	}
	return d.now, d.left[j]
}

// departedBefore finds whom rooms had not forgotten when the server stopped.
func (s *Service) departedBefore(ctx context.Context) error {
	if s.Docs == nil {
		return nil
	}
	for _, domain := range s.Domains {
		owner, err := xmpp.ParseJID(domain)
		if err != nil {
			return err
		}
		names, err := s.Docs.DocKeys(ctx, owner, storage.SpaceDeparted)
		if err != nil {
			return err
		}
		for _, name := range names {
			if j, err := xmpp.NewJID(name, domain, ""); err == nil {
				s.departed.add(j)
			}
		}
	}
	return nil
}

// forgotten notes in storage that rooms keep nothing of deleted accounts any more.
func (s *Service) forgotten(ctx context.Context, list []xmpp.JID) error {
	if s.Docs == nil {
		return nil
	}
	of := map[xmpp.JID]map[string][]byte{}
	for _, j := range list {
		if of[j.DomainJID()] == nil {
			of[j.DomainJID()] = map[string][]byte{}
		}
		of[j.DomainJID()][j.Local()] = nil
	}
	for domain, docs := range of {
		if err := s.Docs.PutDocs(ctx, domain, storage.SpaceDeparted, docs); err != nil {
			return err
		}
	}
	return nil
}

// ForgetAccount takes an account that was deleted off the lists of all rooms that people made: whoever gets the address next does
// not inherit what was granted to it. Of affiliations, storage has done so already, also of those of groups.
func (s *Service) ForgetAccount(account xmpp.JID) {
	account = account.Bare()
	s.mu.Do(func() { // the next of this name may make as many rooms as anybody
		for j, l := range s.names {
			if l.maker == account.String() {
				l.maker = ""
				s.names[j] = l
			}
		}
	})
	for _, r := range s.inMemory() {
		r.do(func() {
			r.tellTurn(r.turnTo(account, standing{})) // in a group, the next of the name becomes a member anew
			r.tellTurns()
			if r.group.IsZero() {
				r.conf.forget(account)
				r.dropRole(account)
				r.invited.forget(account)
				delete(r.spoke, account)
			}
		})
		r.flush()
	}
	s.departed.add(account)
}

// forget takes an account off what the configuration keeps of people.
func (c *settings) forget(account xmpp.JID) {
	if c.rest[makerKey] == account.String() {
		c.rest = maps.Clone(c.rest)
		delete(c.rest, makerKey)
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

// beginTime bounds how long a new account waits for rooms to forget the one before.
const beginTime = 10 * time.Second

// Begin is called when an address has a new account. Where rooms still keep something of the one before, it waits until they do not:
// what is granted from now on is granted to the new one. The others it does not touch: who grants something to an address without
// account means whoever will have it.
func (s *Service) Begin(account xmpp.JID) {
	late := time.NewTimer(beginTime)
	defer late.Stop()
	for first := true; ; first = false {
		walk, waits := s.departed.waits(account.Bare())
		if !waits {
			return
		}
		if first {
			wake(s.departed.fast)
		}
		select {
		case <-walk:
		case <-s.ctx.Done():
			return
		case <-late.C:
			s.Logger.Warn("a new account may find what rooms have granted to the one before", "account", account.Bare().String())
			return
		}
	}
}

// Pauses between walks through the rooms: after one, nine times as long as it took, so that accounts that come and go take a tenth of a
// reader of storage at most; after one that failed, a minute.
const (
	forgetShare = 9
	forgetAgain = time.Minute
)

// forgetting takes deleted accounts off what storage has. One walk through the rooms is for all who go meanwhile: guests come and
// go as fast as they like.
func (s *Service) forgetting(ctx context.Context) {
	guard.Call(s.Logger, "rooms without owner", func() { s.inherit(ctx) }) // it may have stopped before it was done
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.departed.some:
		}
		began, pause := time.Now(), forgetAgain
		accounts, walk := s.departed.take()
		if guard.Call(s.Logger, "rooms forget accounts", func() {
			if s.forgetWalk(ctx, accounts) {
				pause, accounts = forgetShare*time.Since(began), nil
			}
		}); len(accounts) > 0 {
			s.departed.add(accounts...)
		}
		close(walk)
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-s.departed.fast:
		}
		t.Stop()
	}
}

// forgetWalk is one walk. It is false where it has to be done again.
func (s *Service) forgetWalk(ctx context.Context, accounts []xmpp.JID) bool {
	if !s.forgetStored(ctx, accounts...) {
		return false
	}
	if err := s.forgotten(ctx, accounts); err != nil {
		if ctx.Err() == nil {
			s.Logger.Error("forgotten accounts not noted", "accounts", len(accounts), "err", err)
		}
		return false
	}
	s.departed.done(accounts)
	s.inherit(ctx) // where it fails, the next walk does it again
	return true
}

// forgetStored takes accounts off hats, kept roles, requests, tokens and invitations. A room where that fails keeps it from none of
// the others; it is false then, and has to be done again.
func (s *Service) forgetStored(ctx context.Context, accounts ...xmpp.JID) (done bool) {
	list, err := s.Store.Rooms(ctx, "")
	if err != nil {
		if ctx.Err() == nil { // else the server stops, and does it when it starts
			s.Logger.Error("deleted accounts not forgotten", "accounts", len(accounts), "err", err)
		}
		return false
	}
	done = true
	s.forgetRead(accounts)
	for i := range list {
		kept, err := s.keptOf(ctx, &list[i])
		for _, j := range accounts {
			if kept.mentions(j) {
				err = errors.Join(err, s.forgetIn(ctx, list[i].JID, j))
			}
		}
		if err != nil {
			done = false
			s.Logger.Error("deleted accounts not forgotten", "room", list[i].JID.String(), "accounts", len(accounts), "err", err)
		}
	}
	return done
}

// forgetRead takes accounts that are gone off the lists of rooms that were read while they were being deleted.
func (s *Service) forgetRead(accounts []xmpp.JID) {
	for _, r := range s.inMemory() {
		r.do(func() {
			for _, j := range accounts {
				if _, ok := r.affs[j]; ok && !s.Router.IsAccount(j) {
					r.tellTurn(r.turnTo(j, standing{}))
				}
			}
			r.tellTurns()
		})
		r.flush()
	}
}

// kept is what storage has of people in a room, as it is written there.
type kept struct{ json, roles, maker string }

// keptOf reads it: of the documents, those of a room that people made.
func (s *Service) keptOf(ctx context.Context, rec *storage.Room) (k kept, err error) {
	k = kept{rec.Config[keyWorn] + rec.Config["x-requests"], " " + rec.Config[keyRoles], rec.Config[makerKey]}
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
	return k.maker == account.String() || strings.Contains(k.json, quoted) || strings.Contains(k.roles, " "+account.String()+"=")
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
		r.dropRole(account)
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
		r.editInvited(ctx, func(list guests) bool { return list.forget(account) }),
		r.changeTokens(ctx, func(list []token) ([]token, error) { // what somebody has granted who is not there any more ends
			return slices.DeleteFunc(list, func(t token) bool { return t.Creator == account.String() }), nil
		}))
}
