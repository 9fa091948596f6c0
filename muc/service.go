package muc

import (
	"context"
	"hash/maphash"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// target is the name of the service in the registry.
const target hook.Target = "groups"

// serviceName is what people see.
const serviceName = "Groups"

// Log takes the messages of rooms (storage.Log).
type Log interface {
	AppendAsync(entries []storage.Entry, done func(ids []int64, err error)) error
}

// Archive is what rooms read of their own archives (storage.Archive).
type Archive interface {
	Query(context.Context, storage.Query) ([]storage.Record, storage.Page, error)
	Bounds(ctx context.Context, owner xmpp.JID) (first, last storage.Record, err error)
	Edit(ctx context.Context, owner xmpp.JID, id int64, stanza []byte) error
	Erase(ctx context.Context, owner xmpp.JID) error
}

// MAM answers requests to a room's archive (XEP-0313): queries, the form of a query, metadata. The access has been
// checked, but for what is older than since: that is not there for who asks. show, where it is not nil, makes of a kept
// message what who asks may see of it.
type MAM interface {
	Query(ctx context.Context, q *hook.Request, owner xmpp.JID, since time.Time, show func(stanza []byte) []byte) (*xmpp.Element, error)
}

// Requests knows who answers requests to accounts (hook.Registry).
type Requests interface {
	Request(t hook.Target, typ, space, local string) hook.RequestHandler
}

// Docs keeps the pictures of rooms, and what else storage has no place for (storage.Docs).
type Docs interface {
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error
	PutDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error
	DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error
	DocKeys(ctx context.Context, owner xmpp.JID, space string) ([]string, error)
}

// Options are what a Service is made of.
type Options struct {
	Store    storage.Rooms
	Log      Log
	Archive  Archive
	Router   *router.Router
	Config   *config.Options[Config] // of hosts, and of their services
	Logger   *slog.Logger
	Docs     Docs                                    // nil: rooms have no pictures
	MAM      MAM                                     // nil: rooms offer no archive
	Forget   bool                                    // rooms keep no messages, whatever their configuration
	Files    Files                                   // nil: files belong to nobody but who sent them
	Requests Requests                                // nil: vCards of occupants are asked of their clients
	Domains  []string                                // of accounts: those that were deleted while nobody looked are forgotten
	IsAdmin  func(who xmpp.JID, service string) bool // by the full address of a session or the bare one of an account: of the server or of the domain that has the service; nil: nobody is
	// Retention is for how many days a host keeps messages where a room does not say; 0: for ever. nil: for ever.
	Retention func(host string) int
	// Notify tells the members of a group, but who has said it, of a message that is durable. It must not block. nil: nobody.
	Notify func(member xmpp.JID, m Said)
	// Screen returns what tells whether an account blocks an address of a host (XEP-0191 § 3.3), nil where it blocks none there. It
	// may read storage; what it returns does not, and is true for the list as it was: Rescreen follows a change. nil: nobody blocks.
	Screen func(account xmpp.JID, host string) func(from xmpp.JID) bool
	Now    func() time.Time // nil: time.Now
}

// Service serves the rooms of all hosts of this server.
type Service struct {
	Options
	leaver Leaver              // nil: nobody leaves
	joined hook.Value[[]*room] // the rooms that a session is in
	work   work
	seed   maphash.Seed // of hashes that stay in memory
	done   sync.WaitGroup
	ctx    context.Context // ends with the server; storage on behalf of clients uses it

	closing atomic.Bool // nobody enters any more
	started time.Time   // when rooms began to be watched (XEP-0502)

	departed departed
	askings  askings

	mu    guard.RWMutex
	names map[xmpp.JID]listing // every room, guarded by mu
	rooms map[xmpp.JID]*room   // those in memory, guarded by mu
	pulse map[xmpp.JID]*pulse  // of public rooms that are not, guarded by mu
}

// listing is what is known of a room that is not in memory.
type listing struct {
	name   string
	public bool
	maker  string // who made it by entering it; "" for groups
	ending *room  // it was destroyed, and not all have been told; nil: it is there

	// Of public rooms only.
	description, lang  string
	open, nonAnonymous bool
}

// New returns a Service. Start must be called before it gets stanzas.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.IsAdmin == nil {
		o.IsAdmin = func(xmpp.JID, string) bool { return false }
	}
	s := &Service{
		Options: o, ctx: context.Background(), seed: maphash.MakeSeed(),
		names: map[xmpp.JID]listing{}, rooms: map[xmpp.JID]*room{}, pulse: map[xmpp.JID]*pulse{}, started: o.Now(),
	}
	s.work.start()
	s.departed.start()
	return s
}

