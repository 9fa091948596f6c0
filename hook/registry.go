package hook

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"myna/xmpp"
)

type iqKey struct {
	target            Target
	typ, space, local string
}

type request struct {
	handle RequestHandler
	public bool
}

// ItemsHandler returns items for disco#items of an owner and a node; a nil list adds none.
type ItemsHandler func(ctx context.Context, q *Request, node string) ([]*xmpp.Element, error)

// NodeHandler returns the disco#info result of a node of an owner, nil where it is not one of its own.
type NodeHandler func(ctx context.Context, q *Request, node string) (*xmpp.Element, error)

// Registry is who does what. It does not change after it was built.
type Registry struct {
	Protocols   []Protocol
	PresenceOut Handler // nil: presence is only routed
	PresenceIn  Handler
	Newcomers   Newcomers // nil: clients only sign in

	streamFeatures []func(domain string) *xmpp.Element
	bindings       []binding
	bound          []func(Session) *xmpp.Element

	features   map[Target][]string
	featuresOf map[Target][]featureOf
	identities map[Target][]Identity
	forms      map[Target][]func(xmpp.JID) *xmpp.Element
	items      map[Target][]ItemsHandler
	nodes      map[Target][]NodeHandler
	iqs        map[iqKey]request
	hosts      map[Target]Handler
	addresses  []address
	toServer   map[xmpp.Kind][]ServerHandler
	stages     [2][stages][]StageHandler
	events     [events][]func(Session)
	lines      []string
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	return &Registry{
		features:   map[Target][]string{},
		featuresOf: map[Target][]featureOf{},
		identities: map[Target][]Identity{},
		forms:      map[Target][]func(xmpp.JID) *xmpp.Element{},
		items:      map[Target][]ItemsHandler{},
		nodes:      map[Target][]NodeHandler{},
		iqs:        map[iqKey]request{},
		toServer:   map[xmpp.Kind][]ServerHandler{},
		hosts:      map[Target]Handler{},
	}
}

// Add lets a module register under its name.
func (r *Registry) Add(name string, m Module) { m.Register(&Registrar{reg: r, module: name}) }

// Stage returns the handlers of a stage, in order.
func (r *Registry) Stage(side Side, s Stage) []StageHandler { return r.stages[side][s] }

// Request returns who answers a request, or nil.
func (r *Registry) Request(t Target, typ, space, local string) RequestHandler {
	return r.iqs[iqKey{t, typ, space, local}].handle
}

// Public tells whether strangers to an account may ask this of it.
func (r *Registry) Public(typ, space, local string) bool {
	return r.iqs[iqKey{Account, typ, space, local}].public
}

// Host returns who serves a hosted service, or nil.
func (r *Registry) Host(t Target) Handler { return r.hosts[t] }

// address is a kind of addresses that are no accounts.
type address struct {
	known  func(bare xmpp.JID) bool
	handle Handler
}

// Address returns who takes messages to an address that is no account, or nil.
func (r *Registry) Address(bare xmpp.JID) Handler {
	for _, a := range r.addresses {
		if a.known(bare) {
			return a.handle
		}
	}
	return nil
}

// ToServer returns who takes stanzas to a domain of ours itself.
func (r *Registry) ToServer(k xmpp.Kind) []ServerHandler { return r.toServer[k] }

// featureOf is a feature that not every owner has.
type featureOf struct {
	name string
	on   func(owner xmpp.JID) bool
}

// Features returns the features of a target with this address, in the order of registration.
func (r *Registry) Features(t Target, owner xmpp.JID) []string {
	list := slices.Clone(r.features[t])
	for _, f := range r.featuresOf[t] {
		if f.on(owner) {
			list = append(list, f.name)
		}
	}
	return list
}

// Identities returns what a target is.
func (r *Registry) Identities(t Target) []Identity { return r.identities[t] }

// StreamFeatures returns what the modules announce on the authenticated streams of a domain.
func (r *Registry) StreamFeatures(domain string) []*xmpp.Element {
	list := make([]*xmpp.Element, 0, len(r.streamFeatures))
	for _, f := range r.streamFeatures {
		list = append(list, f(domain))
	}
	return list
}

// formType returns what a form is about (XEP-0068 § 3.1), "" where it does not say.
func formType(x *xmpp.Element) string {
	for field := range x.Elements() {
		if field.Attr("var") == "FORM_TYPE" {
			return field.ChildText(field.Name.Space, "value")
		}
	}
	return ""
}

// Forms returns the forms of a target's disco#info, those of one type as one (XEP-0485 § 8.2).
func (r *Registry) Forms(t Target, owner xmpp.JID) []*xmpp.Element {
	var forms []*xmpp.Element
	for _, f := range r.forms[t] {
		e := f(owner)
		if e == nil {
			continue
		}
		i := slices.IndexFunc(forms, func(x *xmpp.Element) bool { return formType(x) == formType(e) })
		if i < 0 {
			forms = append(forms, e)
			continue
		}
		for field := range e.Elements() {
			if field.Attr("var") != "FORM_TYPE" {
				forms[i].Add(field)
			}
		}
	}
	return forms
}

// Items returns who adds to a target's disco#items.
func (r *Registry) Items(t Target) []ItemsHandler { return r.items[t] }

// Nodes returns who describes nodes of a target.
func (r *Registry) Nodes(t Target) []NodeHandler { return r.nodes[t] }

// Fire tells those who follow an event.
func (r *Registry) Fire(e Event, s Session) {
	each(r.events[e], s)
}

// each calls all, the others also when one panics: who follows sessions has to hear of their end.
func each(list []func(Session), s Session) {
	if len(list) > 0 {
		defer each(list[1:], s)
		list[0](s)
	}
}

// WriteTo prints who registered what, a line each, in the order of registration.
func (r *Registry) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, strings.Join(r.lines, "\n")+"\n")
	return int64(n), err
}

func (r *Registry) log(module, point, where, what string) {
	r.lines = append(r.lines, strings.TrimRight(fmt.Sprintf("%-14s %-14s %-10s %s", module, point, where, what), " "))
}
