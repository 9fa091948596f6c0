package c2s

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/stanza"
	"mellium.im/xmpp/stream"

	"myna/guard"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// Session is a client session. It outlives its connection when that is cut and the client may resume it.
type Session struct {
	hook.Slots
	srv      *Server
	jid      xmpp.JID
	since    time.Time
	in       *router.Inbound
	presence atomic.Pointer[hook.Presence]
	once     sync.Once
	ended    chan struct{}       // closed once the session is gone and everybody knows
	counted  chan struct{}       // closed before that, once it is known how much of what the client has sent was handled
	deaf     atomic.Bool         // nothing that the client sends is handled any more
	purse    *purse              // nil: what it causes is not limited
	owed     atomic.Int64        // what it has caused and not paid for
	lang     string              // the stream's xml:lang; of the reading goroutine
	known    map[string]xmpp.JID // addresses that the client writes to; of the reading goroutine
	device   string              // which client it is (XEP-0388 § 2.3), "" where it has not said so
	number   uint64              // of its stream at the beginning: later sessions have larger ones

	mu       sync.Mutex
	st       *clientStream // nil while detached or being taken over; guarded by mu, like all below
	client   string
	out      *out          // pooled; what waits to be written
	flushing bool          // a goroutine is writing out
	closing  bool          // the last words are in out; the connection is closed behind them
	over     bool          // nothing is taken any more
	gone     chan struct{} // closed when the last words are written
	paused   int
	opened   bool         // it has the answer to its binding: what is no message need not wait in a pause
	skip     int64        // of what is held, up to this id of the archive has been sent
	held     []xmpp.Frame // sent while paused
	holding  int          // bytes of held
	written  int64        // newest archived stanza in out, for clients without stream management
	recent   recent       // what of the archive was sent
	behind   bool         // much of what it was sent is not confirmed
	weight   int          // bytes of that which its account has counted
	sm       *managed     // nil without stream management
	csi      clientState
}

// newSession returns a session that holds back everything until attach.
func newSession(st *clientStream, jid xmpp.JID) *Session {
	s := &Session{srv: st.srv, jid: jid, since: time.Now(), number: st.number, st: st, lang: st.lang, client: st.describe(),
		ended: make(chan struct{}), counted: make(chan struct{}), paused: 1}
	s.in = router.NewInbound(s)
	return s
}

// JID returns the full address.
func (s *Session) JID() xmpp.JID { return s.jid }

// Since is when it began, by which stream it was resumed or not.
func (s *Session) Since() time.Time { return s.since }

// Taken is how many stanzas the client has sent in the session, modulo 2^32.
func (s *Session) Taken() uint32 { return s.in.Taken() }

// Presence returns what the session has told of itself.
func (s *Session) Presence() *hook.Presence { return s.presence.Load() }

// SetPresence replaces it.
func (s *Session) SetPresence(p *hook.Presence) { s.presence.Store(p) }

// Client says how the session is connected, or was. A session over BOSH may be taken over by another client.
func (s *Session) Client() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st != nil {
		s.client = s.st.describe()
	}
	return s.client
}

// Conn returns the connection, nil while there is none.
func (s *Session) Conn() Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st == nil {
		return nil
	}
	return s.st.conn
}

// Detached tells whether the session waits to be resumed.
func (s *Session) Detached() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st == nil && !s.over
}

// errDeaf ends the reading of a stream that the server has ended: what still arrives is not handled (RFC 6120 § 4.9.1.1).
var errDeaf = errors.New("the stream was ended")

// serve reads and handles until the stream ends.
func (s *Session) serve(st *clientStream) {
	for {
		el, err := st.next()
		if err == nil && s.deaf.Load() {
			err = errDeaf
		}
		if err == nil {
			err = s.guarded(el)
		}
		if err != nil {
			s.stop(st, err)
			return
		}
	}
}

// guarded is handle for a server of which no client may end the process: a mistake of ours ends the one stream.
func (s *Session) guarded(el *xmpp.Stanza) (err error) {
	if !guard.Call(s.srv.Logger, "stanza", func() { err = s.handle(el) }, "session", s) {
		return stream.InternalServerError
	}
	return err
}

// handle takes one element. An error ends the stream.
func (s *Session) handle(el *xmpp.Stanza) error {
	if el.Kind == xmpp.NoStanza {
		switch el.Name.Space {
		case ns.SM:
			return s.manage(el)
		case ns.CSI:
			return s.clientState(el.Name.Local)
		}
		return stream.UnsupportedStanzaType // RFC 6120 § 4.9.3.24
	}
	if from := el.Attr("from"); from != nil {
		// RFC 6120 § 8.1.2.1: a client may only name itself.
		if j, err := s.parse(from); err != nil || j != s.jid && j != s.jid.Bare() {
			return stream.InvalidFrom
		}
	}
	el.From, el.StreamLang = s.jid, s.lang
	if to := el.Attr("to"); to != nil {
		var err error
		if el.To, err = s.parse(to); err != nil {
			el.To = xmpp.JID{}
			s.in.Skip()
			if f, ok := xmpp.ErrorReply(el, xmpp.Refuse(stanza.JIDMalformed, "The to attribute is no address.")); ok {
				s.Send(f) // RFC 6120 § 8.3.3.8
			}
			return nil
		}
	}
	s.srv.Router.FromClient(s.in, el)
	return nil
}

