package account

import (
	"sync"

	"myna/xmpp"
)

// maxBarred is how many accounts are remembered one by one.
const maxBarred = 10_000

// barrier knows since when what somebody has proved is worth nothing: the password was changed, the account disabled or
// deleted, after a client had signed in and before it did anything with that. Where one way in has ended, of several, only those
// who are on the way begin again: it may be theirs.
type barrier struct {
	mu    sync.Mutex
	clock uint64 // counts such changes
	whole marks  // all that was proved
	ways  marks  // that of who is on the way in
}

// marks are points of the clock.
type marks struct {
	all uint64 // of everybody
	of  map[xmpp.JID]uint64
}

func (m *marks) set(j xmpp.JID, at uint64) {
	if len(m.of) >= maxBarred { // all that was proved before has to be proved again
		m.all = at
		clear(m.of)
	}
	if m.of == nil {
		m.of = map[xmpp.JID]uint64{}
	}
	m.of[j] = at
}

func (m *marks) last(j xmpp.JID) uint64 { return max(m.all, m.of[j]) }

func (b *barrier) now() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

// raise voids all that was proved before.
func (b *barrier) raise(j xmpp.JID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock++
	b.whole.set(j, b.clock)
}

// turnBack voids what those have proved who are on the way in.
func (b *barrier) turnBack(j xmpp.JID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock++
	b.ways.set(j, b.clock)
}

// passed is for who is on the way in since a point of the clock.
func (b *barrier) passed(j xmpp.JID, at uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return at >= max(b.whole.last(j), b.ways.last(j))
}

// stands is for what was proved at a point of the clock, and has led in.
func (b *barrier) stands(j xmpp.JID, at uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return at >= b.whole.last(j)
}

// Clock is what Holds and Stands take, for who signs in by CheckPassword: it is read before.
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

// Stands is Holds for what lasts, as a session of the administration or a pass: it does not end because one of the account's app
// passwords, certificates or clients has ended.
func (s *Service) Stands(j xmpp.JID, since uint64) bool {
	a, ok := s.Account(j)
	return ok && !a.Disabled && s.barrier.stands(j.Bare(), since)
}
