package archive

import (
	"slices"
	"sync"
	"sync/atomic"

	"myna/hook"
	"myna/xmpp"
)

// backlogs are sessions that are being given what waited. Where more waits than is given at once, the session gets new
// messages meanwhile. What its account's clients confirm of these must not count yet, or the older rest would count as
// delivered: it is remembered, and passed on when the rest is confirmed.
type backlogs struct {
	some atomic.Int32 // how many there are: mostly none, and then nobody locks
	mu   sync.Mutex
	m    map[xmpp.JID]*backlog // by owner; guarded by mu
	wake chan struct{}         // holds a token while one may be due
}

type backlog struct {
	session hook.Session
	opening bool  // the first batch is on its way
	given   int64 // the newest row of what waited that was given
	live    int64 // from this row on everything was delivered as it came; 0: nothing came yet
	pending int64 // the newest confirmation
	due     bool  // given is confirmed: the next batch may go
	final   bool  // there is no next batch
}

func (l *backlogs) start() { l.m, l.wake = map[xmpp.JID]*backlog{}, make(chan struct{}, 1) }

// open begins before the first batch is read.
func (l *backlogs) open(owner xmpp.JID, s hook.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.m[owner]; !ok {
		l.some.Add(1)
	}
	l.m[owner] = &backlog{session: s, opening: true}
}

// opened ends the first batch. It returns what is confirmed so far, 0 for nothing.
func (l *backlogs) opened(owner xmpp.JID, s hook.Session, given int64, more bool) (confirmed int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.m[owner]
	if !ok || b.session != s {
		return 0
	}
	if !more {
		l.drop(owner)
		return b.pending
	}
	b.opening, b.given = false, given
	if b.pending >= given {
		b.due = true
		l.signal()
	}
	return min(b.pending, given)
}

func (l *backlogs) drop(owner xmpp.JID) {
	delete(l.m, owner)
	l.some.Add(-1)
}

func (l *backlogs) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *backlogs) remove(s hook.Session) {
	if l.some.Load() == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	owner := s.JID().Bare()
	if b, ok := l.m[owner]; ok && b.session == s {
		l.drop(owner)
	}
}

// confirm returns up to where a confirmation counts, 0 for nowhere.
func (l *backlogs) confirm(owner xmpp.JID, id int64) int64 {
	if l.some.Load() == 0 {
		return id
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.m[owner]
	if !ok {
		return id
	}
	b.pending = max(b.pending, id)
	switch {
	case b.opening:
		return 0
	case b.pending < b.given:
		return id
	case b.final:
		l.drop(owner)
		return b.pending
	}
	b.due = true
	l.signal()
	return b.given
}

// live notes the first message that a session was sent as it came (stage Copy): what waited ends before it.
func (a *Archive) live(p *hook.Packet) error {
	l := &a.backlogs
	if p.ArchiveID == 0 || l.some.Load() == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.m[p.Owner]; ok && b.live == 0 && slices.Contains(p.Targets, b.session) {
		b.live = p.ArchiveID
	}
	return nil
}

// ready returns those that may be given more.
func (l *backlogs) ready() map[xmpp.JID]backlog {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := map[xmpp.JID]backlog{}
	for owner, b := range l.m {
		if b.due {
			list[owner] = *b
		}
	}
	return list
}

// advance notes that a session was given more. It returns what is confirmed now, 0 where that does not change.
func (l *backlogs) advance(owner xmpp.JID, s hook.Session, given int64, more bool) (confirmed int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.m[owner]
	if !ok || b.session != s {
		return 0
	}
	if !more && given == b.given { // there was nothing left
		l.drop(owner)
		return b.pending
	}
	b.given, b.due, b.final = given, false, !more
	return 0
}

// workOff gives sessions their next batches.
func (a *Archive) workOff() {
	for owner, b := range a.backlogs.ready() {
		next, err := a.handOut(owner, b.given, b.live, b.session.Send)
		if err != nil {
			a.Logger.Error("waiting messages not delivered", "session", b.session.JID().String(), "err", err)
		}
		if err != nil || next.ended {
			a.backlogs.remove(b.session)
			continue
		}
		if id := a.backlogs.advance(owner, b.session, next.last, next.more); id != 0 {
			a.Store.Confirm(owner, id)
		}
	}
}
