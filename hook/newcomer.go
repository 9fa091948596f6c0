package hook

import (
	"context"
	"errors"
	"net/netip"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
)

// Newcomer is a client stream on which nobody has signed in yet. It belongs to the stream's goroutine.
type Newcomer struct {
	Domain string     // the host that the client has asked for
	Lang   string     // of the stream, "" for none
	Remote netip.Addr // the client's address, behind proxies too
	State  any        // what the module that answers newcomers keeps of the stream; nil when the stream begins
}

// ErrUnserved is what Newcomers return for what they do not answer: the stream ends as if there were no module.
var ErrUnserved = errors.New("not for newcomers")

// Newcomers answers clients that have not signed in, so that they can get an account (XEP-0077 § 3.1.1). It is asked only
// on connections on which clients may sign in. Its methods run on the stream's goroutine and may read and write storage; ctx
// ends when the server stops.
type Newcomers interface {
	// Features lists what is announced beside the mechanisms.
	Features(n *Newcomer) []*xmpp.Element
	// Request answers an IQ of type get or set to the host as a RequestHandler does, or returns ErrUnserved.
	Request(ctx context.Context, n *Newcomer, typ string, payload *xmpp.Element) (*xmpp.Element, error)
	// Element answers an element that is no stanza with others, or returns ErrUnserved, or an error that the stream ends with:
	// a stream.Error or a StreamError.
	Element(ctx context.Context, n *Newcomer, e *xmpp.Element) ([]*xmpp.Element, error)
}

// Newcomers names who answers clients that have not signed in. One module does it.
func (r *Registrar) Newcomers(n Newcomers) {
	if r.reg.Newcomers != nil {
		panic("hook: two modules answer newcomers")
	}
	r.reg.Newcomers = n
	r.reg.log(r.module, "newcomers", "", "")
}

// StreamError is a stream error with an application-specific condition (RFC 6120 § 4.9.4).
type StreamError struct {
	Stream stream.Error
	App    *xmpp.Element
}

// Error says the condition.
func (e *StreamError) Error() string { return e.Stream.Error() + ": " + e.App.Local }

// Unwrap lets errors.As find the stream.Error.
func (e *StreamError) Unwrap() error { return e.Stream }
