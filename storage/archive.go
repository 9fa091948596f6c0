package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Flags of an archived stanza.
type Flags uint8

// What is known of an archived stanza.
const (
	Sent    Flags = 1 << iota // the owner sent it; without it, the owner received it
	Waiting                   // worth delivering to the owner's next session if none has confirmed it (XEP-0160)
	Hidden                    // kept only until it is delivered: the owner has no archive, or the sender asked so
	NoBody                    // has no body: a marker, a receipt, a reaction
)

// Entry is a stanza to be archived for one owner: an account or a room, by its bare address.
type Entry struct {
	Owner  xmpp.JID
	Peer   xmpp.JID // the other side; full. For a room: the occupant's room address
	Kind   string   // the stanza's type: "chat", "groupchat", "normal", …
	Flags  Flags
	Stanza []byte // the frame: <message xmlns="jabber:client" …>…</message>, immutable
	Origin string // the sender's own id of the message (XEP-0359 origin-id or id), "" when none
}

// Record is an archived stanza. ID is its position in the owner's archive: microseconds since the epoch, made unique;
// it is the stanza-id (XEP-0359) and, rounded, the time of arrival.
type Record struct {
	Entry
	ID int64
}

// Time returns when the stanza arrived.
func (r *Record) Time() time.Time { return time.UnixMicro(r.ID).UTC() }

// Log takes stanzas at the speed of messages. One goroutine commits what has queued in one transaction.
type Log interface {
	// AppendAsync queues entries, which are committed together, and calls done when they are durable or have failed.
	// ids[i] is the id of entries[i]; the slice is only valid during the call. Calls of done come one after another in the order
	// of AppendAsync, on one goroutine of the log: done must not block. It returns ErrBusy, and never calls done, when the queue is
	// full. With no entries it is a barrier: done is called after all that was queued before.
	AppendAsync(entries []Entry, done func(ids []int64, err error)) error
	// Append is AppendAsync and waiting for it.
	Append(ctx context.Context, entries ...Entry) (ids []int64, err error)
	// Confirm notes that the owner's clients have what was received up to and including id: it will not wait for the
	// next session any more. It is cheap and lazy: written with a later commit, at most a moment after.
	Confirm(owner xmpp.JID, id int64)
}

// Query selects a page of an archive (XEP-0313 § 4, XEP-0059).
type Query struct {
	Owner             xmpp.JID
	With              xmpp.JID  // zero: everybody. Bare: all resources of it; full: that one
	Start, End        time.Time // zero: open. Inclusive
	AfterID, BeforeID int64     // MAM's after-id/before-id filters; exclusive; 0: open
	IDs               []int64   // exactly these; ErrNotFound when one is missing
	After, Before     int64     // RSM: the page after or before this id; exclusive; 0: not given
	Last              bool      // RSM <before/>: the last page
	Max               int       // most records of the page
	MaxBytes          int       // most bytes of their stanzas, though one is always there; 0: no bound
	Count             bool      // Page.Count is wanted
	Kinds             []string  // nil: all
	Origin            string    // "": all; else those with this Entry.Origin
	Newest            int       // looks through so many of the owner's newest records before BeforeID; 0: all. Not with IDs
	// Text selects what holds all its words, or longer ones that begin with them, whatever their case and diacritics; one
	// without a word finds nothing. "": all. What is found while the query runs may be left out.
	Text string
}

// Page tells where a page lies in its result.
type Page struct {
	Complete bool // no more records behind it in the direction of paging
	Count    int  // all records of the result; -1 when it was not asked for
	First    int  // index of the page's first record in the result; -1 when unknown
	Found    int  // records that were looked at because of their words: what a search for a text costs; 0 for others
}

// Dated is a stanza of an archive that was kept elsewhere.
type Dated struct {
	Entry
	At time.Time // when it arrived there
}

// Archive reads what the log has written. Hidden entries are found by Waiting only.
type Archive interface {
	// Query returns a page in the order of arrival. AfterID, BeforeID, After and Before must exist in the owner's archive:
	// else ErrNotFound. With IDs all filters but these are ignored. Max 0 gives no records: for counting. A search for Text
	// may have to read the archive first: when that takes some seconds it ends with ErrNotReady, and reading goes on without it.
	Query(context.Context, Query) ([]Record, Page, error)
	// Bounds returns the first and last record without their stanzas; ErrNotFound for an empty archive.
	Bounds(ctx context.Context, owner xmpp.JID) (first, last Record, err error)
	// Waiting returns what the owner received, is worth delivering (flag Waiting) and was not confirmed, oldest first, after id.
	// more tells that there may be others behind these.
	Waiting(ctx context.Context, owner xmpp.JID, after int64, most Most) (list []Record, more bool, err error)
	// Backdate puts stanzas of archives that were kept elsewhere in their places: the id of each is its time, made unique, and not
	// after now. known tells which were there before: they have the same time, or one soon after, and say the same. One
	// that was, and shall wait, and did not, waits, and is not known. With try nothing is written. A stanza that shall wait, but has its place before what the owner's
	// clients have confirmed, does not; one that is hidden, too, has no place then and counts as known.
	Backdate(ctx context.Context, list []Dated, try bool) (known []bool, err error)
	// Edit replaces an archived stanza's bytes (retraction, XEP-0424 § 5); ErrNotFound.
	Edit(ctx context.Context, owner xmpp.JID, id int64, stanza []byte) error
	// Trim removes the owner's records older than t, and all confirmed hidden ones; it works in small transactions.
	Trim(ctx context.Context, owner xmpp.JID, t time.Time) (removed int, err error)
	// Erase removes the owner's whole archive. Ids are never used again.
	Erase(ctx context.Context, owner xmpp.JID) error
	// Prefs returns the owner's archiving preferences; ErrNotFound where none were set (XEP-0441).
	Prefs(ctx context.Context, owner xmpp.JID) (ArchivePrefs, error)
	SetPrefs(ctx context.Context, owner xmpp.JID, p ArchivePrefs) error
}

// Most bounds what is read at once.
type Most struct {
	Records int
	Bytes   int  // of their stanzas, though one is always there; 0: no bound
	Heads   bool // without their stanzas
}

// ArchivePrefs says what is archived: Default is "always", "never" or "roster"; the lists override it (XEP-0441).
type ArchivePrefs struct {
	Default       string
	Always, Never []xmpp.JID
}
