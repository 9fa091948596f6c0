package muc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
)

// do calls f with the state of the room locked. A panic of f leaves the room usable: the lock is free, what f may have left
// half changed is mended from storage, and a room that cannot be mended ends for those in it, who may enter again. The panic
// goes on to whoever guards the goroutine.
func (r *room) do(f func()) {
	var broken *wreck
	done := false
	defer func() {
		switch {
		case done:
		case broken != nil:
			r.s.abandon(r, broken)
		default:
			r.mend()
		}
	}()
	r.mu.Do(func() {
		defer func() {
			if !done {
				broken = r.salvage()
			}
		}()
		f()
		done = true
	})
}

// under is do for what has a result and may fail.
func under[T any](r *room, f func() (T, error)) (v T, err error) {
	r.do(func() { v, err = f() })
	return v, err
}

const endedText = "The room has ended just now."

// changing calls f with the order of changes of what storage keeps held. A room that has ended meanwhile, or is being erased, does not
// change any more: that is storage.ErrNotFound, and item-not-found for who asked. After a panic of f the room is what storage says.
func (r *room) changing(f func() error) error {
	ending := false
	if r.mu.Do(func() { ending = r.ending }); ending { // which may take a while, for which nobody waits
		return r.hasEnded()
	}
	return r.lastChange(f)
}

// hasEnded is the error of what comes too late.
func (r *room) hasEnded() error {
	return fmt.Errorf("%w: %w", storage.ErrNotFound, r.refuse(stanza.ItemNotFound, endedText))
}

// lastChange is changing for who ends the room.
func (r *room) lastChange(f func() error) error {
	done := false
	defer func() {
		if !done {
			r.mu.Do(func() { r.mending = true })
			r.mend()
		}
	}()
	err := r.change.Err(func() error {
		if r.ended() {
			return r.hasEnded()
		}
		return f()
	})
	done = true
	return err
}

// ended tells whether the room is not in memory any more: destroyed, or given up.
func (r *room) ended() (gone bool) {
	r.mu.Do(func() { gone = r.gone })
	return gone
}

// wreck is what is left of a room that does not fit together.
type wreck struct {
	seats []*seat // who was in it
	lasts bool    // storage has it
}

// salvage looks at a room after a panic. What is only kept to be fast is made again. Where who is in the room does not fit
// together any more, or mending it has failed before, the room is taken out of service. r.mu is held.
func (r *room) salvage() *wreck {
	again := r.mending
	r.mending = true
	r.shift()
	r.reserved = map[string]xmpp.JID{}
	for j, st := range r.affs {
		if st.nick != "" {
			r.reserved[nickKey(st.nick)] = j
		}
	}
	if !again && r.sound() {
		for _, o := range r.present {
			o.stale()
		}
		return nil
	}
	w := &wreck{lasts: r.conf.Persistent && !r.locked}
	for _, st := range r.seats {
		w.seats = append(w.seats, st)
	}
	for _, o := range r.present {
		for _, st := range o.seats {
			if r.seats[st.full] != st {
				w.seats = append(w.seats, st)
			}
		}
	}
	r.gone, r.events, r.present = true, nil, nil
	clear(r.occupants)
	clear(r.seats)
	return w
}

// sound tells whether occupants, sessions and nicks fit together. r.mu is held.
func (r *room) sound() bool {
	seats := 0
	for _, o := range r.present {
		if r.occupants[o.key] != o || len(o.seats) == 0 {
			return false
		}
		for _, st := range o.seats {
			if st.occ != o || r.seats[st.full] != st {
				return false
			}
		}
		seats += len(o.seats)
	}
	return len(r.present) == len(r.occupants) && seats == len(r.seats)
}

// mend has the worker make a room what storage says, after a panic.
func (r *room) mend() {
	if !r.s.later(r.jid, following, r.restored) {
		r.s.Logger.Error("room not mended: too much waits for storage", "room", r.jid.String())
	}
}

// restored makes configuration and affiliations those of storage. It runs on the worker.
func (r *room) restored(ctx context.Context) {
	err := r.change.Err(func() error {
		r.mu.Do(func() { r.ending, r.fading = false, false })
		rec, err := r.s.Store.Room(ctx, r.jid)
		if err == nil {
			var affs []storage.Affiliation
			if affs, err = r.s.Store.Affiliations(ctx, r.jid); err == nil {
				r.become(rec, affs)
			}
		}
		return err
	})
	r.flush()
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // a room that does not persist has nothing else
		r.s.Logger.Error("room not mended", "room", r.jid.String(), "err", err)
	}
	r.mu.Do(func() { r.mending = false })
	r.s.release(r)
}

// become is restore for a room that people are in. r.change is held.
func (r *room) become(rec storage.Room, affs []storage.Affiliation) {
	var gone []*seat
	r.do(func() {
		if r.gone || r.locked {
			return
		}
		before, old := r.affs, r.conf
		r.affs = map[xmpp.JID]standing{}
		r.reserved = map[string]xmpp.JID{}
		r.restore(rec, affs)
		moved := map[xmpp.JID]bool{}
		for _, affs := range [...]map[xmpp.JID]standing{before, r.affs} {
			for j := range affs {
				if before[j] != r.affs[j] {
					moved[j] = true
				}
			}
		}
		r.shift()
		for j := range moved {
			gone = append(gone, r.carryOut(shiftOf{jid: j, from: before[j], to: r.affs[j]}, "", nil)...)
		}
		gone = append(gone, r.reform(&old)...)
		for _, o := range r.present { // whoever follows the versions gets whole lists
			for _, st := range o.seats {
				st.view = 0
			}
			r.review(o)
		}
	})
	r.s.unfollowAll(gone, r)
}

// abandon ends a room in memory that does not fit together any more: its sessions learn that they are out (status 333), and
// whoever enters again gets the room as storage has it.
func (s *Service) abandon(r *room, w *wreck) {
	s.mu.Do(func() {
		if s.rooms[r.jid] != r {
			return
		}
		delete(s.rooms, r.jid)
		if !w.lasts {
			delete(s.names, r.jid)
		}
	})
	s.Logger.Error("room given up after a panic", "room", r.jid.String(), "sessions", len(w.seats))
	slices.SortFunc(w.seats, func(a, b *seat) int { return strings.Compare(a.full.String(), b.full.String()) })
	for _, st := range w.seats {
		s.unfollow(st.session, r)
		from := r.jid
		if st.occ != nil {
			from = st.occ.addr
		}
		s.sendTo(st.session, st.full, outOf(from, st.full))
	}
}
