package c2s

import (
	"sync"

	"myna/xmpp"
)

// maxLapsed is how many sessions that have ended a server remembers; of more, the oldest are forgotten.
const maxLapsed = 4096

// lapsed are sessions that could be resumed and have ended: their clients are told what of theirs has arrived, and send only the
// rest again (XEP-0198 § 5).
type lapsed struct {
	mu    sync.Mutex
	of    map[string]lapse // by resumption id; guarded by mu
	order []string         // a ring, once it is full; guarded by mu
	next  int              // place of the oldest in a full ring; guarded by mu
}

type lapse struct {
	account xmpp.JID
	handled uint32
}

func (l *lapsed) add(id string, account xmpp.JID, handled uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]lapse{}
	}
	l.of[id] = lapse{account, handled}
	if len(l.order) < maxLapsed {
		l.order = append(l.order, id)
		return
	}
	delete(l.of, l.order[l.next])
	l.order[l.next] = id
	l.next = (l.next + 1) % maxLapsed
}

// find returns how many stanzas had been handled when a session of an account ended.
func (l *lapsed) find(id string, account xmpp.JID) (handled uint32, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.of[id]
	return e.handled, ok && e.account == account
}
