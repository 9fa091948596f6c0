// Package c2s is the server's side of client streams: one file per stream feature. A connection negotiates its stream on a
// goroutine of its own (STARTTLS, SASL, resource binding or resumption) and then is driven: the goroutine reads
// and handles stanzas, and a short-lived one writes whatever is queued, in one write per wake-up. It follows RFC 6120,
// RFC 7395 (one element at a time), XEP-0198 (stream management), XEP-0352 (client state), XEP-0368 (direct TLS),
// XEP-0388 with XEP-0386 (signing in, binding and more in one step), XEP-0440 (channel binding types), XEP-0478
// (stream limits) and XEP-0509 (signing in before the offer has arrived).
package c2s

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/stream"

	"myna/guard"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// Config is how client streams behave.
type Config struct {
	Limits
	QueueBytes    int           // most bytes that wait for a slow client
	ResumeTime    time.Duration // how long a cut stream may be resumed (XEP-0198 § 5)
	ResumeStanzas int           // most stanzas that wait for a confirmation, or for the end of a pause
	ResumeBytes   int           // and about how many bytes
	IdleTime      time.Duration // silence after which a client is asked whether it is there
	AnswerTime    time.Duration // how long it has to answer
}

// DefaultConfig returns what suits most servers. ResumeStanzas is twice what somebody is sent at once who enters the largest
// room; a client confirms when it has read, not before.
func DefaultConfig() Config {
	return Config{
		Limits:     Limits{Wire: wire.DefaultLimits(), BytesPerSecond: 65536, BurstBytes: 1 << 20, LoginTime: time.Minute, SessionsPer: 64},
		QueueBytes: 4 << 20, ResumeTime: 5 * time.Minute, ResumeStanzas: 10000, ResumeBytes: 16 << 20,
		IdleTime: 4 * time.Minute, AnswerTime: time.Minute,
	}
}

// Options are what a Server is made of.
type Options struct {
	Config   Config
	Registry *hook.Registry
	Router   *router.Router
	Auth     Authenticator
	Secret   []byte // makes the part of addresses that is ours (XEP-0386 § 3.2.1); it stays the same over restarts
	// Confirm notes that an account's client has what its archive holds up to id; nil: nobody wants to know.
	Confirm func(owner xmpp.JID, id int64)
	// Passing tells whether an account is there for one session only: nobody comes back to it, so that is not resumed. nil: none is.
	Passing func(account xmpp.JID) bool
	Logger  *slog.Logger
}

// Server holds the client streams of this node.
type Server struct {
	Options
	ctx    context.Context
	limits atomic.Pointer[Limits] // of streams that begin now
	tap    atomic.Pointer[Tap]    // nil: nobody watches
	lapsed lapsed

	mu      sync.Mutex
	streams map[*clientStream]struct{} // all open connections; guarded by mu
	resume  map[string]*Session        // by resumption id; guarded by mu
	purses  map[xmpp.JID]*purse        // by account; guarded by mu
	places  map[xmpp.JID]*Session      // who has an address, until everybody knows of its end; guarded by mu
	closing bool                       // guarded by mu
	number  uint64                     // of the last stream; guarded by mu
	work    sync.WaitGroup
}

// New returns a server. ctx ends when the server stops at once; Shutdown ends it gracefully.
func New(ctx context.Context, o Options) *Server {
	s := &Server{
		Options: o, ctx: ctx, streams: map[*clientStream]struct{}{}, resume: map[string]*Session{},
		purses: map[xmpp.JID]*purse{}, places: map[xmpp.JID]*Session{},
	}
	s.limits.Store(&o.Config.Limits)
	return s
}

// Serve runs a connection until it ends. It is called on the connection's own goroutine.
func (s *Server) Serve(c StreamConn) {
	st := newStream(s, c)
	st.carrier = newStreamed(st, c)
	s.run(st)
}

// ServeFrames is Serve for a connection that carries one element at a time.
func (s *Server) ServeFrames(c FrameConn) {
	st := newStream(s, c)
	st.carrier = newFramed(st, c)
	s.run(st)
}

func (s *Server) run(st *clientStream) {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		st.conn.Close()
		return
	}
	s.streams[st] = struct{}{}
	s.number++
	st.number = s.number
	s.work.Add(1)
	s.mu.Unlock()
	defer s.work.Done()
	defer func() {
		st.conn.Close()
		s.mu.Lock()
		delete(s.streams, st)
		s.mu.Unlock()
		st.release()
		close(st.done)
	}()
	if !s.guard(st, func() {
		if session := st.negotiate(); session != nil {
			session.serve(st)
		}
	}) {
		if session := st.session.Load(); session != nil {
			session.abandon(st)
		}
	}
}

// guard calls f for a server of which no client may end the process: a mistake of ours ends one stream. It is false when
// there was one.
func (s *Server) guard(who slog.LogValuer, f func()) (ok bool) {
	return guard.Call(s.Logger, "stream", f, "stream", who)
}

// Sweep looks for silent clients until ctx ends: it asks those that were silent for IdleTime and gives up those that do
// not answer in AnswerTime. Nobody's presence stays when the connection is gone.
func (s *Server) Sweep(ctx context.Context) {
	every := time.NewTicker(max(min(s.Config.IdleTime, s.Config.AnswerTime)/4, 10*time.Millisecond))
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-every.C:
			for _, st := range s.open() {
				st.check(now)
			}
			s.emptyPockets(now)
		}
	}
}

func (s *Server) open() []*clientStream {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*clientStream, 0, len(s.streams))
	for st := range s.streams {
		list = append(list, st)
	}
	return list
}

// Shutdown ends all streams with system-shutdown (RFC 6120 § 4.9.3.20), gives what sessions have not confirmed back
// to the router, and waits until all is done or ctx ends.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	sessions := slices.Collect(maps.Values(s.places))
	s.mu.Unlock()
	for _, session := range sessions {
		session.Kick(stream.SystemShutdown)
	}
	for _, st := range s.open() {
		if st.session.Load() == nil {
			s.work.Go(func() { // it may have to wait for a slow client
				if !s.guard(st, func() { st.interrupt(stream.SystemShutdown) }) {
					st.abort()
				}
			})
		}
	}
	done := make(chan struct{})
	go func() {
		s.work.Wait()
		for _, session := range sessions { // those without a stream
			<-session.ended
		}
		close(done)
	}()
	select {
	case <-done:
		return
	case <-ctx.Done():
	case <-time.After(farewell):
	}
	for _, st := range s.open() {
		st.abort()
	}
	<-done
}

// farewell is how long clients may take to read what they still get when the server stops; then they are cut.
const farewell = 5 * time.Second

// remember makes a session findable for resumption; forget ends that.
func (s *Server) remember(id string, session *Session) {
	s.mu.Lock()
	s.resume[id] = session
	s.mu.Unlock()
}

// claim gives a session its address, unless another has it, which is returned then.
func (s *Server) claim(session *Session) (*Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return nil, stream.SystemShutdown
	}
	if old := s.places[session.jid]; old != nil {
		return old, nil
	}
	s.places[session.jid], session.purse = session, s.purse(session.jid.Bare())
	return nil, nil
}

func (s *Server) vacate(session *Session) {
	s.mu.Lock()
	delete(s.places, session.jid)
	if session.purse != nil {
		session.purse.sessions--
	}
	s.mu.Unlock()
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	delete(s.resume, id)
	s.mu.Unlock()
}

func (s *Server) resumable(id string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resume[id]
}
