package roster

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"time"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// Accounts knows the accounts. It answers from memory.
type Accounts interface {
	// Each lists the accounts of a domain, in the order of their localparts.
	Each(domain string) iter.Seq[storage.Account]
	Account(xmpp.JID) (storage.Account, bool)
}

// Store keeps lists, and who has exchanged messages with whom.
type Store interface {
	storage.Rosters
	storage.Recents
}

// LastSeen remembers when an account's last session ended (XEP-0012 § 4).
type LastSeen interface {
	LastSeen(context.Context, xmpp.JID) (at time.Time, status string, err error)
	SetLastSeen(ctx context.Context, j xmpp.JID, at time.Time, status string) error
}

// Options are what a Roster is made of.
type Options struct {
	Store    Store
	Router   *router.Router
	Registry *hook.Registry // whose events Available, Updated and Unavailable are fired
	Accounts Accounts
	LastSeen LastSeen
	Logger   *slog.Logger
	Config   *config.Options[Config]

	// Blocked tells whether owner has blocked contact (XEP-0191): then presence passes in neither direction. It is
	// asked for each recipient of a broadcast and answers from memory, without calling back. nil: nobody is blocked.
	Blocked func(owner, contact xmpp.JID) bool
	// Teams are the groups of an account. It answers from memory; TeamChanged tells of changes. nil: there are none.
	Teams func(account xmpp.JID) []Team
	// Invited tells whether a contact may be subscribed to the owner without asking, by the token of an invitation, which is
	// used up by that. It may read and write storage. nil: there are no invitations.
	Invited func(owner, contact xmpp.JID, token string) bool
	// Related is told that a contact may see more or less of the owner than before, or is in other groups of the owner's list.
	// from and groups are what there was: whether the contact saw the owner's presence, and its groups. What becomes of all
	// contacts of an account by a change of that account or of the domain's options is not told. It is called when
	// everybody has been told, may ask the roster, and does not change it. nil: nobody wants to know.
	Related func(owner, contact xmpp.JID, from bool, groups []string)
	// Managers are those who manage contacts of others (XEP-0321). nil: there are none.
	Managers Managers
	// Directed is told that a session has sent somebody directed presence, with what follows of it behind the addresses, or has
	// ended that: then tail is nil. It is called on the goroutine of the session. nil: nobody wants to know.
	Directed func(s hook.Session, to xmpp.JID, tail []byte)
	Now      func() time.Time // nil: time.Now
}

// Roster is the module for contacts and presence. Its methods may be called on any goroutine.
type Roster struct {
	Options
	clients hook.Value[*client]

	mu    sync.Mutex
	books map[xmpp.JID]*book // by bare address, of accounts in use; guarded by mu
	views map[string]*view   // by domain; guarded by mu

	turn sync.Mutex // held while a change of a view is announced

	sightings sightings
	exchanges exchanges
	stale     stale
}

// storeTime bounds reads and writes of storage that no request waits for.
const storeTime = 10 * time.Second

// New returns a Roster.
func New(o Options) *Roster {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Roster{Options: o, books: map[xmpp.JID]*book{}, views: map[string]*view{}}
	r.exchanges.start()
	r.stale.start()
	return r
}

// Register names what it does.
func (r *Roster) Register(reg *hook.Registrar) {
	reg.Protocol(hook.Protocol{Spec: "RFC 6121", Status: hook.Complete, Note: "§ 2, § 3, § 4 among accounts of this server; messages: the router"})
	reg.Protocol(hook.Protocol{Spec: "XEP-0237", Version: "1.3", Status: hook.Complete})
	reg.Protocol(hook.Protocol{Spec: "XEP-0379", Version: "0.3.3", Status: hook.Complete, Note: "for the invitations that the server makes (XEP-0401)"})
	reg.StreamFeature(xmpp.El(ns.RosterVer, "ver")) // RFC 6121 § 2.6.1
	reg.StreamFeature(xmpp.El(ns.PreAppr, "sub"))   // RFC 6121 § 3.4.1
	reg.Feature(hook.Server, ns.Roster)
	reg.IQ(hook.Account, xmpp.TypeGet, ns.Roster, "query", r.get) // RFC 6121 § 2.1.3
	reg.PublicIQ(xmpp.TypeSet, ns.Roster, "query", r.set)         // RFC 6121 § 2.1.5; § 2.3.3: forbidden to all others
	reg.Presence(r.sent, r.received)
	reg.Received(hook.Copy, r.exchanged)
	reg.On(hook.Bound, func(s hook.Session) { r.client(s) })
	reg.On(hook.Closed, r.closed)
}

// local tells whether an address is one of an account of this server, whether the account exists or not.
func (r *Roster) local(j xmpp.JID) bool {
	t, ok := r.Router.Target(j.Domain())
	return ok && t == hook.Server && j.Local() != ""
}

// blocked tells whether presence must not pass between two accounts.
func (r *Roster) blocked(a, b xmpp.JID) bool {
	return r.Blocked != nil && (r.Blocked(a, b) || r.Blocked(b, a))
}

// related tells of a change between two; see Options.Related.
func (r *Roster) related(owner, contact xmpp.JID, from bool, groups []string) {
	if r.Related != nil {
		r.Related(owner, contact, from, groups)
	}
}

func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), storeTime)
}
