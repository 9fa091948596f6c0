package xmpp

import (
	"crypto/rand"
	"encoding/base32"
)

// nsClient is the content namespace of client streams; inside the server every stanza stands in it.
const nsClient = "jabber:client"

// NewMessage begins a message that a module sends; zero addresses and an empty type are left out.
func NewMessage(from, to JID, typ string, children ...*Element) *Element {
	return newStanza("message", from, to, typ, children)
}

// NewPresence begins a presence that a module sends.
func NewPresence(from, to JID, typ string, children ...*Element) *Element {
	return newStanza("presence", from, to, typ, children)
}

// NewIQ begins a request or result that a module sends; a request gets a new id.
func NewIQ(from, to JID, typ, id string, payload *Element) *Element {
	if id == "" {
		id = NewID()
	}
	return newStanza("iq", from, to, typ, []*Element{payload}).Set("id", id)
}

func newStanza(local string, from, to JID, typ string, children []*Element) *Element {
	e := El(nsClient, local)
	if !from.IsZero() {
		e.Set("from", from.String())
	}
	if !to.IsZero() {
		e.Set("to", to.String())
	}
	if typ != "" {
		e.Set("type", typ)
	}
	return e.Add(children...)
}

// NewID returns an unguessable identifier of 16 characters (80 random bits).
func NewID() string {
	var b [10]byte
	rand.Read(b[:])
	return base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}
