package c2s

import (
	"strconv"
	"time"

	"mellium.im/xmpp/stream"

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
	bytes  int         // of queue
	acked  uint32      // stanzas that the client has confirmed
	base   uint32      // stanzas that had come in before stream management was switched on
	asked  bool        // a request is out
	expiry *time.Timer // runs while the session is detached
	until  time.Time   // when expiry is due
	taking bool        // a new stream is taking over, and its goroutine has the session
}

func (m *managed) push(f xmpp.Frame) {
	m.queue = append(m.queue, f)
	m.bytes += f.Len()
}

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
		m.bytes -= m.queue[i].Len()
	}
	m.drop(int(n))
	m.acked, m.asked = h, false
	return archived, true
}

// drop takes the first n frames off the queue. A short rest moves to the front, so that the memory is used again; a long one
// stays where it is: a client that confirms one by one does not make us move thousands each time.
func (m *managed) drop(n int) {
	rest := len(m.queue) - n
	switch {
	case rest == 0 && cap(m.queue) > shortQueue:
		m.queue = nil
	case rest <= shortQueue:
		copy(m.queue, m.queue[n:])
		clear(m.queue[rest:])
		m.queue = m.queue[:rest]
	default:
		clear(m.queue[:n])
		m.queue = m.queue[n:]
	}
}

// shortQueue is how many frames are moved without a thought.
const shortQueue = 64

func (m *managed) take() []xmpp.Frame {
	q := m.queue
	m.queue, m.bytes = nil, 0
	if m.expiry != nil {
		m.expiry.Stop()
	}
	return q
}

// manage handles an element of stream management inside a session.
func (s *Session) manage(el *xmpp.Stanza) error {
	switch el.Name.Local {
	case "enable":
		return s.enable(el)
	case "resume":
		s.nonza(smFailed("unexpected-request")) // XEP-0198 § 5: not with a bound resource
		return nil
	case "r", "a":
	default:
		return stream.UnsupportedStanzaType
	}
	s.mu.Lock()
	enabled := s.sm != nil
	s.mu.Unlock()
	if !enabled {
		s.nonza(smFailed("unexpected-request")) // XEP-0198 § 6
		return nil
	}
	if el.Name.Local == "r" {
		s.in.WhenHandled(s.acknowledge) // what came before is durable then, where it has to be
		return nil
	}
	h, ok := count(el)
	if !ok {
		return stream.PolicyViolation // XEP-0198 § 4: it must have a count
	}
	return s.confirm(h)
}

// acknowledge sends how much of what the client has sent is handled: what is now, so that the count never goes back when
// two acknowledgements overtake each other.
func (s *Session) acknowledge(uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sm == nil || s.over || s.closing {
		return
	}
	b := append(make([]byte, 0, 64), `<a xmlns="urn:xmpp:sm:3" h="`...)
	b = strconv.AppendUint(b, uint64(s.in.Handled()-s.sm.base), 10)
	s.raw(append(b, '"', '/', '>'))
	s.schedule()
}

func (s *Session) confirm(h uint32) error {
	archived, sent, ok := s.confirmed(h)
	if !ok {
		return tooHigh(h, sent)
	}
	if archived != 0 && s.srv.Confirm != nil {
		s.srv.Confirm(s.jid.Bare(), archived)
	}
	return nil
}

// confirmed notes what the client has confirmed, and asks for more where there is more.
func (s *Session) confirmed(h uint32) (archived int64, sent uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	archived, ok = s.sm.confirm(h)
	s.watch()
	if ok && len(s.sm.queue) > 0 && s.out == nil && s.st != nil && s.sm.shouldAsk() {
		s.raw([]byte(smRequest))
		s.schedule()
	}
	return archived, s.sm.acked + uint32(len(s.sm.queue)), ok
}

// enable switches stream management on (XEP-0198 § 3).
func (s *Session) enable(el *xmpp.Stanza) error {
	m, enabled := s.management(string(el.Attr("resume")), string(el.Attr("max")))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sm != nil {
		enabled = smFailed("unexpected-request") // § 3: once only
	}
	s.write(enabled)
	if s.sm == nil {
		s.manageBy(m)
	}
	s.schedule()
	return nil
}

// management makes stream management as a client wants it, and says what it got.
func (s *Session) management(resume, most string) (*managed, *xmpp.Element) {
	m := &managed{base: s.in.Taken()}
	enabled := xmpp.El(ns.SM, "enabled")
	if isTrue(resume) && (s.srv.Passing == nil || !s.srv.Passing(s.jid.Bare())) {
		m.id, m.limit = xmpp.NewID()+xmpp.NewID(), s.srv.Config.ResumeTime
		if n, err := strconv.Atoi(most); err == nil && n > 0 {
			m.limit = min(m.limit, time.Duration(n)*time.Second)
		}
		enabled.Set("id", m.id).Set("resume", "true").Set("max", strconv.Itoa(int(m.limit/time.Second)))
	}
	return m, enabled
}

// manageBy begins stream management: what is sent behind <enabled/> counts. The caller holds mu.
func (s *Session) manageBy(m *managed) {
	s.sm = m
	if m.id != "" && !s.over {
		s.srv.remember(m.id, s) // before the client can know the id
	}
}

// nonza sends an element that is no stanza.
func (s *Session) nonza(e *xmpp.Element) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(e)
	s.schedule()
}

// detach keeps the session for resumption when its connection is cut. It is false when it cannot be resumed. The caller
// holds mu.
func (s *Session) detach() bool {
	if s.sm == nil || s.sm.id == "" || s.closing || s.over {
		return false
	}
	s.loose()
	s.expireLater()
	return !s.over
}

// loose takes the session from its stream. A stream begins in the state active (XEP-0352 § 4.2). The caller holds mu.
func (s *Session) loose() {
	s.st, s.out = nil, nil
	s.csi.inactive = false
	for _, f := range s.csi.take() {
		s.emit(f)
	}
}

// expireLater starts the time in which the session can be resumed. The caller holds mu.
func (s *Session) expireLater() {
	s.sm.until = time.Now().Add(s.sm.limit)
	s.sm.expiry = time.AfterFunc(s.sm.limit, s.expire)
}

// expire ends a session that nobody has resumed in time. It is a timer's.
func (s *Session) expire() {
	if !s.srv.guard(s, s.expireNow) {
		s.srv.guard(s, s.end)
	}
}

func (s *Session) expireNow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.st == nil && !s.sm.taking && !time.Now().Before(s.sm.until) {
		s.giveUp()
	}
}

func count(el *xmpp.Stanza) (uint32, bool) { return parseCount(string(el.Attr("h"))) }

func parseCount(s string) (uint32, bool) {
	h, err := strconv.ParseUint(s, 10, 32)
	return uint32(h), err == nil
}

func smFailed(condition string) *xmpp.Element {
	return xmpp.El(ns.SM, "failed").Add(xmpp.El(ns.Stanzas, condition))
}
