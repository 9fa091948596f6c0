package hook

import (
	"context"

	"myna/xmpp"
)

// Target says to whom a request is addressed. Besides the two below it is the name of a hosted service: "groups",
// "upload", "pubsub".
type Target string

// The targets that every server has.
const (
	Server  Target = "server"  // a domain of ours
	Account Target = "account" // the bare address of an account; a request without to is for one's own
)

// Request is an IQ of type get or set that the server answers itself.
type Request struct {
	*xmpp.Stanza
	Payload *xmpp.Element // the request's one child, as a tree
	Session Session       // the client session that asks; nil when it came from elsewhere
	Owner   xmpp.JID      // whom it is about: the account's bare address, or the host

	// Stranger tells that an account is asked by somebody who does not see its presence, and who must not learn whether
	// it exists. Only handlers of PublicIQ see such requests; Owner may not exist then.
	Stranger bool

	// Reply answers a request whose handler returned Later: on any goroutine, once. Exactly one of the two is given;
	// both nil is an empty result.
	Reply func(result *xmpp.Element, err error)
}

// Own tells whether the account itself asks.
func (q *Request) Own() bool { return q.From.Bare() == q.Owner }

// RequestHandler answers a request: with the result's child or nil for an empty result, or with an error; an error that
// is no stanza error is logged and seen as internal-server-error. ctx ends when the server stops.
type RequestHandler func(ctx context.Context, q *Request) (*xmpp.Element, error)
