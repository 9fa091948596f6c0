package muc

import (
	"context"
	"errors"
	"slices"
	"strings"

	"myna/storage"
	"myna/xmpp"
)

// keyRoles is where the stored configuration keeps the roles.
const keyRoles = "x-roles"

// maxRoles bounds how many people of a moderated room keep a role that their affiliation does not give.
const maxRoles = 1000

// keepRole notes the role that a moderator has given somebody: in a moderated room it is there at the next visit (§ 5.1.1
// SHOULD). r.mu is held; remembered has to be called when it is not.
func (r *room) keepRole(o *occupant) {
	usual := initialRole(o.aff, &r.conf)
	_, kept := r.roles[o.bare]
	different := o.role != usual && o.role != NoRole && r.conf.Moderated && r.group.IsZero()
	if !different && !kept || different && !kept && len(r.roles) >= maxRoles {
		return
	}
	if delete(r.roles, o.bare); different {
		r.roles[o.bare] = o.role
	}
	r.unsaved = true
}

// dropRole forgets the role that is kept for somebody. r.mu is held.
func (r *room) dropRole(bare xmpp.JID) { delete(r.roles, bare) }

// keptRole is the role that somebody had at the last visit to a moderated room. r.mu is held.
func (r *room) keptRole(bare xmpp.JID, aff Affiliation) (Role, bool) {
	if !r.conf.Moderated || aff >= Admin || aff == Outcast || aff == None && r.conf.MembersOnly {
		return NoRole, false
	}
	role, ok := r.roles[bare]
	return role, ok
}

// remembered has the worker store what changes without waiting for storage, the roles that are kept and the subject of a room
// without an archive, if it is not stored.
func (r *room) remembered() {
	fresh := false
	r.do(func() { fresh, r.unsaved = r.unsaved && r.conf.Persistent && !r.locked, false })
	if !fresh || !r.pin() {
		return
	}
	if !r.s.later(r.jid, following, r.storeRecord) {
		r.notStored("too much waits for storage")
		r.unpin()
	}
}

// notStored notes that the next change of the room has to store also what could not be stored now.
func (r *room) notStored(why any) {
	r.do(func() { r.unsaved = true })
	r.s.Logger.Error("roles and subject of a room not stored", "room", r.jid.String(), "err", why)
}

// storeRecord runs on the worker. The room does not leave memory before.
func (r *room) storeRecord(ctx context.Context) {
	defer r.s.release(r)
	defer r.unpin()
	err := r.changing(func() error {
		var rec storage.Room
		lasts := false
		if r.do(func() { rec, lasts = r.record(), r.conf.Persistent }); !lasts { // since just now
			return nil
		}
		return r.s.Store.PutRoom(ctx, rec)
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) { // destroyed
		r.notStored(err)
	}
}

// formatRoles is the set of kept roles as the configuration keeps it: "address=role", separated by spaces.
func formatRoles(m map[xmpp.JID]Role) string {
	list := make([]string, 0, len(m))
	for j, role := range m {
		list = append(list, j.String()+"="+role.String())
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func parseRoles(s string) (map[xmpp.JID]Role, bool) {
	m := map[xmpp.JID]Role{}
	for entry := range strings.FieldsSeq(s) {
		i := strings.LastIndexByte(entry, '=')
		if i < 0 {
			return nil, false
		}
		j, err := xmpp.ParseJID(entry[:i])
		role, ok := ParseRole(entry[i+1:])
		if err != nil || !ok {
			return nil, false
		}
		m[j] = role
	}
	return m, true
}
