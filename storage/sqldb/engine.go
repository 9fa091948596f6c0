package sqldb

import (
	"context"
	"database/sql"
)

// Engine is a database that has been opened and migrated, with the few things that engines do in their own way.
type Engine struct {
	Writer  *sql.DB // has at least one connection that may write
	Readers *sql.DB // has at least ReaderCount connections that only read
	// ReaderCount is how many reads may run at once.
	ReaderCount int
	// Begin starts the writer's transaction.
	Begin string
	// Inserter prepares the fast road of archived stanzas on the writer's connection.
	Inserter func(context.Context, *sql.Conn) (Inserter, error)
	// Texts is the full text index.
	Texts Texts
	// Full tells whether an error of a write is that the disk has no room.
	Full func(error) bool
	// Backup writes a consistent copy of the database into a new file.
	Backup func(ctx context.Context, file string) error
}

// Inserter writes archived stanzas inside the writer's transaction. Only the writer's goroutine calls it.
type Inserter interface {
	Insert(ctx context.Context, rows []Row) error
	// Index writes rows of archive_index; those that are there already stay.
	Index(ctx context.Context, rows []IndexRow) error
	Close() error
}

// Row is an archived stanza as the table holds it: addresses are numbers of the table owner.
type Row struct {
	ID, Owner, Peer int64
	Resource        string // of the peer
	Kind            string
	Flags           int64
	Origin          string
	Stanza          []byte
}
