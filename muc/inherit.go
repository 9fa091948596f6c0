package muc

import (
	"context"
	"errors"
	"slices"
	"strings"

	"myna/storage"
	"myna/xmpp"
)

// inherit gives rooms that have lost their last owner with the account new ones: every room has at least one (XEP-0045 § 10). It is
// false where it has to be done again.
func (s *Service) inherit(ctx context.Context) (done bool) {
	list, err := s.Store.Ownerless(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Logger.Error("rooms without owner not looked for", "err", err)
		}
		return false
	}
	for _, r := range s.inMemory() { // also those that do not last
		alone := false
		if r.do(func() { alone = r.group.IsZero() && r.owners() == 0 }); alone && !slices.Contains(list, r.jid) {
			list = append(list, r.jid)
		}
	}
	done = true
	for _, j := range list {
		r, release, err := s.use(ctx, j)
		if err == nil {
			err = r.changing(func() error { return r.move(ctx, r.heirs(), mover{}) })
			release()
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) { // it has ended
			done = false
			s.Logger.Error("room without owner gets none", "room", j.String(), "err", err)
		}
	}
	return done
}

// heirs are who owns a room without owner from now on: its admins, or else who has made it and is still a member. One that has
// neither stays as it is; administration shows it.
func (r *room) heirs() (moves []shiftOf) {
	r.do(func() {
		if !r.group.IsZero() || r.owners() > 0 {
			return
		}
		for j, st := range r.affs {
			if st.aff == Admin && j.Local() != "" { // not everybody of a domain
				moves = append(moves, r.owning(j))
			}
		}
		if len(moves) > 0 {
			return
		}
		maker, err := xmpp.ParseJID(r.conf.rest[makerKey])
		if err != nil || !r.s.Router.IsAccount(maker) || r.affiliation(maker) < Member { // put out by those who came after
			return
		}
		if _, waits := r.s.departed.waits(maker); !waits { // else it was the account before, which is not forgotten yet
			moves = append(moves, r.owning(maker))
		}
	})
	slices.SortFunc(moves, func(a, b shiftOf) int { return strings.Compare(a.jid.String(), b.jid.String()) })
	return moves
}

// owning makes somebody an owner. r.mu is held.
func (r *room) owning(j xmpp.JID) shiftOf {
	from := r.affs[j]
	return shiftOf{j, from, standing{aff: Owner, nick: from.nick}, ""}
}
