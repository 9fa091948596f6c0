package c2s

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// clientStream is one connection: how elements come and go, and who has signed in. It belongs to its goroutine; only
// session, ending, resting, lastRead, asked, reason and done are looked at by others.
type clientStream struct {
	carrier
	srv    *Server
	conn   Conn
	bounds *Limits       // never changes
	budget *rate.Limiter // as long as it has no session: then what its account may send counts
	unpaid int           // bytes that have come so far without a session
	domain string
	lang   string
	from   xmpp.JID // who the client said to be, to be proved; bare, zero where it did not
	user   xmpp.JID // who has signed in; bare

	mechanisms, bindings []string // announced, for signing in
	version              string   // of what was announced (XEP-0509)
	done                 chan struct{}

	newcomer hook.Newcomer // as long as nobody has signed in
	newcomes int           // elements that were answered before

	number          uint64 // of the server's streams, for people
	attempts, again int    // to sign in that have failed; again are those that do not count

	session atomic.Pointer[Session]

	ending  atomic.Bool                // nobody waits for it any more
	resting atomic.Pointer[time.Timer] // what its goroutine waits for

	lastRead atomic.Int64                 // Unix nanoseconds
	asked    atomic.Bool                  // a question whether the client is there is out
	reason   atomic.Pointer[stream.Error] // why the stream is to end before it has a session
}

func newStream(s *Server, c Conn) *clientStream {
	bounds := s.limits.Load()
	st := &clientStream{srv: s, conn: c, bounds: bounds, budget: bounds.bucket(), done: make(chan struct{})}
	st.lastRead.Store(time.Now().UnixNano())
	return st
}

// next returns the next element of the stream. It is valid until the next call.
func (st *clientStream) next() (*xmpp.Stanza, error) {
	if err := st.pay(); err != nil {
		return nil, err
	}
	el, err := st.carrier.next()
	if err != nil {
		return nil, err
	}
	st.received(el)
	if el.Name == (xmpp.Name{Space: ns.Stream, Local: "error"}) {
		return nil, wire.ErrClosed // RFC 6120 § 4.9.1.1: the client ends its stream, and there is nothing to correct
	}
	return el, nil
}

// arrived notes that the client has sent n bytes, and waits until it may send on: whoever sends more than the limit is
// read more slowly.
func (st *clientStream) arrived(n int) error {
	st.heard()
	return st.spend(n)
}

// heard notes that the client is there.
func (st *clientStream) heard() {
	st.lastRead.Store(time.Now().UnixNano())
	st.asked.Store(false)
}

// spend takes n bytes off what the client may send, and waits until it may send on.
func (st *clientStream) spend(n int) error {
	if st.budget == nil {
		return nil
	}
	now := time.Now()
	if s := st.session.Load(); s != nil && s.purse != nil {
		return st.arrivedIn(s.purse, now, n)
	}
	st.unpaid += n
	return st.rest(st.budget.ReserveN(now, min(n, st.budget.Burst())).Delay())
}

// fail ends a stream that has no session yet with an error (RFC 6120 § 4.9.1.1).
func (st *clientStream) fail(err error) {
	if o := st.begin(); o.last(err) {
		st.send(o)
	}
}

// begin returns what elements to send are put into.
func (st *clientStream) begin() *out { return &out{framing: st.framing()} }

// send writes to the client.
func (st *clientStream) send(o *out) error {
	st.sent(o)
	return st.write(o)
}

// check asks a silent client whether it is there, and closes the connection of one that did not answer.
func (st *clientStream) check(now time.Time) {
	session := st.session.Load()
	if session == nil {
		return
	}
	silent := now.Sub(time.Unix(0, st.lastRead.Load()))
	cfg := &st.srv.Config
	switch {
	case cfg.IdleTime <= 0:
	case silent > cfg.IdleTime+cfg.AnswerTime && st.asked.Load():
		st.srv.Logger.Info("client does not answer", "session", session.jid.String())
		st.abort()
	case silent > cfg.IdleTime && !st.asked.Swap(true):
		session.poke()
	}
}

// describe says how the client is connected and from where, for people: "TLS 1.3 from 192.0.2.7".
func (st *clientStream) describe() string {
	if a := st.conn.Remote(); a.IsValid() {
		return st.conn.Describe() + " from " + a.String()
	}
	return st.conn.Describe()
}
