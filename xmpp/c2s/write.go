package c2s

import (
	"slices"
	"strconv"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Send queues a frame.
func (s *Session) Send(f xmpp.Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.closing {
		return false
	}
	if s.paused > 0 && (!s.opened || f.Kind == xmpp.Message || len(s.held) > 0) {
		s.held, s.holding = append(s.held, f), s.holding+f.Len()
		if len(s.held) > s.srv.Config.ResumeStanzas || s.holding > s.srv.Config.ResumeBytes {
			s.overflow()
		}
		return true
	}
	s.pass(f)
	s.schedule()
	return true
}

// Pause holds back messages, and what is sent behind one (RFC 6120 § 10.1), until release is called.
func (s *Session) Pause() (direct func(xmpp.Frame) bool, release func(upTo int64)) {
	s.mu.Lock()
	s.paused++
	s.mu.Unlock()
	direct = func(f xmpp.Frame) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.over || s.closing {
			return false
		}
		s.pass(f)
		s.schedule()
		return true
	}
	return direct, s.unpause
}

func (s *Session) unpause(upTo int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused--
	s.skip = max(s.skip, upTo)
	if s.paused > 0 {
		return
	}
	held := s.held
	upTo, s.skip, s.held, s.holding = s.skip, 0, nil, 0
	for i := range held {
		switch id := held[i].Archived; {
		case id != 0 && id <= upTo:
		case s.over || s.closing:
			s.held = append(s.held, held[i]) // end gives them back
		default:
			s.pass(held[i])
		}
	}
	s.schedule()
}

// attach opens a new session for what is sent to it; first goes before everything that was sent already.
func (s *Session) attach(first xmpp.Frame) { s.start(func() { s.pass(first) }) }

// start is attach for a session that is told its address by say, which is called with mu held.
func (s *Session) start(say func()) {
	func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.opened = true
		if !s.over && !s.closing { // else somebody has asked for the same address at the same moment
			say()
		}
	}()
	s.unpause(0)
}

// pass sends a frame unless it may wait for the client to become active (XEP-0352). The caller holds mu.
func (s *Session) pass(f xmpp.Frame) {
	if s.csi.inactive {
		if f.Idle && s.csi.keep(f) {
			return
		}
		for _, w := range s.csi.take() { // one wake-up of the radio for all
			s.emit(w)
		}
	}
	s.emit(f)
}

// emit puts a frame in the order in which the client gets it. The caller holds mu.
func (s *Session) emit(f xmpp.Frame) {
	if f.Archived != 0 {
		s.recent.add(f.Archived, s.remembered())
	}
	if s.sm != nil && f.Kind != xmpp.NoStanza {
		s.sm.push(f)
		s.watch()
		if len(s.sm.queue) > s.srv.Config.ResumeStanzas || s.sm.bytes > s.srv.Config.ResumeBytes || s.overweight() {
			s.overflow()
			return
		}
	} else if f.Archived > s.written {
		s.written = f.Archived
	}
	if s.st == nil || s.closing {
		return // detached: the queue of unconfirmed stanzas keeps it
	}
	s.buffer()
	s.out.stanza(&f)
	if len(s.out.b) > s.srv.Config.QueueBytes {
		s.overflow()
	}
}

// write queues an element that is no stanza. The caller holds mu.
func (s *Session) write(e *xmpp.Element) {
	if s.st == nil || s.closing {
		return
	}
	s.buffer()
	s.out.element(e)
}

// raw is write for the text of an element that declares its namespace. The caller holds mu.
func (s *Session) raw(text []byte) {
	if s.st == nil || s.closing {
		return
	}
	s.buffer()
	s.out.raw(text)
}

// buffer makes sure that there is one. The caller holds mu, and there is a stream.
func (s *Session) buffer() {
	if s.out == nil {
		s.out = outs.Get().(*out)
		s.out.framing = s.st.framing()
	}
}

// overflow gives up a client that does not read or confirm: it loses its session, the server keeps its memory. What it
// has not confirmed goes back to the router. The caller holds mu.
func (s *Session) overflow() {
	if s.over {
		return
	}
	s.srv.Logger.Warn("client too slow", "session", s.jid.String())
	s.giveUp()
	s.lighten() // one such end may be enough for the account
}

// recent are the archive's ids of what a session was sent last, so that it is not sent again when another session of the
// account gives it back.
type recent struct {
	ids []int64 // a ring once it is full
	at  int
}

// maxRecent is how many are remembered while all sessions of the account confirm what they get. Of one that does not, as many may
// come back as wait for its confirmation: once these are more than maxUnwatched, the others remember as many.
const (
	maxRecent    = 64
	maxUnwatched = 32
)

func (r *recent) add(id int64, most int) {
	if len(r.ids) == most {
		r.ids[r.at] = id
		r.at = (r.at + 1) % most
		return
	}
	if r.at > 0 || len(r.ids) > most { // more are remembered from now on, or fewer
		r.ids, r.at = slices.Concat(r.ids[r.at:], r.ids[:r.at]), 0
		r.ids = slices.Clone(r.ids[max(0, len(r.ids)-most+1):])
	}
	r.ids = append(r.ids, id)
}

