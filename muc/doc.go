// Package muc serves rooms: multi-user chat with roles, affiliations, configuration, history and invitations. It follows
// XEP-0045 (1.35.5), with XEP-0410 (self-ping), XEP-0421 (occupant ids), XEP-0359 (stanza ids), XEP-0249 (invitations
// that pass by) and the access rules of XEP-0313 for rooms. A room whose record names an alias is a group: the
// administrator manages it, package muc/groups through the methods in managed.go.
//
// # Order
//
// A room is in memory while somebody is in it. Its state changes at once, under its lock; what its occupants are sent
// about that goes into the room's queue of events, in the order of the changes. A message that has to be archived is an
// event that becomes ready with its commit; all later events wait behind it. So every occupant sees the order in which
// the room accepted things, the archive has the same order, and nobody waits for anybody.
//
// # Goroutines
//
// Presence and requests come on the goroutine of the client's session and may read and write storage. Messages may come
// on the goroutine of the archive's log: they never touch storage; what follows from them for storage (the subject, a
// member by invitation) is done by the service's worker. Locks, in the order in which they are taken: room.change (one
// change of what lasts at a time, held while storage is written), room.accept (one message at a time becomes an event
// and goes to the log), Service.mu, room.mu. The last two are never held while something is sent or stored. Each is held
// for one function and free after it, also after a panic; room.do says what becomes of the room then.
package muc
