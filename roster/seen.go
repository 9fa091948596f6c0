package roster

import (
	"context"
	"errors"
	"sync"
	"time"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

const (
	seenEvery  = time.Second // at most so long a sign-off is only remembered
	seenAtOnce = 64          // writes under way together: they share commits
)

// sightings are the ends of accounts' last sessions that are not written yet. When thousands sign off, their writes share
// commits and nobody waits for them; a crash loses those of the last moment.
type sightings struct {
	mu sync.Mutex
	m  map[xmpp.JID]sighting // guarded by mu
}

type sighting struct {
	at     time.Time
	status string
}

// seen records when the last available session of an account has gone (XEP-0012 § 4). It is done before anybody hears
// that it has: many clients ask at once.
func (r *Roster) seen(s hook.Session, status string) {
	owner := s.JID().Bare()
	for _, other := range r.Router.Sessions(owner) {
		if other != s && other.Presence() != nil {
			return
		}
	}
	r.sightings.mu.Lock()
	defer r.sightings.mu.Unlock()
	if r.sightings.m == nil {
		r.sightings.m = map[xmpp.JID]sighting{}
	}
	r.sightings.m[owner] = sighting{r.Now().UTC(), status}
}

// LastSeenOf tells when the last session of an account ended, and what it said.
func (r *Roster) LastSeenOf(ctx context.Context, owner xmpp.JID) (at time.Time, status string, err error) {
	r.sightings.mu.Lock()
	s, ok := r.sightings.m[owner]
	r.sightings.mu.Unlock()
	if ok {
		return s.at, s.status, nil
	}
	return r.LastSeen.LastSeen(ctx, owner)
}

// Run writes down who was last seen when and who has written to whom, and brings lists up to date, until ctx ends; then it
// writes what is left.
func (r *Roster) Run(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { guard.Keep(ctx, r.Logger, "contact lists", r.freshen) })
	tick := time.NewTicker(seenEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.writeSeen()
			r.writeRecent()
			return
		case <-tick.C:
			r.writeSeen()
			r.writeRecent()
		}
	}
}

func (r *Roster) writeSeen() {
	r.sightings.mu.Lock()
	list := make(map[xmpp.JID]sighting, len(r.sightings.m))
	for owner, s := range r.sightings.m {
		list[owner] = s
	}
	r.sightings.mu.Unlock()
	places := make(chan struct{}, seenAtOnce)
	var work sync.WaitGroup
	for owner, s := range list {
		places <- struct{}{}
		work.Go(func() {
			defer func() { <-places }()
			guard.Call(r.Logger, "last activity", func() { r.write(owner, s) }, "account", owner.String())
		})
	}
	work.Wait()
}

// write writes one sighting, and forgets it unless there is a newer one.
func (r *Roster) write(owner xmpp.JID, s sighting) {
	ctx, cancel := background()
	defer cancel()
	err := r.LastSeen.SetLastSeen(ctx, owner, s.at, s.status)
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // not found: the account was deleted
		r.Logger.Warn("last activity not recorded", "account", owner.String(), "err", err)
	}
	r.sightings.mu.Lock()
	defer r.sightings.mu.Unlock()
	if r.sightings.m[owner] == s {
		delete(r.sightings.m, owner)
	}
}