// remembered is how many ids the session remembers now.
func (s *Session) remembered() int {
	if s.purse == nil || s.purse.behind.Load() == 0 {
		return maxRecent
	}
	return max(maxRecent, s.srv.Config.ResumeStanzas)
}

// watch notes whether much of what the session was sent waits for its confirmation. The caller holds mu.
func (s *Session) watch() {
	switch n := len(s.sm.queue); {
	case s.purse == nil:
	case !s.behind && n > maxUnwatched && !s.over:
		s.behind = true
		s.purse.behind.Add(1)
	case s.behind && n <= maxUnwatched/2 && !s.over:
		s.unwatched()
	}
	s.weigh()
}

// The sessions of an account keep so many times what one of them may keep; one that keeps less than its share of that, of so many, does
// not end for it. What is less than a grain in one of them does not count: each message would have to be counted then.
const (
	keepers = 4
	shares  = 64
	grain   = 256 << 10
)

// weigh notes with the account how much the session keeps for its client. The caller holds mu.
func (s *Session) weigh() {
	if s.purse == nil || s.over {
		return
	}
	if d := s.sm.bytes - s.weight; d > grain || d < -grain {
		s.purse.kept.Add(int64(d))
		s.weight += d
	}
}

// overweight tells whether the account keeps too much, and the session some of it. The caller holds mu.
func (s *Session) overweight() bool {
	most := keepers * s.srv.Config.ResumeBytes
	return s.weight > most/shares && s.purse.kept.Load() > int64(most)
}

// unwatched ends that. The caller holds mu.
func (s *Session) unwatched() {
	if s.behind {
		s.behind = false
		s.purse.behind.Add(-1)
	}
}

// settled is called when what the session has left is with others.
func (s *Session) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unwatched()
	s.lighten()
}

// lighten takes what the session keeps off what its account does. The caller holds mu.
func (s *Session) lighten() {
	if s.weight != 0 {
		s.purse.kept.Add(-int64(s.weight))
		s.weight = 0
	}
}

// WasSent tells whether the session was sent the stanza that the account's archive knows by id, not long ago.
func (s *Session) WasSent(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.recent.ids, id)
}

// schedule lets a goroutine write what is queued, unless one does. The caller holds mu.
func (s *Session) schedule() {
	if s.flushing || s.st == nil || s.out == nil {
		return
	}
	s.flushing = true
	go s.flush(s.st)
}

// flush writes until nothing is queued. Where that fails by a mistake of ours, nobody knows what the client has got: the session
// ends, and what is not confirmed goes back to the router.
func (s *Session) flush(st *clientStream) {
	if !s.srv.guard(s, func() { s.drain(st) }) {
		s.spoiled(st)
	}
}

// drain writes until nothing is queued: each time all of it, in one write.
func (s *Session) drain(st *clientStream) {
	for {
		out, closing, written := s.next(st)
		if out == nil {
			return
		}
		err := st.send(out)
		out.recycle()
		if err == nil && written != 0 && s.srv.Confirm != nil {
			s.srv.Confirm(s.jid.Bare(), written)
		}
		if err == nil && !closing {
			continue
		}
		st.hurry()
		st.conn.Close() // the reading goroutine notices
		s.flushed(closing)
		return
	}
}

// next takes what is queued for a stream, nil for nothing: then nobody writes any more.
func (s *Session) next(st *clientStream) (o *out, closing bool, written int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st != st || s.out == nil {
		s.flushing = false
		s.schedule() // for a stream that has taken over meanwhile
		return nil, false, 0
	}
	if s.sm != nil && s.sm.shouldAsk() && !s.closing {
		s.out.raw([]byte(smRequest))
	}
	o, written = s.out, s.written
	s.out, s.written = nil, 0
	return o, s.closing, written
}

// flushed notes that nobody writes any more, and whether the last words were written.
func (s *Session) flushed(closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushing = false
	if closing {
		close(s.gone)
	} else {
		s.schedule()
	}
}

// spoiled ends a session of which the writing has failed by a mistake of ours.
func (s *Session) spoiled(st *clientStream) {
	defer st.abort()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushing = false
	if s.closing { // whoever said the last words waits for them
		select {
		case <-s.gone:
		default:
			close(s.gone)
		}
	}
	s.giveUp()
}

// poke asks a silent client for a sign of life: by an acknowledgement request, or by a ping (XEP-0199 § 4.1).
func (s *Session) poke() {
	if s.ask() {
		return
	}
	domain := s.jid.DomainJID()
	ping := xmpp.NewIQ(domain, s.jid, xmpp.TypeGet, "alive-"+strconv.FormatInt(int64(s.in.Taken()), 10), xmpp.El(ns.Ping, "ping"))
	s.Send(xmpp.FrameOf(ping))
}

// ask requests an acknowledgement; it is false where there are none.
func (s *Session) ask() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sm == nil {
		return false
	}
	s.raw([]byte(smRequest))
	s.schedule()
	return true
}
