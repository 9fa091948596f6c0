package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"myna/account"
	"myna/admin"
	"myna/admin/session"
	"myna/config"
	"myna/guard"
	"myna/storage"
	"myna/web"
	"myna/xmpp/c2s"
	"myna/xmpp/transport"
)

// Server is a running server.
type Server struct {
	parts     *parts
	cfg       *config.Config
	log       *slog.Logger
	store     storage.Store
	certs     *transport.Certificates // nil without any
	listeners []*transport.Listener
	admin     *admin.Admin
	socket    *web.Server // of the command line; nil without one
	http      *web.Server // nil without listeners
	opened    []opened    // listeners, in the order of the configuration
	web       *webStreams // client streams over HTTP; nil without listeners
	gauges    *gauges     // nil: nothing is measured of the store

	pageSessions *session.Store // of the admin page
	live         live

	cancel context.CancelFunc // ends everything at once
	work   sync.WaitGroup
}

// Start opens the database, builds all modules and listens. When it returns without error the server is ready.
func Start(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Server, error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	g := newGauges()
	store, err := openStore(ctx, cfg, log, g.committed)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return startOn(ctx, cfg, store, log, g)
}

// startOn starts on a store that is open, and closes it when that fails.
func startOn(ctx context.Context, cfg *config.Config, store storage.Store, log *slog.Logger, g *gauges, without ...string) (_ *Server, err error) {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{cfg: cfg, log: log, store: store, gauges: g, cancel: cancel}
	defer func() {
		if err != nil {
			err = fmt.Errorf("start: %w", err)
			s.stop(context.Background())
		}
	}()
	if s.parts, err = assemble(run, cfg, store, log, without...); err != nil {
		return nil, err
	}
	if err = s.loadCertificates(); err != nil {
		return nil, err
	}
	s.admin = s.parts.newAdmin()
	s.admin.Vitals = s.vitals
	if cfg.File() != "" {
		s.admin.Reload = s.reloadFile
	}
	for _, start := range append(s.parts.starters, trimMemory) {
		s.work.Go(func() { guard.Keep(run, log, "background work", start) })
	}
	if err = s.listen(); err != nil {
		return nil, err
	}
	return s, nil
}

// Admin returns the operations of administration.
func (s *Server) Admin() *admin.Admin { return s.admin }

// Trace shows a tap what clients send and are sent, but for secrets; it is for development.
func (s *Server) Trace(t c2s.Tap) { s.parts.streams.Trace(t) }

// Shutdown ends all streams gracefully and closes the database. When ctx ends first, it cuts what is left.
func (s *Server) Shutdown(ctx context.Context) error { return s.stop(ctx) }

// Ended tells when an administrator wants the server to stop, or to start anew (XEP-0133 § 4.30, § 4.31).
func (s *Server) Ended() <-chan bool { return s.parts.ender.wanted }

func (s *Server) stop(ctx context.Context) error {
	for _, l := range s.listeners {
		l.Stop()
	}
	var requests sync.WaitGroup
	for _, w := range []*web.Server{s.socket, s.http} {
		if w != nil {
			requests.Go(func() { // requests that wait for a stream end with it
				if err := w.Shutdown(ctx); err != nil {
					s.log.Warn("http cut", "err", err)
				}
			})
		}
	}
	if s.parts != nil {
		s.parts.ender.forget()
	}
	if s.parts != nil && s.parts.rooms != nil {
		s.parts.rooms.Farewell(ctx)
	}
	if s.parts != nil && s.parts.streams != nil {
		s.parts.streams.Shutdown(ctx)
	}
	if s.web != nil {
		s.web.stop()
	}
	requests.Wait()
	for _, l := range s.listeners {
		l.Shutdown(ctx)
	}
	s.cancel()
	s.work.Wait()
	if s.parts != nil {
		for _, f := range s.parts.closers {
			f()
		}
	}
	return s.store.Close()
}

// shutdownTime is how long OpenOffline's parts may take to end.
const shutdownTime = 5 * time.Second

// OpenOffline opens the database of a server that does not run, for administration.
func OpenOffline(ctx context.Context, cfg *config.Config, log *slog.Logger) (*admin.Admin, func() error, error) {
	store, err := openStore(ctx, cfg, log, nil)
	if err != nil {
		return nil, nil, err
	}
	run, cancel := context.WithCancel(ctx)
	p, err := assemble(run, cfg, store, log)
	if err != nil {
		cancel()
		return nil, nil, errors.Join(err, store.Close())
	}
	p.offline = true
	return p.newAdmin(), func() error {
		if p.streams != nil {
			done, stop := context.WithTimeout(context.Background(), shutdownTime)
			defer stop()
			p.streams.Shutdown(done)
		}
		cancel()
		for _, f := range p.closers {
			f()
		}
		return store.Close()
	}, nil
}

// StartWithout is Start with modules left out, by name; tests prove with it what a module does.
func StartWithout(ctx context.Context, cfg *config.Config, log *slog.Logger, without ...string) (*Server, error) {
	g := newGauges()
	store, err := openStore(ctx, cfg, log, g.committed)
	if err != nil {
		return nil, fmt.Errorf("start: %w", err)
	}
	return startOn(ctx, cfg, store, log, g, without...)
}

// Accounts returns the account service.
func (s *Server) Accounts() *account.Service { return s.parts.accounts }
