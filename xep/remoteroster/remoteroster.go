// Package remoteroster lets services manage contacts of accounts, each those of its own domain: a gateway keeps the contacts of
// another network in sync without asking about every one (XEP-0321). The server asks the user first, in a message with a form that
// can be answered by text too, and keeps what was said. The roster itself is package roster's, which asks here who may.
//
// Who may ask at all is an option, and nobody may by default: else anybody who is a contact could send questions in the name of
// the server.
package remoteroster

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// Options are what a RemoteRoster is made of.
type Options struct {
	Config *config.Options[Config]
	Docs   storage.Docs
	Router *router.Router
	// SharesPresence tells whether somebody sees the presence of an account; it may read storage.
	SharesPresence func(account, asker xmpp.JID) bool
	// Apart tells whether two do not communicate, because one blocks the other or by the lists of a domain.
	Apart func(account, other xmpp.JID) bool
	// Created is when an account of this server was made, zero where there is none of that address.
	Created func(account xmpp.JID) time.Time
	// Each lists the accounts of a domain, from memory.
	Each   func(domain string) iter.Seq[storage.Account]
	Hosts  []string
	Logger *slog.Logger
	Now    func() time.Time
}

// RemoteRoster is the module. Its methods may be called on any goroutine.
type RemoteRoster struct {
	Options
	grants grants
	tasks  tasks
	speaks hook.Value[bool] // the session of an account that is an entity has used the protocol
}

// New returns the module.
func New(o Options) *RemoteRoster {
	m := &RemoteRoster{Options: o, grants: grants{docs: o.Docs, created: o.Created}}
	m.tasks.wake = make(chan struct{}, 1)
	return m
}

// Register names what it does.
func (m *RemoteRoster) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0321", Version: "0.1.1", Status: hook.Complete,
		Note: "for the entities that an option names; of accounts of this server they change name and groups, not the subscription"})
	r.PublicIQ(xmpp.TypeSet, ns.RosterManagement, "query", m.set)          // § 4.1
	r.IQ(hook.Account, xmpp.TypeGet, ns.RosterManagement, "query", m.list) // § 4.5
	r.Sent(hook.Screen, m.named)                                           // § 4.5
	r.ToServer(xmpp.Message, "roster management", m.answered)              // § 4.1
}

// Possible tells whether somebody may ask the accounts of a domain.
func (m *RemoteRoster) Possible(domain string) bool { return len(m.Config.Of(domain).Entities) > 0 }

// The types of a query (§ 5).
const (
	request  = "request"
	allowed  = "allowed"
	rejected = "rejected"
	reject   = "reject" // § 4.5: what a user says
)

// set takes the request of an entity (§ 4.1), and from the user itself that it allows somebody no more (§ 4.5).
func (m *RemoteRoster) set(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	if q.Own() {
		return nil, m.refuse(ctx, q.Owner, xmpp.JID{}, q.Payload)
	}
	cfg := m.Config.Of(q.Owner.Domain())
	switch {
	case len(cfg.Entities) == 0:
		return nil, xmpp.Refuse(stanza.ServiceUnavailable, "")
	case q.Payload.Attr("type") != request:
		return nil, xmpp.Refuse(stanza.BadRequest, "The type of the query is request.")
	case q.Stranger || !m.SharesPresence(q.Owner, q.From): // § 4.1: a MUST
		return nil, xmpp.Refuse(stanza.Forbidden, "You need a presence subscription before you can ask to manage contacts.").WithType(stanza.Modify)
	case !cfg.names(q.From):
		return nil, xmpp.Refuse(stanza.NotAllowed, "The administrators do not let you ask to manage contacts.")
	}
	reason := strings.Join(strings.Fields(q.Payload.Attr("reason")), " ") // it stands among the server's own lines
	if len(reason) > maxReason {
		return nil, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("A reason may have %d bytes; this one has %d.", maxReason, len(reason)))
	}
	m.spoke(q)
	g, fresh, err := m.grants.ask(ctx, q.Owner, grant{Entity: q.From.Bare(), Via: q.From, Reason: reason, At: m.Now()})
	if err != nil {
		return nil, err
	}
	q.Reply(nil, nil) // § 4.1: a MUST, at once
	switch {
	case fresh:
		m.question(q.Owner, &g)
	case g.State == stateAllowed: // it may not know that it is so still
		m.tell(q.Owner, &g, answer(allowed))
	case g.State == stateRejected:
		m.tell(q.Owner, &g, answer(rejected))
	}
	return nil, hook.Later
}

// maxReason is how many bytes a reason may have.
const maxReason = 500

// Manages tells whether a request for the list of another account, or to change it, comes from who may do so (§ 4.2, § 4.4).
func (m *RemoteRoster) Manages(ctx context.Context, q *hook.Request) (bool, error) {
	_, ok, err := m.may(ctx, q.Owner, q.From.Bare())
	if ok {
		m.spoke(q)
	}
	return ok, err
}

// may tells whether an entity manages contacts of an account now.
func (m *RemoteRoster) may(ctx context.Context, account, entity xmpp.JID) (g grant, ok bool, err error) {
	if !m.Config.Of(account.Domain()).names(entity) {
		return g, false, nil
	}
	g, err = m.grants.of(ctx, account, entity)
	if err != nil || g.State != stateAllowed {
		return g, false, err
	}
	if !m.SharesPresence(account, entity) { // § 4.1.3: with the subscription the permission has ended
		return g, false, m.end(ctx, account, entity)
	}
	return g, !m.Apart(account, entity), nil
}

// spoke remembers that a client of an account understands what it is told.
func (m *RemoteRoster) spoke(q *hook.Request) {
	if q.Session != nil {
		m.speaks.Store(q.Session, true)
	}
}

// answer is what an entity is told.
func answer(typ string) *xmpp.Element { return xmpp.El(ns.RosterManagement, "query").Set("type", typ) }
