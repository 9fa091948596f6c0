package archive

import (
	"context"
	"slices"
	"sync"
	"time"

	"myna/xmpp"
)

// Bounds of what waits to be carried out. What is too much stays in the archive.
const (
	maxRetractions = 4096        // of all authors; where it is full, who has most of them loses the newest
	maxOfAuthor    = 128         // of one author
	retractTime    = time.Second // how long who reads an archive waits for them
)

// retractions are those that are not carried out yet. Authors take turns: who takes back much at once, or what is
// nowhere, waits for it alone.
type retractions struct {
	wake chan struct{} // holds one where there may be something to do

	mu      sync.Mutex
	n       int                     // that wait; guarded by mu, as all below
	authors map[xmpp.JID]*author    // those with retractions that wait
	turns   []*author               // the same, the next one first
	open    map[xmpp.JID][]*pending // by archive, the oldest first
}

// author is whose retractions wait.
type author struct {
	jid  xmpp.JID
	list []retraction
}

// pending counts retractions of one archive: those that came before somebody waited for them.
type pending struct {
	n      int
	waited bool          // further ones are not among them
	done   chan struct{} // closed when there are none any more
}

func (l *retractions) start() {
	l.wake, l.authors, l.open = make(chan struct{}, 1), map[xmpp.JID]*author{}, map[xmpp.JID][]*pending{}
}

// put is false where there are too many.
func (l *retractions) put(by xmpp.JID, r retraction) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.authors[by]
	have := 0
	if a != nil {
		have = len(a.list)
	}
	if have >= maxOfAuthor || l.n >= maxRetractions && !l.makeRoom(have) {
		return false
	}
	if a == nil {
		a = &author{jid: by}
		l.authors[by] = a
		l.turns = append(l.turns, a)
	}
	list := l.open[r.owner]
	if len(list) == 0 || list[len(list)-1].waited {
		list = append(list, &pending{done: make(chan struct{})})
		l.open[r.owner] = list
	}
	r.of = list[len(list)-1]
	r.of.n++
	a.list = append(a.list, r)
	l.n++
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return true
}

// makeRoom drops the newest retraction of who has most, if that is more than somebody else has. mu is held.
func (l *retractions) makeRoom(have int) bool {
	most := slices.MaxFunc(l.turns, func(a, b *author) int { return len(a.list) - len(b.list) })
	last := len(most.list) - 1
	if last <= have {
		return false
	}
	r := most.list[last]
	most.list = most.list[:last]
	l.n--
	l.endLocked(&r)
	return true
}

// next takes the next retraction; it is false where there is none.
func (l *retractions) next() (r retraction, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.turns) == 0 {
		return r, false
	}
	a := l.turns[0]
	l.turns = l.turns[1:]
	r, a.list = a.list[0], a.list[1:]
	l.n--
	if len(a.list) == 0 {
		delete(l.authors, a.jid)
	} else {
		l.turns = append(l.turns, a)
	}
	return r, true
}

// end is called when a retraction is carried out.
func (l *retractions) end(r *retraction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endLocked(r)
}

func (l *retractions) endLocked(r *retraction) {
	p := r.of
	if p.n--; p.n > 0 {
		return
	}
	close(p.done)
	list := slices.DeleteFunc(slices.Clone(l.open[r.owner]), func(q *pending) bool { return q == p })
	if l.open[r.owner] = list; len(list) == 0 {
		delete(l.open, r.owner)
	}
}

// wait waits for what is retracted in an archive by now. It is false where ctx ends first.
func (l *retractions) wait(ctx context.Context, owner xmpp.JID) bool {
	l.mu.Lock()
	list := l.open[owner]
	if len(list) > 0 {
		list[len(list)-1].waited = true
	}
	l.mu.Unlock()
	for _, p := range list {
		select {
		case <-p.done:
		case <-ctx.Done():
			return false
		}
	}
	return true
}
