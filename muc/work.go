package muc

import (
	"context"
	"sync"

	"myna/guard"
	"myna/xmpp"
)

// Work for storage waits in lanes. In a lane, one job is done after another; the workers go round the lanes, so whoever gives one
// room much to do delays that room, and there only work of the same kind.
const (
	workers  = 64   // most of them wait for storage, or for a room that is being erased
	maxJobs  = 4096 // of all lanes; what people ask gets half of them
	maxLane  = 256  // of one
	maxAsked = 64   // of what one account has asked
)

// kindOfWork says what the jobs of a lane come from.
type kindOfWork uint8

const (
	following kindOfWork = iota // what was said and changed in the room: subjects, retractions, files, roles
	asked                       // what people ask of the room, who may not even be in it: invitations, their refusal, answers to requests
	whispered                   // private messages
)

// lane is work of one kind for one room.
type lane struct {
	room xmpp.JID
	kind kindOfWork
}

// queue is a lane in which something waits.
type queue struct {
	lane   lane
	jobs   []func(context.Context)
	places int  // jobs that will come
	busy   bool // a worker has it, or will take it
}

// work is what waits for the workers.
type work struct {
	mu    sync.Mutex
	some  sync.Cond // signalled when ready grows, or the end has come
	lanes map[lane]*queue
	ready []*queue         // with jobs, and no worker at it
	n     int              // jobs that wait, are being done, or will come
	by    map[xmpp.JID]int // how many of what accounts have asked
	over  bool
}

func (w *work) start() {
	w.some.L = &w.mu
	w.lanes, w.by = map[lane]*queue{}, map[xmpp.JID]int{}
}

// reserve promises a place; put or forgo follows. It is false when too much waits already.
func (w *work) reserve(l lane) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	q, most := w.lanes[l], maxJobs
	if l.kind == asked {
		most /= 2
	}
	if w.n >= most || q != nil && len(q.jobs)+q.places >= maxLane {
		return false
	}
	if q == nil {
		q = &queue{lane: l}
		w.lanes[l] = q
	}
	q.places++
	w.n++
	return true
}

// put fills a place that was reserved.
func (w *work) put(l lane, job func(context.Context)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.lanes[l]
	q.places--
	q.jobs = append(q.jobs, job)
	w.offer(q)
}

// offer lets a worker take a lane. w.mu is held.
func (w *work) offer(q *queue) {
	if q.busy || len(q.jobs) == 0 {
		return
	}
	q.busy = true
	w.ready = append(w.ready, q)
	w.some.Signal()
}

// forgo gives a reserved place back.
func (w *work) forgo(l lane) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lanes[l].places--
	w.gone(w.lanes[l])
}

// gone counts a job or place that is no more. w.mu is held.
func (w *work) gone(q *queue) {
	if w.n--; len(q.jobs)+q.places == 0 && !q.busy {
		delete(w.lanes, q.lane)
	}
}

// take returns the next job, for which done has to be called; nil at the end, or where wait is not set and nothing is there.
func (w *work) take(wait bool) (*queue, func(context.Context)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for wait && len(w.ready) == 0 && !w.over {
		w.some.Wait()
	}
	if len(w.ready) == 0 || wait && w.over {
		return nil, nil
	}
	q := w.ready[0]
	w.ready = w.ready[1:]
	job := q.jobs[0]
	q.jobs = q.jobs[1:]
	return q, job
}

// done puts a lane behind the others.
func (w *work) done(q *queue) {
	w.mu.Lock()
	defer w.mu.Unlock()
	q.busy = false
	w.offer(q)
	w.gone(q)
}

// end lets the workers go.
func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.some.Broadcast()
}

// toil does jobs until the end. What was begun is finished: the jobs do not know that the server stops.
func (s *Service) toil(ctx context.Context, wait bool) {
	ctx = context.WithoutCancel(ctx)
	for q, job := s.work.take(wait); q != nil; q, job = s.work.take(wait) {
		guard.Call(s.Logger, "room's work for storage", func() { job(ctx) }) // one that panics keeps nothing from the others
		s.work.done(q)
	}
}

// later gives work of a room that needs storage to the workers. It is false when too much waits already.
func (s *Service) later(room xmpp.JID, kind kindOfWork, job func(context.Context)) bool {
	l := lane{room, kind}
	if !s.work.reserve(l) {
		return false
	}
	s.work.put(l, job)
	return true
}

// laterFor is later for what somebody asks of a room, who has a few places only.
func (s *Service) laterFor(who, room xmpp.JID, job func(context.Context)) bool {
	who = who.Bare()
	if !s.work.count(who, 1) {
		return false
	}
	if s.later(room, asked, func(ctx context.Context) {
		defer s.work.count(who, -1)
		job(ctx)
	}) {
		return true
	}
	s.work.count(who, -1)
	return false
}

// count notes that an account has asked, or that what it has asked is done; false where it has asked too much.
func (w *work) count(who xmpp.JID, d int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by[who] >= maxAsked && d > 0 {
		return false
	}
	if w.by[who] += d; w.by[who] == 0 {
		delete(w.by, who)
	}
	return true
}
