package router

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"myna/guard"
	"myna/storage"
	"myna/xmpp"
)

// ErrTimeout is the answer to a request of the server that nobody answered in time.
var ErrTimeout = errors.New("no answer in time")

// asks are requests of the server that wait for their answers.
type asks struct {
	mu    sync.Mutex
	m     map[askKey]*ask  // guarded by mu
	of    map[xmpp.JID]int // how many wait for whom; guarded by mu
	total int              // guarded by mu
}

// Bounds of what waits for answers: nobody has to give any.
const maxAsks = 50_000

// MaxAsksOf is how many requests may wait for answers of one client, or of one server elsewhere.
const MaxAsksOf = 250

type askKey struct {
	from xmpp.JID // who has to answer
	id   string
}

type ask struct {
	whom  xmpp.JID // in asks.of
	timer *time.Timer
	over  bool // answered, or given up; guarded by asks.mu
	done  func(*xmpp.Stanza, error)
}

func (a *asks) start() { a.m, a.of = map[askKey]*ask{}, map[xmpp.JID]int{} }

// Ask sends a request to a client (its full address) or another server, and calls done once: with the answer, which is
// valid only during the call and may be an error stanza, or with ErrTimeout. done runs on the answering session's goroutine.
// It is storage.ErrNotFound where nobody can be asked, and storage.ErrBusy where too many requests wait already.
func (r *Router) Ask(iq *xmpp.Element, done func(answer *xmpp.Stanza, err error)) error {
	f := xmpp.FrameOf(iq)
	k := askKey{f.To, iq.Attr("id")}
	_, ours := r.hosts[f.To.Domain()]
	q := &ask{done: done, whom: f.To}
	if !ours {
		q.whom = f.To.DomainJID()
	}
	if !r.asks.add(k, q, r.logger) {
		return storage.ErrBusy
	}
	if ours {
		if r.ToSession(f) {
			return nil
		}
	} else if r.remote != nil {
		from, err := xmpp.ParseJID(iq.Attr("from"))
		if err == nil && r.remote.Route(from, f) == nil {
			return nil
		}
	}
	r.asks.take(k)
	return storage.ErrNotFound
}

// AskService sends a request of a hosted service to an address for which a server answers: a service or an account, here or
// elsewhere. done is called as by Ask, or before AskService returns where the answer is found here; so the caller holds no lock
// that done needs. Who cannot be reached has answered with an error. It is storage.ErrBusy where too many requests wait.
func (r *Router) AskService(iq *xmpp.Element, done func(answer *xmpp.Stanza, err error)) error {
	f := xmpp.FrameOf(iq)
	k := askKey{f.To, iq.Attr("id")}
	q := &ask{done: done, whom: f.To}
	if _, ours := r.hosts[f.To.Domain()]; !ours {
		q.whom = f.To.DomainJID()
	}
	if !r.asks.add(k, q, r.logger) {
		return storage.ErrBusy
	}
	if err := r.SendFrame(f); err != nil {
		r.asks.take(k)
		return err
	}
	return nil
}

// add notes a request; it is false when too many wait. The same id twice for one addressee leaves the first to its timer.
func (a *asks) add(k askKey, q *ask, log *slog.Logger) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.total >= maxAsks || a.of[q.whom] >= MaxAsksOf {
		return false
	}
	a.total++
	a.of[q.whom]++
	a.m[k] = q
	q.timer = time.AfterFunc(askTimeout, func() {
		guard.Call(log, "request without answer", func() {
			if a.drop(k, q) {
				q.done(nil, ErrTimeout)
			}
		}, "to", k.from.String())
	})
	return true
}

// end takes a request out of the counts; the caller holds mu.
func (a *asks) end(q *ask) {
	q.over = true
	a.total--
	if a.of[q.whom]--; a.of[q.whom] == 0 {
		delete(a.of, q.whom)
	}
}

func (a *asks) take(k askKey) *ask {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.m[k]
	if q != nil {
		delete(a.m, k)
		a.end(q)
		q.timer.Stop()
	}
	return q
}

// drop takes q back, unless it was answered. Another request may have its place.
func (a *asks) drop(k askKey, q *ask) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q.over {
		return false
	}
	a.end(q)
	if a.m[k] == q {
		delete(a.m, k)
	}
	return true
}

// answer gives an answer to whoever asked; false when nobody did.
func (a *asks) answer(st *xmpp.Stanza) bool {
	q := a.take(askKey{st.From, st.ID()})
	if q == nil {
		return false
	}
	q.done(st, nil)
	return true
}
