package roster

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

const (
	recentDays   = 30   // without a message, and two accounts are no recent contacts any more
	recentKept   = 50   // recent contacts of an account
	recentBatch  = 256  // pairs that one transaction writes
	recentQueue  = 4096 // pairs that wait to be written; further ones are noted with their next message
	recentNoted  = 1 << 16
	recentKnown  = 1 << 12        // pairs that a message finds without a lock
	recentPeriod = 24 * time.Hour // so often a pair is written again, at most
	forgetEvery  = time.Hour
	forgetBatch  = 500
)

// exchanges are pairs of accounts that have exchanged a message. A message only looks into a table; once a second what is
// new there is written.
type exchanges struct {
	seed  maphash.Seed
	known [recentKnown]atomic.Uint64 // keyed hashes of pairs that were noted lately, each at one place; emptied each forgetEvery

	mu    sync.Mutex
	noted map[storage.Pair]time.Time // pairs that need not be written again for a while; guarded by mu
	queue []storage.Pair             // guarded by mu
	swept time.Time                  // of Run: when old pairs were looked for last
}

func (x *exchanges) start() {
	x.noted, x.seed = map[storage.Pair]time.Time{}, maphash.MakeSeed()
}

// met notes a pair. Most messages are between two that were noted lately, so that is looked up without a lock.
func (x *exchanges) met(a, b xmpp.JID, now func() time.Time) {
	h := maphash.String(x.seed, a.String()) + maphash.String(x.seed, b.String()) // the same in both orders
	place := &x.known[h%recentKnown]
	if place.Load() != h && x.note(ordered(a, b), now()) {
		place.Store(h)
	}
}

// unmet has all pairs looked up again.
func (x *exchanges) unmet() {
	for i := range x.known {
		x.known[i].Store(0)
	}
}

// note queues a pair unless that was done not long ago. It is false when too many wait already.
func (x *exchanges) note(p storage.Pair, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if at, ok := x.noted[p]; ok && now.Sub(at) < recentPeriod {
		return true
	}
	if len(x.queue) >= recentQueue {
		return false
	}
	if len(x.noted) >= recentNoted {
		clear(x.noted)
	}
	x.noted[p] = now
	x.queue = append(x.queue, p)
	return true
}

// take returns what is next to be written.
func (x *exchanges) take() []storage.Pair {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := min(len(x.queue), recentBatch)
	batch := slices.Clone(x.queue[:n])
	x.queue = append(x.queue[:0], x.queue[n:]...)
	return batch
}

// forget has pairs written again at their next message.
func (x *exchanges) forget(pairs []storage.Pair) {
	if len(pairs) == 0 {
		return
	}
	defer x.unmet() // after the pairs are deleted: who comes in between notes them
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range pairs {
		delete(x.noted, ordered(p[0], p[1]))
	}
}

func ordered(a, b xmpp.JID) storage.Pair {
	if strings.Compare(a.String(), b.String()) > 0 {
		a, b = b, a
	}
	return storage.Pair{a, b}
}

// exchanged notes that somebody has written to a colleague, for recent contacts. It may run on the log's goroutine.
func (r *Roster) exchanged(p *hook.Packet) error {
	if p.Type != xmpp.TypeChat && p.Type != xmpp.TypeNormal && p.Type != "" || p.From.Domain() != p.Owner.Domain() {
		return nil
	}
	from := p.From.Bare()
	if from == p.Owner || from.Local() == "" || !says(p) {
		return nil
	}
	r.exchanges.met(from, p.Owner, r.Now)
	return nil
}

// says tells whether a message has a text for people, perhaps an encrypted one.
func says(p *hook.Packet) bool {
	return slices.ContainsFunc(p.Children, func(c xmpp.Child) bool {
		return c.Is(ns.Client, "body") || c.Local == "encrypted"
	})
}

// writeRecent writes who has exchanged messages, and removes who has not for long.
func (r *Roster) writeRecent() {
	ctx, cancel := background()
	defer cancel()
	for batch := r.exchanges.take(); len(batch) > 0; batch = r.exchanges.take() {
		batch = slices.DeleteFunc(batch, func(p storage.Pair) bool { return !r.Config.Of(p[0].Domain()).Shared })
		changed, err := r.Store.NoteRecent(ctx, batch, r.Now(), recentKept)
		if err != nil {
			r.Logger.Warn("recent contacts not recorded", "err", err)
			r.exchanges.forget(batch)
			return
		}
		r.relate(changed, batch)
	}
	if r.Now().Sub(r.exchanges.swept) < forgetEvery {
		return
	}
	for n := forgetBatch; n == forgetBatch; {
		gone, err := r.Store.ForgetRecent(ctx, r.Now().AddDate(0, 0, -recentDays), forgetBatch)
		if err != nil {
			r.Logger.Warn("old contacts not removed", "err", err)
			return
		}
		r.relate(gone, nil)
		n = len(gone)
	}
	r.exchanges.swept = r.Now()
	r.exchanges.unmet()
}

// relate has the lists of pairs that have become or ceased to be recent contacts brought up to date. Whoever had to go is
// noted again with the next message; batch are the pairs that were written.
func (r *Roster) relate(changed, batch []storage.Pair) {
	var all []xmpp.JID
	for _, p := range changed {
		all = append(all, p[0], p[1])
	}
	r.exchanges.forget(slices.DeleteFunc(changed, func(p storage.Pair) bool { return slices.Contains(batch, p) }))
	r.outdate(all, func(string) bool { return true })
}
