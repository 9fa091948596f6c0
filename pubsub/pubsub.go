package pubsub

import (
	"log/slog"
	"sync"
	"time"

	"myna/config"
	"myna/hook"
	"myna/sparing"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// target is the service of a domain among the hosted services.
const target hook.Target = "pubsub"

// Contacts tells who may see what of an account (RFC 6121 § 2, § 4).
type Contacts interface {
	// Watchers are the contacts that may see the owner's presence.
	Watchers(owner xmpp.JID) ([]xmpp.JID, error)
	// Watched are the contacts whose presence the owner may see.
	Watched(owner xmpp.JID) ([]Watched, error)
	// SharesPresence tells whether asker may see the owner's presence.
	SharesPresence(owner, asker xmpp.JID) bool
	// Groups are the groups of the owner's list that a contact is in.
	Groups(owner, contact xmpp.JID) []string
}

// Watched is a contact whose presence an account may see.
type Watched struct {
	JID    xmpp.JID
	Shared bool // the contact's server, which is this one, is known to agree
}

// Options are what a Service is made of.
type Options struct {
	Store    storage.PubSub
	Router   *router.Router
	Contacts Contacts
	// Blocked tells whether owner has blocked who (XEP-0191). It answers from memory.
	Blocked func(owner, who xmpp.JID) bool
	// IsAdmin tells whether somebody, by the full address of a session or the bare one of an account, administers the domain that has
	// the service, or the server. nil: nobody does.
	IsAdmin func(who xmpp.JID, service string) bool
	// Domain tells which domain has a service.
	Domain func(service string) string
	Config *config.Options[Config] // of hosts, and of their services
	Logger *slog.Logger
	Now    func() time.Time
}

// Service is the module for publish-subscribe. Its methods may be called on any goroutine.
type Service struct {
	Options
	interests interests
	temporary visits
	bounces   bounces
	reviews   reviews
	purging   purging
	sharers   sharers
	chains    chains
	lost      sparing.Log               // notifications of chained nodes
	own       map[string]*Node          // what modules have registered, before the server starts
	follow    map[string][]func(Change) // the same
	reserved  map[string]bool           // the same

	mu       sync.Mutex
	states   map[xmpp.JID]*state // guarded by mu
	nobodies []xmpp.JID          // a ring of those that are no accounts; guarded by mu
	oldest   int                 // of them; guarded by mu
}

// New returns the module.
func New(o Options) *Service {
	s := &Service{Options: o, own: map[string]*Node{}, follow: map[string][]func(Change){}, reserved: map[string]bool{}, states: map[xmpp.JID]*state{}}
	s.interests.start(s)
	s.temporary.start()
	s.bounces.start()
	s.reviews.start()
	s.sharers.start()
	s.chains.start()
	for _, n := range private() {
		s.Own(n)
	}
	return s
}

// features are those of XEP-0060 § 10 that both faces have.
var features = []string{"access-authorize", "access-open", "access-whitelist", "collections", "config-node", "config-node-max",
	"create-and-configure", "create-nodes", "delete-items", "delete-nodes", "instant-nodes", "item-ids", "leased-subscription",
	"manage-subscriptions", "member-affiliation", "meta-data", "modify-affiliations", "multi-collection", "multi-collections",
	"multi-items", "multi-subscribe", "outcast-affiliation", "persistent-items", "presence-notifications", "publish",
	"publish-node-full", "publish-only-affiliation", "publish-options", "publisher-affiliation", "purge-nodes", "retract-items",
	"retrieve-affiliations", "retrieve-default", "retrieve-default-sub", "retrieve-items", "retrieve-subscriptions", "rsm",
	"subscribe", "subscription-notifications", "subscription-options"}

// Register names what it does.
func (s *Service) Register(r *hook.Registrar) {
	s.protocols(r)
	r.Identity(hook.Account, hook.Identity{Category: "pubsub", Type: "pep"}) // XEP-0163 § 6.1
	r.Identity(hook.Server, hook.Identity{Category: "pubsub", Type: "pep"})  // XEP-0222 § 5, XEP-0223 § 5
	r.Feature(hook.Server, ns.PubSub+"#publish-options")                     // the same
	r.Identity(target, hook.Identity{Category: "pubsub", Type: "service", Name: "Publish-Subscribe"})
	for _, t := range []hook.Target{hook.Account, target} {
		r.Feature(t, ns.PubSub, ns.RSM, ns.OrderBy, ns.OrderBy+"@"+ns.PubSub)
		for _, f := range features {
			r.Feature(t, ns.PubSub+"#"+f)
		}
		r.IQ(t, xmpp.TypeGet, ns.PubSubOwner, "pubsub", s.answer(ownerAskers))
		r.IQ(t, xmpp.TypeSet, ns.PubSubOwner, "pubsub", s.answer(ownerChangers))
		r.Items(t, "nodes", s.discoItems)
		r.Node(t, "nodes", s.discoInfo)
	}
	r.Feature(target, ns.NoReply)           // XEP-0506 § 4
	r.Feature(target, shim)                 // XEP-0131 § 3.1
	r.Node(target, "headers", knownHeaders) // § 3.2
	r.Feature(hook.Account, ns.VCard4)      // XEP-0292 § 7
	r.IQ(target, xmpp.TypeGet, ns.PubSub, "pubsub", s.answer(askers))
	r.IQ(target, xmpp.TypeSet, ns.PubSub, "pubsub", s.answer(changers))
	r.Feature(target, ns.PubSub+"#get-pending", ns.Commands)
	r.IQ(target, xmpp.TypeSet, ns.Commands, "command", s.command)
	r.Host(target, s.toHost)
	r.Feature(target, ns.MAM)
	r.IQ(target, xmpp.TypeSet, ns.MAM, "query", s.History) // XEP-0442; accounts: the archive asks for it
	r.IQ(target, xmpp.TypeGet, ns.MAM, "query", s.History)
	r.PublicIQ(xmpp.TypeGet, ns.PubSub, "pubsub", s.public(s.answer(askers))) // the access model open is for everybody
	r.PublicIQ(xmpp.TypeSet, ns.PubSub, "pubsub", s.public(s.answer(changers)))
	for _, f := range []string{"access-presence", "access-roster", "auto-create", "auto-subscribe", "filtered-notifications",
		"last-published", "presence-subscribe", "pubsub-on-a-jid"} {
		r.Feature(hook.Account, ns.PubSub+"#"+f)
	}
	r.Sent(hook.Screen, s.toSelf)
	r.Feature(hook.Account, featureAssist)
	r.Sent(hook.Amend, s.assist)
	r.Received(hook.Amend, s.guardSecrets)
	r.On(hook.Available, func(p hook.Session) { s.interests.arrived(p, true) })
	r.On(hook.Available, s.greet)
	r.On(hook.Updated, func(p hook.Session) { s.interests.arrived(p, false) })
	r.On(hook.Unavailable, s.gone)
	r.On(hook.Unavailable, s.left)
	r.On(hook.Closed, s.interests.closed)
	r.On(hook.Closed, s.gone)
	r.On(hook.Closed, s.left)
}

func (s *Service) protocols(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0060", Version: "1.30.0", Status: hook.Complete,
		Note: "no digests, no stylesheets; payloads are not held against pubsub#type (§ 7.1.3.6); accounts do not tell strangers why not (§ 6.1.3.2)"})
	r.Protocol(hook.Protocol{Spec: "XEP-0131", Version: "1.2", Status: hook.Complete, Note: "SubID and Collection in notifications; others pass"})
	r.Protocol(hook.Protocol{Spec: "XEP-0163", Version: "1.2.2", Status: hook.Complete, Note: "interest of contacts on this server"})
	r.Protocol(hook.Protocol{Spec: "XEP-0172", Version: "1.1", Status: hook.Complete, Note: "as an event (§ 4.3); otherwise it passes"})
	r.Protocol(hook.Protocol{Spec: "XEP-0222", Version: "1.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0223", Version: "1.1.1", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0248", Version: "0.5.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0253", Version: "0.2", Status: hook.Complete,
		Note: "nodes of the service"})
	r.Protocol(hook.Protocol{Spec: "XEP-0292", Version: "0.12.0", Status: hook.Complete, Note: "cards are not made of those of XEP-0054"})
	r.Protocol(hook.Protocol{Spec: "XEP-0413", Version: "0.2.1", Status: hook.Complete, Note: "for items"})
	r.Protocol(hook.Protocol{Spec: "XEP-0442", Version: "0.2.0", Status: hook.Complete, Note: "of the items that are there"})
	r.Protocol(hook.Protocol{Spec: "XEP-0503", Version: "0.3.0", Status: hook.Complete, Note: "the service: what spaces need of it"})
	r.Protocol(hook.Protocol{Spec: "XEP-0490", Version: "1.0.1", Status: hook.Complete, Note: "with help for clients (§ 4.5)"})
}

// config are the values that count for an owner of nodes: an account, a room or a service.
func (s *Service) config(owner xmpp.JID) *Config { return s.Config.Of(owner.Domain()) }

// account tells whether an address is one of an account of this server.
func (s *Service) account(j xmpp.JID) bool {
	t, ok := s.Router.Target(j.Domain())
	return ok && t == hook.Server && j.Local() != ""
}
