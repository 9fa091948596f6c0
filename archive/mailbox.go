package archive

import (
	"hash/maphash"
	"sync"

	"myna/hook"
	"myna/xmpp"
)

// mailboxes are the accounts with sessions: who has been given what waited, and which confirmations count. A
// confirmation stands for everything before it. So one by a client that was not given what waited (it has no presence or
// a negative priority, and got a message to its full address) does not count; neither does one beyond what was given
// while there is more to give.
type mailboxes struct {
	seed   maphash.Seed
	shards [64]boxes
	wake   chan xmpp.JID // owners whose next batch may go
}

type boxes struct {
	mu sync.Mutex
	m  map[xmpp.JID]*mailbox // guarded by mu, with all in it
}

type mailbox struct {
	sessions int          // bound
	caught   int          // of these, those that have what waited, or are being given it
	giving   hook.Session // the one that is being given what waited; nil: none
	given    int64        // the newest row that it was given, 0 before the first batch
	due      bool         // given is confirmed, and the next batch is asked for
	final    bool         // there is no next batch
	live     int64        // from this row on everything was delivered as it came; 0: nothing was
	pending  int64        // the newest confirmation
	newest   int64        // the newest row that was delivered as it came
	left     int64        // up to this row the sessions that do not want what comes any more have had all
}

func (l *mailboxes) start() {
	l.seed, l.wake = maphash.MakeSeed(), make(chan xmpp.JID, 256)
	for i := range l.shards {
		l.shards[i].m = map[xmpp.JID]*mailbox{}
	}
}

// with calls f with an account's mailbox, nil where it has no session. f must not block.
func (l *mailboxes) with(owner xmpp.JID, f func(*mailbox)) {
	b := &l.shards[maphash.String(l.seed, owner.String())%uint64(len(l.shards))]
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b.m[owner])
}

// bound and closed count the sessions.
func (a *Archive) bound(s hook.Session) {
	l, owner := &a.boxes, s.JID().Bare()
	b := &l.shards[maphash.String(l.seed, owner.String())%uint64(len(l.shards))]
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.m[owner]
	if m == nil {
		m = &mailbox{}
		b.m[owner] = m
	}
	m.sessions++
}

func (a *Archive) closed(s hook.Session) {
	a.leave(s)
	l, owner := &a.boxes, s.JID().Bare()
	b := &l.shards[maphash.String(l.seed, owner.String())%uint64(len(l.shards))]
	b.mu.Lock()
	defer b.mu.Unlock()
	if m := b.m[owner]; m != nil {
		if m.sessions--; m.sessions <= 0 {
			delete(b.m, owner)
		}
	}
}

// join makes a session one that has what waited, or is being given it. It is false where the session is gone.
func (a *Archive) join(m *mailbox, s hook.Session) bool {
	if m == nil || a.Router.Session(s.JID()) != s {
		return false
	}
	if !a.caught.Load(s) {
		a.caught.Store(s, true)
		m.caught++
	}
	return true
}

// leave is its opposite: what comes from now on waits, if there is no other session. A batch that is on its way is continued with
// another session.
func (a *Archive) leave(s hook.Session) {
	owner := s.JID().Bare()
	a.boxes.with(owner, func(m *mailbox) {
		if m == nil || !a.caught.Load(s) {
			return
		}
		a.caught.Store(s, false)
		m.caught--
		if m.caught == 0 {
			// What it was sent may be confirmed yet: the word of the goroutine that has written it comes late.
			*m = mailbox{sessions: m.sessions, left: max(m.left, m.given, m.newest)}
			return
		}
		if m.giving != s {
			return
		}
		m.giving = nil
		for _, o := range a.Router.Sessions(owner) {
			if o != s && a.caught.Load(o) {
				m.giving, m.final, m.due = o, false, false
				a.boxes.ask(owner, m)
				return
			}
		}
	})
}

// ask asks for the next batch. Where that is not possible now, the next confirmation tries again.
func (l *mailboxes) ask(owner xmpp.JID, m *mailbox) {
	if m.due {
		return
	}
	select {
	case l.wake <- owner:
		m.due = true
	default:
	}
}

// counts returns up to where a confirmation counts, 0 for nowhere.
func (l *mailboxes) counts(owner xmpp.JID, id int64) (upTo int64) {
	l.with(owner, func(m *mailbox) {
		if m == nil { // the last session has ended just now
			upTo = id
			return
		}
		m.pending = max(m.pending, id)
		switch {
		case id <= m.left && (m.caught == 0 || m.giving == nil):
			upTo = id
		case m.caught == 0, m.giving != nil && m.given == 0:
		case m.giving == nil, m.pending < m.given:
			upTo = id
		case m.final:
			m.giving, upTo = nil, m.pending
		default:
			l.ask(owner, m)
			upTo = m.given
		}
	})
	return upTo
}

// live notes the first message that was delivered as it came (stage Copy), for what waited ends before it, and the newest.
func (a *Archive) live(p *hook.Packet) error {
	if p.ArchiveID == 0 {
		return nil
	}
	a.boxes.with(p.Owner, func(m *mailbox) {
		if m == nil || !wanted(p.Targets) {
			return
		}
		if m.caught > 0 {
			m.newest = max(m.newest, p.ArchiveID)
		}
		if m.live == 0 && (m.caught == 0 || m.giving != nil) {
			m.live = p.ArchiveID
		}
	})
	return nil
}

// wanted tells whether one of the sessions wants what is sent to the account (RFC 6121 § 8.5.2.1.1).
func wanted(sessions []hook.Session) bool {
	for _, s := range sessions {
		if pres := s.Presence(); pres != nil && pres.Priority >= 0 {
			return true
		}
	}
	return false
}

// workOff gives a session the next batch of what waited.
func (a *Archive) workOff(owner xmpp.JID) {
	var s hook.Session
	var given, live int64
	a.boxes.with(owner, func(m *mailbox) {
		if m != nil && m.due {
			s, given, live = m.giving, m.given, m.live
		}
	})
	if s == nil {
		return
	}
	b, err := a.handOut(owner, given, live, a.synced.Load(s), s.Send)
	if err != nil {
		a.Logger.Error("waiting messages not delivered", "session", s.JID().String(), "err", err)
	}
	if err != nil || b.ended { // the next confirmation tries again, or the session ends
		a.boxes.with(owner, func(m *mailbox) {
			if m != nil && m.giving == s {
				m.given, m.due = b.last, false
			}
		})
		return
	}
	a.gave(owner, s, b.last, b.more)
}

// gave notes what a session was given, and passes on what is confirmed now.
func (a *Archive) gave(owner xmpp.JID, s hook.Session, last int64, more bool) {
	var confirmed int64
	a.boxes.with(owner, func(m *mailbox) {
		if m == nil || m.giving != s {
			return
		}
		nothing := last == m.given
		m.given, m.due, m.final = last, false, !more
		switch {
		case m.final && (nothing || m.pending >= last):
			m.giving, confirmed = nil, m.pending
		case m.pending >= last:
			a.boxes.ask(owner, m)
			confirmed = last
		default:
			confirmed = m.pending
		}
	})
	if confirmed != 0 {
		a.Store.Confirm(owner, confirmed)
	}
}
