package c2s

import (
	"errors"
	"strconv"
	"time"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// settleTime is how long a resumption waits for what the client sent before the cut to be handled.
const settleTime = 15 * time.Second

// resume continues a session on this stream (XEP-0198 § 5). It is nil, nil when that cannot be: the client may bind.
func (st *clientStream) resume(el *xmpp.Stanza) (*Session, error) {
	s, failed, err := st.takeUp(string(el.Attr("previd")), string(el.Attr("h")),
		func(_ xmpp.JID, resumed *xmpp.Element) *xmpp.Element { return resumed })
	if failed != nil {
		return nil, st.tell(failed)
	}
	return s, err
}

// takeUp continues a session on this stream, or tells why that failed. answer makes what is sent before everything else
// of what the specification wants to be sent to the session.
func (st *clientStream) takeUp(id, handled string, answer func(xmpp.JID, *xmpp.Element) *xmpp.Element) (_ *Session, failed *xmpp.Element, _ error) {
	s := st.srv.resumable(id)
	if s == nil || s.jid.Bare() != st.user { // the same answer to a foreign id and to one that never was
		return nil, st.unknown(id), nil
	}
	h, ok := parseCount(handled)
	if !ok {
		return nil, smFailed("bad-request"), nil
	}
	if sent, bad := s.impossible(h); bad { // XEP-0198 § 6; before anybody loses the session by it
		return nil, nil, tooHigh(h, sent)
	}
	if !s.takeOver() {
		s.awaitCount()
		return nil, st.unknown(id), nil
	}
	taken := true
	defer func() {
		if taken { // by a mistake of ours: nobody else has it
			s.end()
		}
	}()
	in, settled := s.settle(st)
	archived, err := s.continueOn(st, h, in, settled, answer)
	taken = false
	if archived != 0 && s.srv.Confirm != nil {
		s.srv.Confirm(s.jid.Bare(), archived)
	}
	switch {
	case errors.Is(err, errGone):
		s.end() // which has counted
		return nil, st.unknown(id), nil
	case errors.Is(err, errUnsettled):
		return nil, smFailed("resource-constraint"), nil
	case err != nil:
		return nil, nil, err
	}
	st.srv.Registry.Fire(hook.Resumed, s)
	return s, nil, nil
}

// unknown refuses to resume what is not there, and tells who had it how much had arrived (XEP-0198 § 5).
func (st *clientStream) unknown(id string) *xmpp.Element {
	failed := smFailed("item-not-found")
	if h, ok := st.srv.lapsed.find(id, st.user); ok {
		failed.Set("h", strconv.FormatUint(uint64(h), 10))
	}
	return failed
}

// awaitCount waits, for a session that is being ended, until it is known how much had arrived: its client sends the rest again.
func (s *Session) awaitCount() {
	s.mu.Lock()
	ending := s.over || s.closing
	s.mu.Unlock()
	if !ending {
		return
	}
	t := time.NewTimer(settleTime)
	defer t.Stop()
	select {
	case <-s.counted:
	case <-t.C:
	case <-s.srv.ctx.Done():
	}
}

var (
	errGone      = errors.New("resume: the session has ended meanwhile")
	errUnsettled = errors.New("resume: what was sent before is still being handled")
)

// settle waits until what the client sent before the cut is handled, so that it is counted whole and not sent again. It
// returns the count.
func (s *Session) settle(st *clientStream) (in uint32, ok bool) {
	handled := make(chan uint32, 1)
	s.in.WhenHandled(func(h uint32) { handled <- h })
	t := time.NewTimer(settleTime)
	defer t.Stop()
	select {
	case in = <-handled:
		return in, true
	case <-t.C:
	case <-st.srv.ctx.Done():
	}
	return 0, false
}

// continueOn puts the session on a stream: the client has handled h of what it was sent and gets the rest again.
func (s *Session) continueOn(st *clientStream, h, in uint32, settled bool, answer func(xmpp.JID, *xmpp.Element) *xmpp.Element) (archived int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sm.taking = false
	archived, ok := s.sm.confirm(h)
	s.watch()
	switch {
	case s.over: // replaced, expired or too slow meanwhile
		return archived, errGone
	case !settled:
		s.expireLater()
		return archived, errUnsettled
	case !ok: // a mistaken client may try again
		s.expireLater()
		return 0, tooHigh(h, s.sm.acked+uint32(len(s.sm.queue)))
	}
	s.st, s.client = st, st.describe()
	s.lang = st.lang
	s.buffer()
	s.out.element(answer(s.jid, xmpp.El(ns.SM, "resumed").Set("previd", s.sm.id).
		Set("h", strconv.FormatUint(uint64(in-s.sm.base), 10))))
	for i := range s.sm.queue {
		s.out.stanza(&s.sm.queue[i])
	}
	st.session.Store(s)
	s.schedule()
	return archived, nil
}

// impossible tells whether a client cannot have handled so much, and how much it was sent.
func (s *Session) impossible(h uint32) (sent uint32, bad bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over { // nothing is queued any more
		return 0, false
	}
	queued := uint32(len(s.sm.queue))
	return s.sm.acked + queued, h-s.sm.acked > queued // modulo 2^32 (§ 4)
}

// takeOver takes the session from its old connection, which may not have noticed that it is cut, and waits until nothing of it
// is being handled.
func (s *Session) takeOver() bool {
	old, ok := s.free()
	if old != nil {
		old.replaced()
		<-old.done
	}
	return ok
}

// free takes the session from its stream, if it has one, for the caller. It is false where the session cannot be taken.
func (s *Session) free() (old *clientStream, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.closing || s.sm.taking {
		return nil, false
	}
	old = s.st
	s.sm.taking = true
	if s.sm.expiry != nil {
		s.sm.expiry.Stop()
	}
	s.loose()
	return old, true
}

// replaced ends a stream of which the session was taken over, with the error that XEP-0198 § 5 asks for. Most such
// connections are dead, so it does not wait for long.
func (st *clientStream) replaced() {
	timer := time.AfterFunc(replaceTime, func() { st.srv.guard(st, st.abort) })
	st.fail(stream.Conflict)
	timer.Stop()
	st.abort()
}
