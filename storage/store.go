package storage

import "context"

// Store is everything an engine offers. Only package server sees it whole: each module declares or takes the small
// interface that it uses.
type Store interface {
	Accounts
	Clients
	Invites
	AppPasswords
	Audits
	Rosters
	Recents
	Log
	Archive
	Docs
	PubSub() PubSub
	Rooms() Rooms
	Aliases
	Uploads
	// Backup writes a consistent copy into a new file while the store is in use.
	Backup(ctx context.Context, file string) error
	// Close waits for what has been accepted and closes.
	Close() error
}
