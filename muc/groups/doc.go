// Package groups keeps rooms equal to aliases: an alias with group chat is a room, and everybody whom its targets come to
// is a member of it. It speaks no protocol of its own: what clients see are the rooms of package muc (XEP-0045),
// mediated invitations (XEP-0045 § 7.8.2), bookmarks (XEP-0402, by package bookmarks, which follows this one), and
// direct invitations (XEP-0249) for members who write to the alias' own address.
//
// # Three layers
//
// The definition is the alias as an administrator wrote it. Resolve flattens it into members, a pure function over a
// Snapshot. The reconciler, one goroutine, makes the room's state what the members ask for.
//
// # How nothing is lost
//
// Whoever changes an alias or an account leaves its address in the outbox, in the same transaction. The reconciler takes
// addresses from there, finds the groups that they touch, brings each of them up to date, and removes an address when
// all groups of it are. Everything it does it can do again; at each start it looks at all groups. What it tells the
// members (bookmark, invitation) it notes before and after the telling: whoever was interrupted in between tells once more.
//
// # Documents
//
// Owner the host of rooms, space "group-rooms": localpart → the time of creation (µs) of the alias that it was given to,
// empty once that alias is gone for good: a name used again gets another room. Owner the room, space "group-members":
// bare address → the nick that was told to the member, behind a sign for how far; "=name" → the name of the room that was
// told. Owner the room, space "group-direct": bare addresses that got the direct invitation; space
// "group-former": the room as it was when it ended, for an alias that is restored; space "group-left": bare addresses of
// those who have left a group that lets them, and when; space "group-since": since when those were members who are out of
// the room for a while; space "group-avatar": which picture of the alias it was given.
package groups
