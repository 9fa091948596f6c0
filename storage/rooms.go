package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Room is a persistent room (XEP-0045).
type Room struct {
	JID     xmpp.JID
	Config  map[string]string // fields of muc#roomconfig without the prefix: "membersonly" → "1"
	Subject []byte            // the message that set the subject, as a frame; nil before the first
	Group   xmpp.JID          // the alias that this room is; zero for rooms that people made
	Created time.Time
}

// Affiliation is what somebody is to a room for good (XEP-0045 § 5.2).
type Affiliation struct {
	JID         xmpp.JID // bare, or a domain
	Affiliation string   // "owner", "admin", "member", "outcast"
	Nick        string   // reserved nick, "" for none
	Reason      string
	Managed     bool      // set by the reconciler of aliases, not by a person
	Since       time.Time // when a managed one became a member; zero: not known
}

// Rooms keeps rooms and their affiliations.
type Rooms interface {
	// PutRoom creates or replaces a room and applies a delta to its affiliations, in one transaction; the others stay.
	PutRoom(ctx context.Context, room Room, delta ...Affiliation) error
	Room(context.Context, xmpp.JID) (Room, error)
	// Rooms lists the rooms of a host; "" lists all.
	Rooms(ctx context.Context, host string) ([]Room, error)
	// DeleteRoom removes the room with affiliations. Its archive is erased by Archive.Erase.
	DeleteRoom(context.Context, xmpp.JID) error
	Affiliations(context.Context, xmpp.JID) ([]Affiliation, error)
	// Affiliation is what one address is to a room; ErrNotFound where it is nothing.
	Affiliation(ctx context.Context, room, who xmpp.JID) (Affiliation, error)
	// Ownerless lists the rooms that people made and nobody owns.
	Ownerless(context.Context) ([]xmpp.JID, error)
	// SetAffiliations applies a delta in one transaction; affiliation "none" removes.
	SetAffiliations(ctx context.Context, room xmpp.JID, delta []Affiliation) error
	// RoomsOf lists the rooms in which somebody has an affiliation other than outcast.
	RoomsOf(ctx context.Context, who xmpp.JID) ([]xmpp.JID, error)
}

// Alias is an address with targets; with GroupChat on it is a group: a room.
type Alias struct {
	JID           xmpp.JID // the address: sales@example.com
	Name          string   // display name
	Description   string
	Targets       []string // addresses: accounts, aliases, outside addresses, in the order given
	GroupChat     bool
	InternalOnly  bool
	Hidden        bool // not shown in the address list
	Everyone      bool // all accounts of the domain are targets
	Announcement  bool // only leads and Posters may post
	Posters       []xmpp.JID
	Leads         []xmpp.JID
	Membership    string // "hide" (default), "leave", "mandatory"
	History       string // for newcomers: "all" (default), "30d", "join"
	RetentionDays int    // 0: the domain's
	FilesOff      bool
	MentionAllOff bool
	Room          xmpp.JID // fixed at creation of the group; zero before
	Created       time.Time
	Deleted       time.Time // zero: not deleted. Kept 30 days for undelete
}

// SpaceRoom is the space of the documents of rooms (picture, invitations), owner the room.
const SpaceRoom = "muc"

// Spaces of the documents of aliases' pictures, owner the domain, key the time of creation of the alias (µs), which a renamed
// one keeps: what the picture is (AliasAvatar as JSON), and its bytes.
const (
	SpaceAliasAvatar = "alias-avatar"
	SpaceAliasImage  = "alias-image"
)

// AliasAvatar says what the picture of an alias is; zero: there is none.
type AliasAvatar struct {
	Hash string `json:"hash"` // SHA-1, hexadecimal
	Type string `json:"type"`
}

// Aliases keeps aliases. PutAlias and its siblings also queue the alias in the outbox, in the same transaction: the
// reconciler takes it from there, and after a crash finds it again.
type Aliases interface {
	// PutAlias creates or replaces an alias; ErrConflict when its address is an account. One without a room keeps the room
	// that it has: whoever read it before the reconciler gave it one does not take it away.
	PutAlias(context.Context, Alias) error
	// SetAliasRoom gives an alias its room, unless it has one. It does not queue the alias.
	SetAliasRoom(ctx context.Context, alias, room xmpp.JID) error
	Alias(context.Context, xmpp.JID) (Alias, error)
	// Aliases lists a domain's aliases, deleted ones too; "" lists all.
	Aliases(ctx context.Context, domain string) ([]Alias, error)
	// RenameAlias moves an alias to another address, and puts that in place of the former one in the targets of all other
	// aliases, all in one transaction; ErrConflict when the address is taken. It returns the others as they were before.
	RenameAlias(ctx context.Context, from, to xmpp.JID) (others []Alias, err error)
	// DropAlias removes a deleted alias for good.
	DropAlias(context.Context, xmpp.JID) error
	// Dirty returns addresses (aliases, or accounts that changed) that wait for the reconciler, oldest first: each
	// once, with its newest position.
	Dirty(ctx context.Context, max int) ([]DirtyRow, error)
	// MarkDirty queues an address; ClearDirty removes queued rows of it up to a position.
	MarkDirty(ctx context.Context, who ...xmpp.JID) error
	ClearDirty(ctx context.Context, row DirtyRow) error
}

// DirtyRow is a place in the reconciler's outbox.
type DirtyRow struct {
	Pos int64
	JID xmpp.JID
}
