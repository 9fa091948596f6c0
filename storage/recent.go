package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Pair is two accounts; their order means nothing.
type Pair [2]xmpp.JID

// Recents keeps who has exchanged messages with whom lately. Both accounts of a pair have each other, or neither has: what
// removes one half removes the other in the same transaction.
type Recents interface {
	// Recent lists whom an account has exchanged messages with, in no order.
	Recent(ctx context.Context, account xmpp.JID) ([]xmpp.JID, error)
	// IsRecent tells whether two accounts have exchanged messages.
	IsRecent(ctx context.Context, a, b xmpp.JID) (bool, error)
	// NoteRecent notes that pairs have exchanged messages at a time. An account keeps at most so many others: for more
	// the longest ago goes. It returns the pairs that were new or had to go; those of which an account does not exist
	// are passed over.
	NoteRecent(ctx context.Context, pairs []Pair, at time.Time, keep int) (changed []Pair, err error)
	// ForgetRecent removes pairs that were noted last before a time, at most max of them, and returns them.
	ForgetRecent(ctx context.Context, before time.Time, max int) (gone []Pair, err error)
}
