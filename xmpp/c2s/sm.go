package c2s

import (
	"strconv"
	"time"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

const smRequest = `<r xmlns="urn:xmpp:sm:3"/>`

// managed is stream management of a session (XEP-0198): what was sent and not yet confirmed, in order. It is guarded
// by the session's mu.
type managed struct {
	id     string // resumption id; "" when the client cannot resume
	limit  time.Duration
	queue  []xmpp.Frame
	acked  uint32      // stanzas that the client has confirmed
	base   uint32      // stanzas that had come in before stream management was switched on
	asked  bool        // a request is out
	expiry *time.Timer // runs while the session is detached
	taking bool        // a new stream is taking over
}

func (m *managed) push(f xmpp.Frame) { m.queue = append(m.queue, f) }

// shouldAsk tells whether a request belongs behind what is written now: one is out at a time.
func (m *managed) shouldAsk() bool {
	if m.asked || len(m.queue) == 0 {
		return false
	}
	m.asked = true
	return true
}

// confirm drops what the client has confirmed, and returns the newest archived stanza among it. ok is false for a
// count that cannot be.
func (m *managed) confirm(h uint32) (archived int64, ok bool) {
	n := h - m.acked // modulo 2^32 (XEP-0198 § 4)
	if n > uint32(len(m.queue)) {
		return 0, false
	}
	for i := range m.queue[:n] {
		archived = max(archived, m.queue[i].Archived)
	}
	rest := copy(m.queue, m.queue[n:])
	clear(m.queue[rest:])
	m.queue = m.queue[:rest]
	if rest == 0 && cap(m.queue) > 64 {
		m.queue = nil
	}
	m.acked, m.asked = h, false
	return archived, true
}

func (m *managed) take() []xmpp.Frame {
	q := m.queue
	m.queue = nil
	if m.expiry != nil {
		m.expiry.Stop()
	}
	return q
}

// manage handles an element of stream management inside a session.
func (s *Session) manage(el *xmpp.Stanza) error {
	switch el.Name.Local {
	case "r":
		s.in.WhenHandled(s.acknowledge) // what came before is durable then, where it has to be
		return nil
	case "a":
		h, ok := count(el)
		if !ok {
			return stream.PolicyViolation
		}
		return s.confirm(h)
	case "enable":
		return s.enable(el)
	case "resume":
		s.nonza(smFailed("unexpected-request")) // XEP-0198 § 5: not with a bound resource
		return nil
	}
	return stream.UnsupportedStanzaType
}

// acknowledge sends how much of what the client has sent is handled.
func (s *Session) acknowledge(h uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sm == nil || s.over || s.closing {
		return
	}
	b := append(make([]byte, 0, 64), `<a xmlns="urn:xmpp:sm:3" h="`...)
	b = strconv.AppendUint(b, uint64(h-s.sm.base), 10)
	s.write(append(b, '"', '/', '>'))
	s.schedule()
}

func (s *Session) confirm(h uint32) error {
	s.mu.Lock()
	if s.sm == nil {
		s.mu.Unlock()
		return stream.PolicyViolation
	}
	archived, ok := s.sm.confirm(h)
	sent := s.sm.acked + uint32(len(s.sm.queue))
	if ok && len(s.sm.queue) > 0 && s.out == nil && s.st != nil && s.sm.shouldAsk() {
		s.write([]byte(smRequest))
		s.schedule()
	}
	s.mu.Unlock()
	if !ok {
		return tooHigh(h, sent)
	}
	if archived != 0 && s.srv.Confirm != nil {
		s.srv.Confirm(s.jid.Bare(), archived)
	}
	return nil
}

// enable switches stream management on (XEP-0198 § 3).
func (s *Session) enable(el *xmpp.Stanza) error {
	m := &managed{base: s.in.Taken()}
	enabled := xmpp.El(ns.SM, "enabled")
	if v := string(el.Attr("resume")); v == "true" || v == "1" {
		m.id, m.limit = xmpp.NewID()+xmpp.NewID(), s.srv.Config.ResumeTime
		if n, err := strconv.Atoi(string(el.Attr("max"))); err == nil && n > 0 {
			m.limit = min(m.limit, time.Duration(n)*time.Second)
		}
		enabled.Set("id", m.id).Set("resume", "true").Set("max", strconv.Itoa(int(m.limit/time.Second)))
	}
	s.mu.Lock()
	if s.sm != nil {
		s.mu.Unlock()
		s.nonza(smFailed("unexpected-request")) // § 3: once only
		return nil
	}
	s.write(enabled.Append(nil, ns.Client))
	s.sm = m // what is sent behind <enabled/> counts
	s.schedule()
	s.mu.Unlock()
	if m.id != "" {
		s.srv.remember(m.id, s)
	}
	return nil
}

// nonza sends an element that is no stanza.
func (s *Session) nonza(e *xmpp.Element) {
	s.mu.Lock()
	s.write(e.Append(nil, ns.Client))
	s.schedule()
	s.mu.Unlock()
}

// detach keeps the session for resumption when its connection is cut. It is false when it cannot be resumed.
func (s *Session) detach(st *clientStream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st != st {
		return s.st != nil || s.sm != nil && s.sm.taking // a new stream has taken over or is about to
	}
	if s.sm == nil || s.sm.id == "" || s.closing || s.over {
		return false
	}
	s.st, s.out = nil, nil
	for _, f := range s.csi.take() {
		s.emit(f)
	}
	s.csi.inactive = false
	s.sm.expiry = time.AfterFunc(s.sm.limit, s.expire)
	return true
}

// expire ends a session that nobody has resumed in time.
func (s *Session) expire() {
	s.mu.Lock()
	if s.st != nil || s.sm.taking {
		s.mu.Unlock()
		return
	}
	s.over = true
	s.mu.Unlock()
	s.end()
}

// resume continues a session on this stream (XEP-0198 § 5). It is nil, nil when that cannot be: the client may bind.
func (st *clientStream) resume(el *xmpp.Stanza) (*Session, error) {
	id := string(el.Attr("previd"))
	s := st.srv.resumable(id)
	if s == nil || s.jid.Bare() != st.user { // the same answer to a foreign id and to one that never was
		return nil, st.write(smFailed("item-not-found"))
	}
	h, ok := count(el)
	if !ok {
		return nil, st.write(smFailed("bad-request"))
	}
	if !s.takeOver() {
		return nil, st.write(smFailed("item-not-found"))
	}
	handled := make(chan uint32, 1)
	s.in.WhenHandled(func(h uint32) { handled <- h }) // what the client sent before the cut is counted whole
	in := <-handled

	s.mu.Lock()
	s.sm.taking = false
	archived, ok := s.sm.confirm(h)
	if s.over || !ok {
		sent := s.sm.acked + uint32(len(s.sm.queue))
		over := s.over
		if !over { // a mistaken client may try again
			s.sm.expiry = time.AfterFunc(s.sm.limit, s.expire)
		}
		s.mu.Unlock()
		if over {
			return nil, st.write(smFailed("item-not-found"))
		}
		return nil, tooHigh(h, sent)
	}
	s.st, s.client = st, st.conn.Describe()
	s.write(xmpp.El(ns.SM, "resumed").Set("previd", id).Set("h", strconv.FormatUint(uint64(in-s.sm.base), 10)).Append(nil, ns.Client))
	s.buffer()
	for i := range s.sm.queue {
		*s.out = s.sm.queue[i].Append(*s.out, "")
	}
	st.session.Store(s)
	s.schedule()
	s.mu.Unlock()
	if archived != 0 && s.srv.Confirm != nil {
		s.srv.Confirm(s.jid.Bare(), archived)
	}
	st.srv.Registry.Fire(hook.Resumed, s)
	return s, nil
}

// takeOver takes the session from its old connection, which may not have noticed that it is cut, and waits until nothing of it
// is being handled.
func (s *Session) takeOver() bool {
	s.mu.Lock()
	if s.over || s.closing || s.sm.taking {
		s.mu.Unlock()
		return false
	}
	old := s.st
	s.st, s.out, s.sm.taking = nil, nil, true
	if s.sm.expiry != nil {
		s.sm.expiry.Stop()
	}
	for _, f := range s.csi.take() {
		s.emit(f)
	}
	s.csi.inactive = false
	s.mu.Unlock()
	if old != nil {
		old.conn.Close()
		<-old.done
	}
	return true
}

func count(el *xmpp.Stanza) (uint32, bool) {
	h, err := strconv.ParseUint(string(el.Attr("h")), 10, 32)
	return uint32(h), err == nil
}

func smFailed(condition string) *xmpp.Element {
	return xmpp.El(ns.SM, "failed").Add(xmpp.El(ns.Stanzas, condition))
}
