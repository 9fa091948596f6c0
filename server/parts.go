package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/stream"

	"myna/account"
	"myna/account/signup"
	"myna/admin"
	"myna/archive"
	"myna/config"
	"myna/hook"
	"myna/muc"
	"myna/muc/digest"
	"myna/muc/groups"
	"myna/pubsub"
	"myna/roster"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/upload"
	"myna/xep/announcements"
	"myna/xep/blocking"
	"myna/xep/bookmarks"
	"myna/xep/clients"
	"myna/xep/disco"
	"myna/xep/partners"
	"myna/xep/push"
	"myna/xep/remoteroster"
	"myna/xmpp"
	"myna/xmpp/c2s"
	"myna/xmpp/router"
	"myna/xmpp/transport/bosh"
)

// parts is what the server consists of while it is built, from bottom to top.
type parts struct {
	ctx      context.Context
	cfg      *config.Config
	log      *slog.Logger
	store    storage.Store
	registry *hook.Registry
	router   *router.Router
	options  options // of the row that is being built
	offline  bool    // for administration only: nobody listens

	starters []func(context.Context) // run until the server stops
	closers  []func()
	rows     []row
	reloaded []func() // called after a reload has changed options

	accounts  *account.Service
	contacts  *roster.Roster
	streams   *c2s.Server
	bosh      atomic.Pointer[bosh.Handler] // nil: there is no listener for HTTP
	archive   *archive.Archive
	blocking  *blocking.Blocking
	partners  *partners.Partners
	managers  *remoteroster.RemoteRoster
	disco     *disco.Disco
	pubsub    *pubsub.Service
	bookmarks *bookmarks.Bookmarks
	upload    *upload.Service
	rooms     *muc.Service
	push      *push.Push
	groups    *groups.Service
	digest    *digest.Digest

	running       atomic.Pointer[config.Config] // the options that are in use; a reload replaces it
	announcements *announcements.Announcements
	decided       decided

	signUp     *signup.Service
	clients    *clients.Clients
	ender      ender
	ownAccount *ownAccount
	kept       []admin.Kept               // what modules keep of accounts, in the order of their rows
	proofs     hook.Value[*account.Proof] // what sessions have signed in with
	admin      *admin.Admin               // built after the modules
}

// assemble builds all modules over an open store. without names rows that do not register, for tests.
func assemble(ctx context.Context, cfg *config.Config, store storage.Store, log *slog.Logger, without ...string) (*parts, error) {
	p := &parts{ctx: ctx, cfg: cfg, log: log, store: store, registry: hook.NewRegistry(), ender: ender{wanted: make(chan bool, 1)}, decided: decided{docs: store, log: log}}
	rows := modules()
	if err := checkModules(cfg, rows); err != nil {
		return nil, err
	}
	p.rows = rows
	with, err := p.decided.load(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p.running.Store(with)
	for _, r := range rows {
		p.options = r.options
		if r.options != nil {
			take, err := r.options.Load(with, r.name)
			if err != nil {
				return nil, err
			}
			take()
		}
		m, err := r.build(p)
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", r.name, err)
		}
		if !slices.Contains(without, r.name) {
			p.registry.Add(r.name, m)
		}
	}
	return p, nil
}

func checkModules(cfg *config.Config, rows []row) error {
	known := map[string]any{}
	for _, r := range rows {
		if r.options != nil {
			known[r.name] = r.options.Defaults()
		}
	}
	return cfg.CheckModules(known)
}

// openStore opens the database that the configuration names. committed is told of each transaction; nil: nobody is.
func openStore(ctx context.Context, cfg *config.Config, log *slog.Logger, committed func(took time.Duration, requests, stanzas int)) (storage.Store, error) {
	if cfg.Storage.Driver != "sqlite" {
		return nil, fmt.Errorf("open storage: this build has no driver %q; use sqlite", cfg.Storage.Driver)
	}
	return sqlite.Open(ctx, cfg.Path("myna.db"), sqlite.Options{Sync: sqlite.Sync(cfg.Archive.Sync), Log: log, Committed: committed})
}

// hosts maps every name of this server to what it is.
func hosts(cfg *config.Config) map[string]hook.Target {
	m := map[string]hook.Target{}
	for _, h := range cfg.Hosts {
		m[h] = hook.Server
		m[cfg.GroupsHost(h)] = "groups"
		m[cfg.UploadHost(h)] = "upload"
		m[cfg.PubSubHost(h)] = "pubsub"
	}
	return m
}

// secret returns random bytes that stay the same over restarts, made at the first use.
func secret(ctx context.Context, docs storage.Docs, host, name string) ([]byte, error) {
	owner, err := xmpp.ParseJID(host)
	if err != nil {
		return nil, err
	}
	b, err := docs.Doc(ctx, owner, "secret", name)
	if errors.Is(err, storage.ErrNotFound) {
		b = make([]byte, 32)
		rand.Read(b)
		err = docs.PutDoc(ctx, owner, "secret", name, b)
	}
	return b, err
}

