package account

import (
	"sync"

	"myna/xmpp"
)

// maxBarred is how many accounts are remembered one by one.
const maxBarred = 10_000

// barrier knows since when what somebody has proved is worth nothing: the password was changed, the account disabled or
// deleted, after a client had signed in and before it did anything with that.
type barrier struct {
	mu    sync.Mutex
	clock uint64 // counts such changes
	all   uint64 // of everybody
	of    map[xmpp.JID]uint64
}

func (b *barrier) now() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *barrier) raise(j xmpp.JID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock++
	if len(b.of) >= maxBarred { // all who are between signing in and going on have to begin again: that is short
		b.all = b.clock
		clear(b.of)
	}
	if b.of == nil {
		b.of = map[xmpp.JID]uint64{}
	}
	b.of[j] = b.clock
}

func (b *barrier) passed(j xmpp.JID, at uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return at >= max(b.all, b.of[j])
}

// Clock is what Holds takes, for who signs in by CheckPassword: it is read before.
func (s *Service) Clock() uint64 { return s.barrier.now() }

// Since says when the exchange looked the account up, for Service.Holds.
func (x *Exchange) Since() uint64 { return x.since }

// Holds tells whether who has signed in by an exchange may still go on: the account is there and enabled, and neither was
// that otherwise nor was the password changed since then. A session has to be findable before it is asked for: whoever
// changes an account ends the sessions that there are, and the others fail here.
func (s *Service) Holds(j xmpp.JID, since uint64) bool {
	a, ok := s.Account(j)
	return ok && !a.Disabled && s.barrier.passed(j.Bare(), since)
}
