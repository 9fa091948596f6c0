// Package sqldb implements storage.Store with handwritten SQL that SQLite and PostgreSQL both understand: $1
// placeholders, ON CONFLICT, RETURNING. What differs between them is in an Engine, which storage/sqlite makes.
//
// Everything that writes goes through one goroutine, the writer. It takes what has queued, archived stanzas
// (XEP-0313) and other changes alike, runs it in one transaction and commits: so many writes share one sync of the
// disk, nothing waits for a lock, and ids grow strictly. Reads run beside it on a few connections of their own.
package sqldb
