package archive

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"time"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/wire"
)

// Bounds of what a session is given at once; a session that has more to come gets it as it confirms (mailbox.go).
const (
	batchRows  = 500
	batchBytes = 1 << 20
	pageRows   = 100
	pageBytes  = 256 << 10 // one message may have as much; what is read beyond batchBytes is read again
)

// available gives a session what waited for its account (XEP-0160 § 2). It runs on the session's goroutine. Where
// another session of the account has it already, there is nothing: what that one does not confirm comes back through
// the router.
func (a *Archive) available(s hook.Session) {
	if p := s.Presence(); p == nil || p.Priority < 0 {
		return
	}
	owner := s.JID().Bare()
	turn := a.turn(owner)
	turn.Lock()
	defer turn.Unlock()
	first := false
	a.boxes.with(owner, func(m *mailbox) {
		others := m != nil && m.caught > 0
		if a.join(m, s) && !others {
			first, m.giving, m.given, m.due, m.final = true, s, 0, false, false
		}
	})
	if first {
		a.giveFirst(owner, s)
	}
}

// giveFirst gives a session the first batch of what waited, which is mostly all.
func (a *Archive) giveFirst(owner xmpp.JID, s hook.Session) {
	direct, release := s.Pause()
	// Whoever delivers a message that is committed by now has done so when this returns.
	err := a.settle()
	if err == nil {
		a.unretracted(context.Background(), owner)
	}
	var live int64
	a.boxes.with(owner, func(m *mailbox) {
		if m != nil {
			live = m.live
		}
	})
	var b batch
	if err == nil {
		b, err = a.handOut(owner, 0, live, a.synced.Load(s), direct)
	}
	if b.last != 0 {
		// The same for those that were committed since: they were held back, and release drops what handOut has given.
		err = errFirst(err, a.settle())
	}
	release(b.last)
	if err != nil {
		a.Logger.Error("waiting messages not delivered", "session", s.JID().String(), "err", err)
		a.leave(s)
		return
	}
	a.gave(owner, s, b.last, b.more)
	a.waiting.reset(owner)
}

// updated follows the priority: a client that does not want what is sent to the account has to be given what waited
// when it does again.
func (a *Archive) updated(s hook.Session) {
	if p := s.Presence(); p != nil && p.Priority < 0 {
		a.leave(s)
	}
}

// batch is what handOut has given.
type batch struct {
	last  int64 // the newest row; 0 for none
	more  bool  // there are more than go at once
	ended bool  // the session takes nothing any more
}

// handOut gives what waits behind a row and before another (0: all), oldest first, as far as it goes at once. What the
// client finds in its archive, up to the row synced, is not given: it counts as confirmed with the row before it.
func (a *Archive) handOut(owner xmpp.JID, after, before, synced int64, give func(xmpp.Frame) bool) (b batch, err error) {
	ctx, cancel := background()
	defer cancel()
	b.last = after
	var next xmpp.Frame // to be given once it is known up to which row it stands for the archive
	var rest int64      // the row before it
	flush := func() bool {
		f := next
		next = xmpp.Frame{}
		if b.ended = f.Kind != xmpp.NoStanza && !give(f); b.ended {
			b.last = rest
		}
		return !b.ended
	}
	for rows, size := 0, 0; ; {
		list, others, err := a.Store.Waiting(ctx, owner, b.last, storage.Most{Records: pageRows, Bytes: pageBytes})
		if err != nil {
			flush()
			return b, err
		}
		for i := range list {
			r := &list[i]
			if before != 0 && r.ID >= before {
				flush()
				return b, nil
			}
			if rows >= batchRows || size >= batchBytes {
				b.more = flush()
				return b, nil
			}
			if r.ID > synced || r.Flags&storage.Hidden != 0 {
				if !flush() {
					return b, nil
				}
				if f, ok := late(r); ok {
					next, rest = f, b.last
					size += len(f.Tail)
				}
				rows++
			} else if next.Kind != xmpp.NoStanza {
				next.Archived = r.ID
			}
			b.last = r.ID
		}
		if !others {
			flush()
			return b, nil
		}
	}
}

