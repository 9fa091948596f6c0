package muc

import (
	"errors"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
)

// create makes a room for somebody who enters one that does not exist (§ 10.1). It is locked until its owner has
// configured it.
func (s *Service) create(e *entry, j xmpp.JID) (*room, func(), error) {
	bare := e.from.Bare()
	switch s.Config.Of(j.Domain()).RoomCreation {
	case CreateEverybody: // docs/decisions/0020-rooms-of-strangers.md
		if _, ours := s.Router.Target(bare.Domain()); !ours {
			return nil, nil, refuseBy(j, stanza.NotAllowed, "There is no such room. Only people of this server may make rooms here.")
		}
	case CreateAdmins:
		if !s.IsAdmin(e.from, j.Domain()) {
			return nil, nil, refuseBy(j, stanza.NotAllowed, "Only administrators may make rooms here.")
		}
	default:
		return nil, nil, refuseBy(j, stanza.NotAllowed, "There is no such group. The administrator of your domain makes the groups.")
	}
	if limit := s.Config.Of(j.Domain()).MaxRoomsPerUser; limit > 0 && s.madeBy(bare) >= limit && !s.IsAdmin(e.from, j.Domain()) {
		return nil, nil, refuseBy(j, stanza.ResourceConstraint,
			"You have made "+itoa(limit)+" rooms, and there may not be more of them. Destroy one first.")
	}
	if err := s.unclaimed(j); err != nil {
		return nil, nil, err
	}
	r := newRoom(s, j)
	r.conf = defaultSettings()
	r.conf.rest = map[string]string{secretKey: newSecret(), makerKey: bare.String()}
	r.secret = []byte(r.conf.rest[secretKey])
	r.created, r.locked, r.pastKnown = s.Now().UTC(), true, true
	r.stand(bare, standing{aff: Owner})
	r.users = 1
	release := func() { r.unpin(); s.release(r) }
	taken := false
	err := r.changing(func() error { // before it can be configured, and keep anything
		s.mu.Do(func() {
			if _, taken = s.names[j]; !taken {
				s.names[j], s.rooms[j] = listing{maker: bare.String()}, r
			}
		})
		if taken || s.leaver == nil { // what a group has left, only groups know
			return nil
		}
		if err := s.unclaimed(j); err != nil { // again: groups look for the name after their claim, we for the claim after the name
			return err
		}
		return s.Wipe(s.ctx, j) // whatever a room of this name has left
	})
	switch {
	case err != nil:
		release()
		return nil, nil, err
	case taken:
		r, release, err := s.use(s.ctx, j)       // somebody else was faster
		if errors.Is(err, storage.ErrNotFound) { // or the one before has not quite ended
			err = refuseBy(j, stanza.ItemNotFound, endedText)
		}
		return r, release, err
	}
	e.created = true
	return r, release, nil
}

// unclaimed says that an address belongs to a group: a room that people make is never one that was a group before, with what was said
// there.
func (s *Service) unclaimed(j xmpp.JID) error {
	if s.leaver == nil {
		return nil
	}
	taken, err := s.leaver.Claimed(s.ctx, j)
	if err == nil && taken {
		err = refuseBy(j, stanza.NotAllowed, "This address belongs to a group.")
	}
	return err
}

// madeBy counts the rooms that somebody has made.
func (s *Service) madeBy(bare xmpp.JID) (n int) {
	maker := bare.String()
	s.mu.Read(func() {
		for _, l := range s.names {
			if l.maker == maker {
				n++
			}
		}
	})
	return n
}

// record is the room as storage keeps it. r.mu is held.
func (r *room) record() storage.Room { return r.recordOf(&r.conf, r.roles) }

// recordOf is record for another configuration and other kept roles.
func (r *room) recordOf(c *settings, roles map[xmpp.JID]Role) storage.Room {
	rec := storage.Room{JID: r.jid, Config: c.stored(), Group: r.group, Created: r.created}
	if len(roles) > 0 {
		rec.Config[keyRoles] = formatRoles(roles)
	}
	if r.subject != nil {
		rec.Subject = stored(r.subject)
	}
	return rec
}

// affiliations are all of the room, as storage keeps them. r.mu is held.
func (r *room) affiliations() []storage.Affiliation {
	list := make([]storage.Affiliation, 0, len(r.affs))
	for j, st := range r.affs {
		list = append(list, st.record(j))
	}
	return list
}

func (st standing) record(j xmpp.JID) storage.Affiliation {
	a := storage.Affiliation{JID: j, Affiliation: st.aff.String(), Nick: st.nick, Reason: st.reason, Managed: st.managed}
	if st.since != 0 {
		a.Since = time.UnixMicro(st.since).UTC()
	}
	return a
}
