// Package disco answers service discovery (XEP-0030) for the server, its accounts and its hosted services, from what
// the modules have registered, with extensions (XEP-0128) and the server's own entity capabilities (XEP-0115,
// XEP-0390).
package disco

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Disco is the module.
type Disco struct {
	registry *hook.Registry
	services []hook.Target // hosted services, each with its names
	names    func(t hook.Target, domain string) string
	guest    func(account xmpp.JID) bool
	caps     atomic.Pointer[sync.Map] // domain → *capabilities
}

// Options are what a Disco is made of.
type Options struct {
	Registry *hook.Registry
	Services []hook.Target
	// Name is a service's name for a domain, "" where it has none.
	Name func(t hook.Target, domain string) string
	// Guest tells whether an account is one for the time of a session.
	Guest func(account xmpp.JID) bool
}

// New returns the module.
func New(o Options) *Disco {
	d := &Disco{registry: o.Registry, services: o.Services, names: o.Name, guest: o.Guest}
	d.Changed()
	return d
}

// Register names what it does.
func (d *Disco) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0030", Version: "2.5rc3", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0128", Version: "1.0.1", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0115", Version: "1.6.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0390", Version: "0.3.2", Status: hook.Complete})
	r.Identity(hook.Server, hook.Identity{Category: "server", Type: "im", Name: "Myna"})
	r.Identity(hook.Account, hook.Identity{Category: "account", Type: "registered"})
	targets := append([]hook.Target{hook.Server, hook.Account}, d.services...)
	for _, t := range targets {
		r.Feature(t, ns.DiscoInfo, ns.DiscoItems)
		r.IQ(t, xmpp.TypeGet, ns.DiscoInfo, "query", d.info(t))
		if t == hook.Account {
			r.PublicIQ(xmpp.TypeGet, ns.DiscoItems, "query", d.items(t))
		} else {
			r.IQ(t, xmpp.TypeGet, ns.DiscoItems, "query", d.items(t))
		}
	}
	r.Feature(hook.Server, ns.Caps, ns.Caps2)
	r.StreamFeatureOf("c "+ns.Caps, d.streamCaps)
	r.StreamFeatureOf("c "+ns.Caps2, d.streamHashes)
	r.Items(hook.Server, "services", d.hosted)
}

// info answers disco#info (§ 3).
func (d *Disco) info(t hook.Target) hook.RequestHandler {
	return func(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
		node := q.Payload.Attr("node")
		if node != "" && !d.stands(node, t, q.Owner) {
			return d.ofNode(ctx, t, q, node)
		}
		e := d.describe(t, q.Owner)
		if node != "" {
			e.Set("node", node)
		}
		return e, nil
	}
}

// ofNode answers disco#info of a node that a module knows (§ 3.2).
func (d *Disco) ofNode(ctx context.Context, t hook.Target, q *hook.Request, node string) (*xmpp.Element, error) {
	for _, f := range d.registry.Nodes(t) {
		e, err := f(ctx, q, node)
		if err != nil {
			return nil, err
		}
		if e != nil {
			return e.Set("node", node), nil
		}
	}
	return nil, xmpp.Refuse(stanza.ItemNotFound, "")
}

// describe lists identities, features and forms of a target.
func (d *Disco) describe(t hook.Target, owner xmpp.JID) *xmpp.Element {
	e := xmpp.El(ns.DiscoInfo, "query")
	for _, id := range d.registry.Identities(t) {
		if t == hook.Account && id.Category == "account" && d.guest(owner) {
			id.Type = "anonymous" // XEP-0175 § 5
		}
		i := xmpp.El(ns.DiscoInfo, "identity").Set("category", id.Category).Set("type", id.Type)
		if id.Name != "" {
			i.Set("name", id.Name)
		}
		e.Add(i)
	}
	features := d.registry.Features(t, owner)
	slices.Sort(features)
	for _, f := range slices.Compact(features) { // § 3.2: none twice
		e.Add(xmpp.El(ns.DiscoInfo, "feature").Set("var", f))
	}
	return e.Add(d.registry.Forms(t, owner)...)
}

// items answers disco#items (§ 4).
func (d *Disco) items(t hook.Target) hook.RequestHandler {
	return func(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
		e := xmpp.El(ns.DiscoItems, "query")
		node := q.Payload.Attr("node")
		if node != "" {
			e.Set("node", node)
		}
		if q.Stranger { // § 8: an empty list, whether there is somebody or not
			return e, nil
		}
		found := node == ""
		for _, f := range d.registry.Items(t) {
			list, err := f(ctx, q, node)
			if err != nil {
				return nil, err
			}
			found = found || list != nil
			e.Add(list...)
		}
		if !found {
			return nil, xmpp.Refuse(stanza.ItemNotFound, "") // § 4.2
		}
		return e, nil
	}
}

// hosted lists the services of a domain.
func (d *Disco) hosted(_ context.Context, q *hook.Request, node string) ([]*xmpp.Element, error) {
	if node != "" {
		return nil, nil
	}
	var list []*xmpp.Element
	for _, t := range d.services {
		name := d.names(t, q.Owner.Domain())
		if name == "" {
			continue
		}
		title := ""
		if ids := d.registry.Identities(t); len(ids) > 0 {
			title = ids[0].Name
		}
		list = append(list, xmpp.El(ns.DiscoItems, "item").Set("jid", name).Set("name", strings.TrimSpace(title)))
	}
	return list, nil
}