// registered is a part whose rows in the registry stand for protocols only.
type registered func(*hook.Registrar)

// Register calls f.
func (f registered) Register(r *hook.Registrar) { f(r) }

// accountLimits adds what the account service is told by other sections.
func accountLimits(cfg *config.Config, host string, own *account.Config) error {
	own.FailedLoginsPerMinute, own.PlaintextLoopback = cfg.Limits.FailedLoginsPerMinute, cfg.TLS.PlaintextLoopback
	for _, f := range []struct {
		key, name string
		load      func(string) error
	}{
		{"certificate_ca", own.CertificateCA, own.LoadCertificateCA}, {"blocked_passwords", own.BlockedPasswords, own.LoadBlockedPasswords},
	} {
		if f.name == "" {
			continue
		}
		if err := f.load(cfg.Path(f.name)); err != nil {
			path := []string{"modules", "accounts", f.key}
			if host != "" && cfg.Sets(append([]string{"host", host}, path...)...) {
				path = append([]string{"host", host}, path...)
			}
			return cfg.Problem(err, path...)
		}
	}
	return nil
}

func buildAccounts(p *parts) (hook.Module, error) {
	salt, err := secret(p.ctx, p.store, p.cfg.Hosts[0], "salt")
	if err != nil {
		return nil, err
	}
	if p.accounts, err = account.New(account.Options{
		Store: p.store, Docs: p.store, Config: p.options.(*config.Options[account.Config]), Secret: salt, Logger: p.log,
	}); err != nil {
		return nil, err
	}
	if err = p.accounts.Load(p.ctx); err != nil {
		return nil, err
	}
	p.starters = append(p.starters, p.accounts.KeepPlaces, p.accounts.ForgetClients, p.accounts.CountHashes)
	p.accounts.OnChange(p.endSessions)
	p.router = router.New(p.ctx, router.Options{
		Registry: p.registry, Directory: p.accounts, Log: p.store, Logger: p.log, Hosts: hosts(p.cfg),
		Knows: func(owner, asker xmpp.JID) bool {
			return p.contacts.SharesPresence(owner, asker) || p.accounts.IsGuest(owner) // whose address nobody guesses
		},
		Waits: func(owner xmpp.JID, id int64) bool { return p.archive.Waits(owner, id) },
	})
	return registered(func(r *hook.Registrar) {
		signInProtocols(r)
		r.On(hook.Bound, p.bar)
		r.On(hook.Resumed, p.bar)
	}), nil
}

// onDelete has modules forget an account that is deleted.
func (p *parts) onDelete(forget func(account xmpp.JID)) {
	p.accounts.OnChange(func(e account.Event) {
		if e.Kind == account.Deleted {
			forget(e.Account.JID)
		}
	})
}

// bar ends a session whose account was disabled or deleted, or got another password, or whose pass
// was withdrawn, after the client had signed in.
// Whoever does that ends the sessions that are there, and a session is there before it is looked at here: one of both finds
// it.
func (p *parts) bar(s hook.Session) {
	since := uint64(math.MaxUint64) // on a connection that does not say, only the account counts
	withdrawn, refused := false, false
	if c, ok := s.(interface{ Conn() c2s.Conn }); ok {
		if a, ok := c.Conn().(attempted); ok && a.proof() != nil {
			proof := a.proof()
			since = proof.Since
			p.proofs.Store(s, proof) // before it is looked at: Revoke finds the session, or it is found here
			withdrawn = proof.Grant != nil && proof.Grant.Revoked()
			refused = proof.By == account.ByNothing && !p.welcome(s)
		}
	}
	if withdrawn || refused || !p.accounts.Holds(s.JID(), since) {
		s.Kick(stream.NotAuthorized)
	}
}

// streamLimits are the limits of client streams.
func streamLimits(cfg *config.Config) c2s.Limits {
	l, of := &cfg.Limits, c2s.DefaultConfig().Limits
	of.Wire.StanzaBytes = l.StanzaBytes
	if l.StanzaBytes == 0 {
		of.Wire.StanzaBytes = unlimited
	}
	of.BytesPerSecond, of.BurstBytes, of.LoginTime, of.SessionsPer = l.BytesPerSecond, l.BurstBytes, l.LoginTimeout, l.SessionsPerAccount
	return of
}

func buildStreams(p *parts) (hook.Module, error) {
	cfg := c2s.DefaultConfig()
	cfg.Limits = streamLimits(p.cfg)
	key, err := secret(p.ctx, p.store, p.cfg.Hosts[0], "resource")
	if err != nil {
		return nil, err
	}
	p.streams = c2s.New(p.ctx, c2s.Options{
		Config: cfg, Registry: p.registry, Router: p.router, Auth: authenticator{p.accounts}, Secret: key, Confirm: p.store.Confirm,
		Passing: p.accounts.IsGuest, Logger: p.log,
	})
	p.starters = append(p.starters, p.streams.Sweep)
	return p.streams, nil
}

// unlimited is the size of a stanza for which the operator has switched the limit off: memory is the limit then.
const unlimited = 1 << 30
