package muc

import (
	"context"
	"errors"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// destroyBy destroys the room for an owner, with its history (§ 10.9).
func (r *room) destroyBy(q *request, d *xmpp.Element) error {
	alternate := xmpp.JID{}
	if v := d.Attr("jid"); v != "" {
		var err error
		if alternate, err = xmpp.ParseJID(v); err != nil {
			return r.refuse(stanza.JIDMalformed, "The address of the other room is none.")
		}
	}
	e := destroyElement(d.ChildText(ns.MUCOwner, "reason"), alternate)
	if pw := d.ChildText(ns.MUCOwner, "password"); pw != "" {
		e.Add(xmpp.El(ns.MUCUser, "password").AddText(pw))
	}
	return r.destroy(r.s.ctx, e, true)
}

func destroyElement(reason string, alternate xmpp.JID) *xmpp.Element {
	e := xmpp.El(ns.MUCUser, "destroy")
	if !alternate.IsZero() {
		e.Set("jid", alternate.String())
	}
	if reason != "" {
		e.Add(xmpp.El(ns.MUCUser, "reason").AddText(reason))
	}
	return e
}

// destroy removes the room from storage and memory, and everybody from the room: each gets only the own end (§ 10.9).
//
// The name stays taken until all have been told, so that whoever enters the next room of it has heard the end of this one before. That is
// waited for without r.change: a subject on its way needs it before it lets those behind it out.
func (r *room) destroy(ctx context.Context, e *xmpp.Element, erase bool) error {
	told := make(chan struct{})
	if err := r.lastChange(func() error { return r.end(ctx, e, erase, told) }); err != nil {
		return err
	}
	defer r.s.mu.Do(func() {
		if r.s.names[r.jid].ending == r {
			delete(r.s.names, r.jid)
		}
	})
	r.flush()
	late := time.NewTimer(farewellTime)
	defer late.Stop()
	select {
	case <-told:
	case <-late.C:
	case <-ctx.Done():
	}
	return nil
}

// farewellTime bounds how long the name of a room stays taken that has ended.
const farewellTime = 10 * time.Second

// end is destroy; it closes told when everybody has been told. r.change is held.
func (r *room) end(ctx context.Context, e *xmpp.Element, erase bool, told chan struct{}) error {
	stored := false
	r.do(func() { stored, r.ending = r.conf.Persistent && !r.locked, true })
	if stored {
		if err := r.unstore(ctx, erase); err != nil {
			r.do(func() { r.ending = false })
			return err
		}
	}
	r.s.mu.Do(func() {
		r.mu.Do(func() { r.gone = true }) // nobody enters any more
		r.s.names[r.jid] = listing{ending: r}
		if r.s.rooms[r.jid] == r {
			delete(r.s.rooms, r.jid)
		}
	})
	var gone []*seat
	r.do(func() {
		for _, o := range r.present {
			gone = append(gone, r.evict(o, notice{more: e})...)
		}
		r.emit(func() { close(told) })
	})
	r.s.unfollowAll(gone, r)
	return nil
}

// unstore removes the room from storage, with its history if erase is set: also with what was said just now. The record goes last:
// whatever comes between, the room is still there and can be destroyed again, and nobody makes one of its name. r.change is held,
// and nothing goes to the archive any more.
func (r *room) unstore(ctx context.Context, erase bool) error {
	if err := r.quiet(ctx); err != nil {
		return err
	}
	if erase {
		if err := r.s.Wipe(ctx, r.jid); err != nil {
			return err
		}
	}
	if err := r.s.Store.DeleteRoom(ctx, r.jid); !errors.Is(err, storage.ErrNotFound) { // gone already: again after a failure
		return err
	}
	return nil
}

// quiet waits until the log has no message of the room any more.
func (r *room) quiet(ctx context.Context) error {
	var idle chan struct{}
	if r.do(func() {
		if r.logging > 0 {
			idle = make(chan struct{})
			r.idle = idle
		}
	}); idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// logged notes that the log has done with a message.
func (r *room) logged() {
	r.mu.Do(func() {
		if r.logging--; r.logging == 0 && r.idle != nil {
			close(r.idle)
			r.idle = nil
		}
	})
}

// Wipe removes what is left of a room that was destroyed: its history, its picture, its invitations.
func (s *Service) Wipe(ctx context.Context, room xmpp.JID) error {
	if err := s.eraseArchive(ctx, room); err != nil {
		return err
	}
	if s.Docs == nil {
		return nil
	}
	var errs []error
	for _, key := range [...]string{docVCard, docInvited, docTokens} {
		errs = append(errs, s.Docs.DeleteDoc(ctx, room, docSpace, key))
	}
	return errors.Join(errs...)
}

func (s *Service) eraseArchive(ctx context.Context, room xmpp.JID) error {
	if err := s.Archive.Erase(ctx, room); !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return nil
}

// evict ends an occupant's stay and tells only its own sessions. r.mu is held.
func (r *room) evict(o *occupant, n notice) []*seat {
	n.typ, n.aff, n.role, n.codes = xmpp.TypeUnavailable, None, NoRole, append([]int{codeSelf}, n.codes...)
	f := n.frame(o)
	to := r.sessionsOf(o)
	r.forget(o)
	r.emit(func() {
		for i := range to {
			r.send(&to[i], f)
		}
	})
	return o.seats
}
