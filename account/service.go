package account

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// Store is what Service needs of storage.
type Store interface {
	storage.Accounts
	storage.Clients
	// CreateInvited is that of storage.Invites.
	CreateInvited(ctx context.Context, id string, a storage.Account, creds []storage.Credential, lines ...storage.Audit) error
	storage.AppPasswords
}

// Service is the one place where accounts are created, changed and signed in. Its methods may be called from any
// goroutine.
type Service struct {
	store   Store
	cfg     *config.Options[Config]
	docs    Docs // nil: nothing is kept
	secret  []byte
	log     *slog.Logger
	limiter *limiter
	barrier barrier
	passes  passes
	guests  guests

	certificates certificates

	refusals refusals

	domains atomic.Pointer[map[string]*Directory] // replaced whole, under change

	tokenKey []byte // of Config.Secret

	imported atomic.Pointer[imported]
	hashed   atomic.Pointer[hashed] // how often passwords are hashed
	rehashed chan struct{}          // says that it has changed

	signIns signIns

	change sync.RWMutex // held over a write to storage and to the index, so that both have the same order

	events struct {
		sync.Mutex
		queue    []Event
		draining bool
		hooks    []func(Event)
	}
}

// Options are what a Service is made of.
type Options struct {
	Store  Store
	Docs   Docs // keeps where people usually sign in from; nil: that is forgotten at a restart
	Config *config.Options[Config]
	Logger *slog.Logger

	// Secret makes the salts of names without an account, and tokens. It must be at least 16 random bytes and stay the
	// same over restarts and on all nodes; otherwise it shows who exists, and tokens end.
	Secret []byte
}

// New makes a service over a store. It is empty until Load.
func New(o Options) (*Service, error) {
	if len(o.Secret) < 16 {
		return nil, fmt.Errorf("account: the secret has %d bytes, 16 are needed", len(o.Secret))
	}
	s := &Service{store: o.Store, docs: o.Docs, cfg: o.Config, secret: o.Secret, log: o.Logger}
	s.limiter = newLimiter(func() int { return s.cfg.All().FailedLoginsPerMinute })
	s.tokenKey = hmacText(string(o.Secret), "tokens", nil)
	s.domains.Store(&map[string]*Directory{})
	s.imported.Store(&imported{})
	s.hashed.Store(&hashed{})
	s.rehashed = make(chan struct{}, 1)
	return s, nil
}

// Load reads all accounts into the index. It is called once, before anybody signs in; no events are sent.
func (s *Service) Load(ctx context.Context) error {
	s.change.Lock()
	defer s.change.Unlock()
	all, err := s.store.Accounts(ctx, "")
	if err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	if all, err = s.forgetGuests(ctx, all); err != nil {
		return fmt.Errorf("forget guests: %w", err)
	}
	if err := s.loadImported(ctx); err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	if err := s.countHashes(ctx); err != nil {
		return fmt.Errorf("load accounts: %w", err)
	}
	s.index(all, nil)
	return s.loadCertificates(ctx)
}

// Account returns the account with the bare address of j from the index.
func (s *Service) Account(j xmpp.JID) (storage.Account, bool) {
	return s.Directory(j.Domain()).Find(j)
}

// Exists tells whether the bare address of j is an account, be it disabled or not.
func (s *Service) Exists(j xmpp.JID) bool { return s.Directory(j.Domain()).Has(j) }

// Directory returns the accounts of a domain as they are now. It is never nil; two calls return the same pointer
// exactly when nothing changed between them.
func (s *Service) Directory(domain string) *Directory {
	if d := (*s.domains.Load())[domain]; d != nil {
		return d
	}
	return nobody
}
