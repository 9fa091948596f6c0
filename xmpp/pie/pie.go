// Package pie reads the format in which servers hand over accounts (XEP-0227): a tree of hosts and users, in one file or in
// several that include each other. It reads a stream and holds one part of it at a time, a contact or a message, so a file may be
// larger than the memory.
package pie

import (
	"context"
	"errors"
	"fmt"

	"myna/xmpp"
)

// Verdict is what becomes of something that is imported.
type Verdict uint8

// The verdicts.
const (
	Added   Verdict = iota // it was not there
	Kept                   // the account has it, or something in its place, which stays
	Refused                // it cannot be kept here
)

// Ledger is told what becomes of a thing of a kind: "contacts", "messages". why is for people, and is there for what is refused.
type Ledger func(kind string, v Verdict, why string)

// Why is what a ledger is told of a thing that was refused as a client's would be: the text for people, which names the limit.
func Why(refused error) string {
	var r *xmpp.Refusal
	if errors.As(refused, &r) {
		for _, text := range r.Stanza.Text {
			return text
		}
	}
	return "it cannot be kept"
}

// Intake takes what a file has of one account. One goroutine calls it.
type Intake interface {
	// Take takes an element of the user, if it is one of its own; see Handler.Element. It sees those of others, too, and changes
	// nothing of them. Its error ends the import.
	Take(ctx context.Context, e *xmpp.Element) (taken bool, err error)
	// End is called after the last element.
	End(ctx context.Context) error
}

// Place is where something stands.
type Place struct {
	File string // "" for a single file
	Line int
}

// String is the place as it is shown: "people.xml:12".
func (p Place) String() string {
	if p.File == "" {
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Error is a mistake in a file.
type Error struct {
	Place
	Text string
}

// Error says where it is and what.
func (e *Error) Error() string { return e.Place.String() + ": " + e.Text }

// Bounds of a file.
const (
	maxElement = 32 << 20 // bytes of what is held at a time
	maxDepth   = 100      // of the tree
)
