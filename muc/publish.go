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
	from    xmpp.JID // the occupant; zero for the room itself
	by      *occupant
	frame   xmpp.Frame
	past    *record // its place in the past; nil for what those who enter later need not see
	subject bool
	entry   [1]storage.Entry // of the archive; without Stanza it is not archived
	event   *event
	release func(error)           // called once, when the message is durable or has failed
	sender  receiver              // gets the error if it cannot be stored; zero: nobody
	heard   *heard                // nil: nobody is told
	retract func(context.Context) // work for storage that follows from the message; nil for none
	share   func(context.Context) // notes the files that it brings; nil for none
	place   bool                  // a place is reserved for the work that has to be done before anybody hears the message
}

// claim reserves a place for the work that a message needs before anybody hears it: what cannot be done is refused, and not
// acknowledged. r.mu is held.
func (m *post) claim() error {
	if m.entry[0].Stanza == nil || m.retract == nil && !m.subject {
		return nil
	}
	if m.place = m.r.s.work.reserve(lane{m.r.jid, following}); !m.place {
		return m.r.refuse(stanza.ResourceConstraint, busyText)
	}
	return nil
}

// yield gives the place back that is not needed any more.
func (m *post) yield() {
	if m.place {
		m.place = false
		m.r.s.work.forgo(lane{m.r.jid, following})
	}
}

// publish gives a message its place in the order of the room and in the archive. compose runs under r.mu and may refuse;
// hold is called when the message has to wait for its commit, its result with the outcome. publish does not block.
func (r *room) publish(hold func() func(error), compose func() (*post, error)) error {
	var m *post
	err := r.accept.Err(func() (err error) {
		if m, err = under(r, func() (*post, error) { return r.line(hold, compose) }); err != nil || m.event == nil {
			return err
		}
		return m.log()
	})
	switch {
	case m == nil:
		return err
	case err != nil:
		if errors.Is(err, storage.ErrBusy) {
			err = r.refuse(stanza.ResourceConstraint, "The room is busy. Please send the message again in a while.")
		}
		m.release(err)
		return err
	case m.event == nil:
		m.follow()
		m.release(nil)
		m.heard.tell()
	}
	r.flush()
	return nil
}

// line puts a message at the end of the order: as an event that waits for its commit where it is archived, else as one that
// is ready. r.mu is held.
func (r *room) line(hold func() func(error), compose func() (*post, error)) (*post, error) {
	if r.gone || r.ending {
		return nil, r.refuse(stanza.ItemNotFound, endedText)
	}
	m, err := compose()
	if err != nil {
		return nil, err
	}
	if err := m.claim(); err != nil {
		return nil, err
	}
	m.release = hold()
	if m.entry[0].Stanza != nil {
		m.event = r.await(m.reflect)
		r.follows(m.by, m.event)
		r.logging++
		return m, nil
	}
	m.commit(r.nextID())
	r.emitOf(m.by, m.reflect)
	return m, nil
}

// log gives a message to the log. Where that fails, its event is empty and keeps none from those behind it; whoever calls
// tells the sender.
func (m *post) log() (err error) {
	given := false
	defer func() {
		if !given {
			m.yield()
			m.r.logged()
			m.frame.Tail = nil
			m.r.settle(m.event)
		}
	}()
	err = m.r.s.Log.AppendAsync(m.entry[:], m.committed)
	given = err == nil
	return err
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
	r, passed := m.r, false
	r.logged()
	defer func() {
		if !passed { // a panic: the message is durable, but not those behind it shall wait for it
			m.yield()
			m.frame.Tail = nil
			m.done(errPanic)
		}
	}()
	if err != nil {
		refusal := r.refuse(stanza.ResourceConstraint, "The server has no room for the message. Please send it again later.")
		if !errors.Is(err, storage.ErrFull) { // of which the log has been told
			r.s.Logger.Error("message of a room not stored", "room", r.jid.String(), "err", err)
			refusal = r.refuse(stanza.InternalServerError, "The message could not be stored.")
		}
		m.yield()
		m.fail(refusal)
		passed = true
		m.done(err)
		return
	}
	r.do(func() { m.commit(ids[0]) })
	m.follow()
	passed = true
	if !m.place {
		m.done(nil)
		return
	}
	m.place = false
	job := m.keepSubject // a worker stores the subject first
	if m.retract != nil {
		job = m.buryFirst
	}
	r.s.work.put(lane{r.jid, following}, job)
}

// follow has the worker note what the message brings.
func (m *post) follow() {
	if m.share != nil && !m.r.s.later(m.r.jid, following, m.share) {
		m.r.s.Logger.Warn("files not bound to a group: too much waits for storage", "room", m.r.jid.String())
	}
}

var errPanic = errors.New("room: panic")

// done lets the message out.
func (m *post) done(err error) {
	defer m.r.s.release(m.r)
	defer m.release(err)
	m.r.settle(m.event)
	if err == nil {
		m.heard.tell()
	}
}

// buryFirst lets a message out that takes back another one when the archive has a tombstone in the place of that: whoever
// hears of it does not find it any more.
func (m *post) buryFirst(ctx context.Context) {
	defer func() {
		if m.subject {
			m.keepSubject(ctx)
			return
		}
		m.done(nil)
	}()
	m.retract(ctx)
}

// keepSubject stores the subject and lets the message out.
func (m *post) keepSubject(ctx context.Context) {
	defer func() {
		m.subject = false
		m.done(nil)
	}()
	r := m.r
	err := r.changing(func() error {
		var rec storage.Room
		lasts := false
		r.do(func() {
			r.subject = m.subjectTail()
			rec, lasts = r.record(), r.conf.Persistent
		})
		if !lasts { // since just now
			return nil
		}
		return r.s.Store.PutRoom(ctx, rec)
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // destroyed
		r.s.Logger.Error("subject of a room not stored", "room", r.jid.String(), "err", err)
	}
}

// subjectTail is the message as those get it who enter later (§ 7.2.15).
func (m *post) subjectTail() []byte { return withChild(m.frame.Tail, m.r.delay(m.r.s.Now())) }

// reflect sends the message to everybody.
func (m *post) reflect() {
	if m.frame.Tail == nil {
		return
	}
	if m.subject { // of a room without an archive, or the worker has too much to do
		m.r.do(func() { m.r.subject, m.r.unsaved = m.subjectTail(), true })
		m.r.remembered()
	}
	for i := range m.to {
		if t := &m.to[i]; !t.screens(m.from) {
			m.r.send(t, m.frame)
		}
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
