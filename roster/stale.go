package roster

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"myna/guard"
	"myna/xmpp"
)

// stale are the accounts in use whose views may be old: they are brought up to date one after another, and not faster than
// clients can take it.
type stale struct {
	n    atomic.Int64  // how many there are, with the one in hand
	wake chan struct{} // holds one

	mu   sync.Mutex
	m    map[xmpp.JID]struct{} // guarded by mu
	list []xmpp.JID            // the same, in their order; guarded by mu
}

func (x *stale) start() { x.m, x.wake = map[xmpp.JID]struct{}{}, make(chan struct{}, 1) }

// none tells whether all lists agree about who is whose colleague.
func (x *stale) none() bool { return x.n.Load() == 0 }

func (x *stale) add(j xmpp.JID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, ok := x.m[j]; ok {
		return
	}
	x.m[j] = struct{}{}
	x.list = append(x.list, j)
	x.n.Add(1)
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *stale) take() (j xmpp.JID, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.list) == 0 {
		x.list = nil
		return j, false
	}
	j, x.list = x.list[0], x.list[1:]
	delete(x.m, j)
	return j, true
}

// TeamChanged tells that a group has, or had, these members, and how many it had and has: the lists of its members are brought
// up to date where they are in use. It does not block.
func (r *Roster) TeamChanged(members []xmpp.JID, before, after int) {
	r.outdate(members, func(domain string) bool { return min(before, after) <= r.Config.Of(domain).SharedLimit })
}

// outdate has those of the accounts brought up to date that are in use, in large domains, of which concerned is true.
func (r *Roster) outdate(accounts []xmpp.JID, concerned func(domain string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range accounts {
		if v := r.views[j.Domain()]; v != nil && v.large && r.books[j] != nil && concerned(j.Domain()) {
			r.stale.add(j)
		}
	}
}

const (
	freshenBurst = 1000                  // frames that are sent without a pause
	freshenPause = 50 * time.Millisecond // behind so many: 20,000 a second at most
)

// freshen brings stale lists up to date until ctx ends.
func (r *Roster) freshen(ctx context.Context) {
	for frames := 0; ; {
		j, ok := r.stale.take()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-r.stale.wake:
				continue
			}
		}
		guard.Call(r.Logger, "contact list", func() { frames += r.refresh(j) }, "owner", j.String())
		r.stale.n.Add(-1)
		if frames < freshenBurst {
			continue
		}
		frames = 0
		select {
		case <-ctx.Done():
			return
		case <-time.After(freshenPause):
		}
	}
}

// refresh makes the view of an account anew, pushes what is different, and shows presence to those who have become
// colleagues, and the end of it to those who are none any more. It returns how many frames that took, at most.
func (r *Roster) refresh(owner xmpp.JID) (frames int) {
	b := r.open(owner)
	defer r.close(b)
	r.turn.Lock()
	defer r.turn.Unlock()
	ctx, cancel := background()
	defer cancel()
	if l := b.list.Load(); l == nil {
		return 0 // it will be read as it is now
	} else if v, err := r.viewFor(ctx, owner, l.items); err == nil {
		r.keepOverlays(l.withView(v))
	}
	was, is, diff, regrouped, err := r.renewed(ctx, b)
	if err != nil {
		r.Logger.Error("contact list not brought up to date", "owner", owner.String(), "err", err)
		return 0
	}
	frames = len(diff) * (1 + len(r.Router.Sessions(owner)))
	for _, j := range diff {
		_, before := was.colleague(j)
		_, after := is.colleague(j)
		if before && !after {
			r.related(owner, j, true, nil)
			r.related(j, owner, true, nil)
		}
		if before == after || !r.mutual(owner, j) {
			continue // the other side is not that far, and shows it then; or was, and has shown it
		}
		r.showChange(owner, j, after)
		r.showChange(j, owner, after)
	}
	r.tellRegrouped(regrouped)
	return frames
}

// renewed puts the view of now into an account's list and pushes what is different.
func (r *Roster) renewed(ctx context.Context, b *book) (was, is *list, diff []xmpp.JID, regrouped []regrouping, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	was = b.list.Load()
	v, err := r.viewFor(ctx, b.owner, was.items)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if v.hash == was.view.hash && v.personal == was.view.personal {
		return was, was, nil, nil, nil
	}
	diff = differ(was.view, v)
	is, regrouped = r.renew(b, was, v, diff)
	return was, is, diff, regrouped, nil
}

// mutual tells whether an account in use has another one as a colleague. Presence passes between two who both do: while
// lists are brought up to date, one of two is first.
func (r *Roster) mutual(owner, other xmpp.JID) bool {
	l := r.known(other)
	if l == nil {
		return false
	}
	_, ok := l.colleague(owner)
	return ok
}
