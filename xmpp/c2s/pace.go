package c2s

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"myna/xmpp"
)

// What an account's stanzas cause is paid for by the account that sends them: for each copy that others get as if the account
// had sent copyCost bytes and 1/copyShare of the copy's length besides. It is taken from a bucket of the account, as large and as
// fast as that of one stream (limits.burst_bytes, limits.bytes_per_second), and who has used it up is read more slowly;
// nothing is dropped. What its clients send themselves is taken from another bucket of the account, of the same size and speed: it is
// not more for who has many streams, or signs in again and again.
//
// With the defaults, 64 kB a second after 1 MB, an account causes 1,700 short copies a second for long, after 28,000 at once,
// and never more than 64 times the bytes that it might send itself. One node makes some 100,000 copies a second, so one
// account takes less than a fiftieth of it. People do not notice: the change of a status before 300 colleagues costs 11 kB,
// so 90 changes may come at once and six a second for ever; a message to a group of 50 costs 2 kB, 30 a second for ever; one
// to a room of 5,000 costs 190 kB: five at once, then one in three seconds. Who enters such a room pays twice that.
const (
	copyCost  = 32
	copyShare = 64
)

// purse is what the sessions of an account may send, cause and keep together.
type purse struct {
	*rate.Limiter               // what they cause
	sent          *rate.Limiter // what they send
	sessions      int           // guarded by Server.mu
	behind        atomic.Int32  // sessions that do not confirm what they are sent
	kept          atomic.Int64  // bytes that wait for the confirmation of those where it is much
}

// purse returns that of an account for one more session. The caller holds mu.
func (s *Server) purse(account xmpp.JID) *purse {
	p := s.purses[account]
	if p == nil {
		l := s.limits.Load()
		p = &purse{Limiter: l.bucket(), sent: l.bucket()}
		s.purses[account] = p
	}
	p.sessions++
	return p
}

// emptyPockets forgets the purses of accounts that have no sessions, once they are full again: nobody gets a full one by
// signing in anew.
func (s *Server) emptyPockets(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for account, p := range s.purses {
		if p.sessions == 0 && full(p.Limiter, now) && full(p.sent, now) {
			delete(s.purses, account)
		}
	}
}

func full(l *rate.Limiter, now time.Time) bool { return l.TokensAt(now) >= float64(l.Burst()) }

// Charge notes that something the client has sent is copied to others: so many times, so many bytes each (hook.Payer).
func (s *Session) Charge(copies, length int) {
	if s.purse != nil && copies > 0 {
		s.owed.Add(int64(copies) * int64(copyCost+length/copyShare))
	}
}

// pay waits until the session may go on, before its next stanza is looked at. What is due at once never is more than the
// purse holds: nobody is kept waiting for longer than it takes to fill.
func (st *clientStream) pay() error {
	s := st.session.Load()
	if s == nil || s.purse == nil {
		return nil
	}
	if st.unpaid > 0 { // it may have come with what is handled now
		if err := st.arrivedIn(s.purse, time.Now(), 0); err != nil {
			return err
		}
	}
	if s.owed.Load() == 0 {
		return nil
	}
	owed := min(s.owed.Swap(0), int64(s.purse.Burst()))
	return st.rest(s.purse.ReserveN(time.Now(), int(owed)).Delay())
}

// arrivedIn takes n more bytes from what the account may send, and what has come before the stream had a session.
func (st *clientStream) arrivedIn(p *purse, now time.Time, n int) error {
	n, st.unpaid = n+st.unpaid, 0
	return st.rest(p.sent.ReserveN(now, min(n, p.sent.Burst())).Delay())
}

// rest waits, but not for a stream that is to end.
func (st *clientStream) rest(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	st.resting.Store(t)
	if st.ending.Load() { // after that hurry finds the timer
		return nil
	}
	select {
	case <-t.C:
		return nil
	case <-st.srv.ctx.Done():
		return st.srv.ctx.Err()
	}
}

// hurry ends a rest: the stream is to end, and its goroutine has to notice.
func (st *clientStream) hurry() {
	st.ending.Store(true)
	if t := st.resting.Load(); t != nil {
		t.Reset(0)
	}
}
