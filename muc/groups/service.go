package groups

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"myna/account"
	"myna/hook"
	"myna/muc"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/router"
)

// Store is what groups need of storage.
type Store interface {
	// Alias, Aliases, SetAliasRoom, DropAlias, Dirty and ClearDirty are those of storage.Aliases.
	Alias(context.Context, xmpp.JID) (storage.Alias, error)
	Aliases(ctx context.Context, domain string) ([]storage.Alias, error)
	SetAliasRoom(ctx context.Context, alias, room xmpp.JID) error
	DropAlias(context.Context, xmpp.JID) error
	Dirty(ctx context.Context, max int) ([]storage.DirtyRow, error)
	ClearDirty(ctx context.Context, row storage.DirtyRow) error
	// Doc, PutDocs and ListDocs are those of storage.Docs.
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	PutDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error
	ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error)
	Rooms() storage.Rooms // is read only
	// AppendAudit is that of storage.Audits.
	AppendAudit(context.Context, storage.Audit) error
}

// Follower is told when the groups of an account have changed, after GroupsOf says so; bookmarks are. Its methods run
// on the reconciler's goroutine; one that fails is called again.
type Follower interface {
	Added(account xmpp.JID, g Group) error
	Changed(account xmpp.JID, g Group) error // another name, or another nick
	Removed(account xmpp.JID, g Group) error // after the member has left the room
}

// Files removes what was sent to groups; upload.Service is one.
type Files interface {
	RemoveFiles(ctx context.Context, room xmpp.JID) error
}

// Options are what a Service is made of.
type Options struct {
	Store    Store
	Rooms    *muc.Service
	Router   *router.Router
	Accounts Accounts
	Logger   *slog.Logger
	Local    func(domain string) bool   // one of our mail domains
	Host     func(domain string) string // the host of a mail domain's rooms
	Follower Follower                   // nil: nobody
	Files    Files                      // nil: groups have none
	Came     func(hook.Session)         // is told of everybody who is there, or is there again; nil: nobody is told
	// Uninformed are the addresses of a new member that have to be invited because bookmarks do not reach them: the
	// account, where it has no client now, or clients. What the first is sent is stored: one that waits to be resumed comes
	// before those that are there. nil: always the account.
	Uninformed func(account xmpp.JID) []xmpp.JID
	// MembersChanged is told of all who are or were members of a group of which the members are others now, and how many there
	// were and are, after TeamsOf says so. It runs on the reconciler's goroutine and must not block. nil: nobody is told.
	MembersChanged func(accounts []xmpp.JID, before, after int)
	Now            func() time.Time // nil: time.Now
}

// Service keeps rooms equal to aliases.
type Service struct {
	Options
	index  index
	wake   chan struct{} // holds one
	direct chan guest

	mu      sync.Mutex
	changed map[xmpp.JID]bool // addresses to look at that are in no outbox; guarded by mu
	all     bool              // look at every group; guarded by mu
}

// New returns a Service. Load must be called before it is asked anything.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Uninformed == nil {
		o.Uninformed = func(account xmpp.JID) []xmpp.JID { return []xmpp.JID{account} }
	}
	if o.MembersChanged == nil {
		o.MembersChanged = func([]xmpp.JID, int, int) {}
	}
	s := &Service{Options: o, wake: make(chan struct{}, 1), direct: make(chan guest, maxGuests), changed: map[xmpp.JID]bool{}, all: true}
	s.index.start()
	return s
}

// Load reads who is in which group, as it was told to the members.
func (s *Service) Load(ctx context.Context) error {
	list, err := s.Store.Aliases(ctx, "")
	if err != nil {
		return fmt.Errorf("load groups: %w", err)
	}
	for i := range list {
		al := &list[i]
		if al.Room.IsZero() {
			continue
		}
		t, err := s.told(ctx, al.Room)
		if err != nil {
			return fmt.Errorf("load groups: %w", err)
		}
		if len(t.nicks) > 0 {
			s.index.put(al.Room, &live{alias: al.JID, name: t.name, membership: al.Membership, nicks: t.nicks})
		}
	}
	return nil
}

// Register is the table of contents.
func (s *Service) Register(r *hook.Registrar) {
	r.Address("group", s.known, s.message) // what XEP-0249 is used for is in address.go
	if s.Came != nil {
		r.On(hook.Available, s.Came)
		r.On(hook.Resumed, s.Came)
	}
}

// GroupsOf lists the groups of an account by name, from memory.
func (s *Service) GroupsOf(account xmpp.JID) []Group { return s.index.groups(account.Bare()) }

// TeamsOf lists the members of each group of an account, from memory.
func (s *Service) TeamsOf(account xmpp.JID) []Team { return s.index.teams(account.Bare()) }

// Changed wakes the reconciler: something is in the outbox. It does not block.
func (s *Service) Changed(xmpp.JID) { s.rouse() }

// AccountChanged follows account.Service: groups depend on who there is, what they are called and whether they chat.
func (s *Service) AccountChanged(e account.Event) {
	switch e.Kind {
	case account.Created, account.Deleted, account.Disabled, account.Enabled, account.Renamed, account.ChatOn, account.ChatOff:
		s.look(e.Account.JID)
	}
}

// look has the reconciler look at what depends on an address that is in no outbox.
func (s *Service) look(j xmpp.JID) {
	s.mu.Lock()
	s.changed[j] = true
	s.mu.Unlock()
	s.rouse()
}

func (s *Service) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Resolve flattens an alias as it is now.
func (s *Service) Resolve(ctx context.Context, alias xmpp.JID) (Resolution, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return Resolution{}, err
	}
	al := snap.Aliases[alias]
	if al == nil {
		return Resolution{}, nil
	}
	res, _, err := s.resolve(ctx, snap, al, al.Room)
	return res, err
}

// Preview flattens an alias that is not saved, or is saved otherwise.
func (s *Service) Preview(ctx context.Context, draft *storage.Alias) (Resolution, error) {
	snap, err := s.snapshot(ctx)
	if err != nil {
		return Resolution{}, err
	}
	al := *draft
	if now := snap.Aliases[al.JID]; now != nil {
		al.Room = now.Room
	}
	snap.Aliases[al.JID] = &al
	res, _, err := s.resolve(ctx, snap, &al, al.Room)
	return res, err
}

func (s *Service) snapshot(ctx context.Context) (*Snapshot, error) {
	list, err := s.Store.Aliases(ctx, "")
	if err != nil {
		return nil, err
	}
	m := make(map[xmpp.JID]*storage.Alias, len(list))
	for i := range list {
		m[list[i].JID] = &list[i]
	}
	return &Snapshot{Aliases: m, Accounts: s.Accounts, Local: s.Local}, nil
}
