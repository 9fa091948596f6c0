package archive

import (
	"context"
	"hash/maphash"
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

// Store is what the archive needs of storage.
type Store interface {
	storage.Log
	storage.Archive
}

// Contacts knows whom an account has in its list, for those who archive only these (XEP-0441 § 2.1.1).
type Contacts interface {
	OnRoster(owner, contact xmpp.JID) bool
}

// Options are what an Archive is made of.
type Options struct {
	Store    Store
	Router   *router.Router
	Contacts Contacts // nil: nobody is a contact
	Config   *config.Options[Config]
	Logger   *slog.Logger
	// Owners lists whose archives there are, accounts and rooms, for the removal of what is old.
	Owners func(context.Context) ([]Owner, error)
	Now    func() time.Time // nil: time.Now
}

// Owner is somebody who has an archive.
type Owner struct {
	JID       xmpp.JID
	Retention int // days; 0: as the configuration says
}

// Archive is the module.
type Archive struct {
	Options
	prefs   prefsCache
	waiting counts
	boxes   mailboxes
	caught  hook.Value[bool]  // the session has what waited, and gets everything since
	synced  hook.Value[int64] // the session finds in the archive what is there up to this row (XEP-0386); 0: it does not look
	seed    maphash.Seed
	turns   [64]sync.Mutex // by owner: one session at a time is given what waits

	retractions retractions
	unheard     sparing.Log // retractions of who has too many
	impatient   sparing.Log // readers who do not wait for them

	nodes hook.RequestHandler // answers queries for the archives of nodes (XEP-0442); nil: there are none
}

// OnNode has queries for the archives of an account's nodes answered, whoever asks (XEP-0442). It is called while the server
// is built.
func (a *Archive) OnNode(f hook.RequestHandler) { a.nodes = f }

// New returns an Archive. Run works in the background for it.
func New(o Options) *Archive {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &Archive{Options: o, seed: maphash.MakeSeed()}
	a.prefs.m = map[xmpp.JID]*rules{}
	a.waiting.start()
	a.boxes.start()
	a.retractions.start()
	return a
}

// Register names what it does.
func (a *Archive) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0160", Version: "1.0.1", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0203", Version: "2.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0334", Version: "1.0.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0359", Version: "0.7.0", Status: hook.Complete})
	talk(r)
	r.Feature(hook.Server, ns.Offline)    // XEP-0160 § 4
	r.Feature(hook.Account, ns.StanzaID)  // XEP-0359 § 5
	r.Sent(hook.Amend, a.stripSent)       // XEP-0359 § 3, XEP-0203 § 5
	r.Received(hook.Amend, a.stripOthers) // the same
	r.Received(hook.Archive, a.received)
	r.Received(hook.Copy, a.live)
	r.Received(hook.Rescue, a.rescue)
	r.On(hook.Bound, a.bound)
	r.On(hook.Available, a.available)
	r.On(hook.Updated, a.updated)
	r.On(hook.Unavailable, a.leave)
	r.On(hook.Closed, a.closed)
	if !a.Config.All().Enabled {
		return
	}
	r.Protocol(hook.Protocol{Spec: "XEP-0313", Version: "1.1.3", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0059", Version: "1.0", Status: hook.Complete, Note: "archives have no pages by index (§ 2.6)"})
	r.Protocol(hook.Protocol{Spec: "XEP-0441", Version: "0.2.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0424", Version: "0.4.2", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0431", Version: "0.2.0", Status: hook.Complete})
	r.Feature(hook.Account, ns.MAM, ns.MAMExt, groupchatField) // XEP-0313 § 7
	r.Feature(hook.Account, ns.FullText)                       // XEP-0431 § 2.1
	r.Feature(hook.Account, ns.Retract, tombstones)            // XEP-0424 § 3, § 5
	r.Feature(hook.Server, ns.Retract)                         // XEP-0424 § 3
	r.Sent(hook.Copy, a.retractSent)                           // XEP-0424 § 5
	r.Received(hook.Copy, a.retractReceived)
	// COMPAT(profanity 0.13, 2026): it asks only the server, and reads no history where that does not name the archive.
	r.Feature(hook.Server, ns.MAM, ns.MAMExt)
	r.Bound2("metadata", a.bound2) // XEP-0386 § 3.2
	r.Sent(hook.Archive, a.sent)
	r.IQ(hook.Account, xmpp.TypeSet, ns.MAM, "query", a.own)    // XEP-0313 § 4
	r.IQ(hook.Account, xmpp.TypeGet, ns.MAM, "query", a.own)    // XEP-0313 § 4.1.5
	r.IQ(hook.Account, xmpp.TypeGet, ns.MAM, "metadata", a.own) // XEP-0313 § 5
	r.IQ(hook.Account, xmpp.TypeGet, ns.MAM, "prefs", a.getPrefs)
	r.IQ(hook.Account, xmpp.TypeSet, ns.MAM, "prefs", a.setPrefs)
}

// Confirm notes that the owner's clients have what was received up to and including id. Streams call it for what was
// acknowledged or, without stream management, written.
func (a *Archive) Confirm(owner xmpp.JID, id int64) {
	if id = a.boxes.counts(owner, id); id != 0 {
		a.Store.Confirm(owner, id)
	}
}

// Waits tells whether a stanza still waits for the owner's next session.
func (a *Archive) Waits(owner xmpp.JID, id int64) bool {
	ctx, cancel := background()
	defer cancel()
	list, _, err := a.Store.Waiting(ctx, owner, id-1, storage.Most{Records: 1, Heads: true})
	return err == nil && len(list) == 1 && list[0].ID == id
}

// Forget drops what is known of an account that is gone.
func (a *Archive) Forget(owner xmpp.JID) {
	a.prefs.forget(owner)
	a.waiting.reset(owner)
}

// storeTime bounds reads that no request waits for.
const storeTime = 10 * time.Second

func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), storeTime)
}

// turn lets one session of an account at a time be given what waits.
func (a *Archive) turn(owner xmpp.JID) *sync.Mutex {
	return &a.turns[maphash.String(a.seed, owner.String())%uint64(len(a.turns))]
}