// Start reads which rooms there are and starts the workers, which end with ctx; Stop waits for them.
func (s *Service) Start(ctx context.Context) error {
	list, err := s.Store.Rooms(ctx, "")
	if err != nil {
		return err
	}
	s.mu.Do(func() {
		s.ctx = ctx
		for i := range list {
			c := parseSettings(defaultSettings(), list[i].Config)
			s.names[list[i].JID] = listingOf(&c)
		}
	})
	if err := s.departedBefore(ctx); err != nil {
		return err
	}
	context.AfterFunc(ctx, s.work.end)
	for range workers {
		s.done.Go(func() { s.toil(ctx, true) })
	}
	s.done.Go(func() { s.forgetting(ctx) })
	return nil
}

// Stop waits for the workers, whose context has ended. Farewell has told all occupants before.
func (s *Service) Stop() {
	s.done.Wait()
	s.toil(s.ctx, false) // what was accepted is finished
}

// inMemory lists the rooms that are.
func (s *Service) inMemory() (list []*room) {
	s.mu.Read(func() { list = slices.Collect(maps.Values(s.rooms)) })
	return list
}

// Register is the table of contents.
func (s *Service) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0045", Version: "1.35.5", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0249", Version: "1.2", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0410", Version: "1.1.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0425", Version: "0.3.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0421", Version: "1.0.1", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0513", Version: "0.1.0", Status: hook.Partial,
		Note: "§ 3.6 in groups: who may mention everybody, which is obeyed; the administrator decides"})
	r.Protocol(hook.Protocol{Spec: "XEP-0463", Version: "0.2.0", Status: hook.Complete, Note: "for clients that ask for it on entering"})
	r.Protocol(hook.Protocol{Spec: "XEP-0317", Version: "0.3.1", Status: hook.Complete, Note: "those of groups follow the alias: leads, and who may write announcements"})
	r.Protocol(hook.Protocol{Spec: "XEP-0500", Version: "0.1.1", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0502", Version: "0.1.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0307", Version: "0.1", Status: hook.Complete})
	r.Feature(target, nsUnique)                                                                // § 3
	r.IQ(target, xmpp.TypeGet, nsUnique, "unique", s.unique)                                   // § 2
	r.Identity(target, hook.Identity{Category: "conference", Type: "text", Name: serviceName}) // XEP-0045 § 6.2
	r.Feature(target, ns.NoReply)                                                              // XEP-0506 § 4: the service; rooms say of themselves what they are
	r.Feature(target, ns.MUC, ns.MUCStableID, ns.OccupantID)                                   // § 6.2, § 7.4; XEP-0421 § 4
	if s.Docs != nil {
		r.Feature(target, ns.VCard) // XEP-0486 § 3.1: clients look for it here
		r.IQ(target, xmpp.TypeGet, ns.VCard, "vCard", card)
		r.Protocol(hook.Protocol{Spec: "XEP-0486", Version: "0.1.0", Status: hook.Complete, Note: "drawings (SVG) that run and fetch nothing; the picture of an alias is none"})
		r.Protocol(hook.Protocol{Spec: "XEP-0488", Version: "0.1.0", Status: hook.Complete, Note: "rooms that people made"})
	}
	r.Items(target, "rooms", s.publicRooms) // § 6.3
	r.Host(target, s.handle)
	r.Received(hook.Amend, s.persons)
	r.On(hook.Closed, s.closed)
}

// handle takes every stanza for the hosts of rooms and their addresses.
func (s *Service) handle(p *hook.Packet) error {
	if p.To.Local() == "" {
		if p.Kind == xmpp.IQ && (p.Type == xmpp.TypeGet || p.Type == xmpp.TypeSet) {
			return s.Router.Answer(p, target)
		}
		if p.Kind == xmpp.Message && p.Type != xmpp.TypeError && p.Type != xmpp.TypeHeadline {
			return xmpp.Refuse(stanza.ServiceUnavailable, "This is the address of all groups together. Write to one of them.")
		}
		return nil
	}
	switch p.Kind {
	case xmpp.Presence:
		return s.presence(p)
	case xmpp.Message:
		return s.message(p)
	case xmpp.IQ:
		return s.iq(p)
	}
	return nil
}

// known tells whether a room exists, in memory or not.
func (s *Service) known(j xmpp.JID) (ok bool) {
	s.mu.Read(func() { _, ok = s.names[j] })
	return ok
}

// list notes that a room exists and what strangers may know of it.
func (s *Service) list(j xmpp.JID, l listing) {
	s.mu.Do(func() {
		l.maker = s.names[j].maker
		s.names[j] = l
	})
}

// loaded returns a room that is in memory, or nil.
func (s *Service) loaded(j xmpp.JID) (r *room) {
	s.mu.Read(func() { r = s.rooms[j] })
	return r
}

// room returns a room, from storage if it is not in memory; storage.ErrNotFound where there is none. Whoever called it
// calls release when done.
func (s *Service) room(ctx context.Context, j xmpp.JID) (*room, error) {
	if r := s.loaded(j); r != nil {
		return r, nil
	}
	if !s.known(j) {
		return nil, storage.ErrNotFound
	}
	rec, err := s.Store.Room(ctx, j)
	if err != nil {
		return nil, err
	}
	affs, err := s.Store.Affiliations(ctx, j)
	if err != nil {
		return nil, err
	}
	r := newRoom(s, j)
	r.restore(rec, affs)
	s.mu.Do(func() {
		_, ok := s.names[j]
		switch other := s.rooms[j]; {
		case other != nil:
			r = other
			return
		case !ok:
			err = storage.ErrNotFound // destroyed meanwhile
			return
		}
		if p := s.pulse[j]; p != nil {
			r.pulse = p
			delete(s.pulse, j)
		}
		s.rooms[j] = r
	})
	return r, err
}

// release takes a room out of memory when nobody needs it there. A room that does not persist has ended with that.
func (s *Service) release(r *room) {
	busy := false
	if r.mu.Do(func() { busy = r.busy() }); busy {
		return
	}
	s.mu.Do(func() {
		r.mu.Do(func() {
			if r.busy() {
				return
			}
			r.gone = true
			delete(s.rooms, r.jid)
			if r.conf.Persistent && r.conf.Public {
				s.pulse[r.jid] = r.pulse
			}
			if !r.conf.Persistent {
				delete(s.names, r.jid) // XEP-0045 § 7.14: the last occupant has left a temporary room
			}
		})
	})
}

// busy tells whether a room has to stay in memory. r.mu is held.
func (r *room) busy() bool {
	return r.gone || r.users > 0 || len(r.seats) > 0 || len(r.events) > 0
}

// use is room for a caller that changes the room: r does not leave memory before release is called.
func (s *Service) use(ctx context.Context, j xmpp.JID) (r *room, release func(), err error) {
	for {
		if r, err = s.room(ctx, j); err != nil {
			return nil, nil, err
		}
		if r.pin() {
			return r, func() { r.unpin(); s.release(r) }, nil
		}
	}
}

// useFor is use for a session, which pays for the room to be read where nobody is in it: its lists may be long.
func (s *Service) useFor(session hook.Session, j xmpp.JID) (r *room, release func(), err error) {
	there := s.loaded(j) != nil
	if r, release, err = s.use(s.ctx, j); err == nil && !there {
		rows := 0
		r.mu.Do(func() { rows = len(r.affs) })
		hook.Charge(session, 1+rows/rowsOfNotice, noticeBytes)
	}
	return r, release, err
}