// parse prepares an address as it stands in an attribute. Those that a client uses often are kept.
func (s *Session) parse(attr []byte) (xmpp.JID, error) {
	if j, ok := s.known[string(attr)]; ok {
		return j, nil
	}
	j, err := xmpp.ParseJID(xmpp.UnescapeAttr(attr))
	if err != nil {
		return j, err
	}
	if d := j.Domain(); d[0] == '.' || strings.Contains(d, "..") {
		return j, errors.New("parse address: an empty label") // RFC 7622 § 3.2, RFC 1034 § 3.1
	}
	if len(s.known) >= 16 {
		clear(s.known)
	} else if s.known == nil {
		s.known = map[string]xmpp.JID{}
	}
	s.known[string(attr)] = j
	return j, nil
}

// stop ends the session's stream after a reading error: the client has closed it, broken its rules, or is gone. It runs
// on the stream's goroutine, which is the one that ends a session that has a stream.
func (s *Session) stop(st *clientStream, err error) {
	switch gone, fate := s.leave(st, err); fate {
	case detached:
		s.srv.Registry.Fire(hook.Detached, s)
	case ending:
		defer func() {
			if gone != nil {
				<-gone // bounded by the time limit of a write
			}
		}()
		s.end()
	}
}

// What becomes of a session of which the stream has ended.
const (
	continued = iota // on another stream
	detached         // until it is resumed
	ending
)

// leave says the last words for an error and decides what becomes of the session. gone is closed when they are written; it
// may be nil.
func (s *Session) leave(st *clientStream, err error) (gone chan struct{}, fate int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st != st { // a new stream has taken over
		return nil, continued
	}
	if _, told := streamError(err); told || errors.Is(err, wire.ErrClosed) {
		s.say(err)
	} else if s.detach() {
		return nil, detached
	}
	s.over = true
	return s.gone, ending
}

// Kick ends the session's stream with an error.
func (s *Session) Kick(e stream.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over:
	case s.st != nil:
		s.say(e)
	default:
		s.giveUp()
	}
}

// say queues the last words for an error, once; the connection is closed behind them. The caller holds mu, and there is a
// stream.
func (s *Session) say(err error) {
	if s.closing {
		return
	}
	s.deaf.Store(true)
	s.st.hurry()
	s.buffer()
	s.out.last(err)
	s.closing, s.gone = true, make(chan struct{})
	s.schedule()
}

// giveUp ends the session without a word: by the goroutine that has it, so that nobody is told of its end while a
// stanza of it is being handled. The caller holds mu.
func (s *Session) giveUp() {
	if s.over {
		return
	}
	s.over = true
	s.deaf.Store(true)
	switch {
	case s.st != nil:
		s.st.hurry()
		go s.st.conn.Close() // its goroutine notices; with TLS it may take a moment
	case s.sm != nil && s.sm.taking: // resume notices
	default:
		go s.srv.guard(s, s.end) // Shutdown waits for it
	}
}

// abandon ends a session whose stream has failed by a mistake of ours.
func (s *Session) abandon(st *clientStream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st == st {
		s.st, s.out = nil, nil
		s.giveUp()
	}
}

// cut closes the connection without a word.
func (s *Session) cut() {
	s.mu.Lock()
	st := s.st
	s.mu.Unlock()
	if st != nil {
		st.hurry()
		st.conn.Close()
	}
}

// end ends the session for good, once: it is not reachable any more, those who follow sessions are told, and what its client
// has not confirmed goes back to the router. Then its address is free.
func (s *Session) end() {
	s.once.Do(func() {
		defer close(s.ended) // whatever happens: others wait for it
		defer s.srv.vacate(s)
		left, id, base := s.leftovers()
		defer s.settled()
		defer s.srv.Router.Undelivered(s.jid.Bare(), left) // also when a module fails
		s.count(id, base)
		s.srv.Registry.Fire(hook.Closed, s)
	})
	<-s.ended
}

// count waits until what has come is handled, and notes how much that was: whoever looks for the resumption's id meanwhile finds the
// session, or that.
func (s *Session) count(id string, base uint32) {
	defer close(s.counted)
	defer s.srv.forget(id)
	s.srv.Router.Unbind(s)
	s.in.Wait()
	if id != "" {
		s.srv.lapsed.add(id, s.jid.Bare(), s.in.Handled()-base)
	}
}

// leftovers ends what is sent to the session and takes what its client has not confirmed; id is that of its resumption, base how much
// had arrived before that counts.
func (s *Session) leftovers() (left []xmpp.Frame, id string, base uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if s.sm != nil {
		left, id, base = s.sm.take(), s.sm.id, s.sm.base
	}
	left = append(append(left, s.csi.take()...), s.held...)
	s.held = nil
	return left, id, base
}
