// Package serverinfo publishes which domains the server has, and with which others each of them is connected (XEP-0485), where the
// administrator wants it: it is a map for strangers.
package serverinfo

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"myna/config"
	"myna/hook"
	"myna/pubsub"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// Node is where it is published (§ 5); the item is always the same.
const (
	Node = "serverinfo"
	item = "current"
)

// Config lets a domain be on the map.
type Config struct {
	Publish bool `toml:"publish" policy:"domain" doc:"Publish on the publish-subscribe service that this domain exists and with what software, and let other domains name it as one that they are connected with (XEP-0485)."`
}

// DefaultConfig publishes nothing.
func DefaultConfig() Config { return Config{} }

// PubSub is the service of a domain.
type PubSub interface {
	Publish(ctx context.Context, owner xmpp.JID, node string, it storage.Item, set pubsub.Settings) error
	Items(ctx context.Context, owner xmpp.JID, node string, ids ...string) ([]storage.Item, error)
	Retract(ctx context.Context, owner xmpp.JID, node, id string) error
}

// Options are what the module is made of.
type Options struct {
	Config   *config.Options[Config]
	PubSub   PubSub
	Services map[string]xmpp.JID // the publish-subscribe service of each domain
	Name     string              // of the software
	Version  string
	Logger   *slog.Logger
}

// Info is the module.
type Info struct {
	Options
	changed chan struct{}
}

// New returns the module.
func New(o Options) *Info { return &Info{Options: o, changed: make(chan struct{}, 1)} }

// Register names what it does.
func (i *Info) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0485", Version: "1.0.0", Status: hook.Complete, Note: "where modules.serverinfo.publish is on; there are no connections yet that it could list"})
	r.FeatureOf(hook.Server, ns.ServerInfo0, i.on) // § 3: the administrator has approved it
	r.Form(hook.Server, ns.ServerInfo, i.form)
}

func (i *Info) on(domain xmpp.JID) bool { return i.Config.Of(domain.Domain()).Publish }

// form says where the node is (§ 3).
func (i *Info) form(owner xmpp.JID) *xmpp.Element {
	if !i.on(owner) {
		return nil
	}
	uri := "xmpp:" + i.Services[owner.Domain()].String() + "?;node=" + Node
	return form.New("result", ns.ServerInfo).Add(form.Field("text-single", "serverinfo-pubsub-node", "", uri))
}

// Changed says that options have changed.
func (i *Info) Changed() {
	select {
	case i.changed <- struct{}{}:
	default:
	}
}

// again is when what could not be published is tried once more.
const again = time.Minute

// Run keeps the nodes as the options are, until ctx ends.
func (i *Info) Run(ctx context.Context) {
	for {
		var retry <-chan time.Time
		for domain, service := range i.Services {
			if err := i.keep(ctx, domain, service); err != nil && ctx.Err() == nil {
				i.Logger.Error("server information not published", "host", domain, "error", err)
				retry = time.After(again)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-i.changed:
		case <-retry:
		}
	}
}

// keep publishes what is to be told of a domain unless it is there already, or takes it back.
func (i *Info) keep(ctx context.Context, domain string, service xmpp.JID) error {
	there, err := i.PubSub.Items(ctx, service, Node, item)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if !i.Config.Of(domain).Publish {
		if len(there) == 0 {
			return nil
		}
		return i.PubSub.Retract(ctx, service, Node, item)
	}
	payload := i.describe(domain).Append(nil, "")
	if len(there) == 1 && string(there[0].Payload) == string(payload) {
		return nil
	}
	return i.PubSub.Publish(ctx, service, Node, storage.Item{ID: item, Payload: payload}, pubsub.Settings{ // § 5
		pubsub.FieldAccess: pubsub.AccessOpen, pubsub.FieldMaxItems: "1", pubsub.FieldPersist: "1",
	})
}

// describe is what is told of a domain (§ 4). Of connections only those may be named whose other side has approved it, too (§ 7).
func (i *Info) describe(domain string) *xmpp.Element {
	return xmpp.El(ns.ServerInfo0, "serverinfo",
		xmpp.El(ns.ServerInfo0, "domain", xmpp.El(ns.ServerInfo0, "federation")).Set("name", domain),
		xmpp.El(ns.Version, "query",
			xmpp.El(ns.Version, "name").AddText(i.Name), xmpp.El(ns.Version, "version").AddText(i.Version)))
}
