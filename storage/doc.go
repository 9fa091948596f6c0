// Package storage declares what lasts: the records and one small interface per domain (accounts, contacts, archive,
// documents, publish-subscribe, rooms, aliases, uploads, audit). It holds no SQL; sqldb and its engines implement it,
// storagetest proves every implementation.
//
// Times are UTC. Addresses are prepared and bare unless a comment says otherwise. A method that finds nothing returns
// ErrNotFound; one whose condition does not hold returns ErrConflict; both are wrapped. Every write is durable when the
// method returns, and whole: after a crash all of it is there or nothing.
package storage

import (
	"errors"
	"fmt"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")
	ErrBusy     = errors.New("storage queue is full") // the log's bounded queue; the caller tries again later
	ErrClosed   = errors.New("storage is closed")
	ErrNotReady = errors.New("not ready yet") // the same is to be asked again in a moment
	// ErrFull is a write for which the disk has no room. It is fit to be seen by who wanted it: to be tried again later.
	ErrFull = fmt.Errorf("storage is full: %w", xmpp.Refuse(stanza.ResourceConstraint, "The server has no room to store this now. Please try again later."))
)