// settle waits until everything that is committed was delivered.
func (a *Archive) settle() error {
	ctx, cancel := background()
	defer cancel()
	_, err := a.Store.Append(ctx)
	return err
}

// late is the frame of a row that is delivered later than it came (XEP-0160 § 2, XEP-0203 § 2), with the id by which the
// archive knows it (XEP-0359 § 3).
func late(r *storage.Record) (xmpp.Frame, bool) {
	f, ok := frameOf(r.Stanza)
	if !ok {
		return f, false
	}
	b := make([]byte, 0, len(f.Tail)+2*xmpp.TailGrow)
	b = append(b, f.Tail...)
	extra := appendDelay(make([]byte, 0, 2*xmpp.TailGrow), r.Owner.Domain(), r.Time())
	if r.Flags&storage.Hidden == 0 {
		extra = append(extra, `<stanza-id xmlns="urn:xmpp:sid:0" by="`...)
		extra = xmpp.AppendEscaped(extra, r.Owner.String())
		extra = append(extra, `" id="`...)
		extra = strconv.AppendInt(extra, r.ID, 10)
		extra = append(extra, `"/>`...)
	}
	f.Tail = xmpp.AppendToTail(b, xmpp.Message, extra)
	f.Archived = r.ID
	return f, true
}

// stampFormat is the profile of XEP-0082 § 3.2.
const stampFormat = "2006-01-02T15:04:05.000000Z"

func appendDelay(dst []byte, from string, at time.Time) []byte {
	dst = append(dst, `<delay xmlns="urn:xmpp:delay"`...)
	if from != "" {
		dst = append(dst, ` from="`...)
		dst = xmpp.AppendEscaped(dst, from)
		dst = append(dst, '"')
	}
	dst = append(dst, ` stamp="`...)
	dst = at.UTC().AppendFormat(dst, stampFormat)
	return append(dst, `"/>`...)
}

const storedHead = `<message xmlns="jabber:client"`

// frameOf is the frame whose bytes a row holds.
func frameOf(stored []byte) (f xmpp.Frame, ok bool) {
	f.Kind = xmpp.Message
	if tail, found := bytes.CutPrefix(stored, []byte(storedHead)); found { // as Frame.Append has written it
		rest, addressed := bytes.CutPrefix(tail, []byte(` to="`))
		if !addressed {
			f.Tail = tail
			return f, true
		}
		if to, tail, found := bytes.Cut(rest, []byte{'"'}); found {
			var err error
			f.To, err = xmpp.ParseJID(xmpp.UnescapeAttr(to))
			f.Tail = tail
			return f, err == nil
		}
	}
	st, err := wire.Parse(stored) // imported, perhaps
	if err != nil || st.Kind != xmpp.Message {
		return f, false
	}
	st.From, _ = xmpp.ParseJID(xmpp.Unescape(st.Attr("from")))
	f.To, _ = xmpp.ParseJID(xmpp.Unescape(st.Attr("to")))
	f.Tail = st.Tail(nil)
	return f, true
}

func errFirst(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// Run removes what is old, works off what waits, and carries out retractions, until ctx ends.
func (a *Archive) Run(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { a.entomb(ctx) })
	next := time.NewTimer(firstTrim)
	defer next.Stop()
	for round := 0; ; {
		select {
		case <-ctx.Done():
			return
		case owner := <-a.waiting.load:
			guard.Call(a.Logger, "count of waiting messages", func() { a.recount(ctx, owner) }, "owner", owner.String())
		case owner := <-a.boxes.wake:
			guard.Call(a.Logger, "waiting messages", func() { a.workOff(owner) }, "owner", owner.String())
		case <-next.C:
			guard.Call(a.Logger, "retention", func() { a.trim(ctx, round) })
			round++
			next.Reset(trimEvery)
		}
	}
}
