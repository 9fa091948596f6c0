package muc

import (
	"context"
	"errors"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
)

// post is a message on its way to everybody in a room.
type post struct {
	r       *room
	to      []receiver
	frame   xmpp.Frame
	past    *record // its place in the past; nil for what those who enter later need not see
	subject bool
	entry   [1]storage.Entry // of the archive; without Stanza it is not archived
	event   *event
	release func(error)           // called once, when the message is durable or has failed
	sender  receiver              // gets the error if it cannot be stored; zero: nobody
	heard   *heard                // nil: nobody is told
	retract func(context.Context) // work for storage that follows from the message; nil for none
}

// publish gives a message its place in the order of the room and in the archive. compose runs under r.mu and may refuse;
// hold is called when the message has to wait for its commit, its result with the outcome. publish does not block.
func (r *room) publish(hold func() func(error), compose func() (*post, error)) error {
	r.accept.Lock()
	r.mu.Lock()
	m, err := compose()
	if err != nil {
		r.mu.Unlock()
		r.accept.Unlock()
		return err
	}
	m.release = hold()
	keep := m.entry[0].Stanza != nil
	if keep {
		m.event = r.await(m.reflect)
	} else {
		m.commit(r.nextID())
		r.emit(m.reflect)
	}
	r.mu.Unlock()
	if keep {
		err = r.s.Log.AppendAsync(m.entry[:], m.committed)
	}
	r.accept.Unlock()
	if err != nil {
		m.frame.Tail = nil // whoever calls tells the sender
		r.settle(m.event)
		if errors.Is(err, storage.ErrBusy) {
			err = r.refuse(stanza.ResourceConstraint, "The room is busy. Please send the message again in a while.")
		}
		m.release(err)
		return err
	}
	if !keep {
		m.release(nil)
		m.heard.tell()
	}
	r.flush()
	return nil
}

// commit completes the frame. It is called before the event is ready: nobody else has the frame yet. r.mu is held.
func (m *post) commit(id int64) {
	m.frame.Tail = xmpp.AppendToTail(m.frame.Tail, xmpp.Message, m.r.appendStanzaID(make([]byte, 0, 160), id))
	if m.past != nil {
		*m.past = record{id, m.frame.Tail, time.UnixMicro(id), m.past.past}
	}
}

// committed runs on the log's goroutine.
func (m *post) committed(ids []int64, err error) {
	r := m.r
	if err != nil {
		refusal := r.refuse(stanza.ResourceConstraint, "The server has no room for the message. Please send it again later.")
		if !errors.Is(err, storage.ErrFull) { // of which the log has been told
			r.s.Logger.Error("message of a room not stored", "room", r.jid.String(), "err", err)
			refusal = r.refuse(stanza.InternalServerError, "The message could not be stored.")
		}
		m.fail(refusal)
		m.done(err)
		return
	}
	r.mu.Lock()
	m.commit(ids[0])
	r.mu.Unlock()
	if m.retract != nil && !r.s.later(m.retract) {
		r.s.Logger.Warn("retracted message stays in the archive: too much waits for storage", "room", r.jid.String())
	}
	if m.subject && r.s.later(m.keepSubject) {
		return // the worker stores the subject first
	}
	m.done(nil)
}

// done lets the message out.
func (m *post) done(err error) {
	m.r.settle(m.event)
	m.release(err)
	if err == nil {
		m.heard.tell()
	}
	m.r.s.release(m.r)
}

// keepSubject stores the subject and lets the message out.
func (m *post) keepSubject(ctx context.Context) {
	r := m.r
	r.change.Lock()
	r.mu.Lock()
	r.subject = m.subjectTail()
	rec, gone := r.record(), r.gone
	r.mu.Unlock()
	if !gone {
		if err := r.s.Store.PutRoom(ctx, rec); err != nil {
			r.s.Logger.Error("subject of a room not stored", "room", r.jid.String(), "err", err)
		}
	}
	r.change.Unlock()
	m.subject = false
	m.done(nil)
}

// subjectTail is the message as those get it who enter later (§ 7.2.15).
func (m *post) subjectTail() []byte { return withChild(m.frame.Tail, m.r.delay(m.r.s.Now())) }

// reflect sends the message to everybody.
func (m *post) reflect() {
	if m.frame.Tail == nil {
		return
	}
	if m.subject { // of a room that is not stored
		m.r.mu.Lock()
		m.r.subject = m.subjectTail()
		m.r.mu.Unlock()
	}
	for i := range m.to {
		m.r.send(&m.to[i], m.frame)
	}
}

// fail makes the event empty and tells the sender.
func (m *post) fail(refusal error) {
	if st := parsed(m.frame); st != nil && !m.sender.to.IsZero() {
		st.From, st.To = m.sender.to, m.r.jid
		if reply, ok := xmpp.ErrorReply(st, refusal); ok {
			m.r.send(&m.sender, reply)
		}
	}
	m.frame.Tail = nil
}
