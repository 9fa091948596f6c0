package hook

import (
	"mellium.im/xmpp/stream"

	"myna/xmpp"
)

// Presence is what a session has told the server of itself (RFC 6121 § 4). It is immutable.
type Presence struct {
	Priority int8
	Show     string // "", "away", "chat", "dnd", "xa"
	Status   string
	Tail     []byte // the last presence as a frame's tail, for those who ask later
}

// Session is a client session, as far as modules see it. It is implemented by package c2s; all methods may be called
// on any goroutine.
type Session interface {
	// JID returns the full address.
	JID() xmpp.JID
	// Send queues a frame and never blocks. It is false when the session has ended: the frame was not taken.
	Send(xmpp.Frame) bool
	// Presence returns what the session has told of itself; nil before its first presence and once it is unavailable.
	Presence() *Presence
	// SetPresence replaces it. Only the module that handles presence calls it.
	SetPresence(*Presence)
	// Detached tells whether the stream is cut and the session waits to be resumed (XEP-0198 § 5).
	Detached() bool
	// Pause holds back messages that are sent from now on, and all that is sent behind one, so that what waited for the session
	// can go first through direct. After release the held frames follow, but for those of which the archive's id is at most
	// upTo: direct has sent them. While there are several pauses it is the last release after which they follow.
	Pause() (direct func(xmpp.Frame) bool, release func(upTo int64))
	// Kick ends the session's stream with an error (RFC 6120 § 4.9). It does not wait.
	Kick(stream.Error)
	// Client says how it is connected, for people: "TLS 1.3 from 192.0.2.7".
	Client() string

	slots() *slots
}

// Payer is a session of which the server slows the reading by what its stanzas cause.
type Payer interface {
	// Charge notes that something the client has sent is copied to others: so many times, so many bytes each. It does not
	// block.
	Charge(copies, length int)
}

// Charge lets a session pay for copies, where it is one that does; nil is none.
func Charge(s Session, copies, length int) {
	if p, ok := s.(Payer); ok {
		p.Charge(copies, length)
	}
}

// Slots keeps what modules know of a session; a type that implements Session embeds it.
type Slots struct{ s slots }

//lint:ignore U1000 it makes types of other packages a Session, which staticcheck does not see
func (s *Slots) slots() *slots { return &s.s }
