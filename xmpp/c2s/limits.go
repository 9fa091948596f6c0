package c2s

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// Limits are what may change while the server runs.
type Limits struct {
	Wire           wire.Limits
	BytesPerSecond int           // of an account, or of a stream without one, after a burst; 0: no limit
	BurstBytes     int           // what may come at once
	LoginTime      time.Duration // how long a stream may stay unauthenticated
	SessionsPer    int           // most sessions of an account; 0: no limit
}

// crowded tells whether an account that has so many other sessions may have no further one (RFC 6120 § 7.6.2.1).
func (s *Server) crowded(others int) (most int, crowded bool) {
	most = s.limits.Load().SessionsPer
	return most, most > 0 && others >= most
}

// crowdedText says which limit was met.
func crowdedText(most int) string {
	return fmt.Sprintf("An account may be signed in %d times at once.", most)
}

// pace is how fast an account, or a stream without one, may send.
func (l *Limits) pace() (perSecond rate.Limit, burst int) {
	if l.BytesPerSecond <= 0 {
		return rate.Inf, chunk
	}
	return rate.Limit(l.BytesPerSecond), max(l.BurstBytes, chunk)
}

func (l *Limits) bucket() *rate.Limiter { return rate.NewLimiter(l.pace()) }

// Limits returns those of streams that begin now.
func (s *Server) Limits() Limits { return *s.limits.Load() }

// SetLimits changes the limits. How fast clients may send changes for all, the rest for streams that begin from now on: what
// was announced to a client holds (XEP-0478).
func (s *Server) SetLimits(l Limits) {
	s.limits.Store(&l)
	perSecond, burst := l.pace()
	s.mu.Lock()
	defer s.mu.Unlock()
	for st := range s.streams {
		st.budget.SetLimit(perSecond)
		st.budget.SetBurst(burst)
	}
	for _, p := range s.purses {
		for _, l := range []*rate.Limiter{p.Limiter, p.sent} {
			l.SetLimit(perSecond)
			l.SetBurst(burst)
		}
	}
}

// StrangerBytes is how long an element may be before its sender has signed in, and StrangerElements how many elements may be in it:
// nothing that is of use then is longer (maxSASL), and who is nobody yet holds no more memory than that.
const (
	StrangerBytes    = 32 << 10
	StrangerElements = 1000
)

// stanzaBytes is how long an element may be now; 0: as long as any.
func (st *clientStream) stanzaBytes() int {
	n := st.bounds.Wire.StanzaBytes
	if st.user.IsZero() && (n <= 0 || n > StrangerBytes) {
		return StrangerBytes
	}
	return n
}

// stanzaElements is how many elements may be in one now; 0: as many as in any.
func (st *clientStream) stanzaElements() int {
	if st.user.IsZero() {
		return StrangerElements
	}
	return st.bounds.Wire.Elements
}

// admit lets somebody in who has signed in.
func (st *clientStream) admit(user xmpp.JID) {
	st.user = user
	st.bound(st.stanzaBytes(), st.stanzaElements())
}

// limits announces the stream's limits, which differ before and behind signing in (XEP-0478 § 3).
func (st *clientStream) limits() *xmpp.Element {
	e := xmpp.El(ns.Limits, "limits")
	if n := st.stanzaBytes(); n > 0 {
		e.Add(xmpp.El(ns.Limits, "max-bytes").AddText(strconv.Itoa(n)))
	}
	if d := st.srv.Config.IdleTime; d > 0 {
		e.Add(xmpp.El(ns.Limits, "idle-seconds").AddText(strconv.Itoa(int(d / time.Second))))
	}
	return e
}
