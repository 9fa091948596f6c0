// Package push wakes the apps of people who have no client before their eyes (XEP-0357): it publishes a notification to
// the app's push service when a message comes for an account without an active session.
//
// Messages only put a note into a queue; one goroutine, Run, reads registrations, publishes, and hears how it went.
package push

import (
	"context"
	"fmt"
	"log/slog"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// Router is what Push needs of the router.
type Router interface {
	// Sessions returns the sessions of an account.
	Sessions(bare xmpp.JID) []hook.Session
	// Target says what a domain is to this server.
	Target(domain string) (hook.Target, bool)
	// Ask sends a request and calls done once, on any goroutine.
	Ask(iq *xmpp.Element, done func(answer *xmpp.Stanza, err error)) error
}

// Options are what a Push is made of.
type Options struct {
	Config *config.Options[Config]
	Docs   storage.Docs
	Router Router
	// Enabled tells whether somebody may sign in to an account.
	Enabled func(account xmpp.JID) bool
	// Wants tells whether somebody wants to hear of a message in a room, which may mention him or her (XEP-0492). It may
	// read storage. nil: yes.
	Wants  func(ctx context.Context, account, room xmpp.JID, mentioned bool) bool
	Logger *slog.Logger
}

// Push is the module.
type Push struct {
	Options
	registrations registrations
	queue         chan job
	counts        counts
	given         hook.Value[given]
	state         state // of Run's goroutine
}

// queued bounds the notes that wait; while it is full, notifications are lost, messages are not.
const queued = 4096

// New returns the module. Run must be running for it to notify.
func New(o Options) *Push {
	p := &Push{Options: o, queue: make(chan job, queued)}
	p.registrations.docs = o.Docs
	p.state.start()
	return p
}

// Register names what it does.
func (p *Push) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0357", Version: "0.4.1", Status: hook.Complete})
	r.Feature(hook.Account, ns.Push)                                // § 4.1
	r.IQ(hook.Account, xmpp.TypeSet, ns.Push, "enable", p.enable)   // § 5
	r.IQ(hook.Account, xmpp.TypeSet, ns.Push, "disable", p.disable) // § 6
	r.Received(hook.Copy, p.received)                               // § 7
	r.On(hook.Available, p.came)
	r.On(hook.Resumed, p.resumed)
	r.On(hook.Detached, p.detached)
}

// Bounds of a registration.
const (
	maxNode    = 1024
	maxOptions = 4096
)

// enable keeps a registration (§ 5).
func (p *Push) enable(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	service, node, err := p.named(q)
	if err != nil {
		return nil, err
	}
	// There are no push services here, and nobody else of this server shall get what was not asked for. An own client may be
	// one, for those who make apps.
	if _, ours := p.Router.Target(service.Domain()); ours && (service.IsBare() || service.Bare() != q.Owner) {
		return nil, xmpp.Refuse(stanza.ItemNotFound, "There is no push service at this address.")
	}
	reg := Registration{Service: service, Node: node}
	if x := q.Payload.Child(ns.DataForm, "x"); x != nil {
		v, err := form.Read(x)
		if err != nil || v.Type() != ns.PubSubOptions {
			return nil, xmpp.Refuse(stanza.BadRequest, "The form is none of publish-options.")
		}
		if reg.Options = string(x.Append(nil, "")); len(reg.Options) > maxOptions {
			return nil, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The options are too long: %d bytes at most.", maxOptions))
		}
	}
	limit := p.Config.Of(q.Owner.Domain()).Services
	return nil, p.registrations.edit(ctx, q.Owner, func(list []Registration) []Registration {
		list = append(without(list, service, node, true), reg) // § 5: the last request counts
		return list[max(0, len(list)-limit):]
	})
}

// disable forgets a registration, or all of a service (§ 6).
func (p *Push) disable(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	service, node, err := p.named(q)
	if err != nil {
		return nil, err
	}
	_, one := q.Payload.LookupAttr("", "node")
	return nil, p.registrations.edit(ctx, q.Owner, func(list []Registration) []Registration {
		return without(list, service, node, one)
	})
}

// named reads the service and the node of a request.
func (p *Push) named(q *hook.Request) (service xmpp.JID, node string, err error) {
	if !q.Own() || q.Session == nil {
		return service, "", xmpp.Refuse(stanza.Forbidden, "")
	}
	at := q.Payload.Attr("jid")
	if at == "" {
		return service, "", xmpp.Refuse(stanza.BadRequest, "The address of the push service is missing.")
	}
	if service, err = xmpp.ParseJID(at); err != nil {
		return service, "", xmpp.Refuse(stanza.JIDMalformed, "")
	}
	if node = q.Payload.Attr("node"); len(node) > maxNode {
		return service, "", xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The node is too long: %d bytes at most.", maxNode))
	}
	return service, node, nil
}
