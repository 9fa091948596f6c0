// Package roster keeps contacts and presence: RFC 6121 § 2 (roster), § 3 (subscriptions) and § 4 (presence), and the
// shared roster that makes everyone of a domain everyone's contact without asking.
//
// The shared roster is computed when it is read, never written: a domain's view lists its accounts, and every account's
// list is its own items merged with the view of its domain. Only what a user changes about a colleague is stored, as an
// overlay. Among colleagues everything counts as subscription both.
//
// In a domain with too many accounts for that, each account has a view of its own, its circle: the members of its groups, and
// recent contacts, with whom it has exchanged messages in the last 30 days. Both relations are the same from either side.
// Whom somebody adds or edits there becomes a contact of both in their own lists (docs/decisions/0007-large-domains.md).
//
// The lists of accounts with sessions are held in memory as immutable snapshots: a broadcast reads one without a lock
// and sends one frame, whose bytes all sessions share.
//
// # Locks
//
// book.mu serialises the changes of one account's list, across the write to storage and the pushes that tell of it, so
// that clients get versions in their order; Session.Send is called with it. client.mu guards what one session has sent
// and is a leaf, as are exchanges.mu and Roster.mu, which guards the table of books; only stale.mu is taken inside that. Roster.turn serialises changes of views; book.mu is
// taken inside it. No two book.mu are held together, and none while the router or a hook is called.
package roster
