package storage

import (
	"context"

	"myna/xmpp"
)

// RosterItem is one contact as the user's own roster holds it (RFC 6121 § 2.1.2).
type RosterItem struct {
	JID       xmpp.JID
	Name      string
	Groups    []string
	To, From  bool   // subscription: to, from, both (both true), none (both false)
	Ask       bool   // a subscription request is out (ask="subscribe")
	Approved  bool   // pre-approved (RFC 6121 § 3.4)
	PendingIn []byte // the contact's request that waits for an answer: the presence stanza; nil where there is none
	// Shared marks an overlay on an entry of the domain's shared roster: only Name and Groups of it count.
	Shared bool
}

// Listed tells whether the item is shown to clients: an item that only remembers a request is not (RFC 6121 § 3.1.3, A.2.1).
func (i *RosterItem) Listed() bool {
	return i.To || i.From || i.Ask || i.Approved || i.Shared || i.Name != "" || len(i.Groups) > 0 || i.PendingIn == nil
}

// RosterChange is an item, or its removal, with the version that it made.
type RosterChange struct {
	Version int64
	JID     xmpp.JID
	Item    RosterItem
	Removed bool
}

// Rosters keeps the users' own contacts.
type Rosters interface {
	// Roster returns all items, and the version of the newest change (0 before the first).
	Roster(context.Context, xmpp.JID) (items []RosterItem, version int64, err error)
	// RosterItem returns one item or ErrNotFound.
	RosterItem(ctx context.Context, owner, contact xmpp.JID) (RosterItem, error)
	// PutRosterItem writes an item and returns the new version, greater than all before.
	PutRosterItem(ctx context.Context, owner xmpp.JID, item RosterItem) (version int64, err error)
	// DeleteRosterItem removes an item (ErrNotFound), remembers the removal for RosterSince and returns the new version.
	DeleteRosterItem(ctx context.Context, owner, contact xmpp.JID) (version int64, err error)
	// RosterSince returns the changes after a version, oldest first, one per contact. ok is false where the version is
	// unknown or too old: then the whole roster has to be sent.
	RosterSince(ctx context.Context, owner xmpp.JID, version int64) (changes []RosterChange, ok bool, err error)
}
