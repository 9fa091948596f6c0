package hook

import (
	"errors"

	"myna/storage"
	"myna/xmpp"
)

// Drop is what a handler returns to end a stanza's way silently.
var Drop = errors.New("dropped")

// Later is what a request handler returns that will call Request.Reply itself.
var Later = errors.New("answered later")

// Stage is a point on the way of a message. Screen runs for every kind of stanza, the others for messages only.
type Stage uint8

// The stages in their order. Between Archive and Copy lies the commit: what Archive kept is durable.
const (
	Screen  Stage = iota // blocking, limits: may it pass?
	Amend                // what only the server may say is taken out or added
	Archive              // Packet.Keep
	Copy                 // carbons, push
	Rescue               // nobody took it: offline, or an error
	stages
)

// String returns the stage's name.
func (s Stage) String() string { return [...]string{"screen", "amend", "archive", "copy", "rescue"}[s] }

// Side says whose handlers run: those of the account that sends, or of the account that receives.
type Side uint8

// The two sides of a stanza's way.
const (
	Out Side = iota
	In
)

// Packet is a stanza on its way through the server. Handlers may keep it only until they return.
type Packet struct {
	*xmpp.Stanza
	Session Session  // the client session that sent it; nil when it came from elsewhere
	Side    Side     // whose handlers run
	Owner   xmpp.JID // the account whose handlers run, bare

	// Targets are the sessions of the receiving account that the delivery table has picked (RFC 6121 § 8.5); known
	// from the stage Archive on, at the side In. Empty: nobody can take it now.
	Targets []Session
	// Storable tells whether the delivery table lets it wait for the account's next session.
	Storable bool
	// Tail is the frame as it will be sent, complete from the stage Archive on. It is shared and must not be changed.
	Tail []byte
	// ArchiveID is the stanza's id in the owner's archive, 0 if it was not kept; known from the stage Copy on.
	ArchiveID int64

	entries []storage.Entry
	sides   []Side
	drop    uint64
	extra   []byte
	hold    func() (release func())
	spread  func(*xmpp.Stanza)
}

// MaxChildren is how many direct children a stanza may have: Strip can tell so many apart.
const MaxChildren = 64

// Strip takes a direct child out of the stanza before it is forwarded; i is its index in Children. Stages Screen and
// Amend may call it.
func (p *Packet) Strip(i int) { p.drop |= 1 << i }

// Stripped tells whether a child was taken out.
func (p *Packet) Stripped(i int) bool { return p.drop&(1<<i) != 0 }

// Append adds a child behind the others; it declares its own namespaces. Stages Screen and Amend may call it.
func (p *Packet) Append(child []byte) { p.extra = append(p.extra, child...) }

// Appended returns the children that were added by Append, for who builds its own stanza from this one.
func (p *Packet) Appended() []byte { return p.extra }

// Keep asks for the stanza to be archived before it goes on. Only the stage Archive calls it, once a side; the entry's
// Stanza may be left nil: then it is the frame.
func (p *Packet) Keep(e storage.Entry) {
	p.entries = append(p.entries, e)
	p.sides = append(p.sides, p.Side)
}

// Kept returns what was asked to be archived, and which side asked. The router calls it.
func (p *Packet) Kept() ([]storage.Entry, []Side) { return p.entries, p.sides }

// Hold delays the acknowledgement of the stanza (XEP-0198) until release is called: a service uses it that makes the
// stanza durable itself. release may be called on any goroutine, once.
func (p *Packet) Hold() (release func()) {
	if p.hold == nil {
		return func() {}
	}
	return p.hold()
}

// OnHold sets what Hold calls. The router calls it.
func (p *Packet) OnHold(f func() (release func())) { p.hold = f }

// Spread routes another stanza that the sender has asked for by this one: from the same session, through all stages, behind
// what the session has sent before. The stanza is handled (XEP-0198) when what was spread is. st must not be changed any
// more. What becomes of it, its sender is told as of everything it sends.
func (p *Packet) Spread(st *xmpp.Stanza) {
	if p.spread != nil {
		p.spread(st)
	}
}

// OnSpread sets what Spread calls. The router calls it.
func (p *Packet) OnSpread(f func(*xmpp.Stanza)) { p.spread = f }

// Changed tells whether a child was taken out or added.
func (p *Packet) Changed() bool { return p.drop != 0 || len(p.extra) > 0 }

// BuildTail makes Tail from the stanza, without what was stripped and with what was appended. The router calls it.
func (p *Packet) BuildTail() {
	if p.drop == 0 {
		p.Tail = p.Stanza.Tail(nil)
	} else {
		i := 0
		p.Tail = p.Stanza.Tail(func(*xmpp.Child) bool { i++; return p.drop&(1<<(i-1)) != 0 })
	}
	if len(p.extra) > 0 {
		p.Tail = xmpp.AppendToTail(p.Tail, p.Kind, p.extra)
	}
}

// Reset makes p ready for another stanza; it keeps memory. The router calls it.
func (p *Packet) Reset(st *xmpp.Stanza, s Session) {
	clear(p.entries) // they hold other stanzas' bytes
	*p = Packet{Stanza: st, Session: s, Targets: p.Targets[:0], entries: p.entries[:0], sides: p.sides[:0], extra: p.extra[:0]}
}

// Frame returns the frame to send to somebody.
func (p *Packet) Frame(to xmpp.JID) xmpp.Frame {
	return xmpp.Frame{Kind: p.Kind, To: to, Tail: p.Tail}
}
