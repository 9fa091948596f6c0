package groups

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"myna/guard"
	"myna/storage"
	"myna/xmpp"
)

// Times of the reconciler.
const (
	quiet      = 100 * time.Millisecond // after a change, for others that belong to it
	patience   = 400 * time.Millisecond // the longest that changes which follow each other keep it waiting
	pollTime   = 30 * time.Second       // changes that came in by another door, and what has expired
	firstRetry = 200 * time.Millisecond
	lastRetry  = 30 * time.Second
	batch      = 1024 // addresses of the outbox that are taken at once
)

// Run is the reconciler. It returns when ctx ends, between two steps of its work.
func (s *Service) Run(ctx context.Context) {
	retry := firstRetry
	for ctx.Err() == nil {
		more, ok := s.guardedPass(ctx)
		wait := pollTime
		switch {
		case !ok:
			wait, retry = retry, min(2*retry, lastRetry)
		case more:
			continue
		default:
			retry = firstRetry
		}
		if s.rest(ctx, wait) {
			s.gather(ctx)
		}
	}
}

// rest waits for a change or until the time is over; true for a change.
func (s *Service) rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
			return false
		case <-s.wake:
			return true
		case g := <-s.direct:
			guard.Call(s.Logger, "invitation", func() { s.invite(ctx, g) })
		}
	}
}

// gather waits until a series of changes is over: an import, or the renaming of an alias that others name.
func (s *Service) gather(ctx context.Context) {
	for end := time.Now().Add(patience); ; {
		left := min(quiet, time.Until(end))
		if left <= 0 || !s.rest(ctx, left) {
			return
		}
	}
}

// guardedPass is pass; after a mistake of ours it looks at everything again.
func (s *Service) guardedPass(ctx context.Context) (more, ok bool) {
	if !guard.Call(s.Logger, "groups", func() { more, ok = s.pass(ctx) }) {
		s.putBack(nil, true)
		return false, false
	}
	return more, ok
}

// pass is one round of the reconciler.
type pass struct {
	*Service
	snap    *Snapshot
	users   map[xmpp.JID][]xmpp.JID // address → the aliases that name it
	touched map[xmpp.JID][]xmpp.JID // what changed → the aliases that depend on it
	due     map[xmpp.JID]bool
	failed  map[xmpp.JID]bool
	swept   map[string]error // hosts of rooms that orphans were looked for on
}

// pass brings all groups up to date that something in the outbox touches; more tells that the outbox has more. A group
// that fails does not keep the others from it.
func (s *Service) pass(ctx context.Context) (more, ok bool) {
	changed, all := s.take()
	rows, err := s.Store.Dirty(ctx, batch)
	p := &pass{
		Service: s, touched: map[xmpp.JID][]xmpp.JID{}, due: map[xmpp.JID]bool{}, failed: map[xmpp.JID]bool{}, swept: map[string]error{},
	}
	if err == nil {
		p.snap, err = s.snapshot(ctx)
	}
	if err != nil {
		s.putBack(changed, all)
		s.complain(ctx, "groups not looked at", err)
		return false, false
	}
	p.users = p.snap.users()
	for j := range changed {
		p.note(j)
	}
	for _, row := range rows {
		p.note(row.JID)
	}
	for j, al := range p.snap.Aliases {
		if all || s.expired(al) {
			p.due[j] = true
		}
	}
	for _, j := range slices.SortedFunc(maps.Keys(p.due), compare) {
		p.group(ctx, j)
	}
	return len(rows) == batch, p.clear(ctx, rows, changed, all)
}

func compare(a, b xmpp.JID) int { return strings.Compare(a.String(), b.String()) }

// note adds what depends on an address to what is due.
func (p *pass) note(j xmpp.JID) {
	if _, ok := p.touched[j]; !ok {
		p.touched[j] = p.snap.touched(j, p.users)
	}
	for _, al := range p.touched[j] {
		p.due[al] = true
	}
}

// group brings one group up to date.
func (p *pass) group(ctx context.Context, j xmpp.JID) {
	al, err := p.snap.Aliases[j], ctx.Err()
	if err == nil && (al == nil || al.Room.IsZero()) { // one of the same name may have been purged
		err = p.sweep(ctx, p.Host(j.Domain()))
	}
	if err == nil && al != nil {
		err = p.reconcile(ctx, p.snap, al)
	}
	if err != nil {
		p.failed[j] = true
		p.complain(ctx, "group not brought up to date", err, "alias", j.String())
	}
}

// sweep looks for orphans on a host, once in a round.
func (p *pass) sweep(ctx context.Context, host string) error {
	err, done := p.swept[host]
	if !done {
		err = p.orphans(ctx, p.snap, host)
		p.swept[host] = err
	}
	return err
}

// clear takes those addresses out of the outbox of which all groups are up to date, and remembers the others. ok is
// false when something has to be done again.
func (p *pass) clear(ctx context.Context, rows []storage.DirtyRow, changed map[xmpp.JID]bool, all bool) (ok bool) {
	fine := func(j xmpp.JID) bool {
		return !slices.ContainsFunc(p.touched[j], func(al xmpp.JID) bool { return p.failed[al] })
	}
	ok = len(p.failed) == 0
	for _, row := range rows {
		if !fine(row.JID) {
			continue
		}
		if err := p.Store.ClearDirty(ctx, row); err != nil {
			p.complain(ctx, "outbox not cleared", err, "address", row.JID.String())
			ok = false
		}
	}
	maps.DeleteFunc(changed, func(j xmpp.JID, _ bool) bool { return fine(j) })
	p.putBack(changed, all && len(p.failed) > 0)
	return ok
}

// take returns what else to look at, and forgets it.
func (s *Service) take() (changed map[xmpp.JID]bool, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed, all = s.changed, s.all
	s.changed, s.all = map[xmpp.JID]bool{}, false
	return changed, all
}

func (s *Service) putBack(changed map[xmpp.JID]bool, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.changed, changed)
	s.all = s.all || all
}

// complain logs what will be tried again, unless the server stops.
func (s *Service) complain(ctx context.Context, text string, err error, args ...any) {
	if ctx.Err() == nil {
		s.Logger.Error(text, append(args, "err", err)...)
	}
}

// users maps addresses to the aliases in use that name them.
func (s *Snapshot) users() map[xmpp.JID][]xmpp.JID {
	m := map[xmpp.JID][]xmpp.JID{}
	for j, al := range s.Aliases {
		if !al.Deleted.IsZero() {
			continue
		}
		for _, target := range al.Targets {
			if t, err := xmpp.ParseJID(target); err == nil {
				m[t.Bare()] = append(m[t.Bare()], j)
			}
		}
	}
	return m
}

// touched lists the aliases of which the members may have changed with an address: an alias itself, those that name it
// directly or by others, and those for everybody of the domain of an account.
func (s *Snapshot) touched(j xmpp.JID, users map[xmpp.JID][]xmpp.JID) []xmpp.JID {
	seen := map[xmpp.JID]bool{j: true}
	list := []xmpp.JID{j}
	add := func(al xmpp.JID) {
		if !seen[al] {
			seen[al] = true
			list = append(list, al)
		}
	}
	if s.Aliases[j] == nil {
		for al, a := range s.Aliases {
			if a.Everyone && al.Domain() == j.Domain() {
				add(al)
			}
		}
	}
	for i := 0; i < len(list); i++ {
		for _, al := range users[list[i]] {
			add(al)
		}
	}
	return list
}
